//! The sections `security_profiles` and `quick_connects`: what people may do, and where they can
//! transfer a contact to.

use std::collections::{BTreeMap, BTreeSet};

use super::names::short_text;
use super::{Mentioned, Section};
use crate::rules;
use crate::yaml::{Node, Value};

/// What people who have it may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityProfileSpec {
    pub description: Option<String>,
    /// As the service calls them: `BasicAgentAccess`. It alone knows which there are.
    pub permissions: BTreeSet<String>,
    /// Only what carries these tags is shown; nothing if that is left as it is.
    pub only_tagged: Option<BTreeMap<String, String>>,
    /// The kinds of resource for which that holds, as the service calls them: `User`.
    pub only_tagged_kinds: Option<BTreeSet<String>>,
}

/// A place to which people can transfer a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickConnectSpec {
    pub description: Option<String>,
    pub to: Destination,
}

/// Where a quick connect leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    Queue {
        queue: String,
        flow: FlowName,
    },
    User {
        /// As the user signs in.
        user: String,
        flow: FlowName,
    },
    /// In E.164 format: `+442071234567`.
    Phone(String),
    Flow(FlowName),
}

/// The flow that a transferred contact runs through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlowName {
    /// One of our sources, by its name.
    Ours(String),
    /// One that is on the instance, by its title, such as the seeded `Default queue transfer`.
    Titled(String),
}

impl Destination {
    /// Whether it is a person.
    pub fn is_user(&self) -> bool {
        matches!(self, Destination::User { .. })
    }

    /// The flow it names, if it names one.
    pub fn flow(&self) -> Option<&FlowName> {
        match self {
            Destination::Queue { flow, .. }
            | Destination::User { flow, .. }
            | Destination::Flow(flow) => Some(flow),
            Destination::Phone(_) => None,
        }
    }
}

/// `SecurityProfileDescription` and `QuickConnectDescription` of the service model.
pub(crate) const LONGEST_DESCRIPTION: usize = 250;
/// `SecurityProfilePermission` and what tags of a profile consist of.
pub(crate) const LONGEST_PERMISSION: usize = 128;
pub(crate) const MOST_PERMISSIONS: usize = 500;
/// `AllowedAccessControlTags`, `TagRestrictedResourceList`.
pub(crate) const MOST_ONLY_TAGGED: usize = 4;
pub(crate) const MOST_KINDS: usize = 10;
pub(crate) const PHONE: &str = r"^\+[1-9][0-9]{1,14}$";

pub(super) fn security_profile(
    section: &mut Section<'_>,
    node: &Node,
) -> Option<SecurityProfileSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a security profile")?;
    let description = fields.optional("description");
    let permissions = fields.required("permissions");
    let only_tagged = fields.optional("only_tagged");
    let kinds = fields.optional("only_tagged_kinds");
    fields.finish();
    let permissions = permissions.and_then(|n| texts(section, n, MOST_PERMISSIONS));
    Some(SecurityProfileSpec {
        description: description.and_then(|n| short_text(section, n, LONGEST_DESCRIPTION)),
        only_tagged: only_tagged.and_then(|n| tags(section, n)),
        only_tagged_kinds: kinds.and_then(|n| texts(section, n, MOST_KINDS)),
        permissions: permissions?,
    })
}

/// A list of so many texts at most, whose order does not matter.
fn texts(section: &Section<'_>, node: &Node, most: usize) -> Option<BTreeSet<String>> {
    let items = section.reader.list(node)?;
    is_short(section, node, items.len(), most).then_some(())?;
    let texts = items
        .iter()
        .filter_map(|item| short_text(section, item, LONGEST_PERMISSION));
    Some(texts.collect())
}

fn tags(section: &Section<'_>, node: &Node) -> Option<BTreeMap<String, String>> {
    let entries = section.reader.entries(node)?;
    is_short(section, node, entries.len(), MOST_ONLY_TAGGED).then_some(())?;
    let tags = entries.iter().filter_map(|entry| {
        let value = short_text(section, &entry.node, LONGEST_PERMISSION)?;
        Some((entry.key.clone(), value))
    });
    Some(tags.collect())
}

fn is_short(section: &Section<'_>, node: &Node, count: usize, most: usize) -> bool {
    if count > most {
        let headline = format!("{count} are too many");
        let label = format!("the service takes at most {most}");
        let range = node.range.clone();
        let reader = section.reader;
        reader.report(rules::INVALID_VALUE, headline, range, label);
    }
    count <= most
}

pub(super) fn quick_connect(section: &mut Section<'_>, node: &Node) -> Option<QuickConnectSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a quick connect")?;
    let description = fields.optional("description");
    let queue = fields.optional("queue");
    let user = fields.optional("user");
    let phone = fields.optional("phone");
    let flow = fields.optional("flow");
    fields.finish();
    let description = description.and_then(|n| short_text(section, n, LONGEST_DESCRIPTION));
    let to = match (queue, user, phone, flow) {
        (Some(queue), None, None, Some(flow)) => {
            let queue = section.mention(Mentioned::Queue, queue);
            let flow = flow_name(section, flow);
            Destination::Queue {
                queue: queue?,
                flow: flow?,
            }
        }
        (None, Some(user), None, Some(flow)) => {
            let user = reader.text(user);
            let flow = flow_name(section, flow);
            Destination::User {
                user: user?,
                flow: flow?,
            }
        }
        (None, None, Some(phone), None) => Destination::Phone(number(section, phone)?),
        (None, None, None, Some(flow)) => Destination::Flow(flow_name(section, flow)?),
        _ => {
            let headline = "a quick connect that does not lead to one place";
            let range = node.range.clone();
            let label = "";
            let span = reader.span(range);
            let help = "give it `queue` and `flow`, `user` and `flow`, `phone`, or `flow` alone";
            let diag = rules::INVALID_VALUE.at(headline, span, label);
            reader.push(diag.with_help(help));
            return None;
        }
    };
    Some(QuickConnectSpec { description, to })
}

/// The name of one of our flows, or `{ title: .. }` of one that is on the instance.
fn flow_name(section: &mut Section<'_>, node: &Node) -> Option<FlowName> {
    if !matches!(node.value, Value::Map(_)) {
        let name = section.mention(Mentioned::Flow, node);
        return name.map(FlowName::Ours);
    }
    let reader = section.reader;
    let mut fields = reader.fields(node, "a flow")?;
    let title = fields.required("title").and_then(|n| reader.text(n));
    fields.finish();
    title.map(FlowName::Titled)
}

fn number(section: &Section<'_>, node: &Node) -> Option<String> {
    let text = section.reader.text(node)?;
    let is_number = text.strip_prefix('+').is_some_and(|digits| {
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        all_digits && !digits.starts_with('0') && (2..=15).contains(&digits.len())
    });
    if !is_number {
        let headline = format!("`{text}` is not a phone number");
        let label = "expected E.164 format, for example `+442071234567`";
        let range = node.range.clone();
        let reader = section.reader;
        reader.report(rules::INVALID_VALUE, headline, range, label);
    }
    is_number.then_some(text)
}
