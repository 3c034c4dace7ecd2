//! The Runtime API of one execution environment: how its process gets events and gives answers.
//!
//! Each environment has a port of its own, as on AWS each has a host of its own, so that any
//! runtime works that builds the documented URLs.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::server::access::{self, Access};

/// The largest answer of a function.
pub(super) const RESPONSE_LIMIT: usize = 6 << 20;

/// What a function is called with.
pub(super) struct Event {
    pub(super) request_id: String,
    /// Real time in milliseconds of the epoch: the process compares it with its own clock.
    pub(super) deadline: i64,
    pub(super) invoked_arn: String,
    pub(super) client_context: Option<String>,
    pub(super) payload: Bytes,
    pub(super) answer: oneshot::Sender<Report>,
}

/// What a process reports.
#[derive(Debug)]
pub(super) enum Report {
    Response(Bytes),
    /// The answer was larger than Lambda takes.
    TooLarge,
    /// The handler failed: the error document.
    Error(Bytes),
}

/// The server of an environment's Runtime API; it ends when this is dropped.
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    events: mpsc::Sender<Event>,
    /// How often the process has asked for an event.
    asked: watch::Receiver<u64>,
    failed: watch::Receiver<Option<Bytes>>,
    server: JoinHandle<()>,
}

struct Shared {
    events: tokio::sync::Mutex<mpsc::Receiver<Event>>,
    /// The request being worked on.
    current: Mutex<Option<(String, oneshot::Sender<Report>)>>,
    asked: watch::Sender<u64>,
    failed: watch::Sender<Option<Bytes>>,
}

impl RuntimeApi {
    pub(super) async fn start() -> Result<Self, std::io::Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, incoming) = mpsc::channel(1);
        let (asked, asked_for) = watch::channel(0);
        let (failed, failure) = watch::channel(None);
        let shared = Arc::new(Shared {
            events: tokio::sync::Mutex::new(incoming),
            current: Mutex::default(),
            asked,
            failed,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(shared)
            .layer(middleware::from_fn_with_state(
                Arc::new(Access::default()),
                access::check,
            ));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a Runtime API ended");
            }
        });
        Ok(Self {
            address,
            events,
            asked: asked_for,
            failed: failure,
            server,
        })
    }

    /// Waits until the process asks for its first event, or reports that it cannot start: then with
    /// its error document.
    pub(super) async fn initialised(&mut self) -> Result<(), Bytes> {
        tokio::select! {
            Ok(_) = self.asked.wait_for(|asked| *asked > 0) => Ok(()),
            Ok(failed) = self.failed.wait_for(Option::is_some) => {
                Err(failed.clone().unwrap_or_default())
            }
            else => Err(Bytes::new()),
        }
    }

    /// How often the process has asked for an event so far.
    pub(super) fn asked(&self) -> u64 {
        *self.asked.borrow()
    }

    /// Waits until the process has asked for more events than `before`.
    pub(super) async fn asked_after(&mut self, before: u64) {
        // An error means that the server is gone, and the process with it.
        let _ = self.asked.wait_for(|asked| *asked > before).await;
    }

    /// Hands an event to the process, when it asks for one.
    pub(super) async fn send(&self, event: Event) {
        // An error means that the server is gone, which the event's answer shows as well.
        let _ = self.events.send(event).await;
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn current(&self) -> MutexGuard<'_, Option<(String, oneshot::Sender<Report>)>> {
        self.current
            .lock()
            .expect("no code panics while it holds the current request")
    }

    /// Passes a report on, if it is for the request being worked on.
    fn report(&self, request_id: &str, report: Report) -> bool {
        let mut current = self.current();
        match current.take_if(|(id, _)| id == request_id) {
            Some((_, answer)) => {
                // Nobody waits any more after the function's timeout.
                let _ = answer.send(report);
                true
            }
            None => false,
        }
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.asked.send_modify(|asked| *asked += 1);
    let Some(event) = shared.events.lock().await.recv().await else {
        return status(StatusCode::GONE, r#"{"errorType":"Gone"}"#);
    };
    let mut response = Response::new(Body::from(event.payload));
    let headers = response.headers_mut();
    let trace = format!(
        "Root=1-{:08x}-{:.24};Sampled=0",
        event.deadline / 1000,
        event.request_id.replace('-', "")
    );
    for (name, value) in [
        ("content-type", Some("application/json".to_owned())),
        (
            "lambda-runtime-aws-request-id",
            Some(event.request_id.clone()),
        ),
        (
            "lambda-runtime-deadline-ms",
            Some(event.deadline.to_string()),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            Some(event.invoked_arn),
        ),
        ("lambda-runtime-trace-id", Some(trace)),
        ("lambda-runtime-client-context", event.client_context),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    *shared.current() = Some((event.request_id, event.answer));
    response
}

async fn response(
    State(shared): State<Arc<Shared>>,
    Path(request_id): Path<String>,
    body: Body,
) -> Response {
    match to_bytes(body, RESPONSE_LIMIT).await {
        Ok(body) => accepted(shared.report(&request_id, Report::Response(body))),
        Err(_) => {
            shared.report(&request_id, Report::TooLarge);
            status(
                StatusCode::PAYLOAD_TOO_LARGE,
                r#"{"errorType":"RequestEntityTooLarge"}"#,
            )
        }
    }
}

async fn error(
    State(shared): State<Arc<Shared>>,
    Path(request_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let document = error_document(&headers, body);
    accepted(shared.report(&request_id, Report::Error(document)))
}

async fn init_error(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let document = error_document(&headers, body);
    shared.failed.send_replace(Some(document));
    accepted(true)
}

/// The error as the caller sees it: what the runtime sent, or at least its type.
fn error_document(headers: &HeaderMap, body: Bytes) -> Bytes {
    if serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|document| document.is_object())
    {
        return body;
    }
    let kind = headers
        .get("lambda-runtime-function-error-type")
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or("Runtime.UnknownReason");
    serde_json::json!({ "errorType": kind, "errorMessage": "" })
        .to_string()
        .into()
}

fn accepted(known: bool) -> Response {
    match known {
        true => status(StatusCode::ACCEPTED, r#"{"status":"OK"}"#),
        false => status(
            StatusCode::BAD_REQUEST,
            r#"{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}"#,
        ),
    }
}

fn status(status: StatusCode, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
