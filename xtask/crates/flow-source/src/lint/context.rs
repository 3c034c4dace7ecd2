//! What a check may look at.

use std::cell::OnceCell;
use std::collections::HashSet;

use flow::model::{Action, DocumentKind, Flow, FlowType};
use flow::validate::{self, Problem};
use flow::value::{RefKind, Value};

use super::bot::Bot;
use super::dataflow::Data;
use super::graph::By;
use super::refusal::Refusal;
use super::steps::Steps;
use super::texts::Texts;
use super::{Graph, Place, Subject};

/// A flow under check, and what is known around it.
pub(crate) struct Context<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) flow: &'a Flow,
    pub(crate) graph: &'a Graph<'a>,
    /// Every flow and module of the same run, this one included.
    pub(crate) subjects: &'a [Subject<'a>],
    pub(super) among: &'a Among,
    /// Everything for which the service would refuse to publish the flow.
    pub(crate) problems: &'a [Problem],
    pub(crate) known: Known<'a>,
}

/// What is known of all flows of a run together, found out when the first rule asks.
#[derive(Default)]
pub(super) struct Among {
    /// The names of the flows to which another leads, or may.
    referred: OnceCell<HashSet<String>>,
}

/// What several rules want to know about a flow, found out when the first one asks.
#[derive(Default)]
pub(crate) struct Known<'a> {
    steps: OnceCell<Steps>,
    bot: OnceCell<Option<Bot>>,
    data: OnceCell<Data<'a>>,
    refusals: OnceCell<Vec<Refusal<'a>>>,
    texts: OnceCell<Texts>,
    length: OnceCell<usize>,
}

impl<'a> Context<'a> {
    pub(crate) fn kind(&self) -> Option<DocumentKind> {
        self.subject.kind
    }

    /// The problems with what each is about.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = (&'a Problem, Refusal<'a>)> {
        let read = || self.problems.iter().map(Refusal::read).collect();
        let read: &Vec<Refusal<'_>> = self.known.refusals.get_or_init(read);
        self.problems.iter().zip(read.iter().copied())
    }

    /// What stands in the texts of each action.
    pub(crate) fn texts(&self) -> &Texts {
        self.known.texts.get_or_init(|| Texts::new(self.flow))
    }

    /// About how many characters the content has.
    pub(crate) fn length(&self) -> usize {
        let length = || super::length::of_content(self.flow);
        *self.known.length.get_or_init(length)
    }

    /// What each action is to a chat.
    pub(crate) fn steps(&self) -> &Steps {
        self.known.steps.get_or_init(|| Steps::new(self.flow))
    }

    /// What the flow does with a custom bot, if it has to do with one. Nothing where a transition
    /// could not be read: all of it is about paths.
    pub(crate) fn bot(&self) -> Option<&Bot> {
        let found = || {
            let is_sound = self.subject.is_sound;
            is_sound.then(|| Bot::find(self, self.steps())).flatten()
        };
        self.known.bot.get_or_init(found).as_ref()
    }

    /// The contact's data along the paths. Nothing where a transition could not be read.
    pub(crate) fn data(&self) -> Option<&Data<'a>> {
        let is_sound = self.subject.is_sound;
        is_sound.then(|| self.known.data.get_or_init(|| Data::new(self)))
    }

    /// The place of a way out of an action.
    pub(crate) fn place(&self, n: usize, by: By) -> Place<'a> {
        match by {
            By::Next => Place::Next(n),
            By::Condition(at) => Place::Condition(n, at),
            By::Error(at) => {
                let errors = &self.flow.actions[n].transitions.errors;
                errors
                    .get(at)
                    .map_or(Place::Action(n), |it| Place::Error(n, &it.error))
            }
        }
    }

    /// The flow that a parameter refers to by name, if it is one of this run.
    pub(crate) fn other_flow(&self, value: &Value) -> Option<&'a Subject<'a>> {
        let Value::Ref(reference) = value else {
            return None;
        };
        let is_it = |it: &&Subject<'_>| {
            matches!(it.kind, Some(DocumentKind::Flow(_))) && it.name == reference.name
        };
        (reference.kind == RefKind::Flow)
            .then(|| self.subjects.iter().find(is_it))
            .flatten()
    }

    /// Whether contacts certainly begin with this flow: an inbound flow in sources, which are all
    /// there is, to which no other leads. Of flow JSON nobody knows what stands before it.
    pub(crate) fn is_entry(&self) -> bool {
        let is_inbound = self.kind() == Some(DocumentKind::Flow(FlowType::ContactFlow));
        let mut actions = self.flow.actions.iter();
        let has_names = |action: &Action| {
            let mut values = action.parameters.values();
            values.any(|it| matches!(it, Value::Ref(_)))
        };
        is_inbound && actions.any(has_names) && !self.is_referred_to()
    }

    /// Whether a flow of this run refers to this one, or may: it can be what a contact comes from.
    pub(crate) fn is_referred_to(&self) -> bool {
        let referred = || referred(self.subjects);
        let referred = self.among.referred.get_or_init(referred);
        referred.contains(self.subject.name)
    }

    /// The module that a parameter refers to by name, if it is one of this run.
    pub(crate) fn module(&self, value: &Value) -> Option<&'a Subject<'a>> {
        let Value::Ref(reference) = value else {
            return None;
        };
        let is_it =
            |it: &&Subject<'_>| it.kind == Some(DocumentKind::Module) && it.name == reference.name;
        (reference.kind == RefKind::Module)
            .then(|| self.subjects.iter().find(is_it))
            .flatten()
    }
}

/// Everything for which the service would refuse to publish a flow. Of one whose type is not known,
/// what would be refused in every type.
pub(super) fn problems(subject: &Subject<'_>, graph: &Graph<'_>) -> Vec<Problem> {
    let (flow, kind) = (subject.flow, subject.kind);
    let inbound = DocumentKind::Flow(FlowType::ContactFlow);
    let mut problems = validate::problems_of(flow, kind.unwrap_or(inbound), &graph.numbers);
    problems.retain(|it| kind.is_some() || !hangs_on_type(it, flow));
    problems
}

/// Whether a problem may be one in an inbound flow only. A transfer to a third party has other
/// branches in the transfer flows of agents.
fn hangs_on_type(problem: &Problem, flow: &Flow) -> bool {
    let action = problem.action.and_then(|n| flow.actions.get(n));
    let is_third_party =
        action.is_some_and(|it| it.kind.as_str() == "TransferParticipantToThirdParty");
    is_third_party || problem.message.starts_with("Invalid Action type")
}

/// The names of the flows that stand in the parameters of others.
fn referred(subjects: &[Subject<'_>]) -> HashSet<String> {
    let mut names = HashSet::new();
    for subject in subjects {
        let mut add = |name: &str| {
            if name != subject.name && !names.contains(name) {
                names.insert(name.to_owned());
            }
        };
        let actions = subject.flow.actions.iter();
        let values = actions.flat_map(|action| action.parameters.values());
        values.for_each(|value| flows_in(value, &mut add));
    }
    names
}

/// The flows that a value refers to, at any depth.
fn flows_in(value: &Value, add: &mut impl FnMut(&str)) {
    match value {
        Value::Ref(reference) if reference.kind == RefKind::Flow => add(&reference.name),
        Value::List(items) => items.iter().for_each(|it| flows_in(it, add)),
        Value::Map(map) => map.values().for_each(|it| flows_in(it, add)),
        // A template may give any name.
        _ => {}
    }
}
