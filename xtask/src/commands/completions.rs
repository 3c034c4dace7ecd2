//! `completions`: a completion script for a shell.

use clap::CommandFactory;

use crate::args::{Args, CompletionsArgs};
use crate::exit::Outcome;
use crate::printer::Printer;

/// What completion scripts complete; `cargo xtask` itself is two words, which shells cannot.
const COMMAND_NAME: &str = "flowyard";

pub(super) fn run(args: &CompletionsArgs, printer: &Printer) -> Outcome {
    let mut script = Vec::new();
    let mut command = Args::command().bin_name(COMMAND_NAME);
    clap_complete::generate(args.shell, &mut command, COMMAND_NAME, &mut script);
    printer.data(&String::from_utf8_lossy(&script));
    Outcome::Done
}
