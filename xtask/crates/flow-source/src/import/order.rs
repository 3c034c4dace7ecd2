//! The order in which actions are written: from the start along the way that a contact normally
//! takes, then what conditions lead to, then what errors do.

use std::collections::HashMap;

use flow::catalogue;
use flow::model::{Action, ActionId, Flow};

/// The actions of a flow by number, in the order to write them.
pub(super) fn order(flow: &Flow) -> Vec<usize> {
    let mut numbers: HashMap<&ActionId, usize> = HashMap::new();
    for (n, action) in flow.actions.iter().enumerate() {
        numbers.entry(&action.id).or_insert(n);
    }
    let mut is_listed = vec![false; flow.actions.len()];
    let mut order = Vec::with_capacity(flow.actions.len());
    let start = numbers.get(&flow.start).copied();
    for root in start.into_iter().chain(0..flow.actions.len()) {
        // What is to be visited, the next one last; a flow may be one long chain.
        let mut stack = vec![root];
        while let Some(n) = stack.pop() {
            let Some(action) = flow.actions.get(n) else {
                continue;
            };
            if std::mem::replace(&mut is_listed[n], true) {
                continue;
            }
            order.push(n);
            let ways: Vec<usize> = ways(action)
                .filter_map(|id| numbers.get(id).copied())
                .collect();
            stack.extend(ways.into_iter().rev());
        }
    }
    order
}

/// The ways out, the normal ones first. A `NextAction` that is never followed is none.
fn ways(action: &Action) -> impl Iterator<Item = &ActionId> {
    let transitions = &action.transitions;
    let next = transitions
        .next
        .iter()
        .filter(|_| catalogue::follows_next(action));
    next.chain(transitions.conditions.iter().map(|it| &it.next))
        .chain(transitions.errors.iter().map(|it| &it.next))
}
