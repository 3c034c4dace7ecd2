//! Narrows a plan to what somebody chose, and says what that leaves out and would be needed.

use std::collections::BTreeSet;

use flow::bind;
use flow::value::{Ref, RefKind};

use super::choices::glob;
use super::{ChangeKind, Choices, Plan, PlanProblem, PlanWarning, people};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::live::{Leftover, Live};
use crate::remote;

/// Leaves of a plan what was chosen. A function goes with what leads to it.
pub(super) fn narrow(desired: &Desired, live: &Live, choices: &Choices, plan: &mut Plan) {
    if choices.is_everything() {
        return;
    }
    let missed: Vec<PlanProblem> = unmatched(choices, plan);
    let left_out: Vec<ResourceAddr> = plan
        .changes
        .iter()
        .map(|it| it.addr.clone())
        .filter(|addr| !choices.chooses(addr))
        .collect();
    let replaced = replaced(plan);
    plan.changes.retain(|it| choices.chooses(&it.addr));
    plan.steps.retain(|it| choices.chooses(&it.addr));
    plan.unchanged.retain(|it| choices.chooses(it));
    let is_kept = |addr: Option<&ResourceAddr>| addr.is_none_or(|it| choices.chooses(it));
    plan.problems.retain(|it| is_kept(it.addr()));
    plan.warnings.retain(|it| is_kept(it.addr()));
    let left_out: BTreeSet<ResourceAddr> = left_out.into_iter().collect();
    let needs = needs(desired, live, plan, &left_out);
    let broken = broken(desired, live, plan, &left_out, &replaced);
    plan.warnings
        .extend(not_live(desired, live, plan, &left_out));
    plan.problems.extend(missed);
    plan.problems.extend(needs);
    plan.problems.extend(broken);
}

/// Patterns that fit nothing, which are more likely mistyped than meant.
fn unmatched(choices: &Choices, plan: &Plan) -> Vec<PlanProblem> {
    let changed = plan.changes.iter().map(|it| &it.addr);
    let in_the_way = plan.problems.iter().filter_map(PlanProblem::addr);
    let warned = plan.warnings.iter().filter_map(PlanWarning::addr);
    let all = changed
        .chain(&plan.unchanged)
        .chain(in_the_way)
        .chain(warned);
    let all: BTreeSet<String> = all.map(ToString::to_string).collect();
    let patterns = choices.targets.iter();
    let missed = patterns.filter(|pattern| !all.iter().any(|it| glob(pattern, it)));
    missed
        .map(|pattern| PlanProblem::NothingMatches {
            pattern: pattern.clone(),
        })
        .collect()
}

/// What a reference of a flow needs to be there.
fn target(reference: &Ref) -> Vec<ResourceAddr> {
    let kinds: &[ResourceKind] = match reference.kind {
        RefKind::Flow => &[ResourceKind::Flow],
        RefKind::Module => &[ResourceKind::Module],
        RefKind::Lambda => &[ResourceKind::Lambda, ResourceKind::Association],
        _ => &[],
    };
    let addrs = kinds.iter();
    addrs
        .map(|kind| ResourceAddr::new(*kind, &reference.name))
        .collect()
}

/// Whether something is there without the plan.
fn is_there(desired: &Desired, live: &Live, addr: &ResourceAddr) -> bool {
    match addr.kind {
        ResourceKind::Lambda => live.functions.contains_key(&addr.name),
        ResourceKind::Association => {
            let alias = desired.scope.live_alias_arn(&addr.name);
            live.associations.contains(&alias)
        }
        ResourceKind::QuickConnect => live.quick_connects.contains_key(&addr.name),
        _ => live.flows.contains_key(addr),
    }
}

/// What the chosen changes refer to, is not there, and was not chosen.
fn needs(
    desired: &Desired,
    live: &Live,
    plan: &Plan,
    left_out: &BTreeSet<ResourceAddr>,
) -> Vec<PlanProblem> {
    let mut problems = Vec::new();
    for change in &plan.changes {
        let references = desired.flows.get(&change.addr);
        let references = references.map(|it| bind::references(&it.flow));
        let references = references.into_iter().flatten();
        let mut all_needed: Vec<_> = references.flat_map(|it| target(&it)).collect();
        all_needed.extend(people::needs(desired, change));
        for needed in all_needed {
            if left_out.contains(&needed) && !is_there(desired, live, &needed) {
                problems.push(PlanProblem::NeedsLeftOut {
                    addr: change.addr.clone(),
                    needed,
                });
            }
        }
    }
    problems
}

/// What the chosen changes refer to, is there but does not run, and was not chosen.
fn not_live(
    desired: &Desired,
    live: &Live,
    plan: &Plan,
    left_out: &BTreeSet<ResourceAddr>,
) -> Vec<PlanWarning> {
    let mut warnings = Vec::new();
    for change in &plan.changes {
        let references = desired.flows.get(&change.addr);
        let references = references.map(|it| bind::references(&it.flow));
        for target in references.into_iter().flatten().flat_map(|it| target(&it)) {
            let Some(found) = live.flows.get(&target) else {
                continue;
            };
            if left_out.contains(&target) && (found.archived || found.content.is_none()) {
                warnings.push(PlanWarning::TargetNotLive {
                    addr: change.addr.clone(),
                    target,
                });
            }
        }
    }
    warnings
}

/// The flows of which another takes the place.
fn replaced(plan: &Plan) -> BTreeSet<ResourceAddr> {
    let replaced = plan.changes.iter();
    let replaced = replaced.filter(|it| it.kind == ChangeKind::Replace);
    replaced.map(|it| it.addr.clone()).collect()
}

/// What would be deleted although something of ours refers to it that was not chosen.
fn broken(
    desired: &Desired,
    live: &Live,
    plan: &Plan,
    left_out: &BTreeSet<ResourceAddr>,
    replaced: &BTreeSet<ResourceAddr>,
) -> Vec<PlanProblem> {
    let going = plan
        .changes
        .iter()
        .filter(|it| it.kind == ChangeKind::Delete || replaced.contains(&it.addr));
    let texts: Vec<(&ResourceAddr, String)> = left_out
        .iter()
        .filter_map(|addr| Some((addr, text(live, addr)?)))
        .collect();
    let mut problems = Vec::new();
    for change in going {
        let Some(mark) = mark(desired, live, &change.addr) else {
            continue;
        };
        let referrers = texts.iter().filter(|(_, text)| text.contains(&mark));
        let referrers: Vec<String> = referrers.map(|(addr, _)| addr.to_string()).collect();
        if !referrers.is_empty() {
            problems.push(PlanProblem::StillReferredTo {
                addr: change.addr.clone(),
                referrers,
            });
        }
    }
    problems
}

/// The text of a flow or module as it stays without the plan.
fn text(live: &Live, addr: &ResourceAddr) -> Option<String> {
    let found = live.flows.get(addr).and_then(|it| it.content.as_ref());
    let leftover = || match live.leftovers.get(addr)? {
        Leftover::Document { content, .. } => content.as_ref(),
        Leftover::Function(_) => None,
    };
    found.or_else(leftover).map(flow::json::to_text)
}

/// What a text has to contain to refer to it.
fn mark(desired: &Desired, live: &Live, addr: &ResourceAddr) -> Option<String> {
    match addr.kind {
        ResourceKind::Lambda => Some(desired.scope.function_arn(&addr.name)),
        ResourceKind::Flow | ResourceKind::Module => {
            let kind = match addr.kind {
                ResourceKind::Module => RefKind::Module,
                _ => RefKind::Flow,
            };
            let leftover = live.leftovers.get(addr).and_then(|it| it.id());
            let leftover = leftover.map(str::to_owned);
            leftover.or_else(|| remote::bound_id(&live.bindings, kind, &addr.name))
        }
        _ => None,
    }
}
