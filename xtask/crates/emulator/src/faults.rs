//! Faults on demand: operations that fail, functions that crash, deliveries that go astray.

use std::sync::{Arc, Mutex, MutexGuard};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// The faults that are armed; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    armed: Vec<(FaultId, Fault)>,
    next: u64,
}

/// Names a fault that was armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct FaultId(u64);

/// Something that goes wrong, so often or until it is cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    #[serde(flatten)]
    kind: FaultKind,
    /// How often; without it, until it is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum FaultKind {
    Operation(OperationFault),
    Function {
        /// The function's name.
        function: String,
        fails: FunctionFailure,
    },
    Delivery {
        /// The topic's name or ARN; any topic without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
        deliveries: DeliveryFault,
    },
}

/// An operation that answers an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationFault {
    /// The service as credential scopes name it; `participant` for the Participant Service.
    pub service: String,
    /// The operation, for example `UpdateContactFlowContent`; `*` is any.
    pub operation: String,
    /// The HTTP status, from 400 to 599.
    #[serde(deserialize_with = "error_status")]
    pub status: u16,
    /// The error code, for example `ThrottlingException`.
    pub error: String,
    /// The error's message.
    #[serde(default)]
    pub message: String,
    /// Whether the operation is carried out before it answers the error.
    #[serde(default)]
    pub after_effect: bool,
}

fn error_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    match status {
        400..=599 => Ok(status),
        _ => Err(D::Error::custom("the status of an error is 400 to 599")),
    }
}

/// How an invocation of a function fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionFailure {
    /// The process ends with status 1 when it gets the event.
    Crash,
    /// The handler reports an error.
    Error,
    /// The function runs into its timeout.
    Timeout,
    /// The service throttles the call (429).
    Throttle,
}

/// How the deliveries of a topic go astray. SNS promises at least once and no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFault {
    /// A message is delivered twice.
    Duplicate,
    /// A message is held back until the next one of the topic has been delivered.
    Reorder,
    /// A message is not delivered.
    Lose,
}

impl Fault {
    /// An operation that answers an error.
    pub fn operation(service: &str, operation: &str, status: u16, error: &str) -> Self {
        Self::new(FaultKind::Operation(OperationFault {
            service: service.to_owned(),
            operation: operation.to_owned(),
            status,
            error: error.to_owned(),
            message: String::new(),
            after_effect: false,
        }))
    }

    /// A function whose invocations fail.
    pub fn function(name: &str, failure: FunctionFailure) -> Self {
        Self::new(FaultKind::Function {
            function: name.to_owned(),
            fails: failure,
        })
    }

    /// A topic (name or ARN, or any) whose deliveries go astray.
    pub fn delivery(topic: Option<&str>, fault: DeliveryFault) -> Self {
        Self::new(FaultKind::Delivery {
            topic: topic.map(str::to_owned),
            deliveries: fault,
        })
    }

    /// Only the next so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }

    /// The operation is carried out, and only its answer is the error.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        if let FaultKind::Operation(fault) = &mut self.kind {
            fault.after_effect = true;
        }
        self
    }

    /// The text the error carries.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        if let FaultKind::Operation(fault) = &mut self.kind {
            message.clone_into(&mut fault.message);
        }
        self
    }

    fn new(kind: FaultKind) -> Self {
        Self { kind, times: None }
    }
}

impl Faults {
    /// Arms a fault. Of several that match, the one armed first is used up first.
    pub fn arm(&self, fault: Fault) -> FaultId {
        let mut state = self.lock();
        state.next += 1;
        let id = FaultId(state.next);
        state.armed.push((id, fault));
        id
    }

    /// Disarms one fault; false if it is used up already.
    pub fn disarm(&self, id: FaultId) -> bool {
        let mut state = self.lock();
        let before = state.armed.len();
        state.armed.retain(|(armed, _)| *armed != id);
        state.armed.len() < before
    }

    /// Disarms all faults.
    pub fn clear(&self) {
        self.lock().armed.clear();
    }

    /// What is armed, oldest first.
    pub fn armed(&self) -> Vec<(FaultId, Fault)> {
        self.lock().armed.clone()
    }

    /// The fault an operation meets now, if any; this uses it up once.
    pub(crate) fn of_operation(&self, service: &str, operation: &str) -> Option<OperationFault> {
        self.take(|kind| match kind {
            FaultKind::Operation(fault) => (fault.service == service
                && (fault.operation == operation || fault.operation == "*"))
                .then(|| fault.clone()),
            _ => None,
        })
    }

    /// How an invocation of a function fails now, if it does.
    pub(crate) fn of_function(&self, name: &str) -> Option<FunctionFailure> {
        self.take(|kind| match kind {
            FaultKind::Function { function, fails } => (function == name).then_some(*fails),
            _ => None,
        })
    }

    /// What happens to a delivery of a topic now, if anything.
    pub(crate) fn of_delivery(&self, topic_arn: &str) -> Option<DeliveryFault> {
        let name = topic_arn.rsplit(':').next().unwrap_or(topic_arn);
        self.take(|kind| match kind {
            FaultKind::Delivery { topic, deliveries } => topic
                .as_deref()
                .is_none_or(|topic| topic == topic_arn || topic == name)
                .then_some(*deliveries),
            _ => None,
        })
    }

    /// The first armed fault that answers, counted down.
    fn take<T>(&self, matching: impl Fn(&FaultKind) -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        let found = state
            .armed
            .iter()
            .enumerate()
            .find_map(|(index, (_, fault))| matching(&fault.kind).map(|hit| (index, hit)));
        let (index, hit) = found?;
        if let Some(times) = &mut state.armed[index].1.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                state.armed.remove(index);
            }
        }
        Some(hit)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the faults")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_with_a_count_is_used_up_and_one_without_stays_until_cleared() {
        let faults = Faults::default();
        faults.arm(Fault::operation("connect", "CreateQueue", 429, "ThrottlingException").times(2));
        faults.arm(Fault::function("bot-join", FunctionFailure::Crash));
        assert!(faults.of_operation("connect", "DeleteQueue").is_none());
        assert!(faults.of_operation("connect", "CreateQueue").is_some());
        assert!(faults.of_operation("connect", "CreateQueue").is_some());
        assert!(faults.of_operation("connect", "CreateQueue").is_none());
        for _ in 0..3 {
            assert_eq!(faults.of_function("bot-join"), Some(FunctionFailure::Crash));
        }
        faults.clear();
        assert!(faults.of_function("bot-join").is_none());
    }

    #[test]
    fn faults_are_read_from_json() {
        let read = |text| serde_json::from_str::<Fault>(text).expect("the fault is well formed");
        assert_eq!(
            read(
                r#"{"service":"sns","operation":"*","status":500,"error":"InternalError","times":1,"after_effect":true}"#
            ),
            Fault::operation("sns", "*", 500, "InternalError")
                .times(1)
                .after_effect()
        );
        assert_eq!(
            read(r#"{"function":"bot-join","fails":"crash"}"#),
            Fault::function("bot-join", FunctionFailure::Crash)
        );
        assert_eq!(
            read(r#"{"deliveries":"duplicate","topic":"chat"}"#),
            Fault::delivery(Some("chat"), DeliveryFault::Duplicate)
        );
        for wrong in [
            r#"{"function":"bot-join"}"#,
            r#"{"function":"bot-join","fails":"crash","tims":1}"#,
            r#"{"service":"sns","operation":"*","status":500,"error":"E","tims":1}"#,
            r#"{"service":"sns","operation":"*","status":101,"error":"E"}"#,
            r#"{"service":"sns","operation":"*","status":200,"error":"E"}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(wrong).is_err(), "{wrong}");
        }
    }
}
