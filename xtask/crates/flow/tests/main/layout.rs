//! What every layout keeps to.

use flow::layout::lay_out;
use flow::model::{Action, Flow};
use flow::value::{Map, Value};
use proptest::prelude::*;

use crate::{corpus, made};

/// The positions of the blocks, in the order of the actions.
fn positions(flow: &Flow, metadata: &Map) -> Vec<(i64, i64)> {
    let actions = metadata["ActionMetadata"].as_map().expect("a map");
    let number = |position: &Map, key: &str| match &position[key] {
        Value::Number(number) => number.as_i64().expect("whole"),
        other => panic!("{other:?} is no number"),
    };
    flow.actions
        .iter()
        .map(|action| {
            let entry = actions[action.id.as_str()].as_map().expect("a map");
            let position = entry["position"].as_map().expect("a map");
            (number(position, "x"), number(position, "y"))
        })
        .collect()
}

/// At least as high as what people leave free for a block with as many branches.
fn height(action: &Action) -> i64 {
    let branches = action.transitions.conditions.len() + action.transitions.errors.len();
    [134, 154, 201, 259, 290][branches.min(4)]
}

fn assert_clear(flow: &Flow, name: &str) {
    let positions = positions(flow, &lay_out(flow));
    for (n, (one, action)) in positions.iter().zip(&flow.actions).enumerate() {
        assert!(
            one.0 >= 240 && one.1 >= 40,
            "{name}: a block lies on the entry point"
        );
        for other in &positions[n + 1..] {
            let (upper, lower) = if one.1 <= other.1 {
                (one, other)
            } else {
                (other, one)
            };
            let upper_height = if upper == one { height(action) } else { 134 };
            let overlaps = (one.0 - other.0).abs() < 220 && lower.1 - upper.1 < upper_height;
            assert!(!overlaps, "{name}: {one:?} and {other:?}");
        }
    }
}

#[test]
fn no_two_blocks_of_a_real_flow_overlap() {
    for (file, mut flow) in corpus::flows() {
        flow.metadata = None;
        assert_clear(&flow, &file.name);
    }
}

#[test]
fn a_chain_runs_to_the_right_in_one_line() {
    let mut flow = Flow::new("0");
    for n in 0..300 {
        let mut action = Action::new(n.to_string(), "MessageParticipant");
        action.transitions.next = (n < 299).then(|| (n + 1).to_string().into());
        flow.actions.push(action);
    }
    let positions = positions(&flow, &lay_out(&flow));
    assert!(
        positions
            .windows(2)
            .all(|it| it[0].0 < it[1].0 && it[0].1 == it[1].1)
    );
}

#[test]
fn the_normal_way_is_above_the_way_of_errors() {
    let mut flow = Flow::new("ask");
    let mut ask = Action::new("ask", "MessageParticipant");
    ask.transitions.next = Some("good".into());
    ask.transitions.errors.push(flow::model::ErrorBranch {
        error: "NoMatchingError".to_owned(),
        next: "bad".into(),
    });
    // The error's target stands first in the document, which must not matter.
    let bad = Action::new("bad", "DisconnectParticipant");
    flow.actions = vec![ask, bad, Action::new("good", "DisconnectParticipant")];
    let positions = positions(&flow, &lay_out(&flow));
    assert_eq!(positions[0].1, positions[2].1);
    assert!(positions[1].1 > positions[2].1);
}

#[test]
fn blocks_show_what_the_console_shows() {
    let text = r#"{"Version": "2019-10-30", "StartAction": "wait", "Actions": [
        {"Identifier": "wait", "Type": "Wait", "Parameters": {"TimeLimitSeconds": "900"}, "Transitions": {}},
        {"Identifier": "0af2c1d8-0000-4000-8000-0123456789ab", "Type": "Compare",
         "Parameters": {"ComparisonValue": "$.Channel"},
         "Transitions": {"Conditions": [{"NextAction": "wait",
            "Condition": {"Operator": "Equals", "Operands": ["CHAT"]}}]}},
        {"Identifier": "call", "Type": "InvokeLambdaFunction",
         "Parameters": {"LambdaInvocationAttributes": {"a": "$.Attributes.a", "b": "b"}}, "Transitions": {}},
        {"Identifier": "set", "Type": "UpdateContactAttributes",
         "Parameters": {"Attributes": {"a": "$.External.a", "b": "b"}}, "Transitions": {}}]}"#;
    let mut flow = flow::json::parse(text).expect("a flow");
    flow.metadata = Some(lay_out(&flow));
    let metadata = &flow::json::document(&flow)["Metadata"];
    insta::assert_snapshot!(serde_json::to_string_pretty(metadata).expect("JSON has a text"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_two_blocks_overlap(flow in made::flow()) {
        assert_clear(&flow, "a made-up flow");
        prop_assert_eq!(lay_out(&flow), lay_out(&flow));
    }
}

#[test]
fn positions_that_people_gave_are_kept_and_new_blocks_find_room() {
    let mut flow = Flow::new("a");
    for (id, next) in [("a", "b"), ("b", "c"), ("c", "d")] {
        let mut action = Action::new(id, "MessageParticipant");
        action.transitions.next = Some(next.into());
        flow.actions.push(action);
    }
    flow.actions.push(Action::new("d", "DisconnectParticipant"));
    let kept = r#"{"ActionMetadata": {"a": {"position": {"x": 500.4, "y": -80}},
                   "c": {"position": {"x": 780, "y": -80}}}}"#;
    let kept = flow::json::from_json(serde_json::from_str(kept).expect("JSON"));
    flow.metadata = kept.as_map().cloned();
    let positions = flow::layout::positions(&flow);
    assert_eq!([positions[0], positions[2]], [(500, -80), (780, -80)]);
    assert_eq!(positions[1].0, 780, "right of what leads to it");
    assert!(positions[1].1 > -80, "below the block that stands there");
    assert_eq!(positions[3], (1060, -80));
}

#[test]
fn the_main_path_is_one_line_and_errors_are_below_it() {
    for (file, mut flow) in corpus::flows() {
        flow.metadata = None;
        let positions = flow::layout::positions(&flow);
        let path = main_path(&flow);
        let line = path.first().map(|n| positions[*n].1);
        assert!(
            path.iter().all(|n| Some(positions[*n].1) == line),
            "{}",
            file.name
        );
        let mut last = i64::MIN;
        for n in path {
            assert!(positions[n].0 > last, "{}: not to the right", file.name);
            last = positions[n].0;
        }
    }
}

/// From the start along the first way each time that no error takes.
fn main_path(flow: &Flow) -> Vec<usize> {
    let mut path: Vec<usize> = Vec::new();
    let mut at = Some(&flow.start);
    while let Some(id) = at {
        let Some(n) = flow.actions.iter().position(|it| it.id == *id) else {
            break;
        };
        if path.contains(&n) {
            break;
        }
        path.push(n);
        let action = &flow.actions[n];
        let ways = &action.transitions;
        let next = ways
            .next
            .as_ref()
            .filter(|_| flow::catalogue::follows_next(action));
        let otherwise = ways
            .errors
            .iter()
            .find(|it| it.error == "NoMatchingCondition");
        let condition = ways.conditions.first().map(|it| &it.next);
        at = next.or(condition).or(otherwise.map(|it| &it.next));
    }
    path
}

#[test]
fn a_way_to_an_action_that_does_not_exist_is_left_out() {
    let mut flow = Flow::new("a");
    let mut action = Action::new("a", "MessageParticipant");
    action.transitions.next = Some("gone".into());
    flow.actions.push(action);
    flow.actions.push(Action::new("b", "DisconnectParticipant"));
    assert_clear(&flow, "a way to nowhere");
}
