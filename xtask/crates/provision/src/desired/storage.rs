//! Keys, buckets, queues for dead letters, and where the instance stores what.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::environment::Environment;
use crate::infra::{BucketSpec, Caller, FailureSpec, Infra, InstanceSpec, LambdaSpec, PlaceSpec};
use crate::policy;
use crate::scope::Scope;

/// A key that encrypts what is ours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    /// One that is there already, by ARN, id or alias; it is never changed.
    pub(crate) existing: Option<String>,
    pub(crate) policy: Json,
}

/// A bucket that we make if it is not there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ManagedBucket {
    /// What it is really called.
    pub(crate) name: String,
    pub(crate) spec: BucketSpec,
    /// The pages of the files, and those of the people who work on the instance.
    pub(crate) cors: Vec<String>,
    pub(crate) policy: Json,
}

/// A queue for what could not be delivered or handled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeadLetters {
    pub(crate) keep_seconds: i64,
    /// The name of the key that encrypts it.
    pub(crate) key: Option<String>,
    /// Lets topics send to it; nothing if only functions do, which their roles allow.
    pub(crate) policy: Option<Json>,
}

/// Where the instance stores one kind of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Storage {
    pub(crate) place: Place,
    /// The name of the key that encrypts it.
    pub(crate) key: Option<String>,
}

/// A place for one kind of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Bucket(Bucket),
    /// The ARN of a stream of Kinesis or Firehose.
    Stream(String),
}

/// A folder in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) prefix: String,
}

/// What becomes of events that a function does not manage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventSettings {
    pub(crate) retries: Option<i32>,
    pub(crate) max_age_seconds: Option<i32>,
    pub(crate) queue_arn: Option<String>,
}

pub(super) fn keys(
    scope: &Scope,
    environment: &Environment,
    infra: &Infra,
) -> IndexMap<String, Key> {
    let keys = infra.keys.keys().map(|name| {
        let key = Key {
            existing: environment.keys.get(name).cloned(),
            policy: policy::key(scope, &delivering_topics(infra, name)),
        };
        (name.clone(), key)
    });
    keys.collect()
}

/// The topics whose undelivered messages a queue under this key gets.
fn delivering_topics<'a>(infra: &'a Infra, key: &str) -> Vec<&'a str> {
    let lambdas = infra.lambdas.values();
    let mut topics: Vec<&str> = lambdas
        .filter(|lambda| {
            let queue = lambda.undelivered.as_ref();
            let queue = queue.and_then(|queue| infra.dead_letters.get(queue));
            queue.is_some_and(|queue| queue.key.as_deref() == Some(key))
        })
        .filter_map(topic)
        .collect();
    topics.sort_unstable();
    topics.dedup();
    topics
}

fn topic(lambda: &LambdaSpec) -> Option<&str> {
    lambda.invoked_by.iter().find_map(|caller| match caller {
        Caller::Topic { topic, .. } => Some(topic.as_str()),
        Caller::Flows => None,
    })
}

pub(super) fn buckets(
    scope: &Scope,
    environment: &Environment,
    infra: &Infra,
) -> IndexMap<String, ManagedBucket> {
    let buckets = infra.buckets.iter().filter_map(|(name, spec)| {
        let real = environment.buckets.get(name)?;
        // People on the instance read attachments in pages that come from there.
        let own = format!("https://{}.my.connect.aws", scope.alias);
        let own = (!spec.cors.is_empty()).then_some(own);
        let bucket = ManagedBucket {
            name: real.clone(),
            spec: spec.clone(),
            cors: spec.cors.iter().cloned().chain(own).collect(),
            policy: policy::bucket(scope, real),
        };
        Some((name.clone(), bucket))
    });
    buckets.collect()
}

pub(super) fn dead_letters(scope: &Scope, infra: &Infra) -> IndexMap<String, DeadLetters> {
    let queues = infra.dead_letters.iter().map(|(name, spec)| {
        let lambdas = infra.lambdas.values();
        let mut topics: Vec<&str> = lambdas
            .filter(|lambda| lambda.undelivered.as_ref() == Some(name))
            .filter_map(topic)
            .collect();
        topics.sort_unstable();
        topics.dedup();
        let queue = DeadLetters {
            keep_seconds: spec.keep_seconds,
            key: spec.key.clone(),
            policy: (!topics.is_empty()).then(|| policy::dead_letters(scope, name, &topics)),
        };
        (name.clone(), queue)
    });
    queues.collect()
}

pub(super) fn storage(
    environment: &Environment,
    instance: &InstanceSpec,
) -> BTreeMap<String, Storage> {
    let places = instance.storage.iter().filter_map(|spec| {
        let place = match &spec.place {
            PlaceSpec::Bucket { bucket, prefix } => Place::Bucket(Bucket {
                name: environment.buckets.get(bucket)?.clone(),
                prefix: prefix.clone(),
            }),
            PlaceSpec::Stream(stream) => Place::Stream(environment.streams.get(stream)?.clone()),
        };
        let key = spec.key.clone();
        Some((spec.api_name(), Storage { place, key }))
    });
    places.collect()
}

pub(super) fn topic_keys(infra: &Infra) -> BTreeMap<String, String> {
    let topics = infra.topics.iter();
    let keys = topics.filter_map(|(name, spec)| Some((name.clone(), spec.key.clone()?)));
    keys.collect()
}

pub(super) fn events(scope: &Scope, failure: &FailureSpec) -> EventSettings {
    EventSettings {
        retries: failure.retries,
        max_age_seconds: failure.max_age_seconds,
        queue_arn: failure.send_to.as_ref().map(|name| scope.queue_arn(name)),
    }
}

/// The keys that a function's role must be let use, because of what it reads and writes, and through
/// which services.
pub(super) fn keys_of_lambda<'a>(
    infra: &'a Infra,
    lambda: &'a LambdaSpec,
) -> BTreeMap<&'a str, Vec<&'static str>> {
    let targets = lambda.may.iter().flat_map(|grant| &grant.on);
    let tables = targets.filter_map(|target| match target {
        crate::infra::GrantTarget::Table(table) => infra.tables.get(table)?.key.as_deref(),
        _ => None,
    });
    let tables = tables.map(|key| (key, "dynamodb"));
    let queue = lambda
        .on_failure
        .as_ref()
        .and_then(|it| it.send_to.as_ref());
    let queue = queue.and_then(|queue| infra.dead_letters.get(queue)?.key.as_deref());
    let mut keys: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for (key, service) in tables.chain(queue.map(|key| (key, "sqs"))) {
        let services = keys.entry(key).or_default();
        if !services.contains(&service) {
            services.push(service);
        }
    }
    keys
}
