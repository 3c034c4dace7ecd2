//! Plans the way back to an earlier release: flows and modules as they were, then the aliases of
//! functions. No code is uploaded, and nothing is deleted.

use super::call::{Call, FunctionCall, InstanceCall};
use super::{
    Change, ChangeKind, ChangeReason, Choices, FieldChange, Plan, PlanProblem, PlanWarning,
    Planned, Step, flows,
};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::{Desired, Function, Rollback};
use crate::ledger::Pointed;
use crate::live::{Live, LiveFunction};

pub(super) fn plan(desired: &Desired, live: &Live, rollback: &Rollback, plan: &mut Plan) {
    flows::plan(desired, live, &Choices::default(), plan);
    for change in &mut plan.changes {
        if change.reason == ChangeReason::SourceChanged {
            change.reason = ChangeReason::EarlierRelease;
        }
    }
    superseded(rollback, plan);
    callers_first(plan);
    for (name, function) in &desired.functions {
        if let Some(planned) = alias(live, name, function, rollback, plan) {
            plan.take(planned);
        }
    }
    plan.warnings.extend(warnings(rollback));
}

/// What reads as it was then, though a later release wrote it otherwise: the instance may answer with
/// what was there before that release, and the ledger does not. Writing the same again does no harm.
fn superseded(rollback: &Rollback, plan: &mut Plan) {
    let is_superseded = |addr: &ResourceAddr| rollback.superseded.contains(addr);
    // What differs may be part of the truth only: content and tags are written, whatever was read.
    let changes = plan.changes.iter_mut();
    for change in changes.filter(|it| it.kind != ChangeKind::Create && is_superseded(&it.addr)) {
        let content: Call = flows::content_call(&change.addr).into();
        let tags: Call = InstanceCall::TagConnectResource.into();
        if !change.calls.contains(&content) {
            change.reason = ChangeReason::Superseded;
            change.calls.insert(0, content);
        }
        if !change.calls.contains(&tags) {
            change.calls.push(tags);
        }
    }
    let (again, unchanged) = std::mem::take(&mut plan.unchanged)
        .into_iter()
        .partition(is_superseded);
    plan.unchanged = unchanged;
    let again: Vec<ResourceAddr> = again;
    for addr in again {
        let calls = vec![
            flows::content_call(&addr).into(),
            InstanceCall::TagConnectResource.into(),
        ];
        plan.take(Planned::Change(Change {
            addr,
            kind: ChangeKind::Update,
            reason: ChangeReason::Superseded,
            fields: Vec::new(),
            flow: None,
            calls,
        }));
    }
}

/// Deploying goes from what is called to what calls it, so that nobody calls what is not there yet;
/// going back goes the other way. What does not exist any more has to come first all the same.
fn callers_first(plan: &mut Plan) {
    let mut changes = plan.changes.iter();
    if changes.any(|change| change.kind == ChangeKind::Create) {
        add_steps(plan);
        return;
    }
    plan.changes.reverse();
    let steps = plan.changes.iter().flat_map(|change| {
        let calls = change.calls.iter();
        calls.map(|call| Step {
            addr: change.addr.clone(),
            call: call.clone(),
        })
    });
    plan.steps = steps.collect();
}

/// Adds the calls that have no step yet to those of their resource: contents before the others, tags
/// after them.
fn add_steps(plan: &mut Plan) {
    for change in &plan.changes {
        for call in &change.calls {
            let is_step = |step: &Step| step.addr == change.addr && step.call == *call;
            if plan.steps.iter().any(is_step) {
                continue;
            }
            let mut steps = plan.steps.iter();
            let is_first = change.calls.first() == Some(call);
            let at = match is_first {
                true => steps.position(|step| step.addr == change.addr),
                false => steps
                    .rposition(|step| step.addr == change.addr)
                    .map(|it| it + 1),
            };
            let step = Step {
                addr: change.addr.clone(),
                call: call.clone(),
            };
            plan.steps.insert(at.unwrap_or(plan.steps.len()), step);
        }
    }
}

/// Moves the alias of a function to the version that it pointed to.
fn alias(
    live: &Live,
    name: &str,
    function: &Function,
    rollback: &Rollback,
    plan: &mut Plan,
) -> Option<Planned> {
    let pinned = function.pinned.as_ref()?;
    let addr = ResourceAddr::new(ResourceKind::Lambda, name);
    let Some(found) = live.functions.get(name) else {
        return Some(Planned::Blocked(PlanProblem::FunctionGone { addr }));
    };
    let version = match version(found, pinned) {
        Some(version) => version,
        None => return Some(Planned::Blocked(PlanProblem::VersionUnknown { addr })),
    };
    let Some(sha256) = found.versions.get(&version) else {
        return Some(Planned::Blocked(PlanProblem::VersionGone { addr, version }));
    };
    // A function that was deleted and made again counts its versions from 1.
    if pinned.sha256.as_ref().is_some_and(|it| it != sha256) {
        let problem = PlanProblem::VersionIsAnother { addr, version };
        return Some(Planned::Blocked(problem));
    }
    // What is recorded is the code of that version, not the latest.
    plan.known.code.insert(name.to_owned(), sha256.clone());
    let is_there = found.live_version.as_ref() == Some(&version);
    if is_there && !rollback.superseded.contains(&addr) {
        return Some(Planned::Unchanged(addr));
    }
    Some(Planned::Change(Change {
        addr,
        kind: ChangeKind::Update,
        reason: ChangeReason::EarlierRelease,
        fields: vec![FieldChange {
            name: "version".to_owned(),
            old: found.live_version.clone(),
            new: Some(version.clone()),
        }],
        flow: None,
        calls: vec![FunctionCall::PointAlias { version }.into()],
    }))
}

/// The version that is recorded, else the latest one with the code that is.
fn version(found: &LiveFunction, pinned: &Pointed) -> Option<String> {
    if let Some(version) = &pinned.version {
        return Some(version.clone());
    }
    let sha256 = pinned.sha256.as_ref()?;
    let versions = found.versions.iter().filter(|(_, it)| *it == sha256);
    let latest = versions.max_by_key(|(version, _)| version.parse::<u64>().unwrap_or(0));
    latest.map(|(version, _)| version.clone())
}

fn warnings(rollback: &Rollback) -> Vec<PlanWarning> {
    let release = rollback.release;
    let later = rollback.later.iter().cloned();
    let edits = rollback.edits.iter().cloned();
    let later = later.map(|addr| PlanWarning::StaysBehind { addr, release });
    let edits = edits.map(|addr| PlanWarning::EditNotBroughtBack { addr, release });
    later.chain(edits).collect()
}
