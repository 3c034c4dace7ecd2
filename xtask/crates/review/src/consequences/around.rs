//! The flows around a flow, in both versions: what is known of them is found out when it is first
//! asked for.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use flow::model::FlowDefinition;
use flow::value::RefKind;
use flow_source::lint::{Graph, Subject, subject_of};

use super::attributes::{attributes_read, attributes_set};
use super::uses;
use crate::version::{Version, address};

/// Both versions.
pub(crate) struct Versions<'a> {
    pub(crate) old: Around<'a>,
    pub(crate) new: Around<'a>,
    /// The new address of each flow that has another.
    pub(super) renamed: &'a BTreeMap<&'a String, &'a String>,
}

/// A version with what is known of its flows.
pub(crate) struct Around<'a> {
    /// The flows and modules as the checks want them.
    pub(super) subjects: Vec<Subject<'a>>,
    version: &'a Version,
    flows: OnceCell<BTreeMap<String, Known>>,
}

/// What is known of a flow of a version.
#[derive(Default)]
struct Known {
    /// What stands in it.
    mentioned: BTreeSet<(RefKind, String)>,
    /// The flows and modules to which it leads contacts, by address.
    leads_to: BTreeSet<String>,
    /// The contact attributes that it sets and reads where contacts come.
    sets: BTreeSet<String>,
    reads: BTreeSet<String>,
}

impl<'a> Versions<'a> {
    pub(crate) fn new(
        old: &'a Version,
        new: &'a Version,
        renamed: &'a BTreeMap<&'a String, &'a String>,
    ) -> Self {
        Self {
            old: Around::new(old),
            new: Around::new(new),
            renamed,
        }
    }
}

impl<'a> Around<'a> {
    fn new(version: &'a Version) -> Self {
        let subjects = version.flows.values().map(|it| subject_of(it, &it.flow));
        Self {
            subjects: subjects.collect(),
            version,
            flows: OnceCell::new(),
        }
    }

    pub(super) fn has(&self, address: &str) -> bool {
        self.version.flows.contains_key(address)
    }

    /// The flows, other than the one with this address, that mention something.
    pub(super) fn mentioning(&self, own: &str, kind: RefKind, name: &str) -> Vec<&str> {
        let key = (kind, name.to_owned());
        self.others(own, |it| it.mentioned.contains(&key))
    }

    /// The flows, other than the one with this address, that read a contact attribute.
    pub(super) fn reading(&self, own: &str, attribute: &str) -> Vec<&str> {
        self.others(own, |it| it.reads.contains(attribute))
    }

    /// The flows, other than the one with this address, that set a contact attribute.
    pub(super) fn setting(&self, own: &str, attribute: &str) -> Vec<&str> {
        self.others(own, |it| it.sets.contains(attribute))
    }

    /// The flows that lead contacts to a flow at once.
    pub(super) fn leading_to(&self, address: &str) -> Vec<&str> {
        self.others(address, |it| it.leads_to.contains(address))
    }

    /// The flows from which contacts come to a flow and to which no other flow leads: where those
    /// contacts may have begun. Without any such, as in a circle, those that lead there at once.
    pub(super) fn origins_of(&self, address: &str) -> Vec<&str> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut origins = BTreeSet::new();
        let mut open = self.leading_to(address);
        while let Some(next) = open.pop() {
            if next == address || !seen.insert(next) {
                continue;
            }
            let before = self.leading_to(next);
            if before.is_empty() {
                origins.insert(next);
            }
            open.extend(before);
        }
        match origins.is_empty() {
            true => self.leading_to(address),
            false => origins.into_iter().collect(),
        }
    }

    fn others(&self, own: &str, is_it: impl Fn(&Known) -> bool) -> Vec<&str> {
        let flows = self.flows.get_or_init(|| self.look_around()).iter();
        let flows = flows.filter(|(address, known)| *address != own && is_it(known));
        flows.map(|(address, _)| address.as_str()).collect()
    }

    fn look_around(&self) -> BTreeMap<String, Known> {
        let flows = self.version.flows.values();
        flows.map(|it| (address(it), known(it))).collect()
    }
}

fn known(definition: &FlowDefinition) -> Known {
    let graph = Graph::new(&definition.flow);
    let mut known = Known::default();
    for (action, is_reached) in definition.flow.actions.iter().zip(&graph.is_reached) {
        for one in uses::of(action) {
            known.leads_to.extend(one.address().filter(|_| *is_reached));
            known.mentioned.insert((one.kind, one.name));
        }
        if *is_reached {
            let set = attributes_set(action).flatten();
            known.sets.extend(set.map(str::to_owned));
            attributes_read(action, &mut |key| {
                known.reads.insert(key.to_owned());
            });
        }
    }
    known
}
