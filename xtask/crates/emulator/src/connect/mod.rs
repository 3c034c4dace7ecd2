//! The control plane of Amazon Connect.
//!
//! `routes.txt` names every operation of the API and `inputs.json` what the implemented ones accept;
//! each resource kind has a file with its operations. Operations on contacts are those of
//! [`crate::chat`].

mod associations;
mod attributes;
mod documents;
mod errors;
mod flows;
mod hours;
mod input;
mod inputs;
mod instances;
mod listings;
mod module_versions;
mod modules;
mod paging;
mod prompts;
mod queues;
mod quick_connects;
mod routes;
mod routing_profiles;
mod search;
mod security_profiles;
mod seed;
pub(crate) mod state;
mod storage;
mod tags;
mod views;

use std::sync::Arc;

use self::input::{Handler, Input};
pub(crate) use self::state::State;
use crate::chat;
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

/// Names the operation of a request, also where it is not implemented.
pub(crate) fn operation(request: &Request) -> Option<&'static str> {
    routes::find(request).map(|route| route.operation)
}

/// Carries out an operation; `None` if it is not implemented.
pub(crate) async fn handle(
    world: &Arc<World>,
    operation: &'static str,
    request: &Request,
) -> Option<Result<Response, ServiceError>> {
    let Some(handler) = handler(operation) else {
        return chat::operations::handle(world, operation, request).await;
    };
    let route = routes::find(request)?;
    let answer =
        Input::new(world, route, request).and_then(|input| handler(&input, &mut world.connect()));
    if let Err(error) = &answer {
        debug_assert!(errors::is_modelled(route, error), "{operation}: {error:?}");
    }
    Some(answer)
}

fn handler(operation: &str) -> Option<Handler> {
    [
        instances::handler,
        attributes::handler,
        storage::handler,
        associations::handler,
        flows::handler,
        modules::handler,
        module_versions::handler,
        queues::handler,
        hours::handler,
        routing_profiles::handler,
        security_profiles::handler,
        quick_connects::handler,
        prompts::handler,
        views::handler,
        listings::handler,
        tags::handler,
    ]
    .into_iter()
    .find_map(|of_kind| of_kind(operation))
}
