//! Forms about queues, the hours they are open and the people behind them.

use flow::value::RefKind;

use super::{
    Body, Branch, Count, ERROR_LIKE_NEXT, Form, FormKey, Group, Next, OTHERWISE, Presence, Terms,
    Unsaid, ValueKind, Way, branch, exactly_one, needed, optional, when,
};

const QUEUE: FormKey = optional(
    "queue",
    "QueueId",
    ValueKind::Name(RefKind::Queue),
    "the queue",
    "a queue, by its name",
);
const AGENT: FormKey = optional(
    "agent",
    "AgentId",
    ValueKind::Text,
    "the agent",
    "an agent's id or its path, for the agent's own queue",
);

/// Neither stands for the working queue.
const QUEUE_OR_AGENT: Group = Group {
    keys: &["queue", "agent"],
    count: Count::AtMostOne,
};

pub(super) static FORMS: &[Form] = &[
    Form {
        key: "set_working_queue",
        block: "Set working queue",
        action_type: "UpdateContactTargetQueue",
        summary: "Says to which queue the contact will be transferred.",
        body: Body::FirstOrKeys(&[QUEUE, AGENT]),
        beside: &[],
        groups: &[exactly_one(&["queue", "agent"])],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "check_hours",
        block: "Check hours of operation",
        action_type: "CheckHoursOfOperation",
        summary: "Asks whether it is within some hours, or within those of the working queue.",
        body: Body::FirstOrKeys(&[optional(
            "hours",
            "HoursOfOperationId",
            ValueKind::Name(RefKind::Hours),
            "the hours",
            "hours of operation; those of the working queue if not said",
        )]),
        beside: &[],
        groups: &[],
        next: Next::Repeats("error"),
        branches: HOURS_WAYS,
    },
    Form {
        key: "check_staffing",
        block: "Check staffing",
        action_type: "CheckMetricData",
        summary: "Asks whether there are agents for a queue.",
        body: Body::FirstOrKeys(&[
            needed(
                "metric",
                "MetricType",
                ValueKind::Choice(&[
                    ("available", "NumberOfAgentsAvailable"),
                    ("staffed", "NumberOfAgentsStaffed"),
                    ("online", "NumberOfAgentsOnline"),
                ]),
                "metric",
                "which agents count: `available`, `staffed` or `online`",
            ),
            QUEUE,
            AGENT,
        ]),
        beside: &[],
        groups: &[QUEUE_OR_AGENT],
        next: Next::Repeats("error"),
        branches: STAFFING_WAYS,
    },
    Form {
        key: "check_queue_status",
        block: "Check queue status",
        action_type: "CheckMetricData",
        summary: "Goes on where the number of contacts in a queue leads.",
        body: Body::FirstOrKeys(&[
            needed(
                "metric",
                "MetricType",
                // The age of the oldest contact has another unit than its name says, so that it
                // is left to the raw form.
                ValueKind::Choice(&[("contacts", "NumberOfContactsInQueue")]),
                "metric",
                "`contacts`, the number of contacts in the queue",
            ),
            QUEUE,
            AGENT,
        ]),
        beside: &[FormKey {
            presence: Presence::Needed,
            ..when(
                Terms::Numbers,
                "a map from values to actions, or a list of comparisons; the first that holds wins",
            )
        }],
        groups: &[QUEUE_OR_AGENT],
        next: Next::Repeats("error"),
        branches: &[
            branch(
                OTHERWISE,
                Way::Error("NoMatchingCondition"),
                Unsaid::Needed,
                "no comparison holds",
            ),
            branch(
                "error",
                Way::Error("NoMatchingError"),
                Unsaid::Like(OTHERWISE),
                "the number is not known",
            ),
        ],
    },
    Form {
        key: "get_queue_metrics",
        block: "Get metrics",
        action_type: "GetMetricData",
        summary: "Fetches numbers about a queue; they are under `$.Metrics`.",
        body: Body::Keys(&[
            QUEUE,
            AGENT,
            optional(
                "channel",
                "QueueChannel",
                ValueKind::Choice(&[("voice", "Voice"), ("chat", "Chat")]),
                "channel",
                "`voice` or `chat`, needed for the estimated waiting time",
            ),
        ]),
        beside: &[],
        groups: &[QUEUE_OR_AGENT],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "set_routing_priority",
        block: "Change routing priority / age",
        action_type: "UpdateContactRoutingBehavior",
        summary: "Sets how soon the contact is served; 1 is the highest, 5 the usual.",
        body: Body::Value(needed(
            "set_routing_priority",
            "QueuePriority",
            ValueKind::Number {
                least: 1,
                greatest: i64::MAX,
            },
            "the priority",
            "a whole number",
        )),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: &[],
    },
    Form {
        key: "transfer_to_queue",
        block: "Transfer to queue",
        action_type: "TransferContactToQueue",
        summary: "Puts the contact into its working queue and ends the flow.",
        body: Body::Nothing,
        beside: &[],
        groups: &[],
        next: Next::Repeats("error"),
        branches: TRANSFER_WAYS,
    },
    Form {
        key: "transfer_to_other_queue",
        block: "Transfer to queue (in a customer queue flow)",
        action_type: "DequeueContactAndTransferToQueue",
        summary: "Takes a waiting contact out of its queue and puts it into another one.",
        body: Body::FirstOrKeys(&[QUEUE, AGENT]),
        beside: &[],
        groups: &[QUEUE_OR_AGENT],
        next: Next::Needed,
        branches: TRANSFER_WAYS,
    },
];

const HOURS_WAYS: &[Branch] = &[
    branch(
        "open",
        Way::Equals("True"),
        Unsaid::Needed,
        "it is within the hours",
    ),
    branch("closed", Way::Equals("False"), Unsaid::Needed, "it is not"),
    branch(
        "error",
        Way::Error("NoMatchingError"),
        Unsaid::Like("closed"),
        "the hours are not known",
    ),
];

const STAFFING_WAYS: &[Branch] = &[
    branch(
        "agents",
        Way::Over("0"),
        Unsaid::Needed,
        "there is one at least",
    ),
    branch(
        "no_agents",
        Way::Error("NoMatchingCondition"),
        Unsaid::Needed,
        "there is none",
    ),
    branch(
        "error",
        Way::Error("NoMatchingError"),
        Unsaid::Like("no_agents"),
        "the number is not known",
    ),
];

const TRANSFER_WAYS: &[Branch] = &[
    branch(
        "at_capacity",
        Way::Error("QueueAtCapacity"),
        Unsaid::Needed,
        "the queue is full",
    ),
    branch(
        "error",
        Way::Error("NoMatchingError"),
        Unsaid::Like("at_capacity"),
        "the transfer failed",
    ),
];
