//! `destroy`: what was deployed and bootstrapped goes, the instance included.

use std::io::{self, IsTerminal};
use std::time::Duration;

use anyhow::Context;
use provision::clients::Clients;
use provision::desired::Desired;
use provision::destroy::{self, DestroyChoices, view};
use provision::environment::Environment;
use provision::ledger::{LedgerError, Lock, LockError, Owner};

use crate::args::DestroyArgs;
use crate::deployment::{self, host};
use crate::exit::{Helped, Outcome};
use crate::printer::{Printer, REMOVED, WARNING};
use crate::project::Project;
use crate::sources;

pub(super) async fn run(
    args: &DestroyArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(prepared) = sources::prepare(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    let environment = &prepared.environment;
    if environment.protect {
        return Err(Helped::new(
            format!("environment `{}` is protected", environment.name),
            "take `protect: true` out of its file first, where others see it",
        )
        .into());
    }
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(environment, endpoint.as_deref()).await?;
    // What the environment lacks has been reported with everything else about the sources.
    let (desired, _) = Desired::new(environment, &prepared.infra, Vec::new(), Vec::new());
    let step = printer.step("read what there is");
    let found = destroy::read(&clients, &desired).await;
    let found = found.context("cannot tell what there is to delete")?;
    step.done("");
    let choices = DestroyChoices {
        keep_instance: args.keep_instance,
        empty_buckets: args.empty_buckets,
    };
    let destruction = destroy::plan(&desired, &found, choices);
    printer.view(
        || coloured(&view::human(&destruction)),
        || view::json(&destruction),
    );
    if destruction.is_empty() {
        return Ok(Outcome::Done);
    }
    if !leave(args, environment, printer)? {
        printer.note("nothing was deleted");
        return Ok(Outcome::No);
    }
    let lock = lock(&clients, &desired).await?;
    let step = printer.step("destroy");
    let deleted = destroy::destroy(&clients, &desired, &destruction, |event| {
        step.at(&format!("{}/{} {}", event.n, event.of, event.deletion.addr));
    });
    let deleted = deleted.await;
    if let Some(lock) = lock {
        // With the table the lock is gone as well.
        lock.release().await?;
    }
    deleted.map_err(|error| {
        let help = "what was deleted before is gone; run this again to go on from there";
        Helped::of(error, help)
    })?;
    step.done(&view::summary(&destruction));
    Ok(Outcome::Done)
}

/// Keeps deployments out while things go; without a table there are none to keep out.
async fn lock(clients: &Clients, desired: &Desired) -> anyhow::Result<Option<Lock>> {
    let owner = Owner::new(clients, &host(), "destroy").await?;
    match Lock::take(clients, desired.scope(), owner, Duration::ZERO, |_| {}).await {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::Ledger(LedgerError::Missing { .. })) => Ok(None),
        Err(error) => {
            let help = error.help();
            Err(Helped::of(error, help).into())
        }
    }
}

/// Marks at the start of a line say the same as the colours.
fn coloured(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let style = match line.split_once(' ').map(|(mark, _)| mark) {
            Some("-") => Some(REMOVED),
            Some("warning:") => Some(WARNING),
            _ => None,
        };
        match style {
            Some(style) => format!("{style}{line}{style:#}\n"),
            None => format!("{line}\n"),
        }
    });
    lines.collect()
}

/// Whether everything may go: the alias of the instance has to be typed or given, whatever else was.
fn leave(args: &DestroyArgs, environment: &Environment, printer: &Printer) -> anyhow::Result<bool> {
    let alias = &environment.instance_alias;
    match &args.confirm.confirm {
        Some(confirmed) if confirmed == alias => Ok(true),
        Some(confirmed) => Err(Helped::new(
            format!("`{confirmed}` is not the alias of this environment's instance"),
            format!("it is `{alias}`"),
        )
        .into()),
        None if io::stdin().is_terminal() => {
            let question = format!("this does not come back; type `{alias}` to go on:");
            let answer = printer.ask(&question).context("cannot read the answer")?;
            Ok(answer == *alias)
        }
        None => Err(Helped::new(
            "deleting wants the alias of the instance, and there is no terminal to ask on",
            format!("read what goes, then run this with --confirm {alias}; --yes does not do"),
        )
        .into()),
    }
}
