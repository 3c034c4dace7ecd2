//! Reads everything a layer needs: each list once, then one look at each managed resource.

use flow::value::{Ref, RefKind};
use futures_util::future::{try_join, try_join3};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Live, connect, flows, functions, leftovers, quotas, storage, streaming};
use crate::address::Layer;
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::plan::Choices;

/// How many of one kind are asked for at once. They wait for their turn by the rate of the operation;
/// more would only wait longer, signed already.
const CONCURRENCY: usize = 8;

/// Reads what there is of what should be.
///
/// # Errors
///
/// The first call that gets no answer or no permission.
pub async fn read_live(
    clients: &Clients,
    desired: &Desired,
    layer: Layer,
) -> Result<Live, ApiError> {
    read_live_for(clients, desired, layer, &Choices::default()).await
}

/// The same for a plan with these choices; what is to be deleted takes a look at everything that
/// could refer to it.
///
/// # Errors
///
/// As [`read_live`].
pub async fn read_live_for(
    clients: &Clients,
    desired: &Desired,
    layer: Layer,
    choices: &Choices,
) -> Result<Live, ApiError> {
    let (instance, failed_creations) = connect::instances(clients, &desired.scope.alias).await?;
    let mut live = Live {
        instance,
        failed_creations,
        ..Live::default()
    };
    match layer {
        Layer::Foundation => {
            let (mut around, mut stored) = (Live::default(), Live::default());
            try_join3(
                connect::foundation(clients, desired, &mut live),
                streaming::foundation(clients, desired, &mut around),
                storage::storage(clients, desired, &mut stored),
            )
            .await?;
            live.keys = stored.keys;
            live.buckets = stored.buckets;
            live.dead_letters = stored.dead_letters;
            live.topics = around.topics;
            live.tables = around.tables;
            live.roles = around.roles;
            live.log_groups = around.log_groups;
        }
        Layer::Release => {
            let mut around = Live::default();
            try_join(
                flows::release(clients, desired, &mut live),
                functions::release(clients, desired, &mut around),
            )
            .await?;
            live.functions = around.functions;
            live.revisions = around.revisions;
            live.roles = around.roles;
            live.topics = around.topics;
            live.subscriptions = around.subscriptions;
        }
    }
    bind_functions(desired, &mut live);
    if layer == Layer::Release && desired.rollback.is_none() {
        leftovers::read(clients, desired, &mut live, choices).await?;
    }
    live.quotas = quotas::read(clients, desired, &live, layer).await;
    Ok(live)
}

/// Flows name the alias of a function, whose ARN is known before the function exists, and those of
/// Lex bots, which are nothing that we make.
pub(super) fn bind_functions(desired: &Desired, live: &mut Live) {
    for name in desired.functions.keys() {
        let reference = Ref::new(RefKind::Lambda, name);
        let arn = desired.scope.live_alias_arn(name);
        let display_name = Some(desired.scope.remote_name(name));
        live.bindings.insert(reference, arn, display_name);
    }
    for (name, arn) in &desired.lex_bots {
        let reference = Ref::new(RefKind::LexBot, name);
        live.bindings.insert(reference, arn, Some(name.clone()));
    }
}

/// Asks for several things at once, a few at a time; the answers keep their order.
pub(super) async fn each<I, T, F>(
    items: impl IntoIterator<Item = I>,
    ask: impl Fn(I) -> F,
) -> Result<Vec<T>, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let requests = stream::iter(items).map(ask);
    requests.buffered(CONCURRENCY).try_collect().await
}

/// Turns "not found" into nothing.
pub(super) fn found<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
