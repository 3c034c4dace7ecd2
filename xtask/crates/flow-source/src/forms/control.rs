//! Forms that decide where the run goes, wait, or call something.

use flow::model::FlowType;
use flow::value::RefKind;

use super::participant::WAIT_TIME;
use super::{
    Body, Branch, ERROR_LIKE_NEXT, ERROR_NEEDED, Form, FormKey, Next, OTHERWISE, Presence, Terms,
    Unsaid, ValueKind, Way, branch, needed, optional, when,
};

pub(super) static FORMS: &[Form] = &[
    Form {
        key: "invoke_lambda",
        block: "AWS Lambda function",
        action_type: "InvokeLambdaFunction",
        summary: "Calls a Lambda; its answer is under `$.External` until the next call.",
        body: Body::FirstOrKeys(INVOKE_LAMBDA),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: &[ERROR_NEEDED],
    },
    Form {
        key: "wait",
        block: "Wait",
        action_type: "Wait",
        summary: "Waits for some time, or until the customer is back or the bot is gone.",
        body: Body::FirstOrKeys(WAIT),
        beside: &[],
        groups: &[],
        next: Next::Needed,
        branches: WAIT_WAYS,
    },
    Form {
        key: "compare",
        block: "Check contact attributes",
        action_type: "Compare",
        summary: "Goes on where a value of the contact leads.",
        body: Body::Value(needed(
            "compare",
            "ComparisonValue",
            ValueKind::Path,
            "the value to compare",
            "the path of the value",
        )),
        beside: &[FormKey {
            presence: Presence::Needed,
            ..when(
                Terms::Any,
                "a map from values to actions, or a list of comparisons; the first that holds wins",
            )
        }],
        groups: &[],
        next: Next::Repeats(OTHERWISE),
        branches: &[branch(
            OTHERWISE,
            Way::Error("NoMatchingCondition"),
            Unsaid::Needed,
            "no comparison holds",
        )],
    },
    Form {
        key: "loop",
        block: "Loop",
        action_type: "Loop",
        summary: "Goes through the branch `continue` a number of times, then through `done`.",
        body: Body::Value(needed(
            "loop",
            "LoopCount",
            ValueKind::Number {
                least: 0,
                greatest: 100,
            },
            "the number of rounds",
            "how many times",
        )),
        beside: &[],
        groups: &[],
        next: Next::Repeats("done"),
        branches: LOOP_WAYS,
    },
    Form {
        key: "distribute_by_percentage",
        block: "Distribute by percentage",
        action_type: "DistributeByPercentage",
        summary: "Sends each contact one way or another by chance.",
        body: Body::Value(needed(
            "distribute_by_percentage",
            "",
            ValueKind::Shares,
            "the shares",
            "a list of shares: `{ percent: 20, next: a }`",
        )),
        beside: &[],
        groups: &[],
        next: Next::Repeats(OTHERWISE),
        branches: &[branch(
            OTHERWISE,
            Way::Error("NoMatchingCondition"),
            Unsaid::Needed,
            "for the rest of the contacts",
        )],
    },
    Form {
        key: "invoke_module",
        block: "Invoke module",
        action_type: "InvokeFlowModule",
        summary: "Runs a module; what it gives back is under `$.Modules`.",
        body: Body::FirstOrKeys(INVOKE_MODULE),
        beside: &[when(
            Terms::Outcomes,
            "a map from results of the module to actions",
        )],
        groups: &[],
        next: Next::Needed,
        branches: &[
            branch(
                OTHERWISE,
                Way::Error("NoMatchingCondition"),
                Unsaid::Absent,
                "the module ends with a result that `when` does not have",
            ),
            ERROR_LIKE_NEXT,
        ],
    },
    Form {
        key: "end_module",
        block: "Return (from module)",
        action_type: "EndFlowModuleExecution",
        summary: "Ends a module, perhaps with a result.",
        body: Body::Keys(END_MODULE),
        beside: &[],
        groups: &[],
        next: Next::Nothing,
        branches: &[],
    },
    Form {
        key: "transfer_to_flow",
        block: "Transfer to flow",
        action_type: "TransferToFlow",
        summary: "Goes on with another flow.",
        body: Body::Value(needed(
            "transfer_to_flow",
            "ContactFlowId",
            ValueKind::Flow(&[
                FlowType::ContactFlow,
                FlowType::AgentTransfer,
                FlowType::QueueTransfer,
            ]),
            "the flow",
            "the other flow",
        )),
        beside: &[],
        groups: &[],
        next: Next::Repeats("error"),
        branches: &[ERROR_NEEDED],
    },
    Form {
        key: "end_flow",
        block: "End flow / Resume",
        action_type: "EndFlowExecution",
        summary: "Ends the flow and not the contact: in a queue flow it keeps waiting.",
        body: Body::Nothing,
        beside: &[],
        groups: &[],
        next: Next::Nothing,
        branches: &[],
    },
];

const INVOKE_LAMBDA: &[FormKey] = &[
    needed(
        "function",
        "LambdaFunctionARN",
        ValueKind::Name(RefKind::Lambda),
        "the Lambda",
        "the Lambda to call",
    ),
    FormKey {
        presence: Presence::Default("8"),
        ..optional(
            "timeout",
            "InvocationTimeLimitSeconds",
            // Of a synchronous call; what asynchronous ones may take, the documentation disagrees
            // with itself about.
            ValueKind::Duration {
                least: 1,
                greatest: 8,
            },
            "the Lambda's time",
            "how long the call may take; 8s if not said",
        )
    },
    optional(
        "mode",
        "InvocationType",
        ValueKind::Choice(&[
            ("synchronous", "SYNCHRONOUS"),
            ("asynchronous", "ASYNCHRONOUS"),
        ]),
        "mode",
        "whether the flow waits for the answer; it does if not said",
    ),
    optional(
        "parameters",
        "LambdaInvocationAttributes",
        ValueKind::NestedTexts,
        "`parameters`",
        "what the Lambda gets as `Details.Parameters`",
    ),
    FormKey {
        presence: Presence::Default("STRING_MAP"),
        ..optional(
            "response",
            "ResponseValidation.ResponseType",
            ValueKind::Choice(&[("string_map", "STRING_MAP"), ("json", "JSON")]),
            "response type",
            "what the answer has to be; a flat map of texts if not said",
        )
    },
];

const WAIT: &[FormKey] = &[
    needed(
        "time",
        "TimeLimitSeconds",
        WAIT_TIME,
        "the time to wait",
        "how long at most",
    ),
    optional(
        "until",
        "Events",
        ValueKind::ChoiceList(&[
            ("customer_returned", "CustomerReturned"),
            ("bot_disconnected", "BotParticipantDisconnected"),
        ]),
        "event",
        "what ends the wait early; then the branches say it all and there is no `next`",
    ),
];

/// Those of all variants; which of them a wait has hangs on `until`.
const WAIT_WAYS: &[Branch] = &[
    branch(
        "bot_disconnected",
        Way::Equals("BotParticipantDisconnected"),
        Unsaid::Needed,
        "the bot has left, with `until: bot_disconnected`",
    ),
    branch(
        "customer_returned",
        Way::Equals("CustomerReturned"),
        Unsaid::Needed,
        "the customer is back, with `until: customer_returned`",
    ),
    branch(
        "time_expired",
        Way::Equals("WaitCompleted"),
        Unsaid::Needed,
        "the time is up, with `until`; without it this is `next`",
    ),
    branch(
        "participant_not_found",
        Way::Error("ParticipantNotFound"),
        Unsaid::Like("error"),
        "there is no bot, with `until: bot_disconnected`",
    ),
    branch(
        "error",
        Way::Error("NoMatchingError"),
        Unsaid::Like("time_expired"),
        "the wait failed",
    ),
];

const LOOP_WAYS: &[Branch] = &[
    branch(
        "continue",
        Way::Equals("ContinueLooping"),
        Unsaid::Needed,
        "there is another round",
    ),
    branch(
        "done",
        Way::Equals("DoneLooping"),
        Unsaid::Needed,
        "there was the last one",
    ),
    branch(
        "error",
        Way::Error("NoMatchingError"),
        Unsaid::Absent,
        "the loop failed, which older blocks do not have",
    ),
];

const INVOKE_MODULE: &[FormKey] = &[
    needed(
        "module",
        "FlowModuleId",
        ValueKind::Name(RefKind::Module),
        "the module",
        "the module to run",
    ),
    optional(
        "input",
        "Input",
        ValueKind::Json,
        "`input`",
        "what the module declares as its input, with JSON types",
    ),
];

const END_MODULE: &[FormKey] = &[
    optional(
        "result",
        "Result",
        ValueKind::Word,
        "the result",
        "one of the results that the module declares",
    ),
    optional(
        "data",
        "ResultData",
        ValueKind::Json,
        "`data`",
        "what the module gives back, with JSON types, or the path of a map",
    ),
];
