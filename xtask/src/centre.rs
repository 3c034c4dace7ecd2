//! The emulated contact centre that `local` and `demo` run.

use std::time::Duration;

use emulator::clock::ClockMode;
use emulator::timeline::Entry;
use emulator::{Config, Emulator, StartError};
use provision::address::Layer;
use provision::apply::Applied;
use provision::environment::Environment;
use provision::plan::Plan;

use crate::deployment::Deployment;
use crate::exit::Helped;
use crate::printer::Printer;
use crate::views;

/// What an emulator is like for the account and region of an environment.
pub(crate) fn config(environment: &Environment, clock: ClockMode) -> Config {
    Config {
        clock,
        ..Config::new(&environment.account, &environment.region)
    }
}

/// Starts an emulator with nothing in it.
pub(crate) async fn start(config: Config) -> anyhow::Result<Emulator> {
    Emulator::start(config).await.map_err(|error| match error {
        StartError::PortInUse { .. } => {
            let help = "choose another with --port, or leave --port out for a free one";
            Helped::of(error, help).into()
        }
        error => anyhow::Error::new(error).context("the emulator cannot start"),
    })
}

/// Plans a layer and carries the plan out.
pub(crate) async fn carry_out(
    emulator: &Emulator,
    deployment: &Deployment<'_>,
    layer: Layer,
    printer: &Printer,
) -> anyhow::Result<Applied> {
    let plan = with_time(emulator, settled_plan(deployment, layer)).await?;
    views::plan::refuse_problems(&plan)?;
    with_time(emulator, deployment.apply(&plan, printer)).await
}

/// A plan that finds what was made just before: lists lag behind where the emulator is told to.
async fn settled_plan(deployment: &Deployment<'_>, layer: Layer) -> anyhow::Result<Plan> {
    const LOOKS: usize = 30;
    const PAUSE: Duration = Duration::from_millis(100);
    for _ in 1..LOOKS {
        let plan = deployment.plan(layer).await?;
        if plan.can_apply() {
            return Ok(plan);
        }
        tokio::time::sleep(PAUSE).await;
    }
    deployment.plan(layer).await
}

/// Lets the emulator's time pass while something waits for it: a new instance takes a while to
/// become active, and virtual time would stand still for ever.
pub(crate) async fn with_time<T>(emulator: &Emulator, work: impl Future<Output = T>) -> T {
    const TICK: Duration = Duration::from_millis(50);
    let time = async {
        loop {
            tokio::time::sleep(TICK).await;
            emulator.advance(TICK).await;
        }
    };
    tokio::select! {
        done = work => done,
        () = time => unreachable!("time passes for ever"),
    }
}

/// Looks for what goes wrong inside: a bot that does not answer is silent on the wire, so whoever
/// tries things out would wait for nothing.
pub(crate) struct Watch<'a> {
    emulator: &'a Emulator,
    printer: &'a Printer,
    seen: u64,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(emulator: &'a Emulator, printer: &'a Printer) -> Self {
        Self {
            emulator,
            printer,
            seen: 0,
        }
    }

    /// Reports what has happened since it was last asked.
    pub(crate) fn report(&mut self) {
        for entry in self.emulator.timeline().since(self.seen) {
            self.seen = entry.sequence;
            if let Some(trouble) = trouble(&entry) {
                self.printer.warning(&trouble);
            }
        }
    }

    /// Reports until it is dropped.
    pub(crate) async fn go_on(&mut self) {
        const PAUSE: Duration = Duration::from_millis(250);
        loop {
            self.report();
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What an entry of the timeline says, if it is about something that went wrong.
fn trouble(entry: &Entry) -> Option<String> {
    let detail = |name: &str| entry.details.get(name).and_then(|it| it.as_str());
    match (entry.area, entry.event) {
        ("lambda", "ended") if detail("outcome") != Some("answered") => Some(format!(
            "{}: {}; what it wrote is in the log group /aws/lambda/{0}",
            detail("function")?,
            detail("error").or_else(|| detail("outcome"))?,
        )),
        ("lambda", "refused" | "event dropped") => {
            Some(format!("{}: {}", detail("function")?, detail("reason")?))
        }
        ("sns", "publish refused") => Some(format!("{} refuses Connect", detail("topic")?)),
        ("chat", "error") => Some(format!(
            "contact {}: {}",
            detail("contact")?,
            detail("error")?
        )),
        ("request", "refused") if detail("error") == Some("NotImplementedException") => {
            Some(format!(
                "{}:{} is not emulated",
                detail("service")?,
                detail("operation")?
            ))
        }
        _ => None,
    }
}
