//! Leave to change something: asked for on a terminal, given by flags elsewhere.

use std::io::{self, IsTerminal};

use anyhow::Context;
use provision::environment::Environment;

use crate::args::ConfirmArgs;
use crate::exit::Helped;
use crate::printer::Printer;

/// Whether a plan for the environment may be carried out.
///
/// A protected environment wants the alias of its instance, typed or as an argument; `--yes` alone
/// does not do there.
pub(super) fn given(
    args: &ConfirmArgs,
    environment: &Environment,
    printer: &Printer,
) -> anyhow::Result<bool> {
    let alias = &environment.instance_alias;
    let terminal = io::stdin().is_terminal();
    if environment.protect {
        return match &args.confirm {
            Some(confirmed) if confirmed == alias => Ok(true),
            Some(confirmed) => Err(Helped::new(
                format!("`{confirmed}` is not the alias of this environment's instance"),
                format!("it is `{alias}`"),
            )
            .into()),
            None if terminal => {
                let question = format!(
                    "environment `{}` is protected; type `{alias}` to go on:",
                    environment.name
                );
                Ok(ask(printer, &question)? == *alias)
            }
            None => Err(Helped::new(
                format!(
                    "environment `{}` is protected, and there is no terminal to ask on",
                    environment.name
                ),
                format!("read the plan, then run this with --confirm {alias}"),
            )
            .into()),
        };
    }
    if args.yes {
        return Ok(true);
    }
    if !terminal {
        return Err(Helped::new(
            "there is no terminal to ask on",
            "read the plan, then run this with --yes",
        )
        .into());
    }
    let answer = ask(printer, "go on? [y/N]")?;
    Ok(matches!(answer.as_str(), "y" | "Y" | "yes"))
}

fn ask(printer: &Printer, question: &str) -> anyhow::Result<String> {
    printer.ask(question).context("cannot read the answer")
}
