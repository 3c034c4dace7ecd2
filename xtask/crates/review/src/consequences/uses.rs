//! What an action refers to beside the flow it stands in: Lambdas, queues, other flows.

use flow::model::Action;
use flow::value::{RefKind, Value};

/// A thing that an action refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    pub(super) kind: RefKind,
    /// Its name; the end of its ARN, the reference to the contact's data or the template that
    /// stands in its place where it has none.
    pub(super) name: String,
    pub(super) role: Role,
}

/// What an action does with what it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Usual,
    /// A flow to which the contact goes.
    Transfer,
    /// A flow that runs at some event of the contact.
    Hook,
}

impl Use {
    /// Whether only an environment or a contact says what it is.
    pub(super) fn is_open(&self) -> bool {
        self.name.starts_with("$.") || self.name.contains("{{")
    }

    /// The address of a flow or module of the sources: `flow.queue-hold`.
    pub(super) fn address(&self) -> Option<String> {
        match self.kind {
            RefKind::Flow | RefKind::Module => Some(format!("{}.{}", self.kind, self.name)),
            _ => None,
        }
    }
}

/// Everything that the parameters of an action refer to.
pub(super) fn of(action: &Action) -> Vec<Use> {
    let mut uses = Vec::new();
    for (key, value) in &action.parameters {
        collect(action, key, value, &mut uses);
    }
    uses
}

fn collect(action: &Action, key: &str, value: &Value, uses: &mut Vec<Use>) {
    match value {
        Value::List(items) => items
            .iter()
            .for_each(|item| collect(action, key, item, uses)),
        Value::Map(map) => {
            for (inner, value) in map {
                // The keys of hooks are events; what they lead to are flows.
                let key = if key == "EventHooks" { key } else { inner };
                collect(action, key, value, uses);
            }
        }
        value => uses.extend(one(action, key, value)),
    }
}

fn one(action: &Action, key: &str, value: &Value) -> Option<Use> {
    let (kind, name) = match value {
        Value::Ref(reference) => (reference.kind, reference.name.clone()),
        Value::Text(text) => (kind_of(key)?, end_of_arn(text).to_owned()),
        Value::Template(template) => (kind_of(key)?, template.source.clone()),
        _ => return None,
    };
    let role = match (kind, key) {
        (RefKind::Flow, "EventHooks") => Role::Hook,
        (RefKind::Flow, _) if action.kind.as_str() == "TransferToFlow" => Role::Transfer,
        _ => Role::Usual,
    };
    Some(Use { kind, name, role })
}

/// What a parameter of this name refers to.
fn kind_of(key: &str) -> Option<RefKind> {
    Some(match key {
        "LambdaFunctionARN" | "LambdaProcessorARN" => RefKind::Lambda,
        "FlowModuleId" => RefKind::Module,
        "ContactFlowId" | "ContactFlowArn" | "EventHooks" => RefKind::Flow,
        "QueueId" => RefKind::Queue,
        "HoursOfOperationId" => RefKind::Hours,
        "PromptId" => RefKind::Prompt,
        "AliasArn" => RefKind::LexBot,
        "DataTableId" | "CaseTemplateId" | "TaskTemplateId" | "WisdomAssistantArn" => {
            RefKind::Resource
        }
        _ => return None,
    })
}

/// The part of an ARN that names the thing: `bot-join:live`, `1234:2`. Other texts as they are.
fn end_of_arn(text: &str) -> &str {
    if !text.starts_with("arn:") {
        return text;
    }
    let after_function = text.split_once(":function:").map(|it| it.1);
    after_function.unwrap_or_else(|| text.rsplit('/').next().unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_named_by_the_end_of_its_arn() {
        for (text, name) in [
            (
                "arn:aws:lambda:eu-west-2:1:function:bot-join:live",
                "bot-join:live",
            ),
            ("arn:aws:connect:eu-west-2:1:instance/i/queue/q", "q"),
            ("$.Attributes.queue", "$.Attributes.queue"),
            ("q", "q"),
        ] {
            assert_eq!(end_of_arn(text), name);
        }
    }

    #[test]
    fn a_hook_is_a_flow_whatever_the_event() {
        let mut action = Action::new("a", "UpdateContactEventHooks");
        let hooks = [("CustomerQueue".to_owned(), Value::text("hold"))];
        let hooks = Value::Map(hooks.into_iter().collect());
        action.parameters.insert("EventHooks".to_owned(), hooks);
        let name = "hold".to_owned();
        let (kind, role) = (RefKind::Flow, Role::Hook);
        assert_eq!(of(&action), [Use { kind, name, role }]);
    }
}
