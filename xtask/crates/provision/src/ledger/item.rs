//! Records as items of DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flow::model::{DocumentKind, FlowType};
use jiff::Timestamp;

use super::{Before, ModuleAlias, Record, Replaced, Written};
use crate::address::{ResourceAddr, ResourceKind};

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";
pub(super) const DEPLOYED: &str = "deployed";
pub(super) const RELEASE: &str = "release";
pub(super) const COUNTER: &str = "counter";

/// Raised when an attribute is added that older readers must not ignore.
pub(super) const FORMAT: u64 = 1;

/// Of the record of a deletion, which earlier versions would take for something that is there.
const DELETION_FORMAT: u64 = 2;

/// Releases in the order of their numbers.
pub(super) fn release_key(release: u64) -> String {
    format!("{release:010}")
}

pub(super) fn release_rows(release: u64) -> String {
    format!("{RELEASE}#{}", release_key(release))
}

pub(super) fn content_key(digest: &str) -> String {
    format!("content#{digest}")
}

pub(super) fn part_key(n: usize) -> String {
    format!("{n:04}")
}

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// An item with its keys and the version of its format.
pub(super) fn keyed(pk: &str, sk: &str) -> Item {
    [
        (PK.to_owned(), text(pk)),
        (SK.to_owned(), text(sk)),
        ("format".to_owned(), number(FORMAT)),
    ]
    .into()
}

/// A record under a first key.
pub(super) fn record(pk: &str, record: &Record) -> Item {
    let mut item = keyed(pk, &record.addr.to_string());
    let mut put = |name: &str, value: AttributeValue| {
        item.insert(name.to_owned(), value);
    };
    put("release", number(record.release));
    put("at", text(record.at.to_string()));
    put("by", text(&record.by));
    put("digest", text(&record.digest));
    put("arn", text(&record.arn));
    if let Some(commit) = &record.commit {
        put("commit", text(commit));
    }
    if let Some(portable) = &record.portable {
        put("portable", text(portable));
    }
    match &record.what {
        Written::Document {
            title,
            description,
            kind,
            content,
            alias,
        } => {
            if let Some(alias) = alias {
                put("alias", text(&alias.name));
                if let Some(version) = alias.version {
                    put("alias_version", number(version));
                }
            }
            put("title", text(title));
            put("type", text(kind_name(*kind)));
            put("content", text(content));
            if let Some(description) = description {
                put("description", text(description));
            }
        }
        Written::Function { version } => {
            if let Some(version) = version {
                put("version", text(version));
            }
        }
    }
    if record.deleted {
        put("deleted", AttributeValue::Bool(true));
        put("format", number(DELETION_FORMAT));
    }
    if let Some(replaced) = &record.replaced {
        put_replaced(replaced, &mut put);
    }
    item
}

fn put_replaced(replaced: &Replaced, put: &mut impl FnMut(&str, AttributeValue)) {
    if let Some(release) = replaced.release {
        put("replaced_release", number(release));
    }
    put(
        "replaced",
        text(match &replaced.what {
            Before::Nothing => "nothing",
            Before::Same => "same",
            Before::Document { .. } => "document",
            Before::Function { .. } => "function",
        }),
    );
    match &replaced.what {
        Before::Nothing | Before::Same => {}
        Before::Document {
            digest,
            content,
            description,
            is_recorded,
        } => {
            put("replaced_digest", text(digest));
            put("replaced_content", text(content));
            put("replaced_is_recorded", AttributeValue::Bool(*is_recorded));
            if let Some(description) = description {
                put("replaced_description", text(description));
            }
        }
        Before::Function { version } => {
            if let Some(version) = version {
                put("replaced_version", text(version));
            }
        }
    }
}

/// Nothing comes back from a record that does not say.
fn read_replaced(item: &Item) -> Option<Replaced> {
    let owned = |name: &str| get(item, name).map(str::to_owned);
    let what = match get(item, "replaced")? {
        "nothing" => Before::Nothing,
        "same" => Before::Same,
        "document" => Before::Document {
            digest: owned("replaced_digest")?,
            content: owned("replaced_content")?,
            description: owned("replaced_description"),
            is_recorded: item
                .get("replaced_is_recorded")
                .is_some_and(|it| it.as_bool().is_ok_and(|it| *it)),
        },
        "function" => Before::Function {
            version: owned("replaced_version"),
        },
        _ => return None,
    };
    Some(Replaced {
        release: get_number(item, "replaced_release"),
        what,
    })
}

const MODULE: &str = "MODULE";

fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Flow(flow_type) => flow_type.as_str(),
        DocumentKind::Module => MODULE,
    }
}

pub(super) fn get<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn get_number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Reads a record; nothing comes back if it is not one that we write.
pub(super) fn read(item: &Item) -> Option<Record> {
    if get_number(item, "format")? > DELETION_FORMAT {
        return None;
    }
    let addr = address(get(item, SK)?)?;
    let owned = |name: &str| get(item, name).map(str::to_owned);
    let what = match addr.kind {
        ResourceKind::Lambda => Written::Function {
            version: owned("version"),
        },
        _ => Written::Document {
            title: owned("title")?,
            description: owned("description"),
            kind: match get(item, "type")? {
                MODULE => DocumentKind::Module,
                flow_type => DocumentKind::Flow(FlowType::parse(flow_type)?),
            },
            content: owned("content")?,
            alias: owned("alias").map(|name| ModuleAlias {
                name,
                version: get_number(item, "alias_version").and_then(|it| it.try_into().ok()),
            }),
        },
    };
    Some(Record {
        addr,
        release: get_number(item, "release")?,
        at: get(item, "at")?.parse::<Timestamp>().ok()?,
        by: owned("by")?,
        commit: owned("commit"),
        digest: owned("digest")?,
        portable: owned("portable"),
        arn: owned("arn")?,
        what,
        deleted: item
            .get("deleted")
            .is_some_and(|it| it.as_bool().is_ok_and(|it| *it)),
        replaced: read_replaced(item),
    })
}

fn address(text: &str) -> Option<ResourceAddr> {
    let (kind, name) = text.split_once('.')?;
    let kinds = [
        ResourceKind::Flow,
        ResourceKind::Module,
        ResourceKind::Lambda,
    ];
    let kind = kinds.into_iter().find(|it| it.as_str() == kind)?;
    Some(ResourceAddr::new(kind, name))
}
