//! How a command ends: its exit code, and errors that say what to do next.
//!
//! | code | means |
//! |------|-------|
//! | 0    | done, or nothing to do |
//! | 1    | the answer is "no": diagnostics in the sources, versions that differ, drift, an expectation of the demo that did not hold, a confirmation refused |
//! | 2    | could not tell or could not finish: a wrong argument, no access, a failed build, an interrupted run |

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use crate::printer::Printer;

/// What a command that came to its end has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    No,
}

/// Reports an error, if there is one, and gives the exit code of the process.
pub(crate) fn code(printer: &Printer, result: anyhow::Result<Outcome>) -> ExitCode {
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Err(error) => {
            printer.error(&error);
            ExitCode::from(2)
        }
    }
}

/// An error that knows what to do next; the printer writes that as a `help:` line.
#[derive(Debug)]
pub(crate) struct Helped {
    error: Box<dyn Error + Send + Sync>,
    help: String,
}

impl Helped {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            error: message.into().into(),
            help: help.into(),
        }
    }

    /// Adds help to an error that another crate has worded.
    pub(crate) fn of(error: impl Error + Send + Sync + 'static, help: impl Into<String>) -> Self {
        Self {
            error: Box::new(error),
            help: help.into(),
        }
    }

    pub(crate) fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for Helped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Helped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}
