//! Lambda: the control plane, and the running of uploaded `bootstrap` binaries.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::world::World;

/// The functions of the account and the processes that run them.
#[derive(Default)]
pub(crate) struct Service {}

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
    /// Runs a function and waits for its answer.
    pub(crate) async fn invoke(&self, _world: &Arc<World>, _invocation: Invocation) -> Outcome {
        Outcome::NotFound
    }

    /// Queues an invocation as the Event type does: two retries on function errors.
    pub(crate) fn invoke_async(&self, _world: &Arc<World>, _invocation: Invocation) {}
}
