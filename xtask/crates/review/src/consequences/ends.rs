//! Ways out that ended nothing before and now end the contact or the flow at once.

use flow::diff::{ActionDiff, Branch, BranchChange};
use flow::model::{Action, ActionId};

use super::pair::Pair;
use super::words::{listed, named};
use super::{Found, attention};

const KIND: &str = "new_end";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    for change in &pair.change.diff.changed {
        let graph = &pair.new.insight.graph;
        let number = graph.number(&change.id).filter(|n| pair.new.is_reached(*n));
        if let Some(action) = number.and_then(|n| pair.new.action(n)) {
            for end in ends(pair, change) {
                let text = said(pair, action, &end);
                found.push(attention(KIND, text, vec![action.id.clone()]));
            }
        }
    }
}

/// Ways that led to one action and now lead to another, which ends something.
struct End<'a> {
    old: &'a ActionId,
    new: &'a ActionId,
    what: &'static str,
    ways: Vec<&'a Branch>,
}

fn ends<'a>(pair: &Pair<'_>, change: &'a ActionDiff) -> Vec<End<'a>> {
    let mut ends: Vec<End<'_>> = Vec::new();
    for way in &change.branches {
        let Some((old, new, what)) = end(pair, way) else {
            continue;
        };
        match ends.iter_mut().find(|it| it.old == old && it.new == new) {
            Some(end) => end.ways.push(&way.branch),
            None => ends.push(End {
                old,
                new,
                what,
                ways: vec![&way.branch],
            }),
        }
    }
    ends
}

/// Where a way led and leads, if it ends something that it did not end before.
fn end<'a>(
    pair: &Pair<'_>,
    way: &'a BranchChange,
) -> Option<(&'a ActionId, &'a ActionId, &'static str)> {
    let (old, new) = (way.old.as_ref()?, way.new.as_ref()?);
    let what = what_ends(pair.new.action_of(new)?)?;
    let went_on = what_ends(pair.old.action_of(old)?).is_none();
    went_on.then_some((old, new, what))
}

fn said(pair: &Pair<'_>, action: &Action, end: &End<'_>) -> String {
    let ways = end.ways.iter().map(|it| match it {
        Branch::Next => "success".to_owned(),
        branch => format!("`{branch}`"),
    });
    let from = match end.ways.as_slice() {
        [Branch::Next] => format!("after {}", named(action)),
        _ => format!(
            "after {} of {}",
            listed(ways.collect(), "ways out"),
            named(action)
        ),
    };
    let (old, new) = (pair.old.named(end.old), pair.new.named(end.new));
    let what = end.what;
    format!("{from} {what} at once, at {new}; before, it went on to {old}")
}

/// What an action ends. The end of a module is where the flow that has called it goes on.
fn what_ends(action: &Action) -> Option<&'static str> {
    match action.kind.as_str() {
        "DisconnectParticipant" => Some("the contact is now disconnected"),
        "EndFlowExecution" => Some("the flow now ends"),
        _ => None,
    }
}
