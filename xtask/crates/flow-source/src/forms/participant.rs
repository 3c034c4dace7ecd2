//! Forms that speak with the customer or bring somebody into the chat.

use flow::value::RefKind;

use super::{
    Body, Branch, ERROR_LIKE_NEXT, Form, FormKey, Next, OTHERWISE, Presence, Terms, Unsaid,
    ValueKind, Way, branch, exactly_one, needed, optional, when,
};

/// Wait blocks take 1 second to 7 days.
pub(super) const WAIT_TIME: ValueKind = ValueKind::Duration {
    least: 1,
    greatest: 604_800,
};

/// The role timers of a chat take 2 to 480 minutes.
const ROLE_TIMER: ValueKind = ValueKind::Minutes {
    least: 2 * 60,
    greatest: 480 * 60,
};

const TEXT: FormKey = optional(
    "text",
    "Text",
    ValueKind::Text,
    "the prompt",
    "the text to send; the only kind of prompt that a chat has",
);
const SSML: FormKey = optional(
    "ssml",
    "SSML",
    ValueKind::Text,
    "the prompt",
    "the text to speak, with marks for the voice",
);
const PROMPT: FormKey = optional(
    "prompt",
    "PromptId",
    ValueKind::Name(RefKind::Prompt),
    "the prompt",
    "a recording, for voice only",
);

pub(super) static FORMS: &[Form] = &[
    Form {
        key: "play_prompt",
        block: "Play prompt",
        action_type: "MessageParticipant",
        summary: "Says something to the customer; in a chat a message from the system.",
        body: Body::FirstOrKeys(&[TEXT, SSML, PROMPT]),
        beside: &[],
        groups: &[exactly_one(&["text", "ssml", "prompt"])],
        next: Next::Needed,
        branches: &[ERROR_LIKE_NEXT],
    },
    Form {
        key: "custom_bot",
        block: "AWS Lambda function, Check contact attributes, Wait",
        action_type: "InvokeLambdaFunction",
        summary: "Lets a bot join the chat, waits until it leaves, and sees to it that it is gone.",
        body: Body::Keys(CUSTOM_BOT),
        beside: &[],
        groups: &[],
        next: Next::Repeats("bot_disconnected"),
        branches: CUSTOM_BOT_WAYS,
    },
    Form {
        key: "lex_bot",
        block: "Get customer input (Amazon Lex)",
        action_type: "ConnectParticipantWithLexBot",
        summary: "Hands the customer to a bot of Amazon Lex until it has an intent.",
        body: Body::Keys(LEX_BOT),
        beside: &[when(Terms::Outcomes, "a map from intents to actions")],
        groups: &[exactly_one(&["text", "ssml", "prompt", "initial_message"])],
        next: Next::Repeats("error"),
        branches: LEX_BOT_WAYS,
    },
    Form {
        key: "show_view",
        block: "Show view",
        action_type: "ShowView",
        summary: "Shows a view in the chat window or in the agent's workspace, and waits for its answer.",
        body: Body::Keys(SHOW_VIEW),
        beside: &[when(
            Terms::Outcomes,
            "a map from actions of the view to actions of the flow",
        )],
        groups: &[exactly_one(&["view", "managed_view"])],
        next: Next::Repeats("error"),
        branches: SHOW_VIEW_WAYS,
    },
    Form {
        key: "disconnect",
        block: "Disconnect",
        action_type: "DisconnectParticipant",
        summary: "Ends the contact.",
        body: Body::Nothing,
        beside: &[],
        groups: &[],
        next: Next::Nothing,
        branches: &[],
    },
];

const CUSTOM_BOT: &[FormKey] = &[
    needed(
        "join",
        "",
        ValueKind::Name(RefKind::Lambda),
        "the join Lambda",
        "the Lambda that brings the bot",
    ),
    needed(
        "leave",
        "",
        ValueKind::Name(RefKind::Lambda),
        "the leave Lambda",
        "the Lambda that disconnects the bot when the time is up",
    ),
    needed(
        "timeout",
        "",
        WAIT_TIME,
        "the timeout",
        "how long the bot may have the customer",
    ),
    optional(
        "greeting",
        "",
        ValueKind::Text,
        "the greeting",
        "what is said before the bot comes",
    ),
    optional(
        "customer_idle",
        "",
        ValueKind::Keys(&[
            optional(
                "warn_after",
                "",
                ROLE_TIMER,
                "the idle time",
                "until a silent customer counts as idle",
            ),
            optional(
                "disconnect_after",
                "",
                ROLE_TIMER,
                "the time to disconnect",
                "until an idle customer is disconnected",
            ),
        ]),
        "`customer_idle`",
        "the timers of the customer, which the join Lambda sets",
    ),
    optional(
        "bot",
        "",
        ValueKind::Keys(&[
            optional(
                "name",
                "",
                ValueKind::Text,
                "the text",
                "the bot's name in the chat",
            ),
            optional(
                "greeting",
                "",
                ValueKind::Text,
                "the text",
                "the bot's first message",
            ),
        ]),
        "`bot`",
        "how the bot presents itself",
    ),
    optional(
        "parameters",
        "",
        ValueKind::Texts,
        "`parameters`",
        "what the join Lambda gets beside",
    ),
];

const CUSTOM_BOT_WAYS: &[Branch] = &[
    branch(
        "bot_disconnected",
        Way::Pattern,
        Unsaid::Needed,
        "the bot has left",
    ),
    branch(
        "time_expired",
        Way::Pattern,
        Unsaid::Needed,
        "the time is up, and the bot was disconnected",
    ),
    branch(
        "join_failed",
        Way::Pattern,
        Unsaid::Needed,
        "the bot could not join",
    ),
    branch(
        "participant_not_found",
        Way::Pattern,
        Unsaid::Like("bot_disconnected"),
        "the bot was gone already",
    ),
    branch(
        "error",
        Way::Pattern,
        // The bot may still be there, so that the pattern passes through the leave Lambda.
        Unsaid::Absent,
        "the wait failed; if not said, the bot is disconnected as when the time is up",
    ),
    branch(
        "leave_failed",
        Way::Pattern,
        Unsaid::Like("time_expired"),
        "the bot could not be disconnected",
    ),
];

const LEX_BOT: &[FormKey] = &[
    needed(
        "bot",
        "LexV2Bot.AliasArn",
        ValueKind::Name(RefKind::LexBot),
        "the bot",
        "the alias of a Lex V2 bot",
    ),
    TEXT,
    SSML,
    PROMPT,
    optional(
        "initial_message",
        "LexInitializationData.InitialMessage",
        ValueKind::Text,
        "the first message",
        "what the bot hears first, often `$.Media.InitialMessage`",
    ),
    optional(
        "session_attributes",
        "LexSessionAttributes",
        ValueKind::Texts,
        "`session_attributes`",
        "what the bot's session starts with",
    ),
    optional(
        "timeout",
        "LexTimeoutSeconds.Text",
        ValueKind::Duration {
            least: 60,
            greatest: 604_800,
        },
        "the timeout",
        "how long the customer may be silent in a chat",
    ),
];

const LEX_BOT_WAYS: &[Branch] = &[
    branch(
        "time_expired",
        Way::Error("InputTimeLimitExceeded"),
        Unsaid::LikeIf {
            branch: OTHERWISE,
            key: "timeout",
        },
        "the customer was silent for too long",
    ),
    branch(
        OTHERWISE,
        Way::Error("NoMatchingCondition"),
        Unsaid::Needed,
        "the bot has another intent",
    ),
    branch(
        "error",
        Way::Error("NoMatchingError"),
        Unsaid::Like(OTHERWISE),
        "the bot failed",
    ),
];

const SHOW_VIEW: &[FormKey] = &[
    optional(
        "view",
        "ViewResource.Id",
        ValueKind::Name(RefKind::View),
        "the view",
        "a view of the instance, by its name",
    ),
    optional(
        "managed_view",
        "ViewResource.Id",
        ValueKind::Word,
        "the view",
        "a view of Amazon's own: `form`, `detail`, `list`, `cards`, `confirmation`",
    ),
    optional(
        "version",
        "ViewResource.Version",
        ValueKind::Word,
        "the version",
        "the version of the view, for example `Latest`",
    ),
    needed(
        "timeout",
        "InvocationTimeLimitSeconds",
        // The greatest is not known; exports have up to 5 hours.
        ValueKind::Duration {
            least: 1,
            greatest: u64::MAX,
        },
        "the timeout",
        "how long the view waits for an answer",
    ),
    FormKey {
        presence: Presence::EmptyMap,
        ..optional(
            "data",
            "ViewData",
            ValueKind::Json,
            "`data`",
            "the inputs of the view, with their JSON types",
        )
    },
];

const SHOW_VIEW_WAYS: &[Branch] = &[
    branch(
        OTHERWISE,
        Way::Error("NoMatchingCondition"),
        Unsaid::Like("error"),
        "the view answers with another of its actions",
    ),
    branch(
        "error",
        Way::Error("NoMatchingError"),
        Unsaid::Needed,
        "the view could not be shown",
    ),
    branch(
        "time_expired",
        Way::Error("TimeLimitExceeded"),
        Unsaid::Like("error"),
        "the view was not answered in time",
    ),
];
