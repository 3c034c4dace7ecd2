//! The section `lambdas`: functions, what each may do, and who calls it.

use indexmap::IndexMap;

use super::{Mentioned, Section, instance};
use crate::rules;
use crate::yaml::Node;

/// A function as it should be, but for its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaSpec {
    pub description: Option<String>,
    pub timeout_seconds: i32,
    pub memory_mb: i32,
    pub log_retention_days: Option<i32>,
    pub environment: IndexMap<String, EnvValue>,
    pub may: Vec<Grant>,
    pub invoked_by: Vec<Caller>,
    /// The queue for messages that the topic cannot deliver.
    pub undelivered: Option<String>,
    /// What becomes of events that it does not manage.
    pub on_failure: Option<FailureSpec>,
}

/// How often and how long an event is tried that nobody waits for, and where it goes at last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureSpec {
    /// From 0 to 2; Lambda's own number without it.
    pub retries: Option<i32>,
    /// From a minute to six hours; Lambda's own without it.
    pub max_age_seconds: Option<i32>,
    /// The queue for what is given up.
    pub send_to: Option<String>,
}

/// The value of an environment variable of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvValue {
    Text(String),
    /// A variable of the environment.
    Variable(String),
    /// The name of a table on AWS.
    Table(String),
    /// The ARN of a topic.
    Topic(String),
}

/// Actions of AWS that a function may call, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub actions: Vec<String>,
    pub on: Vec<GrantTarget>,
}

/// What a grant is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantTarget {
    /// The Connect instance.
    Instance,
    /// Every contact of the instance.
    Contacts,
    Table(String),
    Topic(String),
}

/// Who calls a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Flows of the instance.
    Flows,
    /// A topic, with the message attributes that a message must have; all if there are none.
    Topic {
        topic: String,
        filter: IndexMap<String, Vec<String>>,
    },
}

/// A block of a flow waits at most 8 seconds for a function and may run it again within them; a
/// function that works on after that would act behind the back of the flow.
const LONGEST_FOR_FLOWS: i64 = 7;

pub(super) fn lambda(section: &mut Section<'_>, node: &Node) -> Option<LambdaSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a lambda")?;
    let description = fields.optional("description").and_then(|n| reader.text(n));
    let timeout_node = fields.required("timeout");
    let memory = fields
        .required("memory")
        .and_then(|n| reader.integer(n, 128..=10_240));
    let retention = fields.optional("log_retention");
    let environment = fields.optional("environment");
    let may = fields.optional("may");
    let invoked_by = fields.optional("invoked_by");
    let on_failure = fields.optional("on_failure");
    fields.finish();
    let timeout = timeout_node.and_then(|node| reader.seconds(node));
    let (invoked_by, undelivered) = invoked_by
        .map(|n| read_callers(section, n))
        .unwrap_or_default();
    let on_failure = on_failure.and_then(|n| read_failure(section, n));
    check_timeout(section, timeout_node, timeout, &invoked_by);
    let retention = retention.and_then(|n| instance::retention_days(section, n));
    let environment = environment.map(|n| read_environment(section, n));
    let may = may.map(|n| read_grants(section, n));
    Some(LambdaSpec {
        description,
        timeout_seconds: i32::try_from(timeout?).ok()?,
        memory_mb: memory? as i32,
        log_retention_days: retention,
        environment: environment.unwrap_or_default(),
        may: may.unwrap_or_default(),
        invoked_by,
        undelivered,
        on_failure,
    })
}

fn check_timeout(
    section: &Section<'_>,
    node: Option<&Node>,
    timeout: Option<i64>,
    callers: &[Caller],
) {
    let (Some(node), Some(timeout)) = (node, timeout) else {
        return;
    };
    let range = node.range.clone();
    let reader = section.reader;
    if callers.contains(&Caller::Flows) && timeout > LONGEST_FOR_FLOWS {
        let headline = "a timeout longer than a flow waits";
        let label = "a block gives up after 8 seconds, so at most `7s`";
        reader.report(rules::INVALID_VALUE, headline, range, label);
    } else if !(1..=900).contains(&timeout) {
        let headline = "a timeout that Lambda does not take";
        reader.report(rules::INVALID_VALUE, headline, range, "from `1s` to `15m`");
    }
}

fn read_environment(section: &mut Section<'_>, node: &Node) -> IndexMap<String, EnvValue> {
    let mut values = IndexMap::new();
    for entry in section.reader.entries(node).unwrap_or_default() {
        if let Some(value) = env_value(section, &entry.node) {
            values.insert(entry.key.clone(), value);
        }
    }
    values
}

fn env_value(section: &mut Section<'_>, node: &Node) -> Option<EnvValue> {
    if !matches!(node.value, crate::yaml::Value::Map(_)) {
        return section.reader.text(node).map(EnvValue::Text);
    }
    let mut fields = section.reader.fields(node, "a value")?;
    let table = fields.optional("table");
    let topic = fields.optional("topic");
    let variable = fields.optional("var");
    fields.finish();
    if !names_one(section, node, &[table, topic, variable]) {
        return None;
    }
    if let Some(node) = table {
        section.mention(Mentioned::Table, node).map(EnvValue::Table)
    } else if let Some(node) = topic {
        section.mention(Mentioned::Topic, node).map(EnvValue::Topic)
    } else {
        let node = variable?;
        section
            .mention(Mentioned::Variable, node)
            .map(EnvValue::Variable)
    }
}

fn read_grants(section: &mut Section<'_>, node: &Node) -> Vec<Grant> {
    let items = section.reader.list(node).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| grant(section, item))
        .collect()
}

fn grant(section: &mut Section<'_>, node: &Node) -> Option<Grant> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a permission")?;
    let actions = fields.required("actions").and_then(|n| reader.list(n));
    let on = fields.required("on").and_then(|n| reader.list(n));
    fields.finish();
    let actions = actions?
        .iter()
        .filter_map(|item| action(section, item))
        .collect();
    let on = on?
        .iter()
        .filter_map(|item| target(section, item))
        .collect();
    Some(Grant { actions, on })
}

/// An action of IAM, spelled out: a wildcard would grant what nobody has looked at.
fn action(section: &Section<'_>, node: &Node) -> Option<String> {
    let action = section.reader.text(node)?;
    let (range, reader) = (node.range.clone(), section.reader);
    if action.contains('*') {
        let headline = format!("`{action}` grants more than one action");
        reader.report(rules::BROAD_PERMISSION, headline, range, "name each action");
        return None;
    }
    if action.split(':').filter(|part| !part.is_empty()).count() != 2 {
        let headline = format!("`{action}` is not an action");
        let label = "expected service and operation, for example `dynamodb:GetItem`";
        reader.report(rules::INVALID_VALUE, headline, range, label);
        return None;
    }
    Some(action)
}

fn target(section: &mut Section<'_>, node: &Node) -> Option<GrantTarget> {
    if !matches!(node.value, crate::yaml::Value::Map(_)) {
        let words = [("instance", 0), ("contacts", 1)];
        return section.reader.word(node, &words).map(|word| match word {
            0 => GrantTarget::Instance,
            _ => GrantTarget::Contacts,
        });
    }
    let mut fields = section.reader.fields(node, "a permission's target")?;
    let table = fields.optional("table");
    let topic = fields.optional("topic");
    fields.finish();
    if !names_one(section, node, &[table, topic]) {
        return None;
    }
    match table {
        Some(node) => section
            .mention(Mentioned::Table, node)
            .map(GrantTarget::Table),
        None => section
            .mention(Mentioned::Topic, topic?)
            .map(GrantTarget::Topic),
    }
}

/// Whether a map names exactly one thing. Unknown keys were reported, so that only one that names
/// nothing at all is, and one that names two things.
fn names_one(section: &Section<'_>, node: &Node, named: &[Option<&Node>]) -> bool {
    let count = named.iter().flatten().count();
    let is_empty = match &node.value {
        crate::yaml::Value::Map(entries) => entries.is_empty(),
        _ => true,
    };
    let headline = match count {
        0 if is_empty => "a map that names nothing",
        2.. => "a map that names two things",
        _ => return count == 1,
    };
    let label = "one key is expected here";
    let range = node.range.clone();
    section
        .reader
        .report(rules::INVALID_VALUE, headline, range, label);
    false
}

fn read_failure(section: &mut Section<'_>, node: &Node) -> Option<FailureSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "what becomes of failures")?;
    let retries = fields.optional("retries");
    let max_age = fields.optional("max_age");
    let send_to = fields.optional("send_to");
    fields.finish();
    let max_age = max_age.and_then(|node| {
        let seconds = reader.seconds(node)?;
        let fits = (60..=21_600).contains(&seconds);
        if !fits {
            let headline = "an age that Lambda does not take";
            let range = node.range.clone();
            reader.report(rules::INVALID_VALUE, headline, range, "from `1m` to `6h`");
        }
        i32::try_from(seconds).ok().filter(|_| fits)
    });
    Some(FailureSpec {
        retries: retries
            .and_then(|node| reader.integer(node, 0..=2))
            .and_then(|retries| i32::try_from(retries).ok()),
        max_age_seconds: max_age,
        send_to: send_to.and_then(|node| section.mention(Mentioned::DeadLetters, node)),
    })
}

/// Who calls a function, and the queue for what a topic cannot deliver to it.
fn read_callers(section: &mut Section<'_>, node: &Node) -> (Vec<Caller>, Option<String>) {
    let reader = section.reader;
    let Some(mut fields) = reader.fields(node, "who invokes a lambda") else {
        return (Vec::new(), None);
    };
    let flows = fields.optional("flows").and_then(|n| reader.boolean(n));
    let topic = fields.optional("topic");
    let filter = fields.optional("where");
    let undelivered = fields.optional("undelivered");
    fields.finish();
    let topic = topic.and_then(|node| section.mention(Mentioned::Topic, node));
    let filter = filter.map(|n| read_filter(section, n)).unwrap_or_default();
    let by_flows = flows.unwrap_or(false).then_some(Caller::Flows);
    let by_topic = topic.map(|topic| Caller::Topic { topic, filter });
    let undelivered = undelivered.and_then(|node| section.mention(Mentioned::DeadLetters, node));
    (by_flows.into_iter().chain(by_topic).collect(), undelivered)
}

fn read_filter(section: &Section<'_>, node: &Node) -> IndexMap<String, Vec<String>> {
    let reader = section.reader;
    let entries = reader.entries(node).unwrap_or_default().iter();
    let pairs = entries.filter_map(|entry| {
        let items = reader.list(&entry.node)?.iter();
        let values = items.filter_map(|item| reader.text(item)).collect();
        Some((entry.key.clone(), values))
    });
    pairs.collect()
}
