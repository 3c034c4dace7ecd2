//! The flows around a flow, in both versions: what is known of them is found out when it is first
//! asked for.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use flow::model::FlowDefinition;
use flow::value::RefKind;
use flow_source::lint::{Flows, Graph};

use super::attributes::{attributes_read, attributes_set};
use super::uses;
use crate::version::Version;

/// Both versions.
pub(crate) struct Versions<'a> {
    old: &'a Version,
    new: &'a Version,
    /// The flows and modules as the checks want them.
    pub(super) old_flows: Flows<'a>,
    pub(super) new_flows: Flows<'a>,
    /// The new address of each flow that has another.
    pub(super) renamed: &'a BTreeMap<&'a String, &'a String>,
    before: OnceCell<Around>,
    after: OnceCell<Around>,
}

/// Which flows of a version have to do with what: for each thing their places in `addresses`.
#[derive(Default)]
pub(super) struct Around {
    addresses: Vec<String>,
    /// By what stands in them.
    mentioning: HashMap<(RefKind, String), Vec<usize>>,
    /// By the address of the flow or module to which they lead contacts.
    leading_to: HashMap<String, Vec<usize>>,
    /// By contact attributes that they set or read.
    setting: HashMap<String, Vec<usize>>,
    reading: HashMap<String, Vec<usize>>,
}

impl<'a> Versions<'a> {
    pub(crate) fn new(
        old: &'a Version,
        new: &'a Version,
        renamed: &'a BTreeMap<&'a String, &'a String>,
    ) -> Self {
        Self {
            old,
            new,
            old_flows: Flows::new(old.flows.values()),
            new_flows: Flows::new(new.flows.values()),
            renamed,
            before: OnceCell::new(),
            after: OnceCell::new(),
        }
    }

    /// Whether the new version allows findings of a rule in a flow.
    pub(super) fn allows(&self, address: &str, code: &str) -> bool {
        self.new.allows(address, code)
    }

    /// The flows around a flow in the old version.
    pub(super) fn before(&self) -> &Around {
        self.before.get_or_init(|| Around::of(self.old))
    }

    /// The flows around a flow in the new version.
    pub(super) fn after(&self) -> &Around {
        self.after.get_or_init(|| Around::of(self.new))
    }
}

impl Around {
    fn of(version: &Version) -> Self {
        let mut around = Self {
            addresses: version.flows.keys().cloned().collect(),
            ..Self::default()
        };
        for (n, definition) in version.flows.values().enumerate() {
            around.add(n, definition);
        }
        around
    }

    fn add(&mut self, n: usize, definition: &FlowDefinition) {
        let graph = Graph::new(&definition.flow);
        let actions = definition.flow.actions.iter().zip(&graph.is_reached);
        for (action, is_reached) in actions {
            for one in uses::of(action) {
                if let Some(address) = one.address().filter(|_| *is_reached) {
                    add_once(&mut self.leading_to, &address, n);
                }
                let key = (one.kind, one.name);
                let mentioning = self.mentioning.entry(key).or_default();
                push_once(mentioning, n);
            }
            if *is_reached {
                let set = attributes_set(action).flatten();
                set.for_each(|key| add_once(&mut self.setting, key, n));
                attributes_read(action, &mut |key| add_once(&mut self.reading, key, n));
            }
        }
    }

    pub(super) fn has(&self, address: &str) -> bool {
        self.addresses.iter().any(|it| it == address)
    }

    /// The flows, other than the one with this address, that mention something.
    pub(super) fn mentioning(&self, own: &str, kind: RefKind, name: &str) -> Vec<&str> {
        self.beside(own, self.mentioning.get(&(kind, name.to_owned())))
    }

    /// The flows, other than the one with this address, that read a contact attribute.
    pub(super) fn reading(&self, own: &str, attribute: &str) -> Vec<&str> {
        self.beside(own, self.reading.get(attribute))
    }

    /// The flows, other than the one with this address, that set a contact attribute.
    pub(super) fn setting(&self, own: &str, attribute: &str) -> Vec<&str> {
        self.beside(own, self.setting.get(attribute))
    }

    /// The flows from which contacts come to a flow and to which no other flow leads: where those
    /// contacts may have begun. Without any such, as in a circle, those that lead there at once.
    pub(super) fn origins_of(&self, address: &str) -> Vec<&str> {
        let direct = self.leading_to(address);
        let mut seen = BTreeSet::new();
        let mut origins = BTreeSet::new();
        let mut open = direct.clone();
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
            true => direct,
            false => origins.into_iter().collect(),
        }
    }

    fn leading_to(&self, address: &str) -> Vec<&str> {
        self.beside(address, self.leading_to.get(address))
    }

    fn beside(&self, own: &str, numbers: Option<&Vec<usize>>) -> Vec<&str> {
        let numbers = numbers.into_iter().flatten();
        let addresses = numbers.filter_map(|n| self.addresses.get(*n));
        addresses
            .map(String::as_str)
            .filter(|it| *it != own)
            .collect()
    }
}

fn add_once(to: &mut HashMap<String, Vec<usize>>, key: &str, n: usize) {
    match to.get_mut(key) {
        Some(numbers) => push_once(numbers, n),
        None => drop(to.insert(key.to_owned(), vec![n])),
    }
}

/// Flow after flow is added, so that its number can only be the last.
fn push_once(numbers: &mut Vec<usize>, n: usize) {
    if numbers.last() != Some(&n) {
        numbers.push(n);
    }
}
