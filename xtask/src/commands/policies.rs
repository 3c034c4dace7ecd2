//! `policies`: what planning and deploying must be allowed.

use crate::args::PoliciesArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;

pub(super) async fn run(
    _args: &PoliciesArgs,
    _project: &Project,
    _printer: &Printer,
) -> anyhow::Result<Outcome> {
    anyhow::bail!("`policies` is being built")
}
