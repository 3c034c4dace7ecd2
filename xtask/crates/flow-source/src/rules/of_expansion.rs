//! The rules about fragments and repetition, of the families R and S: what expanding reports.

use flow::diagnostic::Severity;

use super::Rule;

pub(crate) static UNKNOWN_FRAGMENT: Rule = Rule {
    code: "R010",
    name: "unknown-fragment",
    severity: Severity::Error,
    finds: "the use of a fragment that no source defines",
    why: "\
A fragment is a file that begins with `fragment: <name>`, anywhere under `flows/`.

Write the name that the file gives, or add the file.",
    bad: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: aks
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};

pub(crate) static MISSING_PARAMETER: Rule = Rule {
    code: "S014",
    name: "missing-fragment-parameter",
    severity: Severity::Error,
    finds: "a use of a fragment that leaves out a parameter without a default",
    why: "\
Every parameter that a fragment declares without a `default` has to get a value under `with`.

Give it one, or give the parameter a default.",
    bad: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};

pub(crate) static UNKNOWN_FRAGMENT_PARAMETER: Rule = Rule {
    code: "S015",
    name: "unknown-fragment-parameter",
    severity: Severity::Error,
    finds: "a parameter that its fragment does not declare",
    why: "\
What a use hands over and what the actions of a fragment use as `{{ params.<name> }}` has to \
stand under `parameters`.

Write the declared name, or declare it.",
    bad: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.qestion }}\"
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};

pub(crate) static MISTYPED_PARAMETER: Rule = Rule {
    code: "S016",
    name: "mistyped-fragment-parameter",
    severity: Severity::Error,
    finds: "a value that is not of its parameter's type",
    why: "\
A parameter takes what its type says: `text`, `number`, `duration`, `boolean`, `list`, `map`, \
`action`, or a kind of reference such as `queue`. What an environment fills in is checked where \
it is used.

Hand over a value of that type.",
    bad: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: [What, is, it] }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};

pub(crate) static UNUSED_PARAMETER: Rule = Rule {
    code: "S017",
    name: "unused-fragment-parameter",
    severity: Severity::Warning,
    finds: "a parameter that no action of its fragment uses",
    why: "\
Whoever uses the fragment hands over a value that changes nothing.

Remove the parameter, or use it.",
    bad: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text, answer: { type: text, default: none } }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};

pub(crate) static UNUSED_FRAGMENT: Rule = Rule {
    code: "S018",
    name: "unused-fragment",
    severity: Severity::Info,
    finds: "a fragment that no flow uses",
    why: "\
Its actions are looked into where they are used, so nobody has checked them.

Use it, or remove the file.",
    bad: "\
flow: example
start: end
actions:
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};

pub(crate) static RECURSIVE_FRAGMENT: Rule = Rule {
    code: "S019",
    name: "recursive-fragment",
    severity: Severity::Error,
    finds: "a fragment that uses itself, directly or through others",
    why: "\
A use stands for the actions of the fragment, so this would never end. A flow goes back by a \
transition to an earlier action.

Lead a transition back instead, or take the repeated part out.",
    bad: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    fragment: ask
    with: { question: \"{{ params.question }}\" }
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};

pub(crate) static EXPANSION_TOO_LARGE: Rule = Rule {
    code: "S020",
    name: "expansion-too-large",
    severity: Severity::Error,
    finds: "fragments and lists that make more than any flow can have",
    why: "\
Uses inside uses multiply. A flow has at most 250 actions and 256,000 characters; one file may \
make 100,000 values and 4 MiB of text, and fragments may use each other 16 deep.

Shorten the lists, or make a flow or module of a part.",
    bad: "",
    good: "",
};

pub(crate) static INVALID_LIST: Rule = Rule {
    code: "S021",
    name: "invalid-list",
    severity: Severity::Error,
    finds: "a `for_each` without a list that it could repeat something for",
    why: "\
The list stands there itself, under `lists` at the top of the file, or comes as a parameter of \
type `list`. Actions are named after the items, so an item that is a map needs a `name`.

Write `for_each: { item: [one, two] }`, or the name of a list of the file.",
    bad: "\
flow: example
start: greet en
lists:
  languages: [en, de]
actions:
  greet:
    for_each: { language: langauges }
    play_prompt: \"Hello in {{ language }}\"
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet en
lists:
  languages: [en, de]
actions:
  greet:
    for_each: { language: languages }
    play_prompt: \"Hello in {{ language }}\"
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static STRUCTURE_INSIDE_TEXT: Rule = Rule {
    code: "S022",
    name: "structure-inside-text",
    severity: Severity::Error,
    finds: "a list, a map, an action or a reference inside a text",
    why: "\
Such a value stands for a whole scalar of the source: `\"{{ params.queue }}\"` and nothing beside \
it. Only texts, numbers, durations and booleans can be part of a text.

Let it stand alone, or hand over a text.",
    bad: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: [What, is, it] }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: list }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"I ask: {{ params.question }}\"
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};

pub(crate) static AMBIGUOUS_ACTION: Rule = Rule {
    code: "S023",
    name: "ambiguous-action",
    severity: Severity::Error,
    finds: "a transition to an action that there is once for each item of a list",
    why: "\
Without `next_item` the actions of a `for_each` are independent of each other, and the name alone \
means none of them.

Name the one that is meant: `<action> <item>`.",
    bad: "\
flow: example
start: greet
lists:
  languages: [en, de]
actions:
  greet:
    for_each: { language: languages }
    play_prompt: \"Hello in {{ language }}\"
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet en
lists:
  languages: [en, de]
actions:
  greet:
    for_each: { language: languages }
    play_prompt: \"Hello in {{ language }}\"
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static UNUSED_EXIT: Rule = Rule {
    code: "S024",
    name: "unused-exit",
    severity: Severity::Warning,
    finds: "an exit to which nothing in its fragment leads",
    why: "\
Whoever uses the fragment says what comes after the exit, and a contact never gets there.

Lead a transition to the exit, or remove it.",
    bad: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    on: { done: end, failed: end }
  end:
    disconnect: {}
---
fragment: ask
parameters: {}
exits: [done, failed]
start: say
actions:
  say:
    play_prompt: Hello
    next: done
",
    good: "\
flow: example
start: ask_name
actions:
  ask_name:
    fragment: ask
    with: { question: \"What is your name?\" }
    next: end
  end:
    disconnect: {}
---
fragment: ask
parameters: { question: text }
exits: [done]
start: say
actions:
  say:
    play_prompt: \"{{ params.question }}\"
    next: done
",
};
