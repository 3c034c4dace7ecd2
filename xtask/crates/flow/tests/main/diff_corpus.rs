//! Diffs of real flows.

use std::collections::BTreeMap;

use flow::canonical::digest;
use flow::diff::diff;
use flow::model::{ActionId, Flow};

use crate::corpus;
use crate::diff_properties::check;

/// The flow as the console writes it after an import: new identifiers, actions in another order.
pub(crate) fn imported_again(flow: &Flow) -> Flow {
    let mut new = flow.clone();
    let ids: BTreeMap<ActionId, ActionId> = flow
        .actions
        .iter()
        .map(|it| (it.id.clone(), uuid_of(&it.id)))
        .collect();
    let renamed = |id: &mut ActionId| {
        if let Some(new) = ids.get(id) {
            *id = new.clone();
        }
    };
    renamed(&mut new.start);
    for action in &mut new.actions {
        renamed(&mut action.id);
        let transitions = &mut action.transitions;
        transitions.next.iter_mut().for_each(renamed);
        transitions
            .conditions
            .iter_mut()
            .for_each(|it| renamed(&mut it.next));
        transitions
            .errors
            .iter_mut()
            .for_each(|it| renamed(&mut it.next));
    }
    // New identifiers are as good as random, and so is their order.
    new.actions.sort_by(|a, b| a.id.cmp(&b.id));
    new
}

fn uuid_of(id: &ActionId) -> ActionId {
    let hex = flow::canonical::hex_digest(id.as_str());
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    ActionId::new(parts.map(|it| &hex[it]).join("-"))
}

#[test]
fn a_flow_that_is_imported_again_is_only_renamed() {
    for (file, flow) in corpus::flows() {
        let diff = diff(&flow, &imported_again(&flow));
        let name = &file.name;
        assert_eq!(diff.renamed.len(), flow.actions.len(), "{name}");
        let others = (&diff.added, &diff.removed, &diff.changed);
        assert_eq!(others, (&vec![], &vec![], &vec![]), "{name}");
        assert!(diff.start.is_none() && diff.document.is_empty(), "{name}");
    }
}

#[test]
fn a_diff_makes_any_real_flow_out_of_any_other() {
    let flows = corpus::flows();
    for (n, (file, old)) in flows.iter().enumerate() {
        // Neighbours are from one repository and have much in common, those further away little.
        for distance in [1, 2, 40] {
            let (other, new) = &flows[(n + distance) % flows.len()];
            let checked = check(old, new);
            assert!(
                checked.is_ok(),
                "{} to {}: {checked:?}",
                file.name,
                other.name
            );
        }
        let again = imported_again(old);
        assert!(check(old, &again).is_ok(), "{}", file.name);
    }
}

#[test]
fn a_diff_is_refused_where_it_does_not_belong() {
    let flows = corpus::flows();
    for (n, (file, old)) in flows.iter().enumerate() {
        let (other, new) = &flows[(n + 1) % flows.len()];
        let diff = diff(old, new);
        if digest(old) != digest(new) {
            let refused = diff.apply(new);
            assert!(refused.is_err(), "{} to {}", file.name, other.name);
        }
    }
}
