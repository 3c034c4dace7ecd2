//! `interop`: the same deployment against somebody else's emulator.

use crate::args::InteropCommand;
use crate::exit::Outcome;
use crate::interop;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources;

pub(super) async fn run(
    args: &InteropCommand,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let InteropCommand::Moto(_) = args;
    let Some(prepared) = sources::prepare(project, "local", printer)? else {
        return Ok(Outcome::No);
    };
    let folder = project.output().join("peers").join("moto");
    let report = interop::run(&prepared, &folder, printer).await?;
    printer.view(|| report.human(), || report.json());
    Ok(if report.agrees() {
        Outcome::Done
    } else {
        Outcome::No
    })
}
