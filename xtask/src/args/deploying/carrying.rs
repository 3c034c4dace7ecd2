//! How a plan is carried out: the lock, and what machines are told.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

/// How a plan is carried out.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct CarryingArgs {
    /// Wait so long for somebody else's deployment to end, for example 5m; without it, not at all
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) lock_timeout: Option<Duration>,

    /// Write what happens to this file, one JSON object per line: `event` is plan, waiting, locked,
    /// unfinished, step, done, warning, failed or finished; steps have `n`, `of`, `operation`,
    /// `address` and, when done, `seconds` and `waited` (for the request rate)
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
}

/// `90s`, `5m`, `1h`, `1h30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let said = || "expected a duration such as 90s, 5m or 1h30m".to_owned();
    let duration: jiff::SignedDuration = text.parse().map_err(|_| said())?;
    Duration::try_from(duration).map_err(|_| said())
}
