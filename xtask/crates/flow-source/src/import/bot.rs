//! The `custom_bot` pattern in a flow: the actions that one `custom_bot` would be compiled to.

use std::collections::BTreeSet;

use flow::model::{Action, ActionId, Flow};
use flow::value::{Map, RefKind, Value};

use super::actions::{self, Fields};
use crate::emit::Yaml;

/// The words after the name of the pattern in the identifiers of its actions.
pub(super) const GREETING: &str = "greeting";
pub(super) const JOIN_RESULT: &str = "join result";
pub(super) const WAIT: &str = "wait";
pub(super) const LEAVE: &str = "leave";

/// The actions of one bot, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(super) greeting: Option<usize>,
    pub(super) join: usize,
    pub(super) result: usize,
    pub(super) wait: usize,
    pub(super) leave: usize,
}

impl Group {
    /// The action that the others of the flow lead to.
    pub(crate) fn entry(&self) -> usize {
        self.greeting.unwrap_or(self.join)
    }

    /// The actions with what comes after the pattern's name in their names.
    pub(crate) fn members(&self) -> Vec<(usize, &'static str)> {
        let greeting = self.greeting.map(|n| (n, GREETING));
        let others = [
            (self.join, ""),
            (self.result, JOIN_RESULT),
            (self.wait, WAIT),
            (self.leave, LEAVE),
        ];
        greeting.into_iter().chain(others).collect()
    }
}

/// The bots of a flow.
pub(super) fn groups(flow: &Flow) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut taken = BTreeSet::new();
    for wait in 0..flow.actions.len() {
        let Some(group) = Finder { flow }.group(wait) else {
            continue;
        };
        let members = group.members();
        if members.iter().all(|(n, _)| !taken.contains(n)) {
            taken.extend(members.iter().map(|(n, _)| *n));
            groups.push(group);
        }
    }
    groups
}

/// The bot whose actions have the names that a `custom_bot` of this name gives them.
pub(crate) fn named(flow: &Flow, name: &str) -> Option<Group> {
    let is_named =
        |action: &Action, word: &str| action.id.as_str() == format!("{name} {word}").trim_end();
    let wait = flow.actions.iter().position(|it| is_named(it, WAIT))?;
    let mut group = Finder { flow }.group(wait)?;
    // A prompt before the bot may be one of its own.
    let is_member = |n: usize, word: &str| is_named(&flow.actions[n], word);
    group.greeting = group.greeting.filter(|n| is_member(*n, GREETING));
    let mut members = group.members().into_iter();
    members.all(|(n, word)| is_member(n, word)).then_some(group)
}

struct Finder<'a> {
    flow: &'a Flow,
}

impl Finder<'_> {
    fn group(&self, wait: usize) -> Option<Group> {
        let action = self.flow.actions.get(wait)?;
        let events = action.parameters.get("Events")?.as_list()?;
        let is_bot = events.first()?.as_text()? == "BotParticipantDisconnected";
        if action.kind.as_str() != "Wait" || !is_bot {
            return None;
        }
        let leave = self.number(condition(action, "WaitCompleted")?, "InvokeLambdaFunction")?;
        let result = self.only_source(wait, "Compare")?;
        let join = self.only_source(result, "InvokeLambdaFunction")?;
        if self.sources(leave).iter().any(|n| *n != wait) {
            return None;
        }
        let greeting = self.only_source(join, "MessageParticipant");
        let greeting = greeting.filter(|n| {
            let action = &self.flow.actions[*n];
            let targets: Vec<&ActionId> = action.transitions.targets().collect();
            let join = &self.flow.actions[join].id;
            let leads_there = !targets.is_empty() && targets.iter().all(|it| *it == join);
            leads_there && self.flow.start != *join
        });
        let group = Group {
            greeting,
            join,
            result,
            wait,
            leave,
        };
        let numbers: BTreeSet<usize> = group.members().iter().map(|(n, _)| *n).collect();
        let is_whole = numbers.len() == group.members().len();
        let starts_inside = numbers
            .iter()
            .any(|n| *n != group.entry() && self.flow.actions[*n].id == self.flow.start);
        (is_whole && !starts_inside).then_some(group)
    }

    fn number(&self, id: &ActionId, kind: &str) -> Option<usize> {
        let n = self.flow.actions.iter().position(|it| it.id == *id)?;
        (self.flow.actions[n].kind.as_str() == kind).then_some(n)
    }

    /// The actions that lead to one.
    fn sources(&self, to: usize) -> Vec<usize> {
        let id = &self.flow.actions[to].id;
        let leads = |(n, action): (usize, &Action)| {
            action.transitions.targets().any(|it| it == id).then_some(n)
        };
        self.flow
            .actions
            .iter()
            .enumerate()
            .filter_map(leads)
            .collect()
    }

    /// The one action that leads to another, if it is of a kind.
    fn only_source(&self, to: usize, kind: &str) -> Option<usize> {
        match self.sources(to).as_slice() {
            [n] if self.flow.actions[*n].kind.as_str() == kind => Some(*n),
            _ => None,
        }
    }
}

fn condition<'a>(action: &'a Action, operand: &str) -> Option<&'a ActionId> {
    let mut conditions = action.transitions.conditions.iter();
    let found = conditions.find(|it| it.operands.first().and_then(Value::as_text) == Some(operand));
    found.map(|it| &it.next)
}

fn error<'a>(action: &'a Action, name: &str) -> Option<&'a ActionId> {
    let mut errors = action.transitions.errors.iter();
    errors.find(|it| it.error == name).map(|it| &it.next)
}

/// The `custom_bot` of a group; whether it compiles to the group, the compiler says.
pub(crate) fn fields(flow: &Flow, group: &Group) -> Option<Fields> {
    let action = |n: usize| flow.actions.get(n);
    let (join, wait, leave) = (
        action(group.join)?,
        action(group.wait)?,
        action(group.leave)?,
    );
    let mut body = vec![
        ("join", function(join)?),
        ("leave", function(leave)?),
        (
            "timeout",
            actions::seconds(wait.parameters.get("TimeLimitSeconds")?)?,
        ),
    ];
    if let Some(greeting) = group.greeting.and_then(action) {
        body.push(("greeting", actions::text(greeting.parameters.get("Text")?)?));
    }
    body.extend(attributes(join)?);
    let disconnected = condition(wait, "BotParticipantDisconnected")?;
    let expired = leave.transitions.next.as_ref()?;
    let different = |found: Option<&'_ ActionId>, usual: &ActionId| {
        found.filter(|it| *it != usual).map(actions::target)
    };
    let on = [
        ("bot_disconnected", Some(actions::target(disconnected))),
        ("time_expired", Some(actions::target(expired))),
        (
            "join_failed",
            error(join, "NoMatchingError").map(actions::target),
        ),
        (
            "participant_not_found",
            different(error(wait, "ParticipantNotFound"), disconnected),
        ),
        (
            "error",
            different(error(wait, "NoMatchingError"), &leave.id),
        ),
        (
            "leave_failed",
            different(error(leave, "NoMatchingError"), expired),
        ),
    ];
    let map = |entries: Vec<(&str, Yaml)>| {
        Yaml::Map(
            entries
                .into_iter()
                .map(|(key, it)| (key.to_owned(), it))
                .collect(),
        )
    };
    let on = on.into_iter().filter_map(|(key, it)| Some((key, it?)));
    Some(vec![
        ("custom_bot".to_owned(), map(body)),
        ("on".to_owned(), map(on.collect())),
    ])
}

fn function(action: &Action) -> Option<Yaml> {
    actions::name(action.parameters.get("LambdaFunctionARN")?, RefKind::Lambda)
}

/// What the join Lambda is told, in the keys of the form.
fn attributes(join: &Action) -> Option<Vec<(&'static str, Yaml)>> {
    let none = Map::new();
    let attributes = match join.parameters.get("LambdaInvocationAttributes") {
        Some(attributes) => attributes.as_map()?,
        None => &none,
    };
    let mut idle = Vec::new();
    let mut own = Vec::new();
    let mut more = Vec::new();
    for (key, value) in attributes {
        match key.as_str() {
            "customer_idle_minutes" => {
                idle.push(("warn_after".to_owned(), actions::minutes(value)?))
            }
            "customer_disconnect_minutes" => {
                idle.push(("disconnect_after".to_owned(), actions::minutes(value)?));
            }
            "bot_name" => own.push(("name".to_owned(), actions::text(value)?)),
            "greeting" => own.push(("greeting".to_owned(), actions::text(value)?)),
            _ => more.push((key.clone(), actions::text(value)?)),
        }
    }
    let parts = [("customer_idle", idle), ("bot", own), ("parameters", more)];
    let parts = parts.into_iter().filter(|(_, entries)| !entries.is_empty());
    Some(
        parts
            .map(|(key, entries)| (key, Yaml::Map(entries)))
            .collect(),
    )
}
