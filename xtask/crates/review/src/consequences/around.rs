//! The flows around a flow, in both versions: what is known of them is found out when it is first
//! asked for.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

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
    /// The addresses of flows that are the same in both versions.
    unchanged: &'a [String],
    around: OnceCell<(Around, Around)>,
}

/// Which flows of a version have to do with what: for each thing the addresses.
#[derive(Default)]
pub(super) struct Around {
    flows: BTreeMap<String, Rc<Known>>,
    /// By what stands in them.
    mentioning: BTreeMap<(RefKind, String), BTreeSet<String>>,
    /// By the address of the flow or module to which they lead contacts.
    leading_to: BTreeMap<String, BTreeSet<String>>,
    /// By contact attributes that they set or read.
    setting: BTreeMap<String, BTreeSet<String>>,
    reading: BTreeMap<String, BTreeSet<String>>,
}

/// What is known of a flow.
#[derive(Default)]
struct Known {
    mentioned: BTreeSet<(RefKind, String)>,
    /// These where contacts come.
    leads_to: BTreeSet<String>,
    sets: BTreeSet<String>,
    reads: BTreeSet<String>,
}

impl<'a> Versions<'a> {
    pub(crate) fn new(
        old: &'a Version,
        new: &'a Version,
        renamed: &'a BTreeMap<&'a String, &'a String>,
        unchanged: &'a [String],
    ) -> Self {
        Self {
            old,
            new,
            old_flows: Flows::new(old.flows.values()),
            new_flows: Flows::new(new.flows.values()),
            renamed,
            unchanged,
            around: OnceCell::new(),
        }
    }

    /// The flows of the old version.
    pub(super) fn before(&self) -> &Around {
        &self.around().0
    }

    /// The flows of the new version.
    pub(super) fn after(&self) -> &Around {
        &self.around().1
    }

    fn around(&self) -> &(Around, Around) {
        self.around.get_or_init(|| {
            let after = Around::of(self.new, |_| None);
            let before = Around::of(self.old, |address| {
                let is_same = self.unchanged.contains(address);
                after.flows.get(address).filter(|_| is_same).cloned()
            });
            (before, after)
        })
    }
}

impl Around {
    /// `known_already` has what need not be looked for once more.
    fn of(version: &Version, known_already: impl Fn(&String) -> Option<Rc<Known>>) -> Self {
        let mut around = Self::default();
        for (address, definition) in &version.flows {
            let known = known_already(address).unwrap_or_else(|| Rc::new(known(definition)));
            let add = |to: &mut BTreeMap<String, BTreeSet<String>>, keys: &BTreeSet<String>| {
                for key in keys {
                    to.entry(key.clone()).or_default().insert(address.clone());
                }
            };
            add(&mut around.leading_to, &known.leads_to);
            add(&mut around.setting, &known.sets);
            add(&mut around.reading, &known.reads);
            for key in &known.mentioned {
                let mentioning = around.mentioning.entry(key.clone()).or_default();
                mentioning.insert(address.clone());
            }
            around.flows.insert(address.clone(), known);
        }
        around
    }

    pub(super) fn has(&self, address: &str) -> bool {
        self.flows.contains_key(address)
    }

    /// The flows, other than the one with this address, that mention something.
    pub(super) fn mentioning(&self, own: &str, kind: RefKind, name: &str) -> Vec<String> {
        beside(own, self.mentioning.get(&(kind, name.to_owned())))
    }

    /// The flows, other than the one with this address, that read a contact attribute.
    pub(super) fn reading(&self, own: &str, attribute: &str) -> Vec<String> {
        beside(own, self.reading.get(attribute))
    }

    /// The flows, other than the one with this address, that set a contact attribute.
    pub(super) fn setting(&self, own: &str, attribute: &str) -> Vec<String> {
        beside(own, self.setting.get(attribute))
    }

    /// The flows from which contacts come to a flow and to which no other flow leads: where those
    /// contacts may have begun. Without any such, as in a circle, those that lead there at once.
    pub(super) fn origins_of(&self, address: &str) -> Vec<String> {
        let direct = self.leading_to(address);
        let mut seen = BTreeSet::new();
        let mut origins = BTreeSet::new();
        let mut open = direct.clone();
        while let Some(next) = open.pop() {
            if next == address || !seen.insert(next.clone()) {
                continue;
            }
            let before = self.leading_to(&next);
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

    fn leading_to(&self, address: &str) -> Vec<String> {
        beside(address, self.leading_to.get(address))
    }
}

fn beside(own: &str, addresses: Option<&BTreeSet<String>>) -> Vec<String> {
    let others = addresses.into_iter().flatten().filter(|it| *it != own);
    others.cloned().collect()
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
            set.for_each(|key| add(&mut known.sets, key));
            attributes_read(action, &mut |key| add(&mut known.reads, key));
        }
    }
    known
}

fn add(keys: &mut BTreeSet<String>, key: &str) {
    if !keys.contains(key) {
        keys.insert(key.to_owned());
    }
}
