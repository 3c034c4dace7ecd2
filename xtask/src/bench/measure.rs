//! What all measurements have in common: rounds, medians, and whole processes in turn with a peer's.

use std::ffi::OsStr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

/// How often everything is done; what counts is the median.
pub(super) const ROUNDS: usize = 21;
/// Of processes, which take turns with the peer's.
pub(super) const PROCESS_ROUNDS: usize = 15;

/// The medians of whole processes over the same files.
pub(super) struct Processes {
    pub(super) ours: Duration,
    pub(super) theirs: Duration,
}

impl Processes {
    /// Our time as a part of the peer's.
    pub(super) fn ratio(&self) -> f64 {
        self.ours.as_secs_f64() / self.theirs.as_secs_f64()
    }
}

/// A process, and the exit codes with which it has done what is measured; one that ends with
/// another is no measurement.
pub(super) struct Process<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<&'a OsStr>,
    pub(super) codes: RangeInclusive<i32>,
}

/// Runs two processes in turn.
pub(super) fn in_turn(ours: &Process<'_>, theirs: &Process<'_>) -> anyhow::Result<Processes> {
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..PROCESS_ROUNDS {
        times.0.push(ours.time()?);
        times.1.push(theirs.time()?);
    }
    Ok(Processes {
        ours: median(times.0),
        theirs: median(times.1),
    })
}

impl Process<'_> {
    fn time(&self) -> anyhow::Result<Duration> {
        let mut command = Command::new(self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let (took, status) = timed(|| command.status());
        let program = self.program.display();
        let status = status.with_context(|| format!("cannot run {program}"))?;
        if !status.code().is_some_and(|it| self.codes.contains(&it)) {
            let name = self.arguments.first().map(|it| it.to_string_lossy());
            bail!("`{program} {}` failed: {status}", name.unwrap_or_default());
        }
        Ok(took)
    }
}

/// Does something once.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let done = work();
    (started.elapsed(), done)
}

pub(super) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The times of stages, in milliseconds, for programs.
pub(super) fn stages_json(stages: &[(&'static str, Duration)]) -> Map<String, Value> {
    let stages = stages.iter();
    stages
        .map(|(name, time)| ((*name).to_owned(), milliseconds(*time).into()))
        .collect()
}

pub(super) fn profile() -> &'static str {
    if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    }
}
