//! What the checks know of a flow, for those who compare two versions of it: its graph, the custom
//! bot along its paths, and the findings by what they are about, not by where that is written.

use std::sync::{Arc, LazyLock};

use flow::diagnostic::{Severity, SourceFile, Span};
use flow::model::{Flow, FlowDefinition};

use super::context::Among;
use super::steps::Step;
use super::{Context, Graph, Place, Places, Subject, check, in_context};
use crate::rules::Rule;
use crate::rules::bot_left_behind::leaves_it;

/// What is known of a flow. Numbers of actions are places in `flow.actions`.
pub struct Insight<'a> {
    pub graph: Graph<'a>,
    /// What the checks find, in the order of the rules.
    pub findings: Vec<Finding>,
    /// Where the flow can be done with a contact while the bot is still in the chat. A Lambda on
    /// the way may have made it leave, so that such a way does not count.
    pub bot_ends: Vec<BotEnd>,
}

/// What a check has found, without a place in a source.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    /// The action it is about; nothing if it is about the flow.
    pub action: Option<usize>,
    /// The part of the action: `TimeLimitSeconds`, `next`, `condition 2`; empty for all of it.
    pub part: String,
    pub headline: String,
}

/// A way on which the bot's time is over, nothing makes it leave, and the flow is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BotEnd {
    /// The Wait whose time is over.
    pub wait: usize,
    /// The action at which the flow is done.
    pub end: usize,
    pub leaves: BotLeaves,
}

/// How a flow is done with a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BotLeaves {
    /// The flow ends.
    WithFlow,
    /// Another flow goes on, which leaves the bot alone as well.
    ToFlow,
    /// The contact waits for an agent, who takes the place of the bot.
    ToQueue,
}

/// Flows that are deployed together.
pub struct Flows<'a> {
    subjects: Vec<Subject<'a>>,
    among: Among,
}

impl<'a> Flows<'a> {
    pub fn new(definitions: impl IntoIterator<Item = &'a FlowDefinition>) -> Self {
        let definitions = definitions.into_iter();
        Self {
            subjects: definitions.map(|it| subject_of(it, &it.flow)).collect(),
            among: Among::default(),
        }
    }
}

/// Looks into a flow, which is one of those that are deployed together.
pub fn look_into<'a>(subject: &Subject<'a>, flows: &Flows<'_>) -> Insight<'a> {
    let graph = Graph::new(subject.flow);
    let together = (flows.subjects.as_slice(), &flows.among);
    let (findings, bot_ends) =
        in_context(subject, &graph, together, |it| (findings(it), bot_ends(it)));
    Insight {
        graph,
        findings,
        bot_ends,
    }
}

/// A definition as something to look into; `flow` is its own, or the same in another order.
pub fn subject_of<'a>(definition: &'a FlowDefinition, flow: &'a Flow) -> Subject<'a> {
    Subject {
        name: &definition.name,
        kind: Some(definition.kind),
        flow,
        places: &Nowhere,
        is_sound: true,
    }
}

fn findings(context: &Context<'_>) -> Vec<Finding> {
    let found = check(context);
    let places = found.actions.into_iter().zip(found.parts);
    let found = found.diags.into_iter().zip(places);
    let findings = found.filter_map(|(diag, (action, part))| {
        Some(Finding {
            rule: Rule::of(diag.code)?,
            severity: diag.severity,
            action,
            part,
            headline: diag.headline,
        })
    });
    findings.collect()
}

fn bot_ends(context: &Context<'_>) -> Vec<BotEnd> {
    let Some(bot) = context.bot() else {
        return Vec::new();
    };
    let mut ends = Vec::new();
    for (wait, exit) in bot.expirations(context) {
        let reached = bot.with_bot_after(context, exit.to);
        for end in (0..reached.len()).filter(|n| reached[*n]) {
            let end = leaves(context, end).map(|leaves| BotEnd { wait, end, leaves });
            ends.extend(end);
        }
    }
    ends
}

fn leaves(context: &Context<'_>, n: usize) -> Option<BotLeaves> {
    match context.steps().of(n) {
        Step::ToQueue => Some(BotLeaves::ToQueue),
        Step::ToFlow if leaves_it(context, n) => Some(BotLeaves::ToFlow),
        _ if leaves_it(context, n) => Some(BotLeaves::WithFlow),
        _ => None,
    }
}

/// No source: what is compared may come from anywhere.
struct Nowhere;

static NOWHERE: LazyLock<Arc<SourceFile>> = LazyLock::new(|| SourceFile::new("", ""));

impl Places for Nowhere {
    fn span(&self, _: &Flow, _: &Place<'_>) -> Span {
        let file = Arc::clone(&NOWHERE);
        Span { file, range: 0..0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::names;
    use crate::{Rule, compile};

    /// What is known of the only flow of a source.
    fn look<T>(source: &str, see: impl FnOnce(&Insight<'_>) -> T) -> T {
        let (flows, _) = compile(&[SourceFile::new("flow.yaml", source)], &names());
        let definition = &flows.first().expect("one flow").definition;
        let subject = subject_of(definition, &definition.flow);
        see(&look_into(&subject, &Flows::new([definition])))
    }

    #[test]
    fn a_finding_is_known_by_its_rule_and_its_action() {
        let rule = Rule::of("unreachable-action").expect("a rule");
        let found = look(rule.bad, |it| {
            let mut findings = it.findings.iter();
            let is_it = |it: &&Finding| it.rule.code == rule.code;
            findings.find(is_it).and_then(|it| it.action)
        });
        let is_reached = look(rule.bad, |it| it.graph.is_reached.clone());
        assert_eq!(found.map(|n| is_reached[n]), Some(false));
    }

    #[test]
    fn an_end_with_the_bot_in_the_chat_is_known_with_the_wait() {
        let rule = Rule::of("bot-left-behind").expect("a rule");
        let ends = |source| {
            look(source, |it| {
                let id = |n: usize| it.graph.flow.actions[n].id.to_string();
                let ends = it.bot_ends.iter();
                ends.map(|it| (id(it.wait), id(it.end), it.leaves))
                    .collect::<Vec<_>>()
            })
        };
        let (wait, end) = ("bot".to_owned(), "end".to_owned());
        assert_eq!(ends(rule.bad), [(wait, end, BotLeaves::WithFlow)]);
        assert_eq!(ends(rule.good), []);
    }
}
