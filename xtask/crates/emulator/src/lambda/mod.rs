//! Lambda: the control plane, and the running of uploaded `bootstrap` binaries.
//!
//! A function's code is a zip with a `bootstrap`; every execution environment is a process of its
//! own that gets its events from a Runtime API made for it. Timeouts are in real time, since what
//! runs is real; retries of asynchronous events wait in emulated time.

mod environment;
mod error;
mod event_invoke;
mod function;
mod invoke;
mod log;
mod operations;
mod package;
mod permissions;
mod routes;
mod runner;
mod runtime_api;
mod settings;
#[cfg(unix)]
mod watchdog;

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use indexmap::IndexMap;

use self::function::{Function, FunctionName};
pub(crate) use self::operations::handle;
pub(crate) use self::routes::operation;
use self::runner::Runner;
use crate::world::World;

/// The functions of the account and the processes that run them.
#[derive(Default)]
pub(crate) struct Service {
    state: Mutex<State>,
    runner: Runner,
}

#[derive(Default)]
struct State {
    functions: IndexMap<String, Function>,
}

/// A synchronous invocation from inside the emulator.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// Function ARN, with a version or alias at its end or without.
    pub(crate) function_arn: String,
    pub(crate) payload: Bytes,
    /// Who calls, for the function's resource policy.
    pub(crate) caller: Caller,
    /// The caller gives up after this much real time; the process is not stopped by that.
    pub(crate) limit: Option<Duration>,
}

/// The service principal of an internal call and the ARN on whose behalf it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// For example `connect.amazonaws.com`.
    pub(crate) principal: &'static str,
    pub(crate) source_arn: String,
}

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The handler's answer.
    Answered(Bytes),
    /// The handler failed, crashed or ran into the function's own timeout: `X-Amz-Function-Error`.
    FunctionError(Bytes),
    /// The caller's limit passed first.
    GaveUp,
    /// The resource policy does not admit the caller (403).
    Denied,
    /// No such function or qualifier (404).
    NotFound,
    /// 429 or 5xx of the service itself; the caller may try again.
    Retryable(String),
}

impl Service {
    /// Kills every process and starts no more.
    pub(crate) fn stop(&self) {
        self.runner.stop();
    }

    /// Waits until every process is gone, once they were told to stop.
    pub(crate) async fn stopped(&self) {
        self.runner.stopped().await;
    }

    /// The zip of a function's version.
    pub(crate) fn code(&self, name: &str, version: &str) -> Option<Bytes> {
        let state = self.state();
        let configuration = state.functions.get(name)?.version(version)?;
        Some(configuration.package.zip.clone())
    }

    /// Does something to the function an ARN names; false if there is no such function, alias or
    /// version.
    fn with_named(
        &self,
        world: &World,
        arn: &str,
        run: impl FnOnce(&mut Function, Option<&str>),
    ) -> bool {
        let Some(named) = FunctionName::parse(arn, &world.account, &world.region) else {
            return false;
        };
        let mut state = self.state();
        let Some(function) = state.functions.get_mut(&named.name) else {
            return false;
        };
        let qualifier = named.qualifier.as_deref();
        if function.check_qualifier(qualifier).is_err() {
            return false;
        }
        run(function, qualifier);
        true
    }

    /// The tags of a function, by its ARN with or without a qualifier.
    pub(crate) fn tags_of(&self, arn: &str) -> Vec<(String, String)> {
        let state = self.state();
        let name = arn.split(':').nth(6).unwrap_or_default();
        let tags = state.functions.get(name).map(|function| &function.tags);
        let tags = tags.into_iter().flatten();
        tags.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// The policy of a function or of one of its versions or aliases, by ARN.
    pub(crate) fn policy_of(&self, arn: &str) -> Option<serde_json::Value> {
        let mut parts = arn.split(':').skip(6);
        let (name, qualifier) = (parts.next()?, parts.next());
        self.state().functions.get(name)?.document(qualifier)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the functions")
    }
}
