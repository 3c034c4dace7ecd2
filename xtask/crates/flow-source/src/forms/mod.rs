//! The short forms of actions, as data: which keys and branches each has, what they become, and
//! how to say in a sentence what they are for.
//!
//! Lowering takes what stands here and refuses everything else; the guide, the JSON Schema and the
//! way back from a flow document to sources are made from the same tables.

mod contact;
mod control;
mod participant;
mod queue;

use std::collections::HashMap;
use std::sync::LazyLock;

use flow::identifiers::Quick;
use flow::model::FlowType;
use flow::value::RefKind;

/// A short form: a key that says what an action does.
#[derive(Debug)]
pub struct Form {
    /// The word in the sources: `play_prompt`.
    pub key: &'static str,
    /// What Connect's designer calls the block.
    pub block: &'static str,
    /// The action type it becomes; of a pattern the first one.
    pub action_type: &'static str,
    /// What it does, as a sentence.
    pub summary: &'static str,
    /// What stands under the word.
    pub body: Body,
    /// Keys that stand beside the word.
    pub beside: &'static [FormKey],
    /// Keys that have to do with each other.
    pub groups: &'static [Group],
    pub next: Next,
    /// The ways out beside `next`, in the order in which the console writes them.
    pub branches: &'static [Branch],
}

/// What stands under the word of a form.
#[derive(Debug)]
pub enum Body {
    /// Nothing: `disconnect: {}`.
    Nothing,
    /// One value: `set_logging: enabled`.
    Value(FormKey),
    /// A map: `custom_bot: { join: bot-join, .. }`.
    Keys(&'static [FormKey]),
    /// A map, or the value of its first key alone: `play_prompt: Hello`.
    FirstOrKeys(&'static [FormKey]),
}

/// A key of a form, and the parameter it becomes.
#[derive(Clone, Copy, Debug)]
pub struct FormKey {
    /// The word in the sources; of a body that is one value the word of the form.
    pub key: &'static str,
    /// The parameter of the action; a name with dots lies inside others. Empty where the form
    /// makes something else of the value.
    pub parameter: &'static str,
    pub kind: ValueKind,
    pub presence: Presence,
    /// What messages call the value: `the prompt`.
    pub what: &'static str,
    /// What it is for, as a phrase.
    pub summary: &'static str,
}

/// Keys of a body that have to do with each other.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub keys: &'static [&'static str],
    pub count: Count,
}

/// How many keys of a group are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    ExactlyOne,
    AtMostOne,
    AtLeastOne,
}

/// What happens where a key is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has to be.
    Needed,
    /// The action has no such parameter.
    Optional,
    /// The parameter has this text all the same; `null` leaves it out.
    Default(&'static str),
    /// The parameter is an empty map.
    EmptyMap,
}

/// The shapes of values.
#[derive(Clone, Copy, Debug)]
pub enum ValueKind {
    /// Text, with templates and JSONPaths in it.
    Text,
    /// Text that is the same in every environment.
    Word,
    /// A map from names to texts.
    Texts,
    /// The same; a value may also be a map or list of texts.
    NestedTexts,
    /// The same, each text wrapped as flow attributes are: `{ Value: .. }`.
    FlowAttributes,
    /// A list of texts.
    TextList,
    /// Anything, scalars with their JSON types.
    Json,
    /// The name of something, or a JSONPath to its id.
    Name(RefKind),
    /// The name of a flow of one of some types.
    Flow(&'static [FlowType]),
    /// One JSONPath.
    Path,
    /// A duration in seconds within limits, or a JSONPath to the number.
    Duration { least: u64, greatest: u64 },
    /// A duration in whole minutes.
    Minutes { least: u64, greatest: u64 },
    /// A whole number within limits, or a JSONPath to it.
    Number { least: i64, greatest: i64 },
    /// One of some words, each with the text it becomes.
    Choice(&'static [(&'static str, &'static str)]),
    /// The same, as a list of one text.
    ChoiceList(&'static [(&'static str, &'static str)]),
    /// A map from values to actions, or a list of comparisons of this sort.
    Conditions(Terms),
    /// A list of percentages with the actions they lead to.
    Shares,
    /// A map with keys of its own.
    Keys(&'static [FormKey]),
}

/// Which comparisons a list of conditions may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// All of them.
    Any,
    /// `equals` and those of numbers.
    Numbers,
    /// `equals` alone: a map does.
    Outcomes,
    /// All of them, and `operator` with `operands` as the Flow language has them.
    Raw,
}

/// Where the run goes when nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// `next` has to be written.
    Needed,
    /// `next` cannot be written, since the run always leaves through a branch. The document has
    /// the key all the same; there it repeats the target of this branch, as the console does.
    Repeats(&'static str),
    /// Nothing comes after the action.
    Nothing,
}

/// A way out of an action beside `next`.
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    /// The word under `on`; `otherwise` stands beside it.
    pub key: &'static str,
    pub becomes: Way,
    pub unsaid: Unsaid,
    /// When it is taken, as a phrase.
    pub summary: &'static str,
}

/// What a branch is in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// An error branch of this type.
    Error(&'static str),
    /// A condition that the outcome equals this operand.
    Equals(&'static str),
    /// A condition that the outcome is a number greater than this one.
    Over(&'static str),
    /// Something of the pattern's own.
    Pattern,
}

/// Where a branch leads that the author does not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// It has to be written.
    Needed,
    /// To the same action as `next`.
    LikeNext,
    /// To the same action as another branch.
    Like(&'static str),
    /// The document has no such branch.
    Absent,
    /// As another branch if a key of the form is written, and absent if not.
    LikeIf {
        branch: &'static str,
        key: &'static str,
    },
}

/// All short forms, those of one subject beside each other.
pub fn forms() -> impl Iterator<Item = &'static Form> {
    let families = [
        participant::FORMS,
        control::FORMS,
        contact::FORMS,
        queue::FORMS,
    ];
    families.into_iter().flatten()
}

/// The form with this word.
pub fn form(key: &str) -> Option<&'static Form> {
    // Asked for every key of every action.
    static BY_KEY: LazyLock<HashMap<&str, &Form, Quick>> =
        LazyLock::new(|| forms().map(|form| (form.key, form)).collect());
    BY_KEY.get(key).copied()
}

/// The raw form, `type`, which is not among [`forms`]: any action in its own terms.
pub static RAW: Form = Form {
    key: "type",
    block: "any",
    action_type: "any",
    summary: "Writes any action of the Flow language in its own terms.",
    body: Body::Value(needed(
        "type",
        "",
        ValueKind::Word,
        "the type",
        "the action type, as the Flow language spells it",
    )),
    beside: &[
        optional(
            "parameters",
            "",
            ValueKind::Json,
            "`parameters`",
            "the parameters; plain scalars become text, `!json` keeps their JSON types",
        ),
        optional(
            "conditions",
            "",
            ValueKind::Conditions(Terms::Raw),
            "`conditions`",
            "a map from values to actions, or a list of comparisons",
        ),
        optional(
            "errors",
            "",
            ValueKind::Json,
            "`errors`",
            "a map from error types to actions",
        ),
        optional(
            "extra",
            "",
            ValueKind::Json,
            "`extra`",
            "keys of the action that the language does not have",
        ),
        optional(
            "extra_transitions",
            "",
            ValueKind::Json,
            "`extra_transitions`",
            "keys of the transitions that the language does not have",
        ),
    ],
    groups: &[],
    next: Next::Needed,
    branches: &[],
};

impl Form {
    /// The keys under the word, if a map can stand there.
    pub fn keys(&self) -> &'static [FormKey] {
        match self.body {
            Body::Keys(keys) | Body::FirstOrKeys(keys) => keys,
            Body::Nothing | Body::Value(_) => &[],
        }
    }

    pub fn branch(&self, key: &str) -> Option<&'static Branch> {
        self.branches.iter().find(|branch| branch.key == key)
    }

    /// The words that may stand in an action beside the form's own.
    pub(crate) fn words_beside(&self) -> impl Iterator<Item = &'static str> {
        let has_on = self.branches.iter().any(|it| it.key != OTHERWISE);
        let has_otherwise = self.branch(OTHERWISE).is_some();
        let next = (self.next == Next::Needed).then_some("next");
        let on = has_on.then_some("on");
        let otherwise = has_otherwise.then_some(OTHERWISE);
        let beside = self.beside.iter().map(|it| it.key);
        next.into_iter().chain(on).chain(beside).chain(otherwise)
    }
}

/// The one branch that stands beside `on`.
pub(crate) const OTHERWISE: &str = "otherwise";

const fn optional(
    key: &'static str,
    parameter: &'static str,
    kind: ValueKind,
    what: &'static str,
    summary: &'static str,
) -> FormKey {
    FormKey {
        key,
        parameter,
        kind,
        presence: Presence::Optional,
        what,
        summary,
    }
}

const fn needed(
    key: &'static str,
    parameter: &'static str,
    kind: ValueKind,
    what: &'static str,
    summary: &'static str,
) -> FormKey {
    FormKey {
        presence: Presence::Needed,
        ..optional(key, parameter, kind, what, summary)
    }
}

const fn exactly_one(keys: &'static [&'static str]) -> Group {
    let count = Count::ExactlyOne;
    Group { keys, count }
}

const fn branch(key: &'static str, becomes: Way, unsaid: Unsaid, summary: &'static str) -> Branch {
    Branch {
        key,
        becomes,
        unsaid,
        summary,
    }
}

/// The error branch of an action that changes nothing but the contact's data, so that the run may
/// go on as if nothing had happened.
const ERROR_LIKE_NEXT: Branch = branch(
    "error",
    Way::Error("NoMatchingError"),
    Unsaid::LikeNext,
    "the action failed",
);

/// The error branch of an action after which somebody has to decide.
const ERROR_NEEDED: Branch = branch(
    "error",
    Way::Error("NoMatchingError"),
    Unsaid::Needed,
    "the action failed",
);

/// `when` with comparisons of a sort.
const fn when(terms: Terms, summary: &'static str) -> FormKey {
    optional("when", "", ValueKind::Conditions(terms), "`when`", summary)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use flow::catalogue;
    use flow::model::ActionKind;

    use super::*;

    #[test]
    fn every_form_becomes_a_known_action_with_known_parameters_and_errors() {
        for form in forms() {
            let facts = catalogue::entry(&ActionKind::new(form.action_type))
                .unwrap_or_else(|| panic!("{}: no type {}", form.key, form.action_type));
            let own = match &form.body {
                Body::Value(key) => std::slice::from_ref(key),
                _ => form.keys(),
            };
            for key in own.iter().chain(form.beside) {
                let top = key.parameter.split('.').next().unwrap_or_default();
                assert!(
                    top.is_empty() || facts.parameter(top).is_some(),
                    "{}: {top}",
                    form.key
                );
            }
            for branch in form.branches {
                if let Way::Error(error) = branch.becomes {
                    let is_known = facts.errors.iter().any(|it| it.name == error);
                    assert!(is_known, "{}: {error}", form.key);
                }
            }
        }
    }

    #[test]
    fn branches_that_follow_another_name_one_of_the_form() {
        for form in forms() {
            for branch in form.branches {
                if let Unsaid::Like(other) | Unsaid::LikeIf { branch: other, .. } = branch.unsaid {
                    assert!(form.branch(other).is_some(), "{}: {other}", form.key);
                }
            }
            if let Next::Repeats(other) = form.next {
                assert!(form.branch(other).is_some(), "{}: {other}", form.key);
            }
        }
    }

    #[test]
    fn no_word_is_used_twice() {
        let words: BTreeSet<&str> = forms().map(|form| form.key).collect();
        assert_eq!(words.len(), forms().count());
        for form in forms() {
            let beside: BTreeSet<&str> = form.words_beside().collect();
            assert_eq!(beside.len(), form.words_beside().count(), "{}", form.key);
        }
    }
}
