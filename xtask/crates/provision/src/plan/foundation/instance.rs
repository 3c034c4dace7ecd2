//! Plans the instance itself: attributes, storage, approved origins.

use super::super::compare::Compare;
use super::super::{Change, ChangeKind, ChangeReason, InstanceCall, PlanProblem, Planned, create};
use super::storage::key_arn;
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::live::Live;
use crate::remote::show_place;

pub(super) fn instance(desired: &Desired, live: &Live) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Instance, &desired.scope.alias);
    let Some(found) = &live.instance else {
        return create(addr, vec![InstanceCall::CreateInstance]);
    };
    if found.is_being_created() {
        return Planned::Change(Change {
            addr,
            kind: ChangeKind::Create,
            reason: ChangeReason::BeingCreated,
            fields: Vec::new(),
            flow: None,
            calls: vec![InstanceCall::CreateInstance.into()],
        });
    }
    if found.status != "ACTIVE" {
        return Planned::Blocked(PlanProblem::InstanceNotActive {
            alias: desired.scope.alias.clone(),
            status: found.status.clone(),
        });
    }
    let identity = desired.instance.identity.as_str();
    if let Some(live) = &found.identity
        && live != identity
    {
        return Planned::Blocked(PlanProblem::FieldIsImmutable {
            addr,
            field: "identity",
            live: live.clone(),
            desired: identity.to_owned(),
        });
    }
    let mut compare = Compare::new(addr.clone());
    if let Some(tags) = &found.tags {
        compare.tags(tags, &desired.tags(&addr), InstanceCall::TagConnectResource);
    }
    compare.finish()
}

pub(super) fn attributes(desired: &Desired, live: &Live) -> Vec<Planned> {
    let specs = desired.instance.attributes.iter();
    let planned = specs.map(|spec| {
        let addr = ResourceAddr::new(ResourceKind::Attribute, spec.name);
        let found = live.attributes.get(&spec.api_name()).copied();
        let mut compare = Compare::new(addr);
        if found != Some(spec.value) {
            let old = found.map(|value| value.to_string());
            let new = Some(spec.value.to_string());
            compare.change("value", old, new, InstanceCall::UpdateInstanceAttribute);
        }
        compare.finish()
    });
    planned.collect()
}

pub(super) fn storage(desired: &Desired, live: &Live) -> Vec<Planned> {
    let specs = desired.storage.iter();
    let planned = specs.map(|(kind, storage)| {
        let addr = ResourceAddr::new(ResourceKind::Storage, kind.to_ascii_lowercase());
        let Some(found) = live.storage.get(kind) else {
            return create(addr, vec![InstanceCall::AssociateInstanceStorageConfig]);
        };
        let mut compare = Compare::new(addr);
        let call = || InstanceCall::UpdateInstanceStorageConfig {
            association_id: found.association_id.clone(),
        };
        if found.place.as_ref() != Some(&storage.place) {
            let old = found.place.as_ref().map(show_place);
            compare.change("place", old, Some(show_place(&storage.place)), call());
        }
        if let Some(key) = &storage.key {
            compare.field("key", found.key.clone(), key_arn(live, key), call());
        }
        compare.finish()
    });
    planned.collect()
}

pub(super) fn origins(desired: &Desired, live: &Live) -> Vec<Planned> {
    let origins = desired.instance.approved_origins.iter();
    let planned = origins.map(|origin| {
        let addr = ResourceAddr::new(ResourceKind::Origin, origin);
        if live.origins.contains(origin) {
            Planned::Unchanged(addr)
        } else {
            create(addr, vec![InstanceCall::AssociateApprovedOrigin])
        }
    });
    planned.collect()
}
