//! The catalogue agrees with itself.

use std::collections::BTreeSet;

use flow::catalogue::{self, Entry};
use flow::model::FlowType;

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
