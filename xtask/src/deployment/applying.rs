//! Carrying plans out: progress, records, and what Connect says about a flow at its place in the
//! sources.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context;
use flow::bind::Bindings;
use flow::diagnostic::{Diagnostic, Label, Severity};
use flow::model::FlowDefinition;
use flow_source::CompiledFlow;
use provision::address::Layer;
use provision::apply::{self, Applied, ApplyError, ApplyEvent, FlowProblem};
use provision::desired;
use provision::ledger::{About, LedgerError, Recorder};
use provision::plan::Plan;
use serde_json::json;

use super::Deployment;
use crate::commands::generate;
use crate::printer::Printer;
use crate::project::Project;
use crate::views;

impl Deployment<'_> {
    /// Somebody to record what is deployed, unless there is no ledger; then that is said.
    async fn recorder(&self, printer: &Printer) -> Option<Recorder<'_>> {
        let about = About {
            environment: self.prepared.environment.name.clone(),
            commit: self.commit.clone(),
            at: jiff::Timestamp::now(),
        };
        match Recorder::open(&self.clients, self.desired.scope(), about).await {
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
