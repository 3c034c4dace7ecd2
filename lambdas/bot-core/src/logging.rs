//! Logs as one JSON object a line.
//!
//! Our own crates speak at the level Lambda's logging controls name (`AWS_LAMBDA_LOG_LEVEL`, else info). Everything
//! else stays at warnings whatever is asked for: at debug the SDK prints headers and bodies, and with them tokens and
//! what people wrote.

use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

const OUR_CRATES: [&str; 4] = ["bot_core", "bot_join", "bot_reply", "bot_leave"];

/// Starts logging to stderr for the whole process.
pub fn start() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok();
    let level = level.and_then(|level| level.parse().ok());
    let subscriber = subscriber(level.unwrap_or(Level::INFO), std::io::stderr);
    // A second start in the same process keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The subscriber a Lambda logs through, with a writer of the caller's choice.
pub fn subscriber<W>(level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let ours = OUR_CRATES.map(|name| (name, LevelFilter::from_level(level)));
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(ours);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_ansi(false)
        .with_writer(writer);
    registry().with(targets).with(lines)
}
