//! Plans topics and tables.

use serde_json::Value as Json;

use super::super::compare::Compare;
use super::super::{PlanProblem, Planned, StreamingCall, create};
use super::{bound, policies, storage};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::infra::TableSpec;
use crate::live::Live;

pub(super) fn topic(desired: &Desired, live: &Live, name: &str, spec: &Json) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Topic, name);
    let Some(found) = live.topics.get(name) else {
        return create(addr, vec![StreamingCall::CreateTopic]);
    };
    let mut compare = Compare::new(addr.clone());
    let spec = bound(spec, live);
    policies(
        &mut compare,
        "policy",
        Some(&found.policy),
        &spec,
        StreamingCall::SetTopicPolicy,
    );
    if let Some(key) = desired.topic_keys.get(name) {
        let wanted = storage::key_arn(live, key);
        compare.field("key", found.key.clone(), wanted, StreamingCall::SetTopicKey);
    }
    compare.tags(&found.tags, &desired.tags(&addr), StreamingCall::TagTopic);
    compare.finish()
}

pub(super) fn table(desired: &Desired, live: &Live, name: &str, spec: &TableSpec) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Table, name);
    let Some(found) = live.tables.get(name) else {
        let mut calls = vec![StreamingCall::CreateTable];
        calls.extend(
            spec.time_to_live
                .is_some()
                .then_some(StreamingCall::UpdateTimeToLive),
        );
        calls.extend(
            spec.point_in_time_recovery
                .then_some(StreamingCall::EnablePointInTimeRecovery),
        );
        return create(addr, calls);
    };
    if found.partition_key != spec.partition_key {
        return Planned::Blocked(PlanProblem::FieldIsImmutable {
            addr,
            field: "partition_key",
            live: found.partition_key.clone(),
            desired: spec.partition_key.clone(),
        });
    }
    if found.sort_key != spec.sort_key {
        let shown = |key: &Option<String>| key.clone().unwrap_or_else(|| "none".to_owned());
        return Planned::Blocked(PlanProblem::FieldIsImmutable {
            addr,
            field: "sort_key",
            live: shown(&found.sort_key),
            desired: shown(&spec.sort_key),
        });
    }
    let mut compare = Compare::new(addr.clone());
    if let Some(attribute) = &spec.time_to_live {
        let (old, new) = (found.time_to_live.clone(), attribute.clone());
        compare.field("time_to_live", old, new, StreamingCall::UpdateTimeToLive);
    }
    if let Some(key) = &spec.key {
        let wanted = storage::key_arn(live, key);
        let call = StreamingCall::UpdateTableEncryption;
        compare.field("key", found.key.clone(), wanted, call);
    }
    if spec.point_in_time_recovery && !found.point_in_time_recovery {
        let (old, new) = ("off".to_owned(), "on".to_owned());
        let call = StreamingCall::EnablePointInTimeRecovery;
        compare.field("point_in_time_recovery", old, new, call);
    }
    compare.tags(&found.tags, &desired.tags(&addr), StreamingCall::TagTable);
    compare.finish()
}
