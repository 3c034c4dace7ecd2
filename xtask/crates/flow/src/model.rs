//! A flow document: start action and actions, as the Flow language (version 2019-10-30) has them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::catalogue::{self, Entry};
use crate::value::{Map, Value};

/// The only version of the Flow language there is.
pub const LANGUAGE_VERSION: &str = "2019-10-30";

/// A Flow language document.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    pub start: ActionId,
    pub actions: Vec<Action>,
    /// Where the designer draws things; never changes what a flow does.
    pub metadata: Option<Map>,
    /// Present in the content of modules, and only there.
    pub settings: Option<Map>,
    /// Top-level keys that nobody here knows, kept as they are.
    pub extra: Map,
}

impl Flow {
    /// A document with a start action and no actions yet.
    pub fn new(start: impl Into<ActionId>) -> Self {
        Self {
            start: start.into(),
            actions: Vec::new(),
            metadata: None,
            settings: None,
            extra: Map::new(),
        }
    }

    /// The action with this identifier; the first, should a document have two.
    pub fn action(&self, id: &ActionId) -> Option<&Action> {
        self.actions.iter().find(|action| action.id == *id)
    }
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    pub id: ActionId,
    pub kind: ActionKind,
    pub parameters: Map,
    pub transitions: Transitions,
    /// Which empty parts the document leaves out; never changes what a flow does.
    pub omitted: Omitted,
    /// Keys beside the four of the language, kept as they are.
    pub extra: Map,
}

impl Action {
    /// An action without parameters and transitions. One that ends the flow leaves the lists of
    /// transitions out, since the service refuses them there even if they are empty.
    pub fn new(id: impl Into<ActionId>, kind: impl Into<ActionKind>) -> Self {
        let kind = kind.into();
        let is_terminal = catalogue::is_terminal(&kind);
        Self {
            id: id.into(),
            kind,
            parameters: Map::new(),
            transitions: Transitions::default(),
            omitted: Omitted {
                conditions: is_terminal,
                errors: is_terminal,
                ..Omitted::default()
            },
            extra: Map::new(),
        }
    }
}

/// Empty parts of an action that a document leaves out instead of writing them empty. Exports
/// differ in this, the service does not care, and a document is written back as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Omitted {
    pub parameters: bool,
    pub transitions: bool,
    pub conditions: bool,
    pub errors: bool,
}

/// The ways out of an action.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transitions {
    pub next: Option<ActionId>,
    /// In evaluation order: the first that holds wins.
    pub conditions: Vec<Condition>,
    pub errors: Vec<ErrorBranch>,
    /// Keys that nobody here knows, kept as they are.
    pub extra: Map,
}

impl Transitions {
    /// Every way out, in the order in which the language lists them.
    pub fn targets(&self) -> impl Iterator<Item = &ActionId> {
        self.next
            .iter()
            .chain(self.conditions.iter().map(|condition| &condition.next))
            .chain(self.errors.iter().map(|branch| &branch.next))
    }
}

/// A transition that is taken when its comparison holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// `Equals`, `TextStartsWith`, `NumberGreaterThan` and so on.
    pub operator: String,
    pub operands: Vec<Value>,
    pub next: ActionId,
}

/// A transition that is taken when the action fails in the named way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorBranch {
    /// `NoMatchingError`, `NoMatchingCondition` and so on.
    pub error: String,
    pub next: ActionId,
}

/// The identifier of an action, unique in its document.
///
/// The service takes 1 to 50 characters and forbids some; that is checked by validation and not
/// here, so that any document can be read. Each stands in a document several times, as the target of
/// transitions, so copies share their text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionId(Arc<str>);

impl ActionId {
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for ActionId {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl From<&ActionId> for ActionId {
    fn from(id: &ActionId) -> Self {
        id.clone()
    }
}

impl From<&str> for ActionId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

/// The type of an action as the Flow language spells it: `MessageParticipant`, `Wait` and so on.
/// Types that nobody here knows are kept as they are.
#[derive(Clone)]
pub struct ActionKind(Kind);

/// A known type is its entry of the catalogue, so that nothing has to look it up again.
#[derive(Clone)]
enum Kind {
    Known(&'static Entry),
    Unknown(String),
}

impl ActionKind {
    pub fn new(kind: impl AsRef<str> + Into<String>) -> Self {
        Self(match catalogue::find(kind.as_ref()) {
            Some(entry) => Kind::Known(entry),
            None => Kind::Unknown(kind.into()),
        })
    }

    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kind::Known(entry) => &entry.kind,
            Kind::Unknown(kind) => kind,
        }
    }

    pub(crate) fn entry(&self) -> Option<&'static Entry> {
        match self.0 {
            Kind::Known(entry) => Some(entry),
            Kind::Unknown(_) => None,
        }
    }
}

impl PartialEq for ActionKind {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for ActionKind {}

impl Hash for ActionKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for ActionKind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ActionKind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Debug for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ActionKind").field(&self.as_str()).finish()
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for ActionKind {
    fn from(kind: &str) -> Self {
        Self::new(kind)
    }
}

/// The type of a flow, fixed when it is created. Spelled on the wire as `CONTACT_FLOW` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlowType {
    ContactFlow,
    CustomerQueue,
    CustomerHold,
    CustomerWhisper,
    AgentHold,
    AgentWhisper,
    OutboundWhisper,
    AgentTransfer,
    QueueTransfer,
    Campaign,
}

impl FlowType {
    pub const ALL: [FlowType; 10] = [
        FlowType::ContactFlow,
        FlowType::CustomerQueue,
        FlowType::CustomerHold,
        FlowType::CustomerWhisper,
        FlowType::AgentHold,
        FlowType::AgentWhisper,
        FlowType::OutboundWhisper,
        FlowType::AgentTransfer,
        FlowType::QueueTransfer,
        FlowType::Campaign,
    ];

    /// As the Connect API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            FlowType::ContactFlow => "CONTACT_FLOW",
            FlowType::CustomerQueue => "CUSTOMER_QUEUE",
            FlowType::CustomerHold => "CUSTOMER_HOLD",
            FlowType::CustomerWhisper => "CUSTOMER_WHISPER",
            FlowType::AgentHold => "AGENT_HOLD",
            FlowType::AgentWhisper => "AGENT_WHISPER",
            FlowType::OutboundWhisper => "OUTBOUND_WHISPER",
            FlowType::AgentTransfer => "AGENT_TRANSFER",
            FlowType::QueueTransfer => "QUEUE_TRANSFER",
            FlowType::Campaign => "CAMPAIGN",
        }
    }

    /// Reads the API's spelling, and the same in lower case as our sources write it.
    pub fn parse(text: &str) -> Option<FlowType> {
        FlowType::ALL
            .into_iter()
            .find(|t| t.as_str().eq_ignore_ascii_case(text))
    }
}

/// Whether a document is a flow of some type or a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    Flow(FlowType),
    Module,
}

/// A flow or module as our sources define it: its address, what Connect shows, and its document.
///
/// Portable: templates and references may be unresolved. After rendering only references are;
/// after binding neither.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowDefinition {
    /// The name in our sources: `support-chat` for `flow.support-chat` or `module.support-chat`.
    pub name: String,
    /// What people see in Connect.
    pub title: String,
    pub description: Option<String>,
    pub kind: DocumentKind,
    pub flow: Flow,
}
