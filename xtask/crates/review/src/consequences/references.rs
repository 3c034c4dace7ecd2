//! Lambdas, queues, flows and other things that the flow newly comes to, and those to which it does
//! not come any more.

use std::collections::{BTreeMap, BTreeSet};

use flow::model::ActionId;
use flow::value::RefKind;

use super::pair::{Pair, Side};
use super::unreachable::UNREACHABLE;
use super::uses::{self, Role, Use};
use super::words::{all_named, listed};
use super::{Found, attention, note};
use crate::comparison::{Consequence, Status};

/// For each thing the actions that refer to it, of those that a contact can come to.
type Uses = BTreeMap<Use, Vec<usize>>;

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    let old = of(&pair.old, |it| pair.renamed(it));
    let new = of(&pair.new, |it| it);
    let mut added = only(&new, &old);
    let mut dropped = only(&old, &new);
    if pair.change.status == Status::Removed {
        dropped.retain(|it| is_nowhere_else(pair, it));
    }
    for swap in swaps(pair, &added, &dropped) {
        added.retain(|it| *it != swap.new);
        dropped.retain(|it| *it != swap.old);
        found.push(swapped(pair, &swap));
    }
    let (cut, dropped): (Vec<_>, Vec<_>) =
        dropped.into_iter().partition(|it| is_cut(pair, &old, it));
    for group in by_verb(&cut) {
        let actions = actions(&group, &old);
        let numbers = actions.iter().filter_map(|n| pair.new_of(*n));
        numbers.for_each(|n| found.tells(UNREACHABLE, Some(n)));
        found.extend(cut_off(pair, &group, actions));
    }
    for group in by_verb(&added) {
        found.extend(newly(pair, &group, &new));
    }
    for group in by_verb(&dropped) {
        found.extend(no_longer(pair, &group, &old));
    }
}

fn of(side: &Side<'_>, named: impl Fn(Use) -> Use) -> Uses {
    let mut all = Uses::new();
    for (n, action) in side.reached() {
        for one in uses::of(action) {
            all.entry(named(one)).or_default().push(n);
        }
    }
    all
}

fn only<'a>(here: &'a Uses, there: &Uses) -> Vec<&'a Use> {
    here.keys().filter(|it| !there.contains_key(*it)).collect()
}

/// Whether the actions that refer to a thing still do and no contact comes to them any more.
fn is_cut(pair: &Pair<'_>, old: &Uses, it: &Use) -> bool {
    let mut actions = old.get(it).into_iter().flatten();
    actions.all(|n| {
        let kept = pair.new_of(*n).and_then(|n| pair.new.action(n));
        kept.is_some_and(|action| uses::of(action).contains(it))
    })
}

/// Something that has taken the place of something else of the same kind in an action.
struct Swap<'a> {
    old: &'a Use,
    new: &'a Use,
    actions: Vec<usize>,
}

fn swaps<'a>(pair: &Pair<'_>, added: &[&'a Use], dropped: &[&'a Use]) -> Vec<Swap<'a>> {
    let mut swaps: BTreeMap<(&Use, &Use), Vec<usize>> = BTreeMap::new();
    for (old_n, new_n) in pair.kept().filter(|it| pair.new.is_reached(it.1)) {
        let (Some(old), Some(new)) = (pair.old.action(old_n), pair.new.action(new_n)) else {
            continue;
        };
        if old.parameters == new.parameters {
            continue;
        }
        let (old, new) = (uses::of(old), uses::of(new));
        let gone = dropped.iter().filter(|it| old.contains(it));
        for gone in gone {
            let is_instead =
                |it: &&&Use| it.kind == gone.kind && it.role == gone.role && new.contains(it);
            if let Some(instead) = added.iter().find(is_instead) {
                swaps.entry((gone, instead)).or_default().push(new_n);
            }
        }
    }
    one_each(swaps)
}

/// Each thing in one swap at most.
fn one_each<'a>(found: BTreeMap<(&'a Use, &'a Use), Vec<usize>>) -> Vec<Swap<'a>> {
    let mut seen: BTreeSet<(bool, &Use)> = BTreeSet::new();
    let mut swaps = Vec::new();
    for ((old, new), actions) in found {
        if !seen.contains(&(false, old)) && !seen.contains(&(true, new)) {
            seen.extend([(false, old), (true, new)]);
            swaps.push(Swap { old, new, actions });
        }
    }
    swaps
}

fn swapped(pair: &Pair<'_>, swap: &Swap<'_>) -> Consequence {
    let (old, new) = (&swap.old.name, &swap.new.name);
    let at = all_named(swap.actions.iter().filter_map(|n| pair.new.action(*n)));
    let does = words(swap.new).does(swap.actions.len(), 1);
    let beside = beside(pair, swap.old);
    let text = match version_moved(old, new) {
        Some((name, [old, new])) => format!("{at} now {does} `{name}` in {new} instead of {old}"),
        None => format!("{at} now {does} `{new}` instead of `{old}`{beside}"),
    };
    let kind = match swap.new.kind {
        RefKind::Lambda => "lambda_swapped",
        _ => "reference_swapped",
    };
    let actions = pair.new.ids(swap.actions.iter().copied());
    weighed(swap.new.kind, kind, text, actions)
}

/// The name and both versions or aliases of a thing, if only those differ: `1234:2` and `1234:3`.
fn version_moved<'a>(old: &'a str, new: &'a str) -> Option<(&'a str, [String; 2])> {
    let split = |it: &'a str| it.split_once(':').unwrap_or((it, "$LATEST"));
    let ((name, before), (other, after)) = (split(old), split(new));
    let word = |it: &str| match it.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("version {it}"),
        false => format!("`{it}`"),
    };
    let is_moved = name == other && !name.contains(['{', '$']);
    is_moved.then(|| (name, [word(before), word(after)]))
}

fn newly(pair: &Pair<'_>, group: &[&Use], uses: &Uses) -> Option<Consequence> {
    let first = group.first()?;
    let does = words(first).does(1, group.len());
    let names = group.iter().map(|it| {
        let at = uses.get(*it).into_iter().flatten();
        let at = all_named(at.filter_map(|n| pair.new.action(*n)));
        format!("`{}` (at {at})", it.name)
    });
    let names = listed(names.collect(), "");
    let now = match pair.change.status {
        Status::Changed => " now",
        Status::Added | Status::Removed => "",
    };
    let kind = match first.kind {
        RefKind::Lambda => "lambda_called",
        _ => "reference_added",
    };
    let actions = pair.new.ids(actions(group, uses));
    let text = format!("the flow{now} {does} {names}");
    Some(note(kind, text, actions))
}

fn no_longer(pair: &Pair<'_>, group: &[&Use], uses: &Uses) -> Option<Consequence> {
    let first = group.first()?;
    let (does, names) = (words(first).does(1, group.len()), names(group));
    let text = match (pair.change.status, group) {
        (Status::Removed, _) => format!("nothing {does} {names} any more"),
        (_, [only]) => format!("the flow no longer {does} {names}{}", beside(pair, only)),
        _ => format!("the flow no longer {does} {names}"),
    };
    let actions = pair.old.ids(actions(group, uses));
    Some(weighed(first.kind, dropped_kind(first), text, actions))
}

fn cut_off(pair: &Pair<'_>, group: &[&Use], actions: Vec<usize>) -> Option<Consequence> {
    let first = group.first()?;
    let at = all_named(actions.iter().filter_map(|n| pair.old.action(*n)));
    let (does, names) = (words(first).does(1, group.len()), names(group));
    let beside = match group {
        [only] => beside(pair, only),
        _ => String::new(),
    };
    let text = format!(
        "no contact can come to {at} any more, so that the flow no longer {does} {names}{beside}"
    );
    let numbers = actions.iter().filter_map(|n| pair.new_of(*n));
    let ids = pair.new.ids(numbers);
    Some(attention(dropped_kind(first), text, ids))
}

fn dropped_kind(of: &Use) -> &'static str {
    match of.kind {
        RefKind::Lambda => "lambda_dropped",
        _ => "reference_removed",
    }
}

/// Where a contact ends up and what is done for it weigh more than what it sees on the way.
fn weighed(of: RefKind, kind: &'static str, text: String, actions: Vec<ActionId>) -> Consequence {
    match of {
        RefKind::Lambda | RefKind::Queue | RefKind::Flow | RefKind::Module => {
            attention(kind, text, actions)
        }
        _ => note(kind, text, actions),
    }
}

fn names(group: &[&Use]) -> String {
    let names = group.iter().map(|it| format!("`{}`", it.name));
    listed(names.collect(), "")
}

fn actions(group: &[&Use], uses: &Uses) -> Vec<usize> {
    let actions = group.iter().filter_map(|it| uses.get(*it)).flatten();
    let actions: BTreeSet<usize> = actions.copied().collect();
    actions.into_iter().collect()
}

fn is_nowhere_else(pair: &Pair<'_>, it: &Use) -> bool {
    let around = pair.after();
    let mentioning = around.mentioning(pair.address(), it.kind, &it.name);
    mentioning.is_empty()
}

/// Whether anything else comes to what this flow has dropped.
fn beside(pair: &Pair<'_>, gone: &Use) -> String {
    if gone.is_open() {
        return String::new();
    }
    let is_source = gone.address().is_some_and(|it| pair.after().has(&it));
    let text = match gone.kind {
        RefKind::Flow if is_source => ", to which no flow leads any more",
        RefKind::Module if is_source => ", which no flow invokes any more",
        RefKind::Lambda => ", which no flow calls any more",
        _ => return String::new(),
    };
    match is_nowhere_else(pair, gone) {
        true => text.to_owned(),
        false => String::new(),
    }
}

/// What actions do with things: the verb for one action and for several, the noun for one thing and
/// for several.
struct Words {
    verbs: [&'static str; 2],
    nouns: [&'static str; 2],
}

impl Words {
    fn does(&self, n_actions: usize, n_things: usize) -> String {
        let [verb, noun] = [(self.verbs, n_actions), (self.nouns, n_things)]
            .map(|([one, many], n)| if n == 1 { one } else { many });
        format!("{verb} {noun}")
    }
}

fn words(of: &Use) -> Words {
    let (verbs, nouns) = match (of.kind, of.role) {
        (RefKind::Lambda, _) => (["calls", "call"], ["Lambda", "Lambdas"]),
        (RefKind::Module, _) => (["invokes", "invoke"], ["module", "modules"]),
        (RefKind::Flow, Role::Transfer) => (["transfers to", "transfer to"], FLOWS),
        (RefKind::Flow, Role::Hook) => (["sets", "set"], ["the event flow", "the event flows"]),
        (RefKind::Flow, Role::Usual) => (["starts", "start"], FLOWS),
        (RefKind::Queue, _) => (USES, ["queue", "queues"]),
        (RefKind::Hours, _) => (["checks", "check"], ["hours", "hours"]),
        (RefKind::Prompt, _) => (["plays", "play"], ["prompt", "prompts"]),
        (RefKind::View, _) => (["shows", "show"], ["view", "views"]),
        (RefKind::LexBot, _) => (USES, ["Lex bot", "Lex bots"]),
        (RefKind::Resource, _) => (USES, ["resource", "resources"]),
    };
    Words { verbs, nouns }
}

const USES: [&str; 2] = ["uses", "use"];
const FLOWS: [&str; 2] = ["flow", "flows"];

fn by_verb<'a>(uses: &[&'a Use]) -> Vec<Vec<&'a Use>> {
    let mut groups: BTreeMap<(RefKind, Role), Vec<&Use>> = BTreeMap::new();
    for one in uses {
        groups.entry((one.kind, one.role)).or_default().push(one);
    }
    groups.into_values().collect()
}
