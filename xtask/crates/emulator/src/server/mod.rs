//! The server: one loopback port for all services and for the emulator's own controls.
//!
//! It tells the service and the operation of a request, lets armed faults strike, keeps time still
//! while the request is in flight, and words errors as the client's protocol does. What the
//! operations mean is the services' matter.

pub(crate) mod access;
mod control;
mod line;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Path, State};
use axum::middleware;
use axum::response::Response as HttpResponse;
use axum::routing::get;
use bytes::Bytes;
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use self::access::Access;
use self::line::{Line, Lines};
use crate::chat::socket;
use crate::faults::{NoAnswer, OperationFault, Stale, Strike};
use crate::stops::{Hold, Moment};
use crate::wire::{REQUEST_ID, Request, Response, Service, ServiceError, Target};
use crate::world::World;
use crate::{StartError, chat, connect, iam, lambda, library, quotas, sns};

/// The largest request of most services; DynamoDB's and Lambda's event limits are below it.
const BODY_LIMIT: usize = 8 << 20;
/// The largest request of Lambda's control plane: 50 MB of zip in base64 and what goes with it.
const PACKAGE_LIMIT: usize = 70_167_211;
/// How long open connections may take to end.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

/// A running server.
pub(crate) struct Server {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Binds a port of the loopback interface; port 0 takes any that is free.
pub(crate) async fn bind(port: u16) -> Result<TcpListener, StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortInUse { port, source },
            _ => StartError::Bind { port, source },
        })
}

impl Server {
    /// Serves the world on a listener.
    pub(crate) fn start(world: Arc<World>, listener: TcpListener, access: Access) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let router = Router::new()
            .nest("/_flowyard", control::routes())
            .route(&format!("{}/{{address}}", socket::PATH), get(upgrade))
            .fallback(serve)
            .with_state(world)
            .layer(middleware::from_fn_with_state(
                Arc::new(access),
                access::check,
            ));
        let task = tokio::spawn(async move {
            let stopped = async move {
                // An error means that the server handle is gone, which is a reason to stop too.
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            let service = router.into_make_service_with_connect_info::<Line>();
            if let Err(error) = axum::serve(Lines(listener), service)
                .with_graceful_shutdown(stopped)
                .await
            {
                tracing::error!(%error, "the emulator's server ended");
            }
        });
        Self { stop, task }
    }

    /// Takes no more requests and waits a little for those that are open.
    pub(crate) async fn shutdown(&mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(SHUTDOWN_LIMIT, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.task.abort();
    }
}

/// Answers the handshake of a participant's WebSocket.
async fn upgrade(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    handshake: WebSocketUpgrade,
) -> HttpResponse {
    socket::upgrade(world, &address, handshake)
}

/// A request of an AWS client that arrived whole.
struct Call {
    id: String,
    request: Request,
    target: Target,
    /// The operation's name, or how to call what is not an operation.
    operation: Result<String, String>,
}

/// Answers a request of an AWS client, unless it meets a stop.
async fn serve(
    State(world): State<Arc<World>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: axum::extract::Request,
) -> HttpResponse {
    let call = match read(request).await {
        Ok(call) => call,
        Err(response) => return http_response(response),
    };
    let hold = world.stops.count(call.service(), call.operation());
    if let Some(hold) = &hold {
        let details = [("service", call.service()), ("operation", call.operation())];
        world.record("request", "held", &details);
        if hold.moment == Moment::BeforeEffect {
            return hold_for_good(hold, &line).await;
        }
    }
    // An operation that began is carried out even if its client goes away meanwhile, as at AWS.
    let work = tokio::spawn(async move { answer(&world, &call).await });
    let outcome = work.await;
    if let Some(hold) = &hold {
        return hold_for_good(hold, &line).await;
    }
    match outcome {
        Ok(Outcome::Answer(response)) => http_response(response),
        Ok(Outcome::NoAnswer(NoAnswer::Reset)) => line.reset().await,
        // It ends with the connection, which its client closes at some time.
        Ok(Outcome::NoAnswer(NoAnswer::Silence)) => std::future::pending().await,
        Err(error) => {
            tracing::error!(%error, "an operation of the emulator did not end");
            plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "an operation of the emulator panicked; this is a bug of the emulator",
            )
        }
    }
}

/// Reads a request; the error is the answer to one that cannot be read.
async fn read(request: axum::extract::Request) -> Result<Call, Response> {
    let (parts, body) = request.into_parts();
    let id = Uuid::new_v4().to_string();
    let Some(mut request) = Request::read(parts, Bytes::new()) else {
        return Err(Response::new(
            400,
            "text/plain",
            "the path or the query is not UTF-8",
        ));
    };
    let limit = match Target::of(&request) {
        Target::Rest(Service::Lambda) => PACKAGE_LIMIT,
        _ => BODY_LIMIT,
    };
    let Ok(body) = to_bytes(body, limit).await else {
        let error = ServiceError::new(
            413,
            "RequestEntityTooLargeException",
            format!("the request is larger than {limit} bytes or was cut short"),
        );
        let answer = Target::of(&request).protocol().error(&error, &id);
        return Err(finish(answer, &id));
    };
    request.body = body;
    let target = Target::of(&request);
    let operation = operation_name(&target, &request);
    Ok(Call {
        id,
        request,
        target,
        operation,
    })
}

impl Call {
    fn service(&self) -> &str {
        self.target.service_name()
    }

    fn operation(&self) -> &str {
        match &self.operation {
            Ok(name) | Err(name) => name,
        }
    }
}

/// Holds a request until its stop is let go, and then breaks the connection off.
async fn hold_for_good(hold: &Hold, line: &Line) -> HttpResponse {
    hold.hold().await;
    line.reset().await
}

/// What a client gets.
enum Outcome {
    Answer(Response),
    NoAnswer(NoAnswer),
}

async fn answer(world: &Arc<World>, call: &Call) -> Outcome {
    // Only once it is whole: a client that never sends the rest of its request must not stop the
    // time.
    let _working = world.clock.in_flight();
    let (service, operation) = (call.service(), call.operation());
    let details = [("service", service), ("operation", operation)];
    let response = match perform(world, call).await {
        Ok(Outcome::Answer(response)) => {
            world.record("request", "answered", &details);
            response
        }
        Ok(Outcome::NoAnswer(how)) => {
            world.record("request", "not answered", &details);
            return Outcome::NoAnswer(how);
        }
        Err(error) => {
            let details = [details[0], details[1], ("error", error.code.as_str())];
            world.record("request", "refused", &details);
            call.target.protocol().error(&error, &call.id)
        }
    };
    Outcome::Answer(finish(response, &call.id))
}

/// Carries out an operation, with the faults that are armed for it.
async fn perform(world: &Arc<World>, call: &Call) -> Result<Outcome, ServiceError> {
    let service = call.service();
    let operation = match &call.operation {
        Ok(operation) => operation.as_str(),
        Err(name) => return Err(not_implemented(service, name)),
    };
    let instance = match call.target {
        Target::Rest(Service::Participant) => chat::instance_of(world, &call.request),
        Target::Rest(_) | Target::Named(..) | Target::Unknown { .. } => None,
    };
    let now = world.clock.now();
    world
        .quotas
        .throttle(&call.target, operation, instance.as_deref(), now)?;
    iam::check(world, &call.target, operation, &call.request).await?;
    match world.faults.of_operation(service, operation) {
        None => Ok(Outcome::Answer(
            carry_out(world, call, operation, None).await?,
        )),
        Some(Strike::Stale(stale)) => {
            let answer = stale_read(world, call, operation, stale).await?;
            Ok(Outcome::Answer(answer))
        }
        Some(Strike::Error(fault)) => {
            if fault.after_effect {
                // Whether it succeeded is what the client is not told.
                let _ = carry_out(world, call, operation, None).await;
            }
            Err(fault_error(&fault))
        }
        Some(Strike::NoAnswer(fault)) => {
            if fault.after_effect {
                let _ = carry_out(world, call, operation, None).await;
            }
            Ok(Outcome::NoAnswer(fault.connection))
        }
    }
}

async fn carry_out(
    world: &Arc<World>,
    call: &Call,
    operation: &str,
    stale: Option<Stale>,
) -> Result<Response, ServiceError> {
    let answer = dispatch(world, &call.target, operation, &call.request, stale)
        .await
        .unwrap_or_else(|| Err(not_implemented(call.service(), operation)));
    if answer.is_ok() && call.target == Target::Named(Service::Iam, operation.to_owned()) {
        let now = world.clock.now();
        world.consistency.iam_did(operation, &call.request, now);
    }
    answer
}

/// Answers a read as if the last writes had not happened.
async fn stale_read(
    world: &Arc<World>,
    call: &Call,
    operation: &str,
    stale: Stale,
) -> Result<Response, ServiceError> {
    let service = call.service();
    match (stale, &call.target) {
        (Stale::NotFound, target) => Err(match target.not_found() {
            Some(error) => error,
            None => not_implemented(service, "a resource that is not found"),
        }),
        (Stale::Seconds(_) | Stale::Writes(_), Target::Rest(Service::Connect)) => {
            carry_out(world, call, operation, Some(stale)).await
        }
        (Stale::Seconds(_) | Stale::Writes(_), _) => Err(not_implemented(service, "the past")),
    }
}

/// The operation's name, or how to call what is not an operation.
fn operation_name(target: &Target, request: &Request) -> Result<String, String> {
    let unknown = || format!("{} /{}", request.method, request.path.join("/"));
    let named = match target {
        Target::Rest(Service::Connect) => connect::operation(request),
        Target::Rest(Service::Participant) => chat::participant::operation(request),
        Target::Rest(Service::S3) => library::bucket_operation(request),
        Target::Rest(_) => lambda::operation(request),
        Target::Named(_, operation) => return Ok(operation.clone()),
        Target::Unknown { operation, .. } => return Err(operation.clone()),
    };
    named.map(str::to_owned).ok_or_else(unknown)
}

/// Hands an operation to its service; `None` if the service does not have it.
async fn dispatch(
    world: &Arc<World>,
    target: &Target,
    operation: &str,
    request: &Request,
    stale: Option<Stale>,
) -> Option<Result<Response, ServiceError>> {
    match target {
        Target::Rest(Service::Connect) => {
            connect::handle(world, connect::operation(request)?, request, stale).await
        }
        Target::Rest(Service::Participant) => {
            let operation = chat::participant::operation(request)?;
            chat::participant::handle(world, operation, request).await
        }
        Target::Rest(service @ Service::S3) => {
            world.library.handle(*service, operation, request).await
        }
        Target::Rest(_) => lambda::handle(world, lambda::operation(request)?, request).await,
        Target::Named(Service::Sns, _) => sns::handle(world, sns::operation(request)?, request),
        Target::Named(Service::Quotas, _) => quotas::handle(world, operation, request),
        Target::Named(Service::Iam, _) if operation == "SimulatePrincipalPolicy" => {
            Some(iam::simulate(world, request).await)
        }
        Target::Named(service, _) => {
            let library = &world.library;
            library.handle(*service, operation, request).await
        }
        Target::Unknown { .. } => None,
    }
}

fn fault_error(fault: &OperationFault) -> ServiceError {
    let message = match fault.message.as_str() {
        "" => "a fault of the emulator",
        message => message,
    };
    ServiceError::new(fault.status, &fault.error, message)
}

fn not_implemented(service: &str, operation: &str) -> ServiceError {
    ServiceError::new(
        501,
        "NotImplementedException",
        format!("the emulator does not have {operation} of {service}"),
    )
}

/// Adds what every answer carries.
fn finish(response: Response, id: &str) -> Response {
    if response.headers.contains_key(REQUEST_ID) {
        response
    } else {
        response.with_header(REQUEST_ID, id)
    }
}

fn http_response(response: Response) -> HttpResponse {
    let mut answer = HttpResponse::new(Body::from(response.body));
    *answer.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *answer.headers_mut() = response.headers;
    answer
}

fn plain(status: StatusCode, text: &'static str) -> HttpResponse {
    let mut answer = HttpResponse::new(Body::from(text));
    *answer.status_mut() = status;
    answer
}
