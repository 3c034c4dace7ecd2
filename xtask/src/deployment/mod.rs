//! One environment, ready to be planned and changed: sources, packages and clients together.

mod applying;
mod carrying;
mod versions;

use std::io;

use anyhow::Context;
use provision::address::Layer;
use provision::clients::{Clients, is_loopback};
use provision::desired::{self, Desired, LambdaPackage, LambdaSource};
use provision::environment::Environment;
use provision::guard;
use provision::ledger::Release;
use provision::live;
use provision::plan::{self, Choices, Plan};
use tokio::net::TcpStream;

pub(crate) use self::carrying::{Carrying, host, who};
use crate::exit::Helped;
use crate::package::{Architecture, Package, Source};
use crate::sources::Prepared;

/// What should be in an environment, and the means to look at it and change it.
pub(crate) struct Deployment<'a> {
    pub(crate) prepared: &'a Prepared,
    clients: Clients,
    desired: Desired,
    /// What the Lambdas are built from, where that was asked for.
    sources: Vec<Source>,
    /// The commit of the sources, for the ledger.
    commit: Option<String>,
    /// The release that this goes back to, if it does.
    rollback_to: Option<u64>,
    /// How plans are carried out, where others could come in between.
    carrying: Option<Carrying>,
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
        let sources = packages.iter().map(|package| Source {
            name: package.name.clone(),
            digest: package.source.clone(),
            architecture: package.architecture,
        });
        let sources = sources.collect();
        let packages = packages.into_iter().map(lambda_package).collect();
        let definitions = prepared.definitions.clone();
        let environment = &prepared.environment;
        // What the environment lacks has been reported with everything else about the sources.
        let (desired, _) = Desired::new(environment, &prepared.infra, definitions, packages);
        let flows = prepared.flows.iter();
        let portable = flows.map(|flow| {
            (
                desired::addr_of(&flow.definition),
                flow_source::portable_digest(&flow.definition),
            )
        });
        let desired = desired.with_portable(portable);
        let deployment = Self {
            prepared,
            clients,
            desired,
            sources: Vec::new(),
            commit: None,
            rollback_to: None,
            carrying: None,
        };
        deployment.with_sources(sources)
    }

    /// An earlier state in the place of the sources.
    pub(crate) fn back_to(
        prepared: &'a Prepared,
        desired: Desired,
        clients: Clients,
        release: &Release,
    ) -> Self {
        Self {
            prepared,
            clients,
            desired,
            sources: Vec::new(),
            commit: release.commit.clone(),
            rollback_to: Some(release.number),
            carrying: None,
        }
    }

    /// With the lock, the journal and what else the arguments say about carrying plans out.
    pub(crate) fn carrying(mut self, carrying: Carrying) -> Self {
        self.carrying = Some(carrying);
        self
    }

    /// With the sources of the Lambdas: enough to plan, not to upload code.
    pub(crate) fn with_sources(mut self, sources: Vec<Source>) -> Self {
        let told = sources.iter().map(|source| LambdaSource {
            name: source.name.clone(),
            digest: source.digest.clone(),
            architecture: architecture(source.architecture),
        });
        self.desired = self.desired.with_sources(told.collect());
        self.sources = sources;
        self
    }

    /// With Lambdas that were built from these sources.
    ///
    /// # Errors
    ///
    /// If they were built from others than the plan was made from.
    pub(crate) fn built(mut self, packages: Vec<Package>) -> anyhow::Result<Self> {
        for package in &packages {
            let mut planned = self.sources.iter().filter(|it| it.name == package.name);
            if planned.any(|it| it.digest != package.source) {
                return Err(Helped::new(
                    format!(
                        "the sources of {} changed after the plan was made",
                        package.name
                    ),
                    "plan again; nothing was changed",
                )
                .into());
            }
        }
        let packages = packages.into_iter().map(lambda_package).collect();
        self.desired = self.desired.with_packages(packages);
        Ok(self)
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
        self.plan_with(layer, &Choices::default()).await
    }

    /// The same as somebody chose.
    pub(crate) async fn plan_with(&self, layer: Layer, choices: &Choices) -> anyhow::Result<Plan> {
        let environment = &self.prepared.environment.name;
        self.read_fence().await?;
        let live = live::read_live_for(&self.clients, &self.desired, layer, choices)
            .await
            .with_context(|| format!("cannot tell what there is in environment `{environment}`"))?;
        Ok(plan::plan_with(&self.desired, &live, layer, choices))
    }
}

/// Refuses an address on this machine at which nobody listens. The AWS SDK would try for a while
/// and then say less.
pub(crate) async fn check_listens(endpoint: &str) -> anyhow::Result<()> {
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

fn lambda_package(package: Package) -> LambdaPackage {
    LambdaPackage {
        name: package.name,
        zip: package.zip,
        architecture: architecture(package.architecture),
    }
}

fn architecture(architecture: Architecture) -> desired::Architecture {
    match architecture {
        Architecture::X86_64 => desired::Architecture::X86_64,
        Architecture::Arm64 => desired::Architecture::Arm64,
    }
}
