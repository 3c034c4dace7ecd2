//! Contact attributes that the flow sets no more, or not on every way any more, and those that it
//! newly reads although nobody sets them.

use std::collections::{BTreeMap, BTreeSet};

use flow::catalogue;
use flow::jsonpath::{self, Reference};
use flow::model::Action;
use flow::value::Value;

use super::pair::{Pair, Side};
use super::words::{all_named, flows_listed, listed, named};
use super::{Found, attention, note};

const NO_LONGER_SET: &str = "attribute_no_longer_set";
const NOT_ON_EVERY_WAY: &str = "attribute_not_always_set";
const READ_UNSET: &str = "attribute_read_unset";

const ROOT: &str = "Attributes";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    let (old, new) = (Attributes::of(&pair.old), Attributes::of(&pair.new));
    no_longer_set(pair, &old, &new, found);
    not_on_every_way(pair, &old, &new, found);
    read_unset(pair, &old, &new, found);
}

/// What a version does with contact attributes where contacts come.
struct Attributes<'a> {
    /// The actions that set each.
    set: BTreeMap<&'a str, Vec<usize>>,
    /// The actions that read each.
    read: BTreeMap<&'a str, BTreeSet<usize>>,
    /// Whether an action sets attributes whose names nobody knows yet.
    sets_any: bool,
}

impl<'a> Attributes<'a> {
    fn of(side: &Side<'a>) -> Self {
        let mut attributes = Self {
            set: BTreeMap::new(),
            read: BTreeMap::new(),
            sets_any: false,
        };
        for (n, action) in side.reached() {
            for key in attributes_set(action) {
                match key {
                    Some(key) => attributes.set.entry(key).or_default().push(n),
                    None => attributes.sets_any = true,
                }
            }
            attributes_read(action, &mut |key| {
                attributes.read.entry(key).or_default().insert(n);
            });
        }
        attributes
    }

    fn readers(&self, key: &str) -> impl Iterator<Item = usize> {
        self.read.get(key).into_iter().flatten().copied()
    }

    fn setters(&self, key: &str) -> &[usize] {
        self.set.get(key).map_or(&[], Vec::as_slice)
    }
}

fn no_longer_set(pair: &Pair<'_>, old: &Attributes<'_>, new: &Attributes<'_>, found: &mut Found) {
    if new.sets_any {
        return;
    }
    let (own, around) = (pair.address(), pair.after());
    let mut unread = Vec::new();
    for key in old.set.keys().filter(|it| !new.set.contains_key(*it)) {
        let here: Vec<usize> = new.readers(key).collect();
        let mut readers: Vec<String> = here
            .iter()
            .filter_map(|n| pair.new.action(*n).map(named))
            .collect();
        readers.extend(around.reading(own, key).into_iter().map(str::to_owned));
        if readers.is_empty() {
            unread.push(format!("`{key}`"));
            continue;
        }
        let verb = if readers.len() == 1 { "reads" } else { "read" };
        let readers = listed(readers, "");
        let still = still_set(&around.setting(own, key));
        let text = format!(
            "the flow no longer sets the contact attribute `{key}`, which {readers} {verb}{still}"
        );
        found.push(attention(NO_LONGER_SET, text, pair.new.ids(here)));
    }
    // What a flow that is gone did for itself is gone with it.
    if !unread.is_empty() && pair.new.exists {
        let things = if unread.len() == 1 {
            "attribute"
        } else {
            "attributes"
        };
        let names = listed(unread, "");
        let text = format!(
            "the flow no longer sets the contact {things} {names}, which no flow here reads"
        );
        found.push(note(NO_LONGER_SET, text, Vec::new()));
    }
}

fn still_set(others: &[&str]) -> String {
    let verb = match others {
        [] => return String::new(),
        [_] => "sets",
        _ => "set",
    };
    format!("; {} still {verb} it", flows_listed(others))
}

/// Readers to which every way led through a setter, and now one leads past all of them.
fn not_on_every_way(
    pair: &Pair<'_>,
    old: &Attributes<'_>,
    new: &Attributes<'_>,
    found: &mut Found,
) {
    if new.sets_any || old.sets_any {
        return;
    }
    for (key, setters) in &new.set {
        let was_set = old.set.contains_key(key);
        let readers: Vec<usize> = new.readers(key).collect();
        if !was_set || readers.is_empty() {
            continue;
        }
        let (before, after) = (
            without(&pair.old, old.setters(key)),
            without(&pair.new, setters),
        );
        let is_bare = |reached: &[bool], n: usize| reached.get(n).copied().unwrap_or(false);
        let lost = readers.into_iter().filter(|n| {
            let was_certain = pair
                .old_of(*n)
                .is_some_and(|it| pair.old.is_reached(it) && !is_bare(&before, it));
            was_certain && is_bare(&after, *n)
        });
        let lost: Vec<usize> = lost.collect();
        if !lost.is_empty() {
            let at = all_named(lost.iter().filter_map(|n| pair.new.action(*n)));
            let setters = all_named(setters.iter().filter_map(|n| pair.new.action(*n)));
            let reads = if lost.len() == 1 { "reads" } else { "read" };
            let text = format!(
                "a contact can now come to {at}, which {reads} the contact attribute `{key}`, without passing {setters}, where it is set"
            );
            found.push(attention(NOT_ON_EVERY_WAY, text, pair.new.ids(lost)));
        }
    }
}

/// The actions to which a contact can come without getting past any of some actions.
fn without(side: &Side<'_>, passed: &[usize]) -> Vec<bool> {
    let graph = &side.insight.graph;
    graph.reached_from(graph.start, |n| !passed.contains(&n))
}

fn read_unset(pair: &Pair<'_>, old: &Attributes<'_>, new: &Attributes<'_>, found: &mut Found) {
    let (own, around) = (pair.address(), pair.after());
    if new.sets_any {
        return;
    }
    for key in new.read.keys() {
        let is_known = old.read.contains_key(key) || new.set.contains_key(key);
        let readers: Vec<usize> = new.readers(key).collect();
        let is_told = |n: &usize| {
            let mut findings = pair.new.insight.findings.iter();
            findings.any(|it| it.action == Some(*n) && matches!(it.rule.code, "F034" | "F035"))
        };
        if is_known || readers.iter().any(is_told) || !around.setting(own, key).is_empty() {
            continue;
        }
        let at = all_named(readers.iter().filter_map(|n| pair.new.action(*n)));
        let reads = if readers.len() == 1 { "reads" } else { "read" };
        let text = format!(
            "{at} now {reads} the contact attribute `{key}`, which no flow here sets: it has to come from a Lambda, a bot or the start of the contact"
        );
        found.push(note(READ_UNSET, text, pair.new.ids(readers)));
    }
}

/// The contact attributes that an action sets if it works; nothing in place of a name that is not
/// known yet.
pub(super) fn attributes_set(action: &Action) -> impl Iterator<Item = Option<&str>> {
    let written = catalogue::written(action).filter(|it| it.root == ROOT);
    written.map(|it| it.key)
}

/// Calls `see` for each contact attribute that an action reads, those in templates included.
pub(super) fn attributes_read<'a>(action: &'a Action, see: &mut impl FnMut(&'a str)) {
    let mut see_one = |reference: Reference<'a>| {
        if reference.root == ROOT
            && let Some(key) = reference.key()
        {
            see(key);
        }
    };
    jsonpath::visit_action(action, &mut see_one);
    for value in action.parameters.values() {
        in_templates(value, &mut see_one);
    }
}

fn in_templates<'a>(value: &'a Value, see: &mut impl FnMut(Reference<'a>)) {
    match value {
        Value::Template(template) => jsonpath::references(&template.source).for_each(see),
        Value::List(items) => items.iter().for_each(|item| in_templates(item, see)),
        Value::Map(map) => map.values().for_each(|value| in_templates(value, see)),
        _ => {}
    }
}
