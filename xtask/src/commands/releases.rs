//! `releases`: what was deployed, as the ledger has it.

use provision::ledger::{self, LedgerError, Release};
use provision::scope::Scope;

use crate::args::ReleasesArgs;
use crate::deployment;
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources;
use crate::views::releases as view;

pub(super) async fn run(
    args: &ReleasesArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(environment) = sources::environment(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&environment.for_reading(), endpoint.as_deref()).await?;
    let scope = Scope::new(&environment);
    let releases = ledger::releases(&clients, &scope).await.map_err(helped)?;
    let Some(number) = args.release else {
        printer.view(
            || view::list(&environment.name, &releases),
            || view::list_json(&environment.name, &releases),
        );
        return Ok(Outcome::Done);
    };
    let release = find(&releases, number, &environment.name)?;
    let records = ledger::records(&clients, &scope, number).await;
    let records = records.map_err(helped)?;
    printer.view(
        || view::one(release, &records),
        || view::one_json(release, &records),
    );
    Ok(Outcome::Done)
}

/// A release by its number.
pub(super) fn find<'a>(
    releases: &'a [Release],
    number: u64,
    environment: &str,
) -> anyhow::Result<&'a Release> {
    let found = releases.iter().find(|it| it.number == number);
    found.ok_or_else(|| {
        let help = match (releases.first(), releases.last()) {
            (Some(first), Some(last)) => {
                format!("there are {} to {}", first.number, last.number)
            }
            _ => "nothing was deployed there with a record".to_owned(),
        };
        Helped::new(format!("{environment} has no release {number}"), help).into()
    })
}

/// What cannot be read of the ledger, and what to do about it.
pub(super) fn helped(error: LedgerError) -> anyhow::Error {
    let help = error.help();
    Helped::of(error, help).into()
}
