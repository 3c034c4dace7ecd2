//! Carrying plans out: progress, records, and what Connect says about a flow at its place in the
//! sources.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::Context;
use flow::bind::Bindings;
use flow::diagnostic::{Diagnostic, Label, Severity};
use flow::model::FlowDefinition;
use flow_source::CompiledFlow;
use provision::address::Layer;
use provision::apply::{self, Along, Applied, ApplyError, ApplyEvent, FlowProblem, Stop};
use provision::desired;
use provision::ledger::{About, LedgerError, Recorder};
use provision::plan::Plan;
use serde_json::json;

use super::{Deployment, carrying};
use crate::commands::generate;
use crate::exit::Helped;
use crate::printer::{Printer, Step};
use crate::project::Project;
use crate::signals;
use crate::views;

impl Deployment<'_> {
    /// Somebody to record what is deployed, unless there is no ledger; then that is said.
    async fn recorder(&self, printer: &Printer) -> Option<Recorder<'_>> {
        match Recorder::open(&self.clients, self.desired.scope(), self.about()).await {
            Ok(recorder) => Some(match self.rollback_to {
                Some(release) => recorder.rolling_back_to(release),
                None => recorder,
            }),
            Err(error) => {
                printer.warning(&unrecorded(&error));
                None
            }
        }
    }

    fn about(&self) -> About {
        About {
            environment: self.prepared.environment.name.clone(),
            commit: self.commit.clone(),
            at: jiff::Timestamp::now(),
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
        let mut session = self.session(plan, self.about(), printer).await?;
        let step = printer.step(match plan.layer {
            Layer::Foundation => "bootstrap",
            Layer::Release => "deploy",
        });
        let mut recorder = match plan.layer {
            Layer::Foundation => None,
            Layer::Release => self.recorder(printer).await,
        };
        let stop = Stop::default();
        let stopping = signals::gracefully(stop.clone());
        let along = Along {
            recorder: recorder.as_mut(),
            session: session.as_mut(),
            stop: stop.clone(),
        };
        let mut progress = Progress::new(self, plan, &step);
        let (clients, desired) = (&self.clients, &self.desired);
        let work = apply::apply_along(clients, desired, plan, along, |event| progress.see(&event));
        let applied = carrying::saying_so(&stop, printer, work).await;
        let ended = carrying::ended(&applied);
        if let Some(recorder) = recorder
            && let Err(error) = recorder.close(plan, applied.is_ok()).await
        {
            printer.warning(&unrecorded(&error));
        }
        if let Some(session) = session
            && let Err(error) = session.close(ended).await
        {
            let help = error.help();
            printer.warning(&format!("the lock was not given back: {error}; {help}"));
        }
        drop(stopping);
        match applied {
            Ok(applied) => {
                step.done(&views::plan::summary(plan));
                self.tell("finished", json!({ "steps": plan.steps.len() }));
                Ok(applied)
            }
            Err(error) => {
                let done = progress.done;
                drop(step);
                Err(self.failed(error, plan, done, printer))
            }
        }
    }

    fn tell(&self, event: &str, details: serde_json::Value) {
        if let Some(carrying) = &self.carrying {
            carrying.events().write(event, details);
        }
    }

    /// Says what Connect finds wrong, what is done and what is not, and how to go on.
    fn failed(
        &self,
        error: ApplyError,
        plan: &Plan,
        done: usize,
        printer: &Printer,
    ) -> anyhow::Error {
        let message = error.to_string();
        self.tell(
            "failed",
            json!({ "done": done, "of": plan.steps.len(), "message": message }),
        );
        let findings = findings(&error, &self.prepared.flows);
        if !findings.is_empty() {
            printer.diagnostics(&findings, false);
        }
        if !printer.is_json() && !plan.steps.is_empty() {
            printer.important(&views::plan::how_far(plan, done));
        }
        let name = &self.prepared.environment.name;
        let again = match plan.layer {
            Layer::Foundation => format!("`cargo xtask bootstrap --env {name}`"),
            Layer::Release => format!("`cargo xtask deploy --env {name}`"),
        };
        let back = match plan.layer {
            Layer::Release if done > 0 => {
                format!(", and `cargo xtask rollback --env {name}` goes back to the release before")
            }
            Layer::Release | Layer::Foundation => String::new(),
        };
        let first = match &error {
            ApplyError::Moved { .. } | ApplyError::Stale { .. } => {
                "somebody else works on this instance: see what they did with `cargo xtask drift`, \
                 then "
            }
            ApplyError::Stopped { .. } => "",
            _ => "see to what is said above, then ",
        };
        let help = match error.help() {
            Some(help) => help.to_owned(),
            None => format!("{first}{again} goes on from what is there{back}"),
        };
        Helped::of(error, help).into()
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
        // What was left out of a plan may refer to what is not there yet.
        let definitions = self.prepared.definitions.iter();
        let bound = definitions.filter_map(|definition| {
            let flow = flow::bind::bind(&definition.flow, bindings).ok()?;
            Some(FlowDefinition {
                flow,
                ..definition.clone()
            })
        });
        generate::write(&bound.collect::<Vec<_>>(), &folder)?;
        Ok(())
    }
}

/// How far a plan has got, for people and for machines.
struct Progress<'a> {
    deployment: &'a Deployment<'a>,
    plan: &'a Plan,
    step: &'a Step<'a>,
    /// How long requests had waited for their turn when the step under way began.
    waited: Duration,
    done: usize,
}

impl<'a> Progress<'a> {
    fn new(deployment: &'a Deployment<'a>, plan: &'a Plan, step: &'a Step<'a>) -> Self {
        Self {
            deployment,
            plan,
            step,
            waited: deployment.clients.waited(),
            done: 0,
        }
    }

    fn see(&mut self, event: &ApplyEvent<'_>) {
        let waited = self.deployment.clients.waited();
        if let Some(carrying) = &self.deployment.carrying {
            let in_step = waited.saturating_sub(self.waited);
            carrying.events().step(event, in_step);
        }
        match event {
            ApplyEvent::StepStarted { n, of, step } => {
                self.waited = waited;
                let what = format!("{} {}", step.call.operation(), step.addr);
                let left = self.plan.time_left(n - 1);
                self.step.reaches(n - 1, *of, left, &what);
            }
            ApplyEvent::StepDone { n, of, took, step } => {
                self.done = *n;
                let what = format!("{} {}", step.call.operation(), step.addr);
                self.step.is_past(*n, *of, *took, &what);
            }
        }
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
