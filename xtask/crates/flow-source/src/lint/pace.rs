//! Which actions take time, and which may be the last of a flow although they have ways out.

use flow::catalogue;
use flow::model::Action;
use flow::value::Value;

use super::Context;

/// What a contact spends at an action before the flow goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Nothing a person would notice.
    Instant,
    /// The time of a Lambda: the contact goes on as soon as it has answered.
    Lambda,
    /// Something is said. On the phone that takes its time, in a chat it does not.
    Speech,
    /// It waits: for time to pass, for a person, or for something that nobody here knows.
    Waits,
}

/// How long a contact stays at an action.
pub(crate) fn of(action: &Action) -> Pace {
    if catalogue::waits(action) {
        return Pace::Waits;
    }
    match action.kind.as_str() {
        "InvokeLambdaFunction" => Pace::Lambda,
        "MessageParticipant" => Pace::Speech,
        // Dialling and listening take time, a module may wait, and a loop has an end.
        "CompleteOutboundCall" | "CheckVoiceId" | "InvokeFlowModule" | "Loop" => Pace::Waits,
        _ if catalogue::entry(&action.kind).is_none() => Pace::Waits,
        _ => Pace::Instant,
    }
}

/// Whether a flow may end with an action although it has transitions: those are for the case that
/// it fails.
pub(crate) fn may_leave_flow(action: &Action) -> bool {
    match action.kind.as_str() {
        "TransferContactToQueue"
        | "TransferToFlow"
        | "DequeueContactAndTransferToQueue"
        | "RouteContactToAgent" => true,
        "TransferParticipantToThirdParty" => {
            let goes_on = action.parameters.get("ContinueFlowExecution");
            goes_on.and_then(Value::as_text) != Some("True")
        }
        _ => catalogue::entry(&action.kind).is_none_or(catalogue::Entry::is_terminal),
    }
}

/// Whether a flow shows that it is for chats and nothing else: a custom bot joins, or an action
/// stands in it that only chats have. One that looks at the channel serves others as well.
pub(crate) fn is_chat_only(context: &Context<'_>) -> bool {
    let mut is_chat = false;
    for action in &context.flow.actions {
        match action.kind.as_str() {
            "Wait" => is_chat |= is_bot_wait(action),
            "AuthenticateParticipant" | "UpdateContactMediaProcessing" => is_chat = true,
            "Compare" if looks_at_channel(action) => return false,
            _ => {}
        }
    }
    is_chat
}

/// Whether an action waits for a custom bot to leave.
pub(crate) fn is_bot_wait(action: &Action) -> bool {
    let events = action.parameters.get("Events").and_then(Value::as_list);
    let mut events = events.unwrap_or_default().iter().filter_map(Value::as_text);
    events.any(|it| it == "BotParticipantDisconnected")
}

fn looks_at_channel(action: &Action) -> bool {
    let compared = action.parameters.get("ComparisonValue");
    let paths = ["$.Channel", "$.SegmentAttributes['connect:Subtype']"];
    compared
        .and_then(Value::as_text)
        .is_some_and(|it| paths.contains(&it))
}
