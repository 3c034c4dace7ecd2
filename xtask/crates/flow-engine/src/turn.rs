//! What passes between the machine and whoever runs it: events in, effects and needs out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flow::model::ActionId;
use serde_json::Value as Json;

use crate::contact::Queue;
use crate::document::Document;

/// What came of the machine's last need, or what happened to the contact meanwhile.
#[derive(Clone)]
pub enum Event {
    /// The first event of an execution.
    Start,
    /// The answer to [`Need::Flow`]; nothing if no such flow is published.
    Flow(Option<Arc<Document>>),
    /// The answer to [`Need::Module`].
    Module(Option<Arc<Document>>),
    /// The answer to [`Need::Queue`].
    Queue(Option<Queue>),
    /// The answer to [`Need::Hours`]: open or closed, or nothing if there are no such hours.
    Hours(Option<bool>),
    /// The answer to [`Need::Random`]: 1 to 100.
    Random(u8),
    /// The answer to a synchronous [`Need::Lambda`], and how long it took.
    Lambda {
        outcome: LambdaOutcome,
        elapsed: Duration,
    },
    /// The answer to an asynchronous [`Need::Lambda`]: the id of the request, or nothing if the
    /// service did not take it.
    LambdaAccepted(Option<String>),
    /// The answer to [`Need::Transfer`].
    Transfer(TransferOutcome),
    /// The time of [`Need::Wait`] is over.
    TimeLimit,
    /// The customer sent a message.
    CustomerReturned,
    /// The custom participant left, whatever the cause.
    BotParticipantDisconnected,
}

/// How an invocation ended, as far as a flow can tell.
#[derive(Clone)]
pub enum LambdaOutcome {
    /// The answer of the function, byte for byte.
    Answered(Vec<u8>),
    /// The function returned an error, crashed or ran into its own timeout.
    FunctionError,
    /// The block's time limit passed first.
    TimedOut,
    /// The function's policy does not admit the instance.
    Denied,
    /// No such function, version or alias.
    NotFound,
    /// Throttling or a failure of the service itself.
    Retryable,
}

/// Whether the queue took the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferOutcome {
    Queued,
    AtCapacity,
    Failed,
}

/// What a stretch of a flow did, and what it needs to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// In the order in which they happened.
    pub effects: Vec<Effect>,
    pub need: Need,
}

/// Something the flow does to the world outside of its contact's data.
#[derive(Clone, PartialEq)]
pub enum Effect {
    /// A prompt: a message from the system to every participant.
    Message(String),
    /// Why an action went the way it did where the branch alone does not tell. Names things, never
    /// values of the contact.
    Note { action: ActionId, text: String },
}

/// What the machine waits for; the event of the same name answers it.
#[derive(Clone, Debug, PartialEq)]
pub enum Need {
    /// The published flow of this id or ARN.
    Flow(String),
    /// The published module of this id or ARN, perhaps with `:$LATEST`, a version or an alias.
    Module(String),
    /// The queue of this id or ARN.
    Queue(String),
    /// Whether hours of operation are open now: those named, else those of the queue.
    Hours(Hours),
    /// A number from 1 to 100, each as likely as the others.
    Random,
    /// A call of a Lambda function.
    Lambda(LambdaCall),
    /// To put the contact into its queue.
    Transfer(Queue),
    /// Time to pass or something to happen.
    Wait(Wait),
    /// Nothing; the flow is over.
    Nothing(End),
}

/// Which hours of operation are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hours {
    /// The id or ARN of hours of operation.
    Named(String),
    /// The hours of a queue.
    OfQueue(Queue),
}

/// One attempt to call a Lambda function.
#[derive(Clone, PartialEq)]
pub struct LambdaCall {
    pub function_arn: String,
    /// `Details.Parameters` of the event.
    pub parameters: serde_json::Map<String, Json>,
    /// What is left of the block's time.
    pub limit: Duration,
    /// Queue the call and answer with [`Event::LambdaAccepted`].
    pub asynchronous: bool,
}

/// What a Wait waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub limit: Duration,
    pub form: WaitForm,
}

/// The forms of the Wait action, told apart by its `Events`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitForm {
    /// Only the time.
    Timer,
    /// The time, or a message of the customer.
    CustomerReturned,
    /// The time, or the custom participant leaving.
    BotParticipantDisconnected,
}

/// How a flow ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// EndFlowExecution. What becomes of the contact depends on the flow's type.
    Finished,
    /// DisconnectParticipant: the contact ends.
    Disconnected,
    /// The contact waits in a queue.
    Queued,
    /// An action failed and nothing caught it, or the document cannot be followed any further.
    Failed(String),
    /// An action of a type or form that is not emulated.
    NotEmulated(String),
}

impl End {
    /// What people should know about an end that the flow's author did not ask for.
    pub fn error(&self) -> Option<String> {
        match self {
            End::Finished | End::Disconnected | End::Queued => None,
            End::Failed(reason) => Some(reason.clone()),
            End::NotEmulated(what) => Some(format!("not emulated: {what}")),
        }
    }
}

/// Without payloads: answers of functions carry customers' data.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Start => f.write_str("Start"),
            Event::Flow(found) => write!(f, "Flow({found:?})"),
            Event::Module(found) => write!(f, "Module({found:?})"),
            Event::Queue(found) => write!(f, "Queue({found:?})"),
            Event::Hours(open) => write!(f, "Hours({open:?})"),
            Event::Random(number) => write!(f, "Random({number})"),
            Event::Lambda { outcome, elapsed } => write!(f, "Lambda({outcome:?}, {elapsed:?})"),
            Event::LambdaAccepted(id) => write!(f, "LambdaAccepted({id:?})"),
            Event::Transfer(outcome) => write!(f, "Transfer({outcome:?})"),
            Event::TimeLimit => f.write_str("TimeLimit"),
            Event::CustomerReturned => f.write_str("CustomerReturned"),
            Event::BotParticipantDisconnected => f.write_str("BotParticipantDisconnected"),
        }
    }
}

impl fmt::Debug for LambdaOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LambdaOutcome::Answered(bytes) => write!(f, "Answered({} bytes)", bytes.len()),
            LambdaOutcome::FunctionError => f.write_str("FunctionError"),
            LambdaOutcome::TimedOut => f.write_str("TimedOut"),
            LambdaOutcome::Denied => f.write_str("Denied"),
            LambdaOutcome::NotFound => f.write_str("NotFound"),
            LambdaOutcome::Retryable => f.write_str("Retryable"),
        }
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effect::Message(_) => f.write_str("Message(..)"),
            Effect::Note { action, text } => write!(f, "Note({action}: {text})"),
        }
    }
}

impl fmt::Debug for LambdaCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaCall")
            .field("function_arn", &self.function_arn)
            .field("limit", &self.limit)
            .field("asynchronous", &self.asynchronous)
            .finish_non_exhaustive()
    }
}
