//! The ways out of two versions of an action.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::iter;

use crate::canonical;
use crate::catalogue;
use crate::model::{Action, ActionId, ActionKind, Condition, ErrorBranch};
use crate::value::Value;

use super::matching::Names;
use super::{Branch, BranchChange};

/// The old and the new order of conditions.
pub(super) type Orders = (Vec<Branch>, Vec<Branch>);

/// Where a run goes on without a condition or an error.
pub(super) fn next(action: &Action) -> Option<&ActionId> {
    let next = action.transitions.next.as_ref();
    next.filter(|_| catalogue::follows_next(action))
}

/// The ways out of an action that a contact can take, in the order of the document.
pub fn ways_out(action: &Action) -> Vec<(Branch, &ActionId)> {
    let next = next(action).map(|to| (Branch::Next, to));
    let conditions = action.transitions.conditions.iter().collect();
    let conditions = numbered(&action.kind, conditions)
        .into_iter()
        .map(|(key, it)| (branch(&action.kind, &key, it), &it.next));
    let mut seen = HashMap::new();
    let errors = action.transitions.errors.iter().map(|it| {
        let repeated = count(&mut seen, it.error.as_str());
        let error = it.error.clone();
        (Branch::Error { error, repeated }, &it.next)
    });
    next.into_iter().chain(conditions).chain(errors).collect()
}

/// What differs in the ways out, and the orders of the conditions if the new one does not follow
/// from the old one.
pub(super) fn compare(
    old: &Action,
    new: &Action,
    names: &Names<'_>,
) -> (Vec<BranchChange>, Option<Orders>) {
    let mut changes = Vec::new();
    compare_next(next(old), next(new), names, &mut changes);
    let orders = if same_conditions(old, new, names) {
        None
    } else {
        compare_conditions(old, new, names, &mut changes)
    };
    if !same_errors(old, new, names) {
        compare_errors(old, new, names, &mut changes);
    }
    (changes, orders)
}

fn compare_next(
    old: Option<&ActionId>,
    new: Option<&ActionId>,
    names: &Names<'_>,
    changes: &mut Vec<BranchChange>,
) {
    let is_same = match (old, new) {
        (Some(old), Some(new)) => names.is_same(old, new),
        (old, new) => old.is_none() && new.is_none(),
    };
    if !is_same {
        changes.push(BranchChange {
            branch: Branch::Next,
            old: old.cloned(),
            new: new.cloned(),
        });
    }
}

/// Whether conditions are the same one by one, as they nearly always are.
fn same_conditions(old: &Action, new: &Action, names: &Names<'_>) -> bool {
    let (before, after) = (&old.transitions.conditions, &new.transitions.conditions);
    let is_same = |(a, b): (&Condition, &Condition)| {
        names.is_same(&a.next, &b.next) && same_words(&old.kind, a, &new.kind, b)
    };
    before.len() == after.len() && before.iter().zip(after).all(is_same)
}

fn same_words(old: &ActionKind, a: &Condition, new: &ActionKind, b: &Condition) -> bool {
    let mut operands = a.operands.iter().zip(&b.operands);
    a.operator == b.operator
        && a.operands.len() == b.operands.len()
        && operands.all(|(a, b)| canonical::operand(old, a) == canonical::operand(new, b))
}

fn same_errors(old: &Action, new: &Action, names: &Names<'_>) -> bool {
    let (before, after) = (&old.transitions.errors, &new.transitions.errors);
    let is_same = |(a, b): (&ErrorBranch, &ErrorBranch)| {
        a.error == b.error && names.is_same(&a.next, &b.next)
    };
    before.len() == after.len() && before.iter().zip(after).all(is_same)
}

/// The words of a condition as they count, and how many of the same stand before it.
pub(super) type Key = (String, usize);

/// The conditions in the order that counts, each with what makes it the same in another version.
pub(super) fn numbered<'a>(
    kind: &ActionKind,
    conditions: Vec<&'a Condition>,
) -> Vec<(Key, &'a Condition)> {
    let mut seen = HashMap::new();
    let conditions = canonical::in_order(kind, conditions).into_iter();
    let numbered = conditions.map(|it| {
        let operands = it.operands.iter();
        let words = words(
            &it.operator,
            operands.map(|it| canonical::operand(kind, it)),
        );
        let repeated = count(&mut seen, words.clone());
        ((words, repeated), it)
    });
    numbered.collect()
}

/// The words of a condition, given operands as they count.
pub(super) fn words<'a, V: Borrow<Value> + 'a>(
    operator: &str,
    operands: impl IntoIterator<Item = V>,
) -> String {
    let mut words = String::new();
    canonical::write_text(operator, &mut words);
    for operand in operands {
        words.push('\n');
        canonical::write_value(operand.borrow(), &mut words);
    }
    words
}

/// How often something was counted before.
fn count<T: std::hash::Hash + Eq>(seen: &mut HashMap<T, usize>, it: T) -> usize {
    let n = seen.entry(it).or_insert(0);
    *n += 1;
    *n - 1
}

pub(super) fn branch(kind: &ActionKind, key: &Key, condition: &Condition) -> Branch {
    let operands = condition.operands.iter();
    let operands = operands.map(|it| canonical::operand(kind, it).into_owned());
    Branch::Condition {
        operator: condition.operator.clone(),
        operands: operands.collect(),
        repeated: key.1,
    }
}

fn compare_conditions(
    old: &Action,
    new: &Action,
    names: &Names<'_>,
    changes: &mut Vec<BranchChange>,
) -> Option<Orders> {
    let before = numbered(&old.kind, old.transitions.conditions.iter().collect());
    let after = numbered(&new.kind, new.transitions.conditions.iter().collect());
    let index = |list: &[(Key, &Condition)]| -> HashMap<Key, usize> {
        let entries = list.iter().enumerate();
        entries.map(|(n, (key, _))| (key.clone(), n)).collect()
    };
    let (in_old, in_new) = (index(&before), index(&after));
    for (key, was) in &before {
        let is = in_new.get(key).and_then(|n| after.get(*n));
        if is.is_some_and(|(_, is)| names.is_same(&was.next, &is.next)) {
            continue;
        }
        changes.push(BranchChange {
            branch: branch(&old.kind, key, was),
            old: Some(was.next.clone()),
            new: is.map(|(_, is)| is.next.clone()),
        });
    }
    for (key, is) in after.iter().filter(|(key, _)| !in_old.contains_key(key)) {
        changes.push(BranchChange {
            branch: branch(&new.kind, key, is),
            old: None,
            new: Some(is.next.clone()),
        });
    }
    let follows = follows(&new.kind, &before, &in_old, &after, &in_new)
        && self::follows(&old.kind, &after, &in_new, &before, &in_old);
    let order = |kind, list: &[(Key, &Condition)]| -> Vec<Branch> {
        let list = list.iter();
        list.map(|(key, it)| branch(kind, key, it)).collect()
    };
    (!follows).then(|| (order(&old.kind, &before), order(&new.kind, &after)))
}

/// Whether the new order is the old one without those that are gone, and then those that are new.
fn follows(
    kind: &ActionKind,
    before: &[(Key, &Condition)],
    in_old: &HashMap<Key, usize>,
    after: &[(Key, &Condition)],
    in_new: &HashMap<Key, usize>,
) -> bool {
    let kept = before.iter().filter_map(|(key, _)| in_new.get(key));
    let kept = kept.filter_map(|n| after.get(*n));
    let added = after.iter().filter(|(key, _)| !in_old.contains_key(key));
    let derived = kept.chain(added).map(|(_, it)| *it).collect();
    let derived = canonical::in_order(kind, derived);
    let mut places = derived.into_iter().zip(after);
    places.all(|(derived, (_, it))| std::ptr::eq(derived, *it))
}

/// Compares error branches. Those with the same name are a heap without order: what leads to the
/// same action goes together, and what is left in the order of the targets.
fn compare_errors(old: &Action, new: &Action, names: &Names<'_>, changes: &mut Vec<BranchChange>) {
    let mut by_name: BTreeMap<&str, [Vec<&ActionId>; 2]> = BTreeMap::new();
    for (side, action) in [old, new].into_iter().enumerate() {
        for branch in &action.transitions.errors {
            by_name.entry(&branch.error).or_default()[side].push(&branch.next);
        }
    }
    for (error, [mut before, mut after]) in by_name {
        let n_same = take_same(&mut before, &mut after, names);
        for n in 0..before.len().max(after.len()) {
            changes.push(BranchChange {
                branch: Branch::Error {
                    error: error.to_owned(),
                    repeated: n_same + n,
                },
                old: before.get(n).copied().cloned(),
                new: after.get(n).copied().cloned(),
            });
        }
    }
}

/// Takes away what leads to the same action, sorts the rest, and tells how much was taken.
fn take_same(before: &mut Vec<&ActionId>, after: &mut Vec<&ActionId>, names: &Names<'_>) -> usize {
    let mut left: BTreeMap<&ActionId, usize> = BTreeMap::new();
    for to in &*after {
        *left.entry(*to).or_default() += 1;
    }
    let n_before = before.len();
    before.retain(|old| {
        let new = names.new_name(old);
        match left.get_mut(new) {
            Some(n) if *n > 0 && names.is_same(old, new) => {
                *n -= 1;
                false
            }
            _ => true,
        }
    });
    before.sort();
    after.clear();
    after.extend(left.into_iter().flat_map(|(to, n)| iter::repeat_n(to, n)));
    n_before - before.len()
}
