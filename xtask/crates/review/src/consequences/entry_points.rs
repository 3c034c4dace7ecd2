//! From where contacts come to the flow, and where they begin in it.

use super::pair::Pair;
use super::words::flows_listed;
use super::{Found, attention, note};
use crate::comparison::Status;

const KIND: &str = "entry_points";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    start(pair, found);
    if !pair.new.exists {
        return;
    }
    let after = pair.after().origins_of(pair.address());
    if !after.is_empty() {
        let text = format!("contacts come here from {}", flows_listed(&after));
        return found.push(note(KIND, text, Vec::new()));
    }
    let before = pair.before().origins_of(pair.old_address());
    if !before.is_empty() {
        let before = flows_listed(&before);
        let text = format!("no flow leads here any more; before, contacts came from {before}");
        found.push(attention(KIND, text, Vec::new()));
    }
}

/// Where a contact begins, and what becomes of where it began.
fn start(pair: &Pair<'_>, found: &mut Found) {
    let Some((old, new)) = &pair.change.diff.start else {
        return;
    };
    if pair.change.status != Status::Changed {
        return;
    }
    let graph = &pair.old.insight.graph;
    let kept = graph.number(old).and_then(|n| pair.new_of(n));
    let later = match kept {
        Some(n) if pair.new.is_reached(n) => "to which they can come later",
        Some(_) => "to which they do not come any more",
        None => "which is gone",
    };
    let (from, to) = (pair.old.named(old), pair.new.named(new));
    let text = format!("contacts now begin at {to} instead of {from}, {later}");
    let is_passed = kept.is_some_and(|n| pair.new.is_reached(n));
    found.push(match is_passed {
        true => note(KIND, text, vec![new.clone()]),
        false => attention(KIND, text, vec![new.clone()]),
    });
}
