//! What the ledger is told about a resource that is as it should be, and about what was there before.

use flow::bind::{self, Bindings};
use flow::canonical;
use flow::json;
use flow::model::{Flow, FlowDefinition};
use flow::value::Ref;

use super::flows::{document, ref_kind};
use super::{Applying, stub};
use crate::address::{ResourceAddr, ResourceKind};
use crate::ledger::{Entry, Found, ModuleAlias, Recorder, Sent, What};
use crate::plan::{ChangeKind, Content, Plan};
use crate::remote;

/// Whether the ledger says about a resource what is to be said about it.
pub(super) fn is_known(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    recorder: &Recorder<'_>,
) -> bool {
    let desired = applying.desired;
    let digest = match addr.kind {
        ResourceKind::Lambda => applying.code.get(&addr.name).cloned(),
        _ => desired
            .flows
            .get(addr)
            .map(|it| canonical::digest(&it.flow)),
    };
    recorder.knows(addr, digest.as_deref(), desired.portable(addr))
}

/// Records a flow, module or function that is as it should be now; of other resources there is no
/// record.
pub(super) async fn record(
    applying: &Applying<'_>,
    plan: &Plan,
    addr: &ResourceAddr,
    recorder: &mut Recorder<'_>,
) {
    let mut changes = plan.changes.iter();
    if changes.any(|it| it.addr == *addr && it.kind == ChangeKind::Delete) {
        recorder.deleted(addr).await;
        return;
    }
    let entry = match addr.kind {
        ResourceKind::Flow | ResourceKind::Module => of_document(applying, plan, addr),
        ResourceKind::Lambda => Some(of_function(applying, plan, addr)),
        _ => None,
    };
    if let Some(entry) = entry {
        recorder.write(entry).await;
    }
}

fn of_function(applying: &Applying<'_>, plan: &Plan, addr: &ResourceAddr) -> Entry {
    let desired = applying.desired;
    let code = applying.code.get(&addr.name).cloned();
    let before = plan.known.versions.get(&addr.name);
    let version = applying.versions.get(&addr.name).or(before).cloned();
    let found = match before {
        None => Found::Nothing,
        Some(_) if plan.unchanged.contains(addr) => Found::Same,
        Some(version) => Found::Function {
            version: Some(version.clone()),
        },
    };
    Entry {
        addr: addr.clone(),
        digest: code.unwrap_or_default(),
        portable: desired.portable(addr).map(str::to_owned),
        arn: desired.scope.function_arn(&addr.name),
        what: What::Function { version },
        found,
    }
}

/// What was sent of a flow. If only its description or its tags were, its content is what would
/// have been sent.
fn of_document(applying: &Applying<'_>, plan: &Plan, addr: &ResourceAddr) -> Option<Entry> {
    let definition = applying.desired.flows.get(addr)?;
    let content = match applying.sent.get(addr) {
        Some(sent) => sent.content.clone(),
        // What refers to nothing was not planned.
        None => json::to_text(&document(applying, addr, Content::Full).ok()?),
    };
    let reference = Ref::new(ref_kind(definition), &addr.name);
    let arn = applying.bindings.get(&reference);
    let sent = Sent {
        content,
        bindings: used(&definition.flow, &applying.bindings),
    };
    Some(Entry {
        addr: addr.clone(),
        digest: canonical::digest(&definition.flow),
        portable: applying.desired.portable(addr).map(str::to_owned),
        arn: arn.map_or_else(String::new, |it| remote::bare(&it.arn).to_owned()),
        what: What::Document {
            title: definition.title.clone(),
            description: definition.description.clone(),
            kind: definition.kind,
            sent,
            alias: alias(applying, plan, addr),
        },
        found: found(plan, addr, definition),
    })
}

/// The alias by which flows call a module, and where it points to by now.
fn alias(applying: &Applying<'_>, plan: &Plan, addr: &ResourceAddr) -> Option<ModuleAlias> {
    let is_module = addr.kind == ResourceKind::Module;
    let spec = applying.desired.modules.get(&addr.name);
    let made = applying.module_versions.get(&addr.name);
    let version = made.or(plan.known.module_versions.get(&addr.name)).copied();
    let alias = spec.map(|spec| ModuleAlias {
        name: spec.alias.clone(),
        version,
    });
    alias.filter(|_| is_module)
}

/// What was published when the plan was made.
fn found(plan: &Plan, addr: &ResourceAddr, definition: &FlowDefinition) -> Found {
    if plan.unchanged.contains(addr) {
        return Found::Same;
    }
    let Some(published) = plan.known.published.get(addr) else {
        return Found::Nothing;
    };
    let flow = bind::unbind(&published.flow, &plan.known.bindings);
    let digest = canonical::digest(&flow);
    // What an interrupted run made of it is nothing that contacts should run through.
    if digest == canonical::digest(&stub::stub(definition)) {
        return Found::Nothing;
    }
    Found::Document {
        is_ours: published.written.as_ref() == Some(&digest),
        digest,
        description: published.description.clone(),
        sent: Sent {
            content: json::to_text(&published.flow),
            bindings: used(&flow, &plan.known.bindings),
        },
    }
}

/// What the references of a flow stand for.
fn used(flow: &Flow, bindings: &Bindings) -> Bindings {
    let mut used = Bindings::default();
    for reference in bind::references(flow) {
        if let Some(target) = bindings.get(&reference) {
            used.insert(reference, &target.arn, target.display_name.clone());
        }
    }
    used
}
