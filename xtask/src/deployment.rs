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
use provision::environment::Environment;
use provision::guard;
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
        }
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
    #[allow(dead_code, reason = "for the commands that compare environments")]
    pub(crate) async fn live_version(&self, which: Which) -> anyhow::Result<Version> {
        let name = &self.prepared.environment.name;
        let versions = live::versions(&self.clients, &self.desired, which)
            .await
            .with_context(|| format!("cannot tell what there is in environment `{name}`"))?;
        if versions.instance.is_none() {
            let alias = &self.prepared.environment.instance_alias;
            return Err(Helped::new(
                format!("there is no instance `{alias}`"),
                "run `cargo xtask bootstrap` for this environment first",
            )
            .into());
        }
        if let Some(addr) = versions.unreadable.first() {
            anyhow::bail!("the content of {addr} on the instance is no flow document");
        }
        let label = match which {
            Which::Published => format!("live in {name}"),
            Which::Saved => format!("saved in {name}"),
        };
        Ok(Version::new(label, self.named(versions.flows)))
    }

    /// Flows as Connect has them, with our names for their actions.
    #[allow(dead_code, reason = "for the commands that compare environments")]
    fn named(&self, flows: Vec<FlowDefinition>) -> Vec<FlowDefinition> {
        let named = flows.into_iter().map(|definition| {
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
        });
        named.collect()
    }

    /// Carries a plan out, with each call as progress. What Connect finds wrong with a flow is shown
    /// at its place in the sources.
    pub(crate) async fn apply(&self, plan: &Plan, printer: &Printer) -> anyhow::Result<Applied> {
        let step = printer.step(match plan.layer {
            Layer::Foundation => "bootstrap",
            Layer::Release => "deploy",
        });
        let applied = apply::apply(&self.clients, &self.desired, plan, |event| {
            if let ApplyEvent::StepStarted { n, of, step: call } = event {
                step.at(&format!("{n}/{of} {} {}", call.call.operation(), call.addr));
            }
        });
        match applied.await {
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
