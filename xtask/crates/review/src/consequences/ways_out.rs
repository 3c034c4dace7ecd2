//! Ways out of an action that are gone while what makes a contact take them can still happen, and
//! ways that lead nowhere.

use std::collections::BTreeSet;

use flow::catalogue;
use flow::diff::{ActionDiff, Branch, BranchChange, ways_out};
use flow::jsonpath;
use flow::model::{Action, ActionId};
use flow::value::Value;

use super::pair::{Pair, Side};
use super::words::{listed, named};
use super::{Found, attention};

const ERROR_LOST: &str = "error_branch_lost";
const CONDITION_LOST: &str = "condition_lost";
const NOWHERE: &str = "leads_nowhere";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    for change in &pair.change.diff.changed {
        let graph = &pair.new.insight.graph;
        let number = graph.number(&change.id).filter(|n| pair.new.is_reached(*n));
        if let Some(n) = number.filter(|_| change.old_kind.is_none())
            && let Some(action) = pair.new.action(n)
        {
            errors_lost(pair, change, action, n, found);
            errors_joined(pair, change, action, found);
            conditions_lost(pair, change, action, found);
        }
    }
    nowhere(pair, found);
}

fn errors_lost(pair: &Pair<'_>, change: &ActionDiff, action: &Action, n: usize, found: &mut Found) {
    for way in &change.branches {
        let (Branch::Error { error, repeated: 0 }, Some(old), None) =
            (&way.branch, &way.old, &way.new)
        else {
            continue;
        };
        let Some(is_mandatory) = can_happen(action, error) else {
            continue;
        };
        let (at, old) = (named(action), pair.old.named(old));
        let refused = match is_mandatory {
            true => "; Connect does not publish the flow without the branch",
            false => "",
        };
        found.tells("C008", Some(n).filter(|_| is_mandatory));
        let text =
            format!("nothing takes up `{error}` of {at} any more, which led to {old}{refused}");
        found.push(attention(ERROR_LOST, text, vec![action.id.clone()]));
    }
}

/// Errors that led somewhere of their own and now lead where another one does. Where the contact
/// ends at once that is told already.
fn errors_joined(pair: &Pair<'_>, change: &ActionDiff, action: &Action, found: &mut Found) {
    let old = pair.old.insight.graph.number(&change.old_id);
    let Some(before) = old.and_then(|n| pair.old.action(n)) else {
        return;
    };
    for way in &change.branches {
        let (Branch::Error { error, .. }, Some(old), Some(new)) = (&way.branch, &way.old, &way.new)
        else {
            continue;
        };
        let was_own = other_errors(before, error).all(|(_, to)| to != old);
        let joined = other_errors(action, error).find(|(_, to)| *to == new);
        let is_end = pair
            .new
            .action_of(new)
            .is_some_and(|it| catalogue::is_terminal(&it.kind));
        if let Some((other, _)) = joined.filter(|_| was_own && !is_end) {
            let at = named(action);
            let (old, new) = (pair.old.named(old), pair.new.named(new));
            let text = format!(
                "`{error}` of {at} has no way of its own any more: it leads to {new} as `{other}` does, and no longer to {old}"
            );
            found.push(attention(ERROR_LOST, text, vec![action.id.clone()]));
        }
    }
}

/// The error branches of an action beside one, with where they lead.
fn other_errors<'a>(
    action: &'a Action,
    error: &str,
) -> impl Iterator<Item = (&'a str, &'a ActionId)> {
    let errors = action.transitions.errors.iter();
    let others = errors.filter(move |it| it.error != error);
    others.map(|it| (it.error.as_str(), &it.next))
}

/// Whether the service can raise an error of an action as it is, and if so, whether it has to have
/// a branch. Of types and errors that nobody here knows, nothing.
fn can_happen(action: &Action, error: &str) -> Option<bool> {
    let entry = catalogue::entry(&action.kind)?;
    let fact = entry.errors.iter().find(|it| it.name == error)?;
    let is_mandatory = fact.is_mandatory(&action.parameters);
    (is_mandatory || fact.mandatory_when.is_none()).then_some(is_mandatory)
}

/// A value for which there is no branch any more takes the way for no match, if nothing else can
/// hold for it.
fn conditions_lost(pair: &Pair<'_>, change: &ActionDiff, action: &Action, found: &mut Found) {
    let Some(otherwise) = error_way(action, "NoMatchingCondition") else {
        return;
    };
    if !change.parameters.is_empty() || !are_literals(action) {
        return;
    }
    let lost = change.branches.iter().filter_map(|way| {
        let (value, old) = lost_value(way)?;
        let is_same = pair.is_same(old, otherwise);
        (!is_same).then(|| (value.to_owned(), old))
    });
    let otherwise = pair.new.named(otherwise);
    for (value, old) in lost {
        let (at, old) = (named(action), pair.old.named(old));
        let text = format!(
            "{at} has no branch for `{value}` any more: such contacts go to {otherwise} instead of {old}"
        );
        found.push(attention(CONDITION_LOST, text, vec![action.id.clone()]));
    }
}

fn lost_value(way: &BranchChange) -> Option<(&str, &ActionId)> {
    let (
        Branch::Condition {
            operator, operands, ..
        },
        Some(old),
        None,
    ) = (&way.branch, &way.old, &way.new)
    else {
        return None;
    };
    let [Value::Text(value)] = operands.as_slice() else {
        return None;
    };
    let is_literal = operator == "Equals" && !jsonpath::is_reference(value);
    is_literal.then_some((value, old))
}

/// Whether the conditions ask for nothing but equality with texts.
fn are_literals(action: &Action) -> bool {
    action.transitions.conditions.iter().all(|it| {
        let [Value::Text(value)] = it.operands.as_slice() else {
            return false;
        };
        it.operator == "Equals" && !jsonpath::is_reference(value)
    })
}

fn error_way<'a>(action: &'a Action, error: &str) -> Option<&'a ActionId> {
    let errors = action.transitions.errors.iter();
    errors
        .map(|it| (&it.error, &it.next))
        .find(|it| it.0 == error)
        .map(|it| it.1)
}

fn nowhere(pair: &Pair<'_>, found: &mut Found) {
    let before = dangling(&pair.old);
    for (n, action) in pair.new.reached() {
        let earlier = pair.old_of(n);
        let new_ways = ways_out(action).into_iter().filter(|(branch, to)| {
            let was_there = || {
                let key = earlier.map(|it| (it, branch.to_string()));
                key.is_some_and(|it| before.contains(&it))
            };
            pair.new.insight.graph.number(to).is_none() && !was_there()
        });
        let new_ways: Vec<String> = new_ways
            .map(|(branch, to)| format!("{branch} to `{to}`"))
            .collect();
        if !new_ways.is_empty() {
            let at = named(action);
            let ways = listed(new_ways, "");
            let text = format!("{at} leads nowhere: {ways}, which the flow does not have");
            found.tells("F003", Some(n));
            found.push(attention(NOWHERE, text, vec![action.id.clone()]));
        }
    }
}

/// The ways out that led nowhere before.
fn dangling(side: &Side<'_>) -> BTreeSet<(usize, String)> {
    let mut dangling = BTreeSet::new();
    for (n, action) in side.flow.actions.iter().enumerate() {
        for (branch, to) in ways_out(action) {
            if side.insight.graph.number(to).is_none() {
                dangling.insert((n, branch.to_string()));
            }
        }
    }
    dangling
}
