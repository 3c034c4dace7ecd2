//! `bench deploy`: bootstrapping, planning and deploying against the emulator with its quotas on, in
//! virtual time: what AWS would make a deployment wait is waited for in full and costs nobody a
//! second.
//!
//! The floor of a phase is what the operation called most would take at its rate if nothing else
//! had to be waited for.

mod memory;
mod project;
mod report;
mod time;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use emulator::clock::ClockMode;
use emulator::quotas::{Quota, Quotas};
use emulator::{Config, Emulator};
use provision::address::Layer;
use provision::clients::Clients;
use provision::plan::Plan;

use self::report::{Phase, Report};
use self::time::VirtualTime;
use crate::args::DeployBenchArgs;
use crate::centre;
use crate::deployment::{self, Deployment};
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, Prepared};

/// How many flows another deployment changes.
const CHANGED: usize = 10;
/// Between phases, so that each begins with full buckets.
const PAUSE: Duration = Duration::from_secs(120);
/// What instances are born with counts too, and these are not what is measured.
const ROOM: u32 = 100;

pub(crate) async fn run(args: &DeployBenchArgs, printer: &Printer) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir().context("cannot make a folder for the flows")?;
    project::write(folder.path(), args.flows, args.modules, 0)?;
    let project = Project::at(folder.path());
    let prepared = prepare(&project, printer)?;
    let emulator = centre::start(Config {
        quotas: Some(quotas(args)),
        consistency: args.consistency.0,
        instance_creation: args.instance_creation.0,
        ..centre::config(&prepared.environment, ClockMode::Virtual)
    })
    .await?;
    let phases = phases(args, folder.path(), &prepared, &emulator, printer).await;
    emulator.shutdown().await;
    let memory = match args.memory_flows {
        0 => None,
        flows => {
            let step = printer.step(format!("deploy {flows} flows in a process of its own"));
            let memory = memory::of_deployment(flows, args.modules).await?;
            step.done("measured");
            Some(memory)
        }
    };
    let report = Report {
        flows: args.flows,
        modules: args.modules,
        phases: phases?,
        memory,
    };
    printer.view(|| report.human(), || report.json());
    Ok(Outcome::Done)
}

/// The rates of a usual account, and as many flows and modules as are deployed: who has so many has
/// asked for them.
fn quotas(args: &DeployBenchArgs) -> Quotas {
    let room = |count: usize| {
        u32::try_from(count)
            .unwrap_or(u32::MAX)
            .saturating_add(ROOM)
    };
    Quotas::defaults()
        .with(Quota::Flows, room(args.flows))
        .with(Quota::Modules, room(args.modules))
}

fn room(count: usize) -> u32 {
    u32::try_from(count)
        .unwrap_or(u32::MAX)
        .saturating_add(ROOM)
}

fn prepare(project: &Project, printer: &Printer) -> anyhow::Result<Prepared> {
    sources::prepare(project, project::ENVIRONMENT, printer)?
        .context("the flows that were made up have errors")
}

async fn phases(
    args: &DeployBenchArgs,
    folder: &Path,
    prepared: &Prepared,
    emulator: &Emulator,
    printer: &Printer,
) -> anyhow::Result<Vec<Phase>> {
    let time = VirtualTime::of(emulator.clock());
    let clients = deployment::connect(&prepared.environment, Some(&emulator.endpoint())).await?;
    let clients = clients.at_pace(Arc::new(time.clone()));
    let watch = Stopwatch {
        emulator,
        clients: clients.clone(),
        time,
        printer,
    };
    let made = Deployment::new(prepared, Vec::new(), clients.clone());
    let mut phases = vec![
        watch
            .measure("bootstrap", carry_out(&made, Layer::Foundation, printer))
            .await?,
        watch
            .measure(
                "first deployment",
                carry_out(&made, Layer::Release, printer),
            )
            .await?,
        watch
            .measure("plan, nothing changed", unchanged(&made))
            .await?,
    ];
    let changed = CHANGED.min(args.flows);
    project::write(folder, args.flows, args.modules, changed)?;
    let edited = prepare(&Project::at(folder), printer)?;
    let edited = Deployment::new(&edited, Vec::new(), clients);
    let name = format!("deployment, {changed} flows changed");
    phases.push(
        watch
            .measure(&name, carry_out(&edited, Layer::Release, printer))
            .await?,
    );
    phases.push(
        watch
            .measure("deployment, nothing changed", unchanged(&edited))
            .await?,
    );
    Ok(phases)
}

async fn carry_out(
    deployment: &Deployment<'_>,
    layer: Layer,
    printer: &Printer,
) -> anyhow::Result<()> {
    let plan = deployment.plan(layer).await?;
    deployment.apply(&plan, printer).await?;
    Ok(())
}

/// Plans, and finds nothing to do.
async fn unchanged(deployment: &Deployment<'_>) -> anyhow::Result<()> {
    let plan: Plan = deployment.plan(Layer::Release).await?;
    if !plan.is_empty() {
        bail!("a plan right after its deployment has something to do");
    }
    Ok(())
}

/// Measures phases by the emulator's clock and by what the clients count.
struct Stopwatch<'a> {
    emulator: &'a Emulator,
    clients: Clients,
    time: VirtualTime,
    printer: &'a Printer,
}

impl Stopwatch<'_> {
    async fn measure(
        &self,
        name: &str,
        work: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Phase> {
        let step = self.printer.step(name.to_owned());
        let (calls, throttled) = (self.clients.calls(), self.clients.throttled());
        let (began, started) = (self.emulator.clock().now(), Instant::now());
        self.time
            .passes_during(self.emulator, &self.clients, work)
            .await
            .with_context(|| format!("the phase `{name}` failed"))?;
        let took = self.emulator.clock().now().duration_since(began);
        let phase = Phase {
            name: name.to_owned(),
            calls: since(&calls, self.clients.calls()),
            throttled: since(&throttled, self.clients.throttled()),
            took: took.try_into().unwrap_or_default(),
            really_took: started.elapsed(),
        };
        step.done(&phase.summary());
        self.emulator.advance(PAUSE).await;
        Ok(phase)
    }
}

/// What has been counted since.
fn since(before: &BTreeMap<String, u64>, after: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    after
        .into_iter()
        .filter_map(|(operation, count)| {
            let counted = before.get(&operation).copied().unwrap_or(0);
            let more = count.saturating_sub(counted);
            (more > 0).then_some((operation, more))
        })
        .collect()
}
