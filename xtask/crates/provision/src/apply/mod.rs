//! Carries out a plan, step by step. Decides nothing: what to call is in the plan, what to send in
//! what is desired.

mod adopt;
mod checks;
mod flows;
mod functions;
mod instance;
mod logs;
mod media;
mod people;
mod recording;
mod roles;
mod routing;
mod stop;
mod storage;
mod streaming;
mod stub;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use flow::bind::Bindings;
use flow::model::{ActionId, DocumentKind};
use flow::value::{Ref, RefKind};
use jiff::Timestamp;
use serde_json::Value as Json;

pub use self::stop::Stop;

use crate::address::ResourceAddr;
use crate::api_error::{ApiError, ApiErrorKind};
use crate::clients::Clients;
use crate::desired::Desired;
use crate::ledger::{LockError, Recorder, Session};
use crate::live::InstanceRef;
use crate::plan::{Call, Plan, Step};
use crate::policy;
use crate::remote;
use crate::wait::{Look, wait_until};

/// What a plan has brought about.
#[derive(Clone, Debug)]
pub struct Applied {
    pub instance: Option<InstanceRef>,
    /// What the symbolic references stand for now.
    pub bindings: Bindings,
    /// What was sent of each flow and module that was written.
    pub flows: Vec<SentFlow>,
    /// How many calls of each operation changed something.
    pub calls: BTreeMap<&'static str, usize>,
}

/// The content of a flow as it was sent, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentFlow {
    pub addr: ResourceAddr,
    pub title: String,
    pub kind: DocumentKind,
    pub arn: String,
    pub content: String,
}

/// How applying gets on; `n` counts from 1.
#[derive(Clone, Copy, Debug)]
pub enum ApplyEvent<'a> {
    StepStarted {
        n: usize,
        of: usize,
        step: &'a Step,
    },
    StepDone {
        n: usize,
        of: usize,
        step: &'a Step,
        took: Duration,
    },
}

impl fmt::Display for ApplyEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ApplyEvent::StepStarted { n, of, step } | ApplyEvent::StepDone { n, of, step, .. }) =
            self;
        write!(f, "[{n}/{of}] {} {}", step.call.operation(), step.addr)
    }
}

/// A plan that could not be carried out to its end. What was done before stays done; planning again
/// goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("the plan has problems and cannot be applied")]
    Blocked,
    #[error("{addr} was not built")]
    NotBuilt { addr: ResourceAddr },
    #[error("failed to bring about {addr}")]
    Call {
        addr: ResourceAddr,
        #[source]
        source: ApiError,
    },
    #[error("Connect refuses the content of {addr}")]
    InvalidFlow {
        addr: ResourceAddr,
        problems: Vec<FlowProblem>,
        #[source]
        source: ApiError,
    },
    #[error("{addr} did not become ready: {state}")]
    NotReady { addr: ResourceAddr, state: String },
    #[error("{addr} cannot be made: its alias is taken")]
    AliasTaken {
        addr: ResourceAddr,
        #[source]
        source: ApiError,
    },
    #[error("{addr} could not be made: {reason}")]
    CreationFailed { addr: ResourceAddr, reason: String },
    #[error("{addr} appeared after the plan was made, and not by us")]
    Stale { addr: ResourceAddr },
    #[error("somebody changed {addr} after the plan was made: its {what}{}", when(*at))]
    Moved {
        addr: ResourceAddr,
        what: &'static str,
        /// When it was changed last, as far as the service tells.
        at: Option<Timestamp>,
    },
    #[error("the deployment cannot go on")]
    Lock(#[source] LockError),
    #[error("stopped as asked after {done} of {of} steps")]
    Stopped {
        done: usize,
        of: usize,
        /// A step whose answer was not waited for: it may be done or not.
        under_way: Option<ResourceAddr>,
    },
    #[error("{addr} refers to what does not exist: {}", names(missing))]
    Unbound {
        addr: ResourceAddr,
        missing: Vec<Ref>,
    },
}

impl ApplyError {
    /// What to do about it, where that is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            ApplyError::AliasTaken { .. } => Some(
                "no two instances of all accounts have the same alias: choose another under `instance` of the environment, or wait if one of yours of that alias is being deleted",
            ),
            ApplyError::CreationFailed { .. } => Some(
                "the console shows the failed instance for 24 hours; mend what it says, then run `cargo xtask bootstrap` again, which asks for a new one",
            ),
            ApplyError::Blocked
            | ApplyError::NotReady { .. }
            | ApplyError::Moved { .. }
            | ApplyError::Lock(_)
            | ApplyError::Stopped { .. }
            | ApplyError::NotBuilt { .. }
            | ApplyError::Call { .. }
            | ApplyError::InvalidFlow { .. }
            | ApplyError::Stale { .. }
            | ApplyError::Unbound { .. } => None,
        }
    }

    /// The flow that Connect refuses, and what it finds wrong with it.
    pub fn flow_problems(&self) -> Option<(&ResourceAddr, &[FlowProblem])> {
        match self {
            ApplyError::InvalidFlow { addr, problems, .. } => Some((addr, problems)),
            _ => None,
        }
    }
}

fn when(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| format!(", last at {at:.0}"))
}

fn names(references: &[Ref]) -> String {
    let names: Vec<String> = references.iter().map(Ref::to_string).collect();
    names.join(", ")
}

/// Something that Connect finds wrong with a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowProblem {
    /// In Connect's own words.
    pub message: String,
    /// The action it is about, if the message names one.
    pub action: Option<ActionId>,
}

/// Why a step did not succeed, before it is known which.
enum Failure {
    Api(ApiError),
    InvalidFlow(ApiError, Vec<FlowProblem>),
    NotReady(String),
    AliasTaken(ApiError),
    CreationFailed(String),
    Stale,
    Moved {
        what: &'static str,
        at: Option<Timestamp>,
    },
    Unbound(Vec<Ref>),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Failure::Api(error)
    }
}

impl Failure {
    fn of(self, addr: &ResourceAddr) -> ApplyError {
        let addr = addr.clone();
        match self {
            Failure::Api(source) => ApplyError::Call { addr, source },
            Failure::InvalidFlow(source, problems) => ApplyError::InvalidFlow {
                addr,
                problems,
                source,
            },
            Failure::NotReady(state) => ApplyError::NotReady { addr, state },
            Failure::AliasTaken(source) => ApplyError::AliasTaken { addr, source },
            Failure::CreationFailed(reason) => ApplyError::CreationFailed { addr, reason },
            Failure::Stale => ApplyError::Stale { addr },
            Failure::Moved { what, at } => ApplyError::Moved { addr, what, at },
            Failure::Unbound(missing) => ApplyError::Unbound { addr, missing },
        }
    }
}

/// What applying knows beside the plan, growing with each step.
struct Applying<'a> {
    clients: &'a Clients,
    desired: &'a Desired,
    instance: Option<InstanceRef>,
    bindings: Bindings,
    /// ARNs of what no binding has.
    arns: BTreeMap<ResourceAddr, String>,
    /// Ids of flows by their titles, and of users by the name with which they sign in.
    flow_titles: BTreeMap<String, String>,
    users: BTreeMap<String, String>,
    /// ARNs by name.
    keys: BTreeMap<String, String>,
    /// The ids of instances of the same alias that could not be made.
    failed_creations: Vec<String>,
    /// The version that was published last, by function.
    versions: BTreeMap<String, String>,
    /// The same by module.
    module_versions: BTreeMap<String, i64>,
    /// The SHA-256 of the latest code by function.
    code: BTreeMap<String, String>,
    /// What makes sure that a function is as the plan found it, or as this run left it.
    revisions: BTreeMap<String, String>,
    /// The versions that the aliases of functions pointed to when the plan was made.
    aliases: BTreeMap<String, String>,
    created: BTreeSet<ResourceAddr>,
    /// What was compared with the plan.
    checked: BTreeSet<ResourceAddr>,
    sent: BTreeMap<ResourceAddr, SentFlow>,
    /// What AWS calls what the step under way has made.
    made: Option<String>,
}

/// How long a call under way may take to be answered after somebody has asked to stop.
const STOPPING: Duration = Duration::from_secs(10);

/// What goes along with a plan that is carried out.
#[derive(Default)]
pub struct Along<'a, 'r> {
    /// Records each resource in the ledger as soon as it is as it should be: also what was so before
    /// and of which there is no record. What cannot be recorded is deployed all the same; closing
    /// the recorder tells.
    pub recorder: Option<&'a mut Recorder<'r>>,
    /// The lock, without which no step is made, and the journal.
    pub session: Option<&'a mut Session>,
    /// Looked at before each call.
    pub stop: Stop,
}

/// AWS says that what was written is usually there within seconds, sometimes minutes (API
/// reference, eventual consistency); roles take about ten seconds to be known to Lambda.
const PATIENCE: Duration = Duration::from_secs(90);

/// Carries out a plan.
///
/// # Errors
///
/// Stops at the first step that fails. What was done before stays done.
pub async fn apply(
    clients: &Clients,
    desired: &Desired,
    plan: &Plan,
    on_event: impl FnMut(ApplyEvent<'_>),
) -> Result<Applied, ApplyError> {
    apply_along(clients, desired, plan, Along::default(), on_event).await
}

/// The same, with records in the ledger.
///
/// # Errors
///
/// As [`apply`].
pub async fn apply_recorded(
    clients: &Clients,
    desired: &Desired,
    plan: &Plan,
    recorder: Option<&mut Recorder<'_>>,
    on_event: impl FnMut(ApplyEvent<'_>),
) -> Result<Applied, ApplyError> {
    let along = Along {
        recorder,
        ..Along::default()
    };
    apply_along(clients, desired, plan, along, on_event).await
}

/// The same, locked, journalled and ready to stop, as far as that goes along.
///
/// # Errors
///
/// As [`apply`]; also if the lock is lost or taken, and if somebody asks to stop.
pub async fn apply_along(
    clients: &Clients,
    desired: &Desired,
    plan: &Plan,
    mut along: Along<'_, '_>,
    mut on_event: impl FnMut(ApplyEvent<'_>),
) -> Result<Applied, ApplyError> {
    if !plan.can_apply() {
        return Err(ApplyError::Blocked);
    }
    if let Some(addr) = not_built(desired, plan) {
        return Err(ApplyError::NotBuilt { addr });
    }
    let mut applying = Applying::new(clients, desired, plan);
    let mut calls = BTreeMap::new();
    let of = plan.steps.len();
    for (n, step) in (1..).zip(&plan.steps) {
        if along.stop.is_asked() {
            return Err(stopped(n - 1, of, None));
        }
        if let Some(session) = along.session.as_deref_mut() {
            session.before(plan, n).await.map_err(ApplyError::Lock)?;
        }
        on_event(ApplyEvent::StepStarted { n, of, step });
        let start = Instant::now();
        let is_made = tokio::select! {
            made = applying.checked_step(plan, step) => {
                made.map_err(|failure| failure.of(&step.addr))?
            }
            () = answer_is_late(clients, &along.stop) => {
                return Err(stopped(n - 1, of, Some(step)));
            }
        };
        if is_made {
            *calls.entry(step.call.operation()).or_insert(0) += 1;
        }
        if let Some(session) = along.session.as_deref() {
            session.after(n, step, applying.made.take()).await;
        }
        let took = start.elapsed();
        on_event(ApplyEvent::StepDone { n, of, step, took });
        let is_last = plan.steps[n..].iter().all(|it| it.addr != step.addr);
        if let Some(recorder) = along.recorder.as_deref_mut().filter(|_| is_last) {
            recording::record(&applying, plan, &step.addr, recorder).await;
        }
    }
    if let Some(recorder) = along.recorder {
        for addr in &plan.unchanged {
            if !recording::is_known(&applying, addr, recorder) {
                recording::record(&applying, plan, addr, recorder).await;
            }
        }
    }
    Ok(Applied {
        instance: applying.instance,
        bindings: applying.bindings,
        flows: applying.sent.into_values().collect(),
        calls,
    })
}

/// Ends when somebody has asked to stop and the call under way was not answered in good time.
async fn answer_is_late(clients: &Clients, stop: &Stop) {
    stop.asked().await;
    clients.pace.sleep(STOPPING).await;
}

fn stopped(done: usize, of: usize, under_way: Option<&Step>) -> ApplyError {
    ApplyError::Stopped {
        done,
        of,
        under_way: under_way.map(|step| step.addr.clone()),
    }
}

/// The first function whose code the plan uploads and nobody brought.
fn not_built(desired: &Desired, plan: &Plan) -> Option<ResourceAddr> {
    let mut uploads = plan.steps.iter().filter(|step| step.call.uploads_code());
    let step = uploads.find(|step| {
        let function = desired.functions.get(&step.addr.name);
        function.is_none_or(|function| function.package.is_none())
    });
    step.map(|step| step.addr.clone())
}

impl<'a> Applying<'a> {
    fn new(clients: &'a Clients, desired: &'a Desired, plan: &Plan) -> Self {
        Self {
            clients,
            desired,
            instance: plan.known.instance.clone(),
            bindings: plan.known.bindings.clone(),
            arns: plan.known.arns.clone(),
            flow_titles: plan.known.flow_titles.clone(),
            users: plan.known.users.clone(),
            keys: plan.known.keys.clone(),
            failed_creations: plan.known.failed_creations.clone(),
            versions: BTreeMap::new(),
            module_versions: BTreeMap::new(),
            code: plan.known.code.clone(),
            revisions: plan.known.revisions.clone(),
            aliases: plan.known.versions.clone(),
            created: BTreeSet::new(),
            checked: BTreeSet::new(),
            sent: BTreeMap::new(),
            made: None,
        }
    }

    /// Makes one step if what the plan supposes still holds.
    async fn checked_step(&mut self, plan: &Plan, step: &Step) -> Result<bool, Failure> {
        checks::before(self, plan, step).await?;
        self.made = None;
        let made = self.step(step).await?;
        checks::after(self, plan, step).await?;
        Ok(made)
    }

    /// Makes one step and waits where what it needs is on its way. Says whether anything was sent.
    async fn step(&mut self, step: &Step) -> Result<bool, Failure> {
        let pace = self.clients.pace.clone();
        let done = wait_until(&pace, PATIENCE, async || match self.send(step).await {
            Ok(made) => Ok(Look::Done(made)),
            Err(Failure::Api(error)) if self.is_on_its_way(&error) => Ok(Look::NotYet(error)),
            Err(failure) => Err(failure),
        });
        let made = done.await?.map_err(Failure::Api)?;
        if step.call.creates() {
            self.created.insert(step.addr.clone());
        }
        Ok(made)
    }

    /// Says whether anything was sent.
    async fn send(&mut self, step: &Step) -> Result<bool, Failure> {
        let addr = &step.addr;
        match &step.call {
            Call::Instance(call) => instance::send(self, addr, call).await?,
            Call::Routing(call) => routing::send(self, addr, call).await?,
            Call::Storage(call) => storage::send(self, addr, call).await?,
            Call::People(call) => people::send(self, addr, call).await?,
            Call::Media(call) => media::send(self, addr, call).await?,
            Call::Streaming(call) => streaming::send(self, addr, call).await?,
            Call::Role(call) => roles::send(self, addr, call).await?,
            Call::Log(call) => logs::send(self, addr, call).await?,
            Call::Function(call) => return functions::send(self, addr, call).await,
            Call::Flow(call) => flows::send(self, addr, call).await?,
        }
        Ok(true)
    }

    /// Whether trying again a little later can help.
    fn is_on_its_way(&self, error: &ApiError) -> bool {
        let lambda = error.operation.starts_with("lambda:");
        match error.kind {
            // What this very run has made need not be visible yet.
            ApiErrorKind::NotFound => !self.created.is_empty(),
            // A function takes one change after the other.
            ApiErrorKind::Conflict => lambda && !error.is_precondition(),
            // Lambda's words for a role that IAM has not told everybody about.
            ApiErrorKind::Refused => {
                let message = error.message().unwrap_or_default();
                let role = ["cannot be assumed", "does not have permissions"];
                lambda && role.iter().any(|words| message.contains(words))
            }
            _ => false,
        }
    }

    /// The id of the instance that operations ask for.
    fn instance_id(&self) -> Result<String, Failure> {
        Ok(self.instance()?.id.clone())
    }

    fn instance(&self) -> Result<&InstanceRef, Failure> {
        let missing = || ApiError::incomplete("connect:DescribeInstance", "instance");
        self.instance.as_ref().ok_or_else(|| missing().into())
    }

    /// The ARN of a key.
    fn key_arn(&self, name: &str) -> Result<&str, Failure> {
        let arn = self.keys.get(name).map(String::as_str);
        arn.ok_or_else(|| Failure::NotReady(format!("there is no key `{name}`")))
    }

    /// A policy with the ARNs of the instance and of keys in it.
    fn bound(&self, policy: &Json) -> Json {
        let instance = self.instance.as_ref().map(|instance| instance.arn.as_str());
        policy::with_keys(&policy::with_instance(policy, instance), &self.keys)
    }

    /// The id of what a name stands for.
    fn id(&self, kind: RefKind, name: &str) -> Result<String, Failure> {
        let id = remote::bound_id(&self.bindings, kind, name);
        id.ok_or_else(|| Failure::Unbound(vec![Ref::new(kind, name)]))
    }

    /// The id of something that flows do not refer to, or not in this layer.
    fn known_id(&self, addr: &ResourceAddr) -> Result<String, Failure> {
        let arn = self.arns.get(addr);
        let id = arn.map(|arn| remote::id_of(arn).to_owned());
        id.ok_or_else(|| Failure::NotReady(format!("nobody told the id of {addr}")))
    }

    fn bind(&mut self, kind: RefKind, name: &str, arn: &str, title: &str) {
        self.made = Some(arn.to_owned());
        let reference = Ref::new(kind, name);
        self.bindings.insert(reference, arn, Some(title.to_owned()));
    }
}

/// Something that was to be deleted: that it was not there is as good.
fn gone<T>(answer: Result<T, ApiError>) -> Result<(), Failure> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Waits for a state and says so if it does not come.
async fn wait_for<T>(
    clients: &Clients,
    deadline: Duration,
    look: impl AsyncFnMut() -> Result<Look<T, String>, Failure>,
) -> Result<T, Failure> {
    let found = wait_until(&clients.pace, deadline, look).await?;
    found
        .map_err(|state| Failure::NotReady(format!("{state} after {} seconds", deadline.as_secs())))
}
