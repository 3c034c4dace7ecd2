//! The whole path, once: from the sources to finished conversations and a changed greeting.
//!
//! Every step runs the code of the command of its name; what is here is their order, what is shown
//! of them, and what is expected.

mod conversations;
mod customer;
mod greeting;
mod report;

use std::time::Instant;

use anyhow::Context;
use emulator::clock::ClockMode;
use emulator::{Config, Emulator};
use flow::value::{Ref, RefKind};
use provision::address::Layer;
use provision::apply::Applied;

use crate::centre;
use crate::commands::{build, generate};
use crate::deployment::{self, Deployment};
use crate::package::{Package, Recipe};
use crate::printer::{HEADING, Printer};
use crate::project::Project;
use crate::signals;
use crate::sources::{self, Prepared};
use crate::views;

use conversations::Stage;
use customer::Entrance;
use report::PlanSummary;

pub(crate) use report::Report;

/// The environment the demo deploys to, and the flow its customers come in by.
const ENVIRONMENT: &str = "local";
const FLOW: &str = "support-chat";
/// The Lambdas that bring the bot into a chat and out of it.
const JOIN: &str = "bot-join";
const LEAVE: &str = "bot-leave";

/// Runs the demo; the report holds what was found even if it could not be finished.
pub(crate) async fn run(
    project: &Project,
    printer: &Printer,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut demo = Demo {
        project,
        printer,
        report,
    };
    let prepared = demo.check_and_generate()?;
    let packages = demo.build(&prepared).await?;
    let emulator = demo.start_emulator(&prepared).await?;
    let result = signals::or_interrupted(demo.use_emulator(&emulator, &prepared, packages)).await;
    emulator.shutdown().await;
    result
}

struct Demo<'a> {
    project: &'a Project,
    printer: &'a Printer,
    report: &'a mut Report,
}

impl Demo<'_> {
    /// Steps four to seven, which speak to the emulator as they would to AWS.
    async fn use_emulator(
        &mut self,
        emulator: &Emulator,
        prepared: &Prepared,
        packages: Vec<Package>,
    ) -> anyhow::Result<()> {
        let endpoint = emulator.endpoint();
        let clients = deployment::connect(&prepared.environment, Some(&endpoint)).await?;
        let deployment = Deployment::new(prepared, packages.clone(), clients);
        self.bootstrap(emulator, &deployment).await?;
        let deployed = self.deploy(emulator, &deployment).await?;
        self.talk(emulator, prepared, &deployed).await?;
        self.change(emulator, packages).await
    }

    fn check_and_generate(&mut self) -> anyhow::Result<Prepared> {
        let started = self.begin("1. Check and generate");
        let prepared = sources::prepare(self.project, ENVIRONMENT, self.printer)?
            .context("the flows have errors; they are listed above")?;
        let folder = generate::folder(self.project, ENVIRONMENT);
        for (definition, path) in generate::write(&prepared.definitions, &folder)? {
            let path = self.project.shown(&path);
            self.tell(&format!("  {} -> {path}", review::address(definition)));
        }
        self.end("check and generate", started);
        Ok(prepared)
    }

    async fn build(&mut self, prepared: &Prepared) -> anyhow::Result<Vec<Package>> {
        let started = self.begin("2. Build the Lambdas");
        let names = prepared.infra.lambda_names();
        let recipe = Recipe::default();
        let packages = build::packages(self.project, &names, &recipe, self.printer).await?;
        for package in &packages {
            self.tell(&format!("  {}", build::line(self.project, package)));
        }
        self.end("build", started);
        Ok(packages)
    }

    async fn start_emulator(&mut self, prepared: &Prepared) -> anyhow::Result<Emulator> {
        let started = self.begin("3. Start the emulator");
        let emulator = centre::start(Config {
            // The functions have to get by with what their roles allow.
            iam: true,
            ..centre::config(&prepared.environment, ClockMode::Virtual)
        })
        .await?;
        self.tell(&format!("  {}", emulator.endpoint()));
        self.end("start the emulator", started);
        Ok(emulator)
    }

    async fn bootstrap(
        &mut self,
        emulator: &Emulator,
        deployment: &Deployment<'_>,
    ) -> anyhow::Result<()> {
        let started = self.begin("4. Bootstrap");
        let (plan, _) = self
            .carry_out(emulator, deployment, Layer::Foundation, "bootstrap")
            .await?;
        self.report.expect(
            "bootstrap",
            "nothing is as it should be yet",
            plan.create > 0 && plan.unchanged == 0,
        );
        let again = self
            .plan(deployment, Layer::Foundation, "bootstrap again")
            .await?;
        self.report.expect(
            "bootstrap",
            "planning again finds nothing to do",
            again.is_nothing(),
        );
        self.tell(&self.report.claims("bootstrap"));
        self.end("bootstrap", started);
        Ok(())
    }

    async fn deploy(
        &mut self,
        emulator: &Emulator,
        deployment: &Deployment<'_>,
    ) -> anyhow::Result<Applied> {
        let started = self.begin("5. Plan, deploy, plan again");
        let (plan, applied) = self
            .carry_out(emulator, deployment, Layer::Release, "deploy")
            .await?;
        self.report.expect(
            "deploy",
            "nothing is as it should be yet",
            plan.create > 0 && plan.delete + plan.unchanged == 0,
        );
        let again = self
            .plan(deployment, Layer::Release, "deploy again")
            .await?;
        self.report.expect(
            "deploy",
            "planning again finds nothing to do",
            again.is_nothing(),
        );
        deployment.write_deployed(self.project, &applied.bindings)?;
        self.tell(&self.report.claims("deploy"));
        self.end("plan and deploy", started);
        Ok(applied)
    }

    async fn talk(
        &mut self,
        emulator: &Emulator,
        prepared: &Prepared,
        deployed: &Applied,
    ) -> anyhow::Result<()> {
        let started = self.begin("6. Talk");
        let stage = stage(emulator, prepared, deployed)?;
        let step = self.printer.step("hold four conversations");
        stage.hold(self.report).await?;
        step.done("");
        for conversation in &self.report.conversations {
            self.tell(&self.report.told(conversation));
        }
        self.end("talk", started);
        Ok(())
    }

    async fn change(&mut self, emulator: &Emulator, packages: Vec<Package>) -> anyhow::Result<()> {
        let started = self.begin("7. Change the greeting");
        let copy = tempfile::tempdir().context("cannot make a folder for a copy of the sources")?;
        let copied = greeting::copy_with_another(self.project, copy.path(), FLOW)?;
        let prepared = sources::prepare(&copied, ENVIRONMENT, self.printer)?
            .context("the changed flows have errors; they are listed above")?;
        let endpoint = emulator.endpoint();
        let clients = deployment::connect(&prepared.environment, Some(&endpoint)).await?;
        let deployment = Deployment::new(&prepared, packages, clients);
        let (plan, applied) = self
            .carry_out(emulator, &deployment, Layer::Release, "change")
            .await?;
        let one = plan.update == 1 && plan.create == 0 && plan.delete == 0;
        self.report
            .expect("change", "one flow is to be updated", one);
        let again = self
            .plan(&deployment, Layer::Release, "change again")
            .await?;
        self.report.expect(
            "change",
            "planning again finds nothing to do",
            again.is_nothing(),
        );
        let stage = stage(emulator, &prepared, &applied)?;
        stage.greet_again(self.report).await?;
        self.tell(&self.report.claims("change"));
        if let Some(conversation) = self.report.conversations.last() {
            self.tell(&self.report.told(conversation));
        }
        self.end("change", started);
        Ok(())
    }

    /// Plans, shows the plan, applies it.
    async fn carry_out(
        &mut self,
        emulator: &Emulator,
        deployment: &Deployment<'_>,
        layer: Layer,
        name: &'static str,
    ) -> anyhow::Result<(PlanSummary, Applied)> {
        let plan = deployment.plan(layer).await?;
        let summary = PlanSummary::new(name, &plan);
        self.report.plans.push(summary.clone());
        self.tell(&views::plan::human(&plan));
        views::plan::refuse_problems(&plan)?;
        let work = deployment.apply(&plan, self.printer);
        let applied = centre::with_time(emulator, work).await?;
        Ok((summary, applied))
    }

    async fn plan(
        &mut self,
        deployment: &Deployment<'_>,
        layer: Layer,
        name: &'static str,
    ) -> anyhow::Result<PlanSummary> {
        let plan = deployment.plan(layer).await?;
        let summary = PlanSummary::new(name, &plan);
        self.report.plans.push(summary.clone());
        if !plan.is_empty() {
            self.tell(&views::plan::human(&plan));
        }
        Ok(summary)
    }

    fn begin(&self, title: &str) -> Instant {
        self.tell(&format!("\n{HEADING}{title}{HEADING:#}"));
        Instant::now()
    }

    fn end(&mut self, name: &'static str, started: Instant) {
        let took = started.elapsed();
        self.report.steps.push(report::Step { name, took });
    }

    /// The account for people; a program gets its document at the end.
    fn tell(&self, text: &str) {
        if !self.printer.is_json() && !text.is_empty() {
            self.printer.data(text);
        }
    }
}

/// Where the demo's conversations take place: the flow as it is deployed, and what it should say.
fn stage<'a>(
    emulator: &'a Emulator,
    prepared: &Prepared,
    deployed: &Applied,
) -> anyhow::Result<Stage<'a>> {
    let environment = &prepared.environment;
    let instance = deployed
        .instance
        .as_ref()
        .context("there is no instance after bootstrap")?;
    let definition = prepared
        .definitions
        .iter()
        .find(|definition| definition.name == FLOW)
        .with_context(|| format!("the demo needs the flow `{FLOW}`"))?;
    let flow = deployed
        .bindings
        .get(&Ref::new(RefKind::Flow, FLOW))
        .with_context(|| format!("flow `{FLOW}` is not on the instance after deploy"))?;
    let function = |lambda: &str| format!("{}-{lambda}", environment.instance_alias);
    Ok(Stage {
        emulator,
        entrance: Entrance::at(
            &emulator.endpoint(),
            &environment.region,
            &instance.id,
            &flow.arn,
        ),
        join_function: function(JOIN),
        leave_function: function(LEAVE),
        greeting: greeting::of(&definition.flow)
            .with_context(|| format!("flow `{FLOW}` says nothing at its start"))?,
    })
}
