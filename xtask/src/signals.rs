//! The signals that ask a process to end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use provision::apply::Stop;

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

/// What the first signal asks to stop, where work must not be dropped between two calls.
static STOPPING: Mutex<Option<Stop>> = Mutex::new(None);

/// As long as this lives, the first signal asks to stop, and only the second one ends the work where
/// it stands.
pub(crate) struct Graceful(());

/// Has the next signal ask to stop.
pub(crate) fn gracefully(stop: Stop) -> Graceful {
    *stopping() = Some(stop);
    Graceful(())
}

impl Drop for Graceful {
    fn drop(&mut self) {
        *stopping() = None;
    }
}

fn stopping() -> MutexGuard<'static, Option<Stop>> {
    STOPPING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether work was asked to stop by this very signal.
fn asks_to_stop() -> bool {
    match &*stopping() {
        Some(stop) if !stop.is_asked() => {
            stop.ask();
            true
        }
        _ => false,
    }
}

/// Does work to its end, or up to the first signal; then it is dropped where it stands, unless it
/// wants to stop by itself.
pub(crate) async fn or_interrupted<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let interrupted = async {
        loop {
            let signal = received().await?;
            if !asks_to_stop() {
                return Ok::<_, anyhow::Error>(signal);
            }
        }
    };
    tokio::select! {
        result = work => result,
        signal = interrupted => Err(Helped::new(
            format!("interrupted by {}", signal?),
            "nothing keeps running, and the command can be repeated",
        )
        .into()),
    }
}
