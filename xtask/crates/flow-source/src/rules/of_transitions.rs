//! The rules about actions and their ways out as the sources write them: what lowering reports.

use flow::diagnostic::Severity;

use super::Rule;

pub(crate) static UNKNOWN_CONNECT_PARAMETER: Rule = Rule {
    code: "C001",
    name: "unknown-parameter",
    severity: Severity::Warning,
    finds: "a parameter that an action of its type is not known to have",
    why: "\
Connect refuses parameters that it does not know, and grows faster than any catalogue: so an unknown \
one is kept, with a warning. Where a known one is near it is taken for a slip of the hand, and is an \
error.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    type: MessageParticipant
    parameters: { Text: Hello, Loudness: \"11\" }
    next: end
    errors: { NoMatchingError: end }
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    type: MessageParticipant
    parameters: { Text: Hello }
    next: end
    errors: { NoMatchingError: end }
  end:
    disconnect: {}
",
};

pub(crate) static DURATION_OUT_OF_RANGE: Rule = Rule {
    code: "C005",
    name: "duration-out-of-range",
    severity: Severity::Error,
    finds: "a duration that Connect does not take there",
    why: "\
A Wait takes 1 second to 7 days, a Lambda 1 to 8 seconds, the idle timers of a chat 2 to 480 minutes \
(Amazon Connect API reference and administrator guide). What a template gives is checked for each \
environment.",
    bad: "\
flow: example
start: pause
actions:
  pause:
    wait: 8d
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: pause
actions:
  pause:
    wait: 7d
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static IDLE_TIME_BEYOND_WAIT: Rule = Rule {
    code: "C007",
    name: "idle-time-beyond-wait",
    severity: Severity::Warning,
    finds: "idle times of a customer that the bot's wait never lets run out",
    why: "\
The idle timers of a chat and the Wait for the bot run side by side, and neither touches the other. \
If the wait is over first, the customer is never disconnected for being idle: the time-expired branch \
is taken instead.

Wait longer, or let the customer be idle for less.",
    bad: "\
flow: example
start: bot
actions:
  bot:
    custom_bot:
      greeting: Hello
      join: bot-join
      leave: bot-leave
      timeout: 5m
      customer_idle: { warn_after: 4m, disconnect_after: 4m }
    on: { bot_disconnected: end, time_expired: end, join_failed: end }
  end:
    disconnect: {}
",
    good: "\
flow: example
start: bot
actions:
  bot:
    custom_bot:
      greeting: Hello
      join: bot-join
      leave: bot-leave
      timeout: 15m
      customer_idle: { warn_after: 4m, disconnect_after: 4m }
    on: { bot_disconnected: end, time_expired: end, join_failed: end }
  end:
    disconnect: {}
",
};

pub(crate) static UNKNOWN_ACTION: Rule = Rule {
    code: "F001",
    name: "unknown-action",
    severity: Severity::Error,
    finds: "an action that does nothing known, or two things",
    why: "\
Each action has one key that says what it does: a short form such as `play_prompt`, or `type` with a \
type of the Flow language. A type that nobody here knows goes to Connect as it is, with a warning; \
one that is nearly a known one is an error.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    say: Hello
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static UNKNOWN_NEXT_ACTION: Rule = Rule {
    code: "F003",
    name: "unknown-next-action",
    severity: Severity::Error,
    finds: "a transition to an action that does not exist",
    why: "Connect refuses a flow in which a transition, or the start, leads to no action.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: edn
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static MISSING_WAY_OUT: Rule = Rule {
    code: "F004",
    name: "missing-way-out",
    severity: Severity::Error,
    finds: "an action of which nothing says what comes after it",
    why: "\
An action that does not end the flow has to lead on, and on each branch that its author has to decide \
about: what is to happen when the bot's time is over, or when its Lambda fails.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static WAY_OUT_OF_LAST_ACTION: Rule = Rule {
    code: "F005",
    name: "way-out-of-last-action",
    severity: Severity::Error,
    finds: "a transition out of an action that ends the flow",
    why: "Nothing comes after it, and Connect refuses transitions there, even empty ones.",
    bad: "\
flow: example
start: end
actions:
  end:
    disconnect: {}
    next: end
",
    good: "\
flow: example
start: end
actions:
  end:
    disconnect: {}
",
};

pub(crate) static UNKNOWN_BRANCH: Rule = Rule {
    code: "F007",
    name: "unknown-branch",
    severity: Severity::Error,
    finds: "a branch that an action does not have",
    why: "\
A short form has the branches that its documentation lists under `on`; an action in its own terms has \
the errors of its type under `errors`. Connect refuses errors that an action does not have.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: end
    on: { time_expired: end }
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: end
    on: { error: end }
  end:
    disconnect: {}
",
};
