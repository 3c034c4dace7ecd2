//! Reads what could go.

use std::collections::BTreeSet;

use flow::model::DocumentKind;
use futures_util::try_join;

use crate::address::{Layer, ResourceAddr};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::drift::seeded;
use crate::live::{
    Live, LiveBucket, list_all_flows, list_all_modules, our_documents, our_old_functions, read_live,
};
use crate::tags;

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub(crate) foundation: Live,
    pub(crate) release: Live,
    /// Flows and modules that are ours, those that the sources have no more among them.
    pub(crate) documents: Vec<OurDocument>,
    /// The titles of flows and modules that are not, but for those that every instance has.
    pub(crate) others: Vec<String>,
    /// The names of functions that are ours and that the sources have no more.
    pub(crate) old_functions: Vec<String>,
    /// The names of our buckets that have objects in them.
    pub(crate) full_buckets: BTreeSet<String>,
}

/// A flow or module that is ours.
#[derive(Clone, Debug)]
pub(crate) struct OurDocument {
    pub(crate) addr: ResourceAddr,
    pub(crate) id: String,
}

impl Found {
    /// Whether the instance carries our tags.
    pub(crate) fn owns_instance(&self) -> bool {
        let instance = self.foundation.instance.as_ref();
        let tags = instance.and_then(|instance| instance.tags.as_ref());
        tags.is_some_and(|tags| tags::other_owner(tags).is_none())
    }
}

/// Reads both layers, and what is on the instance beside them.
///
/// # Errors
///
/// The first call that gets no answer or no permission: what could not be seen must not be guessed.
pub async fn read(clients: &Clients, desired: &Desired) -> Result<Found, ApiError> {
    let (foundation, release) = try_join!(
        read_live(clients, desired, Layer::Foundation),
        read_live(clients, desired, Layer::Release),
    )?;
    let mut found = Found {
        full_buckets: full_buckets(clients, desired, &foundation).await?,
        old_functions: our_old_functions(clients, desired).await?,
        foundation,
        release,
        documents: Vec::new(),
        others: Vec::new(),
    };
    if let Some(instance) = found.foundation.instance().cloned() {
        documents(clients, &instance.id, &mut found).await?;
    }
    Ok(found)
}

async fn documents(clients: &Clients, instance: &str, found: &mut Found) -> Result<(), ApiError> {
    let (flows, modules, ours) = try_join!(
        list_all_flows(clients, instance),
        list_all_modules(clients, instance),
        our_documents(clients, instance),
    )?;
    for (listed, kind) in flows.into_iter().chain(modules) {
        let ours = ours.iter().find(|(_, arn)| *arn == listed.arn);
        match ours {
            Some((addr, _)) => found.documents.push(OurDocument {
                addr: addr.clone(),
                id: listed.id,
            }),
            None if seeded(&listed.name, kind) => {}
            None => found.others.push(match kind {
                DocumentKind::Module => format!("module {}", listed.name),
                DocumentKind::Flow(_) => format!("flow {}", listed.name),
            }),
        }
    }
    Ok(())
}

async fn full_buckets(
    clients: &Clients,
    desired: &Desired,
    live: &Live,
) -> Result<BTreeSet<String>, ApiError> {
    let mut full = BTreeSet::new();
    for (name, bucket) in &desired.buckets {
        let ours = live.buckets.get(name);
        if !matches!(ours, Some(LiveBucket::Ours(_))) {
            continue;
        }
        let request = clients.s3.list_objects_v2().bucket(&bucket.name);
        let request = request.expected_bucket_owner(&desired.scope.account);
        let answer = request.max_keys(1).send().await;
        let answer = answer.map_err(|e| ApiError::new("s3:ListObjectsV2", e))?;
        if !answer.contents().is_empty() {
            full.insert(name.clone());
        }
    }
    Ok(full)
}
