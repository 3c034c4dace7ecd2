//! The flows of an environment as they are on its instance, or as we deployed them, against the
//! sources rendered for it.

use std::time::Duration;

use flow::diagnostic::Severity;
use provision::address::Layer;
use provision::clients::is_loopback;
use provision::live::Which;
use provision::plan::{Plan, PlanProblem};
use review::{Comparison, PlanSummary, Redactor, Version, compare};

use crate::deployment::{self, Deployment};
use crate::exit::Helped;
use crate::package::{self, Recipe};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{Prepared, Sources};

/// Whoever has credentials gets an answer in a second. The SDK would go on trying for minutes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which version of an environment's flows is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Published,
    Draft,
    Deployed,
}

/// An environment to look at.
pub(crate) struct Asked<'a> {
    pub(crate) project: &'a Project,
    pub(crate) name: &'a str,
    pub(crate) endpoint: Option<&'a str>,
}

impl Asked<'_> {
    /// The environment's flows against those of the working tree, without values that are secret.
    pub(crate) async fn compare(
        &self,
        wanted: Wanted,
        printer: &Printer,
    ) -> anyhow::Result<Comparison> {
        let (prepared, new) = self.prepare(printer)?;
        let deployment = self.connect(&prepared).await?;
        let step = printer.step(format!("read the flows of {}", self.name));
        let old = match wanted {
            Wanted::Published => deployment.live_version(Which::Published).await?,
            Wanted::Draft => deployment.live_version(Which::Saved).await?,
            Wanted::Deployed => self.deployed(&deployment, &new, printer).await?,
        };
        step.done("");
        let comparison = compare(&old, &new);
        let secrets: Vec<String> = prepared.environment.secrets().collect();
        Ok(match secrets.is_empty() {
            true => comparison,
            false => Redactor::new([], secrets).comparison(&comparison),
        })
    }

    /// What is published against the working tree, and what a deployment would do; nothing is taken
    /// out.
    pub(crate) async fn plan(
        &self,
        printer: &Printer,
    ) -> anyhow::Result<(Comparison, PlanSummary)> {
        let (prepared, new) = self.prepare(printer)?;
        // Where there is no workspace to build Lambdas from, flows are compared all the same.
        let endpoint = self.endpoint.or(prepared.environment.endpoint.as_deref());
        let recipe = package::recipe(endpoint.is_some_and(is_loopback), Recipe::default());
        let names = prepared.infra.lambda_names();
        let sources = package::sources(self.project.root(), &names, &recipe).unwrap_or_default();
        let deployment = self.connect(&prepared).await?.with_sources(sources);
        let step = printer.step(format!("read what is in {}", self.name));
        let old = deployment.live_version(Which::Published).await?;
        let plan = deployment.plan(Layer::Release).await?;
        step.done("");
        Ok((compare(&old, &new), summary(&plan)))
    }

    /// The sources for the environment: as they would be deployed, and as they are compared.
    fn prepare(&self, printer: &Printer) -> anyhow::Result<(Prepared, Version)> {
        let Self { project, name, .. } = *self;
        let sources = Sources::load(project)?;
        let rendered = sources.render(project, name)?;
        let filled_in = sources.fill_in(project, name)?;
        let mut errors = rendered.diagnostics;
        errors.retain(|it| it.severity == Severity::Error);
        let Some(environment) = rendered.environment.filter(|_| errors.is_empty()) else {
            printer.diagnostics(&errors, false);
            let message = format!("the sources cannot be rendered for environment `{name}`");
            return Err(Helped::new(message, "run `cargo xtask check`").into());
        };
        let new = Version {
            allowed: super::allowed(project, &sources)?,
            ..Version::new(format!("working tree for {name}"), filled_in.definitions)
        };
        let prepared = Prepared {
            environment,
            infra: sources.infra,
            flows: sources.flows,
            definitions: rendered.definitions,
        };
        Ok((prepared, new))
    }

    async fn connect<'p>(&self, prepared: &'p Prepared) -> anyhow::Result<Deployment<'p>> {
        let environment = prepared.environment.for_reading();
        let clients = deployment::connect(&environment, self.endpoint);
        let clients = tokio::time::timeout(PATIENCE, clients).await;
        let clients = clients.map_err(|_| {
            Helped::new(
                format!(
                    "no answer in {} seconds to the question whose credentials these are",
                    PATIENCE.as_secs()
                ),
                "check that the AWS CLI answers `aws sts get-caller-identity`",
            )
        })??;
        Ok(Deployment::new(prepared, Vec::new(), clients))
    }

    /// What the ledger has; of the rest nobody can tell, which is said.
    async fn deployed(
        &self,
        deployment: &Deployment<'_>,
        new: &Version,
        printer: &Printer,
    ) -> anyhow::Result<Version> {
        let Some(old) = deployment.deployed_version().await? else {
            let message = format!("there is no record of what was deployed to {}", self.name);
            let help = "`cargo xtask bootstrap` makes the deployment table, and `deploy` records \
                        what it deploys";
            return Err(Helped::new(message, help).into());
        };
        let unrecorded = new.flows.keys().filter(|it| !old.flows.contains_key(*it));
        let unrecorded: Vec<&str> = unrecorded.map(String::as_str).collect();
        if !unrecorded.is_empty() {
            let unrecorded = unrecorded.join(", ");
            printer.note(&format!(
                "note: no deployment to {} is recorded of {unrecorded}",
                self.name
            ));
        }
        Ok(old)
    }
}

/// How much a deployment would do. Lambdas of which nobody knows what they are built from are no
/// problem here.
fn summary(plan: &Plan) -> PlanSummary {
    let counts = plan.counts();
    let is_unbuilt = |it: &&PlanProblem| matches!(it, PlanProblem::SourceMissing { .. });
    let problems = plan.problems.iter().filter(|it| !is_unbuilt(it));
    PlanSummary {
        create: counts.create,
        update: counts.update,
        delete: counts.delete,
        unchanged: counts.unchanged,
        calls: plan.calls().values().sum(),
        not_built: plan.problems.iter().filter(is_unbuilt).count(),
        problems: problems.map(ToString::to_string).collect(),
    }
}
