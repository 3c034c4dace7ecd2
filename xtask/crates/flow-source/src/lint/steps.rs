//! What each action of a flow is to a chat: who speaks, who calls, who waits, where it ends.

use flow::catalogue;
use flow::model::{Action, Flow};
use flow::value::{RefKind, Value};

/// What an action does, as far as the rules about chats care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A call of a Lambda for whose answer the flow waits.
    Lambda,
    /// A call of a Lambda that the flow does not wait for.
    AsyncLambda,
    /// A Wait in the bot's form.
    BotWait,
    /// A Wait for time or for the customer's return.
    Wait,
    /// A Lex bot takes part in the conversation until its block is left.
    Lex,
    /// Something is said or shown to the customer, or asked.
    Speech,
    Compare,
    Module,
    ToQueue,
    ToFlow,
    /// The contact ends.
    Disconnect,
    EndOfFlow,
    EndOfModule,
    /// A type that nobody here knows: it may do anything.
    Unknown,
    /// It changes nothing that the rules about chats look at.
    Other,
}

/// The steps of a flow, and which kinds of step it has at all.
pub(crate) struct Steps {
    steps: Vec<Step>,
    kinds: u32,
}

impl Steps {
    pub(crate) fn new(flow: &Flow) -> Self {
        let steps: Vec<Step> = flow.actions.iter().map(step).collect();
        let kinds = steps.iter().fold(0, |kinds, step| kinds | bit(*step));
        Self { steps, kinds }
    }

    pub(crate) fn of(&self, n: usize) -> Step {
        self.steps[n]
    }

    /// Whether the flow has a step of this kind.
    pub(crate) fn has(&self, step: Step) -> bool {
        self.kinds & bit(step) != 0
    }

    /// The first action of some kinds among those that were reached.
    pub(crate) fn first(&self, reached: &[bool], wanted: &[Step]) -> Option<usize> {
        let mut steps = self.steps.iter().zip(reached);
        steps.position(|(step, is_reached)| *is_reached && wanted.contains(step))
    }

    /// The actions of a kind, in the order of the document.
    pub(crate) fn all(&self, step: Step) -> impl Iterator<Item = usize> {
        let steps = if self.has(step) {
            self.steps.as_slice()
        } else {
            &[]
        };
        let steps = steps.iter().enumerate();
        steps.filter(move |(_, it)| **it == step).map(|(n, _)| n)
    }
}

fn bit(step: Step) -> u32 {
    1 << (step as u32)
}

fn step(action: &Action) -> Step {
    match action.kind.as_str() {
        "InvokeLambdaFunction" if catalogue::is_asynchronous(action) => Step::AsyncLambda,
        "InvokeLambdaFunction" => Step::Lambda,
        "Wait" if waits_for(action, "BotParticipantDisconnected") => Step::BotWait,
        "Wait" => Step::Wait,
        "ConnectParticipantWithLexBot" => Step::Lex,
        "MessageParticipant" => Step::Speech,
        "Compare" => Step::Compare,
        "InvokeFlowModule" => Step::Module,
        "TransferContactToQueue" | "DequeueContactAndTransferToQueue" => Step::ToQueue,
        "TransferToFlow" => Step::ToFlow,
        "DisconnectParticipant" => Step::Disconnect,
        "EndFlowExecution" => Step::EndOfFlow,
        "EndFlowModuleExecution" => Step::EndOfModule,
        _ if catalogue::entry(&action.kind).is_none() => Step::Unknown,
        _ if catalogue::speaks(action) || catalogue::takes_input(action) => Step::Speech,
        _ => Step::Other,
    }
}

/// Whether a Wait ends early with an event.
pub(crate) fn waits_for(action: &Action, event: &str) -> bool {
    let events = action.parameters.get("Events").and_then(Value::as_list);
    let mut events = events.unwrap_or_default().iter();
    events.any(|it| it.as_text() == Some(event))
}

/// A whole number that stands in a parameter as text, or as a number in hand-written JSON.
pub(crate) fn number(action: &Action, parameter: &str) -> Option<u64> {
    whole(action.parameters.get(parameter)?)
}

pub(crate) fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Text(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    }
}

/// The name of the function that a Lambda block calls, if it is written there.
pub(crate) fn function_name(action: &Action) -> Option<&str> {
    match action.parameters.get("LambdaFunctionARN")? {
        Value::Ref(reference) if reference.kind == RefKind::Lambda => Some(&reference.name),
        Value::Text(arn) if arn.starts_with("arn:") => {
            let (_, name) = arn.split_once(":function:")?;
            name.split(':').next().filter(|name| !name.is_empty())
        }
        _ => None,
    }
}
