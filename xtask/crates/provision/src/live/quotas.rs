//! Asks Service Quotas how much there may be, if something is about to be created.

use std::collections::BTreeMap;

use aws_sdk_servicequotas::types::AppliedLevelEnum;

use super::Live;
use crate::address::Layer;
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::infra::Caller;
use crate::quotas::QUOTAS;

/// The quotas by their codes. Who may not ask, or gets no answer, plans with what is known anyway.
pub(super) async fn read(
    clients: &Clients,
    desired: &Desired,
    live: &Live,
    layer: Layer,
) -> BTreeMap<String, usize> {
    let knows_all = QUOTAS.iter().all(|it| desired.quotas.contains_key(it.key));
    match live.instance() {
        Some(instance) if !knows_all && creates(desired, live, layer) => {
            list(clients, &instance.id).await.unwrap_or_default()
        }
        _ => BTreeMap::new(),
    }
}

fn creates(desired: &Desired, live: &Live, layer: Layer) -> bool {
    match layer {
        Layer::Foundation => {
            desired.hours.keys().any(|it| !live.hours.contains_key(it))
                || desired
                    .queues
                    .keys()
                    .any(|it| !live.queues.contains_key(it))
                || desired
                    .routing_profiles
                    .keys()
                    .any(|it| !live.routing_profiles.contains_key(it))
        }
        Layer::Release => {
            let is_missing = |name: &String| {
                let alias = desired.scope.live_alias_arn(name);
                !live.associations.contains(&alias)
            };
            let mut functions = desired.functions.iter();
            desired.flows.keys().any(|it| !live.flows.contains_key(it))
                || functions
                    .any(|(name, it)| it.callers.contains(&Caller::Flows) && is_missing(name))
        }
    }
}

/// The quotas of Connect by their codes. A number for this instance goes before one for all.
pub(crate) async fn list(
    clients: &Clients,
    instance: &str,
) -> Result<BTreeMap<String, usize>, ApiError> {
    let request = clients.quotas.list_service_quotas();
    let request = request
        .service_code("connect")
        .quota_applied_at_level(AppliedLevelEnum::All);
    let quotas = request.into_paginator().items().send().try_collect().await;
    let quotas = quotas.map_err(|e| ApiError::new("servicequotas:ListServiceQuotas", e))?;
    let mut found = BTreeMap::new();
    for is_own in [false, true] {
        for quota in &quotas {
            let context = quota.quota_context().and_then(|it| it.context_id());
            let of_instance = context.is_some_and(|it| it.contains(instance));
            let fits = if is_own {
                of_instance
            } else {
                context.is_none_or(|it| it == "*")
            };
            if let (true, Some(code), Some(value)) = (fits, quota.quota_code(), quota.value()) {
                // Quotas on numbers of things are whole and far below what a float can hold.
                found.insert(code.to_owned(), value as usize);
            }
        }
    }
    Ok(found)
}
