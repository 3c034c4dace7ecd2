//! Plans keys, buckets and queues for dead letters.

use super::super::compare::Compare;
use super::super::{PlanProblem, PlanWarning, Planned, StorageCall, StreamingCall, create};
use super::{bound, policies};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::{DeadLetters, Desired, Key, ManagedBucket};
use crate::live::{Live, LiveBucket};

/// A key that the environment names is used and never changed.
pub(super) fn key(desired: &Desired, live: &Live, name: &str, spec: &Key) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Key, name);
    let Some(found) = live.keys.get(name) else {
        return match &spec.existing {
            Some(key) => Planned::Blocked(PlanProblem::KeyMissing {
                addr,
                key: key.clone(),
            }),
            None => create(
                addr,
                vec![
                    StorageCall::CreateKey,
                    StorageCall::CreateKeyAlias,
                    StorageCall::EnableKeyRotation,
                ],
            ),
        };
    };
    if found.state != "Enabled" {
        let state = found.state.clone();
        return Planned::Blocked(PlanProblem::KeyUnusable { addr, state });
    }
    if spec.existing.is_some() {
        return Planned::Unchanged(addr);
    }
    let mut compare = Compare::new(addr.clone());
    if !found.turns {
        let (old, new) = ("off".to_owned(), "on".to_owned());
        compare.field("rotation", old, new, StorageCall::EnableKeyRotation);
    }
    let policy = bound(&spec.policy, live);
    policies(
        &mut compare,
        "policy",
        found.policy.as_ref(),
        &policy,
        StorageCall::PutKeyPolicy,
    );
    compare.tags(&found.tags, &desired.tags(&addr), StorageCall::TagKey);
    compare.finish()
}

/// A bucket without our tags is somebody else's: it is used as it is.
pub(super) fn bucket(desired: &Desired, live: &Live, name: &str, spec: &ManagedBucket) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Bucket, name);
    let found = match live.buckets.get(name) {
        None => return create(addr, all_calls(spec)),
        Some(LiveBucket::NotOurs) => return Planned::Unchanged(addr),
        Some(LiveBucket::Ours(found)) => found,
    };
    let mut compare = Compare::new(addr.clone());
    if !found.is_closed {
        let (old, new) = ("possible".to_owned(), "blocked".to_owned());
        compare.field("public access", old, new, StorageCall::BlockPublicAccess);
    }
    if let Some(key) = &spec.spec.key {
        let wanted = key_arn(live, key);
        let call = StorageCall::PutBucketEncryption;
        compare.field("key", found.key.clone(), wanted, call);
    }
    if let Some(days) = spec.spec.expire_after_days {
        let old = found.expire_after_days.map(|days| format!("{days}d"));
        let call = StorageCall::PutBucketLifecycle;
        compare.field("expire_after", old, format!("{days}d"), call);
    }
    if !spec.cors.is_empty() {
        let shown = |origins: &[String]| (!origins.is_empty()).then(|| origins.join(", "));
        let call = StorageCall::PutBucketCors;
        compare.field("cors", shown(&found.cors), shown(&spec.cors), call);
    }
    policies(
        &mut compare,
        "policy",
        found.policy.as_ref(),
        &spec.policy,
        StorageCall::PutBucketPolicy,
    );
    compare.tags(&found.tags, &desired.tags(&addr), StorageCall::TagBucket);
    compare.finish()
}

fn all_calls(bucket: &ManagedBucket) -> Vec<StorageCall> {
    let spec = &bucket.spec;
    let some = |wanted: bool, call| wanted.then_some(call);
    let calls = [
        Some(StorageCall::CreateBucket),
        Some(StorageCall::BlockPublicAccess),
        some(spec.key.is_some(), StorageCall::PutBucketEncryption),
        some(
            spec.expire_after_days.is_some(),
            StorageCall::PutBucketLifecycle,
        ),
        some(!bucket.cors.is_empty(), StorageCall::PutBucketCors),
        Some(StorageCall::PutBucketPolicy),
    ];
    calls.into_iter().flatten().collect()
}

pub(super) fn dead_letters(
    desired: &Desired,
    live: &Live,
    name: &str,
    spec: &DeadLetters,
) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::DeadLetters, name);
    let Some(found) = live.dead_letters.get(name) else {
        return create(addr, vec![StreamingCall::CreateDeadLetters]);
    };
    let call = || StreamingCall::SetDeadLettersAttributes;
    let mut compare = Compare::new(addr.clone());
    let (old, new) = (found.keep_seconds, spec.keep_seconds);
    compare.field("keep", format!("{old}s"), format!("{new}s"), call());
    if let Some(key) = &spec.key {
        compare.field("key", found.key.clone(), key_arn(live, key), call());
    }
    if let Some(policy) = &spec.policy {
        policies(
            &mut compare,
            "policy",
            found.policy.as_ref(),
            policy,
            call(),
        );
    }
    let call = StreamingCall::TagDeadLetters;
    compare.tags(&found.tags, &desired.tags(&addr), call);
    compare.finish()
}

/// The ARN of a key, or its address as long as there is none.
pub(super) fn key_arn(live: &Live, name: &str) -> String {
    let key = live.keys.get(name).map(|key| key.arn.clone());
    key.unwrap_or_else(|| ResourceAddr::new(ResourceKind::Key, name).to_string())
}

/// What is used as it is, since it is not ours.
pub(super) fn warnings(desired: &Desired, live: &Live) -> impl Iterator<Item = PlanWarning> {
    let buckets = desired.buckets.iter();
    buckets.filter_map(|(name, bucket)| {
        let not_ours = matches!(live.buckets.get(name), Some(LiveBucket::NotOurs));
        not_ours.then(|| PlanWarning::BucketIsNotOurs {
            addr: ResourceAddr::new(ResourceKind::Bucket, name),
            bucket: bucket.name.clone(),
        })
    })
}
