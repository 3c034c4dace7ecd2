//! Taking everything away again: what is ours, in the order in which nothing is called that is gone.
//!
//! What is ours is told by its tags, whatever the sources say by now; what is not stays and is named.
//! Planning is a pure function of what was read; deleting decides nothing, and what is gone already is
//! as it should be, so that a run that was cut short is simply run again.

mod delete;
mod read;
pub mod view;

use std::collections::BTreeSet;

pub use delete::{DestroyError, DestroyEvent, destroy};
pub use read::{Found, read};

use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::ledger;
use crate::live::{InstanceRef, Live, LiveBucket};
use crate::tags::{self, Tags};

/// What somebody chose.
#[derive(Clone, Copy, Debug, Default)]
pub struct DestroyChoices {
    /// The instance stays, and what is on it and not ours.
    pub keep_instance: bool,
    /// Buckets go with what is in them.
    pub empty_buckets: bool,
}

/// Everything that goes, in its order, and what stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destruction {
    pub deletions: Vec<Deletion>,
    pub kept: Vec<Kept>,
    /// Flows and modules on the instance that are not ours and go with it, by title.
    pub others: Vec<String>,
    /// Whether an instance goes.
    pub ends_instance: bool,
    pub(crate) instance: Option<InstanceRef>,
}

/// Something that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    pub addr: ResourceAddr,
    /// What AWS calls it.
    pub remote: String,
    pub(crate) call: DeleteCall,
}

/// How something goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeleteCall {
    Unsubscribe,
    Flow,
    Module,
    Disassociate,
    Function,
    Topic,
    Queue,
    Table,
    Role,
    LogGroup,
    StorageConfig { resource_type: String },
    RoutingProfile,
    ContactQueue,
    Hours,
    Instance,
    Bucket { with_objects: bool },
    Key { alias: String, is_going: bool },
}

/// Something that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub addr: ResourceAddr,
    pub remote: String,
    pub why: KeptBecause,
}

/// Why something stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptBecause {
    /// It has no tag of ours, or another's.
    NotOurs,
    /// Objects are in it.
    NotEmpty,
    /// Somebody wanted the instance to stay.
    Asked,
    /// The environment names it, and it was there before.
    Existing,
}

impl KeptBecause {
    /// As people read it.
    pub fn text(&self) -> &'static str {
        match self {
            KeptBecause::NotOurs => "not made by us",
            KeptBecause::NotEmpty => "not empty; --empty-buckets deletes what is in it",
            KeptBecause::Asked => "--keep-instance",
            KeptBecause::Existing => "named by the environment, not made by us",
        }
    }

    /// For machines.
    pub fn as_str(&self) -> &'static str {
        match self {
            KeptBecause::NotOurs => "not_ours",
            KeptBecause::NotEmpty => "not_empty",
            KeptBecause::Asked => "asked",
            KeptBecause::Existing => "existing",
        }
    }
}

impl Destruction {
    /// Whether there is nothing to delete.
    pub fn is_empty(&self) -> bool {
        self.deletions.is_empty()
    }
}

/// Plans what goes, in an order in which what calls goes before what it calls, and what writes before
/// what it writes to. The table that knows what was deployed goes last.
pub fn plan(desired: &Desired, found: &Found, choices: DestroyChoices) -> Destruction {
    let mut planning = Planning {
        desired,
        out: Destruction {
            instance: found.foundation.instance().cloned(),
            ..Destruction::default()
        },
    };
    let ends_instance = found.owns_instance() && !choices.keep_instance;
    planning.documents(found);
    planning.functions(&found.release);
    for name in &found.old_functions {
        let remote = desired.scope.remote_name(name);
        planning.delete(ResourceKind::Lambda, name, &remote, DeleteCall::Function);
    }
    planning.around(&found.foundation);
    if ends_instance {
        planning.others(found);
    } else {
        planning.on_instance(&found.foundation);
    }
    planning.instance(found, choices);
    planning.buckets(found, choices);
    planning.keys(&found.foundation);
    planning.table(&found.foundation, ledger::TABLE);
    planning.out.ends_instance = ends_instance;
    planning.out
}

struct Planning<'a> {
    desired: &'a Desired,
    out: Destruction,
}

impl Planning<'_> {
    fn delete(&mut self, kind: ResourceKind, name: &str, remote: &str, call: DeleteCall) {
        self.out.deletions.push(Deletion {
            addr: ResourceAddr::new(kind, name),
            remote: remote.to_owned(),
            call,
        });
    }

    fn keep(&mut self, kind: ResourceKind, name: &str, remote: &str, why: KeptBecause) {
        self.out.kept.push(Kept {
            addr: ResourceAddr::new(kind, name),
            remote: remote.to_owned(),
            why,
        });
    }

    /// Deletes what carries our tags and says of the rest that it stays.
    fn if_ours(
        &mut self,
        kind: ResourceKind,
        name: &str,
        remote: &str,
        tags: &Tags,
        call: DeleteCall,
    ) {
        match is_ours(tags) {
            true => self.delete(kind, name, remote, call),
            false => self.keep(kind, name, remote, KeptBecause::NotOurs),
        }
    }

    /// Flows before modules, which flows invoke.
    fn documents(&mut self, found: &Found) {
        for (kind, call) in [
            (ResourceKind::Flow, DeleteCall::Flow),
            (ResourceKind::Module, DeleteCall::Module),
        ] {
            for document in found.documents.iter().filter(|it| it.addr.kind == kind) {
                let name = document.addr.name.clone();
                self.delete(kind, &name, &document.id, call.clone());
            }
        }
    }

    fn functions(&mut self, live: &Live) {
        for (name, subscription) in &live.subscriptions {
            let ours = live.functions.get(name).is_some_and(|it| is_ours(&it.tags));
            if ours {
                let kind = ResourceKind::Subscription;
                self.delete(kind, name, &subscription.arn, DeleteCall::Unsubscribe);
            }
        }
        for (name, function) in &live.functions {
            let alias = self.desired.scope.live_alias_arn(name);
            if live.associations.contains(&alias) && is_ours(&function.tags) {
                let kind = ResourceKind::Association;
                self.delete(kind, name, &alias, DeleteCall::Disassociate);
            }
        }
        for (name, function) in &live.functions {
            let remote = self.desired.scope.remote_name(name);
            let call = DeleteCall::Function;
            self.if_ours(ResourceKind::Lambda, name, &remote, &function.tags, call);
        }
    }

    fn around(&mut self, live: &Live) {
        let scope = &self.desired.scope.clone();
        for (name, topic) in &live.topics {
            let arn = scope.topic_arn(name);
            self.if_ours(
                ResourceKind::Topic,
                name,
                &arn,
                &topic.tags,
                DeleteCall::Topic,
            );
        }
        for (name, queue) in &live.dead_letters {
            let remote = scope.remote_name(name);
            let kind = ResourceKind::DeadLetters;
            self.if_ours(kind, name, &remote, &queue.tags, DeleteCall::Queue);
        }
        for name in live.tables.keys().filter(|name| *name != ledger::TABLE) {
            self.table(live, name);
        }
        for (name, role) in &live.roles {
            let remote = scope.remote_name(name);
            self.if_ours(
                ResourceKind::Role,
                name,
                &remote,
                &role.tags,
                DeleteCall::Role,
            );
        }
        for (name, group) in &live.log_groups {
            let remote = &self.desired.log_groups[name].remote_name.clone();
            let kind = ResourceKind::LogGroup;
            self.if_ours(kind, name, remote, &group.tags, DeleteCall::LogGroup);
        }
    }

    fn table(&mut self, live: &Live, name: &str) {
        if let Some(table) = live.tables.get(name) {
            let remote = self.desired.scope.remote_name(name);
            let kind = ResourceKind::Table;
            self.if_ours(kind, name, &remote, &table.tags, DeleteCall::Table);
        }
    }

    /// What is ours on an instance that stays: routing profiles before their queues, queues before
    /// their hours, and places of storage whose buckets go.
    fn on_instance(&mut self, live: &Live) {
        for (name, profile) in &live.routing_profiles {
            let kind = ResourceKind::RoutingProfile;
            let call = DeleteCall::RoutingProfile;
            let arn = live.arns.get(&ResourceAddr::new(kind, name));
            let id = arn.map_or("", |arn| crate::remote::id_of(arn));
            self.if_ours(kind, name, id, &profile.tags, call);
        }
        let id = |kind, name: &str| crate::remote::bound_id(&live.bindings, kind, name);
        for (name, queue) in &live.queues {
            let id = id(flow::value::RefKind::Queue, name).unwrap_or_default();
            let call = DeleteCall::ContactQueue;
            self.if_ours(ResourceKind::Queue, name, &id, &queue.tags, call);
        }
        for (name, hours) in &live.hours {
            let id = id(flow::value::RefKind::Hours, name).unwrap_or_default();
            self.if_ours(
                ResourceKind::Hours,
                name,
                &id,
                &hours.tags,
                DeleteCall::Hours,
            );
        }
        let going: BTreeSet<&str> = self
            .desired
            .buckets
            .iter()
            .filter(|(name, _)| matches!(live.buckets.get(*name), Some(LiveBucket::Ours(_))))
            .map(|(_, bucket)| bucket.name.as_str())
            .collect();
        for (kind, storage) in &live.storage {
            let into_ours = match &storage.place {
                Some(crate::desired::Place::Bucket(bucket)) => going.contains(bucket.name.as_str()),
                _ => false,
            };
            if into_ours {
                let call = DeleteCall::StorageConfig {
                    resource_type: kind.clone(),
                };
                let name = kind.to_ascii_lowercase();
                let id = storage.association_id.clone();
                self.delete(ResourceKind::Storage, &name, &id, call);
            }
        }
    }

    fn others(&mut self, found: &Found) {
        self.out.others.clone_from(&found.others);
    }

    fn instance(&mut self, found: &Found, choices: DestroyChoices) {
        let Some(instance) = found.foundation.instance() else {
            return;
        };
        let (kind, alias) = (ResourceKind::Instance, self.desired.scope.alias.clone());
        let id = instance.id.clone();
        match (found.owns_instance(), choices.keep_instance) {
            (false, _) => self.keep(kind, &alias, &id, KeptBecause::NotOurs),
            (true, true) => self.keep(kind, &alias, &id, KeptBecause::Asked),
            (true, false) => self.delete(kind, &alias, &id, DeleteCall::Instance),
        }
    }

    fn buckets(&mut self, found: &Found, choices: DestroyChoices) {
        for (name, bucket) in &self.desired.buckets.clone() {
            let kind = ResourceKind::Bucket;
            match found.foundation.buckets.get(name) {
                None => {}
                Some(LiveBucket::NotOurs) => {
                    self.keep(kind, name, &bucket.name, KeptBecause::NotOurs);
                }
                Some(LiveBucket::Ours(_)) => {
                    let with_objects = found.full_buckets.contains(name);
                    match with_objects && !choices.empty_buckets {
                        true => self.keep(kind, name, &bucket.name, KeptBecause::NotEmpty),
                        false => {
                            let call = DeleteCall::Bucket { with_objects };
                            self.delete(kind, name, &bucket.name, call);
                        }
                    }
                }
            }
        }
    }

    /// A key under which something that stays is encrypted stays as well: nobody could read it.
    fn keys(&mut self, live: &Live) {
        let kept_under: BTreeSet<String> = self
            .out
            .kept
            .iter()
            .filter(|it| it.addr.kind == ResourceKind::Bucket)
            .filter_map(|it| self.desired.buckets.get(&it.addr.name)?.spec.key.clone())
            .collect();
        for (name, key) in &live.keys {
            let kind = ResourceKind::Key;
            if self.desired.keys[name].existing.is_some() {
                self.keep(kind, name, &key.arn, KeptBecause::Existing);
            } else if kept_under.contains(name) {
                self.keep(kind, name, &key.arn, KeptBecause::NotEmpty);
            } else {
                let is_going = key.state == "PendingDeletion";
                let call = DeleteCall::Key {
                    alias: self.desired.scope.key_alias(name),
                    is_going,
                };
                match is_going {
                    // It was ours when its deletion was planned, and tells nothing about itself now.
                    true => self.delete(kind, name, &key.arn, call),
                    false => self.if_ours(kind, name, &key.arn, &key.tags, call),
                }
            }
        }
    }
}

fn is_ours(tags: &Tags) -> bool {
    tags::other_owner(tags).is_none()
}
