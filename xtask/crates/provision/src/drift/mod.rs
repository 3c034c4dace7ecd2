//! Drift: what of the live instance is not as we deployed it. A pure comparison of what was observed
//! with the ledger, and where there is no record with our tags.

mod compare;
mod ignored;
mod seeded;

use flow::bind::Bindings;
use flow::model::FlowDefinition;
use jiff::Timestamp;

pub use compare::drift;
pub use ignored::{Ignored, Ignoring};
pub(crate) use seeded::seeded;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    /// By address, and of one address the weightiest first.
    pub findings: Vec<Finding>,
    /// What could not be compared with a record, and how far it could be compared.
    pub unrecorded: Vec<Unrecorded>,
    /// How many flows and modules are as they were deployed.
    pub unchanged: usize,
}

/// Something that is not as we deployed it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// `flow.support-chat`; of what is not ours `flow/Title`.
    pub address: String,
    pub title: String,
    pub kind: Kind,
    /// Changes with everything about the live object: what an ignored difference is known by.
    pub state: String,
    /// What was deployed, with symbolic references and the identifiers that were sent. Of a draft:
    /// what is published.
    pub old: Option<FlowDefinition>,
    /// What is there.
    pub new: Option<FlowDefinition>,
    /// When it was deployed and by whom, if that is recorded.
    pub deployed: Option<DeployedBy>,
    /// What is published of something that is recorded: what accepting makes of the sources.
    pub live: Option<LiveVersion>,
}

/// A published flow, symbolic and as it is.
#[derive(Clone, Debug)]
pub struct LiveVersion {
    pub definition: FlowDefinition,
    pub content: String,
    /// What the references stand for.
    pub bindings: Bindings,
}

/// Who deployed what drifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedBy {
    pub release: u64,
    pub at: Timestamp,
    pub by: String,
    pub commit: Option<String>,
}

/// How something is not as we deployed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its content was changed and published.
    Edited,
    /// The content is another, and our tag says that a deployment wrote it which this ledger does
    /// not know.
    DeployedElsewhere,
    /// Something was saved and not published.
    Draft,
    /// It is gone.
    Deleted,
    /// It has another title.
    Renamed {
        old: String,
        new: String,
    },
    Described {
        old: Option<String>,
        new: Option<String>,
    },
    Archived,
    /// We made it, and what is deployed under its address now is another.
    LeftBehind,
    /// Neither our sources nor the ledger nor our tags know it.
    Unmanaged,
}

impl Kind {
    /// For people.
    pub fn title(&self) -> &'static str {
        match self {
            Kind::Edited => "edited in the console",
            Kind::DeployedElsewhere => "deployed by others",
            Kind::Draft => "unpublished draft",
            Kind::Deleted => "deleted",
            Kind::Renamed { .. } => "renamed",
            Kind::Described { .. } => "described otherwise",
            Kind::Archived => "archived",
            Kind::LeftBehind => "left behind",
            Kind::Unmanaged => "unmanaged",
        }
    }

    /// For machines.
    pub fn as_str(&self) -> &'static str {
        match self {
            Kind::Edited => "edited",
            Kind::DeployedElsewhere => "deployed_elsewhere",
            Kind::Draft => "draft",
            Kind::Deleted => "deleted",
            Kind::Renamed { .. } => "renamed",
            Kind::Described { .. } => "described",
            Kind::Archived => "archived",
            Kind::LeftBehind => "left_behind",
            Kind::Unmanaged => "unmanaged",
        }
    }

    /// What the next deployment does about it.
    pub fn revert(&self) -> &'static str {
        match self {
            Kind::Edited | Kind::DeployedElsewhere => "the next deployment puts ours back",
            Kind::Draft => "the next deployment that changes the flow buries it",
            Kind::Deleted => "the next deployment creates it again, with another id",
            Kind::Renamed { .. } => {
                "rename it back: the next deployment would create a second one of our title"
            }
            Kind::Described { .. } => "the next deployment puts ours back",
            Kind::Archived => "the next deployment makes it active again",
            Kind::LeftBehind => "deploying leaves it alone; delete it once nothing refers to it",
            Kind::Unmanaged => "deploying leaves it alone",
        }
    }
}

/// Something of ours on the instance without a record of what we deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    pub address: String,
    /// Whether its content is what its tag says we wrote.
    pub is_as_tagged: bool,
}
