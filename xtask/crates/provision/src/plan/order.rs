//! The order in which flows are written: those that are referred to first, entry points last, and
//! stubs where references run in circles.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::ResourceAddr;

/// What ordering has to know of one flow or module.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) exists: bool,
    pub(super) refers_to: BTreeSet<ResourceAddr>,
}

/// The order of all nodes, and those that need a stub before anything else is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) sequence: Vec<ResourceAddr>,
    pub(super) stubs: BTreeSet<ResourceAddr>,
}

pub(super) fn order(nodes: &BTreeMap<ResourceAddr, Node>) -> Order {
    let mut sequence = callees_first(nodes);
    entry_points_last(nodes, &mut sequence);
    Order {
        stubs: needed_stubs(nodes, &sequence),
        sequence,
    }
}

/// Nodes in an order in which each comes after what it refers to, as far as circles allow.
///
/// A depth-first walk that notes a node after all it refers to. Of a circle, what the walk meets
/// last is noted first; any order would do there, and this one depends on nothing but the names.
fn callees_first(nodes: &BTreeMap<ResourceAddr, Node>) -> Vec<ResourceAddr> {
    let mut seen = BTreeSet::new();
    let mut sequence = Vec::new();
    for root in nodes.keys() {
        // Each frame: a node and what it refers to that is still to be visited.
        let mut frames = Vec::new();
        if seen.insert(root) {
            frames.push((root, nodes[root].refers_to.iter()));
        }
        while let Some((addr, rest)) = frames.last_mut() {
            match rest.find(|target| nodes.contains_key(target)) {
                Some(target) if seen.insert(target) => {
                    frames.push((target, nodes[target].refers_to.iter()));
                }
                Some(_) => {}
                None => {
                    sequence.push((*addr).clone());
                    frames.pop();
                }
            }
        }
    }
    sequence
}

/// Nothing waits for what nobody refers to, so it can always come last: until then nobody reaches
/// what was written before.
fn entry_points_last(nodes: &BTreeMap<ResourceAddr, Node>, sequence: &mut [ResourceAddr]) {
    let mut referred = BTreeSet::new();
    for (addr, node) in nodes {
        referred.extend(node.refers_to.iter().filter(|target| *target != addr));
    }
    sequence.sort_by_key(|addr| !referred.contains(addr));
}

/// What does not exist and is referred to before its turn.
fn needed_stubs(
    nodes: &BTreeMap<ResourceAddr, Node>,
    sequence: &[ResourceAddr],
) -> BTreeSet<ResourceAddr> {
    let mut written = BTreeSet::new();
    let mut stubs = BTreeSet::new();
    for addr in sequence {
        for target in &nodes[addr].refers_to {
            let is_missing = nodes.get(target).is_some_and(|node| !node.exists);
            if is_missing && !written.contains(target) {
                stubs.insert(target.clone());
            }
        }
        written.insert(addr);
    }
    stubs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ResourceKind;

    fn addr(name: &str) -> ResourceAddr {
        ResourceAddr::new(ResourceKind::Flow, name)
    }

    /// `a -> b c` per line; a line that ends with `!` is of a flow that exists.
    fn ordered(text: &str) -> (Vec<String>, Vec<String>) {
        let mut nodes = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (line, exists) = match line.strip_suffix('!') {
                Some(line) => (line, true),
                None => (line, false),
            };
            let (name, targets) = line.split_once("->").unwrap_or((line, ""));
            let refers_to = targets.split_whitespace().map(addr).collect();
            nodes.insert(addr(name.trim()), Node { exists, refers_to });
        }
        let order = order(&nodes);
        let names = |addrs: Vec<ResourceAddr>| addrs.into_iter().map(|a| a.name).collect();
        (
            names(order.sequence),
            names(order.stubs.into_iter().collect()),
        )
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let (sequence, stubs) = ordered("a -> b\nb -> c\nc");
        assert_eq!(sequence, ["c", "b", "a"]);
        assert!(stubs.is_empty());
    }

    #[test]
    fn entry_points_come_last() {
        let (sequence, _) = ordered("a\nb -> d\nc -> d\nd");
        assert_eq!(sequence, ["d", "a", "b", "c"]);
    }

    #[test]
    fn a_circle_of_new_flows_takes_one_stub() {
        let (sequence, stubs) = ordered("a -> b\nb -> a");
        assert_eq!(sequence, ["b", "a"]);
        assert_eq!(stubs, ["a"]);
    }

    #[test]
    fn a_circle_of_existing_flows_takes_none() {
        let (_, stubs) = ordered("a -> b!\nb -> a!");
        assert!(stubs.is_empty());
    }

    #[test]
    fn a_flow_that_refers_to_itself_takes_a_stub() {
        let (_, stubs) = ordered("a -> a");
        assert_eq!(stubs, ["a"]);
    }

    #[test]
    fn references_to_what_is_not_ours_are_left_out() {
        let (sequence, stubs) = ordered("a -> elsewhere");
        assert_eq!(sequence, ["a"]);
        assert!(stubs.is_empty());
    }
}
