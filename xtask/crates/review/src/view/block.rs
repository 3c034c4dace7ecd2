//! What a view shows of a flow that differs: its blocks, one after the other, and what is edited in
//! each.

use std::collections::{HashMap, HashSet};

use flow::catalogue;
use flow::diff::{ActionDiff, Branch, BranchChange, Renamed, shown};
use flow::model::{Action, ActionId, Flow};
pub(crate) use flow::picture::Mark;

use super::value::{self, ValueEdit, visible};
use crate::comparison::FlowChange;
use crate::names::name;

/// A block that differs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    /// The first that applies, of changed, rewired and renamed.
    pub(crate) mark: Mark,
    pub(crate) id: String,
    /// Its identifier in the old version, if that was another.
    pub(crate) old_id: Option<String>,
    /// What the designer calls it.
    pub(crate) title: String,
    pub(crate) edits: Vec<Edit>,
}

/// Something that differs in a block, or that an added or removed one consists of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Edit {
    /// Another type of action.
    Kind {
        old: String,
        new: String,
    },
    Value(ValueEdit),
    /// Ways out that led to the same action and lead to the same one. Nothing stands for one that
    /// is not there.
    Ways {
        branches: Vec<String>,
        old: Option<String>,
        /// What the old one is called now, if it is called otherwise.
        old_is_now: Option<String>,
        new: Option<String>,
    },
    /// The same conditions, tried in another order.
    Order {
        old: String,
        new: String,
    },
    /// A parameter of an added or removed block.
    Parameter {
        path: String,
        value: String,
    },
    /// Ways out of an added block that lead to the same action.
    Leads {
        branches: Vec<String>,
        to: String,
    },
}

impl Block {
    /// What tells most about an added or removed block beside its name; empty if nothing does.
    pub(crate) fn gist(&self) -> &str {
        let mut edits = self.edits.iter();
        let gist = edits.find_map(|it| match it {
            Edit::Parameter { value, .. } => Some(value.as_str()),
            _ => None,
        });
        gist.unwrap_or_default()
    }
}

/// How many blocks something happened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) changed: usize,
    pub(crate) added: usize,
    pub(crate) removed: usize,
    pub(crate) rewired: usize,
    pub(crate) renamed: usize,
}

impl Counts {
    pub(crate) fn of(change: &FlowChange) -> Self {
        let diff = &change.diff;
        let count = |is: fn(&ActionDiff) -> bool| diff.changed.iter().filter(|it| is(it)).count();
        Self {
            changed: count(ActionDiff::is_changed),
            added: diff.added.len(),
            removed: diff.removed.len(),
            rewired: count(ActionDiff::is_rewired),
            renamed: diff.renamed.len(),
        }
    }

    /// `2 changed, 1 added`; empty if nothing happened to any block.
    pub(crate) fn words(self) -> String {
        let counts = [
            (self.changed, "changed"),
            (self.added, "added"),
            (self.removed, "removed"),
            (self.rewired, "rewired"),
            (self.renamed, "renamed"),
        ];
        let counts = counts.iter().filter(|(n, _)| *n > 0);
        let counts: Vec<String> = counts.map(|(n, word)| format!("{n} {word}")).collect();
        counts.join(", ")
    }
}

/// The blocks that differ: in the order of the new version, those that are gone last.
pub(crate) fn blocks(change: &FlowChange) -> Vec<Block> {
    let diff = &change.diff;
    let names = Names::of(change);
    let new = &names.new;
    let mut blocks: Vec<(usize, Block)> = Vec::new();
    for it in &diff.changed {
        blocks.push((new.place(&it.id), changed(it, &names)));
    }
    for it in &diff.renamed {
        if !names.changed.contains(&it.new) {
            blocks.push((new.place(&it.new), renamed(it, new)));
        }
    }
    for action in &diff.added {
        blocks.push((new.place(&action.id), whole(action, Mark::Added)));
    }
    blocks.sort_by_key(|(place, _)| *place);
    let removed = diff.removed.iter();
    let removed = removed.map(|action| whole(action, Mark::Removed));
    blocks.into_iter().map(|it| it.1).chain(removed).collect()
}

fn renamed(renamed: &Renamed, new: &Actions<'_>) -> Block {
    Block {
        mark: Mark::Renamed,
        id: name(&renamed.new),
        old_id: Some(name(&renamed.old)),
        title: new.title(&renamed.new),
        edits: Vec::new(),
    }
}

fn changed(diff: &ActionDiff, names: &Names<'_>) -> Block {
    let (old, new) = (&names.old, &names.new);
    let mut edits = Vec::new();
    if let Some(kind) = &diff.old_kind {
        edits.push(Edit::Kind {
            old: format!("{} ({})", old.title(&diff.old_id), visible(kind.as_str())),
            new: format!("{} ({})", new.title(&diff.id), visible(diff.kind.as_str())),
        });
    }
    let values = diff.parameters.iter().chain(&diff.extra);
    edits.extend(values.flat_map(value::edits).map(Edit::Value));
    edits.extend(ways(&diff.branches, names));
    if let Some((old, new)) = &diff.reordered {
        edits.push(Edit::Order {
            old: order(old),
            new: order(new),
        });
    }
    Block {
        mark: if diff.is_changed() {
            Mark::Changed
        } else {
            Mark::Rewired
        },
        id: name(&diff.id),
        old_id: (diff.old_id != diff.id).then(|| name(&diff.old_id)),
        title: new.title(&diff.id),
        edits,
    }
}

/// The ways out that differ; those that led and lead to the same actions together, as the error
/// branches of a prompt mostly do.
fn ways(changes: &[BranchChange], names: &Names<'_>) -> Vec<Edit> {
    let mut ways: Vec<(&BranchChange, Vec<String>)> = Vec::new();
    for change in changes {
        let is_same = |it: &&BranchChange| (&it.old, &it.new) == (&change.old, &change.new);
        match ways.iter_mut().find(|it| is_same(&it.0)) {
            Some((_, branches)) => branches.push(branch(&change.branch)),
            None => ways.push((change, vec![branch(&change.branch)])),
        }
    }
    let to = |id: &Option<ActionId>| id.as_ref().map(name);
    let ways = ways.into_iter().map(|(change, branches)| Edit::Ways {
        branches,
        old: to(&change.old),
        old_is_now: change.old.as_ref().and_then(|it| names.now(it)),
        new: to(&change.new),
    });
    ways.collect()
}

/// `next`, `on Equals handoff`, `on NoMatchingError`.
fn branch(branch: &Branch) -> String {
    match branch {
        Branch::Next => "next".to_owned(),
        Branch::Condition { .. } | Branch::Error { .. } => visible(&format!("on {branch}")),
    }
}

fn order(branches: &[Branch]) -> String {
    let branches: Vec<String> = branches.iter().map(|it| visible(&it.to_string())).collect();
    branches.join(", ")
}

/// A block that is new or gone: what it does, and if it is new, where it leads.
fn whole(action: &Action, mark: Mark) -> Block {
    let parameters = value::parameters(&action.parameters).into_iter();
    let parameters = parameters.map(|(path, value)| Edit::Parameter { path, value });
    let mut edits: Vec<Edit> = parameters.collect();
    if mark == Mark::Added {
        edits.extend(leads(action));
    }
    Block {
        mark,
        id: name(&action.id),
        old_id: None,
        title: title(action),
        edits,
    }
}

/// The ways out of an action; those that lead to the same action together.
fn leads(action: &Action) -> Vec<Edit> {
    let mut ways: Vec<(&ActionId, Vec<String>)> = Vec::new();
    let mut add = |branch: String, to| match ways.iter_mut().find(|it| it.0 == to) {
        Some((_, branches)) => branches.push(branch),
        None => ways.push((to, vec![branch])),
    };
    let transitions = &action.transitions;
    if let Some(next) = &transitions.next
        && catalogue::follows_next(action)
    {
        add("next".to_owned(), next);
    }
    for condition in &transitions.conditions {
        let operands: Vec<String> = condition.operands.iter().map(shown).collect();
        let words = format!("on {} {}", condition.operator, operands.join(" "));
        add(visible(words.trim_end()), &condition.next);
    }
    for error in &transitions.errors {
        add(visible(&format!("on {}", error.error)), &error.next);
    }
    ways.into_iter()
        .map(|(to, branches)| Edit::Leads {
            branches,
            to: name(to),
        })
        .collect()
}

/// `12 blocks`.
pub(crate) fn counted(n_blocks: usize) -> String {
    match n_blocks {
        1 => "1 block".to_owned(),
        n => format!("{n} blocks"),
    }
}

/// What the designer calls the block of an action; of a type that nobody here knows, the type.
fn title(action: &Action) -> String {
    match catalogue::entry(&action.kind) {
        Some(_) => catalogue::block(action).to_owned(),
        None => visible(action.kind.as_str()),
    }
}

/// The actions of both versions, and what they are called.
struct Names<'a> {
    old: Actions<'a>,
    new: Actions<'a>,
    renamed: HashMap<&'a ActionId, &'a ActionId>,
    /// By their new identifiers.
    changed: HashSet<&'a ActionId>,
}

impl<'a> Names<'a> {
    fn of(change: &'a FlowChange) -> Self {
        let renamed = change.diff.renamed.iter();
        Self {
            old: Actions::of(change.old.as_ref().map(|it| &it.flow)),
            new: Actions::of(change.new.as_ref().map(|it| &it.flow)),
            renamed: renamed.map(|it| (&it.old, &it.new)).collect(),
            changed: change.diff.changed.iter().map(|it| &it.id).collect(),
        }
    }

    fn now(&self, old: &ActionId) -> Option<String> {
        self.renamed.get(old).map(|it| name(it))
    }
}

/// The actions of a version by identifier; of two with the same one, the first.
struct Actions<'a>(HashMap<&'a ActionId, (usize, &'a Action)>);

impl<'a> Actions<'a> {
    fn of(flow: Option<&'a Flow>) -> Self {
        let mut actions = HashMap::new();
        for (n, action) in flow.iter().flat_map(|it| &it.actions).enumerate() {
            actions.entry(&action.id).or_insert((n, action));
        }
        Self(actions)
    }

    fn place(&self, id: &ActionId) -> usize {
        self.0.get(id).map_or(usize::MAX, |it| it.0)
    }

    fn title(&self, id: &ActionId) -> String {
        self.0.get(id).map_or(String::new(), |it| title(it.1))
    }
}
