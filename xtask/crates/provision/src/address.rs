//! The stable names of what a plan can change, as our sources know it.

use std::fmt;

/// A resource's stable name: `flow.support-chat`, `queue.support`, `lambda.bot-join`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceAddr {
    pub kind: ResourceKind,
    pub name: String,
}

impl ResourceAddr {
    pub fn new(kind: ResourceKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }
}

impl fmt::Display for ResourceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind.as_str(), self.name)
    }
}

/// What a plan can change, in the order in which one needs the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    Instance,
    Attribute,
    /// What encrypts.
    Key,
    Bucket,
    Storage,
    Origin,
    Hours,
    Queue,
    RoutingProfile,
    /// A queue for what could not be delivered or handled.
    DeadLetters,
    SecurityProfile,
    Prompt,
    View,
    /// That flows may ask a Lex bot.
    LexBot,
    Topic,
    Table,
    Role,
    LogGroup,
    Lambda,
    /// That flows may invoke a function.
    Association,
    /// That a topic delivers to a function.
    Subscription,
    Module,
    Flow,
    QuickConnect,
    /// Which quick connects a queue offers.
    QueueQuickConnects,
}

impl ResourceKind {
    /// The word in front of the dot of an address.
    pub fn as_str(self) -> &'static str {
        match self {
            ResourceKind::Instance => "instance",
            ResourceKind::Attribute => "attribute",
            ResourceKind::Key => "key",
            ResourceKind::Bucket => "bucket",
            ResourceKind::Storage => "storage",
            ResourceKind::Origin => "origin",
            ResourceKind::Hours => "hours",
            ResourceKind::Queue => "queue",
            ResourceKind::RoutingProfile => "routing_profile",
            ResourceKind::DeadLetters => "dead_letters",
            ResourceKind::SecurityProfile => "security_profile",
            ResourceKind::Prompt => "prompt",
            ResourceKind::View => "view",
            ResourceKind::LexBot => "lex_bot",
            ResourceKind::Topic => "topic",
            ResourceKind::Table => "table",
            ResourceKind::Role => "role",
            ResourceKind::LogGroup => "log_group",
            ResourceKind::Lambda => "lambda",
            ResourceKind::Association => "association",
            ResourceKind::Subscription => "subscription",
            ResourceKind::Module => "module",
            ResourceKind::Flow => "flow",
            ResourceKind::QuickConnect => "quick_connect",
            ResourceKind::QueueQuickConnects => "queue_quick_connects",
        }
    }

    /// Whether Connect keeps it; everything else stands around the instance.
    pub fn is_on_instance(self) -> bool {
        match self {
            ResourceKind::Instance
            | ResourceKind::Attribute
            | ResourceKind::Storage
            | ResourceKind::Origin
            | ResourceKind::Hours
            | ResourceKind::Queue
            | ResourceKind::RoutingProfile
            | ResourceKind::SecurityProfile
            | ResourceKind::Prompt
            | ResourceKind::View
            | ResourceKind::LexBot
            | ResourceKind::Association
            | ResourceKind::Module
            | ResourceKind::Flow
            | ResourceKind::QuickConnect
            | ResourceKind::QueueQuickConnects => true,
            ResourceKind::Key
            | ResourceKind::Bucket
            | ResourceKind::DeadLetters
            | ResourceKind::Topic
            | ResourceKind::Table
            | ResourceKind::Role
            | ResourceKind::LogGroup
            | ResourceKind::Lambda
            | ResourceKind::Subscription => false,
        }
    }

    /// The layer that creates it.
    pub fn layer(self) -> Layer {
        match self {
            ResourceKind::Instance
            | ResourceKind::Attribute
            | ResourceKind::Key
            | ResourceKind::Bucket
            | ResourceKind::Storage
            | ResourceKind::Origin
            | ResourceKind::Hours
            | ResourceKind::Queue
            | ResourceKind::RoutingProfile
            | ResourceKind::DeadLetters
            | ResourceKind::SecurityProfile
            | ResourceKind::Prompt
            | ResourceKind::View
            | ResourceKind::LexBot
            | ResourceKind::Topic
            | ResourceKind::Table
            | ResourceKind::Role
            | ResourceKind::LogGroup => Layer::Foundation,
            ResourceKind::Lambda
            | ResourceKind::Association
            | ResourceKind::Subscription
            | ResourceKind::Module
            | ResourceKind::Flow
            | ResourceKind::QuickConnect
            | ResourceKind::QueueQuickConnects => Layer::Release,
        }
    }
}

/// What is changed together, with which permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Set up once by a person with wide permissions: the instance and what stands around it.
    Foundation,
    /// Changes with every deployment: functions and flows.
    Release,
}

impl Layer {
    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Layer::Foundation => "foundation",
            Layer::Release => "release",
        }
    }
}
