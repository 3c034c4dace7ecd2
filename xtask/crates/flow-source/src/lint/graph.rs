//! A flow as a graph: actions by number, and the ways between them.

use flow::identifiers::Numbers;
use flow::model::{Action, ActionId, Flow};

/// The actions of a flow and where each leads. Numbers are places in `flow.actions`.
pub struct Graph<'a> {
    pub flow: &'a Flow,
    pub(crate) numbers: Numbers<'a>,
    /// The exits of all actions, those of one action side by side.
    exits: Vec<Exit>,
    /// Where the exits of each action begin; one more at the end.
    starts: Vec<usize>,
    pub start: Option<usize>,
    /// Whether a contact can come to an action from the start.
    pub is_reached: Vec<bool>,
}

/// The ways into each action, the same as the exits seen from the other end.
pub(crate) struct Entries {
    entries: Vec<Entry>,
    starts: Vec<usize>,
}

/// A way into an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) from: usize,
    pub(crate) by: By,
}

/// A way out of an action that a contact can take. A `NextAction` that is never followed is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    pub to: usize,
    pub by: By,
}

/// What makes a contact take an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Next,
    /// The condition with this number.
    Condition(usize),
    /// The error branch with this number.
    Error(usize),
}

impl By {
    pub fn is_error(self) -> bool {
        matches!(self, By::Error(_))
    }
}

impl<'a> Graph<'a> {
    pub fn new(flow: &'a Flow) -> Self {
        let numbers = Numbers::new(flow);
        let mut graph = Self {
            flow,
            exits: Vec::with_capacity(flow.actions.len() * 3),
            starts: Vec::with_capacity(flow.actions.len() + 1),
            start: numbers.get(&flow.start),
            is_reached: Vec::new(),
            numbers,
        };
        for action in &flow.actions {
            graph.starts.push(graph.exits.len());
            graph.add_exits(action);
        }
        graph.starts.push(graph.exits.len());
        graph.is_reached = graph.reached_from(graph.start, |_| true);
        graph
    }

    fn add_exits(&mut self, action: &'a Action) {
        let ways = &action.transitions;
        let next = ways
            .next
            .iter()
            .filter(|_| flow::catalogue::follows_next(action));
        let next = next.map(|it| (it, By::Next));
        let conditions = ways.conditions.iter().enumerate();
        let conditions = conditions.map(|(n, it)| (&it.next, By::Condition(n)));
        let errors = ways.errors.iter().enumerate();
        let errors = errors.map(|(n, it)| (&it.next, By::Error(n)));
        for (id, by) in next.chain(conditions).chain(errors) {
            let to = self.numbers.get(id);
            self.exits.extend(to.map(|to| Exit { to, by }));
        }
    }

    /// The number of the action with an identifier.
    pub fn number(&self, id: &ActionId) -> Option<usize> {
        self.numbers.get(id)
    }

    /// Where an action leads, each way once; ways to actions that do not exist are left out.
    pub fn exits(&self, n: usize) -> &[Exit] {
        &self.exits[self.starts[n]..self.starts[n + 1]]
    }

    /// The ways into each action, from actions that a contact can come to.
    pub(crate) fn entries(&self) -> Entries {
        let mut starts = vec![0; self.flow.actions.len() + 1];
        for (_, exit) in self.reached_exits() {
            starts[exit.to + 1] += 1;
        }
        for n in 1..starts.len() {
            starts[n] += starts[n - 1];
        }
        let by = By::Next;
        let mut entries = vec![Entry { from: 0, by }; self.exits.len()];
        let mut free = starts.clone();
        for (from, exit) in self.reached_exits() {
            entries[free[exit.to]] = Entry { from, by: exit.by };
            free[exit.to] += 1;
        }
        Entries { entries, starts }
    }

    fn reached_exits(&self) -> impl Iterator<Item = (usize, &Exit)> {
        let reached = self.is_reached.iter().enumerate();
        let reached = reached.filter(|(_, is_reached)| **is_reached);
        reached.flat_map(|(n, _)| self.exits(n).iter().map(move |exit| (n, exit)))
    }

    /// Which actions a contact can come to from some of them, those included, when it does not get
    /// past those that `passes` refuses.
    pub fn reached_from(
        &self,
        from: impl IntoIterator<Item = usize>,
        passes: impl Fn(usize) -> bool,
    ) -> Vec<bool> {
        let mut is_reached = vec![false; self.flow.actions.len()];
        let mut open: Vec<usize> = from.into_iter().collect();
        while let Some(n) = open.pop() {
            if !std::mem::replace(&mut is_reached[n], true) && passes(n) {
                open.extend(self.exits(n).iter().map(|exit| exit.to));
            }
        }
        is_reached
    }
}

impl Entries {
    /// The ways into an action.
    pub(crate) fn of(&self, n: usize) -> &[Entry] {
        &self.entries[self.starts[n]..self.starts[n + 1]]
    }
}
