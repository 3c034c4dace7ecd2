//! The strongly connected components of a flow: actions that lead to each other in a circle.
//!
//! Tarjan's algorithm without recursion, since the length of a path is the author's choice. Time
//! and memory grow with the number of ways, not with its square.

use super::Graph;

/// Which actions lie on circles together.
pub(crate) struct Components {
    /// For each action the number of its component. A component leads only to itself and to those
    /// with smaller numbers. [`Components::NONE`] for actions that were not looked at.
    pub(crate) of: Vec<u32>,
    /// How many actions each component has.
    pub(crate) sizes: Vec<u32>,
}

impl Components {
    pub(crate) const NONE: u32 = u32::MAX;

    /// The components of the actions that `looks_at` chooses, with the ways between them.
    pub(crate) fn new(graph: &Graph<'_>, looks_at: impl Fn(usize) -> bool) -> Self {
        let n_actions = graph.flow.actions.len();
        let mut search = Search {
            graph,
            looks_at,
            found: Self {
                of: vec![Self::NONE; n_actions],
                sizes: Vec::new(),
            },
            low: vec![UNSEEN; n_actions],
            n_seen: 0,
            path: Vec::new(),
            open: Vec::new(),
        };
        for n in 0..n_actions {
            if search.low[n] == UNSEEN && (search.looks_at)(n) {
                search.from(n);
            }
        }
        search.found
    }

    /// Whether an action can be come to again after it, on ways that were looked at.
    pub(crate) fn is_on_circle(&self, graph: &Graph<'_>, n: usize) -> bool {
        let is_large = |it: &u32| self.sizes.get(*it as usize).is_some_and(|it| *it > 1);
        let component = self.of.get(n).filter(|it| **it != Self::NONE);
        component.is_some_and(|it| is_large(it) || graph.exits(n).iter().any(|exit| exit.to == n))
    }
}

const UNSEEN: u32 = u32::MAX;

struct Search<'g, 'f, F> {
    graph: &'g Graph<'f>,
    looks_at: F,
    found: Components,
    /// When each action was first seen, lowered to the earliest open action that it leads to.
    low: Vec<u32>,
    n_seen: u32,
    /// The actions from the first to the one at hand, each with when it was seen and how many of
    /// its ways were taken.
    path: Vec<(usize, u32, usize)>,
    /// Actions that were seen and belong to no component yet.
    open: Vec<usize>,
}

impl<F: Fn(usize) -> bool> Search<'_, '_, F> {
    fn from(&mut self, first: usize) {
        self.enter(first);
        while let Some((n, seen, taken)) = self.path.last_mut() {
            let (n, seen) = (*n, *seen);
            let exit = self.graph.exits(n).get(*taken);
            *taken += 1;
            match exit {
                Some(exit) => self.look(n, exit.to),
                None => self.leave(n, seen),
            }
        }
    }

    fn enter(&mut self, n: usize) {
        self.low[n] = self.n_seen;
        self.path.push((n, self.n_seen, 0));
        self.open.push(n);
        self.n_seen += 1;
    }

    fn look(&mut self, n: usize, to: usize) {
        if self.low[to] == UNSEEN {
            if (self.looks_at)(to) {
                self.enter(to);
            }
        } else if self.found.of[to] == Components::NONE {
            self.low[n] = self.low[n].min(self.low[to]);
        }
    }

    /// All ways of an action were taken: it closes a component, or its predecessor's goes on.
    fn leave(&mut self, n: usize, seen: u32) {
        self.path.pop();
        if let Some((before, ..)) = self.path.last() {
            self.low[*before] = self.low[*before].min(self.low[n]);
        }
        if self.low[n] != seen {
            return;
        }
        let component = u32::try_from(self.found.sizes.len()).unwrap_or(UNSEEN);
        let mut size = 0;
        while let Some(member) = self.open.pop() {
            self.found.of[member] = component;
            size += 1;
            if member == n {
                break;
            }
        }
        self.found.sizes.push(size);
    }
}

#[cfg(test)]
mod tests {
    use flow::model::{Action, Flow};

    use super::*;

    /// A flow of prompts: `ab bc` leads from `a` to `b` and from `b` to `c`.
    fn flow(ways: &str) -> Flow {
        let mut flow = Flow::new("a");
        for id in ["a", "b", "c", "d", "e"] {
            let mut action = Action::new(id, "MessageParticipant");
            for way in ways.split(' ').filter(|way| way.starts_with(id)) {
                let next = way.get(1..).expect("two letters").into();
                let error = "NoMatchingError".to_owned();
                let branch = flow::model::ErrorBranch { error, next };
                action.transitions.errors.push(branch);
            }
            flow.actions.push(action);
        }
        flow
    }

    /// The circles, each as the letters of its actions.
    fn circles(ways: &str, without: &str) -> Vec<String> {
        let flow = flow(ways);
        let graph = Graph::new(&flow);
        let id = |n: usize| flow.actions[n].id.as_str();
        let components = Components::new(&graph, |n| !without.contains(id(n)));
        let mut circles = vec![String::new(); components.sizes.len()];
        for n in 0..flow.actions.len() {
            if components.is_on_circle(&graph, n) {
                circles[components.of[n] as usize] += id(n);
            }
        }
        circles.retain(|it| !it.is_empty());
        circles.sort();
        circles
    }

    #[test]
    fn actions_that_lead_to_each_other_are_one_component() {
        assert_eq!(circles("ab ba bc cd de ec", ""), ["ab", "cde"]);
        assert_eq!(circles("ab bc ca cd de ed eb", ""), ["abcde"]);
        assert_eq!(circles("ab bc ac cd ad", ""), Vec::<String>::new());
    }

    #[test]
    fn an_action_that_leads_to_itself_is_a_circle() {
        assert_eq!(circles("ab bb bc", ""), ["b"]);
    }

    #[test]
    fn a_circle_through_an_action_that_is_left_out_is_none() {
        assert_eq!(circles("ab bc ca bd db", "c"), ["bd"]);
    }

    #[test]
    fn a_component_leads_only_to_smaller_numbers() {
        let flow = flow("ab ba bc cd dc de");
        let graph = Graph::new(&flow);
        let components = Components::new(&graph, |_| true);
        for n in 0..flow.actions.len() {
            for exit in graph.exits(n) {
                assert!(components.of[exit.to] <= components.of[n]);
            }
        }
    }

    #[test]
    fn a_long_path_needs_no_deep_stack() {
        let mut flow = Flow::new("0");
        for n in 0..100_000 {
            let mut action = Action::new(n.to_string(), "MessageParticipant");
            action.transitions.next = Some((n + 1).to_string().into());
            flow.actions.push(action);
        }
        let graph = Graph::new(&flow);
        assert_eq!(Components::new(&graph, |_| true).sizes.len(), 100_000);
    }
}
