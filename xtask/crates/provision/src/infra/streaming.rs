//! The sections `topics` and `tables`: the way of chat messages to the bot, and its memory.

use super::Section;
use crate::yaml::Node;

/// A standard SNS topic to which Connect publishes chat messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicSpec {}

/// A DynamoDB table with a text key, paid by request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSpec {
    pub partition_key: String,
    /// A second text key. The files cannot ask for one; the deployment table has one.
    pub sort_key: Option<String>,
    /// The attribute that says when an item may go, in epoch seconds.
    pub time_to_live: Option<String>,
}

pub(super) fn topic(section: &mut Section<'_>, node: &Node) -> Option<TopicSpec> {
    section.reader.fields(node, "a topic")?.finish();
    Some(TopicSpec {})
}

pub(super) fn table(section: &mut Section<'_>, node: &Node) -> Option<TableSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a table")?;
    let partition_key = fields
        .required("partition_key")
        .and_then(|n| reader.text(n));
    let time_to_live = fields.optional("time_to_live").and_then(|n| reader.text(n));
    fields.finish();
    Some(TableSpec {
        partition_key: partition_key?,
        sort_key: None,
        time_to_live,
    })
}
