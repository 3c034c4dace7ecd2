//! How consequences speak of actions and times.

use flow::catalogue;
use flow::model::{Action, ActionId};
use flow::value::Value;

/// How many names stand in a sentence; of more it says how many there are.
const NAMED: usize = 5;

/// An action by its name. One that the console has named says which block it is.
pub(super) fn named(action: &Action) -> String {
    let id = &action.id;
    match is_made_up(id) {
        true => format!("`{id}` ({})", catalogue::block(action)),
        false => format!("`{id}`"),
    }
}

/// Actions by their names, with `and` before the last: of many the first few.
pub(super) fn all_named<'a>(actions: impl IntoIterator<Item = &'a Action>) -> String {
    listed(actions.into_iter().map(named).collect(), "actions")
}

/// Addresses of flows with `and` before the last.
pub(super) fn flows_listed(addresses: &[&str]) -> String {
    let addresses = addresses.iter().map(|it| (*it).to_owned());
    listed(addresses.collect(), "more flows")
}

/// Texts with `and` before the last; of many the first few, and how many more `things` there are.
pub(super) fn listed(texts: Vec<String>, things: &str) -> String {
    match texts.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] if first.len() < NAMED => format!("{} and {last}", first.join(", ")),
        _ => {
            let (first, rest) = texts.split_at(NAMED);
            format!("{} and {} more {things}", first.join(", "), rest.len())
        }
    }
}

/// Whether an identifier is one that the console makes: letters a to f, digits, 36 characters.
fn is_made_up(id: &ActionId) -> bool {
    let id = id.as_str();
    let is_part = |it: char| it.is_ascii_hexdigit() || it == '-';
    id.len() == 36 && id.chars().all(is_part)
}

/// Whether an action waits for a bot to leave.
pub(super) fn is_bot_wait(action: &Action) -> bool {
    let events = action.parameters.get("Events").and_then(Value::as_list);
    let mut events = events.unwrap_or_default().iter();
    let is_it = |it: &Value| it.as_text() == Some("BotParticipantDisconnected");
    action.kind.as_str() == "Wait" && events.any(is_it)
}
