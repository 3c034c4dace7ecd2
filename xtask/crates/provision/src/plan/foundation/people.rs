//! Plans security profiles.

use std::collections::BTreeSet;

use super::super::compare::Compare;
use super::super::{InstanceCall, PeopleCall, Planned, create};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::infra::SecurityProfileSpec;
use crate::live::Live;

pub(super) fn security_profile(
    desired: &Desired,
    live: &Live,
    name: &str,
    spec: &SecurityProfileSpec,
) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::SecurityProfile, name);
    let Some(found) = live.security_profiles.get(name) else {
        return create(addr, vec![PeopleCall::CreateSecurityProfile]);
    };
    let mut compare = Compare::new(addr.clone());
    let call = || PeopleCall::UpdateSecurityProfile;
    // What our sources do not say is not ours to judge.
    if let Some(description) = &spec.description {
        let live = found.description.clone();
        compare.field("description", live, description.clone(), call());
    }
    set(
        &mut compare,
        "permissions",
        &found.permissions,
        &spec.permissions,
    );
    if let Some(tags) = &spec.only_tagged {
        let show = |(key, value): (&String, &String)| format!("{key}={value}");
        let live = found.only_tagged.iter().map(show).collect();
        set(
            &mut compare,
            "only_tagged",
            &live,
            &tags.iter().map(show).collect(),
        );
    }
    if let Some(kinds) = &spec.only_tagged_kinds {
        let live = &found.only_tagged_kinds;
        set(&mut compare, "only_tagged_kinds", live, kinds);
    }
    compare.tags(
        &found.tags,
        &desired.tags(&addr),
        InstanceCall::TagConnectResource,
    );
    compare.finish()
}

/// Shows of two sets what goes and what comes, since both may have hundreds of members.
fn set(compare: &mut Compare, name: &str, live: &BTreeSet<String>, wanted: &BTreeSet<String>) {
    if live == wanted {
        return;
    }
    let only = |these: &BTreeSet<String>, not_those: &BTreeSet<String>| {
        let texts: Vec<&str> = these.difference(not_those).map(String::as_str).collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    };
    let (gone, added) = (only(live, wanted), only(wanted, live));
    compare.change(name, gone, added, PeopleCall::UpdateSecurityProfile);
}
