//! Faults on demand: operations that fail, connections that break off, reads of the past, functions
//! that crash, deliveries that go astray, instances that are never made.
//!
//! As JSON for `POST /_flowyard/faults`, each with `times` (how often; until cleared without it) and
//! `skip` (how many calls it lets pass first, so `"skip": 2, "times": 1` is the third call):
//!
//! ```json
//! {"service": "connect", "operation": "CreateQueue", "status": 429, "error": "ThrottlingException"}
//! {"service": "iam", "operation": "*", "status": 503, "error": "ServiceUnavailable", "after_effect": true}
//! {"service": "lambda", "operation": "CreateFunction", "connection": "silence", "after_effect": true}
//! {"service": "connect", "operation": "*", "connection": "reset"}
//! {"service": "connect", "operation": "DescribeQueue", "reads": "not_found"}
//! {"service": "connect", "operation": "*", "reads": {"seconds": 30}}
//! {"service": "connect", "operation": "ListQueues", "reads": {"writes": 1}}
//! {"instance_creation": "the reason that DescribeInstance gives"}
//! {"function": "bot-join", "fails": "crash"}
//! {"topic": "chat", "deliveries": "duplicate"}
//! ```

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
    /// How many that it fits pass before the first it strikes; those that an earlier fault strikes
    /// do not count.
    #[serde(default, skip_serializing_if = "is_zero")]
    skip: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum FaultKind {
    Operation(OperationFault),
    Connection(ConnectionFault),
    Read(ReadFault),
    Instance {
        /// The reason that the instance gives.
        instance_creation: String,
    },
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

/// An operation that is not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionFault {
    /// As in [`OperationFault`].
    pub service: String,
    /// As in [`OperationFault`].
    pub operation: String,
    /// What the client gets instead of an answer.
    pub connection: NoAnswer,
    /// Whether the operation is carried out all the same.
    #[serde(default)]
    pub after_effect: bool,
}

/// What a client gets instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAnswer {
    /// The connection is reset.
    Reset,
    /// Nothing, until it gives up.
    Silence,
}

/// A read that answers what is not so any more. It strikes no writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadFault {
    /// As in [`OperationFault`].
    pub service: String,
    /// As in [`OperationFault`]; `*` is any that reads.
    pub operation: String,
    /// What it answers.
    pub reads: Stale,
}

/// What a stale read answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stale {
    /// That what it asks for does not exist, in the words of its service.
    NotFound,
    /// What was so before that many seconds; only Connect has a past, and it begins when such a
    /// fault is armed.
    Seconds(u32),
    /// What was so before the last that many writes; as for [`Stale::Seconds`].
    Writes(u32),
}

/// What happens to an operation that a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    Error(OperationFault),
    NoAnswer(ConnectionFault),
    Stale(Stale),
}

/// How much of the past is needed for the stale reads that are armed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) seconds: u32,
    pub(crate) writes: u32,
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

    /// An operation that is not answered.
    pub fn connection(service: &str, operation: &str, connection: NoAnswer) -> Self {
        Self::new(FaultKind::Connection(ConnectionFault {
            service: service.to_owned(),
            operation: operation.to_owned(),
            connection,
            after_effect: false,
        }))
    }

    /// An operation that answers what is not so any more.
    pub fn stale(service: &str, operation: &str, reads: Stale) -> Self {
        Self::new(FaultKind::Read(ReadFault {
            service: service.to_owned(),
            operation: operation.to_owned(),
            reads,
        }))
    }

    /// An instance whose creation fails in the end, for a reason.
    pub fn instance_creation(reason: &str) -> Self {
        Self::new(FaultKind::Instance {
            instance_creation: reason.to_owned(),
        })
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

    /// Only after so many that it fits.
    #[must_use]
    pub fn skip(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    /// The operation is carried out, and only its answer is the error or missing.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        match &mut self.kind {
            FaultKind::Operation(fault) => fault.after_effect = true,
            FaultKind::Connection(fault) => fault.after_effect = true,
            FaultKind::Read(_)
            | FaultKind::Instance { .. }
            | FaultKind::Function { .. }
            | FaultKind::Delivery { .. } => {}
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
        Self {
            kind,
            times: None,
            skip: 0,
        }
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

    /// What happens to an operation now, if anything; this uses the fault up once.
    pub(crate) fn of_operation(&self, service: &str, operation: &str) -> Option<Strike> {
        let fits = |its_service: &str, its_operation: &str| {
            its_service == service && (its_operation == operation || its_operation == "*")
        };
        self.take(|kind| match kind {
            FaultKind::Operation(fault) => {
                fits(&fault.service, &fault.operation).then(|| Strike::Error(fault.clone()))
            }
            FaultKind::Connection(fault) => {
                fits(&fault.service, &fault.operation).then(|| Strike::NoAnswer(fault.clone()))
            }
            FaultKind::Read(fault) => (is_read(operation)
                && fits(&fault.service, &fault.operation))
            .then_some(Strike::Stale(fault.reads)),
            FaultKind::Instance { .. }
            | FaultKind::Function { .. }
            | FaultKind::Delivery { .. } => None,
        })
    }

    /// Why the instance that is made now is never ready, if it is not.
    pub(crate) fn of_instance_creation(&self) -> Option<String> {
        self.take(|kind| match kind {
            FaultKind::Instance { instance_creation } => Some(instance_creation.clone()),
            _ => None,
        })
    }

    /// How much of the past of a service stale reads need, if any are armed.
    pub(crate) fn memory(&self, service: &str) -> Option<Memory> {
        let state = self.lock();
        let reads = state
            .armed
            .iter()
            .filter_map(|(_, fault)| match &fault.kind {
                FaultKind::Read(fault) if fault.service == service => Some(fault.reads),
                _ => None,
            });
        reads
            .map(|reads| match reads {
                Stale::NotFound => Memory::default(),
                Stale::Seconds(seconds) => Memory { seconds, writes: 0 },
                Stale::Writes(writes) => Memory { seconds: 0, writes },
            })
            .reduce(|one, other| Memory {
                seconds: one.seconds.max(other.seconds),
                writes: one.writes.max(other.writes),
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

    /// The first armed fault that answers and skips no more, counted down.
    fn take<T>(&self, matching: impl Fn(&FaultKind) -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        let armed = state.armed.iter_mut().enumerate();
        let (index, hit) = armed.into_iter().find_map(|(index, (_, fault))| {
            let hit = matching(&fault.kind)?;
            match fault.skip.checked_sub(1) {
                Some(left) => {
                    fault.skip = left;
                    None
                }
                None => Some((index, hit)),
            }
        })?;
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

/// Whether an operation only looks, by the names that all services of AWS give to those that do.
pub(crate) fn is_read(operation: &str) -> bool {
    const READS: [&str; 8] = [
        "Describe", "List", "Search", "Get", "BatchGet", "Head", "Query", "Scan",
    ];
    READS.iter().any(|prefix| operation.starts_with(prefix))
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
    fn a_fault_that_skips_two_strikes_the_third_call_and_stale_reads_strike_no_writes() {
        let faults = Faults::default();
        let reset = Fault::connection("connect", "CreateQueue", NoAnswer::Reset);
        faults.arm(reset.skip(2).times(1));
        let struck = |_| faults.of_operation("connect", "CreateQueue").is_some();
        let calls: Vec<bool> = (0..4).map(struck).collect();
        assert_eq!(calls, [false, false, true, false]);

        assert_eq!(faults.memory("connect"), None);
        faults.arm(Fault::stale("connect", "*", Stale::Seconds(9)));
        faults.arm(Fault::stale("connect", "*", Stale::Writes(2)));
        let memory = Memory {
            seconds: 9,
            writes: 2,
        };
        assert_eq!(faults.memory("connect"), Some(memory));
        assert_eq!(faults.memory("iam"), None);
        assert_eq!(faults.of_operation("connect", "CreateQueue"), None);
        let stale = Some(Strike::Stale(Stale::Seconds(9)));
        assert_eq!(faults.of_operation("connect", "DescribeQueue"), stale);
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
        assert_eq!(
            read(
                r#"{"service":"connect","operation":"*","connection":"silence","after_effect":true,"skip":2}"#
            ),
            Fault::connection("connect", "*", NoAnswer::Silence)
                .after_effect()
                .skip(2)
        );
        for (fault, stale) in [
            (
                r#"{"service":"connect","operation":"*","reads":"not_found"}"#,
                Stale::NotFound,
            ),
            (
                r#"{"service":"connect","operation":"*","reads":{"seconds":30}}"#,
                Stale::Seconds(30),
            ),
            (
                r#"{"service":"connect","operation":"*","reads":{"writes":1}}"#,
                Stale::Writes(1),
            ),
        ] {
            assert_eq!(read(fault), Fault::stale("connect", "*", stale));
        }
        assert_eq!(
            read(r#"{"instance_creation":"no directory","times":1}"#),
            Fault::instance_creation("no directory").times(1)
        );
        for wrong in [
            r#"{"function":"bot-join"}"#,
            r#"{"service":"sns","operation":"*","connection":"slow"}"#,
            r#"{"service":"sns","operation":"*","connection":"reset","status":500}"#,
            r#"{"service":"sns","operation":"*","reads":{"days":1}}"#,
            r#"{"function":"bot-join","fails":"crash","tims":1}"#,
            r#"{"service":"sns","operation":"*","status":500,"error":"E","tims":1}"#,
            r#"{"service":"sns","operation":"*","status":101,"error":"E"}"#,
            r#"{"service":"sns","operation":"*","status":200,"error":"E"}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(wrong).is_err(), "{wrong}");
        }
    }
}
