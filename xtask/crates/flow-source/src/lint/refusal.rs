//! What the service's words say against a flow, in parts: rules word it anew for authors.

use flow::diagnostic::Span;
use flow::model::Action;
use flow::validate::Problem;

use super::{Context, Place, Report};

/// One reason for a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal<'a> {
    TooManyActions,
    UnknownStart,
    /// A transition to an action that does not exist.
    UnknownTarget(Way),
    MissingNext,
    /// Transitions out of an action that ends the flow.
    WayOutOfEnd,
    MissingError(&'a str),
    UnknownError(&'a str),
    MissingCondition(&'a str),
    /// A condition that the action does not have.
    IllegalCondition,
    /// Too few or too many conditions, or any where the action has none.
    IllegalConditions,
    MissingParameter(&'a str),
    /// None of these is there, separated by a comma and a space.
    NoneOf(&'a str),
    /// More than one of these is there.
    MoreThanOneOf(&'a str),
    IllegalValue(&'a str),
    /// Everything else: identifiers, types, parameters that nobody knows.
    Other,
}

/// Which transition of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Next,
    Condition(usize),
    Error(usize),
}

impl<'a> Refusal<'a> {
    /// Reads the words of the service.
    pub(crate) fn read(problem: &'a Problem) -> Self {
        let message = problem.message.as_str();
        let after = |mark: &str| message.split_once(mark).map(|it| it.1);
        let listed = |mark: &str| Some(after(mark)?.split_once(']')?.0);
        let named = |mark: &str| Some(after(mark)?.split_once(", Path")?.0);
        if message.starts_with("Invalid number of Actions") {
            Self::TooManyActions
        } else if message.starts_with("Invalid StartAction") {
            Self::UnknownStart
        } else if message == "Empty value in Parameters.Attributes" {
            Self::IllegalValue("Attributes")
        } else if message == "Action does not support conditions" {
            Self::IllegalConditions
        } else if message.starts_with("Action does not support transitions") {
            Self::WayOutOfEnd
        } else if message.starts_with("Invalid branch.") {
            Self::IllegalCondition
        } else if let Some(error) = named("missing required error. Error: ") {
            Self::MissingError(error)
        } else if let Some(error) = named("Invalid Action error. Error: ") {
            Self::UnknownError(error)
        } else if let Some(condition) = named("missing required condition. Condition: ") {
            Self::MissingCondition(condition)
        } else if let Some(names) = listed("At least one of [") {
            Self::NoneOf(names)
        } else if let Some(names) =
            listed("Only one of these properties may be defined. Properties: [")
        {
            Self::MoreThanOneOf(names)
        } else if message.starts_with("Action is missing required property.") {
            let parameter = after(".Parameters.");
            parameter.map_or(Self::MissingNext, Self::MissingParameter)
        } else if message.starts_with("Invalid Action property value.") {
            let parameter = after(".Parameters.").map(Self::IllegalValue);
            let transition = after(".Transitions.").map(Self::transition);
            parameter.or(transition).unwrap_or(Self::Other)
        } else {
            Self::Other
        }
    }

    fn transition(path: &str) -> Self {
        let number = |key: &str| path.strip_prefix(key)?.split_once(']')?.0.parse().ok();
        let condition = number("Conditions[").map(Way::Condition);
        let error = number("Errors[").map(Way::Error);
        let next = (path == "NextAction").then_some(Way::Next);
        let way = condition.or(error).or(next);
        way.map_or(Self::IllegalConditions, Self::UnknownTarget)
    }
}

/// A refusal of an action.
pub(crate) struct Refused<'a> {
    pub(crate) n: usize,
    pub(crate) action: &'a Action,
    pub(crate) refusal: Refusal<'a>,
}

/// What is refused of the actions, without those in which reading the sources has found an error:
/// that may be why.
pub(crate) fn of_actions<'c>(context: &'c Context<'_>) -> impl Iterator<Item = Refused<'c>> {
    let places = context.subject.places;
    context.refusals().filter_map(move |(problem, refusal)| {
        let n = problem.action?;
        let action = context.flow.actions.get(n)?;
        (!places.has_error_at(Some(n))).then_some(Refused { n, action, refusal })
    })
}

/// Whether a place is in flow JSON, where help has to speak of keys of the language.
pub(crate) fn is_in_json(place: &Span) -> bool {
    place.file.text.trim_start().starts_with('{')
}

/// Where an error branch that is missing may lead: where another branch of the action leads.
pub(crate) fn likely_target(action: &Action) -> &str {
    let ways = &action.transitions;
    let error = ways.errors.first().map(|it| &it.next);
    error
        .or(ways.next.as_ref())
        .map_or("<action>", |it| it.as_str())
}

/// Says how to write a branch, in the words of the source.
pub(crate) fn how_to_add_error(
    report: &Report<'_, '_>,
    refused: &Refused<'_>,
    error: &str,
) -> String {
    let target = likely_target(refused.action);
    if is_in_json(&report.span(Place::Action(refused.n))) {
        format!("add `{{\"NextAction\": \"{target}\", \"ErrorType\": \"{error}\"}}` to `Errors`")
    } else {
        format!("add `errors: {{ {error}: {target} }}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_service_are_understood() {
        for (message, expected) in [
            (
                "Action is missing required error. Error: NoMatchingError, Path: Actions[3]",
                Refusal::MissingError("NoMatchingError"),
            ),
            (
                "Invalid Action error. Error: TimeLimitExceeded, Path: Actions[3]",
                Refusal::UnknownError("TimeLimitExceeded"),
            ),
            (
                "Action is missing required condition. Condition: WaitCompleted, Path: Actions[0]",
                Refusal::MissingCondition("WaitCompleted"),
            ),
            (
                "Action is missing required property. Path: Actions[0].Parameters.LexV2Bot.AliasArn",
                Refusal::MissingParameter("LexV2Bot.AliasArn"),
            ),
            (
                "Action is missing required property. Path: Actions[0].Transitions.NextAction",
                Refusal::MissingNext,
            ),
            (
                "Invalid Action property value. Path: Actions[1].Parameters.QueueId",
                Refusal::IllegalValue("QueueId"),
            ),
            (
                "Invalid Action property value. Path: Actions[1].Transitions.Conditions[2].NextAction",
                Refusal::UnknownTarget(Way::Condition(2)),
            ),
            (
                "Invalid Action property value. Path: Actions[1].Transitions.NextAction",
                Refusal::UnknownTarget(Way::Next),
            ),
            (
                "Invalid Action property value. Path: Actions[1].Transitions.Conditions",
                Refusal::IllegalConditions,
            ),
            (
                "Invalid Action property value. Path: Actions[1].Identifier",
                Refusal::Other,
            ),
            (
                "At least one of [Text, SSML] must be set",
                Refusal::NoneOf("Text, SSML"),
            ),
            (
                "Only one of these properties may be defined. Properties: [Text, SSML]",
                Refusal::MoreThanOneOf("Text, SSML"),
            ),
            (
                "Invalid branch. Path: 3.Evaluate",
                Refusal::IllegalCondition,
            ),
            (
                "Action does not support transitions. Path: Actions[2]",
                Refusal::WayOutOfEnd,
            ),
            ("Invalid Action type. Type: X", Refusal::Other),
            ("Something new", Refusal::Other),
        ] {
            let problem = Problem::said(message);
            assert_eq!(Refusal::read(&problem), expected, "{message}");
        }
    }
}
