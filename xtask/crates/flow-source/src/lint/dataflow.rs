//! The contact's data along the ways through a flow: what is read where, and whether it was set.
//!
//! Two kinds of data. A *result* is what the latest action of a kind has left behind: the answer of
//! a Lambda under `$.External`, the slots of a Lex bot. It lasts until the next action of the kind.
//! *Attributes* are set one by one, and from outside as well: by an API, a bot, a Lambda.

use std::cell::OnceCell;
use std::collections::HashMap;

use flow::catalogue::{self, Written};
use flow::identifiers::Quick;
use flow::jsonpath::{self, Reference};
use flow::model::{Action, Flow};

use super::graph::{By, Exit, Graph};
use super::paths::spread;
use super::steps::Step;
use super::texts::Texts;
use super::{Context, Place};

/// The results that actions leave behind, in bits of the same numbers. `$.External` has another
/// name, `$.LambdaInvocation.ResultData`.
const RESULTS: [&str; 16] = [
    "External",
    "LambdaInvocation",
    "Lex",
    "Views",
    "Metrics",
    "StoredCustomerInput",
    "Modules",
    "Customer",
    "Case",
    "Loop",
    "DataTables",
    "DataTableList",
    "Wisdom",
    "Email",
    "OutboundCommunication",
    "DeliveryReceipts",
];

/// Where a Lambda's answer is in [`RESULTS`].
pub(crate) const EXTERNAL: usize = 0;

/// A reference that a contact comes by.
pub(crate) struct Read<'a> {
    pub(crate) action: usize,
    pub(crate) reference: Reference<'a>,
    /// The number of the result that is read, if it is one.
    result: Option<usize>,
}

/// What is known of the data of a flow.
pub(crate) struct Data<'a> {
    /// The reads of results and attributes, in the order of the document.
    pub(crate) reads: Vec<Read<'a>>,
    /// For each action the results that may be set when a contact comes to it, and from bit
    /// [`UNSET`] on those that may not be.
    results: Vec<u64>,
    /// The results that some action of the flow sets.
    set_here: u64,
    attributes: OnceCell<Named<'a>>,
    flow_attributes: OnceCell<Named<'a>>,
}

/// The names of attributes that actions of a flow set.
#[derive(Default)]
pub(crate) struct Named<'a> {
    /// Each once, with the first action that sets it.
    pub(crate) all: Vec<(&'a str, usize)>,
    at: HashMap<&'a str, usize, Quick>,
}

impl<'a> Named<'a> {
    fn new(flow: &'a Flow, root: &str) -> Self {
        let mut named = Self::default();
        for (n, action) in flow.actions.iter().enumerate() {
            for written in catalogue::written(action).filter(|it| it.root == root) {
                if let Some(key) = written.key
                    && !named.at.contains_key(key)
                {
                    named.at.insert(key, named.all.len());
                    named.all.push((key, n));
                }
            }
        }
        named
    }

    /// Where a name stands in [`Named::all`].
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.at.get(name).copied()
    }
}

const UNSET: usize = 32;

impl<'a> Data<'a> {
    pub(crate) fn new(context: &Context<'a>) -> Self {
        let graph = context.graph;
        let mut reads = Vec::new();
        let actions = context.flow.actions.iter().enumerate();
        let texts = context.texts();
        let has_reads = |n: usize| graph.is_reached[n] && texts.has(n, Texts::REFERENCE);
        for (n, action) in actions.filter(|(n, _)| has_reads(*n)) {
            jsonpath::visit_action(action, &mut |reference| {
                let result = result_of(&reference);
                if result.is_some() || is_attribute_or_module(&reference) {
                    reads.push(Read {
                        action: n,
                        reference,
                        result,
                    });
                }
            });
        }
        let mut data = Self {
            reads,
            results: Vec::new(),
            set_here: 0,
            attributes: OnceCell::new(),
            flow_attributes: OnceCell::new(),
        };
        if data.reads.iter().any(|it| it.result.is_some()) {
            data.follow_results(graph, context.is_entry());
        }
        data
    }

    fn follow_results(&mut self, graph: &Graph<'a>, is_entry: bool) {
        let actions = &graph.flow.actions;
        let sets: Vec<u64> = actions.iter().map(results_set).collect();
        let reached = sets.iter().zip(&graph.is_reached);
        self.set_here = reached
            .filter(|(_, it)| **it)
            .fold(0, |all, (one, _)| all | one);
        // What an earlier flow has left behind may still be there.
        let unset = if is_entry {
            u64::from(u32::MAX) << UNSET
        } else {
            0
        };
        let reached = (0..actions.len()).filter(|n| graph.is_reached[*n]);
        let start = reached.map(|n| (n, if Some(n) == graph.start { unset } else { 0 }));
        self.results = spread(graph, start, |n, exit, bits| {
            if sets[n] == 0 {
                bits
            } else if has_worked(&actions[n], exit) {
                (bits | sets[n]) & !(sets[n] << UNSET)
            } else {
                // After a failure there is at most what an earlier call has left.
                bits | ((sets[n] & !bits) << UNSET)
            }
        });
    }

    /// Those of the reads of results for which a rule has something to say, one for each action and
    /// result.
    pub(crate) fn results_where(
        &self,
        wanted: impl Fn(&Read<'a>, usize) -> bool,
    ) -> Vec<(&Read<'a>, usize)> {
        let mut found: Vec<(&Read<'a>, usize)> = Vec::new();
        for (read, result) in self
            .result_reads()
            .filter(|(read, result)| wanted(read, *result))
        {
            let last = found.last().map(|(read, result)| (read.action, *result));
            if last != Some((read.action, result)) {
                found.push((read, result));
            }
        }
        found
    }

    /// The reads of a result, each with its number.
    pub(crate) fn result_reads(&self) -> impl Iterator<Item = (&Read<'a>, usize)> {
        let reads = self.reads.iter();
        reads.filter_map(|read| Some((read, read.result?)))
    }

    /// The names under `Attributes` that actions of the flow set.
    pub(crate) fn attributes(&self, flow: &'a Flow) -> &Named<'a> {
        let named = || Named::new(flow, "Attributes");
        self.attributes.get_or_init(named)
    }

    /// The names under `FlowAttributes` that actions of the flow set.
    pub(crate) fn flow_attributes(&self, flow: &'a Flow) -> &Named<'a> {
        let named = || Named::new(flow, "FlowAttributes");
        self.flow_attributes.get_or_init(named)
    }

    /// Whether some action of the flow sets a result.
    pub(crate) fn sets(&self, result: usize) -> bool {
        self.set_here & (1 << result) != 0
    }

    /// Whether a result may have been set when a contact comes to a read.
    pub(crate) fn may_be_set(&self, read: &Read<'_>, result: usize) -> bool {
        self.results[read.action] & (1 << result) != 0
    }

    /// Whether a contact can come to a read without a result having been set.
    pub(crate) fn may_be_unset(&self, read: &Read<'_>, result: usize) -> bool {
        self.results[read.action] & (1 << (result + UNSET)) != 0
    }
}

/// The number of a result by the root of references to it.
fn result_of(reference: &Reference<'_>) -> Option<usize> {
    match (reference.root, reference.key()) {
        ("LambdaInvocation", Some("ResultData")) => Some(EXTERNAL),
        ("Modules", Some("Input")) => None,
        (root, _) => RESULTS.iter().position(|it| *it == root),
    }
}

fn is_attribute_or_module(reference: &Reference<'_>) -> bool {
    matches!(reference.root, "Attributes" | "FlowAttributes" | "Modules")
}

/// The results that an action sets if it works.
fn results_set(action: &Action) -> u64 {
    let number = |written: Written<'_>| match (written.root, written.key) {
        ("LambdaInvocation", Some("ResultData")) => Some(EXTERNAL),
        (root, _) => RESULTS.iter().position(|it| *it == root),
    };
    let results = catalogue::written(action).filter_map(number);
    results.fold(0, |bits, result| bits | (1 << result))
}

/// Whether an action has done its work when a contact leaves it by an exit. Some errors say what
/// came of it, not that nothing did.
pub(crate) fn has_worked(action: &Action, exit: Exit) -> bool {
    let By::Error(at) = exit.by else {
        return true;
    };
    let error = action.transitions.errors.get(at);
    error.is_some_and(|it| {
        matches!(
            it.error.as_str(),
            "NoMatchingCondition" | "ContactNotLinked" | "InputTimeLimitExceeded"
        )
    })
}

/// No Lambda of this flow has answered yet: what is read is an earlier flow's.
pub(crate) const EARLIER: u64 = 1 << 63;

/// For each action, which of up to 63 Lambdas may be the one whose answer is read there: one bit
/// each, in the order given, and [`EARLIER`]. After a call that has failed it is none.
pub(crate) fn latest_lambdas(context: &Context<'_>, lambdas: &[usize]) -> Vec<u64> {
    let (graph, steps) = (context.graph, context.steps());
    let mut bit_of = vec![0; graph.flow.actions.len()];
    for (n, at) in lambdas.iter().zip(0..63) {
        bit_of[*n] = 1 << at;
    }
    let start = graph.start.map(|start| (start, EARLIER));
    let from = lambdas.iter().map(|n| (*n, 0)).chain(start);
    let across = |n: usize, exit: Exit, bits: u64| match steps.of(n) {
        Step::Lambda if has_worked(&graph.flow.actions[n], exit) => bit_of[n],
        Step::Lambda => 0,
        _ => bits,
    };
    spread(graph, from, across)
}

/// For each action, which of up to 64 attributes may have been set when a contact comes to it:
/// `bit` gives each name its bit, and others none. Foreign code may have set any.
pub(crate) fn attributes_set(
    context: &Context<'_>,
    root: &str,
    bit: impl Fn(&str) -> Option<u64>,
) -> Vec<u64> {
    let graph = context.graph;
    let actions = graph.flow.actions.iter();
    let sets: Vec<u64> = actions.map(|it| bits_set(it, root, &bit)).collect();
    let setters = (0..sets.len()).filter(|n| sets[*n] != 0 && graph.is_reached[*n]);
    let from: Vec<(usize, u64)> = setters.map(|n| (n, 0)).collect();
    spread(graph, from, |n, exit, bits| {
        let works = sets[n] != 0 && has_worked(&graph.flow.actions[n], exit);
        if works { bits | sets[n] } else { bits }
    })
}

fn bits_set(action: &Action, root: &str, bit: &impl Fn(&str) -> Option<u64>) -> u64 {
    if root == "Attributes" && catalogue::runs_foreign_code(action) {
        return u64::MAX;
    }
    let written = catalogue::written(action).filter(|it| it.root == root);
    written.fold(0, |bits, it| {
        bits | it.key.map_or(u64::MAX, |key| bit(key).unwrap_or_default())
    })
}

/// Where a read is written. Slow: for findings.
pub(crate) fn place_of<'a>(context: &Context<'a>, read: &Read<'a>) -> Place<'a> {
    let action = &context.flow.actions[read.action];
    let text = read.reference.text;
    let has = |value| {
        let mut found = false;
        jsonpath::visit(value, &mut |it: Reference<'_>| found |= it.text == text);
        found
    };
    let parameter = action.parameters.iter().find(|(_, value)| has(value));
    if let Some((name, _)) = parameter {
        return Place::Parameter(read.action, name);
    }
    let mut conditions = action.transitions.conditions.iter();
    let condition = conditions.position(|it| it.operands.iter().any(has));
    condition.map_or(Place::Action(read.action), |at| {
        Place::Condition(read.action, at)
    })
}
