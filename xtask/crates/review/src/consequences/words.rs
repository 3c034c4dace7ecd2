//! How consequences speak of actions and times.

use flow::catalogue;
use flow::identifiers::is_uuid;
use flow::model::Action;
use flow::value::Value;

use crate::names::name;

/// How many names stand in a sentence; of more it says how many there are.
const NAMED: usize = 5;

/// An action by its name. One that the console has named says which block it is.
pub(super) fn named(action: &Action) -> String {
    let name = name(&action.id);
    match is_uuid(action.id.as_str()) {
        true => format!("`{name}` ({})", catalogue::block(action)),
        false => format!("`{name}`"),
    }
}

/// Actions by their names, with `and` before the last: of many the first few.
pub(super) fn all_named<'a>(actions: impl IntoIterator<Item = &'a Action>) -> String {
    listed(actions.into_iter().map(named).collect(), "actions")
}

/// Addresses of flows with `and` before the last.
pub(super) fn flows_listed(addresses: &[&str]) -> String {
    let addresses = addresses.iter().map(|it| (*it).to_owned());
    listed(addresses.collect(), "flows")
}

/// Texts with `and` before the last; of many the first few, and how many more `things` there are.
pub(super) fn listed(texts: Vec<String>, things: &str) -> String {
    match texts.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] if first.len() < NAMED => format!("{} and {last}", first.join(", ")),
        _ => {
            let (first, rest) = texts.split_at(NAMED);
            let rest = format!("{} and {} more {things}", first.join(", "), rest.len());
            rest.trim_end().to_owned()
        }
    }
}

/// Whether an action waits for a bot to leave.
pub(super) fn is_bot_wait(action: &Action) -> bool {
    let events = action.parameters.get("Events").and_then(Value::as_list);
    let mut events = events.unwrap_or_default().iter();
    let is_it = |it: &Value| it.as_text() == Some("BotParticipantDisconnected");
    action.kind.as_str() == "Wait" && events.any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_texts_the_first_few_are_listed() {
        let texts = |n: usize| (1..=n).map(|it| it.to_string()).collect::<Vec<_>>();
        for (n, things, expected) in [
            (0, "", ""),
            (1, "", "1"),
            (2, "", "1 and 2"),
            (5, "flows", "1, 2, 3, 4 and 5"),
            (7, "flows", "1, 2, 3, 4, 5 and 2 more flows"),
            (8, "", "1, 2, 3, 4, 5 and 3 more"),
        ] {
            assert_eq!(listed(texts(n), things), expected);
        }
    }

    #[test]
    fn an_action_that_the_console_has_named_says_which_block_it_is() {
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        let action = Action::new(id, "MessageParticipant");
        assert_eq!(named(&action), "`01234567…` (Play prompt)");
        assert_eq!(
            named(&Action::new("greet", "MessageParticipant")),
            "`greet`"
        );
    }
}
