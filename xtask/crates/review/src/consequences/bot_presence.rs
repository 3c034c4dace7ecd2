//! A bot that takes part in the chat although none did, and one that does not any more.

use super::pair::{Pair, Side};
use super::words::{all_named, is_bot_wait};
use super::{Found, attention, note};
use crate::comparison::Status;

const GONE: &str = "bot_gone";
const NEW: &str = "bot_new";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    let (before, after) = (waits(&pair.old), waits(&pair.new));
    let at =
        |side: &Side<'_>, waits: &[usize]| all_named(waits.iter().filter_map(|n| side.action(*n)));
    match (before.as_slice(), after.as_slice()) {
        (gone, []) if !gone.is_empty() && pair.change.status == Status::Changed => {
            let at = at(&pair.old, gone);
            let text = format!("contacts no longer meet a bot: the flow waited for one at {at}");
            found.push(attention(GONE, text, pair.old.ids(before)));
        }
        ([], new) if !new.is_empty() => {
            let at = at(&pair.new, new);
            let text = format!("contacts can meet a bot: the flow waits for one at {at}");
            found.push(note(NEW, text, pair.new.ids(after)));
        }
        _ => {}
    }
}

/// The Waits for a bot to which a contact can come.
fn waits(side: &Side<'_>) -> Vec<usize> {
    let waits = side.reached().filter(|(_, action)| is_bot_wait(action));
    waits.map(|(n, _)| n).collect()
}
