//! Plans functions, who may invoke them, and what delivers to them.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::call::FunctionCall;
use super::compare::Compare;
use super::{ChangeReason, PlanProblem, Planned, create};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::{Desired, Function, FunctionSettings, Source};
use crate::infra::Caller;
use crate::live::{FunctionState, Live, LiveFunction};
use crate::policy;
use crate::tags;

pub(super) fn plan(desired: &Desired, live: &Live) -> Vec<Planned> {
    let mut planned = Vec::new();
    for (name, function) in &desired.functions {
        planned.extend(missing_role(live, name));
        planned.push(lambda(desired, live, name, function));
    }
    for (name, function) in &desired.functions {
        for caller in &function.callers {
            planned.push(match caller {
                Caller::Flows => association(desired, live, name),
                Caller::Topic { topic, filter } => subscription(desired, live, name, topic, filter),
            });
        }
    }
    planned
}

fn missing_role(live: &Live, name: &str) -> Option<Planned> {
    let addr = ResourceAddr::new(ResourceKind::Role, name);
    let missing = !live.roles.contains_key(name);
    missing.then_some(Planned::Blocked(PlanProblem::FoundationMissing { addr }))
}

fn lambda(desired: &Desired, live: &Live, name: &str, function: &Function) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Lambda, name);
    let Some(source) = &function.source else {
        return Planned::Blocked(PlanProblem::SourceMissing { addr });
    };
    let Some(found) = live.functions.get(name) else {
        let mut calls = vec![
            FunctionCall::CreateFunction,
            FunctionCall::PublishVersion,
            FunctionCall::CreateAlias,
        ];
        let events = function.events.is_some();
        calls.extend(events.then_some(FunctionCall::PutEventSettings));
        return create(addr, calls);
    };
    let mut compare = Compare::new(addr.clone());
    code(&mut compare, found, source);
    settings(&mut compare, &found.latest.settings, &function.settings);
    publish(&mut compare, found, function, source);
    events(&mut compare, found, function);
    compare.tags(&found.tags, &desired.tags(&addr), FunctionCall::TagFunction);
    compare.finish()
}

/// Tags say what the code was built from and what we uploaded then, so nothing has to be built to
/// tell whether it is another.
fn code(compare: &mut Compare, found: &LiveFunction, source: &Source) {
    let call = || FunctionCall::UpdateFunctionCode;
    let of_tag = |tag: &str| found.tags.get(tag).cloned();
    let built_from = of_tag(tags::SOURCE);
    let uploaded = of_tag(tags::CODE);
    if built_from.as_ref() != Some(&source.digest) {
        compare.because(ChangeReason::CodeDiffers);
        compare.change("sources", built_from, Some(source.digest.clone()), call());
    } else if uploaded.as_ref() != Some(&found.latest.sha256) {
        compare.because(ChangeReason::ChangedOnInstance);
        compare.change("code", Some(found.latest.sha256.clone()), uploaded, call());
    }
    let architecture = source.architecture.as_str().to_owned();
    let live = found.latest.architecture.clone();
    compare.field("architecture", live, architecture, call());
}

fn settings(compare: &mut Compare, live: &FunctionSettings, desired: &FunctionSettings) {
    let mut field = |name: &str, live: String, desired: String| {
        compare.field(
            name,
            live,
            desired,
            FunctionCall::UpdateFunctionConfiguration,
        );
    };
    field(
        "description",
        live.description.clone(),
        desired.description.clone(),
    );
    field("role", live.role_arn.clone(), desired.role_arn.clone());
    field(
        "timeout",
        format!("{}s", live.timeout_seconds),
        format!("{}s", desired.timeout_seconds),
    );
    field(
        "memory",
        format!("{} MB", live.memory_mb),
        format!("{} MB", desired.memory_mb),
    );
    // The values of variables may be secrets; their names say enough.
    let names = live.environment.keys().chain(desired.environment.keys());
    let mut names: Vec<&String> = names.collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (old, new) = (live.environment.get(name), desired.environment.get(name));
        if old != new {
            let show = |value: Option<&String>| value.map(|_| "(value)".to_owned());
            let field = format!("environment.{name}");
            let call = FunctionCall::UpdateFunctionConfiguration;
            compare.change(&field, show(old), show(new), call);
        }
    }
}

/// A new version where the latest changes or the alias points to something else.
///
/// Publishing what did not change gives the last version again, so it is safe to repeat.
fn publish(compare: &mut Compare, found: &LiveFunction, function: &Function, source: &Source) {
    // Where the code changes there is a call already; where it does not, it is the latest.
    let wanted = FunctionState {
        settings: function.settings.clone(),
        sha256: found.latest.sha256.clone(),
        architecture: source.architecture.as_str().to_owned(),
    };
    let alias_call = match &found.live {
        None => FunctionCall::CreateAlias,
        Some(live) if *live != wanted || compare.has_calls() => FunctionCall::UpdateAlias,
        Some(_) => return,
    };
    compare.because(ChangeReason::AliasBehind);
    compare.call(FunctionCall::PublishVersion);
    compare.call(alias_call);
}

/// What becomes of events, field by field: what is not said is left to Lambda.
fn events(compare: &mut Compare, found: &LiveFunction, function: &Function) {
    let Some(wanted) = &function.events else {
        return;
    };
    let live = found.events.clone().unwrap_or_default();
    let number = |number: Option<i32>| number.map(|number| number.to_string());
    let mut field = |name, live, desired| {
        compare.field(name, live, desired, FunctionCall::PutEventSettings);
    };
    field("retries", number(live.retries), number(wanted.retries));
    let (old, new) = (live.max_age_seconds, wanted.max_age_seconds);
    field("max_age", number(old), number(new));
    field("send_to", live.queue_arn, wanted.queue_arn.clone());
}

fn association(desired: &Desired, live: &Live, name: &str) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Association, name);
    let alias = desired.scope.live_alias_arn(name);
    if !live.associations.contains(&alias) {
        let calls = vec![
            FunctionCall::AssociateLambdaFunction,
            FunctionCall::AddPermissionForFlows,
        ];
        return create(addr, calls);
    }
    let instance_arn = live.instance().map_or("", |instance| instance.arn.as_str());
    let mut compare = Compare::new(addr);
    permission(
        &mut compare,
        live.functions.get(name),
        "connect.amazonaws.com",
        instance_arn,
        FunctionCall::AddPermissionForFlows,
    );
    compare.finish()
}

fn subscription(
    desired: &Desired,
    live: &Live,
    name: &str,
    topic: &str,
    filter: &IndexMap<String, Vec<String>>,
) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Subscription, name);
    let Some(found) = live.subscriptions.get(name) else {
        if !live.topics.contains_key(topic) {
            let addr = ResourceAddr::new(ResourceKind::Topic, topic);
            return Planned::Blocked(PlanProblem::FoundationMissing { addr });
        }
        // The permission comes first: SNS would give up on what it may not deliver.
        return create(
            addr,
            vec![FunctionCall::AddPermissionForTopic, FunctionCall::Subscribe],
        );
    };
    let mut compare = Compare::new(addr);
    permission(
        &mut compare,
        live.functions.get(name),
        "sns.amazonaws.com",
        &desired.scope.topic_arn(topic),
        FunctionCall::AddPermissionForTopic,
    );
    let wanted = filter_policy(filter);
    if found.filter != wanted {
        let show = |filter: &Option<Json>| filter.as_ref().map(Json::to_string);
        let call = FunctionCall::SetSubscriptionFilter {
            subscription_arn: found.arn.clone(),
        };
        compare.change("filter", show(&found.filter), show(&wanted), call);
    }
    if let Some(queue) = &desired.functions[name].undelivered {
        let call = FunctionCall::SetSubscriptionDeadLetters {
            subscription_arn: found.arn.clone(),
        };
        compare.field(
            "undelivered",
            found.undelivered.clone(),
            queue.clone(),
            call,
        );
    }
    compare.finish()
}

fn permission(
    compare: &mut Compare,
    function: Option<&LiveFunction>,
    principal: &str,
    source_arn: &str,
    call: FunctionCall,
) {
    let live = function.and_then(|function| function.policy.as_ref());
    if !live.is_some_and(|live| policy::admits(live, principal, source_arn)) {
        compare.because(ChangeReason::PermissionMissing);
        compare.call(call);
    }
}

/// The filter policy of a subscription; nothing if every message is wanted.
pub(crate) fn filter_policy(filter: &IndexMap<String, Vec<String>>) -> Option<Json> {
    (!filter.is_empty()).then(|| json!(filter))
}
