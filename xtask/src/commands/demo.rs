//! `demo`: everything once, and whether it was as promised.

use crate::demo::{self, Report};
use crate::exit::Outcome;
use crate::printer::{ERROR, Printer};
use crate::project::Project;

pub(super) async fn run(project: &Project, printer: &Printer) -> anyhow::Result<Outcome> {
    let mut report = Report::default();
    let finished = demo::run(project, printer, &mut report).await;
    printer.view(|| report.times(), || report.json(finished.is_ok()));
    for failure in report.failures() {
        printer.important(&format!(
            "{ERROR}expectation failed{ERROR:#}: {}: {}",
            failure.of, failure.claim
        ));
    }
    finished?;
    if report.ok() {
        Ok(Outcome::Done)
    } else {
        Ok(Outcome::No)
    }
}
