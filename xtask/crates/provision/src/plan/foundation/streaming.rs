//! Plans topics and tables.

use serde_json::Value as Json;

use super::super::compare::Compare;
use super::super::{PlanProblem, Planned, StreamingCall, create};
use super::{instance_arn, policies};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::infra::TableSpec;
use crate::live::Live;
use crate::policy;

pub(super) fn topic(desired: &Desired, live: &Live, name: &str, spec: &Json) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Topic, name);
    let Some(found) = live.topics.get(name) else {
        return create(addr, vec![StreamingCall::CreateTopic]);
    };
    let mut compare = Compare::new(addr.clone());
    let spec = policy::with_instance(spec, instance_arn(live));
    policies(
        &mut compare,
        "policy",
        Some(&found.policy),
        &spec,
        StreamingCall::SetTopicPolicy,
    );
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
    compare.tags(&found.tags, &desired.tags(&addr), StreamingCall::TagTable);
    compare.finish()
}
