//! Plans modules and flows: compared in symbolic references, written callees first.

use std::collections::{BTreeMap, BTreeSet};

use flow::bind::{self, Bindings};
use flow::canonical;
use flow::diff::{self, FlowDiff};
use flow::model::{DocumentKind, Flow, FlowDefinition};
use flow::value::{Ref, RefKind};

use super::call::{Call, Content, FlowCall, InstanceCall};
use super::compare::Compare;
use super::order::{self, Node, Order};
use super::{
    Change, ChangeKind, ChangeReason, Choices, FieldChange, Plan, PlanProblem, PlanWarning,
    Planned, Step, create,
};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::live::{Live, LiveFlow};
use crate::remote;
use crate::tags;

pub(super) fn plan(desired: &Desired, live: &Live, choices: &Choices, plan: &mut Plan) {
    plan.problems.extend(instance_problem(desired, live));
    plan.problems.extend(same_titles(desired));
    plan.problems.extend(aliases_of_nothing(desired));
    let replaced = match choices.allow_destroy {
        true => replaced(desired, live),
        false => BTreeSet::new(),
    };
    let nodes = nodes(desired, live, &replaced);
    let Order { sequence, stubs } = order::order(&nodes);
    let mut made = BTreeSet::new();
    for addr in &sequence {
        // Right before the first that refers to it: with all of them in front, the calls that come
        // after a creation would have to wait until the last has been made.
        let referred = nodes[addr].refers_to.intersection(&stubs);
        for stub in referred.filter(|stub| made.insert((*stub).clone())) {
            plan.steps.push(Step {
                addr: stub.clone(),
                call: create_call(stub, Content::Stub).into(),
            });
        }
        plan.problems.extend(unresolved(desired, live, addr));
        let planned = document(desired, live, addr, stubs.contains(addr), &replaced);
        plan.take(planned);
        plan.warnings.extend(buried_draft(live, addr));
    }
    drop_repeated_stubs(plan, &stubs);
    old_ones_give_way(plan);
    for addr in &replaced {
        plan.warnings.extend(what_breaks(live, addr));
    }
}

/// Aliases of modules that are not in the sources.
fn aliases_of_nothing(desired: &Desired) -> Vec<PlanProblem> {
    let modules = desired.modules.keys();
    let modules = modules.map(|name| ResourceAddr::new(ResourceKind::Module, name));
    modules
        .filter(|addr| !desired.flows.contains_key(addr))
        .map(|addr| PlanProblem::AliasOfNothing { addr })
        .collect()
}

/// Flows that are there as another type than they should be.
fn replaced(desired: &Desired, live: &Live) -> BTreeSet<ResourceAddr> {
    let flows = desired.flows.iter();
    let replaced = flows.filter(|(addr, definition)| {
        let found = live.flows.get(*addr);
        found.is_some_and(|found| found.kind != definition.kind)
    });
    replaced.map(|(addr, _)| addr.clone()).collect()
}

/// The title of what is replaced is given away before anything else happens, and it goes when
/// nobody of ours refers to it any more.
fn old_ones_give_way(plan: &mut Plan) {
    let renames = |step: &Step| matches!(step.call, Call::Flow(FlowCall::RenameFlow { .. }));
    let deletes = |step: &Step| matches!(step.call, Call::Flow(FlowCall::DeleteFlow { .. }));
    plan.steps
        .sort_by_key(|step| (!renames(step), deletes(step)));
}

/// A draft that publishing takes the place of; that was looked for only where something is.
fn buried_draft(live: &Live, addr: &ResourceAddr) -> Option<PlanWarning> {
    let draft = live.flows.get(addr)?.draft.as_ref()?;
    Some(PlanWarning::DraftBuried {
        addr: addr.clone(),
        modified: draft.modified,
    })
}

/// Who keeps the id of a flow that is replaced.
fn what_breaks(live: &Live, addr: &ResourceAddr) -> Vec<PlanWarning> {
    let Some(id) = live_id(live, addr) else {
        return Vec::new();
    };
    let others = live.referrers.iter().filter(|it| it.content.contains(&id));
    let referrers: BTreeSet<String> = others.map(|it| it.title.clone()).collect();
    let addr = addr.clone();
    let mut warnings = Vec::new();
    if !referrers.is_empty() {
        warnings.push(PlanWarning::ReferrersBreak {
            addr: addr.clone(),
            referrers: referrers.into_iter().collect(),
        });
    }
    warnings.push(PlanWarning::EntryPointsUnknown { addr, id });
    warnings
}

/// The id of a flow or module that is there.
fn live_id(live: &Live, addr: &ResourceAddr) -> Option<String> {
    let kind = match addr.kind {
        ResourceKind::Module => RefKind::Module,
        _ => RefKind::Flow,
    };
    remote::bound_id(&live.bindings, kind, &addr.name)
}

/// The call that makes a stub stands before the first that refers to it; its change lists it as well,
/// and there only.
fn drop_repeated_stubs(plan: &mut Plan, stubs: &BTreeSet<ResourceAddr>) {
    let mut seen = BTreeSet::new();
    plan.steps.retain(|step| {
        let is_stub = stubs.contains(&step.addr)
            && step.call == create_call(&step.addr, Content::Stub).into();
        !is_stub || seen.insert(step.addr.clone())
    });
}

fn instance_problem(desired: &Desired, live: &Live) -> Option<PlanProblem> {
    let alias = desired.scope.alias.clone();
    match &live.instance {
        None => Some(PlanProblem::InstanceMissing { alias }),
        Some(instance) if instance.status != "ACTIVE" => Some(PlanProblem::InstanceNotActive {
            alias,
            status: instance.status.clone(),
        }),
        Some(_) => None,
    }
}

/// Connect tells flows apart by title, and modules by title.
fn same_titles(desired: &Desired) -> Vec<PlanProblem> {
    let mut first: BTreeMap<(ResourceKind, &str), &ResourceAddr> = BTreeMap::new();
    let mut problems = Vec::new();
    for (addr, definition) in &desired.flows {
        let title = (addr.kind, definition.title.as_str());
        if let Some(other) = first.get(&title) {
            problems.push(PlanProblem::SameTitle {
                addr: addr.clone(),
                other: (*other).clone(),
            });
        } else {
            first.insert(title, addr);
        }
    }
    problems
}

fn nodes(
    desired: &Desired,
    live: &Live,
    replaced: &BTreeSet<ResourceAddr>,
) -> BTreeMap<ResourceAddr, Node> {
    let flows = desired.flows.iter();
    let nodes = flows.map(|(addr, definition)| {
        let references = bind::references(&definition.flow);
        let refers_to = references.iter().filter_map(target_addr).collect();
        let exists = live.flows.contains_key(addr) && !replaced.contains(addr);
        (addr.clone(), Node { exists, refers_to })
    });
    nodes.collect()
}

/// The address of what a reference stands for, if it is a flow or module.
fn target_addr(reference: &Ref) -> Option<ResourceAddr> {
    let kind = match reference.kind {
        RefKind::Flow => ResourceKind::Flow,
        RefKind::Module => ResourceKind::Module,
        _ => return None,
    };
    Some(ResourceAddr::new(kind, &reference.name))
}

/// References that neither exist nor come into being with this plan.
fn unresolved(desired: &Desired, live: &Live, addr: &ResourceAddr) -> Vec<PlanProblem> {
    let references = bind::references(&desired.flows[addr].flow);
    let missing = references.into_iter().filter(|reference| {
        !is_planned(desired, reference) && live.bindings.get(reference).is_none()
    });
    missing
        .map(|reference| PlanProblem::UnresolvedReference {
            addr: addr.clone(),
            reference,
        })
        .collect()
}

/// Whether this very plan makes it, or has made it already.
fn is_planned(desired: &Desired, reference: &Ref) -> bool {
    match target_addr(reference) {
        Some(target) => desired.flows.contains_key(&target),
        None => {
            reference.kind == RefKind::Lambda && desired.functions.contains_key(&reference.name)
        }
    }
}

fn document(
    desired: &Desired,
    live: &Live,
    addr: &ResourceAddr,
    needs_stub: bool,
    replaced: &BTreeSet<ResourceAddr>,
) -> Planned {
    let definition = &desired.flows[addr];
    if live.ambiguous.contains(addr) {
        return Planned::Blocked(PlanProblem::AmbiguousName { addr: addr.clone() });
    }
    match live.flows.get(addr) {
        None => create(addr.clone(), creation(desired, addr, needs_stub)),
        Some(found) if replaced.contains(addr) => {
            replacement(desired, live, addr, found, needs_stub)
        }
        Some(found) => {
            let references = bind::references(&definition.flow);
            let mut targets = references.iter().filter_map(target_addr);
            let gets_another_id = targets
                .any(|target| replaced.contains(&target) || lacks_alias(desired, live, &target));
            existing(desired, addr, found, live, gets_another_id)
        }
    }
}

fn creation(desired: &Desired, addr: &ResourceAddr, needs_stub: bool) -> Vec<Call> {
    let mut calls: Vec<Call> = match needs_stub {
        false => vec![create_call(addr, Content::Full).into()],
        true => vec![
            create_call(addr, Content::Stub).into(),
            content_call(addr).into(),
            InstanceCall::TagConnectResource.into(),
        ],
    };
    if alias_of(desired, addr).is_some() {
        calls.push(FlowCall::CreateModuleVersion.into());
        calls.push(FlowCall::CreateModuleAlias.into());
    }
    calls
}

/// The alias by which flows should call a module.
fn alias_of<'a>(desired: &'a Desired, addr: &ResourceAddr) -> Option<&'a str> {
    match addr.kind {
        ResourceKind::Module => desired.modules.get(&addr.name).map(|it| it.alias.as_str()),
        _ => None,
    }
}

/// Whether a module is there without the alias that it should have: who refers to it will name
/// that.
fn lacks_alias(desired: &Desired, live: &Live, addr: &ResourceAddr) -> bool {
    alias_of(desired, addr).is_some() && !live.aliases.contains_key(&addr.name)
}

/// A new version and the alias moved to it, where the alias points to something else than should be
/// there.
fn move_alias(compare: &mut Compare, desired: &Desired, live: &Live, addr: &ResourceAddr) {
    let Some(alias) = alias_of(desired, addr) else {
        return;
    };
    let name = format!("alias {alias}");
    let version = || Some("a new version".to_owned());
    let Some(found) = live.aliases.get(&addr.name) else {
        compare.change(&name, None, version(), FlowCall::CreateModuleVersion);
        compare.call(FlowCall::CreateModuleAlias);
        return;
    };
    let content = found.content.as_ref();
    let digest = content.map(|it| canonical::digest(&bind::unbind(it, &live.bindings)));
    if digest != Some(canonical::digest(&desired.flows[addr].flow)) {
        let old = Some(format!("version {}", found.version));
        compare.change(&name, old, version(), FlowCall::CreateModuleVersion);
        compare.call(FlowCall::UpdateModuleAlias {
            alias_id: found.id.clone(),
        });
    }
}

/// A flow of another type in the place of one whose type cannot be changed.
fn replacement(
    desired: &Desired,
    live: &Live,
    addr: &ResourceAddr,
    found: &LiveFlow,
    needs_stub: bool,
) -> Planned {
    let definition = &desired.flows[addr];
    let id = live_id(live, addr).unwrap_or_default();
    let title = given_away(&definition.title, &id);
    let mut calls: Vec<Call> = vec![
        FlowCall::RenameFlow {
            id: id.clone(),
            title,
        }
        .into(),
    ];
    calls.extend(creation(desired, addr, needs_stub));
    calls.push(FlowCall::DeleteFlow { id }.into());
    Planned::Change(Change {
        addr: addr.clone(),
        kind: ChangeKind::Replace,
        reason: ChangeReason::TypeIsImmutable,
        fields: vec![FieldChange {
            name: "type".to_owned(),
            old: Some(kind_name(found.kind).to_owned()),
            new: Some(kind_name(definition.kind).to_owned()),
        }],
        flow: None,
        calls,
    })
}

/// Another title for what is replaced: at most 127 characters, as the service takes them.
fn given_away(title: &str, id: &str) -> String {
    let title: String = title.chars().take(100).collect();
    let id: String = id.chars().take(8).collect();
    format!("{title} (replaced {id})")
}

fn existing(
    desired: &Desired,
    addr: &ResourceAddr,
    found: &LiveFlow,
    live: &Live,
    gets_another_id: bool,
) -> Planned {
    let definition = &desired.flows[addr];
    if found.kind != definition.kind {
        return Planned::Blocked(PlanProblem::FlowTypeIsImmutable {
            addr: addr.clone(),
            live: kind_name(found.kind),
            desired: kind_name(definition.kind),
        });
    }
    let mut compare = Compare::new(addr.clone());
    let content = content_diff(definition, found, live);
    if let Some((reason, _)) = &content {
        compare.because(reason.clone());
        compare.call(content_call(addr));
    } else if gets_another_id {
        compare.because(ChangeReason::TargetReplaced);
        compare.call(content_call(addr));
    }
    if found.archived {
        compare.because(ChangeReason::Archived);
    }
    let state = if found.archived { "archived" } else { "active" };
    compare.field(
        "state",
        state.to_owned(),
        "active".to_owned(),
        metadata_call(addr),
    );
    // The API cannot blank a description, so one that our sources do not give is left alone.
    if let Some(description) = &definition.description {
        let live = found.description.clone();
        compare.field(
            "description",
            live,
            description.clone(),
            metadata_call(addr),
        );
    }
    move_alias(&mut compare, desired, live, addr);
    let tags = desired.tags(addr);
    compare.tags(&found.tags, &tags, InstanceCall::TagConnectResource);
    match compare.finish() {
        Planned::Change(mut change) => {
            change.flow = content.map(|(_, diff)| diff);
            Planned::Change(change)
        }
        planned => planned,
    }
}

/// Whether the content of a flow that is there is another than it should be.
pub(crate) fn content_differs(
    definition: &FlowDefinition,
    found: &LiveFlow,
    bindings: &Bindings,
) -> bool {
    let content = found.content.as_ref();
    let content = content.map(|it| canonical::digest(&bind::unbind(it, bindings)));
    content != Some(canonical::digest(&definition.flow))
}

/// What differs in the content, and why it does.
fn content_diff(
    definition: &FlowDefinition,
    found: &LiveFlow,
    live: &Live,
) -> Option<(ChangeReason, FlowDiff)> {
    let Some(content) = &found.content else {
        let diff = diff::diff(&nothing_of(&definition.flow), &definition.flow);
        return Some((ChangeReason::NeverPublished, diff));
    };
    let content = bind::unbind(content, &live.bindings);
    let digest = canonical::digest(&content);
    if digest == canonical::digest(&definition.flow) {
        return None;
    }
    // The tag says what we wrote last: if it is still there, it is our sources that moved.
    let reason = match found.tags.get(tags::DIGEST).map(String::as_str) {
        Some(tags::STUB) => ChangeReason::NeverPublished,
        Some(written) if written == digest => ChangeReason::SourceChanged,
        _ => ChangeReason::ChangedOnInstance,
    };
    Some((reason, diff::diff(&content, &definition.flow)))
}

/// A document with nothing in it, to compare with what was never written.
fn nothing_of(flow: &Flow) -> Flow {
    let mut nothing = flow.clone();
    nothing.actions.clear();
    nothing
}

fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Flow(flow_type) => flow_type.as_str(),
        DocumentKind::Module => "module",
    }
}

fn create_call(addr: &ResourceAddr, content: Content) -> FlowCall {
    match addr.kind {
        ResourceKind::Module => FlowCall::CreateModule(content),
        _ => FlowCall::CreateFlow(content),
    }
}

pub(super) fn content_call(addr: &ResourceAddr) -> FlowCall {
    match addr.kind {
        ResourceKind::Module => FlowCall::UpdateModuleContent,
        _ => FlowCall::UpdateFlowContent,
    }
}

fn metadata_call(addr: &ResourceAddr) -> FlowCall {
    match addr.kind {
        ResourceKind::Module => FlowCall::UpdateModuleMetadata,
        _ => FlowCall::UpdateFlowMetadata,
    }
}
