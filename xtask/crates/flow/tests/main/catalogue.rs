//! The catalogue agrees with itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use flow::catalogue::{self, Entry};
use flow::jsonpath;
use flow::model::{Action, FlowType};

#[test]
fn every_type_stands_in_it_once() {
    let entries: Vec<&Entry> = catalogue::entries().collect();
    let names: BTreeSet<&str> = entries.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(entries.len(), 69);
    assert_eq!(names.len(), entries.len());
}

#[test]
fn rules_speak_of_parameters_and_operands_that_exist() {
    for entry in catalogue::entries() {
        let kind = &entry.kind;
        let is_parameter = |name: &str| {
            entry
                .parameter(name.split('.').next().unwrap_or(name))
                .is_some()
        };
        let groups = [
            &entry.exactly_one_of,
            &entry.at_most_one_of,
            &entry.at_least_one_of,
            &entry.together,
        ];
        for name in groups.into_iter().flatten().flatten() {
            assert!(is_parameter(name), "{kind}: {name}");
        }
        for error in &entry.errors {
            let when = error.mandatory_when.as_ref();
            assert!(
                when.is_none_or(|it| is_parameter(&it.parameter)),
                "{kind}: {}",
                error.name
            );
        }
        for parameter in &entry.parameters {
            let outer = parameter.name.split('.').next().unwrap_or_default();
            assert!(is_parameter(outer), "{kind}: {}", parameter.name);
        }
        if let Some(conditions) = &entry.conditions {
            assert!(!conditions.operators.is_empty(), "{kind}");
            let listed =
                |it: &String| conditions.operands.is_empty() || conditions.operands.contains(it);
            assert!(conditions.mandatory.iter().all(listed), "{kind}");
        }
    }
}

#[test]
fn the_actions_that_end_a_flow_have_no_ways_out() {
    let last: Vec<&str> = catalogue::entries()
        .filter(|it| it.is_terminal())
        .map(|it| it.kind.as_str())
        .collect();
    assert_eq!(
        last,
        [
            "EndFlowModuleExecution",
            "TransferContactToAgent",
            "EndFlowExecution",
            "DisconnectParticipant",
        ]
    );
    for entry in catalogue::entries().filter(|it| it.is_terminal()) {
        assert!(entry.errors.is_empty() && entry.conditions.is_none());
    }
}

#[test]
fn flow_types_are_spelled_as_connect_spells_them() {
    for entry in catalogue::entries() {
        if let catalogue::FlowTypes::Only(types) = &entry.flow_types {
            for name in types.iter().chain(&entry.refused) {
                assert!(FlowType::parse(name).is_some(), "{}: {name}", entry.kind);
            }
        }
    }
}

fn action(kind: &str, parameters: &str) -> Action {
    let text = format!(
        r#"{{"Version": "2019-10-30", "StartAction": "a", "Actions": [
           {{"Identifier": "a", "Type": "{kind}", "Parameters": {parameters}, "Transitions": {{}}}}]}}"#
    );
    let mut flow = flow::json::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    flow.actions.remove(0)
}

#[test]
fn a_block_is_called_as_the_designer_calls_it() {
    for (kind, parameters, block) in [
        ("MessageParticipant", "{}", "Play prompt"),
        (
            "GetParticipantInput",
            r#"{"StoreInput": "False"}"#,
            "Get customer input",
        ),
        (
            "GetParticipantInput",
            r#"{"StoreInput": "True"}"#,
            "Store customer input",
        ),
        (
            "UpdateContactEventHooks",
            r#"{"EventHooks": {"CustomerQueue": "x"}}"#,
            "Set customer queue flow",
        ),
        ("UpdateContactEventHooks", "{}", "Set event flow"),
        ("SomethingNew", "{}", "SomethingNew"),
    ] {
        assert_eq!(
            catalogue::block(&action(kind, parameters)),
            block,
            "{kind} {parameters}"
        );
    }
}

#[test]
fn what_an_action_sets_hangs_on_its_parameters() {
    for (kind, parameters, expected) in [
        (
            "UpdateContactAttributes",
            r#"{"Attributes": {"a": "1", "b": "2"}}"#,
            vec![("Attributes", Some("a")), ("Attributes", Some("b"))],
        ),
        (
            "UpdateContactAttributes",
            r#"{"Attributes": {"a": "1"}, "TargetContact": "Related"}"#,
            vec![],
        ),
        (
            "UpdateContactAttributes",
            r#"{"Attributes": "$.External.all"}"#,
            vec![("Attributes", None)],
        ),
        (
            "UpdateContactData",
            r#"{"Name": "x"}"#,
            vec![("Name", None)],
        ),
        (
            "InvokeLambdaFunction",
            "{}",
            vec![("External", None), ("LambdaInvocation", Some("ResultData"))],
        ),
        (
            "InvokeLambdaFunction",
            r#"{"InvocationType": "ASYNCHRONOUS"}"#,
            vec![("LambdaInvocation", Some("InvocationId"))],
        ),
        ("Loop", r#"{"LoopCount": "3"}"#, vec![("Loop", None)]),
        ("SomethingNew", r#"{"Attributes": {"a": "1"}}"#, vec![]),
    ] {
        let action = action(kind, parameters);
        let found: Vec<_> = catalogue::written(&action)
            .map(|it| (it.root, it.key))
            .collect();
        assert_eq!(found, expected, "{kind} {parameters}");
    }
}

#[test]
fn what_is_set_covers_the_references_to_it() {
    let action = action("UpdateContactAttributes", r#"{"Attributes": {"a b": "1"}}"#);
    let written = catalogue::written(&action).next().expect("it sets one");
    let covers = |text| written.covers(&jsonpath::whole(text).expect("a reference"));
    assert!(covers("$.Attributes['a b']"));
    assert!(!covers("$.Attributes.a"));
    assert!(!covers("$.FlowAttributes['a b']"));
}

#[test]
fn actions_have_traits_that_hang_on_their_form() {
    let is = |kind: &str, parameters: &str| {
        let action = action(kind, parameters);
        let all = [
            (catalogue::speaks(&action), "speaks"),
            (catalogue::takes_input(&action), "input"),
            (catalogue::waits(&action), "waits"),
            (catalogue::runs_foreign_code(&action), "foreign"),
            (catalogue::is_asynchronous(&action), "asynchronous"),
        ];
        let held: Vec<&str> = all.iter().filter(|it| it.0).map(|it| it.1).collect();
        held.join(" ")
    };
    assert_eq!(is("MessageParticipant", "{}"), "speaks");
    assert_eq!(is("GetParticipantInput", "{}"), "speaks input waits");
    assert_eq!(
        is("GetParticipantInput", r#"{"EnableDTMFBuffer": "true"}"#),
        ""
    );
    assert_eq!(is("Wait", "{}"), "waits foreign");
    assert_eq!(is("InvokeLambdaFunction", "{}"), "foreign");
    let asynchronous = r#"{"InvocationType": "ASYNCHRONOUS"}"#;
    assert_eq!(
        is("InvokeLambdaFunction", asynchronous),
        "foreign asynchronous"
    );
    assert_eq!(is("SomethingNew", "{}"), "");
}

#[test]
fn what_is_set_lies_under_roots_of_the_language() {
    for entry in catalogue::entries() {
        for root in entry.sets.iter().map(|it| &it.root).chain(&entry.clears) {
            assert!(jsonpath::is_root(root), "{}: {root}", entry.kind);
        }
        for fact in &entry.sets {
            let parameter = fact
                .keys_of
                .as_ref()
                .is_none_or(|it| entry.parameter(it).is_some());
            assert!(parameter, "{}: {}", entry.kind, fact.root);
        }
    }
}

#[test]
fn the_page_about_action_types_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/actions.md");
    let page = catalogue::reference_page();
    if env::var_os("FLOWYARD_UPDATE").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let committed = fs::read_to_string(&path).expect("the page is there");
    assert!(
        committed == page,
        "docs/actions.md is not what the catalogue says"
    );
    for entry in catalogue::entries() {
        assert!(
            page.contains(&format!("\n| `{}`", entry.kind)),
            "{}",
            entry.kind
        );
    }
}
