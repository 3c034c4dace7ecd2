//! What pictures say about a difference: marks, lines about what changed, and where blocks are not.

use super::scene::Rect;

/// What happened to a part between two versions of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    Added,
    Removed,
    Changed,
    Rewired,
    Renamed,
}

/// A line about a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub text: String,
    /// Added for what is new, removed for what was.
    pub mark: Option<Mark>,
}

/// A value that differs: where, and as text what it was and is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// What differs between two versions beside the blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What the old and the new version are called.
    pub versions: Option<(String, String)>,
    /// Values beside the actions, such as the settings of a module.
    pub document: Vec<Change>,
    /// What people know the old and the new start block by, if it is another.
    pub start: Option<(String, String)>,
    /// How many blocks are left out, since they are not near to anything that differs, and what
    /// they are.
    pub hidden: Option<(usize, &'static str)>,
}

/// The place of a block that this version does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Unique among the ids of gaps and blocks.
    pub id: String,
    pub name: String,
    pub place: Rect,
    /// What happened to the block.
    pub mark: Mark,
}

impl Mark {
    /// All marks, the weightiest first.
    pub const ALL: [Mark; 5] = [
        Mark::Added,
        Mark::Removed,
        Mark::Changed,
        Mark::Rewired,
        Mark::Renamed,
    ];

    /// The sign that stands beside the word, so that nothing rests on colour.
    pub fn sign(self) -> &'static str {
        match self {
            Mark::Added => "+",
            Mark::Removed => "−",
            Mark::Changed => "~",
            Mark::Rewired => "→",
            Mark::Renamed => "=",
        }
    }

    /// The word by which pictures name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Mark::Added => "added",
            Mark::Removed => "removed",
            Mark::Changed => "changed",
            Mark::Rewired => "rewired",
            Mark::Renamed => "renamed",
        }
    }
}
