//! How a Lambda's process ends.

use std::process::ExitCode;
use tracing::error;

/// The exit code for what the runtime ended with, after saying why in the log. Lambda shows a process that ends
/// before its first invocation as `Runtime.ExitError`, so the reason has to stand in the log.
pub fn outcome(result: Result<(), lambda_runtime::Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            error!(%reason, "the Lambda cannot run");
            ExitCode::FAILURE
        }
    }
}
