//! Actions of the old version to which no contact comes any more, and those to which contacts come
//! again.

use super::pair::Pair;
use super::words::all_named;
use super::{Found, attention, note};

/// Also told by what comes of it, where more does.
pub(super) const UNREACHABLE: &str = "unreachable";
const REACHABLE_AGAIN: &str = "reachable_again";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    let actions = |numbers: &[usize]| all_named(numbers.iter().filter_map(|n| pair.new.action(*n)));
    let mut lost = changed(pair, |before, after| before && !after);
    lost.iter().for_each(|n| found.tells("F006", Some(*n)));
    lost.retain(|n| !found.has_told(UNREACHABLE, Some(*n)));
    if !lost.is_empty() {
        let text = format!("no contact can come to {} any more", actions(&lost));
        found.push(attention(UNREACHABLE, text, pair.new.ids(lost)));
    }
    let won = changed(pair, |before, after| !before && after);
    if !won.is_empty() {
        let text = format!("contacts can come to {} again", actions(&won));
        won.iter().for_each(|n| found.tells("F006", Some(*n)));
        found.push(note(REACHABLE_AGAIN, text, pair.new.ids(won)));
    }
}

/// The actions of both versions for which a contact can come there in one of them only.
fn changed(pair: &Pair<'_>, is_it: impl Fn(bool, bool) -> bool) -> Vec<usize> {
    let kept = pair.kept();
    let changed =
        kept.filter(|(old, new)| is_it(pair.old.is_reached(*old), pair.new.is_reached(*new)));
    changed.map(|(_, new)| new).collect()
}
