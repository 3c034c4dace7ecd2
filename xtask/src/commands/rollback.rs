//! `rollback`: an earlier release again.

use provision::address::Layer;
use provision::desired::Desired;
use provision::environment::Environment;
use provision::infra::Infra;
use provision::ledger::{self, Release, Status};
use provision::plan::Plan;
use provision::scope::Scope;
use serde_json::json;

use super::confirm;
use super::releases::{find, helped};
use crate::args::RollbackArgs;
use crate::deployment::{self, Carrying, Deployment};
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, Prepared};
use crate::views;

pub(super) async fn run(
    args: &RollbackArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(environment) = sources::environment(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&environment, endpoint.as_deref()).await?;
    let scope = Scope::new(&environment);
    let step = printer.step("read what was deployed and what is there");
    let releases = ledger::releases(&clients, &scope).await.map_err(helped)?;
    let release = wanted(args, &releases, &environment)?;
    let state = ledger::state(&clients, &scope, release.number).await;
    let state = state.map_err(helped)?;
    let desired = Desired::earlier(&environment, release.number, state, args.edits);
    let prepared = Prepared {
        definitions: desired.definitions().cloned().collect(),
        environment,
        infra: Infra::default(),
        flows: Vec::new(),
    };
    let deployment = Deployment::back_to(&prepared, desired, clients, release)
        .carrying(Carrying::new("rollback", &args.carrying)?);
    let plan = deployment.plan(Layer::Release).await?;
    step.done("");
    show_and_apply(args, &deployment, release, &plan, project, printer).await
}

/// The release that was named, or the one before what is live.
fn wanted<'a>(
    args: &RollbackArgs,
    releases: &'a [Release],
    environment: &Environment,
) -> anyhow::Result<&'a Release> {
    let name = &environment.name;
    let Some(number) = args.release else {
        let help = format!("`cargo xtask releases --env {name}` lists what there is");
        let none = || {
            Helped::new(
                format!("{name} has no complete release to go back to"),
                help,
            )
        };
        return Ok(ledger::previous(releases).ok_or_else(none)?);
    };
    let release = find(releases, number, name)?;
    if release.status != Status::Complete {
        let message = format!("release {number} of {name} did not come to its end");
        let help = "go back to a complete one: what is after it was never meant to be so";
        return Err(Helped::new(message, help).into());
    }
    Ok(release)
}

/// Shows the plan, asks, applies.
async fn show_and_apply(
    args: &RollbackArgs,
    deployment: &Deployment<'_>,
    release: &Release,
    plan: &Plan,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let environment = &deployment.prepared.environment;
    if !printer.is_json() {
        let title = format!(
            "back to release {} of {}, {}",
            release.number,
            environment.name,
            release.at.strftime("%Y-%m-%d %H:%M UTC")
        );
        printer.data(&format!("{title}\n{}", views::plan::human(plan)));
    }
    views::plan::refuse_problems(plan)?;
    let go = plan.is_empty() || confirm::given(&args.confirm, environment, printer)?;
    if go && !plan.is_empty() {
        let applied = deployment.apply(plan, printer).await?;
        deployment.write_deployed(project, &applied.bindings)?;
    }
    if printer.is_json() {
        printer.document(&json!({
            "rollback_to": release.number,
            "plan": views::plan::json(plan),
            "applied": go,
        }));
    } else if !plan.is_empty() {
        printer.data(if go { "done" } else { "nothing was changed" });
    }
    Ok(if go { Outcome::Done } else { Outcome::No })
}
