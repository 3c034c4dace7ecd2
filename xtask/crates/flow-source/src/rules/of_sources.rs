//! The rules about source files and what stands in them, family S: what reading reports.

use flow::diagnostic::Severity;

use super::Rule;

pub(crate) static NOT_UTF8: Rule = Rule {
    code: "S001",
    name: "not-utf8",
    severity: Severity::Error,
    finds: "a source file that is not UTF-8",
    why: "\
Flows are text in every language of a team's customers, so the sources have one encoding, UTF-8. \
The first byte that does not belong is shown.

Save the file as UTF-8.",
    bad: "",
    good: "",
};

pub(crate) static INVALID_YAML: Rule = Rule {
    code: "S002",
    name: "invalid-yaml",
    severity: Severity::Error,
    finds: "a source that is not YAML, or has what these sources have no use for",
    why: "\
Beside faults of syntax that is: a second document in a file, tags other than `!json`, and nesting \
or aliases beyond what any flow needs. A template at the start of a value has to stand in quotes, \
since `{` begins a map in YAML.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: {{ vars.brand }}
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: \"{{ vars.brand }}\"
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static DUPLICATE_KEY: Rule = Rule {
    code: "S003",
    name: "duplicate-key",
    severity: Severity::Error,
    finds: "a key that stands twice in a map",
    why: "\
Of two values under one key only one could count, and which one differs between readers of YAML.

Remove one of them, or give it another key.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    play_prompt: Good morning
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Good morning
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static SOURCE_TOO_LARGE: Rule = Rule {
    code: "S004",
    name: "source-too-large",
    severity: Severity::Error,
    finds: "a file that is too large to be a source",
    why: "\
A flow has at most 256,000 characters of JSON, so a file of more than 2 MiB is something else: an \
archive or a recording that came into the folder by mistake. It is not read.",
    bad: "",
    good: "",
};

pub(crate) static UNKNOWN_KEY: Rule = Rule {
    code: "S005",
    name: "unknown-key",
    severity: Severity::Error,
    finds: "a key that a source or an action does not have",
    why: "\
Most often it is a slip of the hand, and what it was to say would be lost. The keys that could have \
been meant are named; `--fix` corrects a slip where only one is near.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    nxt: end
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

pub(crate) static MISSING_KEY: Rule = Rule {
    code: "S006",
    name: "missing-key",
    severity: Severity::Error,
    finds: "a source or an action without a key that it needs",
    why: "\
A source says which flow or module it is, where it starts and which actions it has; many actions \
have something they cannot do without, such as the Lambda that a `custom_bot` joins by.",
    bad: "\
flow: example
actions:
  end:
    disconnect: {}
",
    good: "\
flow: example
start: end
actions:
  end:
    disconnect: {}
",
};

pub(crate) static UNEXPECTED_SHAPE: Rule = Rule {
    code: "S007",
    name: "unexpected-shape",
    severity: Severity::Error,
    finds: "a list where a text is expected, a text where a map is, and so on",
    why: "What is expected and what stands there are both named.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: [Hello, Good morning]
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

pub(crate) static INVALID_TEMPLATE: Rule = Rule {
    code: "S008",
    name: "invalid-template",
    severity: Severity::Error,
    finds: "a template that cannot be read, or that gives no text",
    why: "\
Templates are minijinja, strict about undefined names, and each stands in one scalar: it cannot \
begin in one and end in another.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: \"Hello from {{ vars.brand\"
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: \"Hello from {{ vars.brand }}\"
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static UNKNOWN_VARIABLE: Rule = Rule {
    code: "S009",
    name: "unknown-variable",
    severity: Severity::Error,
    finds: "a variable that an environment does not have",
    why: "\
Variables are defined under `vars` of each environment. One that is missing in a single environment \
is reported for that one: the others may well have it.

Add it there, or give it a default: `{{ vars.name | default('..') }}`.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: \"Hello from {{ vars.brnad }}\"
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: \"Hello from {{ vars.brand }}\"
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static INVALID_DURATION: Rule = Rule {
    code: "S010",
    name: "invalid-duration",
    severity: Severity::Error,
    finds: "a duration that is none",
    why: "\
A duration is a number with a unit, greater units first: `30s`, `15m`, `1h30m`, `7d`. A bare number \
would leave open of what; Connect counts some times in seconds and others in minutes.",
    bad: "\
flow: example
start: pause
actions:
  pause:
    wait: 90
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: pause
actions:
  pause:
    wait: 90s
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static TEMPLATE_IN_STRUCTURE: Rule = Rule {
    code: "S011",
    name: "template-in-structure",
    severity: Severity::Error,
    finds: "a template where the structure of a flow is written",
    why: "\
Names of actions, transitions and references are the same in every environment; so the flow that was \
tested in one is the flow that runs in the other, and only values differ.

Compare a variable's value in the flow, or write two actions.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: \"{{ vars.after_greeting }}\"
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: \"Hello from {{ vars.brand }}\"
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static EMPTY_TEXT: Rule = Rule {
    code: "S012",
    name: "empty-text",
    severity: Severity::Error,
    finds: "a text that is empty, in the source or in an environment",
    why: "Connect refuses empty texts in parameters; a single space is taken. Attributes cannot be \
          set to nothing either.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: \"\"
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

pub(crate) static INVALID_VALUE: Rule = Rule {
    code: "S013",
    name: "invalid-value",
    severity: Severity::Error,
    finds: "a value that is none of those that can stand there",
    why: "The values that can, or the one that may have been meant, are named.",
    bad: "\
flow: example
type: costumer_queue
start: end
actions:
  end:
    end_flow: {}
",
    good: "\
flow: example
type: customer_queue
start: end
actions:
  end:
    end_flow: {}
",
};

pub(crate) static LEGACY_EXPORT: Rule = Rule {
    code: "S040",
    name: "legacy-export",
    severity: Severity::Error,
    finds: "flow JSON in the format that Connect used before the Flow language",
    why: "\
Such a file has `modules` and `start` where the Flow language has `Actions` and `StartAction`. \
Nothing here reads it.

Import the file into Connect's designer, save the flow, and export it again.",
    bad: r#"{
  "modules": [{ "id": "one", "type": "Disconnect", "branches": [], "parameters": [] }],
  "version": "1",
  "type": "contactFlow",
  "start": "one"
}
"#,
    good: r#"{
  "Version": "2019-10-30",
  "StartAction": "one",
  "Actions": [
    { "Identifier": "one", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} }
  ]
}
"#,
};

pub(crate) static INVALID_JSON: Rule = Rule {
    code: "S041",
    name: "invalid-json",
    severity: Severity::Error,
    finds: "a file that should be JSON and is not",
    why: "It is shown where the reading stopped; what is wrong stands there or just before.",
    bad: r#"{
  "Version": "2019-10-30",
  "StartAction": "one",
  "Actions": [
    { "Identifier": "one", "Type": "DisconnectParticipant", }
  ]
}
"#,
    good: r#"{
  "Version": "2019-10-30",
  "StartAction": "one",
  "Actions": [
    { "Identifier": "one", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} }
  ]
}
"#,
};

pub(crate) static NO_FLOW_DOCUMENT: Rule = Rule {
    code: "S042",
    name: "no-flow-document",
    severity: Severity::Error,
    finds: "JSON that is not a document of the Flow language",
    why: "\
A flow document has `Version` (2019-10-30), `StartAction` and `Actions`, and each part its shape. \
Keys that are not known are kept, but for those inside conditions and error branches, where the \
language has no others.",
    bad: r#"{
  "Version": "2019-10-30",
  "StartAction": "one",
  "Actions": { "one": { "Type": "DisconnectParticipant" } }
}
"#,
    good: r#"{
  "Version": "2019-10-30",
  "StartAction": "one",
  "Actions": [
    { "Identifier": "one", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} }
  ]
}
"#,
};

pub(crate) static INVALID_CONFIGURATION: Rule = Rule {
    code: "S043",
    name: "invalid-configuration",
    severity: Severity::Error,
    finds: "a part of `.flowyard.yaml` that says nothing",
    why: "\
The file has `rules`, a map from rules to severities (`error`, `warning`, `info`, `off`), and \
`allow`, a list of allowances. Errors of reading sources cannot be lowered or allowed: behind them \
there is no flow to speak of.",
    bad: "",
    good: "",
};

pub(crate) static UNKNOWN_RULE: Rule = Rule {
    code: "S044",
    name: "unknown-rule",
    severity: Severity::Warning,
    finds: "the name of a rule that does not exist, in a configuration or an allowance",
    why: "\
It is written to silence or to raise something, and does nothing. `check --explain` and this page \
list the rules; a code and a name do the same.",
    bad: "\
flow: example
start: end
actions:
  # flowyard: allow(unreachable-actoin) called by hand
  end:
    disconnect: {}
",
    good: "\
flow: example
start: end
actions:
  end:
    disconnect: {}
  # flowyard: allow(unreachable-action) called by hand
  spare:
    disconnect: {}
",
};

pub(crate) static UNUSED_ALLOWANCE: Rule = Rule {
    code: "S045",
    name: "unused-allowance",
    severity: Severity::Info,
    finds: "an allowance in a comment that allows nothing",
    why: "\
What it allowed is gone, or never was there; left standing it would silence the next finding of its \
kind unseen. `--fix` removes it.",
    bad: "\
flow: example
start: end
actions:
  # flowyard: allow(unreachable-action) called by hand
  end:
    disconnect: {}
",
    good: "\
flow: example
start: end
actions:
  end:
    disconnect: {}
",
};

pub(crate) static INVALID_LAYOUT: Rule = Rule {
    code: "S030",
    name: "invalid-layout",
    severity: Severity::Error,
    finds: "a layout file that cannot be read",
    why: "\
`<flow>.layout.json` lies beside an imported flow and keeps what the YAML does not say: positions, \
notes, original identifiers. Without it the flow would go to Connect with other identifiers and \
be drawn anew, so it is not passed over.

Mend it, import the flow again, or delete the file to have the flow laid out.",
    bad: "",
    good: "",
};

pub(crate) static STALE_LAYOUT: Rule = Rule {
    code: "S031",
    name: "stale-layout",
    severity: Severity::Info,
    finds: "a layout file that keeps the place of actions that are gone",
    why: "\
An action that was removed leaves its line in the layout file, where it does nothing. One that was \
renamed loses its place and its original identifier, until it has its new name there too.",
    bad: "",
    good: "",
};

pub(crate) static LAYOUT_WITHOUT_FLOW: Rule = Rule {
    code: "S032",
    name: "layout-without-flow",
    severity: Severity::Warning,
    finds: "a layout file with no flow beside it",
    why: "\
A layout file belongs to the flow in the YAML file of the same name. Whoever renames or deletes the \
one does so with the other.",
    bad: "",
    good: "",
};

pub(crate) static NOT_IMPORTABLE: Rule = Rule {
    code: "S033",
    name: "not-importable",
    severity: Severity::Error,
    finds: "flow JSON whose sources would not give the same JSON again",
    why: "\
Every import is tried before it is written: the sources are compiled and compared with the original. \
Where something would be lost nothing is written. Known cases are values nested deeper than YAML \
sources may be (64 levels), and documents larger than a source file may be (2 MiB).",
    bad: "",
    good: "",
};
