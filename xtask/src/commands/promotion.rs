//! Whether another environment runs what is about to be deployed: production gets what staging ran.

use std::collections::BTreeSet;

use provision::ledger::{self, LedgerError, Unreleased};
use provision::scope::Scope;
use serde_json::{Value, json};

use super::releases::helped;
use crate::args::DeployArgs;
use crate::deployment::{self, Deployment};
use crate::exit::Helped;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources;

/// Whether every environment that the arguments or the environment's file ask for runs these
/// sources; says what it does not run, and what to do.
pub(super) async fn is_released(
    deployment: &Deployment<'_>,
    args: &DeployArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<bool> {
    let ours = &deployment.prepared.environment;
    let required = args
        .require_released_in
        .iter()
        .chain(&ours.require_released_in);
    let required: BTreeSet<&String> = required.collect();
    let mut refused = Vec::new();
    for name in required {
        if *name == ours.name {
            let help = "name another environment, whose releases come first";
            return Err(Helped::new(format!("{name} cannot come before itself"), help).into());
        }
        let unreleased = compare(deployment, name, args, project, printer).await?;
        if !unreleased.is_empty() {
            refused.push((name.clone(), unreleased));
        }
    }
    if !refused.is_empty() {
        report(&refused, printer);
    }
    Ok(refused.is_empty())
}

/// What another environment does not run.
async fn compare(
    deployment: &Deployment<'_>,
    name: &str,
    args: &DeployArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Vec<Unreleased>> {
    let step = printer.step(format!("read what {name} runs"));
    let Some(other) = sources::environment(project, name, printer)? else {
        anyhow::bail!("cannot tell what {name} runs: its file has errors");
    };
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&other.for_reading(), endpoint.as_deref()).await?;
    let scope = Scope::new(&other);
    let (records, releases) = match ledger::latest_records(&clients, &scope).await {
        Ok(records) => (
            records,
            ledger::releases(&clients, &scope).await.map_err(helped)?,
        ),
        // Where nothing is set up, nothing was released.
        Err(LedgerError::Missing { .. }) => (Vec::new(), Vec::new()),
        Err(error) => return Err(helped(error)),
    };
    step.done("");
    Ok(deployment.unreleased(&records, &releases))
}

fn report(refused: &[(String, Vec<Unreleased>)], printer: &Printer) {
    for (environment, unreleased) in refused {
        printer.important(&format!(
            "{environment} does not run this, and nothing was changed:"
        ));
        for it in unreleased {
            printer.important(&format!("  {} {}", it.addr, it.why));
        }
        printer.important(&format!(
            "deploy these sources there first: cargo xtask deploy --env {environment}"
        ));
    }
    if printer.is_json() {
        let unreleased = refused.iter().flat_map(|(environment, unreleased)| {
            unreleased.iter().map(move |it| machine(environment, it))
        });
        let unreleased: Vec<Value> = unreleased.collect();
        printer.document(&json!({ "applied": false, "unreleased": unreleased }));
    }
}

fn machine(environment: &str, unreleased: &Unreleased) -> Value {
    json!({
        "environment": environment,
        "address": unreleased.addr.to_string(),
        "why": unreleased.why.as_str(),
        "message": unreleased.why.to_string(),
    })
}
