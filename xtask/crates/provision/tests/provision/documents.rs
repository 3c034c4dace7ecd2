//! Small flows for tests, in symbolic references.

use flow::model::{
    Action, DocumentKind, ErrorBranch, Flow, FlowDefinition, FlowType, LANGUAGE_VERSION,
};
use flow::value::{Map, Ref, RefKind, Value};

/// A flow that says something and ends.
pub(crate) fn greeting(name: &str, text: &str) -> FlowDefinition {
    inbound(
        name,
        vec![
            say(text, "end"),
            Action::new("end", "DisconnectParticipant"),
        ],
    )
}

/// A flow that says something and goes on in another flow.
pub(crate) fn goes_on_in(name: &str, next: &str) -> FlowDefinition {
    let mut transfer = Action::new("transfer", "TransferToFlow");
    let target = Value::Ref(Ref::new(RefKind::Flow, next));
    transfer
        .parameters
        .insert("ContactFlowId".to_owned(), target);
    transfer.transitions.next = Some("end".into());
    transfer
        .transitions
        .errors
        .push(error("NoMatchingError", "end"));
    let end = Action::new("end", "DisconnectParticipant");
    inbound(name, vec![say("One moment", "transfer"), transfer, end])
}

/// A flow that sends the contact to the queue `support`.
pub(crate) fn to_support(name: &str) -> FlowDefinition {
    let mut queue = Action::new("queue", "UpdateContactTargetQueue");
    let target = Value::Ref(Ref::new(RefKind::Queue, "support"));
    queue.parameters.insert("QueueId".to_owned(), target);
    queue.transitions.next = Some("transfer".into());
    queue
        .transitions
        .errors
        .push(error("NoMatchingError", "end"));
    let mut transfer = Action::new("transfer", "TransferContactToQueue");
    transfer.transitions.next = Some("end".into());
    transfer
        .transitions
        .errors
        .push(error("QueueAtCapacity", "end"));
    transfer
        .transitions
        .errors
        .push(error("NoMatchingError", "end"));
    let end = Action::new("end", "DisconnectParticipant");
    inbound(
        name,
        vec![say("A person comes", "queue"), queue, transfer, end],
    )
}

/// A flow that invokes a function after a greeting.
pub(crate) fn invokes(name: &str, lambda: &str) -> FlowDefinition {
    let mut invoke = Action::new("invoke", "InvokeLambdaFunction");
    let target = Value::Ref(Ref::new(RefKind::Lambda, lambda));
    let parameters = &mut invoke.parameters;
    parameters.insert("LambdaFunctionARN".to_owned(), target);
    parameters.insert("InvocationTimeLimitSeconds".to_owned(), "8".into());
    let mut validation = Map::new();
    validation.insert("ResponseType".to_owned(), "STRING_MAP".into());
    parameters.insert("ResponseValidation".to_owned(), Value::Map(validation));
    invoke.transitions.next = Some("end".into());
    invoke
        .transitions
        .errors
        .push(error("NoMatchingError", "end"));
    let end = Action::new("end", "DisconnectParticipant");
    inbound(name, vec![say("Hello", "invoke"), invoke, end])
}

/// A module that says something and returns.
pub(crate) fn module(name: &str, text: &str) -> FlowDefinition {
    let actions = vec![
        say(text, "end"),
        Action::new("end", "EndFlowModuleExecution"),
    ];
    let mut definition = document(name, DocumentKind::Module, actions);
    definition.flow.settings = Some(Map::new());
    definition
}

/// A flow that invokes a module.
pub(crate) fn uses_module(name: &str, module: &str) -> FlowDefinition {
    let mut invoke = Action::new("module", "InvokeFlowModule");
    let target = Value::Ref(Ref::new(RefKind::Module, module));
    invoke.parameters.insert("FlowModuleId".to_owned(), target);
    invoke.transitions.next = Some("end".into());
    invoke
        .transitions
        .errors
        .push(error("NoMatchingError", "end"));
    let end = Action::new("end", "DisconnectParticipant");
    inbound(name, vec![invoke, end])
}

pub(crate) fn inbound(name: &str, actions: Vec<Action>) -> FlowDefinition {
    document(name, DocumentKind::Flow(FlowType::ContactFlow), actions)
}

fn document(name: &str, kind: DocumentKind, actions: Vec<Action>) -> FlowDefinition {
    assert_eq!(
        LANGUAGE_VERSION, "2019-10-30",
        "what these documents are written in"
    );
    let mut flow = Flow::new(actions[0].id.clone());
    flow.actions = actions;
    FlowDefinition {
        name: name.to_owned(),
        title: format!("Title of {name}"),
        description: None,
        kind,
        flow,
    }
}

pub(crate) fn say(text: &str, next: &str) -> Action {
    let mut say = Action::new("say", "MessageParticipant");
    say.parameters.insert("Text".to_owned(), text.into());
    say.transitions.next = Some(next.into());
    say.transitions.errors.push(error("NoMatchingError", next));
    say
}

fn error(error: &str, next: &str) -> ErrorBranch {
    ErrorBranch {
        error: error.to_owned(),
        next: next.into(),
    }
}
