//! How long the content of a flow is about, without writing it.

use flow::model::{Action, Flow};
use flow::value::{Map, Value};

/// An ARN that a name will stand for.
const ARN: usize = 130;

/// Far from every limit, whatever the metadata adds.
const SHORT: usize = 64_000;

/// About how many characters the content has as it is sent: with two spaces of indentation.
/// Characters that JSON escapes count once, so that it may be a few less than there will be.
///
/// In real flows no more than half of the content is metadata, unless somebody has written notes on
/// the canvas. So that of a short flow is not looked at.
pub(crate) fn of_content(flow: &Flow) -> usize {
    let actions: usize = flow.actions.iter().map(action).sum();
    if actions < SHORT && !has_notes(flow) {
        return actions * 2;
    }
    let metadata = flow.metadata.as_ref().map_or(0, |it| map(it, 2));
    let settings = flow.settings.as_ref().map_or(0, |it| map(it, 2));
    120 + actions + metadata + settings
}

fn has_notes(flow: &Flow) -> bool {
    let metadata = flow.metadata.as_ref();
    let notes = metadata.and_then(|it| it.get("Annotations")?.as_list());
    notes.is_some_and(|it| !it.is_empty())
}

fn action(action: &Action) -> usize {
    let ways = &action.transitions;
    let next = ways.next.as_ref().map_or(0, |it| it.as_str().len() + 25);
    let conditions = ways.conditions.iter().map(|it| {
        let operands = it.operands.iter().map(|it| value(it, 16) + 18);
        it.next.as_str().len() + it.operator.len() + 170 + operands.sum::<usize>()
    });
    let errors = ways.errors.iter();
    let errors = errors.map(|it| it.next.as_str().len() + it.error.len() + 85);
    let own = action.id.as_str().len() + action.kind.as_str().len();
    160 + own
        + map(&action.parameters, 6)
        + next
        + conditions.sum::<usize>()
        + errors.sum::<usize>()
}

fn map(map: &Map, indent: usize) -> usize {
    let entries = map.iter();
    let entries = entries.map(|(key, it)| indent + 8 + key.len() + value(it, indent + 2));
    indent + 3 + entries.sum::<usize>()
}

fn value(it: &Value, indent: usize) -> usize {
    match it {
        Value::Text(text) => text.len() + 2,
        Value::Template(template) => template.source.len() + 2,
        Value::Ref(_) => ARN,
        Value::List(items) => {
            let items = items.iter().map(|it| indent + 4 + value(it, indent + 2));
            indent + 3 + items.sum::<usize>()
        }
        Value::Map(inner) => map(inner, indent),
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use flow::json;

    use super::*;

    #[test]
    fn the_estimate_is_within_a_tenth_of_the_content() {
        let prompt = |id: &str| {
            format!(
                r#"{{"Parameters": {{"Text": "One moment, please. Somebody will be with you."}},
                "Identifier": "{id}", "Type": "MessageParticipant", "Transitions": {{
                "NextAction": "wait", "Errors": [{{"NextAction": "wait", "ErrorType": "NoMatchingError"}}]}}}},"#
            )
        };
        let prompts: String = (0..250).map(|n| prompt(&format!("greet {n}"))).collect();
        let text = format!(
            r#"{{"Version": "2019-10-30", "StartAction": "greet 0",
            "Metadata": {{"ActionMetadata": {{"wait": {{"position": {{"x": 100, "y": 100}}}}}}}},
            "Actions": [{prompts}
            {{"Parameters": {{"TimeLimitSeconds": "900", "Events": ["BotParticipantDisconnected"]}},
            "Identifier": "wait", "Type": "Wait", "Transitions": {{"NextAction": "wait",
            "Conditions": [{{"NextAction": "wait", "Condition": {{"Operator": "Equals", "Operands": ["WaitCompleted"]}}}}],
            "Errors": []}}}}]}}"#
        );
        let flow = json::parse(&text).expect("a flow");
        let (found, exact) = (of_content(&flow), json::to_text(&flow).len());
        assert!(found.abs_diff(exact) * 10 < exact, "{found} for {exact}");
    }
}
