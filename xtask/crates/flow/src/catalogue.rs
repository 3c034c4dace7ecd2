//! What is known about each action type of the Flow language, as data: `catalogue.json` has one
//! line per type. Adding a type is adding a line; no code knows the list.
//!
//! Facts only. What the service does with them is in [`crate::validate`], what an author should
//! hear about them in the linter.

mod data;
mod page;

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::identifiers::Quick;
use crate::model::{Action, ActionKind, FlowType};
use crate::value::{Map, Value};

pub use data::{SetFact, Written, written};
pub use page::reference_page;

static CATALOGUE: LazyLock<IndexMap<String, Entry, Quick>> = LazyLock::new(|| {
    let entries: Vec<Entry> = serde_json::from_str(include_str!("catalogue.json"))
        .expect("the catalogue is part of the crate and its test reads it");
    let named = entries.into_iter().map(|mut entry| {
        for parameter in &mut entry.parameters {
            parameter.outer_length = parameter.name.find('.').unwrap_or(0);
        }
        (entry.kind.clone(), entry)
    });
    named.collect()
});

/// The facts about an action type, if it is a known one. Free of cost: a kind keeps its entry.
pub fn entry(kind: &ActionKind) -> Option<&'static Entry> {
    kind.entry()
}

/// The facts about the action type with this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.get(name)
}

/// All known action types.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    CATALOGUE.values()
}

/// The designer's name of the block that an action is shown as: *Play prompt*, *Wait* and so on.
/// Several types share a block, and some blocks hang on a parameter. Types that nobody here knows
/// are called by their type.
pub fn block(action: &Action) -> &str {
    let Some(entry) = entry(&action.kind) else {
        return action.kind.as_str();
    };
    let by_parameter = entry.block_when.iter();
    by_parameter
        .filter(|it| has(&action.parameters, &it.parameter, it.is.as_deref()))
        .map(|it| it.block.as_str())
        .next()
        .unwrap_or(&entry.block)
}

/// Whether the customer hears or sees something when this action runs.
pub fn speaks(action: &Action) -> bool {
    has_trait(action, Trait::Speaks) && !is_buffer_form(action)
}

/// Whether the action waits for something that the customer enters.
pub fn takes_input(action: &Action) -> bool {
    has_trait(action, Trait::Input) && !is_buffer_form(action)
}

/// Whether the contact stays at this action for some time, be it for a time limit or for what the
/// customer enters: a loop through it does not spin.
pub fn waits(action: &Action) -> bool {
    takes_input(action) || has_trait(action, Trait::Waits)
}

/// Whether code outside this flow runs meanwhile: a Lambda, a module, a bot. It can change the
/// contact's user-defined attributes.
pub fn runs_foreign_code(action: &Action) -> bool {
    has_trait(action, Trait::Foreign)
}

/// Whether the run goes on before the action has its result: an asynchronous Lambda call.
pub fn is_asynchronous(action: &Action) -> bool {
    let when = entry(&action.kind).and_then(|it| it.asynchronous_when.as_ref());
    when.is_some_and(|it| it.holds(&action.parameters))
}

fn has_trait(action: &Action, wanted: Trait) -> bool {
    entry(&action.kind).is_some_and(|it| it.traits.contains(&wanted))
}

/// A touch-tone buffer setting is the one form of a prompting action without a prompt.
pub(crate) fn is_buffer_form(action: &Action) -> bool {
    action.parameters.get("EnableDTMFBuffer").is_some()
}

/// Whether the flow or module ends with an action of this type. Types that nobody here knows do
/// not end a flow.
pub fn is_terminal(kind: &ActionKind) -> bool {
    entry(kind).is_some_and(Entry::is_terminal)
}

/// Whether the run goes on at `NextAction` in some case. The language wants the key in other
/// actions as well, where the console repeats the target of another branch.
pub fn follows_next(action: &Action) -> bool {
    let Some(entry) = entry(&action.kind) else {
        return true;
    };
    match entry.next {
        Next::NeverFollowed | Next::None => false,
        Next::Required | Next::Optional => !is_menu(action),
    }
}

/// A menu leaves through the branch of the key that was pressed, or through an error.
fn is_menu(action: &Action) -> bool {
    action.kind.as_str() == "GetParticipantInput"
        && parameter(&action.parameters, "StoreInput").and_then(Value::as_text) == Some("False")
}

/// The facts about one action type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub confidence: Confidence,
    /// The designer's name of the block.
    pub block: String,
    /// Names of the block that go before where their condition holds.
    #[serde(default)]
    pub block_when: Vec<BlockName>,
    pub family: Family,
    #[serde(default)]
    pub traits: Vec<Trait>,
    /// The run goes on before the result is there where this holds.
    pub asynchronous_when: Option<When>,
    pub channels: Channels,
    pub flow_types: FlowTypes,
    /// Flow types for which the service was seen to refuse the action.
    #[serde(default)]
    pub refused: Vec<String>,
    pub module: InModule,
    pub next: Next,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// The designer shows more than `parameters` has; nobody has seen how that is written, so
    /// unknown names are not refused.
    #[serde(default)]
    pub more_parameters: bool,
    /// Groups of parameters of which one has to be there, and only one.
    #[serde(default)]
    pub exactly_one_of: Vec<Vec<String>>,
    #[serde(default)]
    pub at_most_one_of: Vec<Vec<String>>,
    #[serde(default)]
    pub at_least_one_of: Vec<Vec<String>>,
    /// Groups of parameters that come all or not at all.
    #[serde(default)]
    pub together: Vec<Vec<String>>,
    pub conditions: Option<Conditions>,
    /// In the order in which the console writes them, where it is known.
    #[serde(default)]
    pub errors: Vec<ErrorFact>,
    /// The contact's data that the action sets when it succeeds.
    #[serde(default)]
    pub sets: Vec<SetFact>,
    /// Roots of references that hold nothing any more once the action has run.
    #[serde(default)]
    pub clears: Vec<String>,
}

impl Entry {
    pub fn is_terminal(&self) -> bool {
        self.next == Next::None
    }

    /// Whether an action of this type can set something under a root such as `External`.
    pub fn sets(&self, root: &str) -> bool {
        self.sets.iter().any(|it| it.root == root)
    }

    /// Whether all parameters that the type has are known, so that others are refused.
    pub fn is_complete(&self) -> bool {
        self.confidence == Confidence::High && !self.more_parameters
    }

    /// The parameter of this name; a name with dots is one inside others.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|it| it.name == name)
    }

    /// Whether documentation allows the action in flows of this type.
    pub fn allows(&self, flow_type: FlowType) -> bool {
        match &self.flow_types {
            FlowTypes::All => flow_type != FlowType::Campaign,
            FlowTypes::Only(types) => types.iter().any(|it| it == flow_type.as_str()),
        }
    }
}

/// What an action is to a reader of the flow; the designer groups its blocks alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Speaks with somebody or waits for them.
    Interact,
    /// Branches on something.
    Check,
    /// Sets something on the contact or for the rest of the flow.
    Set,
    /// Asks something outside the flow.
    Integrate,
    /// Ends the flow or hands the contact over.
    End,
}

impl Family {
    pub const ALL: [Family; 5] = [
        Family::Interact,
        Family::Check,
        Family::Set,
        Family::Integrate,
        Family::End,
    ];

    /// One word for it, as the catalogue writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Family::Interact => "interact",
            Family::Check => "check",
            Family::Set => "set",
            Family::Integrate => "integrate",
            Family::End => "end",
        }
    }
}

/// What rules over whole paths need to know of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trait {
    /// The customer hears or sees something.
    Speaks,
    /// The action waits for something that the customer enters.
    Input,
    /// The contact stays for a time.
    Waits,
    /// Code outside the flow runs meanwhile.
    Foreign,
}

/// A name of the block where a parameter is there, or has a text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockName {
    pub block: String,
    pub parameter: String,
    pub is: Option<String>,
}

/// Whether a documentation page or a real export stands behind an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    #[default]
    High,
    /// Secondary sources only: its parameters may be incomplete, so nothing is refused for them.
    Low,
}

/// What an action does on each channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    pub voice: Support,
    pub chat: Support,
    pub task: Support,
    pub email: Support,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    Yes,
    No,
    Partial,
    Unknown,
}

/// The flow types in which documentation allows an action.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowTypes {
    /// All but campaigns.
    All,
    #[serde(untagged)]
    Only(Vec<String>),
}

/// Whether an action may stand in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InModule {
    Yes,
    No,
    /// Only there.
    Only,
    Unknown,
}

/// What `Transitions.NextAction` is to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next {
    /// The service refuses the action without it.
    Required,
    /// Required as well, yet the run always leaves through a condition or an error.
    NeverFollowed,
    Optional,
    /// The action ends the flow.
    None,
}

/// One parameter of an action; a name with dots lies inside others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub mode: Mode,
    /// The texts it may have; of a list its items, of a map its keys.
    #[serde(default)]
    pub values: Vec<String>,
    /// Least and greatest number; of a list or map the number of its entries.
    pub range: Option<(i64, i64)>,
    /// The service takes a JSON number for the text of it.
    #[serde(default)]
    pub takes_numbers: bool,
    /// The value with which the parameter says no more than without it. The console adds such.
    pub same_as_absent: Option<serde_json::Value>,
    /// The longest text that documentation names, in characters; of a map the longest value.
    /// Whether the service refuses a longer one is not known.
    pub max_chars: Option<usize>,
    /// The range is not known to hold where this does.
    pub range_unless: Option<When>,
    /// How much of the name is that of the parameter it lies in; 0 if it lies in none.
    #[serde(skip)]
    pub(crate) outer_length: usize,
}

impl Parameter {
    /// Whether a value says no more than leaving the parameter out.
    pub fn is_as_absent(&self, value: &Value) -> bool {
        match (&self.same_as_absent, value) {
            (Some(serde_json::Value::String(absent)), Value::Text(text)) => absent == text,
            (Some(serde_json::Value::Object(_)), Value::Map(map)) => map.is_empty(),
            _ => false,
        }
    }
}

/// The shape of a parameter. Scalars are strings on the wire, whatever they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterKind {
    String,
    Enum,
    Integer,
    Boolean,
    List,
    Map,
    Object,
}

/// How a parameter may refer to the contact's data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Literal only.
    Static,
    /// One JSONPath only.
    Path,
    /// Literal or one whole JSONPath.
    #[default]
    Either,
    /// Text in which JSONPaths may stand.
    Text,
}

/// The conditions an action may have; an action without an entry for them has none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    pub operators: Vec<String>,
    /// The closed list of operands; empty if they are free.
    #[serde(default)]
    pub operands: Vec<String>,
    /// Operands that each have to be there.
    #[serde(default)]
    pub mandatory: Vec<String>,
    /// The service takes a JSON number for the text of an operand.
    #[serde(default)]
    pub takes_numbers: bool,
    pub min: Option<usize>,
    pub max: Option<usize>,
    /// Refused unless this holds.
    pub when: Option<When>,
    /// A list parameter of which each item has to be an operand.
    pub one_for_each: Option<String>,
    pub mandatory_when: Option<MandatoryWhen>,
    pub by_parameter: Option<OperandsByParameter>,
}

impl Conditions {
    /// The operands that an action with these parameters has to have a condition for.
    pub fn mandatory_operands<'a>(&'a self, parameters: &'a Map) -> impl Iterator<Item = &'a str> {
        let listed = self.one_for_each.as_ref();
        let listed = listed.and_then(|name| parameters.get(name));
        let listed = listed.and_then(Value::as_list).unwrap_or_default();
        let rule = self.mandatory_when.as_ref();
        let ruled = rule.filter(|it| parameter(parameters, &it.parameter).is_some());
        let ruled = ruled.map_or(&[][..], |it| &it.operands);
        let chosen = self.chosen_operands(parameters).unwrap_or_default();
        let always = self.mandatory.iter().map(String::as_str);
        always
            .chain(listed.iter().filter_map(Value::as_text))
            .chain(ruled.iter().chain(chosen).map(String::as_str))
    }

    /// The operands there may be for an action with these parameters; nothing if they are free.
    pub fn closed_operands(&self, parameters: &Map) -> Option<&[String]> {
        self.chosen_operands(parameters)
            .or_else(|| (!self.operands.is_empty()).then_some(&self.operands))
    }

    fn chosen_operands(&self, parameters: &Map) -> Option<&[String]> {
        let rule = self.by_parameter.as_ref()?;
        let value = parameter(parameters, &rule.parameter)?.as_text()?;
        rule.operands.get(value).map(Vec::as_slice)
    }
}

/// Operands that are mandatory if a parameter is there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandatoryWhen {
    pub parameter: String,
    pub operands: Vec<String>,
}

/// Closed lists of operands that hang on the value of a parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperandsByParameter {
    pub parameter: String,
    pub operands: IndexMap<String, Vec<String>>,
}

/// An error branch that an action may or must have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorFact {
    pub name: String,
    #[serde(default)]
    pub mandatory: bool,
    pub mandatory_when: Option<When>,
    /// Whether the service refuses the branch where it is not mandatory.
    #[serde(default)]
    pub refused_otherwise: bool,
}

impl ErrorFact {
    /// Whether the service refuses an action with these parameters that lacks the branch.
    pub fn is_mandatory(&self, parameters: &Map) -> bool {
        self.mandatory
            || self
                .mandatory_when
                .as_ref()
                .is_some_and(|it| it.holds(parameters))
    }

    /// Whether the service refuses an action with these parameters that has the branch.
    pub fn is_refused(&self, parameters: &Map) -> bool {
        self.refused_otherwise && !self.is_mandatory(parameters)
    }
}

/// A statement about the parameters of an action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    pub parameter: String,
    /// The text it has, or for a list one that it contains; nothing asks for its presence only.
    pub is: Option<String>,
}

impl When {
    pub fn holds(&self, parameters: &Map) -> bool {
        has(parameters, &self.parameter, self.is.as_deref())
    }
}

fn has(parameters: &Map, name: &str, wanted: Option<&str>) -> bool {
    let Some(value) = parameter(parameters, name) else {
        return false;
    };
    let Some(wanted) = wanted else {
        return true;
    };
    match value {
        Value::List(items) => items.iter().any(|item| item.as_text() == Some(wanted)),
        value => value.as_text() == Some(wanted),
    }
}

/// The parameter with this name, which may lie inside others: `ChatProcessor.ProcessingEnabled`.
pub fn parameter<'a>(parameters: &'a Map, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        None => parameters.get(name),
        Some((outer, rest)) => parameter(parameters.get(outer)?.as_map()?, rest),
    }
}
