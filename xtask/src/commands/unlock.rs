//! `unlock`: breaks the lock of a deployment.

use provision::ledger::{self, Held, LedgerError};
use provision::scope::Scope;
use serde_json::{Value, json};

use super::confirm;
use crate::args::UnlockArgs;
use crate::deployment::{self, who};
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources;

pub(super) async fn run(
    args: &UnlockArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(environment) = sources::environment(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&environment, endpoint.as_deref()).await?;
    let scope = Scope::new(&environment);
    let held = match ledger::holder(&clients, &scope).await {
        // Without the table there is no lock either.
        Err(LedgerError::Missing { .. }) => None,
        held => held.map_err(helped)?,
    };
    let name = &environment.name;
    let Some(held) = held else {
        let text = || format!("nobody deploys environment `{name}`");
        printer.view(text, || json!({ "held": Value::Null, "broken": false }));
        return Ok(Outcome::Done);
    };
    printer.note(&format!("locked by {}", who(&held)));
    if held.is_over(jiff::Timestamp::now()) {
        printer.note("its lease has run out, so that the next deployment takes it over by itself");
    } else {
        printer.note("its lease still runs: who holds it stops before the next call");
    }
    if !confirm::given(&args.confirm, &environment, printer)? {
        printer.view(
            || "nothing was changed".to_owned(),
            || json!({ "held": shown(&held), "broken": false }),
        );
        return Ok(Outcome::No);
    }
    let broken = ledger::break_lock(&clients, &scope, &held).await;
    let text = match broken.map_err(helped)? {
        true => "the lock is broken",
        false => "it was given back meanwhile",
    };
    printer.view(
        || text.to_owned(),
        || json!({ "held": shown(&held), "broken": true }),
    );
    Ok(Outcome::Done)
}

fn shown(held: &Held) -> Value {
    json!({
        "run": held.owner.run,
        "by": held.owner.by,
        "host": held.owner.host,
        "process": held.owner.process,
        "command": held.owner.command,
        "since": held.since.to_string(),
        "until": held.until.to_string(),
    })
}

fn helped(error: LedgerError) -> Helped {
    let help = error.help();
    Helped::of(error, help)
}
