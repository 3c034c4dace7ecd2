//! Plans what becomes of what we deployed once and our sources have no more: it is kept and named,
//! or deleted last, callers before what they call.

use std::collections::{BTreeMap, BTreeSet};

use super::call::{Call, FlowCall, FunctionCall};
use super::order::{self, Node};
use super::{Change, ChangeKind, ChangeReason, Choices, Plan, PlanProblem, PlanWarning, Planned};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::live::{Leftover, Live};

pub(super) fn plan(desired: &Desired, live: &Live, choices: &Choices, plan: &mut Plan) {
    for addr in in_order(desired, live) {
        let leftover = &live.leftovers[&addr];
        if !choices.prune {
            plan.warnings.push(PlanWarning::Kept { addr });
            continue;
        }
        if desired.protect && !choices.allow_destroy {
            plan.problems.push(PlanProblem::DestroyNotAllowed { addr });
            continue;
        }
        let referrers = referrers(desired, live, &addr, leftover);
        if !referrers.is_empty() {
            plan.problems
                .push(PlanProblem::StillReferredTo { addr, referrers });
            continue;
        }
        if let (ResourceKind::Flow, Some(id)) = (addr.kind, leftover.id()) {
            plan.warnings.push(PlanWarning::EntryPointsUnknown {
                addr: addr.clone(),
                id: id.to_owned(),
            });
        }
        plan.take(Planned::Change(Change {
            calls: calls(&addr, leftover),
            addr,
            kind: ChangeKind::Delete,
            reason: ChangeReason::NotInSources,
            fields: Vec::new(),
            flow: None,
        }));
    }
}

/// Flows and modules before what they refer to, functions at the end.
fn in_order(desired: &Desired, live: &Live) -> Vec<ResourceAddr> {
    let documents = live.leftovers.iter().filter_map(|(addr, leftover)| {
        let Leftover::Document { content, .. } = leftover else {
            return None;
        };
        let text = content
            .as_ref()
            .map(flow::json::to_text)
            .unwrap_or_default();
        let others = live.leftovers.iter().filter(|(other, _)| *other != addr);
        let refers_to = others
            .filter(|(other, leftover)| text.contains(&mark(desired, other, leftover)))
            .map(|(other, _)| other.clone());
        let node = Node {
            exists: true,
            refers_to: refers_to.collect(),
        };
        Some((addr.clone(), node))
    });
    let nodes: BTreeMap<ResourceAddr, Node> = documents.collect();
    let mut sequence = order::order(&nodes).sequence;
    sequence.reverse();
    let functions = live.leftovers.keys();
    sequence.extend(functions.filter(|it| !nodes.contains_key(*it)).cloned());
    sequence
}

/// What a text has to contain to refer to it: the id of a flow or module, with or without its ARN,
/// or the ARN of a function, with or without a qualifier.
fn mark(desired: &Desired, addr: &ResourceAddr, leftover: &Leftover) -> String {
    match leftover {
        Leftover::Document { id, .. } => id.clone(),
        Leftover::Function(_) => desired.scope.function_arn(&addr.name),
    }
}

/// The flows and modules that stay and refer to it. Ours do so no more once the plan has been
/// carried out as far as the deletions.
fn referrers(
    desired: &Desired,
    live: &Live,
    addr: &ResourceAddr,
    leftover: &Leftover,
) -> Vec<String> {
    let mark = mark(desired, addr, leftover);
    let others = live.referrers.iter();
    let others = others.filter(|it| it.content.contains(&mark));
    let titles: BTreeSet<String> = others.map(|it| it.title.clone()).collect();
    titles.into_iter().collect()
}

fn calls(addr: &ResourceAddr, leftover: &Leftover) -> Vec<Call> {
    match leftover {
        Leftover::Document { id, .. } => {
            let id = id.clone();
            vec![match addr.kind {
                ResourceKind::Module => FlowCall::DeleteModule { id }.into(),
                _ => FlowCall::DeleteFlow { id }.into(),
            }]
        }
        Leftover::Function(function) => {
            let subscriptions = function.subscriptions.iter();
            let mut calls: Vec<Call> = subscriptions
                .map(|arn| {
                    let subscription_arn = arn.clone();
                    FunctionCall::Unsubscribe { subscription_arn }.into()
                })
                .collect();
            if function.is_associated {
                calls.push(FunctionCall::DisassociateLambdaFunction.into());
            }
            // Its versions, aliases and permissions go with it.
            calls.push(FunctionCall::DeleteFunction.into());
            calls
        }
    }
}
