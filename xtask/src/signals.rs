//! The signals that ask a process to end.

use anyhow::Context;

use crate::exit::Helped;

/// Waits for Ctrl-C or, where there is one, SIGTERM, and names it.
#[cfg(unix)]
pub(crate) async fn received() -> anyhow::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::select! {
        _ = interrupt.recv() => Ok("Ctrl-C"),
        _ = terminate.recv() => Ok("SIGTERM"),
    }
}

/// Waits for Ctrl-C and names it.
#[cfg(not(unix))]
pub(crate) async fn received() -> anyhow::Result<&'static str> {
    tokio::signal::ctrl_c()
        .await
        .context("cannot listen for Ctrl-C")?;
    Ok("Ctrl-C")
}

/// Does work to its end, or up to the first signal; then it is dropped where it stands.
pub(crate) async fn or_interrupted<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        result = work => result,
        signal = received() => Err(Helped::new(
            format!("interrupted by {}", signal?),
            "nothing keeps running, and the command can be repeated",
        )
        .into()),
    }
}
