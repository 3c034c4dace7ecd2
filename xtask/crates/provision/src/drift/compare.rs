//! Compares what was observed with what was deployed.

use std::collections::BTreeSet;

use flow::bind::{Bindings, unbind};
use flow::canonical::{self, hex_digest};
use flow::model::{DocumentKind, Flow, FlowDefinition};
use serde_json::json;

use super::{DeployedBy, Drift, Finding, Kind, LiveVersion, Unrecorded};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::ledger::{Deployed, DeployedFlow, Record};
use crate::live::{Object, Observed};
use crate::tags;

/// What of the instance is not as we deployed it. Without a ledger everything of ours is compared
/// with its tags, and is unrecorded.
pub fn drift(desired: &Desired, deployed: &Deployed, observed: &Observed) -> Drift {
    let mut drift = Drift::default();
    let mut known = BTreeSet::new();
    for (addr, flow) in &deployed.flows {
        let mut objects = observed.objects.iter();
        let found = objects.find(|object| object.arn == flow.record.arn);
        known.insert(flow.record.arn.as_str());
        // What is in the sources no more may be gone.
        if found.is_none() && !desired.flows.contains_key(addr) {
            continue;
        }
        let findings = recorded(addr, flow, found, observed);
        drift.unchanged += usize::from(findings.is_empty());
        drift.findings.extend(findings);
    }
    for object in &observed.objects {
        if !known.contains(object.arn.as_str()) {
            unknown(desired, deployed, observed, object, &mut drift);
        }
    }
    // The weightiest of an address was found first.
    drift.findings.sort_by(|a, b| a.address.cmp(&b.address));
    drift.unrecorded.sort_by(|a, b| a.address.cmp(&b.address));
    drift
}

/// Something that we have deployed.
fn recorded(
    addr: &ResourceAddr,
    deployed: &DeployedFlow,
    found: Option<&Object>,
    observed: &Observed,
) -> Vec<Finding> {
    let ours = &deployed.definition;
    let finding = |kind, old, new| Finding {
        address: addr.to_string(),
        title: ours.title.clone(),
        kind,
        state: found.map_or_else(|| "deleted".to_owned(), state),
        old,
        new,
        deployed: Some(deployed_by(&deployed.record)),
        live: None,
    };
    let Some(object) = found else {
        return vec![finding(Kind::Deleted, Some(ours.clone()), None)];
    };
    let bindings = observed.bindings_with(&deployed.bindings);
    let live = Contents::of(object, &bindings);
    let shown = |flow: Flow| FlowDefinition {
        name: ours.name.clone(),
        title: object.title.clone(),
        description: object
            .description
            .clone()
            .filter(|_| ours.description.is_some()),
        kind: object.kind,
        flow,
    };
    let mut findings = Vec::new();
    let wanted = canonical::digest(&ours.flow);
    let published = live.published.as_ref().map(canonical::digest);
    if published.as_deref() != Some(wanted.as_str()) {
        let by_tag =
            published.as_deref().is_some() && object.tagged_digest() == published.as_deref();
        let kind = match by_tag {
            true => Kind::DeployedElsewhere,
            false => Kind::Edited,
        };
        let new = live.published.clone().map(shown);
        findings.push(finding(kind, Some(ours.clone()), new));
    }
    if let Some(saved) = live.draft() {
        let old = live.published.clone().map(shown);
        findings.push(finding(Kind::Draft, old, Some(shown(saved.clone()))));
    }
    if object.title != ours.title {
        let kind = Kind::Renamed {
            old: ours.title.clone(),
            new: object.title.clone(),
        };
        findings.push(finding(kind, None, None));
    }
    // A description that was not given was not deployed.
    if ours.description.is_some() && object.description != ours.description {
        let kind = Kind::Described {
            old: ours.description.clone(),
            new: object.description.clone(),
        };
        findings.push(finding(kind, None, None));
    }
    if object.archived {
        findings.push(finding(Kind::Archived, None, None));
    }
    let published = live.published.zip(object.published.as_ref());
    let version = published.map(|(flow, content)| LiveVersion {
        definition: shown(flow),
        content: content.clone(),
        bindings,
    });
    for finding in &mut findings {
        finding.live.clone_from(&version);
    }
    findings
}

/// Something without a record: ours by its tags, about to be adopted, or nobody's.
fn unknown(
    desired: &Desired,
    deployed: &Deployed,
    observed: &Observed,
    object: &Object,
    drift: &mut Drift,
) {
    let live = Contents::of(object, &observed.bindings);
    let Some(address) = object.tagged_address() else {
        // What our sources have under this title is shown by the plan, which would adopt it.
        if !is_wanted(desired, object) {
            drift.findings.push(stray(Kind::Unmanaged, object, live));
        }
        return;
    };
    let digest = live.published.as_ref().map(canonical::digest);
    let is_as_tagged = digest.is_some() && digest.as_deref() == object.tagged_digest();
    // The flow of this address is another: our title changed, or somebody made ours anew.
    if deployed.flows.keys().any(|it| it.to_string() == address) {
        drift.findings.push(stray(Kind::LeftBehind, object, live));
        return;
    }
    drift.unrecorded.push(Unrecorded {
        address: address.to_owned(),
        is_as_tagged,
    });
    let shown = |flow: Flow| FlowDefinition {
        name: address
            .split_once('.')
            .map_or(address, |it| it.1)
            .to_owned(),
        title: object.title.clone(),
        description: None,
        kind: object.kind,
        flow,
    };
    let published = live.published.clone().zip(object.published.as_ref());
    let version = published.map(|(flow, content)| LiveVersion {
        definition: shown(flow),
        content: content.clone(),
        bindings: observed.bindings.clone(),
    });
    let finding = |kind, old, new| Finding {
        address: address.to_owned(),
        title: object.title.clone(),
        kind,
        state: state(object),
        old,
        new,
        deployed: None,
        live: version.clone(),
    };
    // What the content was before nobody knows, but it is not what we wrote.
    let is_stub = object.tagged_digest() == Some(tags::STUB);
    if digest.is_some() && !is_as_tagged && !is_stub {
        let new = live.published.clone().map(shown);
        drift.findings.push(finding(Kind::Edited, None, new));
    }
    if let Some(saved) = live.draft() {
        let old = live.published.clone().map(shown);
        let new = Some(shown(saved.clone()));
        drift.findings.push(finding(Kind::Draft, old, new));
    }
    if object.archived {
        drift.findings.push(finding(Kind::Archived, None, None));
    }
}

/// Something that no address of ours stands for.
fn stray(kind: Kind, object: &Object, live: Contents) -> Finding {
    let new = live.published.or(live.saved).map(|flow| FlowDefinition {
        name: object.title.clone(),
        title: object.title.clone(),
        description: object.description.clone(),
        kind: object.kind,
        flow,
    });
    Finding {
        address: stray_address(object),
        title: object.title.clone(),
        kind,
        state: state(object),
        old: None,
        new,
        deployed: None,
        live: None,
    }
}

fn is_wanted(desired: &Desired, object: &Object) -> bool {
    let is_module = |kind| matches!(kind, DocumentKind::Module);
    let mut flows = desired.flows.values();
    flows.any(|it| it.title == object.title && is_module(it.kind) == is_module(object.kind))
}

fn stray_address(object: &Object) -> String {
    let kind = match object.kind {
        DocumentKind::Module => ResourceKind::Module,
        DocumentKind::Flow(_) => ResourceKind::Flow,
    };
    format!("{}/{}", kind.as_str(), object.title)
}

fn deployed_by(record: &Record) -> DeployedBy {
    DeployedBy {
        release: record.release,
        at: record.at,
        by: record.by.clone(),
        commit: record.commit.clone(),
    }
}

/// What is published and what was saved last, in symbolic references. Content that is no document
/// differs from everything.
struct Contents {
    published: Option<Flow>,
    saved: Option<Flow>,
}

impl Contents {
    fn of(object: &Object, bindings: &Bindings) -> Self {
        let read = |text: &Option<String>| {
            let flow = flow::json::parse(text.as_ref()?).ok()?;
            Some(unbind(&flow, bindings))
        };
        Self {
            published: read(&object.published),
            saved: read(&object.saved),
        }
    }

    /// What was saved, if that is not what is published.
    fn draft(&self) -> Option<&Flow> {
        let saved = self.saved.as_ref()?;
        let published = self.published.as_ref().map(canonical::digest);
        (published != Some(canonical::digest(saved))).then_some(saved)
    }
}

/// A digest of everything about an object that somebody could have changed.
fn state(object: &Object) -> String {
    let content = |text: &Option<String>| {
        let text = text.as_ref()?;
        let flow = flow::json::parse(text).ok();
        Some(flow.map_or_else(|| hex_digest(text), |flow| canonical::digest(&flow)))
    };
    let state = json!([
        object.title,
        object.description,
        object.archived,
        content(&object.published),
        content(&object.saved),
    ]);
    hex_digest(&state.to_string())
}
