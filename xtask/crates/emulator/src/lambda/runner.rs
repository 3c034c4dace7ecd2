//! Which environment handles an event: an idle one that runs the right code, or a new one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

use super::environment::{Environment, Key};
use super::function::Function;

/// How many events are handled at once, for each core and at least; more wait. AWS would start a
/// process for each, which on a laptop would make all of them too slow to start in time.
const AT_ONCE_PER_CORE: usize = 8;
const AT_ONCE_AT_LEAST: usize = 16;
/// How many environments are kept while they have nothing to do.
const IDLE: usize = 64;
/// How long killed processes may take to be gone.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// The environments of all functions.
pub(super) struct Runner {
    idle: Mutex<Vec<Environment>>,
    /// How many events each function is handling.
    running: Arc<Counts>,
    pub(super) turns: Semaphore,
    pub(super) processes: Arc<Processes>,
}

type Counts = Mutex<HashMap<String, u64>>;

/// An event that is being handled.
pub(super) struct Running {
    function: String,
    running: Arc<Counts>,
}

/// The process groups that are alive.
#[derive(Default)]
pub(super) struct Processes {
    state: Mutex<Alive>,
    ended: Notify,
}

#[derive(Default)]
struct Alive {
    groups: Vec<u32>,
    /// Started with the first process.
    #[cfg(unix)]
    watchdog: Option<super::watchdog::Watchdog>,
    /// Whether what is started now is killed at once.
    stopped: bool,
}

/// Accounts for one process group; kills it when dropped.
pub(super) struct ProcessGuard {
    processes: Arc<Processes>,
    group: Option<u32>,
}

impl Default for Runner {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = (AT_ONCE_PER_CORE * cores).max(AT_ONCE_AT_LEAST);
        Self {
            idle: Mutex::default(),
            running: Arc::default(),
            turns: Semaphore::new(at_once),
            processes: Arc::default(),
        }
    }
}

impl Runner {
    /// An idle environment that runs this.
    pub(super) fn take(&self, key: &Key) -> Option<Environment> {
        let mut idle = self.idle();
        loop {
            // The one used last is the most likely to be still in the caches.
            let position = idle
                .iter()
                .rposition(|environment| environment.key == *key)?;
            let mut environment = idle.remove(position);
            if environment.is_alive() {
                return Some(environment);
            }
        }
    }

    /// Keeps an environment for the next event.
    pub(super) fn keep(&self, environment: Environment) {
        let mut idle = self.idle();
        if self.processes.is_stopped() {
            return;
        }
        idle.push(environment);
        let oldest = (idle.len() > IDLE).then(|| idle.remove(0));
        drop(idle);
        drop(oldest);
    }

    /// The idle environments that run what the function is no longer.
    pub(super) fn take_stale(&self, function: &Function) -> Vec<Environment> {
        let mut idle = self.idle();
        idle.extract_if(.., |environment| {
            environment.key.function == function.name && !function.runs(&environment.key)
        })
        .collect()
    }

    /// Counts an event of a function until it is dropped, unless so many are handled already.
    pub(super) fn begin(&self, function: &str, limit: Option<u64>) -> Option<Running> {
        let mut running = lock_counts(&self.running);
        let count = running.entry(function.to_owned()).or_default();
        if limit.is_some_and(|limit| *count >= limit) {
            return None;
        }
        *count += 1;
        Some(Running {
            function: function.to_owned(),
            running: Arc::clone(&self.running),
        })
    }

    pub(super) fn stop(&self) {
        self.processes.stop();
    }

    pub(super) async fn stopped(&self) {
        // Nobody waits for the idle ones otherwise, and they would be left to the init process.
        let idle = std::mem::take(&mut *self.idle());
        let gone = async {
            for environment in idle {
                environment.gone().await;
            }
            self.processes.gone().await;
        };
        let _ = tokio::time::timeout(STOP_LIMIT, gone).await;
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Environment>> {
        self.idle
            .lock()
            .expect("no code panics while it holds the idle environments")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(count) = lock_counts(&self.running).get_mut(&self.function) {
            *count -= 1;
        }
    }
}

fn lock_counts(counts: &Counts) -> MutexGuard<'_, HashMap<String, u64>> {
    counts
        .lock()
        .expect("no code panics while it holds the counts")
}

impl Function {
    /// Whether an environment runs what a version of the function is now.
    pub(super) fn runs(&self, key: &Key) -> bool {
        self.version(&key.version)
            .is_some_and(|version| version.revision_id == key.revision)
    }
}

impl Processes {
    /// Accounts for a process that leads a group of its own.
    pub(super) fn guard(self: &Arc<Self>, group: Option<u32>) -> ProcessGuard {
        let mut alive = self.lock();
        alive.groups.extend(group);
        #[cfg(unix)]
        alive.watch(group);
        let stopped = alive.stopped;
        drop(alive);
        if let Some(group) = group.filter(|_| stopped) {
            kill(group);
        }
        ProcessGuard {
            processes: Arc::clone(self),
            group,
        }
    }

    fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    fn stop(&self) {
        let mut alive = self.lock();
        alive.stopped = true;
        alive.groups.iter().copied().for_each(kill);
    }

    async fn gone(&self) {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.lock().groups.is_empty() {
                return;
            }
            ended.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Alive> {
        self.state
            .lock()
            .expect("no code panics while it holds the process groups")
    }
}

impl Alive {
    #[cfg(unix)]
    fn watch(&mut self, group: Option<u32>) {
        if self.watchdog.is_none() {
            self.watchdog = super::watchdog::Watchdog::start();
        }
        if let (Some(watchdog), Some(group)) = (&mut self.watchdog, group) {
            watchdog.began(group);
        }
    }
}

impl Drop for ProcessGuard {
    fn drop(&mut self) {
        let Some(group) = self.group else {
            return;
        };
        kill(group);
        let mut alive = self.processes.lock();
        alive.groups.retain(|alive| *alive != group);
        #[cfg(unix)]
        if let Some(watchdog) = &mut alive.watchdog {
            watchdog.ended(group);
        }
        drop(alive);
        self.processes.ended.notify_waiters();
    }
}

/// Kills a process and all it started.
#[cfg(unix)]
fn kill(group: u32) {
    let Some(group) = i32::try_from(group)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    else {
        return;
    };
    // A group that is gone already is what was wanted.
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
}

/// Elsewhere a process is killed when its handle is dropped.
#[cfg(not(unix))]
fn kill(_group: u32) {}
