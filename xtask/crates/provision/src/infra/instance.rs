//! The section `instance`: the Amazon Connect instance itself.

use super::{Mentioned, Section};
use crate::rules;
use crate::yaml::Node;

/// The instance as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceSpec {
    pub identity: IdentityManagement,
    pub inbound_calls: bool,
    pub outbound_calls: bool,
    /// Attributes that are managed; the others stay as they are.
    pub attributes: Vec<AttributeSpec>,
    pub storage: Vec<StorageSpec>,
    pub approved_origins: Vec<String>,
    /// The Lex bots that flows may ask, by the names under which environments know their aliases.
    pub lex_bots: Vec<String>,
    /// How many days the log group of the flows keeps what it has.
    pub flow_log_retention_days: Option<i32>,
}

/// Who manages the people who sign in; fixed when the instance is created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdentityManagement {
    #[default]
    ConnectManaged,
    Saml,
}

impl IdentityManagement {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            IdentityManagement::ConnectManaged => "CONNECT_MANAGED",
            IdentityManagement::Saml => "SAML",
        }
    }
}

/// An instance attribute and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeSpec {
    /// As sources write it: `contactflow_logs`.
    pub name: &'static str,
    pub value: bool,
}

impl AttributeSpec {
    /// As the API spells it: `CONTACTFLOW_LOGS`.
    pub fn api_name(&self) -> String {
        self.name.to_ascii_uppercase()
    }
}

/// Where the instance stores one kind of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageSpec {
    /// As sources write it: `chat_transcripts`.
    pub kind: &'static str,
    pub place: PlaceSpec,
    /// What encrypts what is stored.
    pub key: Option<String>,
}

/// A place for one kind of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceSpec {
    Bucket {
        /// The name under which environments know the bucket.
        bucket: String,
        prefix: String,
    },
    /// The name under which environments know the stream.
    Stream(String),
}

impl StorageSpec {
    /// As the API spells it: `CHAT_TRANSCRIPTS`.
    pub fn api_name(&self) -> String {
        self.kind.to_ascii_uppercase()
    }
}

/// `InstanceAttributeType` of the service model without what has its own keys.
pub(crate) const ATTRIBUTES: [&str; 11] = [
    "contactflow_logs",
    "contact_lens",
    "auto_resolve_best_voices",
    "use_custom_tts_voices",
    "early_media",
    "multi_party_conference",
    "high_volume_outbound",
    "enhanced_contact_monitoring",
    "enhanced_chat_monitoring",
    "multi_party_chat_conference",
    "message_streaming",
];

/// The storage resource types of the service model that take a bucket.
pub(crate) const STORAGE: [&str; 6] = [
    "chat_transcripts",
    "call_recordings",
    "scheduled_reports",
    "attachments",
    "contact_evaluations",
    "screen_recordings",
];

/// Those that take a stream of Kinesis or Firehose.
pub(crate) const STREAMS: [&str; 4] = [
    "contact_trace_records",
    "agent_events",
    "real_time_contact_analysis_segments",
    "real_time_contact_analysis_chat_segments",
];

/// The retention times in days that CloudWatch Logs takes.
pub(crate) const RETENTION_DAYS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

pub(super) fn read(section: &mut Section<'_>, node: &Node) -> Option<InstanceSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "an instance")?;
    let identity = fields.optional("identity").and_then(|node| {
        let words = [
            ("connect_managed", IdentityManagement::ConnectManaged),
            ("saml", IdentityManagement::Saml),
        ];
        reader.word(node, &words)
    });
    let inbound = fields.optional("inbound_calls");
    let outbound = fields.optional("outbound_calls");
    let attributes = fields.optional("attributes");
    let storage = fields.optional("storage");
    let origins = fields.optional("approved_origins");
    let lex_bots = fields.optional("lex_bots");
    let retention = fields.optional("flow_log_retention");
    fields.finish();
    Some(InstanceSpec {
        identity: identity.unwrap_or_default(),
        inbound_calls: inbound.and_then(|n| reader.boolean(n)).unwrap_or(false),
        outbound_calls: outbound.and_then(|n| reader.boolean(n)).unwrap_or(false),
        attributes: attributes
            .map(|n| read_attributes(section, n))
            .unwrap_or_default(),
        storage: storage
            .map(|n| read_storage(section, n))
            .unwrap_or_default(),
        approved_origins: origins
            .map(|n| read_origins(section, n))
            .unwrap_or_default(),
        lex_bots: lex_bots
            .map(|n| read_lex_bots(section, n))
            .unwrap_or_default(),
        flow_log_retention_days: retention.and_then(|n| retention_days(section, n)),
    })
}

fn read_attributes(section: &mut Section<'_>, node: &Node) -> Vec<AttributeSpec> {
    let reader = section.reader;
    let Some(mut fields) = reader.fields(node, "the attributes of an instance") else {
        return Vec::new();
    };
    let specs = ATTRIBUTES.into_iter().filter_map(|name| {
        let value = reader.boolean(fields.optional(name)?)?;
        Some(AttributeSpec { name, value })
    });
    let specs = specs.collect();
    fields.finish();
    specs
}

fn read_storage(section: &mut Section<'_>, node: &Node) -> Vec<StorageSpec> {
    let reader = section.reader;
    let Some(mut fields) = reader.fields(node, "the storage of an instance") else {
        return Vec::new();
    };
    let mut specs = Vec::new();
    for kind in STORAGE {
        if let Some(node) = fields.optional(kind) {
            specs.extend(read_bucket(section, kind, node));
        }
    }
    for kind in STREAMS {
        if let Some(node) = fields.optional(kind) {
            specs.extend(read_stream(section, kind, node));
        }
    }
    fields.finish();
    specs
}

fn read_bucket(section: &mut Section<'_>, kind: &'static str, node: &Node) -> Option<StorageSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a storage place")?;
    let bucket = fields.required("bucket");
    let prefix = fields.required("prefix").and_then(|node| reader.text(node));
    let key = fields.optional("key");
    fields.finish();
    let bucket = bucket.and_then(|node| section.mention(Mentioned::Bucket, node));
    let key = key.and_then(|node| section.mention(Mentioned::Key, node));
    let place = PlaceSpec::Bucket {
        bucket: bucket?,
        prefix: prefix?,
    };
    Some(StorageSpec { kind, place, key })
}

fn read_stream(section: &mut Section<'_>, kind: &'static str, node: &Node) -> Option<StorageSpec> {
    let mut fields = section.reader.fields(node, "a storage place")?;
    let stream = fields.required("stream");
    fields.finish();
    let stream = stream.and_then(|node| section.mention(Mentioned::Stream, node))?;
    Some(StorageSpec {
        kind,
        place: PlaceSpec::Stream(stream),
        key: None,
    })
}

pub(super) fn read_origins(section: &mut Section<'_>, node: &Node) -> Vec<String> {
    let reader = section.reader;
    let mut origins = Vec::new();
    for item in reader.list(node).unwrap_or_default() {
        let Some(origin) = reader.text(item) else {
            continue;
        };
        let (scheme, host) = origin.split_once("://").unwrap_or(("", ""));
        if !matches!(scheme, "https" | "http") || host.is_empty() || host.contains('/') {
            let headline = format!("`{origin}` is not an origin");
            let label = "expected scheme and host, for example `https://www.example.com`";
            reader.report(rules::INVALID_VALUE, headline, item.range.clone(), label);
        } else {
            origins.push(origin);
        }
    }
    origins
}

fn read_lex_bots(section: &mut Section<'_>, node: &Node) -> Vec<String> {
    let items = section.reader.list(node).unwrap_or_default().iter();
    let names = items.filter_map(|item| section.mention(Mentioned::LexBot, item));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A retention time that CloudWatch Logs takes, in days.
pub(super) fn retention_days(section: &Section<'_>, node: &Node) -> Option<i32> {
    let reader = section.reader;
    let days = reader.seconds(node)? / 86_400;
    let days = i32::try_from(days)
        .ok()
        .filter(|days| RETENTION_DAYS.contains(days));
    if days.is_none() {
        let allowed: Vec<String> = RETENTION_DAYS
            .iter()
            .map(|days| format!("{days}d"))
            .collect();
        let headline = "a retention that CloudWatch Logs does not take";
        let span = reader.span(node.range.clone());
        let help = format!("it takes {}", allowed.join(", "));
        reader.push(rules::INVALID_VALUE.at(headline, span, "").with_help(help));
    }
    days
}
