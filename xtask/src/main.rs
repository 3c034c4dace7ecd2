//! `cargo xtask`: parse the arguments, run the command, end with its exit code.

mod args;
mod bench;
mod centre;
mod commands;
mod demo;
mod deployment;
mod exit;
mod files;
mod gallery;
mod git;
mod interop;
mod package;
mod printer;
mod project;
mod signals;
mod sources;
mod versions;
mod views;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let printer = printer::Printer::new(&args.output, args.command.format());
    printer::log_errors();
    exit::code(&printer, commands::run(&args, &printer))
}
