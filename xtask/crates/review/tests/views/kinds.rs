//! Every kind of difference that a flow can have, in one flow.

use flow::model::{Action, Condition, ErrorBranch, Flow};
use flow::value::{Format, Map, Template, Value};
use review::view::{TextOptions, markdown, text};
use review::{Comparison, Version, compare};

use crate::comment::definition;
use crate::markdown::without_pictures;

fn action(id: &str, kind: &str, parameters: &[(&str, Value)], next: &str) -> Action {
    let mut action = Action::new(id, kind);
    let parameters = parameters.iter();
    action.parameters = parameters
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    action.transitions.next = Some(next.into());
    action
}

fn compared(ways: &[(&str, &str)]) -> Action {
    let mut action = action("topic", "Compare", &[], "end");
    action
        .parameters
        .insert("ComparisonValue".to_owned(), "$.Attributes.topic".into());
    action.transitions.conditions = ways
        .iter()
        .map(|(operand, next)| Condition {
            operator: "TextStartsWith".to_owned(),
            operands: vec![Value::text(*operand)],
            next: (*next).into(),
        })
        .collect();
    action.transitions.errors = vec![ErrorBranch {
        error: "NoMatchingCondition".to_owned(),
        next: "end".into(),
    }];
    action
}

fn map(pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), Value::text(*value)));
    Value::Map(pairs.collect::<Map>())
}

fn template(source: &str) -> Value {
    Value::Template(Template {
        source: source.to_owned(),
        format: Format::Seconds,
    })
}

fn old() -> Flow {
    let mut flow = Flow::new("hello");
    flow.actions = vec![
        action(
            "hello",
            "MessageParticipant",
            &[("Text", "Please wait for the next free colleague.".into())],
            "topic",
        ),
        compared(&[("bill", "lambda"), ("billing", "wait")]),
        action(
            "lambda",
            "InvokeLambdaFunction",
            &[
                (
                    "LambdaFunctionARN",
                    "arn:aws:lambda:eu-west-2:111122223333:function:x".into(),
                ),
                ("InvocationTimeLimitSeconds", Value::Number(8.into())),
                (
                    "LambdaInvocationAttributes",
                    map(&[("topic", "$.Attributes.topic"), ("tier", "gold")]),
                ),
            ],
            "wait",
        ),
        action(
            "wait",
            "Wait",
            &[("TimeLimitSeconds", "900".into())],
            "json",
        ),
        action(
            "json",
            "UpdateContactAttributes",
            &[(
                "Attributes",
                map(&[("form", "{\n  \"name\": \"Ann\",\n  \"age\": 3\n}")]),
            )],
            "end",
        ),
        action("end", "DisconnectParticipant", &[], "end"),
    ];
    flow
}

fn new() -> Flow {
    let mut flow = Flow::new("topic");
    flow.actions = vec![
        action(
            "hello",
            "MessageParticipant",
            &[(
                "Text",
                "Somebody will be there in a minute, stay with us!".into(),
            )],
            "topic",
        ),
        compared(&[("billing", "wait"), ("bill", "lambda")]),
        action(
            "lambda",
            "InvokeLambdaFunction",
            &[
                (
                    "LambdaFunctionARN",
                    "arn:aws:lambda:eu-west-2:111122223333:function:x".into(),
                ),
                ("InvocationTimeLimitSeconds", template("{{ vars.limit }}")),
                (
                    "LambdaInvocationAttributes",
                    map(&[("topic", ""), ("level", " gold")]),
                ),
                ("ResponseValidation", map(&[("ResponseType", "JSON")])),
            ],
            "wait",
        ),
        action(
            "wait",
            "CreateTask",
            &[("Name", "Call back".into())],
            "json",
        ),
        action(
            "json",
            "UpdateContactAttributes",
            &[(
                "Attributes",
                map(&[("form", "{\n  \"name\": \"Ann\",\n  \"age\": 4\n}")]),
            )],
            "end",
        ),
        action("end", "DisconnectParticipant", &[], "end"),
    ];
    flow.settings = Some(Map::from_iter([(
        "InputParameters".to_owned(),
        map(&[("tier", "string")]),
    )]));
    flow
}

fn comparison() -> Comparison {
    let version = |label: &str, title: &str, flow: Flow| {
        let others = [("kept", old()), (label, old())];
        let others = others.map(|(name, flow)| definition(name, name, flow));
        Version::new(
            label,
            others.into_iter().chain([definition("main", title, flow)]),
        )
    };
    let mut comparison = compare(
        &version("before", "Main", old()),
        &version("after", "Main flow", new()),
    );
    for flow in &mut comparison.flows {
        flow.consequences.clear();
    }
    comparison
}

#[test]
fn a_terminal_shows_every_kind_of_difference() {
    let look = TextOptions {
        colour: false,
        width: 80,
    };
    let shown = text(&comparison(), &[], &look);
    assert!(!shown.lines().any(|it| it.ends_with(' ')), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_forge_shows_every_kind_of_difference() {
    insta::assert_snapshot!(without_pictures(&markdown(&comparison(), &[])));
}
