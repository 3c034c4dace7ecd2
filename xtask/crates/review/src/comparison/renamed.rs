//! Flows that have another address: one is gone, another is new, and they do the same.

use std::collections::BTreeMap;

use flow::diff::{FlowDiff, diff};
use flow::model::FlowDefinition;

use crate::version::Version;

/// How many new flows each flow that is gone is compared with, the likeliest first.
const CANDIDATES: usize = 4;

/// The new address of each flow that has another.
pub(super) fn pairs<'a>(old: &'a Version, new: &'a Version) -> BTreeMap<&'a String, &'a String> {
    let gone = only_in(old, new);
    let added = only_in(new, old).into_iter();
    let added: Vec<Candidate<'_>> = added.map(|it| (it, kinds(it.1))).collect();
    let mut scored = Vec::new();
    for (from, before) in &gone {
        for (to, after) in likely(before, &added) {
            scored.extend(score(before, after).map(|score| (score, *from, to)));
        }
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut pairs: BTreeMap<&String, &String> = BTreeMap::new();
    for (_, from, to) in scored {
        if !pairs.contains_key(from) && !pairs.values().any(|it| *it == to) {
            pairs.insert(from, to);
        }
    }
    pairs
}

type Named<'a> = (&'a String, &'a FlowDefinition);

/// A new flow, with the types of its actions.
type Candidate<'a> = (Named<'a>, Vec<&'a str>);

fn only_in<'a>(here: &'a Version, there: &Version) -> Vec<Named<'a>> {
    let flows = here.flows.iter();
    let only = flows.filter(|(address, _)| !there.flows.contains_key(*address));
    only.collect()
}

/// The new flows that have the most types of action in common with a flow that is gone.
fn likely<'a>(gone: &FlowDefinition, added: &[Candidate<'a>]) -> Vec<Named<'a>> {
    let kinds = kinds(gone);
    let of_kind = added.iter().filter(|(it, _)| it.1.kind == gone.kind);
    let mut likely: Vec<(usize, Named<'a>)> = of_kind
        .map(|(named, others)| (in_common(&kinds, others), *named))
        .filter(|(common, (_, it))| may_be_same(*common, gone, it))
        .collect();
    let is_other_title = |it: &Named<'_>| it.1.title != gone.title;
    likely.sort_by_key(|(common, it)| (std::cmp::Reverse(*common), is_other_title(it)));
    likely.truncate(CANDIDATES);
    likely.into_iter().map(|(_, named)| named).collect()
}

/// How much of two flows is the same, in thousandths; nothing if they are not the same flow.
///
/// A short flow is like many others, so that it has to be the same as a whole.
fn score(old: &FlowDefinition, new: &FlowDefinition) -> Option<usize> {
    let found = diff(&old.flow, &new.flow);
    let n_same = n_same(&found, new);
    let most = old.flow.actions.len().max(new.flow.actions.len()).max(1);
    let is_whole = n_same == most && found.start.is_none();
    let is_long = n_same >= 3 && is_most(n_same, most);
    let is_named = old.title == new.title && is_most(n_same, most);
    let bonus = usize::from(old.title == new.title);
    (is_whole || is_long || is_named).then(|| n_same * 1000 / most + bonus)
}

fn n_same(found: &FlowDiff, new: &FlowDefinition) -> usize {
    let n_other = found.added.len() + found.changed.len();
    new.flow.actions.len().saturating_sub(n_other)
}

fn may_be_same(common: usize, old: &FlowDefinition, new: &FlowDefinition) -> bool {
    let most = old.flow.actions.len().max(new.flow.actions.len());
    common > 0 && is_most(common, most)
}

fn is_most(part: usize, whole: usize) -> bool {
    part * 5 >= whole * 3
}

/// The types of the actions, sorted.
fn kinds(definition: &FlowDefinition) -> Vec<&str> {
    let actions = definition.flow.actions.iter();
    let mut kinds: Vec<&str> = actions.map(|it| it.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds
}

/// How many entries two sorted lists have in common.
fn in_common(a: &[&str], b: &[&str]) -> usize {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut common = 0;
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => drop(a.next()),
            std::cmp::Ordering::Greater => drop(b.next()),
            std::cmp::Ordering::Equal => {
                common += 1;
                a.next();
                b.next();
            }
        }
    }
    common
}
