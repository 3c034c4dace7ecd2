//! What a plan was made from, by resource: digests of what should be and of what was there. Two
//! plans with the same fingerprint are the same plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use flow::canonical::hex_digest;
use flow::model::DocumentKind;
use flow::value::{Ref, RefKind};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::live::Live;

/// Digests by address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    pub prints: BTreeMap<String, Print>,
}

/// Of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Print {
    pub desired: Option<String>,
    pub live: Option<String>,
}

/// Something that is not as it was when a plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub address: String,
    /// `our sources`, `the instance`.
    pub what: &'static str,
}

/// The address under which a foundation has all that no address of its own stands for.
const FOUNDATION: &str = "foundation";

impl Fingerprint {
    /// What a foundation is planned from: everything but flows and functions, and what there is of
    /// it. Resources that people know by their names have a line of their own.
    pub(super) fn of_foundation(desired: &Desired, live: &Live) -> Self {
        let digest = |it: String| Some(hex_digest(&it));
        let all = Desired {
            flows: IndexMap::new(),
            functions: IndexMap::new(),
            modules: IndexMap::new(),
            quick_connects: IndexMap::new(),
            portable: BTreeMap::new(),
            ..desired.clone()
        };
        let all = Print {
            desired: digest(text(&all)),
            live: digest(text(live)),
        };
        let mut prints = BTreeMap::from([(FOUNDATION.to_owned(), all)]);
        let mut put = |kind: ResourceKind, name: &str, desired: String, live: Option<String>| {
            let address = ResourceAddr::new(kind, name).to_string();
            let live = live.and_then(digest);
            let desired = digest(desired);
            prints.insert(address, Print { desired, live });
        };
        let instance = live.instance.as_ref().map(text);
        let alias = &desired.scope.alias;
        put(
            ResourceKind::Instance,
            alias,
            text(&desired.instance),
            instance,
        );
        for (name, spec) in &desired.hours {
            put(
                ResourceKind::Hours,
                name,
                text(spec),
                live.hours.get(name).map(text),
            );
        }
        for (name, spec) in &desired.queues {
            put(
                ResourceKind::Queue,
                name,
                text(spec),
                live.queues.get(name).map(text),
            );
        }
        for (name, spec) in &desired.routing_profiles {
            let found = live.routing_profiles.get(name).map(text);
            put(ResourceKind::RoutingProfile, name, text(spec), found);
        }
        for (name, spec) in &desired.security_profiles {
            let found = live.security_profiles.get(name).map(text);
            put(ResourceKind::SecurityProfile, name, text(spec), found);
        }
        for (name, spec) in &desired.prompts {
            let found = live.prompts.get(name).map(text);
            put(ResourceKind::Prompt, name, text(spec), found);
        }
        for (name, spec) in &desired.views {
            let found = live.views.get(name).map(text);
            put(ResourceKind::View, name, text(spec), found);
        }
        for (name, spec) in &desired.topics {
            put(
                ResourceKind::Topic,
                name,
                text(spec),
                live.topics.get(name).map(text),
            );
        }
        for (name, spec) in &desired.tables {
            put(
                ResourceKind::Table,
                name,
                text(spec),
                live.tables.get(name).map(text),
            );
        }
        for (name, spec) in &desired.roles {
            put(
                ResourceKind::Role,
                name,
                text(spec),
                live.roles.get(name).map(text),
            );
        }
        for (name, spec) in &desired.log_groups {
            put(
                ResourceKind::LogGroup,
                name,
                text(spec),
                live.log_groups.get(name).map(text),
            );
        }
        Self { prints }
    }

    /// What a release is planned from: functions, flows, and what references stand for.
    pub(super) fn of_release(desired: &Desired, live: &Live) -> Self {
        let mut prints = BTreeMap::new();
        let mut put = |address: String, desired: Option<Json>, live: Option<Json>| {
            let digest = |it: Json| hex_digest(&it.to_string());
            let (desired, live) = (desired.map(digest), live.map(digest));
            prints.insert(address, Print { desired, live });
        };
        let instance = live.instance.as_ref();
        let instance = instance.map(|it| json!([it.remote.id, it.remote.arn, it.status]));
        put("instance".to_owned(), None, instance);
        for (addr, definition) in &desired.flows {
            let wanted = json!([
                definition.title,
                definition.description,
                kind(definition.kind),
                flow::json::to_text(&definition.flow),
                desired.tags(addr),
            ]);
            let found = live.flows.get(addr).map(|found| {
                json!([
                    kind(found.kind),
                    found.description,
                    found.archived,
                    found.tags,
                    found.content.as_ref().map(flow::json::to_text),
                ])
            });
            put(addr.to_string(), Some(wanted), found);
        }
        for (name, function) in &desired.functions {
            let wanted = json!([
                text(&function.settings),
                text(&function.source),
                text(&function.callers),
                text(&function.pinned)
            ]);
            let found = live.functions.get(name).map(|found| {
                let is_associated = live
                    .associations
                    .contains(&desired.scope.live_alias_arn(name));
                let subscription = live.subscriptions.get(name);
                json!([text(found), is_associated, text(&subscription)])
            });
            put(format!("lambda.{name}"), Some(wanted), found);
        }
        for (name, spec) in &desired.modules {
            let found = live.aliases.get(name).map(|it| json!(text(it)));
            put(
                format!("alias of module.{name}"),
                Some(json!(text(spec))),
                found,
            );
        }
        let places = || text(&(&live.flow_titles, &live.users));
        for (name, spec) in &desired.quick_connects {
            let addr = ResourceAddr::new(ResourceKind::QuickConnect, name);
            let wanted = json!([text(spec), desired.tags(&addr)]);
            let found = live.quick_connects.get(name);
            let found = found.map(|found| json!([text(found), places()]));
            put(addr.to_string(), Some(wanted), found);
        }
        for (name, spec) in &desired.queues {
            if let Some(offered) = &spec.quick_connects {
                let addr = ResourceAddr::new(ResourceKind::QueueQuickConnects, name);
                let found = live.queue_quick_connects.get(name).map(|it| json!(it));
                put(addr.to_string(), Some(json!(offered)), found);
            }
        }
        for (addr, leftover) in &live.leftovers {
            put(addr.to_string(), None, Some(json!(text(leftover))));
        }
        if !live.referrers.is_empty() {
            let others = json!(text(&live.referrers));
            put("flows of others".to_owned(), None, Some(others));
        }
        for reference in references(desired) {
            let arn = live.bindings.get(&reference).map(|it| json!(it.arn));
            put(format!("reference {reference}"), None, arn);
        }
        Self { prints }
    }

    /// What moved between an earlier fingerprint and this one.
    pub fn moved_since(&self, earlier: &Fingerprint) -> Vec<Moved> {
        let nothing = Print::default();
        let addresses: BTreeSet<&String> =
            self.prints.keys().chain(earlier.prints.keys()).collect();
        let mut moved = Vec::new();
        for address in addresses {
            let print = |of: &Fingerprint| of.prints.get(address).unwrap_or(&nothing).clone();
            let (old, new) = (print(earlier), print(self));
            for (is_same, what) in [
                (old.desired == new.desired, "our sources"),
                (old.live == new.live, "the instance"),
            ] {
                if !is_same {
                    moved.push(Moved {
                        address: address.clone(),
                        what,
                    });
                }
            }
        }
        // It says nothing that the others do not say better.
        if moved.iter().any(|it| it.address != FOUNDATION) {
            moved.retain(|it| it.address != FOUNDATION);
        }
        moved
    }

    pub fn to_json(&self) -> Json {
        let prints = self.prints.iter().map(|(address, print)| {
            let print = json!({ "desired": print.desired, "live": print.live });
            (address.clone(), print)
        });
        Json::Object(prints.collect())
    }

    /// Reads what [`Fingerprint::to_json`] wrote.
    pub fn from_json(json: &Json) -> Option<Self> {
        let text = |it: &Json| it.as_str().map(str::to_owned);
        let prints = json.as_object()?.iter().map(|(address, print)| {
            let print = Print {
                desired: text(&print["desired"]),
                live: text(&print["live"]),
            };
            (address.clone(), print)
        });
        Some(Self {
            prints: prints.collect(),
        })
    }
}

fn kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Flow(flow_type) => flow_type.as_str(),
        DocumentKind::Module => "MODULE",
    }
}

/// Only its digest is kept, so that what is configured for a function stays where it is.
fn text(value: &impl Debug) -> String {
    format!("{value:?}")
}

/// What flows refer to beside each other and functions, whose names are known before they exist.
fn references(desired: &Desired) -> BTreeSet<Ref> {
    let flows = desired.flows.values();
    let references = flows.flat_map(|it| flow::bind::references(&it.flow));
    references
        .filter(|it| !matches!(it.kind, RefKind::Flow | RefKind::Module | RefKind::Lambda))
        .collect()
}
