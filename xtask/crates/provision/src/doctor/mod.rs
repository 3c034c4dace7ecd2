//! What would keep a deployment from working, as far as AWS can tell: who calls, which services
//! answer, what is allowed, what is there already, how much room is left, and whether the clock is
//! right.
//!
//! Nothing here changes anything. What could not be found out is a finding too.

mod findings;
mod permissions;
mod services;

use std::fmt;

use crate::clients::Clients;
use crate::desired::Desired;
use crate::environment::Environment;
use crate::guard::{self, Caller};
use crate::ledger;
use crate::live;

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    Credentials,
    Clock,
    Services,
    Permissions,
    Instance,
    /// The deployment table and its lock.
    Ledger,
    Quotas,
    /// What builds the Lambdas on this machine.
    Toolchain,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    /// Worth knowing; a deployment works all the same.
    Warning,
    /// Would keep a deployment from working.
    Problem,
    /// Could not be told.
    Unknown,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub area: Area,
    pub verdict: Verdict,
    /// Without a full stop.
    pub text: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Area {
    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Area::Credentials => "credentials",
            Area::Clock => "clock",
            Area::Services => "services",
            Area::Permissions => "permissions",
            Area::Instance => "instance",
            Area::Ledger => "ledger",
            Area::Quotas => "quotas",
            Area::Toolchain => "toolchain",
        }
    }
}

impl Verdict {
    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Problem => "problem",
            Verdict::Unknown => "unknown",
        }
    }
}

impl Finding {
    /// A finding without help.
    pub fn new(area: Area, verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            area,
            verdict,
            text: text.into(),
            help: None,
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.area.as_str(), self.text)
    }
}

/// Whether anybody was there to be asked, as somebody.
pub fn could_ask(findings: &[Finding]) -> bool {
    let mut callers = findings.iter().filter(|it| it.area == Area::Credentials);
    callers.all(|it| it.verdict != Verdict::Unknown)
}

/// Asks AWS all there is to ask, with a few cheap requests.
///
/// Somebody of another account or region is not asked for more than that.
pub async fn examine(
    clients: &Clients,
    environment: &Environment,
    desired: &Desired,
) -> Vec<Finding> {
    let caller = guard::check_caller(clients, environment).await;
    let mut all = vec![findings::credentials(environment, &caller)];
    // The answer before, whatever it was, has told the time.
    all.push(findings::clock(clients.seconds_ahead()));
    if let Ok(caller) = &caller {
        all.extend(examine_as(caller, clients, environment, desired).await);
    }
    all
}

async fn examine_as(
    caller: &Caller,
    clients: &Clients,
    environment: &Environment,
    desired: &Desired,
) -> Vec<Finding> {
    let (name, scope) = (&environment.name, desired.scope());
    let instance = live::connect::instance(clients, &scope.alias).await;
    let there = instance.as_ref().ok().and_then(Option::as_ref);
    let quotas = services::quotas(clients, there).await;
    let answers = services::ask(clients, desired).await;

    let mut all = vec![findings::service(name, "connect", instance.as_ref().err())];
    all.extend(
        answers
            .iter()
            .map(|(service, error)| findings::service(name, service, error.as_ref())),
    );
    if let Some(limits) = &quotas {
        all.push(findings::service_quotas(name, limits.as_ref().err()));
    }
    let arn = there.map(|instance| instance.remote.arn.as_str());
    all.extend(permissions::examine(clients, environment, desired, caller, arn).await);
    all.push(findings::instance(name, &scope.alias, &instance));
    let held = ledger::holder(clients, scope).await;
    all.push(findings::ledger(name, held, jiff::Timestamp::now()));
    if let Some(instance) = there.filter(|instance| instance.status == findings::ACTIVE) {
        let counts = services::count(clients, &instance.remote.id).await;
        let limits = quotas.and_then(Result::ok).unwrap_or_default();
        all.extend(findings::quotas(&counts, desired, &limits));
    }
    all
}
