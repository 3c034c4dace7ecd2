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
mod limits;
mod listings;
mod module_versions;
mod modules;
mod paging;
mod past;
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
pub(crate) use self::past::Past;
pub(crate) use self::state::State;
pub(crate) use self::tags::tags_of;
use crate::chat;
use crate::faults::{Stale, is_read};
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

/// Names the operation of a request, also where it is not implemented.
pub(crate) fn operation(request: &Request) -> Option<&'static str> {
    routes::find(request).map(|route| route.operation)
}

/// What a request says in its path, by the name of the parameter.
pub(crate) fn path_parameter<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    routes::find(request)?.parameter(&request.path, name)
}

/// Carries out an operation; `None` if it is not implemented. A stale read answers from the past.
pub(crate) async fn handle(
    world: &Arc<World>,
    operation: &'static str,
    request: &Request,
    stale: Option<Stale>,
) -> Option<Result<Response, ServiceError>> {
    let Some(handler) = handler(operation) else {
        return chat::operations::handle(world, operation, request).await;
    };
    let route = routes::find(request)?;
    let answer = Input::new(world, route, request).and_then(|input| {
        if is_read(operation) {
            read(world, &input, handler, stale)
        } else {
            write(world, &input, handler)
        }
    });
    if let Err(error) = &answer {
        debug_assert!(errors::is_modelled(route, error), "{operation}: {error:?}");
    }
    Some(answer)
}

/// Answers from the state of today or, where reads lag, from an earlier one.
fn read(
    world: &World,
    input: &Input<'_>,
    handler: Handler,
    stale: Option<Stale>,
) -> Result<Response, ServiceError> {
    let mut today = world.connect();
    let past = world.past();
    let earlier = match (stale, world.consistency.delay()) {
        (Some(stale), _) => past.seen(stale, input.now),
        (None, Some(lag)) => past.before(lag, input.now),
        (None, None) => None,
    };
    drop(past);
    match earlier {
        Some(earlier) => {
            drop(today);
            handler(input, &mut State::clone(&earlier))
        }
        None => handler(input, &mut today),
    }
}

/// Changes the state of today, and keeps the one before if somebody is going to ask for it.
fn write(world: &World, input: &Input<'_>, handler: Handler) -> Result<Response, ServiceError> {
    let mut today = world.connect();
    let lag = world.consistency.delay();
    let memory = world.faults.memory("connect");
    if lag.is_none() && memory.is_none() {
        world.past().clear();
        return limits::carry_out(world, input, handler, &mut today);
    }
    world.past().keep(&today, input.now);
    let answer = limits::carry_out(world, input, handler, &mut today);
    let mut past = world.past();
    match &answer {
        Ok(_) => past.forget_old(
            input.now,
            lag.unwrap_or_default(),
            memory.unwrap_or_default(),
        ),
        Err(_) => past.forget_last(),
    }
    answer
}

/// The type of a flow, by its ARN.
pub(crate) fn flow_type_of(state: &State, arn: &str) -> Option<&'static str> {
    let (_, id) = arn.split_once("/contact-flow/")?;
    let flow = state.instance(arn)?.flows.get(id)?;
    Some(flow.flow_type.as_str())
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
