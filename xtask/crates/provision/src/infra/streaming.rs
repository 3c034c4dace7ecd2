//! The sections `topics` and `tables`: the way of chat messages to the bot, and its memory.

use super::{Mentioned, Section};
use crate::yaml::Node;

/// A standard SNS topic to which Connect publishes chat messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicSpec {
    /// What encrypts its messages; nothing without one.
    pub key: Option<String>,
}

/// A DynamoDB table with a text key, paid by request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSpec {
    pub partition_key: String,
    /// A second text key. The files cannot ask for one; the deployment table has one.
    pub sort_key: Option<String>,
    /// The attribute that says when an item may go, in epoch seconds.
    pub time_to_live: Option<String>,
    /// What encrypts it; the key of DynamoDB itself without one.
    pub key: Option<String>,
    /// Whether it can be restored to any second of the last 35 days.
    pub point_in_time_recovery: bool,
}

pub(super) fn topic(section: &mut Section<'_>, node: &Node) -> Option<TopicSpec> {
    let mut fields = section.reader.fields(node, "a topic")?;
    let key = fields.optional("key");
    fields.finish();
    Some(TopicSpec {
        key: key.and_then(|node| section.mention(Mentioned::Key, node)),
    })
}

pub(super) fn table(section: &mut Section<'_>, node: &Node) -> Option<TableSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a table")?;
    let partition_key = fields
        .required("partition_key")
        .and_then(|n| reader.text(n));
    let time_to_live = fields.optional("time_to_live").and_then(|n| reader.text(n));
    let key = fields.optional("key");
    let recovery = fields.optional("point_in_time_recovery");
    fields.finish();
    Some(TableSpec {
        partition_key: partition_key?,
        sort_key: None,
        time_to_live,
        key: key.and_then(|node| section.mention(Mentioned::Key, node)),
        point_in_time_recovery: recovery.and_then(|n| reader.boolean(n)).unwrap_or(false),
    })
}
