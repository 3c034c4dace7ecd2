//! One environment, ready to be planned and changed: sources, packages and clients together.

use std::collections::BTreeMap;
use std::{fs, io};

use anyhow::{Context, anyhow};
use flow::bind::Bindings;
use flow::diagnostic::{Diagnostic, Label, Severity};
use flow::model::FlowDefinition;
use flow_source::CompiledFlow;
use provision::address::Layer;
use provision::apply::{self, Applied, ApplyError, ApplyEvent, FlowProblem};
use provision::clients::{Clients, is_loopback};
use provision::desired::{self, Desired, LambdaPackage};
use provision::drift::{self, Drift};
use provision::environment::Environment;
use provision::guard;
use provision::ledger::{self, About, Deployed, LedgerError, Recorder};
use provision::live::{self, Which};
use provision::plan::{self, Plan};
use review::Version;
use serde_json::json;
use tokio::net::TcpStream;

use crate::commands::generate;
use crate::exit::Helped;
use crate::package::{Architecture, Package};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::Prepared;
use crate::views;

/// What should be in an environment, and the means to look at it and change it.
pub(crate) struct Deployment<'a> {
    pub(crate) prepared: &'a Prepared,
    clients: Clients,
    desired: Desired,
    /// The commit of the sources, for the ledger.
    commit: Option<String>,
}

/// Clients for an environment; refuses if the caller is in another account or region.
pub(crate) async fn connect(
    environment: &Environment,
    endpoint: Option<&str>,
) -> anyhow::Result<Clients> {
    if let Some(endpoint) = endpoint.or(environment.endpoint.as_deref()) {
        check_listens(endpoint).await?;
    }
    let clients = Clients::connect(environment, endpoint).await;
    match guard::check_caller(&clients, environment).await {
        Ok(_) => Ok(clients),
        Err(error) => {
            let help = error.help();
            Err(Helped::of(error, help).into())
        }
    }
}

impl<'a> Deployment<'a> {
    pub(crate) fn new(prepared: &'a Prepared, packages: Vec<Package>, clients: Clients) -> Self {
        let packages = packages.into_iter().map(lambda_package).collect();
        let definitions = prepared.definitions.clone();
        let environment = &prepared.environment;
        // What the environment lacks has been reported with everything else about the sources.
        let (desired, _) = Desired::new(environment, &prepared.infra, definitions, packages);
        Self {
            prepared,
            clients,
            desired,
            commit: None,
        }
    }

    /// With the commit of the sources, which the ledger keeps.
    pub(crate) fn of_commit(mut self, commit: Option<String>) -> Self {
        self.commit = commit;
        self
    }
}

impl Deployment<'_> {
    /// Reads what is there and compares.
    pub(crate) async fn plan(&self, layer: Layer) -> anyhow::Result<Plan> {
        let environment = &self.prepared.environment.name;
        let live = live::read_live(&self.clients, &self.desired, layer)
            .await
            .with_context(|| format!("cannot tell what there is in environment `{environment}`"))?;
        Ok(plan::plan(&self.desired, &live, layer))
    }

    /// The flows of the instance, to be compared with other versions: references are symbolic, and
    /// actions have the names that our sources give them, as [`CompiledFlow::fill_in`] has them.
    pub(crate) async fn live_version(&self, which: Which) -> anyhow::Result<Version> {
        let name = &self.prepared.environment.name;
        let versions = live::versions(&self.clients, &self.desired, which)
            .await
            .with_context(|| format!("cannot tell what there is in environment `{name}`"))?;
        if versions.instance.is_none() {
            return Err(self.no_instance().into());
        }
        if let Some(addr) = versions.unreadable.first() {
            anyhow::bail!("the content of {addr} on the instance is no flow document");
        }
        let label = match which {
            Which::Published => format!("live in {name}"),
            Which::Saved => format!("saved in {name}"),
        };
        let flows = versions.flows.into_iter();
        Ok(Version::new(label, flows.map(|flow| self.named(flow))))
    }

    /// A flow as Connect has it, with our names for its actions.
    pub(crate) fn named(&self, definition: FlowDefinition) -> FlowDefinition {
        let addr = desired::addr_of(&definition);
        let mut compiled = self.prepared.flows.iter();
        let ours = compiled.find(|it| desired::addr_of(&it.definition) == addr);
        FlowDefinition {
            flow: match ours {
                Some(ours) => ours.named(definition.flow),
                None => definition.flow,
            },
            ..definition
        }
    }

    /// What the ledger says we deployed; nothing if there is no ledger.
    pub(crate) async fn deployed(&self) -> anyhow::Result<Option<Deployed>> {
        match ledger::deployed(&self.clients, self.desired.scope()).await {
            Ok(deployed) => Ok(Some(deployed)),
            Err(LedgerError::Missing { .. }) => Ok(None),
            Err(error) => {
                let help = error.help();
                Err(Helped::of(error, help).into())
            }
        }
    }

    /// What we deployed last according to the ledger, to be compared with other versions; nothing if
    /// there is no ledger. What nobody recorded is not in it.
    pub(crate) async fn deployed_version(&self) -> anyhow::Result<Option<Version>> {
        let name = &self.prepared.environment.name;
        Ok(self.deployed().await?.map(|deployed| {
            let flows = deployed.flows.into_values();
            let flows = flows.map(|it| self.named(it.definition));
            Version::new(format!("deployed to {name}"), flows)
        }))
    }

    /// What of the instance is not as the ledger says we deployed it.
    pub(crate) async fn drift(&self, deployed: &Deployed) -> anyhow::Result<Drift> {
        let name = &self.prepared.environment.name;
        let is_ours = |arn: &str| deployed.flows.values().any(|it| it.record.arn == arn);
        let observed = live::observe(&self.clients, &self.desired, is_ours)
            .await
            .with_context(|| format!("cannot tell what there is in environment `{name}`"))?;
        let observed = observed.ok_or_else(|| self.no_instance())?;
        Ok(drift::drift(&self.desired, deployed, &observed))
    }

    fn no_instance(&self) -> Helped {
        let alias = &self.prepared.environment.instance_alias;
        Helped::new(
            format!("there is no instance `{alias}`"),
            "run `cargo xtask bootstrap` for this environment first",
        )
    }

    /// Somebody to record what is deployed, unless there is no ledger; then that is said.
    async fn recorder(&self, printer: &Printer) -> Option<Recorder<'_>> {
        let about = About {
            environment: self.prepared.environment.name.clone(),
            commit: self.commit.clone(),
            at: jiff::Timestamp::now(),
        };
        match Recorder::open(&self.clients, self.desired.scope(), about).await {
            Ok(recorder) => Some(recorder),
            Err(error) => {
                printer.warning(&unrecorded(&error));
                None
            }
        }
    }

    /// Records what is as it should be and has no record yet: all of a plan with nothing to do.
    pub(crate) async fn record(&self, plan: &Plan, printer: &Printer) -> anyhow::Result<()> {
        let Some(mut recorder) = self.recorder(printer).await else {
            return Ok(());
        };
        let recording = Some(&mut recorder);
        apply::apply_recorded(&self.clients, &self.desired, plan, recording, |_| {}).await?;
        if let Err(error) = recorder.close(plan, true).await {
            printer.warning(&unrecorded(&error));
        }
        Ok(())
    }

    /// Carries a plan out, with each call as progress. What Connect finds wrong with a flow is shown
    /// at its place in the sources.
    pub(crate) async fn apply(&self, plan: &Plan, printer: &Printer) -> anyhow::Result<Applied> {
        let step = printer.step(match plan.layer {
            Layer::Foundation => "bootstrap",
            Layer::Release => "deploy",
        });
        let mut recorder = match plan.layer {
            Layer::Foundation => None,
            Layer::Release => self.recorder(printer).await,
        };
        let recording = recorder.as_mut();
        let (clients, desired) = (&self.clients, &self.desired);
        let applied = apply::apply_recorded(clients, desired, plan, recording, |event| {
            if let ApplyEvent::StepStarted { n, of, step: call } = event {
                step.at(&format!("{n}/{of} {} {}", call.call.operation(), call.addr));
            }
        });
        let applied = applied.await;
        if let Some(recorder) = recorder
            && let Err(error) = recorder.close(plan, applied.is_ok()).await
        {
            printer.warning(&unrecorded(&error));
        }
        match applied {
            Ok(applied) => {
                step.done(&views::plan::summary(plan));
                Ok(applied)
            }
            Err(error) => {
                let findings = findings(&error, &self.prepared.flows);
                if !findings.is_empty() {
                    printer.diagnostics(&findings, false);
                }
                Err(error.into())
            }
        }
    }

    /// Writes what references stand for on this instance, and in the place of the generated flows the
    /// exact bytes that were sent: now that ids are known, references are ARNs.
    pub(crate) fn write_deployed(
        &self,
        project: &Project,
        bindings: &Bindings,
    ) -> anyhow::Result<()> {
        let folder = generate::folder(project, &self.prepared.environment.name);
        let targets = bindings.iter().map(|(reference, target)| {
            let shown = json!({ "arn": target.arn, "title": target.display_name });
            (reference.to_string(), shown)
        });
        let targets: BTreeMap<_, _> = targets.collect();
        let text = serde_json::to_string_pretty(&targets).expect("texts can be written as JSON");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join("bindings.json"), text + "\n"))
            .context("cannot write what references stand for")?;
        let definitions = self.prepared.definitions.iter();
        let bound = definitions.map(|definition| {
            let flow = flow::bind::bind(&definition.flow, bindings)
                .map_err(|missing| anyhow!("{} is not on the instance", missing[0]))?;
            Ok(FlowDefinition {
                flow,
                ..definition.clone()
            })
        });
        generate::write(&bound.collect::<anyhow::Result<Vec<_>>>()?, &folder)?;
        Ok(())
    }
}

/// That something is not in the ledger, and what to do about it.
fn unrecorded(error: &LedgerError) -> String {
    let mut text = format!("this deployment leaves no record: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    format!("{text}; {}", error.help())
}

/// Refuses an address on this machine at which nobody listens. The AWS SDK would try for a while
/// and then say less.
async fn check_listens(endpoint: &str) -> anyhow::Result<()> {
    let authority = endpoint
        .strip_prefix("http://")
        .and_then(|rest| rest.split('/').next());
    let Some(authority) = authority.filter(|_| is_loopback(endpoint)) else {
        return Ok(());
    };
    match TcpStream::connect(authority).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Err(Helped::new(
            format!("nobody listens at {endpoint}"),
            "start `cargo xtask local` and take the address it prints",
        )
        .into()),
        _ => Ok(()),
    }
}

/// What Connect says about a flow, at the actions of the sources that it is about.
fn findings(error: &ApplyError, flows: &[CompiledFlow]) -> Vec<Diagnostic> {
    let ApplyError::InvalidFlow { addr, problems, .. } = error else {
        return Vec::new();
    };
    let flow = flows
        .iter()
        .find(|flow| desired::addr_of(&flow.definition) == *addr);
    let finding = |problem: &FlowProblem| {
        let span = problem
            .action
            .as_ref()
            .and_then(|action| flow?.span_of(action));
        let label = span.map(|span| Label {
            span,
            text: "Connect refuses this action".to_owned(),
        });
        Diagnostic {
            severity: Severity::Error,
            code: "P100",
            rule: "refused-by-connect",
            headline: format!("{addr}: {}", problem.message),
            labels: label.into_iter().collect(),
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    };
    problems.iter().map(finding).collect()
}

fn lambda_package(package: Package) -> LambdaPackage {
    LambdaPackage {
        name: package.name,
        zip: package.zip,
        architecture: match package.architecture {
            Architecture::X86_64 => provision::desired::Architecture::X86_64,
            Architecture::Arm64 => provision::desired::Architecture::Arm64,
        },
    }
}
