//! Plans the roles of functions and their log groups.

use super::super::compare::Compare;
use super::super::{LogCall, Planned, RoleCall, create};
use super::{bound, policies};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::{Desired, LogGroup, Role};
use crate::live::Live;

pub(super) fn role(desired: &Desired, live: &Live, name: &str, spec: &Role) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Role, name);
    let Some(found) = live.roles.get(name) else {
        return create(addr, vec![RoleCall::CreateRole, RoleCall::PutRolePolicy]);
    };
    let mut compare = Compare::new(addr.clone());
    policies(
        &mut compare,
        "trust",
        Some(&found.trust),
        &spec.trust,
        RoleCall::UpdateRoleTrust,
    );
    let wanted = bound(&spec.policy, live);
    policies(
        &mut compare,
        "policy",
        found.policy.as_ref(),
        &wanted,
        RoleCall::PutRolePolicy,
    );
    compare.tags(&found.tags, &desired.tags(&addr), RoleCall::TagRole);
    compare.finish()
}

pub(super) fn log_group(desired: &Desired, live: &Live, name: &str, spec: &LogGroup) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::LogGroup, name);
    let Some(found) = live.log_groups.get(name) else {
        let mut calls = vec![LogCall::CreateLogGroup];
        calls.extend(
            spec.retention_days
                .is_some()
                .then_some(LogCall::PutRetentionPolicy),
        );
        return create(addr, calls);
    };
    let mut compare = Compare::new(addr.clone());
    if let Some(days) = spec.retention_days {
        let old = found.retention_days.map(|days| format!("{days}d"));
        compare.field(
            "retention",
            old,
            format!("{days}d"),
            LogCall::PutRetentionPolicy,
        );
    }
    compare.tags(&found.tags, &desired.tags(&addr), LogCall::TagLogGroup);
    compare.finish()
}
