//! What each action does when a contact comes to it. Chat is the only channel.

use std::sync::Arc;
use std::time::Duration;

use flow::model::{Action, ActionId, Condition};
use flow::value::Value;
use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::contact::{ATTRIBUTES_MAX_BYTES, attributes_fit};
use crate::document::Document;
use crate::machine::{Pending, Run};
use crate::reference::{is_reference, scalar};
use crate::turn::{End, Hours, Need, Wait, WaitForm};
use crate::{compare, lambda};

/// Where an action leads.
pub(crate) enum Outcome {
    Goto(ActionId),
    /// The NextAction.
    Next,
    /// The condition at this place.
    Condition(usize),
    /// The condition that is `Equals` to this operand.
    Branch(String),
    /// The error branch of this name, else `NoMatchingError`; the note says why.
    Error {
        name: &'static str,
        note: Option<String>,
    },
    /// Into a module.
    Call {
        module: Arc<Document>,
        input: Json,
    },
    /// Out of a module.
    Return {
        result: Option<String>,
        data: Json,
    },
    /// Into another flow, for good.
    Replace(Arc<Document>),
    /// An error that no branch catches.
    Fail(String),
    /// Outside for an answer.
    Ask(Need, Pending),
    End(End),
}

impl Outcome {
    /// The branch for all errors that have none of their own.
    pub(crate) fn error(note: impl Into<String>) -> Self {
        Outcome::Error {
            name: "NoMatchingError",
            note: Some(note.into()),
        }
    }
}

/// Starts an action.
pub(crate) fn start(action: &Action, run: &mut Run<'_>) -> Outcome {
    match action.kind.as_str() {
        "MessageParticipant" => message_participant(action, run),
        "InvokeLambdaFunction" => lambda::start(action, run),
        "Compare" => compare::start(action, run),
        "Wait" => wait(action, run),
        "UpdateContactAttributes" => update_contact_attributes(action, run),
        "UpdateFlowAttributes" => update_flow_attributes(action, run),
        "UpdateContactData" => update_contact_data(action, run),
        "UpdateContactTargetQueue" => update_contact_target_queue(action, run),
        "TransferContactToQueue" => transfer_contact_to_queue(run),
        "TransferToFlow" => match run.text(action, "ContactFlowId") {
            Some(id) => Outcome::Ask(Need::Flow(id), Pending::Flow),
            None => Outcome::error("there is no ContactFlowId"),
        },
        "InvokeFlowModule" => invoke_flow_module(action, run),
        "EndFlowModuleExecution" => end_flow_module_execution(action, run),
        "UpdateContactEventHooks" => update_contact_event_hooks(action, run),
        "UpdateFlowLoggingBehavior" => update_flow_logging_behavior(action, run),
        "CheckHoursOfOperation" => check_hours_of_operation(action, run),
        "Loop" => repeat(action, run),
        "DistributeByPercentage" => Outcome::Ask(Need::Random, Pending::Random),
        "EndFlowExecution" => Outcome::End(End::Finished),
        "DisconnectParticipant" => Outcome::End(End::Disconnected),
        // Nothing of what it switches on can be seen by flow, customer or bot.
        "UpdateContactRecordingBehavior" => Outcome::Next,
        "UpdateContactRecordingAndAnalyticsBehavior" => record_and_analyse(action),
        // Voice only: on chat it goes on without effect [doc].
        "UpdateContactTextToSpeechVoice" => Outcome::Next,
        // Voice only: on chat it fails [doc].
        "MessageParticipantIteratively" => Outcome::error("loop prompts are for voice only"),
        other => Outcome::End(End::NotEmulated(other.to_owned())),
    }
}

/// How a condition is called in a contact's path: as the flow writes it, not what it came to.
pub(crate) fn condition_label(condition: &Condition) -> String {
    let operand = condition.operands.first().map(flow::json::to_json);
    let operand = operand.as_ref().and_then(scalar).unwrap_or_default();
    match condition.operator.as_str() {
        "Equals" => operand,
        operator => format!("{operator} {operand}"),
    }
}

/// The longest prompt [doc].
const PROMPT_CHARS: usize = 6_000;

fn message_participant(action: &Action, run: &mut Run<'_>) -> Outcome {
    if !action.parameters.contains_key("Text") {
        // Play prompt on chat takes text only [doc].
        return Outcome::error("on chat a prompt is a text");
    }
    match run.text(action, "Text") {
        Some(text) if text.chars().count() > PROMPT_CHARS => {
            Outcome::error(format!("the text is longer than {PROMPT_CHARS} characters"))
        }
        Some(text) if !text.is_empty() => {
            run.prompt(text);
            Outcome::Next
        }
        _ => Outcome::error("the text is empty"),
    }
}

/// The longest Wait: seven days [doc].
const WAIT_MAX_SECONDS: u64 = 604_800;

fn wait(action: &Action, run: &mut Run<'_>) -> Outcome {
    if action.parameters.contains_key("ContinueExecution") {
        return Outcome::End(End::NotEmulated("Wait with ContinueExecution".to_owned()));
    }
    let events = action.parameters.get("Events").and_then(Value::as_list);
    let form = match events.unwrap_or_default() {
        [] => WaitForm::Timer,
        [event] if event.as_text() == Some("CustomerReturned") => WaitForm::CustomerReturned,
        [event] if event.as_text() == Some("BotParticipantDisconnected") => {
            WaitForm::BotParticipantDisconnected
        }
        _ => return Outcome::End(End::NotEmulated("Wait with these Events".to_owned())),
    };
    if form == WaitForm::BotParticipantDisconnected && !run.contact.custom_participant {
        return Outcome::Error {
            name: "ParticipantNotFound",
            note: None,
        };
    }
    let seconds = run
        .text(action, "TimeLimitSeconds")
        .and_then(|text| text.parse().ok())
        .filter(|seconds| (1..=WAIT_MAX_SECONDS).contains(seconds));
    let Some(seconds) = seconds else {
        return Outcome::error(format!(
            "the time limit is not 1 to {WAIT_MAX_SECONDS} seconds"
        ));
    };
    let wait = Wait {
        limit: Duration::from_secs(seconds),
        form,
    };
    Outcome::Ask(Need::Wait(wait), Pending::Wait(form))
}

/// Whether an action is about another contact than this one, of which there is none.
fn wants_related_contact(action: &Action) -> bool {
    action
        .parameters
        .get("TargetContact")
        .and_then(Value::as_text)
        == Some("Related")
}

fn update_contact_attributes(action: &Action, run: &mut Run<'_>) -> Outcome {
    if wants_related_contact(action) {
        return Outcome::error("there is no related contact");
    }
    let Some(given) = action.parameters.get("Attributes").and_then(Value::as_map) else {
        return Outcome::error("there are no Attributes");
    };
    let mut attributes = run.contact.attributes.clone();
    for (key, value) in given {
        if key.contains(['$', '.']) {
            return Outcome::error("an attribute key contains `$` or `.`");
        }
        // A reference to what is not set stores nothing [inf].
        if let Some(text) = run.scope().text(value) {
            attributes.insert(key.clone(), text);
        } else if !is_reference(value) {
            return Outcome::error("an attribute value is not text");
        }
    }
    if !attributes_fit(&attributes) {
        return Outcome::error(format!(
            "the attributes are larger than {ATTRIBUTES_MAX_BYTES} bytes"
        ));
    }
    run.contact.attributes = attributes;
    Outcome::Next
}

fn update_flow_attributes(action: &Action, run: &mut Run<'_>) -> Outcome {
    let given = action.parameters.get("FlowAttributes");
    let Some(given) = given.and_then(Value::as_map) else {
        return Outcome::error("there are no FlowAttributes");
    };
    let mut attributes: IndexMap<String, String> = run.variables_mut().flow_attributes.clone();
    for (key, entry) in given {
        // Written as {key: {Value: text}} [probe].
        let Some(value) = entry.as_map().and_then(|entry| entry.get("Value")) else {
            return Outcome::error("a flow attribute has no Value");
        };
        if let Some(text) = run.scope().text(value) {
            attributes.insert(key.clone(), text);
        }
    }
    if !attributes_fit(&attributes) {
        return Outcome::error("the flow attributes are larger than 32 KB");
    }
    run.variables_mut().flow_attributes = attributes;
    Outcome::Next
}

fn update_contact_data(action: &Action, run: &mut Run<'_>) -> Outcome {
    if wants_related_contact(action) {
        return Outcome::error("there is no related contact");
    }
    for key in action.parameters.keys() {
        let value = run.text(action, key);
        match key.as_str() {
            "Name" => run.contact.name = value,
            "Description" => run.contact.description = value,
            "LanguageCode" => run.contact.language_code = value,
            "CustomerId" => run.contact.customer_id = value,
            "TargetContact" => {}
            other => {
                let what = format!("UpdateContactData with {other}");
                return Outcome::End(End::NotEmulated(what));
            }
        }
    }
    Outcome::Next
}

fn update_contact_target_queue(action: &Action, run: &mut Run<'_>) -> Outcome {
    if action.parameters.contains_key("AgentId") {
        let what = "UpdateContactTargetQueue with AgentId".to_owned();
        return Outcome::End(End::NotEmulated(what));
    }
    match run.text(action, "QueueId") {
        Some(id) => Outcome::Ask(Need::Queue(id), Pending::Queue),
        None => Outcome::error("there is no QueueId"),
    }
}

fn transfer_contact_to_queue(run: &mut Run<'_>) -> Outcome {
    match &run.contact.queue {
        Some(queue) => Outcome::Ask(Need::Transfer(queue.clone()), Pending::Transfer),
        None => Outcome::error("no working queue is set"),
    }
}

fn invoke_flow_module(action: &Action, run: &mut Run<'_>) -> Outcome {
    let Some(id) = run.text(action, "FlowModuleId") else {
        return Outcome::error("there is no FlowModuleId");
    };
    let input = action.parameters.get("Input");
    let input = input.and_then(|input| run.scope().value(input));
    let pending = Pending::Module {
        input: input.unwrap_or_default(),
    };
    Outcome::Ask(Need::Module(id), pending)
}

fn end_flow_module_execution(action: &Action, run: &mut Run<'_>) -> Outcome {
    let data = action.parameters.get("ResultData");
    Outcome::Return {
        result: run.text(action, "Result"),
        data: data
            .and_then(|data| run.scope().value(data))
            .unwrap_or_default(),
    }
}

fn update_contact_event_hooks(action: &Action, run: &mut Run<'_>) -> Outcome {
    let Some(hooks) = action.parameters.get("EventHooks").and_then(Value::as_map) else {
        // The form that only switches whispers off; chat has none by default.
        return Outcome::Next;
    };
    for (hook, value) in hooks {
        if hook == "AgentHold" || hook == "CustomerHold" {
            return Outcome::error("hold flows are for voice only");
        }
        let Some(flow) = run.scope().text(value) else {
            return Outcome::error("the flow of the hook is not set");
        };
        // A later hook for the same event replaces the earlier one [doc].
        run.contact.hooks.insert(hook.clone(), flow);
    }
    Outcome::Next
}

fn update_flow_logging_behavior(action: &Action, run: &mut Run<'_>) -> Outcome {
    match run.text(action, "FlowLoggingBehavior").as_deref() {
        Some("Enabled") => run.contact.logging = true,
        Some("Disabled") => run.contact.logging = false,
        _ => return Outcome::error("FlowLoggingBehavior is neither Enabled nor Disabled"),
    }
    Outcome::Next
}

fn check_hours_of_operation(action: &Action, run: &mut Run<'_>) -> Outcome {
    let hours = if action.parameters.contains_key("HoursOfOperationId") {
        run.text(action, "HoursOfOperationId").map(Hours::Named)
    } else {
        run.contact.queue.clone().map(Hours::OfQueue)
    };
    match hours {
        Some(hours) => Outcome::Ask(Need::Hours(hours), Pending::Hours),
        None => Outcome::error("neither hours of operation nor a queue are set"),
    }
}

fn repeat(action: &Action, run: &mut Run<'_>) -> Outcome {
    let count = run.text(action, "LoopCount");
    let count = count.and_then(|text| text.parse::<u32>().ok());
    let Some(count) = count.filter(|count| *count <= 100) else {
        return Outcome::error("the LoopCount is not 0 to 100");
    };
    let key = (run.document_id().to_owned(), action.id.clone());
    let done = run.contact.loops.get(&key).copied().unwrap_or(0);
    if done < count {
        run.contact.loops.insert(key, done + 1);
        return Outcome::Branch("ContinueLooping".to_owned());
    }
    run.contact.loops.remove(&key);
    Outcome::Branch("DoneLooping".to_owned())
}

fn record_and_analyse(action: &Action) -> Outcome {
    if action.parameters.contains_key("VoiceBehavior") {
        return Outcome::Error {
            name: "ChannelMismatch",
            note: None,
        };
    }
    Outcome::Next
}
