//! The emulator's own controls under `/_flowyard`: health, time, faults, stops, quotas,
//! contacts, the timeline.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chat;
use crate::clock::ClockMode;
use crate::faults::Fault;
use crate::quotas::Quota;
use crate::stops::Moment;
use crate::timeline::Entry;
use crate::world::World;

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

/// The routes, without their prefix.
pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/health", get(health))
        .route("/clock/advance", post(advance))
        .route("/clock/settle", post(settle))
        .route(
            "/faults",
            get(list_faults).post(arm_fault).delete(clear_faults),
        )
        .route("/stops", get(list_stops).post(set_stop).delete(clear_stops))
        .route("/quotas", post(set_quotas))
        .route("/contacts/{id}", get(contact))
        .route("/contacts/{id}/agent", post(agent))
        .route("/timeline", get(timeline))
        .route("/functions/{name}/versions/{version}/code", get(code))
        .fallback(unknown)
}

async fn health(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "account": world.account,
        "region": world.region,
        "clock": {
            "mode": match world.clock.mode() {
                ClockMode::Real => "real",
                ClockMode::Scaled(_) => "scaled",
                ClockMode::Virtual => "virtual",
            },
            "now": world.clock.now(),
        },
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

async fn advance(State(world): State<Arc<World>>, Json(request): Json<Advance>) -> Answer {
    let by = Duration::try_from_secs_f64(request.seconds)
        .map_err(|error| refusal(StatusCode::BAD_REQUEST, &error.to_string()))?;
    if world.clock.mode() != ClockMode::Virtual {
        return Err(refusal(
            StatusCode::CONFLICT,
            "only a virtual clock can be advanced, and this one moves by itself",
        ));
    }
    world.clock.advance(by).await;
    Ok(Json(json!({ "now": world.clock.now() })))
}

async fn settle(State(world): State<Arc<World>>) -> Json<Value> {
    world.clock.settle().await;
    Json(json!({ "now": world.clock.now() }))
}

async fn list_faults(State(world): State<Arc<World>>) -> Json<Value> {
    let armed: Vec<Value> = world
        .faults
        .armed()
        .into_iter()
        .map(|(id, fault)| json!({ "id": id, "fault": fault }))
        .collect();
    Json(Value::from(armed))
}

async fn arm_fault(State(world): State<Arc<World>>, Json(fault): Json<Fault>) -> Json<Value> {
    Json(json!({ "id": world.faults.arm(fault) }))
}

async fn clear_faults(State(world): State<Arc<World>>) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn list_stops(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({
        "requests": world.stops.requests(),
        "stops": world.stops.overview(),
    }))
}

/// Holds the n-th request from now, until the stops are cleared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StopAt {
    n: NonZeroU64,
    moment: Moment,
}

async fn set_stop(State(world): State<Arc<World>>, Json(stop): Json<StopAt>) -> Json<Value> {
    Json(json!({ "id": world.stops.set_for_good(stop.n.get(), stop.moment) }))
}

async fn clear_stops(State(world): State<Arc<World>>) -> StatusCode {
    world.stops.clear();
    StatusCode::NO_CONTENT
}

/// Gives quotas other values, by their names such as `lambda_functions`.
async fn set_quotas(
    State(world): State<Arc<World>>,
    Json(values): Json<BTreeMap<Quota, u32>>,
) -> StatusCode {
    for (quota, value) in values {
        world.quotas.set(quota, value);
    }
    StatusCode::NO_CONTENT
}

async fn contact(State(world): State<Arc<World>>, Path(id): Path<String>) -> Answer {
    match chat::report::report(&world, &id) {
        Some(report) => Ok(Json(json!(report))),
        None => Err(refusal(StatusCode::NOT_FOUND, "there is no such contact")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agent {
    #[serde(default = "agent_name")]
    name: String,
}

fn agent_name() -> String {
    "Agent".to_owned()
}

/// An agent accepts a queued contact. The answer is what it needs to talk as that agent.
async fn agent(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    Json(request): Json<Agent>,
) -> Answer {
    match chat::agent::agent_joins(&world, &id, &request.name) {
        Ok(joined) => Ok(Json(json!({
            "participant_id": joined.participant_id,
            "participant_token": joined.participant_token(),
        }))),
        Err(error) => Err(refusal(StatusCode::CONFLICT, &error.to_string())),
    }
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn timeline(State(world): State<Arc<World>>, Query(from): Query<Since>) -> Json<Vec<Entry>> {
    Json(world.timeline.since(from.since))
}

/// The zip of a function, at the address that `GetFunction` gives.
async fn code(
    State(world): State<Arc<World>>,
    Path((name, version)): Path<(String, String)>,
) -> Result<([(HeaderName, &'static str); 1], Bytes), (StatusCode, Json<Value>)> {
    match world.lambda.code(&name, &version) {
        Some(zip) => Ok(([(CONTENT_TYPE, "application/zip")], zip)),
        None => Err(refusal(
            StatusCode::NOT_FOUND,
            "there is no such function or version",
        )),
    }
}

async fn unknown() -> (StatusCode, Json<Value>) {
    refusal(StatusCode::NOT_FOUND, "the emulator has no such control")
}

fn refusal(status: StatusCode, text: &str) -> (StatusCode, Json<Value>) {
    (status, Json(json!({ "error": text })))
}
