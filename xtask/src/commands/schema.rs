//! `schema`: JSON Schemas of the sources.

use crate::args::SchemaArgs;
use crate::exit::Outcome;
use crate::printer::Printer;

pub(super) fn run(_args: &SchemaArgs, _printer: &Printer) -> anyhow::Result<Outcome> {
    anyhow::bail!("`schema` is under way and not available yet")
}
