//! What only flow documents can have: our sources refuse it.

use flow::json::parse;
use flow::model::{DocumentKind, Flow, FlowDefinition, FlowType};
use review::{Version, compare};

const FLOW: &str = r#"{"Version": "2019-10-30", "StartAction": "01234567-89ab-cdef-0123-456789abcdef", "Actions": [
    {"Identifier": "01234567-89ab-cdef-0123-456789abcdef", "Type": "MessageParticipant", "Parameters": {"Text": "Hello"},
     "Transitions": {"NextAction": "call", "Errors": [{"NextAction": "end", "ErrorType": "NoMatchingError"}]}},
    {"Identifier": "call", "Type": "InvokeLambdaFunction",
     "Parameters": {"LambdaFunctionARN": "arn:aws:lambda:eu-west-2:111122223333:function:lookup:live", "InvocationTimeLimitSeconds": "3"},
     "Transitions": {"NextAction": "end", "Errors": [{"NextAction": "end", "ErrorType": "NoMatchingError"}]}},
    {"Identifier": "end", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}]}"#;

/// The consequences of a change to the flow: kind and text.
fn after(change: impl FnOnce(&mut Flow)) -> Vec<String> {
    let old = parse(FLOW).expect("a flow");
    let mut new = old.clone();
    change(&mut new);
    let definition = |flow| FlowDefinition {
        name: "a".to_owned(),
        title: "A".to_owned(),
        description: None,
        kind: DocumentKind::Flow(FlowType::ContactFlow),
        flow,
    };
    let version = |label, flow| Version::new(label, [definition(flow)]);
    let comparison = compare(&version("old", old), &version("new", new));
    let found = comparison.flows.iter().flat_map(|it| &it.consequences);
    found
        .map(|it| format!("{}: {}", it.kind, it.text))
        .collect()
}

#[test]
fn a_way_to_an_action_that_is_gone_leads_nowhere() {
    let found = after(|flow| {
        flow.actions.remove(1);
    });
    assert_eq!(
        found,
        [
            "leads_nowhere: `01234567…` (Play prompt) leads nowhere: \
             next to `call`, which the flow does not have",
            "lambda_dropped: the flow no longer calls Lambda `lookup:live`, which no flow calls any \
             more",
        ]
    );
}

#[test]
fn a_lambda_behind_another_alias_is_the_same_lambda() {
    let found = after(|flow| {
        let arn = "arn:aws:lambda:eu-west-2:111122223333:function:lookup:blue";
        let parameters = &mut flow.actions[1].parameters;
        parameters.insert("LambdaFunctionARN".to_owned(), arn.into());
    });
    assert_eq!(
        found,
        ["lambda_swapped: `call` now calls Lambda `lookup` in `blue` instead of `live`"]
    );
}

#[test]
fn what_is_written_otherwise_and_means_the_same_has_no_consequences() {
    let found = after(|flow| {
        flow.actions.reverse();
        flow.actions[0].omitted.errors = false;
        flow.metadata = None;
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_start_that_is_not_there_is_said_once_for_all_actions() {
    let found = after(|flow| flow.start = "gone".into());
    let kinds: Vec<&str> = found.iter().filter_map(|it| it.split(':').next()).collect();
    let told = ["lambda_dropped", "unreachable", "entry_points"];
    assert!(told.iter().all(|it| kinds.contains(it)), "{found:#?}");
}
