//! The raw form holds any action that a document can hold: what is written in it comes out again,
//! whatever is reported about it.

use flow::diagnostic::SourceFile;
use flow::json;
use flow::model::{Action, ActionId, Condition, ErrorBranch, Flow};
use flow::value::{Map, Value};
use flow_source::compile;
use proptest::prelude::*;

use crate::cases::infrastructure;

/// A flow in which every action is written in its own terms and every value as JSON.
fn source(flow: &Flow) -> String {
    let mut text = format!(
        "flow: main\nstart: {}\nactions:\n",
        quoted(flow.start.as_str())
    );
    for action in &flow.actions {
        text += &format!("  {}:\n", quoted(action.id.as_str()));
        text += &format!("    type: {}\n", verbatim(&action.kind.as_str().into()));
        text += &format!("    parameters: {}\n", verbatim_map(&action.parameters));
        let ways = &action.transitions;
        if let Some(next) = &ways.next {
            text += &format!("    next: {}\n", quoted(next.as_str()));
        }
        let conditions: Vec<String> = ways.conditions.iter().map(condition).collect();
        text += &format!("    conditions: [{}]\n", conditions.join(", "));
        let errors: Vec<String> = ways.errors.iter().map(error).collect();
        text += &format!("    errors: [{}]\n", errors.join(", "));
        text += &format!("    extra: {}\n", verbatim_map(&action.extra));
        text += &format!("    extra_transitions: {}\n", verbatim_map(&ways.extra));
    }
    text
}

fn condition(it: &Condition) -> String {
    let operator = verbatim(&it.operator.as_str().into());
    let operands = verbatim(&Value::List(it.operands.clone()));
    let next = quoted(it.next.as_str());
    format!("{{ operator: {operator}, operands: {operands}, next: {next} }}")
}

fn error(it: &ErrorBranch) -> String {
    let error = verbatim(&it.error.as_str().into());
    format!("{{ error: {error}, next: {} }}", quoted(it.next.as_str()))
}

fn verbatim(value: &Value) -> String {
    match value {
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(verbatim).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => verbatim_map(map),
        scalar => format!("!json {}", json::to_json(scalar)),
    }
}

fn verbatim_map(map: &Map) -> String {
    let entry = |(key, value): (&String, &Value)| format!("{}: {}", quoted(key), verbatim(value));
    let entries: Vec<String> = map.iter().map(entry).collect();
    format!("{{{}}}", entries.join(", "))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn compiled(flow: &Flow) -> Flow {
    let source = SourceFile::new("flow.yaml", source(flow));
    let (flows, diags) = compile(&[source], &infrastructure());
    let [compiled] = flows.as_slice() else {
        panic!("no flow: {diags:?}");
    };
    let mut compiled = compiled.definition.flow.clone();
    // Which empty parts a document leaves out is no part of the source.
    for (action, original) in compiled.actions.iter_mut().zip(&flow.actions) {
        action.omitted = original.omitted;
    }
    compiled
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z$.{}% :#'\"\\\\-]{0,6}",
        1 => Just("arn:aws:lambda:eu-west-2:111122223333:function:lookup".to_owned()),
        1 => Just("{{ queue('support') }}".to_owned()),
        1 => Just("null".to_owned()),
        1 => Just("True".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|it| Value::Number(it.into())),
        text().prop_map(Value::Text),
    ];
    scalar.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            map(inner).prop_map(Value::Map),
        ]
    })
}

fn map(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map> {
    let key = prop_oneof!["[a-zA-Z{ :]{0,6}", Just("QueueId".to_owned())];
    prop::collection::vec((key, value), 0..3).prop_map(|pairs| pairs.into_iter().collect())
}

fn id() -> impl Strategy<Value = ActionId> {
    prop_oneof![Just("a0"), Just("a1"), Just("nowhere"), Just("")].prop_map(ActionId::new)
}

fn action() -> impl Strategy<Value = Action> {
    let kinds = [
        "Compare",
        "DisconnectParticipant",
        "MessageParticipant",
        "ShowView",
        "Wait",
        "Wiat",
        "NobodyKnowsThis",
        "",
    ];
    let conditions =
        prop::collection::vec((text(), prop::collection::vec(value(), 0..3), id()), 0..3);
    let errors = prop::collection::vec((text(), id()), 0..3);
    let ways = (prop::option::of(id()), conditions, errors, map(value()));
    let parts = (
        prop::sample::select(kinds.to_vec()),
        map(value()),
        ways,
        map(value()),
    );
    parts.prop_map(
        |(kind, parameters, (next, conditions, errors, more), extra)| {
            let mut action = Action::new("a", kind);
            action.parameters = parameters;
            action.extra = extra;
            action.transitions.next = next;
            action.transitions.extra = more;
            let condition = |(operator, operands, next)| Condition {
                operator,
                operands,
                next,
            };
            action.transitions.conditions = conditions.into_iter().map(condition).collect();
            let error = |(error, next)| ErrorBranch { error, next };
            action.transitions.errors = errors.into_iter().map(error).collect();
            action
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_action_can_be_written_in_its_own_terms(
        start in id(),
        actions in prop::collection::vec(action(), 1..3),
    ) {
        let mut flow = Flow::new(start);
        flow.actions = actions;
        for (n, action) in flow.actions.iter_mut().enumerate() {
            action.id = ActionId::new(format!("a{n}"));
        }
        prop_assert_eq!(compiled(&flow), flow);
    }
}
