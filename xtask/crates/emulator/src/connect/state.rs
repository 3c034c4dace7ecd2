//! What the control plane of the emulated Connect remembers, and how it is looked up.
//!
//! Only data and lookups; what an operation does to it is in the file of its resource kind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flow::model::{Flow, FlowType};
use indexmap::{IndexMap, IndexSet};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::hours::Hours;

/// Tags of a resource.
pub(crate) type Tags = BTreeMap<String, String>;

/// The records of one kind on one instance, by id, in the order of their creation.
pub(crate) type Shelf<T> = IndexMap<String, T>;

/// The control plane of the account in its region.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) instances: IndexMap<String, Instance>,
    /// How long a new instance stays in `CREATION_IN_PROGRESS`.
    pub(crate) creation_delay: Duration,
    /// When instances were created and deleted.
    pub(super) instance_changes: Vec<Timestamp>,
    /// What was created under a `ClientToken`, by operation and token.
    pub(super) tokens: BTreeMap<(&'static str, String), TokenUse>,
}

/// A request that carried a `ClientToken` and the id of what it created.
#[derive(Clone)]
pub(super) struct TokenUse {
    pub(super) request: Value,
    pub(super) id: String,
}

impl State {
    /// The instance of this id or ARN.
    pub(crate) fn instance(&self, id_or_arn: &str) -> Option<&Instance> {
        self.instances.get(instance_id(id_or_arn))
    }

    /// The instance of this id or ARN, to change it.
    pub(crate) fn instance_mut(&mut self, id_or_arn: &str) -> Option<&mut Instance> {
        self.instances.get_mut(instance_id(id_or_arn))
    }
}

/// The id inside an instance ARN or the ARN of something on an instance; else the text itself.
pub(super) fn instance_id(id_or_arn: &str) -> &str {
    match id_or_arn.split_once(":instance/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => id_or_arn,
    }
}

/// One Amazon Connect instance and everything on it.
#[derive(Clone, Default)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) alias: Option<String>,
    pub(crate) identity_management: String,
    pub(crate) created: Timestamp,
    /// Before this time the instance is in `CREATION_IN_PROGRESS`.
    pub(crate) active_from: Timestamp,
    /// Why it never becomes active: from then on it is in `CREATION_FAILED`.
    pub(crate) failure: Option<String>,
    pub(crate) tags: Tags,
    /// By the name of the attribute type, for example `CONTACTFLOW_LOGS`.
    pub(crate) attributes: IndexMap<&'static str, bool>,
    /// By association id.
    pub(crate) storage: IndexMap<String, StorageAssociation>,
    pub(crate) origins: IndexSet<String>,
    /// ARNs as they were given to AssociateLambdaFunction.
    pub(crate) lambdas: IndexSet<String>,
    /// Lex bots as they were given to AssociateBot: `LexBot` or `LexV2Bot` objects.
    pub(crate) bots: Vec<Value>,
    pub(crate) flows: Shelf<FlowRecord>,
    pub(crate) modules: Shelf<ModuleRecord>,
    pub(crate) queues: Shelf<Queue>,
    pub(crate) hours: Shelf<Hours>,
    pub(crate) routing_profiles: Shelf<RoutingProfile>,
    pub(crate) security_profiles: Shelf<SecurityProfile>,
    pub(crate) users: Shelf<Plain>,
    pub(crate) agent_statuses: Shelf<Plain>,
    pub(crate) prompts: Shelf<Prompt>,
    pub(crate) quick_connects: Shelf<QuickConnect>,
    pub(crate) views: Shelf<View>,
    pub(crate) phone_numbers: Shelf<Plain>,
    pub(crate) integrations: Shelf<Plain>,
}

/// A storage configuration of an instance.
#[derive(Clone, Debug)]
pub(crate) struct StorageAssociation {
    /// For example `CHAT_TRANSCRIPTS`.
    pub(crate) resource_type: String,
    /// The `InstanceStorageConfig` as it was given, with its `AssociationId`.
    pub(crate) config: Value,
}

/// What every resource on an instance has.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) modified: Timestamp,
}

/// The kinds of resource that have an ARN below that of their instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Flow,
    Module,
    Queue,
    Hours,
    RoutingProfile,
    SecurityProfile,
    User,
    AgentStatus,
    Prompt,
    QuickConnect,
    View,
    Integration,
}

impl Kind {
    /// How messages call it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Kind::Flow => "flow",
            Kind::Module => "module",
            Kind::Queue => "queue",
            Kind::Hours => "hours of operation",
            Kind::RoutingProfile => "routing profile",
            Kind::SecurityProfile => "security profile",
            Kind::User => "user",
            Kind::AgentStatus => "agent status",
            Kind::Prompt => "prompt",
            Kind::QuickConnect => "quick connect",
            Kind::View => "view",
            Kind::Integration => "integration association",
        }
    }

    /// The segment of the ARN between the instance and the id.
    pub(crate) fn arn_segment(self) -> &'static str {
        match self {
            Kind::Flow => "contact-flow",
            Kind::Module => "flow-module",
            Kind::Queue => "queue",
            Kind::Hours => "operating-hours",
            Kind::RoutingProfile => "routing-profile",
            Kind::SecurityProfile => "security-profile",
            Kind::User => "agent",
            Kind::AgentStatus => "agent-state",
            Kind::Prompt => "prompt",
            Kind::QuickConnect => "transfer-destination",
            Kind::View => "view",
            Kind::Integration => "integration-association",
        }
    }
}

/// A record that has a [`Head`].
pub(crate) trait Record {
    const KIND: Kind;

    fn head(&self) -> &Head;
    fn head_mut(&mut self) -> &mut Head;
}

macro_rules! records {
    ($($record:ty => $kind:ident),* $(,)?) => {$(
        impl Record for $record {
            const KIND: Kind = Kind::$kind;

            fn head(&self) -> &Head {
                &self.head
            }

            fn head_mut(&mut self) -> &mut Head {
                &mut self.head
            }
        }
    )*};
}

records! {
    FlowRecord => Flow,
    ModuleRecord => Module,
    Queue => Queue,
    Hours => Hours,
    RoutingProfile => RoutingProfile,
    SecurityProfile => SecurityProfile,
    QuickConnect => QuickConnect,
    Prompt => Prompt,
    View => View,
}

/// A flow: what is published and what is only saved, apart from each other.
#[derive(Clone)]
pub(crate) struct FlowRecord {
    pub(crate) head: Head,
    pub(crate) flow_type: FlowType,
    /// `ACTIVE` is true, `ARCHIVED` is false.
    pub(crate) active: bool,
    /// Born with the instance as the default of its type.
    pub(crate) is_default: bool,
    /// `:$SAVED`, where it differs from what is published; `None` when nothing is unpublished.
    pub(crate) draft: Option<Content>,
    /// Absent until the flow is first published.
    pub(crate) published: Option<Arc<PublishedFlow>>,
    /// Only flows of the type CAMPAIGN have versions.
    pub(crate) versions: BTreeMap<u64, FlowVersion>,
    /// The number of the last version; numbers are not used again.
    pub(crate) last_version: u64,
}

impl FlowRecord {
    /// A flow without content.
    pub(super) fn new(head: Head, flow_type: FlowType) -> Self {
        Self {
            head,
            flow_type,
            active: true,
            is_default: false,
            draft: None,
            published: None,
            versions: BTreeMap::new(),
            last_version: 0,
        }
    }
}

/// A document as it was sent, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) text: String,
    /// SHA-256 in hexadecimal.
    pub(crate) digest: String,
}

/// The content of a flow as contacts run it.
#[derive(Clone, Debug)]
pub(crate) struct PublishedFlow {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) content: Content,
    pub(crate) flow: Flow,
}

/// An immutable version of a flow.
#[derive(Clone, Debug)]
pub(crate) struct FlowVersion {
    pub(crate) description: Option<String>,
    pub(crate) published: Arc<PublishedFlow>,
}

/// A flow module with its versions and aliases.
#[derive(Clone)]
pub(crate) struct ModuleRecord {
    pub(crate) head: Head,
    pub(crate) active: bool,
    /// `ExternalInvocationConfiguration` as it was given.
    pub(crate) external_invocation: Option<Value>,
    /// `:$SAVED`, where it differs from what is published.
    pub(crate) draft: Option<ModuleContent>,
    /// `:$LATEST`; absent until the module is first published.
    pub(crate) published: Option<Arc<PublishedModule>>,
    pub(crate) versions: BTreeMap<u64, ModuleVersion>,
    /// The number of the last version; numbers are not used again.
    pub(crate) last_version: u64,
    /// By alias id.
    pub(crate) aliases: IndexMap<String, ModuleAlias>,
}

/// The content of a module and the contract that lives beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModuleContent {
    pub(crate) content: Content,
    /// The API's `Settings`: a JSON text with `input`, `resultData` and `transitions`.
    pub(crate) settings: Option<String>,
}

/// A module as flows run it.
#[derive(Clone, Debug)]
pub(crate) struct PublishedModule {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) content: ModuleContent,
    pub(crate) flow: Flow,
}

/// An immutable version of a module.
#[derive(Clone, Debug)]
pub(crate) struct ModuleVersion {
    pub(crate) description: Option<String>,
    pub(crate) published: Arc<PublishedModule>,
}

/// A name that points at a version of a module.
#[derive(Clone, Debug)]
pub(crate) struct ModuleAlias {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: u64,
    pub(crate) description: Option<String>,
    pub(crate) modified: Timestamp,
}

/// A standard queue.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub(crate) head: Head,
    pub(crate) hours_id: String,
    pub(crate) enabled: bool,
    pub(crate) max_contacts: Option<i64>,
    pub(crate) outbound_caller: Option<Value>,
    pub(crate) outbound_email: Option<Value>,
    pub(crate) quick_connect_ids: IndexSet<String>,
}

/// Which queues agents serve, on which channels and how many contacts at once.
#[derive(Clone, Debug)]
pub(crate) struct RoutingProfile {
    pub(crate) head: Head,
    pub(crate) default_outbound_queue_id: String,
    /// `MediaConcurrencies` as they were given.
    pub(crate) concurrencies: Vec<Value>,
    /// By queue id and channel.
    pub(crate) queues: IndexMap<(String, String), QueuePriority>,
    pub(crate) manual_queues: IndexSet<(String, String)>,
    pub(crate) agent_availability_timer: Option<String>,
}

/// How urgently a routing profile serves one of its queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueuePriority {
    pub(crate) priority: i64,
    pub(crate) delay_seconds: i64,
}

/// What people who have it may do.
#[derive(Clone, Debug)]
pub(crate) struct SecurityProfile {
    pub(crate) head: Head,
    pub(crate) permissions: IndexSet<String>,
    /// Further members of its description, as they were given.
    pub(crate) details: Map<String, Value>,
}

/// Where people can transfer a contact to.
#[derive(Clone, Debug)]
pub(crate) struct QuickConnect {
    pub(crate) head: Head,
    /// `QuickConnectConfig` as it was given.
    pub(crate) config: Value,
}

/// A recording that flows play.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    pub(crate) head: Head,
    /// Where it was fetched from; nothing for those that an instance is born with.
    pub(crate) s3_uri: Option<String>,
}

/// A page that flows show to people.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) head: Head,
    pub(crate) created: Timestamp,
    /// `:$SAVED`.
    pub(crate) saved: ViewContent,
    /// `:$LATEST`; absent until the view is first published.
    pub(crate) published: Option<ViewContent>,
    pub(crate) versions: BTreeMap<u64, ViewVersion>,
    /// The number of the last version; numbers are not used again.
    pub(crate) last_version: u64,
}

/// What a view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ViewContent {
    pub(crate) template: Option<String>,
    pub(crate) actions: Vec<Value>,
    /// SHA-256 in hexadecimal.
    pub(crate) digest: String,
}

/// An immutable version of a view.
#[derive(Clone, Debug)]
pub(crate) struct ViewVersion {
    pub(crate) description: Option<String>,
    pub(crate) content: ViewContent,
}

/// A resource that is only listed, found and tagged.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) head: Head,
    /// The members of its summary beside id, ARN, name and the time of its last change.
    pub(crate) details: Value,
}

/// An id or ARN split into the id and what follows its colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) id: &'a str,
    /// `$SAVED`, `$LATEST`, a version, or the id of an alias.
    pub(crate) qualifier: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads an id or an ARN; an ARN of another instance or of another kind is `None`.
    pub(crate) fn parse(text: &'a str, kind: Kind, instance_arn: &str) -> Option<Self> {
        let local = if text.starts_with("arn:") {
            text.strip_prefix(instance_arn)?
                .strip_prefix('/')?
                .strip_prefix(kind.arn_segment())?
                .strip_prefix('/')?
        } else {
            text
        };
        Some(match local.split_once(':') {
            Some((id, qualifier)) => Self {
                id,
                qualifier: Some(qualifier),
            },
            None => Self {
                id: local,
                qualifier: None,
            },
        })
    }
}

/// The draft of a document.
pub(crate) const SAVED: &str = "$SAVED";
/// What is published.
pub(crate) const LATEST: &str = "$LATEST";

impl Instance {
    /// Whether the instance can be worked with yet.
    pub(crate) fn is_active(&self, now: Timestamp) -> bool {
        now >= self.active_from && self.failure.is_none()
    }

    /// The ARN of a resource on this instance.
    pub(crate) fn arn_of(&self, kind: Kind, id: &str) -> String {
        format!("{}/{}/{id}", self.arn, kind.arn_segment())
    }

    /// The published content of the flow of this id or ARN, with `$LATEST` or a version or without.
    /// `None` also when the flow was never published, is archived, or only `$SAVED` is named.
    pub(crate) fn published_flow(&self, id_or_arn: &str) -> Option<Arc<PublishedFlow>> {
        let reference = Reference::parse(id_or_arn, Kind::Flow, &self.arn)?;
        let record = self.flows.get(reference.id)?;
        if !record.active {
            return None;
        }
        match reference.qualifier {
            None | Some(LATEST) => record.published.clone(),
            Some(version) => record
                .versions
                .get(&version.parse().ok()?)
                .map(|version| version.published.clone()),
        }
    }

    /// The module of this id or ARN as it runs: bare and `$LATEST` are the published content, a
    /// version or the **id** of an alias what it names. An alias name finds nothing, as on AWS.
    pub(crate) fn published_module(&self, id_or_arn: &str) -> Option<Arc<PublishedModule>> {
        let reference = Reference::parse(id_or_arn, Kind::Module, &self.arn)?;
        let record = self.modules.get(reference.id)?;
        if !record.active {
            return None;
        }
        let version = match reference.qualifier {
            None | Some(LATEST) => return record.published.clone(),
            Some(qualifier) => match record.aliases.get(qualifier) {
                Some(alias) => alias.version,
                None => qualifier.parse().ok()?,
            },
        };
        record
            .versions
            .get(&version)
            .map(|version| version.published.clone())
    }

    /// The standard queue of this id or ARN.
    pub(crate) fn queue(&self, id_or_arn: &str) -> Option<&Queue> {
        find(&self.queues, id_or_arn, &self.arn)
    }

    /// The hours of operation of this id or ARN.
    pub(crate) fn hours(&self, id_or_arn: &str) -> Option<&Hours> {
        find(&self.hours, id_or_arn, &self.arn)
    }

    /// Whether a queue is open: its hours say so.
    pub(crate) fn queue_is_open(&self, queue: &Queue, now: Timestamp) -> bool {
        self.hours
            .get(&queue.hours_id)
            .is_some_and(|hours| hours.open_at(now))
    }

    /// The flow that runs where nothing names another of this type.
    pub(crate) fn default_flow(&self, flow_type: FlowType) -> Option<Arc<PublishedFlow>> {
        self.flows
            .values()
            .find(|record| record.is_default && record.flow_type == flow_type)
            .and_then(|record| record.published.clone())
    }

    /// Whether flows may invoke this function: it was associated exactly so.
    pub(crate) fn has_lambda(&self, function_arn: &str) -> bool {
        self.lambdas.contains(function_arn)
    }

    /// The value of an instance attribute such as `CONTACTFLOW_LOGS`.
    pub(crate) fn attribute(&self, attribute_type: &str) -> bool {
        self.attributes
            .get(attribute_type)
            .copied()
            .unwrap_or(false)
    }
}

/// The record of this id or ARN; a qualifier is not accepted.
pub(super) fn find<'a, T: Record>(
    shelf: &'a Shelf<T>,
    id_or_arn: &str,
    instance_arn: &str,
) -> Option<&'a T> {
    let reference = Reference::parse(id_or_arn, T::KIND, instance_arn)?;
    match reference.qualifier {
        None => shelf.get(reference.id),
        Some(_) => None,
    }
}
