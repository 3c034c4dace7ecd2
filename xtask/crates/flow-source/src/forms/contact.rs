//! Forms that change what is known about a contact and how it is treated.

use flow::model::FlowType;

use super::{
    Body, Count, ERROR_LIKE_NEXT, Form, FormKey, Group, Next, Presence, ValueKind, exactly_one,
    needed, optional,
};

const CONTACT: FormKey = optional(
    "contact",
    "TargetContact",
    ValueKind::Choice(&[("current", "Current"), ("related", "Related")]),
    "contact",
    "whether it is about this contact or the related one",
);

pub(super) static FORMS: &[Form] = &[
    Form {
        key: "set_attributes",
        block: "Set contact attributes",
        action_type: "UpdateContactAttributes",
        summary: "Sets attributes of the contact: `$.Attributes.<name>`.",
        body: Body::Value(needed(
            "set_attributes",
            "Attributes",
            ValueKind::Texts,
            "`set_attributes`",
            "a map from names to values",
        )),
        beside: &[FormKey {
            presence: Presence::Default("Current"),
            ..CONTACT
        }],
        groups: &[],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "set_flow_attributes",
        block: "Set contact attributes (flow)",
        action_type: "UpdateFlowAttributes",
        summary: "Sets attributes that only this flow sees: `$.FlowAttributes.<name>`.",
        body: Body::Value(needed(
            "set_flow_attributes",
            "FlowAttributes",
            ValueKind::FlowAttributes,
            "`set_flow_attributes`",
            "a map from names to values",
        )),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "set_contact_data",
        block: "Set contact attributes (system)",
        action_type: "UpdateContactData",
        summary: "Sets what Connect itself knows about the contact.",
        body: Body::Keys(CONTACT_DATA),
        beside: &[CONTACT],
        groups: &[Group {
            keys: CONTACT_DATA_WORDS,
            count: Count::AtLeastOne,
        }],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "tag_contact",
        block: "Contact tags",
        action_type: "TagContact",
        summary: "Gives the contact tags, at most six.",
        body: Body::Value(needed(
            "tag_contact",
            "Tags",
            ValueKind::Texts,
            "`tag_contact`",
            "a map from keys to values",
        )),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "untag_contact",
        block: "Contact tags",
        action_type: "UntagContact",
        summary: "Takes tags from the contact.",
        body: Body::Value(needed(
            "untag_contact",
            "TagKeys",
            ValueKind::TextList,
            "`untag_contact`",
            "a list of keys",
        )),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "set_logging",
        block: "Set logging behavior",
        action_type: "UpdateFlowLoggingBehavior",
        summary: "Turns the flow log on or off, for this contact until it is changed.",
        body: Body::Value(needed(
            "set_logging",
            "FlowLoggingBehavior",
            ValueKind::Choice(&[("enabled", "Enabled"), ("disabled", "Disabled")]),
            "logging behaviour",
            "`enabled` or `disabled`",
        )),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: &[],
    },
    Form {
        key: "set_customer_queue_flow",
        block: "Set customer queue flow",
        action_type: "UpdateContactEventHooks",
        summary: "Says which flow runs while the contact waits in a queue.",
        body: Body::Value(needed(
            "set_customer_queue_flow",
            "EventHooks.CustomerQueue",
            ValueKind::Flow(&[FlowType::CustomerQueue]),
            "the flow",
            "a flow of type `customer_queue`",
        )),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "set_disconnect_flow",
        block: "Set disconnect flow",
        action_type: "UpdateContactEventHooks",
        summary: "Says which flow runs when the agent has left and the customer is still there.",
        body: Body::Value(needed(
            "set_disconnect_flow",
            "EventHooks.CustomerRemaining",
            ValueKind::Flow(&[FlowType::ContactFlow]),
            "the flow",
            "a flow of type `contact_flow`",
        )),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "set_event_hooks",
        block: "Set whisper flow / Set hold flow / Set event flow",
        action_type: "UpdateContactEventHooks",
        summary: "Says which flow runs at one of the events of a contact.",
        body: Body::Keys(HOOKS),
        beside: &[],
        groups: &[exactly_one(HOOK_WORDS)],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
];

const CONTACT_DATA: &[FormKey] = &[
    optional(
        "name",
        "Name",
        ValueKind::Text,
        "the name",
        "the contact's name",
    ),
    optional(
        "description",
        "Description",
        ValueKind::Text,
        "the description",
        "the contact's description",
    ),
    optional(
        "language",
        "LanguageCode",
        ValueKind::Text,
        "the language",
        "a language code such as `en-GB`",
    ),
    optional(
        "customer_id",
        "CustomerId",
        ValueKind::Text,
        "the customer's id",
        "the customer's id in another system",
    ),
    optional(
        "assistant_session",
        "WisdomSessionArn",
        ValueKind::Path,
        "the session",
        "the assistant's session, `$.Wisdom.SessionArn`",
    ),
];

const CONTACT_DATA_WORDS: &[&str] = &[
    "name",
    "description",
    "language",
    "customer_id",
    "assistant_session",
];

const HOOKS: &[FormKey] = &[
    hook(
        "customer_queue",
        "EventHooks.CustomerQueue",
        &[FlowType::CustomerQueue],
    ),
    hook(
        "customer_remaining",
        "EventHooks.CustomerRemaining",
        &[FlowType::ContactFlow],
    ),
    hook(
        "customer_hold",
        "EventHooks.CustomerHold",
        &[FlowType::CustomerHold],
    ),
    hook(
        "customer_whisper",
        "EventHooks.CustomerWhisper",
        &[FlowType::CustomerWhisper],
    ),
    hook("agent_hold", "EventHooks.AgentHold", &[FlowType::AgentHold]),
    hook(
        "agent_whisper",
        "EventHooks.AgentWhisper",
        &[FlowType::AgentWhisper],
    ),
    hook(
        "default_agent_ui",
        "EventHooks.DefaultAgentUI",
        &[FlowType::ContactFlow],
    ),
    hook(
        "disconnect_agent_ui",
        "EventHooks.DisconnectAgentUI",
        &[FlowType::ContactFlow],
    ),
    hook(
        "pause_contact",
        "EventHooks.PauseContact",
        &[FlowType::ContactFlow],
    ),
    hook(
        "resume_contact",
        "EventHooks.ResumeContact",
        &[FlowType::ContactFlow],
    ),
];

/// What the service does with several hooks in one action is not known for sure.
const HOOK_WORDS: &[&str] = &[
    "customer_queue",
    "customer_remaining",
    "customer_hold",
    "customer_whisper",
    "agent_hold",
    "agent_whisper",
    "default_agent_ui",
    "disconnect_agent_ui",
    "pause_contact",
    "resume_contact",
];

const fn hook(key: &'static str, parameter: &'static str, types: &'static [FlowType]) -> FormKey {
    optional(
        key,
        parameter,
        ValueKind::Flow(types),
        "the flow",
        "the flow that runs at this event",
    )
}
