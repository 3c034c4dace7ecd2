//! What the service refuses, in its words. `a` is the action in question; what it leads to exists.

use flow::json::parse;
use flow::model::{DocumentKind, FlowType};
use flow::validate::{Problem, identifier_is_legal, overlong, problems};

const CHAT: DocumentKind = DocumentKind::Flow(FlowType::ContactFlow);

const ERROR: &str = r#""Errors": [{"NextAction": "z", "ErrorType": "NoMatchingError"}]"#;

/// The problems of a document whose first action has these keys beside its identifier.
fn refused(kind: DocumentKind, action: &str) -> Vec<String> {
    let text = format!(
        r#"{{"Version": "2019-10-30", "StartAction": "a", "Actions": [
           {{"Identifier": "a", {action}}},
           {{"Identifier": "z", "Type": "DisconnectParticipant", "Parameters": {{}}, "Transitions": {{}}}}]}}"#
    );
    let flow = parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let about_it = problems(&flow, kind)
        .into_iter()
        .filter(|it| it.action != Some(1));
    about_it.map(|it| it.message).collect()
}

/// The problems of an action with some parameters and the branches of most actions.
fn with_parameters(kind: &str, parameters: &str) -> Vec<String> {
    let action = format!(
        r#""Type": "{kind}", "Parameters": {parameters}, "Transitions": {{"NextAction": "z", {ERROR}}}"#
    );
    refused(CHAT, &action)
}

/// The problems of an action with some transitions.
fn with_transitions(kind: &str, parameters: &str, transitions: &str) -> Vec<String> {
    let action =
        format!(r#""Type": "{kind}", "Parameters": {parameters}, "Transitions": {transitions}"#);
    refused(CHAT, &action)
}

fn condition(operator: &str, operand: &str) -> String {
    format!(
        r#"{{"NextAction": "z", "Condition": {{"Operator": "{operator}", "Operands": {operand}}}}}"#
    )
}

#[test]
fn unknown_types_are_refused() {
    let found = with_parameters("PlayPrompt", "{}");
    assert_eq!(found, ["Invalid Action type. Type: PlayPrompt"]);
}

#[test]
fn actions_out_of_place_are_refused_as_unknown() {
    let end = r#""Type": "EndFlowModuleExecution", "Parameters": {}, "Transitions": {}"#;
    let refusal = ["Invalid Action type. Type: EndFlowModuleExecution"];
    assert_eq!(refused(CHAT, end), refusal);
    assert!(refused(DocumentKind::Module, end).is_empty());
    let end = r#""Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}"#;
    let whisper = DocumentKind::Flow(FlowType::AgentWhisper);
    assert!(!refused(whisper, end).is_empty());
}

#[test]
fn every_action_but_the_last_needs_a_next_one() {
    let found = with_transitions("MessageParticipant", r#"{"Text": "x"}"#, "{}");
    assert_eq!(
        found,
        ["Action is missing required property. Path: Actions[0].Transitions.NextAction"]
    );
    // The loop of prompts is the one that was seen without.
    let messages = r#"{"Messages": [{"Text": "x"}]}"#;
    assert!(with_transitions("MessageParticipantIteratively", messages, "{}").is_empty());
}

#[test]
fn the_last_action_has_no_ways_out() {
    for transitions in [
        r#"{"NextAction": "z"}"#,
        r#"{"Conditions": [], "Errors": []}"#,
    ] {
        let found = with_transitions("DisconnectParticipant", "{}", transitions);
        assert_eq!(
            found,
            ["Action does not support transitions. Path: Actions[0]"]
        );
    }
}

#[test]
fn mandatory_errors_are_demanded_and_unknown_ones_refused() {
    let errors =
        r#"{"NextAction": "z", "Errors": [{"NextAction": "z", "ErrorType": "CallFailed"}]}"#;
    assert_eq!(
        with_transitions("TransferContactToQueue", "{}", errors),
        [
            "Invalid Action error. Error: CallFailed, Path: Actions[0]",
            "Action is missing required error. Error: QueueAtCapacity, Path: Actions[0]",
            "Action is missing required error. Error: NoMatchingError, Path: Actions[0]",
        ]
    );
}

#[test]
fn the_bot_form_of_wait_needs_its_conditions_and_errors() {
    let parameters = r#"{"TimeLimitSeconds": "900", "Events": ["BotParticipantDisconnected"]}"#;
    let bare = format!(r#"{{"NextAction": "z", {ERROR}}}"#);
    assert_eq!(
        with_transitions("Wait", parameters, &bare),
        [
            "Action is missing required condition. Condition: WaitCompleted, Path: Actions[0]",
            "Action is missing required condition. Condition: BotParticipantDisconnected, Path: Actions[0]",
            "Action is missing required error. Error: ParticipantNotFound, Path: Actions[0]",
        ]
    );
    let whole = format!(
        r#"{{"NextAction": "z", "Conditions": [{}, {}], "Errors": [
            {{"NextAction": "z", "ErrorType": "ParticipantNotFound"}},
            {{"NextAction": "z", "ErrorType": "NoMatchingError"}}]}}"#,
        condition("Equals", r#"["BotParticipantDisconnected"]"#),
        condition("Equals", r#"["WaitCompleted"]"#),
    );
    assert!(with_transitions("Wait", parameters, &whole).is_empty());
}

#[test]
fn wait_takes_one_event_and_a_time_limit_in_seconds() {
    let wait = |parameters: &str| {
        let completed = condition("Equals", r#"["WaitCompleted"]"#);
        let transitions = format!(r#"{{"NextAction": "z", "Conditions": [{completed}], {ERROR}}}"#);
        with_transitions("Wait", parameters, &transitions)
    };
    assert!(wait(r#"{"TimeLimitSeconds": "604800"}"#).is_empty());
    assert!(wait(r#"{"TimeLimitSeconds": "$.Attributes.time"}"#).is_empty());
    let limit = "Invalid Action property value. Path: Actions[0].Parameters.TimeLimitSeconds";
    for bad in ["0", "604801", "15m", "-1", ""] {
        let found = wait(&format!(r#"{{"TimeLimitSeconds": "{bad}"}}"#));
        assert_eq!(found.first().map(String::as_str), Some(limit), "{bad}");
    }
    assert_eq!(
        wait(r#"{"TimeoutSeconds": "900"}"#),
        [
            "Action is missing required property. Path: Actions[0].Parameters.TimeLimitSeconds",
            "Invalid Action property name. Path: Actions[0].Parameters.TimeoutSeconds",
        ]
    );
    let both = wait(
        r#"{"TimeLimitSeconds": "9", "Events": ["CustomerReturned", "BotParticipantDisconnected"]}"#,
    );
    assert_eq!(
        both.first().map(String::as_str),
        Some("Invalid Action property value. Path: Actions[0].Parameters.Events")
    );
}

#[test]
fn one_prompt_and_only_one_is_needed() {
    assert_eq!(
        with_parameters("MessageParticipant", r#"{"Text": "x", "SSML": "y"}"#),
        ["Only one of these properties may be defined. Properties: [Text, SSML]"]
    );
    assert_eq!(
        with_parameters("MessageParticipant", "{}"),
        ["At least one of [Text, SSML, PromptId, Media] must be set"]
    );
}

#[test]
fn the_empty_text_is_refused_and_a_space_is_not() {
    let attributes = |value: &str| {
        let parameters = format!(r#"{{"Attributes": {{"a": "{value}"}}}}"#);
        with_parameters("UpdateContactAttributes", &parameters)
    };
    assert_eq!(attributes(""), ["Empty value in Parameters.Attributes"]);
    assert!(attributes(" ").is_empty());
    assert_eq!(
        with_parameters("MessageParticipant", r#"{"Text": ""}"#),
        ["Invalid Action property value. Path: Actions[0].Parameters.Text"]
    );
}

#[test]
fn a_comparison_needs_the_path_of_a_value_and_sound_conditions() {
    let compare = |value: &str, conditions: &str| {
        let parameters = format!(r#"{{"ComparisonValue": "{value}"}}"#);
        let transitions = format!(
            r#"{{"NextAction": "z", "Conditions": [{conditions}],
               "Errors": [{{"NextAction": "z", "ErrorType": "NoMatchingCondition"}}]}}"#
        );
        with_transitions("Compare", &parameters, &transitions)
    };
    let fine = condition("Equals", r#"["x"]"#);
    assert!(compare("$.Attributes.a", &fine).is_empty());
    for bad in ["$.External", "literal", "$.Nowhere.a"] {
        assert_eq!(
            compare(bad, &fine),
            ["Invalid Action property value. Path: Actions[0].Parameters.ComparisonValue"]
        );
    }
    for bad in [
        condition("Equals", r#"["x", "y"]"#),
        condition("Equals", r#"[""]"#),
        condition("Equals", "[]"),
        condition("And", r#"["x"]"#),
    ] {
        assert_eq!(
            compare("$.Attributes.a", &bad),
            ["Invalid branch. Path: 0.Evaluate"],
            "{bad}"
        );
    }
}

#[test]
fn conditions_are_refused_where_there_are_none() {
    let one = condition("Equals", r#"["x"]"#);
    let transitions = format!(r#"{{"NextAction": "z", "Conditions": [{one}], {ERROR}}}"#);
    assert_eq!(
        with_transitions("MessageParticipant", r#"{"Text": "x"}"#, &transitions),
        ["Action does not support conditions"]
    );
}

#[test]
fn transitions_and_the_start_need_actions_that_exist() {
    assert_eq!(
        with_transitions(
            "MessageParticipant",
            r#"{"Text": "x"}"#,
            r#"{"NextAction": "gone"}"#
        ),
        ["Invalid Action property value. Path: Actions[0].Transitions.NextAction"]
    );
    let flow = parse(r#"{"Version": "2019-10-30", "StartAction": "gone", "Actions": []}"#);
    let found = problems(&flow.expect("a flow"), CHAT);
    let found: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        found,
        [
            "Invalid number of Actions. Actual: 0, Maximum: 250, Path: Actions",
            "Invalid StartAction. Path: StartAction",
        ]
    );
}

#[test]
fn a_synchronous_lambda_has_eight_seconds() {
    let lambda = |time: &str, kind: &str| {
        let parameters = format!(
            r#"{{"LambdaFunctionARN": "arn", "InvocationTimeLimitSeconds": "{time}", "InvocationType": "{kind}"}}"#
        );
        with_parameters("InvokeLambdaFunction", &parameters).is_empty()
    };
    assert!(lambda("8", "SYNCHRONOUS"));
    assert!(!lambda("9", "SYNCHRONOUS"));
    assert!(lambda("60", "ASYNCHRONOUS"));
}

#[test]
fn identifiers_have_their_rules() {
    for good in ["a", "bot join result", "Grüße", &"x".repeat(50)] {
        assert!(identifier_is_legal(good), "{good}");
    }
    for bad in ["", "a:b", "a/b", "{a}", "constructor", &"x".repeat(51)] {
        assert!(!identifier_is_legal(bad), "{bad}");
    }
    let twice = r#"{"Version": "2019-10-30", "StartAction": "a", "Actions": [
        {"Identifier": "a", "Type": "DisconnectParticipant", "Transitions": {}},
        {"Identifier": "a", "Type": "DisconnectParticipant", "Transitions": {}}]}"#;
    let found = problems(&parse(twice).expect("a flow"), CHAT);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "Invalid Action property value. Path: Actions[1].Identifier"
    );
}

#[test]
fn what_an_environment_fills_in_is_not_judged_before() {
    let mut flow = parse(
        r#"{"Version": "2019-10-30", "StartAction": "a", "Actions": [
           {"Identifier": "a", "Type": "MessageParticipant", "Parameters": {"Text": "x"},
            "Transitions": {"NextAction": "a"}}]}"#,
    )
    .expect("a flow");
    let source = String::new();
    let format = flow::value::Format::Text;
    let template = flow::value::Template { source, format };
    flow.actions[0].parameters["Text"] = flow::value::Value::Template(template);
    assert!(problems(&flow, CHAT).is_empty());
}

#[test]
fn the_action_that_the_service_speaks_of_is_found_in_its_words() {
    for (message, action) in [
        (
            "Invalid Action error. Error: E, Path: Actions[12]",
            Some(12),
        ),
        ("Invalid branch. Path: 3.Evaluate", Some(3)),
        ("Action does not support conditions", None),
        ("Something new. Path: StartAction", None),
    ] {
        assert_eq!(Problem::said(message).action, action, "{message}");
    }
}

#[test]
fn texts_over_their_documented_length_are_named_and_not_refused() {
    let lengths = |kind: &str, parameters: &str| {
        let text = format!(
            r#"{{"Version": "2019-10-30", "StartAction": "a", "Actions": [
               {{"Identifier": "a", "Type": "{kind}", "Parameters": {parameters}}}]}}"#
        );
        let flow = parse(&text).expect("a flow");
        let found = overlong(&flow.actions[0]);
        let found = found.map(|it| (it.parameter, it.length, it.limit));
        found.collect::<Vec<_>>()
    };
    let umlauts = |n| "ü".repeat(n);
    let text = |n| format!(r#"{{"Text": "{}"}}"#, umlauts(n));
    assert_eq!(lengths("MessageParticipant", &text(6000)), []);
    assert_eq!(
        lengths("MessageParticipant", &text(6001)),
        [("Text", 6001, 6000)]
    );
    assert_eq!(with_parameters("MessageParticipant", &text(6001)), [""; 0]);
    let messages = format!(r#"{{"Messages": [{{"Text": "x"}}, {}]}}"#, text(6002));
    assert_eq!(
        lengths("MessageParticipantIteratively", &messages),
        [("Messages.Text", 6002, 6000)]
    );
    let profile = format!(
        r#"{{"ProfileRequestData": {{"FirstName": "{}"}}}}"#,
        umlauts(256)
    );
    assert_eq!(
        lengths("CreateCustomerProfile", &profile),
        [("ProfileRequestData", 256, 255)]
    );
    assert_eq!(lengths("SomethingNew", &text(9000)), []);
}
