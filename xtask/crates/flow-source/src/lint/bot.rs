//! The custom bot in a flow: which Lambda brings it, which Wait waits for it, and where on the way
//! it may be in the chat.
//!
//! A flow does not say that a Lambda brings a bot. It is taken to be the last Lambda before the
//! Wait for the bot, or one before that if only that one's name says so.

use flow::model::{Action, DocumentKind, FlowType};
use flow::value::Map;

use super::graph::{By, Exit, Graph};
use super::paths::spread;
use super::steps::{self, Step, Steps};
use super::{Context, Subject};

/// The bot was still there when the time of its Wait was over.
pub(crate) const EXPIRED: u64 = 1;
/// A bot has joined, and nothing waited for it yet.
pub(crate) const JOINED: u64 = 2;
/// A Lex bot has taken part in the conversation.
pub(crate) const LEX: u64 = 4;

/// What a flow that brings a bot does with it.
pub(crate) struct Bot {
    /// The Waits for the bot that a contact can come to.
    pub(crate) waits: Vec<usize>,
    /// The Lambdas that bring the bot, in the order of the document.
    pub(crate) joins: Vec<usize>,
    /// The Lambdas between a join and its Wait.
    pub(crate) between: Vec<usize>,
    is_join: Vec<bool>,
    /// Whether a contact is here at a Wait for the bot, or comes to one without a further Lambda.
    leads_to_wait: Vec<bool>,
    /// Whether nobody knows what an action does to the bot.
    is_opaque: Vec<bool>,
    /// What may be in the chat when a contact comes to an action: the bits above.
    at: Vec<u64>,
}

impl Bot {
    /// Nothing for a flow that neither waits for a bot nor calls a Lambda whose name or parameters
    /// say that it brings one.
    pub(crate) fn find(context: &Context<'_>, steps: &Steps) -> Option<Self> {
        let graph = context.graph;
        let waits: Vec<usize> = steps.all(Step::BotWait).collect();
        let lambdas = || steps.all(Step::Lambda).chain(steps.all(Step::AsyncLambda));
        let that = |says: fn(&Action) -> bool| -> Vec<usize> {
            lambdas()
                .filter(|n| says(&graph.flow.actions[*n]))
                .collect()
        };
        let mut named = that(says_it_brings_a_bot);
        if named.is_empty() {
            named = that(takes_idle_times);
        }
        if waits.is_empty() && named.is_empty() {
            return None;
        }
        let n_actions = graph.flow.actions.len();
        let mut bot = Self {
            waits,
            joins: Vec::new(),
            between: Vec::new(),
            is_join: vec![false; n_actions],
            leads_to_wait: vec![false; n_actions],
            is_opaque: (0..n_actions)
                .map(|n| is_opaque(context, steps, n))
                .collect(),
            at: Vec::new(),
        };
        bot.waits.retain(|n| graph.is_reached[*n]);
        bot.find_joins(graph, steps, &named);
        let reached = (0..n_actions).filter(|n| graph.is_reached[*n]);
        let from: Vec<(usize, u64)> = reached.map(|n| (n, 0)).collect();
        bot.at = spread(graph, from, |n, exit, bits| {
            bot.across(graph, steps, n, exit, bits)
        });
        Some(bot)
    }

    /// Walks back from the Waits to the Lambdas before them.
    fn find_joins(&mut self, graph: &Graph<'_>, steps: &Steps, named: &[usize]) {
        let entries = graph.entries();
        let is_lambda = |n: usize| matches!(steps.of(n), Step::Lambda | Step::AsyncLambda);
        let mut nearest = vec![false; self.is_join.len()];
        let mut open = self.waits.clone();
        while let Some(n) = open.pop() {
            for entry in entries.of(n) {
                let from = entry.from;
                if is_lambda(from) {
                    nearest[from] |= entry.by == By::Next;
                } else if !self.is_opaque[from]
                    && steps.of(from) != Step::BotWait
                    && !std::mem::replace(&mut self.leads_to_wait[from], true)
                {
                    open.push(from);
                }
            }
        }
        for n in &self.waits {
            self.leads_to_wait[*n] = true;
        }
        let mut is_join = nearest.clone();
        if !named.iter().any(|n| nearest[*n]) {
            let earlier = self.named_before(&entries, steps, named, &nearest);
            if !earlier.is_empty() {
                self.between = ones(&nearest).collect();
                is_join.fill(false);
                for n in earlier {
                    is_join[n] = true;
                }
            }
        }
        for n in named {
            is_join[*n] = true;
        }
        self.joins = ones(&is_join).filter(|n| graph.is_reached[*n]).collect();
        self.is_join = is_join;
    }

    /// The Lambdas that say they bring a bot and lead to others before the Wait.
    fn named_before(
        &self,
        entries: &super::graph::Entries,
        steps: &Steps,
        named: &[usize],
        nearest: &[bool],
    ) -> Vec<usize> {
        if named.is_empty() {
            return Vec::new();
        }
        let mut is_seen = nearest.to_vec();
        let mut open: Vec<usize> = ones(nearest).collect();
        while let Some(n) = open.pop() {
            for entry in entries.of(n) {
                let passes = !self.is_opaque[entry.from] && steps.of(entry.from) != Step::BotWait;
                if passes && !std::mem::replace(&mut is_seen[entry.from], true) {
                    open.push(entry.from);
                }
            }
        }
        let named = named.iter().copied();
        named.filter(|n| is_seen[*n] && !nearest[*n]).collect()
    }

    /// What is in the chat after an action, by the exit that a contact takes.
    fn across(&self, graph: &Graph<'_>, steps: &Steps, n: usize, exit: Exit, bits: u64) -> u64 {
        let action = &graph.flow.actions[n];
        match steps.of(n) {
            _ if self.is_opaque[n] => 0,
            Step::Lambda | Step::AsyncLambda if self.is_join[n] => match exit.by {
                By::Next => (bits & LEX) | JOINED,
                _ => bits,
            },
            // Any other Lambda may be the one that makes the bot leave.
            Step::Lambda | Step::AsyncLambda => bits & !EXPIRED,
            Step::BotWait if is_time_expired(action, exit.by) => (bits & LEX) | EXPIRED,
            Step::BotWait => bits & LEX,
            Step::Lex => LEX,
            Step::Compare if self.says_the_join_failed(graph, action, n, exit) => bits & !JOINED,
            _ => bits,
        }
    }

    /// Whether a comparison of a Lambda's answer goes this way because no bot has joined.
    fn says_the_join_failed(
        &self,
        graph: &Graph<'_>,
        action: &Action,
        n: usize,
        exit: Exit,
    ) -> bool {
        let looks_at_answer = compared(action).is_some_and(is_answer_of_lambda);
        if !looks_at_answer {
            return false;
        }
        if graph.exits(n).iter().any(|it| self.goes_to_wait(it.to)) {
            return !self.goes_to_wait(exit.to);
        }
        match exit.by {
            By::Condition(at) => {
                let operands = action.transitions.conditions.get(at).map(|it| &it.operands);
                let operand = operands.and_then(|it| it.first()?.as_text());
                !operand.is_some_and(is_word_of_success)
            }
            _ => true,
        }
    }

    /// Whether a contact that comes to an action comes to a Wait for the bot without a Lambda.
    pub(crate) fn goes_to_wait(&self, n: usize) -> bool {
        self.leads_to_wait[n]
    }

    /// Whether nobody knows what an action does to the bot: a module that is not at hand, or a
    /// type that is not known.
    pub(crate) fn is_opaque(&self, n: usize) -> bool {
        self.is_opaque[n]
    }

    /// Whether something may be in the chat when a contact comes to an action.
    pub(crate) fn may_be_at(&self, n: usize, what: u64) -> bool {
        self.at[n] & what != 0
    }

    /// The exits that contacts take when the time of a Wait for the bot is over.
    pub(crate) fn expirations(&self, context: &Context<'_>) -> Vec<(usize, Exit)> {
        let waits = self.waits.iter().copied();
        waits
            .flat_map(|n| context.graph.exits(n).iter().map(move |exit| (n, *exit)))
            .filter(|(n, exit)| is_time_expired(&context.flow.actions[*n], exit.by))
            .collect()
    }

    /// The actions to which a contact comes from one on which the bot is still in the chat, with
    /// the bot still there.
    pub(crate) fn with_bot_after(&self, context: &Context<'_>, n: usize) -> Vec<bool> {
        let steps = context.steps();
        context.graph.reached_from(Some(n), |n| {
            let may_end_it = matches!(
                steps.of(n),
                Step::Lambda | Step::AsyncLambda | Step::Lex | Step::BotWait
            );
            !may_end_it && !self.is_opaque[n]
        })
    }

    /// The actions to which a contact comes after a bot has joined, up to a Wait for it.
    pub(crate) fn after_join(&self, context: &Context<'_>, join: usize) -> Vec<bool> {
        let steps = context.steps();
        let passes = |n: usize| steps.of(n) != Step::BotWait && !self.is_opaque[n];
        context
            .graph
            .reached_from(next_of(context.graph, join), passes)
    }

    /// Where something has come into the chat that may be there at an action: a Wait whose time was
    /// over, a Lambda that brings a bot, or a Lex bot. Slow: for findings.
    pub(crate) fn origin(&self, context: &Context<'_>, what: u64, at: usize) -> Option<usize> {
        let (graph, steps) = (context.graph, context.steps());
        let mut origins = (0..graph.flow.actions.len()).filter(|n| graph.is_reached[*n]);
        origins.find(|n| {
            let exits = graph.exits(*n).iter();
            let from = exits.map(|exit| (exit.to, self.across(graph, steps, *n, *exit, 0) & what));
            let across = |n, exit, bits| self.across(graph, steps, n, exit, bits) & bits;
            spread(graph, from, across)[at] & what != 0
        })
    }
}

fn ones(bits: &[bool]) -> impl Iterator<Item = usize> {
    bits.iter()
        .enumerate()
        .filter(|(_, it)| **it)
        .map(|(n, _)| n)
}

/// Where an action leads when it succeeds.
pub(crate) fn next_of(graph: &Graph<'_>, n: usize) -> Option<usize> {
    let mut exits = graph.exits(n).iter();
    exits.find(|it| it.by == By::Next).map(|it| it.to)
}

/// Whether nobody knows what an action does to a bot.
fn is_opaque(context: &Context<'_>, steps: &Steps, n: usize) -> bool {
    match steps.of(n) {
        Step::Unknown => true,
        Step::Module => {
            let parameters = &context.flow.actions[n].parameters;
            let module = parameters.get("FlowModuleId");
            let module = module.and_then(|it| context.module(it));
            module.is_none_or(|it| !leaves_the_chat_alone(it))
        }
        _ => false,
    }
}

/// Whether a flow or module certainly brings nobody into the chat and takes nobody out of it.
pub(crate) fn leaves_the_chat_alone(module: &Subject<'_>) -> bool {
    let steps = Steps::new(module.flow);
    let meddling = [
        Step::Lambda,
        Step::AsyncLambda,
        Step::BotWait,
        Step::Lex,
        Step::Module,
        Step::ToQueue,
        Step::ToFlow,
        Step::Disconnect,
        Step::Unknown,
    ];
    !meddling.into_iter().any(|step| steps.has(step))
}

/// Whether an exit of a Wait is the one for its time being over.
pub(crate) fn is_time_expired(wait: &Action, by: By) -> bool {
    is_condition(wait, by, "WaitCompleted")
}

/// Whether an exit of a Wait is the one for the bot having left.
pub(crate) fn is_bot_gone(wait: &Action, by: By) -> bool {
    is_condition(wait, by, "BotParticipantDisconnected")
}

fn is_condition(wait: &Action, by: By, wanted: &str) -> bool {
    let By::Condition(at) = by else {
        return false;
    };
    let condition = wait.transitions.conditions.get(at);
    let operand = condition.and_then(|it| it.operands.first()?.as_text());
    operand == Some(wanted)
}

/// The reference that a Compare looks at.
pub(crate) fn compared(action: &Action) -> Option<&str> {
    action.parameters.get("ComparisonValue")?.as_text()
}

/// Whether a reference leads into the answer of the latest Lambda.
pub(crate) fn is_answer_of_lambda(reference: &str) -> bool {
    ["$.External", "$.LambdaInvocation.ResultData"]
        .iter()
        .any(|root| reference.starts_with(root))
}

fn is_word_of_success(word: &str) -> bool {
    ["success", "succeeded", "true", "ok", "joined", "200", "yes"]
        .iter()
        .any(|it| word.eq_ignore_ascii_case(it))
}

/// What `custom_bot` tells the Lambda that brings the bot about idle timers, in minutes.
const IDLE_TIMES: [&str; 2] = ["customer_idle_minutes", "customer_disconnect_minutes"];

pub(crate) fn lambda_attributes(action: &Action) -> Option<&Map> {
    action
        .parameters
        .get("LambdaInvocationAttributes")?
        .as_map()
}

/// Whether a Lambda's name or parameters say that it brings a bot into the chat.
fn says_it_brings_a_bot(action: &Action) -> bool {
    steps::function_name(action).is_some_and(names_a_join)
        || lambda_attributes(action).is_some_and(|it| it.contains_key("bot_name"))
}

/// Whether a Lambda is told the idle times of the customer.
fn takes_idle_times(action: &Action) -> bool {
    let attributes = lambda_attributes(action);
    attributes.is_some_and(|it| IDLE_TIMES.iter().any(|key| it.contains_key(key)))
}

/// Whether a Lambda's name or parameters say that it sets the customer's idle timers.
pub(crate) fn sets_idle_timers(action: &Action) -> bool {
    takes_idle_times(action) || steps::function_name(action).is_some_and(names_idle_timers)
}

/// `bot-join`, `startCustomBot`, `create_participant`; a Lex bot is another thing.
fn names_a_join(function: &str) -> bool {
    let has = |wanted: &[&str]| words(function).any(|word| is_one_of(word, wanted));
    let is_about_bot = has(&["bot", "participant", "chatbot"]);
    is_about_bot && has(&["join", "start", "create", "add", "invite"]) && !has(&["lex"])
}

/// Whether a Lambda's name says that it is about idle timers and not about the bot.
fn names_idle_timers(function: &str) -> bool {
    let has = |wanted: &[&str]| words(function).any(|word| is_one_of(word, wanted));
    has(&["idle", "timer", "timers", "timeout", "timeouts"]) && !names_a_join(function)
}

fn is_one_of(word: &str, wanted: &[&str]) -> bool {
    wanted.iter().any(|it| word.eq_ignore_ascii_case(it))
}

/// The words of a name in snake, kebab or camel case.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    parts.flat_map(|part| {
        let mut rest = part;
        std::iter::from_fn(move || {
            let mut chars = rest.char_indices().skip(1);
            let is_upper = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase);
            let end = chars.find(|(at, _)| is_upper(*at) && !is_upper(*at - 1));
            let (word, after) = rest.split_at(end.map_or(rest.len(), |it| it.0));
            rest = after;
            (!word.is_empty()).then_some(word)
        })
    })
}

/// The minutes of a parameter of a join, as `custom_bot` passes them.
pub(crate) fn minutes(action: &Action, parameter: &str) -> Option<u64> {
    steps::whole(lambda_attributes(action)?.get(parameter)?)
}

/// Whether a flow of this kind is for inbound chats, or may be.
pub(crate) fn may_be_inbound(kind: Option<DocumentKind>) -> bool {
    matches!(kind, None | Some(DocumentKind::Flow(FlowType::ContactFlow)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_in_every_case() {
        let all = |name| words(name).collect::<Vec<_>>();
        assert_eq!(all("bot-join"), ["bot", "join"]);
        assert_eq!(all("startCustomBot"), ["start", "Custom", "Bot"]);
        assert_eq!(all("acme_prod-BotJoin"), ["acme", "prod", "Bot", "Join"]);
        assert_eq!(all(""), Vec::<&str>::new());
        assert_eq!(all("é-ü"), Vec::<&str>::new());
    }

    #[test]
    fn a_name_says_that_a_lambda_brings_a_bot_or_does_not() {
        for name in [
            "bot-join",
            "startCustomBot",
            "create_participant",
            "acme-prod-bot-join",
        ] {
            assert!(names_a_join(name), "{name}");
        }
        for name in [
            "bot-leave",
            "bot-reply",
            "start-lex-bot",
            "lookup",
            "joinery",
            "robot-start",
        ] {
            assert!(!names_a_join(name), "{name}");
        }
    }
}
