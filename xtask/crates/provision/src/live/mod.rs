//! What there is, as far as the desired resources are concerned: read once, then only looked at.

mod aliases;
pub(crate) mod connect;
mod describe;
mod flows;
mod functions;
mod inventory;
mod leftovers;
pub(crate) mod media;
mod observe;
pub(crate) mod people;
mod quotas;
mod read;
mod storage;
mod streaming;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use flow::bind::Bindings;
use flow::model::{DocumentKind, Flow};
use jiff::Timestamp;
use serde_json::Value as Json;

pub(crate) use aliases::list as list_aliases;
pub(crate) use connect::Listed;
pub use describe::Which;
pub(crate) use describe::{Described, describe, describe_by_id};
pub(crate) use flows::{list_all_flows, list_all_modules, list_prompts, list_views};
pub(crate) use functions::{configuration, policy as function_policy, state};
pub use inventory::{Inventory, LiveDocument, Waiting, Wanted, inventory, waiting};
pub(crate) use leftovers::{our_documents, our_old_functions};
pub use observe::{Object, Observed, observe};
pub(crate) use people::Places;
pub(crate) use quotas::list as quotas;
pub use read::{read_live, read_live_for};
pub(crate) use storage::{EXPIRY_RULE, KEY_POLICY, bucket_tags, everything, queue_url};
pub(crate) use streaming::ROLE_POLICY;
pub use versions::{Versions, versions};

use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::{EventSettings, FunctionSettings, Place};
use crate::infra::{HoursSpec, RoutedQueue};
use crate::scope::Scope;
use crate::tags::Tags;

/// The ARN of the instance, if there is one.
pub async fn instance_arn(clients: &Clients, scope: &Scope) -> Result<Option<String>, ApiError> {
    let found = connect::instance(clients, &scope.alias).await?;
    Ok(found.map(|instance| instance.remote.arn))
}

/// What there is on AWS of what should be. What is not in here does not exist.
#[derive(Clone, Debug, Default)]
pub struct Live {
    pub(crate) instance: Option<LiveInstance>,
    /// The ids of instances of the same alias that could not be made.
    pub(crate) failed_creations: Vec<String>,
    /// By the API's names.
    pub(crate) attributes: BTreeMap<String, bool>,
    /// By the API's name of the kind of data.
    pub(crate) storage: BTreeMap<String, LiveStorage>,
    pub(crate) origins: BTreeSet<String>,
    pub(crate) hours: BTreeMap<String, LiveHours>,
    pub(crate) queues: BTreeMap<String, LiveQueue>,
    pub(crate) routing_profiles: BTreeMap<String, LiveRoutingProfile>,
    pub(crate) keys: BTreeMap<String, LiveKey>,
    pub(crate) buckets: BTreeMap<String, LiveBucket>,
    pub(crate) dead_letters: BTreeMap<String, LiveDeadLetters>,
    pub(crate) security_profiles: BTreeMap<String, LiveSecurityProfile>,
    pub(crate) quick_connects: BTreeMap<String, LiveQuickConnect>,
    /// The names of the quick connects that a queue offers, by their ids, by the name of the queue.
    pub(crate) queue_quick_connects: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) prompts: BTreeMap<String, LivePrompt>,
    pub(crate) views: BTreeMap<String, LiveView>,
    /// ARNs of aliases that flows of the instance may ask.
    pub(crate) lex_bots: BTreeSet<String>,
    /// ARNs of what no binding has, since flows do not refer to it or not in this layer.
    pub(crate) arns: BTreeMap<ResourceAddr, String>,
    /// Ids of all flows by their titles, where flows were listed.
    pub(crate) flow_titles: BTreeMap<String, String>,
    /// Ids by the name with which somebody signs in, if quick connects need them.
    pub(crate) users: BTreeMap<String, String>,
    pub(crate) topics: BTreeMap<String, LiveTopic>,
    pub(crate) tables: BTreeMap<String, LiveTable>,
    pub(crate) roles: BTreeMap<String, LiveRole>,
    pub(crate) log_groups: BTreeMap<String, LiveLogGroup>,
    pub(crate) functions: BTreeMap<String, LiveFunction>,
    /// What Lambda calls the state of a function's latest code and configuration, by its name.
    pub(crate) revisions: BTreeMap<String, String>,
    /// Function ARNs that flows of the instance may invoke.
    pub(crate) associations: BTreeSet<String>,
    /// By the name of the function.
    pub(crate) subscriptions: BTreeMap<String, LiveSubscription>,
    pub(crate) flows: BTreeMap<ResourceAddr, LiveFlow>,
    /// By the name of the module.
    pub(crate) aliases: BTreeMap<String, LiveAlias>,
    /// Addresses whose name more than one live thing has.
    pub(crate) ambiguous: BTreeSet<ResourceAddr>,
    pub(crate) bindings: Bindings,
    /// How many there are, of what was listed.
    pub(crate) counts: BTreeMap<ResourceKind, usize>,
    /// How many there may be by the codes of Service Quotas, if it was asked and answered.
    pub(crate) quotas: BTreeMap<String, usize>,
    /// What is ours and no longer in the sources.
    pub(crate) leftovers: BTreeMap<ResourceAddr, Leftover>,
    /// The flows and modules of others; read only if something is to be deleted.
    pub(crate) referrers: Vec<Referrer>,
}

/// Something that we deployed once and our sources have no more.
#[derive(Clone, Debug)]
pub(crate) enum Leftover {
    Document {
        id: String,
        /// Nothing if it was not asked for, was never published or cannot be read.
        content: Option<Flow>,
    },
    Function(LeftoverFunction),
}

impl Leftover {
    /// The id of a flow or module.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Leftover::Document { id, .. } => Some(id),
            Leftover::Function(_) => None,
        }
    }
}

/// A function with what leads to it.
#[derive(Clone, Debug)]
pub(crate) struct LeftoverFunction {
    pub(crate) is_associated: bool,
    /// Their ARNs.
    pub(crate) subscriptions: Vec<String>,
}

/// A flow or module that is not ours.
#[derive(Clone, Debug)]
pub(crate) struct Referrer {
    pub(crate) title: String,
    /// The text of what is published.
    pub(crate) content: String,
}

impl Live {
    /// What the symbolic references stand for, as far as it exists.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// As if there were this instance, where only what stands around one is of interest.
    #[must_use]
    pub fn with_instance(mut self, remote: InstanceRef) -> Self {
        self.instance = Some(LiveInstance {
            remote,
            status: "ACTIVE".to_owned(),
            tags: None,
            identity: None,
        });
        self
    }

    /// The ARNs of keys, by name.
    pub(crate) fn key_arns(&self) -> BTreeMap<String, String> {
        let keys = self.keys.iter();
        keys.map(|(name, key)| (name.clone(), key.arn.clone()))
            .collect()
    }

    /// The instance, if there is one.
    pub fn instance(&self) -> Option<&InstanceRef> {
        self.instance.as_ref().map(|instance| &instance.remote)
    }
}

/// How AWS knows the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceRef {
    pub id: String,
    pub arn: String,
}

impl LiveInstance {
    /// Whether somebody, perhaps we in an earlier run, has asked for it and it is not there yet.
    pub(crate) fn is_being_created(&self) -> bool {
        self.status == "CREATION_IN_PROGRESS"
    }
}

#[derive(Clone, Debug)]
pub(crate) struct LiveInstance {
    pub(crate) remote: InstanceRef,
    pub(crate) status: String,
    /// Nothing if they were not asked for.
    pub(crate) tags: Option<Tags>,
    pub(crate) identity: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveStorage {
    pub(crate) association_id: String,
    /// Nothing if it is neither a bucket nor a stream of data.
    pub(crate) place: Option<Place>,
    /// The ARN of the key that encrypts it.
    pub(crate) key: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct LiveKey {
    pub(crate) arn: String,
    /// As the API spells it: `Enabled`.
    pub(crate) state: String,
    /// Whether its material is replaced every year.
    pub(crate) turns: bool,
    /// Not read of keys that the environment names.
    pub(crate) policy: Option<Json>,
    pub(crate) tags: Tags,
}

/// A bucket that is there.
#[derive(Clone, Debug)]
pub(crate) enum LiveBucket {
    /// It carries no tag of ours, or may not be looked at.
    NotOurs,
    Ours(BucketState),
}

#[derive(Clone, Debug)]
pub(crate) struct BucketState {
    /// Whether all public access is blocked.
    pub(crate) is_closed: bool,
    /// The key that encrypts it, if it is not the one of S3 itself.
    pub(crate) key: Option<String>,
    pub(crate) expire_after_days: Option<i32>,
    pub(crate) cors: Vec<String>,
    pub(crate) policy: Option<Json>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveDeadLetters {
    pub(crate) keep_seconds: i64,
    pub(crate) key: Option<String>,
    pub(crate) policy: Option<Json>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveHours {
    pub(crate) spec: HoursSpec,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveQueue {
    pub(crate) description: Option<String>,
    pub(crate) hours_id: String,
    pub(crate) max_contacts: Option<i32>,
    pub(crate) enabled: bool,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveRoutingProfile {
    pub(crate) description: String,
    pub(crate) chats_at_once: Option<i32>,
    pub(crate) default_outbound_queue_id: String,
    /// Queues are named by their ids.
    pub(crate) queues: Vec<RoutedQueue>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveSecurityProfile {
    pub(crate) description: Option<String>,
    pub(crate) permissions: BTreeSet<String>,
    pub(crate) only_tagged: Tags,
    pub(crate) only_tagged_kinds: BTreeSet<String>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveQuickConnect {
    pub(crate) description: Option<String>,
    pub(crate) to: LiveDestination,
    pub(crate) tags: Tags,
}

/// Where a quick connect leads, in ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LiveDestination {
    Queue {
        queue: String,
        flow: String,
    },
    User {
        user: String,
        flow: String,
    },
    Phone(String),
    Flow(String),
    /// Somewhere that our sources cannot name.
    Other,
}

#[derive(Clone, Debug)]
pub(crate) struct LivePrompt {
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveView {
    pub(crate) description: Option<String>,
    /// Published or as a draft, as our sources ask; nothing if it was never published and should be.
    pub(crate) content: Option<LiveViewContent>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LiveViewContent {
    pub(crate) template: Json,
    pub(crate) actions: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveTopic {
    pub(crate) policy: Json,
    pub(crate) key: Option<String>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveTable {
    pub(crate) partition_key: String,
    pub(crate) sort_key: Option<String>,
    pub(crate) time_to_live: Option<String>,
    /// The ARN of the key that encrypts it, if it is not the one of DynamoDB itself.
    pub(crate) key: Option<String>,
    pub(crate) point_in_time_recovery: bool,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveRole {
    pub(crate) trust: Json,
    /// Nothing if the role has no policy of our name.
    pub(crate) policy: Option<Json>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveLogGroup {
    pub(crate) retention_days: Option<i32>,
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveFunction {
    /// What was uploaded last.
    pub(crate) latest: FunctionState,
    /// What the alias `live` points to.
    pub(crate) live: Option<FunctionState>,
    /// The number of that version.
    pub(crate) live_version: Option<String>,
    /// The digests of the code of its versions by their numbers; listed where an earlier one is
    /// wanted.
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) tags: Tags,
    /// The policy of the alias.
    pub(crate) policy: Option<Json>,
    /// Of the alias. Not read if nothing is desired.
    pub(crate) events: Option<EventSettings>,
}

/// Code and configuration of one version of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionState {
    pub(crate) settings: FunctionSettings,
    pub(crate) sha256: String,
    pub(crate) architecture: String,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveSubscription {
    pub(crate) arn: String,
    pub(crate) filter: Option<Json>,
    /// The ARN of the queue for what cannot be delivered.
    pub(crate) undelivered: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveFlow {
    pub(crate) kind: DocumentKind,
    pub(crate) description: Option<String>,
    pub(crate) archived: bool,
    pub(crate) tags: Tags,
    /// As it is on the instance, with ARNs. Nothing if it was never published or cannot be read.
    pub(crate) content: Option<Flow>,
    /// What somebody saved beside that and did not publish; looked for where the content changes.
    pub(crate) draft: Option<Draft>,
}

/// A version that was saved and not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// When something of the flow changed last, which says less than when it was saved.
    pub(crate) modified: Option<Timestamp>,
}

/// The alias of a module.
#[derive(Clone, Debug)]
pub(crate) struct LiveAlias {
    pub(crate) id: String,
    pub(crate) version: i64,
    /// Of that version, with ARNs. Nothing if it was not asked for or cannot be read.
    pub(crate) content: Option<Flow>,
}
