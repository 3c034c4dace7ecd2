//! Differences as a reviewer would name them.

use flow::diff::{Branch, FlowDiff, diff, shown};
use flow::json::parse;
use flow::model::{Action, ActionId, Flow};

fn support() -> Flow {
    parse(
        r#"{"Version": "2019-10-30", "StartAction": "greet", "Actions": [
        {"Identifier": "greet", "Type": "MessageParticipant", "Parameters": {"Text": "Hello"},
         "Transitions": {"NextAction": "bot", "Errors": [{"NextAction": "bot", "ErrorType": "NoMatchingError"}]}},
        {"Identifier": "bot", "Type": "InvokeLambdaFunction",
         "Parameters": {"LambdaFunctionARN": "arn", "LambdaInvocationAttributes": {"a": "1", "b": "2"}},
         "Transitions": {"NextAction": "which", "Errors": [{"NextAction": "end", "ErrorType": "NoMatchingError"}]}},
        {"Identifier": "which", "Type": "Compare", "Parameters": {"ComparisonValue": "$.External.status"},
         "Transitions": {"NextAction": "end", "Conditions": [
            {"NextAction": "greet", "Condition": {"Operator": "NumberLessThan", "Operands": ["5"]}},
            {"NextAction": "end", "Condition": {"Operator": "NumberLessThan", "Operands": ["9"]}}],
          "Errors": [{"NextAction": "end", "ErrorType": "NoMatchingCondition"}]}},
        {"Identifier": "end", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}]}"#,
    )
    .expect("a flow")
}

/// The differences after a change, one line each.
fn after(change: impl FnOnce(&mut Flow)) -> Vec<String> {
    let old = support();
    let mut new = old.clone();
    change(&mut new);
    lines(&diff(&old, &new))
}

fn lines(diff: &FlowDiff) -> Vec<String> {
    let id = |id: &Option<ActionId>| id.as_ref().map_or("-".to_owned(), ToString::to_string);
    let mut lines = Vec::new();
    if let Some((old, new)) = &diff.start {
        lines.push(format!("start: {old} -> {new}"));
    }
    lines.extend(diff.added.iter().map(|it| format!("+ {}", it.id)));
    lines.extend(diff.removed.iter().map(|it| format!("- {}", it.id)));
    let renamed = diff.renamed.iter();
    lines.extend(renamed.map(|it| format!("{} was {}", it.new, it.old)));
    for action in &diff.changed {
        if let Some(old) = &action.old_kind {
            lines.push(format!("{}: {old} -> {}", action.id, action.kind));
        }
        for change in &action.parameters {
            let text = |it: &Option<_>| it.as_ref().map_or("-".to_owned(), shown);
            let (old, new) = (text(&change.old), text(&change.new));
            lines.push(format!("{}.{}: {old} -> {new}", action.id, change.path));
        }
        for way in &action.branches {
            let (old, new) = (id(&way.old), id(&way.new));
            lines.push(format!("{} on {}: {old} -> {new}", action.id, way.branch));
        }
        if let Some((old, new)) = &action.reordered {
            let names = |it: &[Branch]| it.iter().map(ToString::to_string).collect::<Vec<_>>();
            let (old, new) = (names(old), names(new));
            lines.push(format!("{}: {old:?} -> {new:?}", action.id));
        }
    }
    lines.extend(diff.document.iter().map(|it| it.path.to_string()));
    lines
}

#[test]
fn a_changed_text_is_shown_old_and_new() {
    let lines = after(|flow| {
        flow.actions[0].parameters["Text"] = "Good morning".into();
    });
    assert_eq!(lines, ["greet.Text: Hello -> Good morning"]);
}

#[test]
fn parameters_are_compared_by_path() {
    let lines = after(|flow| {
        let parameters = &mut flow.actions[1].parameters;
        let inputs = &mut parameters["LambdaInvocationAttributes"];
        let flow::value::Value::Map(inputs) = inputs else {
            panic!("a map");
        };
        inputs.shift_remove("a");
        inputs["b"] = "3".into();
        inputs.insert("c".to_owned(), "4".into());
    });
    assert_eq!(
        lines,
        [
            "bot.LambdaInvocationAttributes.a: 1 -> -",
            "bot.LambdaInvocationAttributes.b: 2 -> 3",
            "bot.LambdaInvocationAttributes.c: - -> 4",
        ]
    );
}

#[test]
fn a_branch_that_leads_elsewhere_is_named() {
    let lines = after(|flow| {
        flow.actions[0].transitions.next = Some("end".into());
        flow.actions[1].transitions.errors.clear();
        flow.actions[2].transitions.conditions[0].next = "bot".into();
    });
    assert_eq!(
        lines,
        [
            "greet on next: bot -> end",
            "bot on NoMatchingError: end -> -",
            "which on NumberLessThan 5: greet -> bot",
        ]
    );
}

#[test]
fn conditions_in_another_order_are_a_difference_where_two_can_hold() {
    let lines = after(|flow| flow.actions[2].transitions.conditions.reverse());
    assert_eq!(
        lines,
        [
            r#"which: ["NumberLessThan 5", "NumberLessThan 9"] -> ["NumberLessThan 9", "NumberLessThan 5"]"#
        ]
    );
}

#[test]
fn actions_come_and_go() {
    let lines = after(|flow| {
        flow.start = "bot".into();
        flow.actions.remove(0);
        flow.actions.push(Action::new("pause", "Wait"));
        flow.actions[2].kind = "EndFlowExecution".into();
        flow.settings = Some(flow::value::Map::new());
    });
    assert_eq!(
        lines,
        [
            "start: greet -> bot",
            "+ pause",
            "- greet",
            "end: DisconnectParticipant -> EndFlowExecution",
            "Settings",
        ]
    );
}

#[test]
fn every_difference_has_its_line() {
    let old = support();
    let mut new = old.clone();
    new.start = "pause".into();
    let mut pause = Action::new("pause", "Wait");
    pause
        .parameters
        .insert("TimeLimitSeconds".to_owned(), "5".into());
    pause.transitions.next = Some("welcome".into());
    new.actions.push(pause);
    new.actions[0].id = "welcome".into();
    new.actions[0].parameters["Text"] = "Hello, and welcome to our shop".into();
    let bot = &mut new.actions[1];
    bot.transitions.errors.clear();
    bot.parameters["LambdaFunctionARN"] = "other".into();
    let which = &mut new.actions[2].transitions;
    which.conditions[0].next = "bot".into();
    which.conditions.reverse();
    new.actions[3].kind = "EndFlowExecution".into();
    new.settings = Some(flow::value::Map::new());
    let mut text = String::new();
    for line in diff(&old, &new).outline() {
        let mark = line.mark.as_str();
        text += &format!(
            "{:indent$}{mark}: {}",
            "",
            line.title,
            indent = 4 * line.depth
        );
        if let Some(values) = &line.values {
            text += &format!(" | {:?} | {:?}", values.old, values.new);
        }
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}
