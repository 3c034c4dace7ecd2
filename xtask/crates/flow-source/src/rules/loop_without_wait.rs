//! F010: a circle that takes no time.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::components::Components;
use crate::lint::pace::{self, Pace};
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F010",
    name: "loop-without-wait",
    severity: Severity::Warning,
    finds: "a circle of actions in which nothing waits and nobody is asked anything",
    why: "\
Such a circle runs as fast as Connect lets it: it fills the flow's log, calls a Lambda over and over \
while it is failing, or floods a chat with messages, until Connect stops the contact. A flow has no \
arithmetic, so only a Lambda or the time of day can make the circle end.

Put a `Wait` into it, or bound it with a `Loop` action. A voice prompt counts as time; in a flow that \
is evidently for chat it does not.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: One moment, please.
    next: look_up
  look_up:
    invoke_lambda: lookup
    next: bye
    on: { error: look_up }
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: One moment, please.
    next: look_up
  look_up:
    invoke_lambda: lookup
    next: bye
    on: { error: pause }
  pause:
    wait: 5s
    next: look_up
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if !context.subject.is_sound {
        return;
    }
    let graph = context.graph;
    let actions = &context.flow.actions;
    let speech = if pace::is_chat_only(context) {
        Pace::Instant
    } else {
        Pace::Waits
    };
    let is_fast = |n: usize| match pace::of(&actions[n]) {
        Pace::Instant | Pace::Lambda => graph.is_reached[n],
        Pace::Speech => graph.is_reached[n] && speech == Pace::Instant,
        Pace::Waits => false,
    };
    let components = Components::new(graph, is_fast);
    let mut is_said = vec![false; components.sizes.len()];
    for n in 0..actions.len() {
        let is_new = || !is_said[components.of[n] as usize];
        if components.is_on_circle(graph, n) && is_new() {
            is_said[components.of[n] as usize] = true;
            found(context, report, &circle(context, &components, n));
        }
    }
}

/// The shortest way from an action back to itself, without leaving its component.
fn circle(context: &Context<'_>, components: &Components, start: usize) -> Vec<usize> {
    let mut before = vec![None; components.of.len()];
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(n) = open.pop_front() {
        for exit in context.graph.exits(n) {
            if exit.to == start {
                let mut way: Vec<usize> = std::iter::successors(Some(n), |n| before[*n]).collect();
                way.reverse();
                return way;
            }
            let is_inside = components.of[exit.to] == components.of[start];
            if is_inside && before[exit.to].is_none() {
                before[exit.to] = Some(n);
                open.push_back(exit.to);
            }
        }
    }
    vec![start]
}

fn found(context: &Context<'_>, report: &mut Report<'_, '_>, circle: &[usize]) {
    let actions = &context.flow.actions;
    let name = |n: &usize| format!("`{}`", actions[*n].id);
    let Some(first) = circle.first() else {
        return;
    };
    let calls_lambda = circle
        .iter()
        .any(|n| pace::of(&actions[*n]) == Pace::Lambda);
    let what = if calls_lambda {
        "circle that calls a Lambda again and again"
    } else {
        "circle without a wait"
    };
    let label = if circle.len() == 1 {
        "it leads back to itself at once"
    } else {
        "the flow comes back here at once"
    };
    let way: Vec<String> = circle.iter().chain([first]).map(name).collect();
    let help = "put a wait into the circle, or bound it with a `Loop` action";
    let diag = report.at(Place::Action(*first), what, label);
    diag.notes
        .push(format!("the way around: {}", way.join(" → ")));
    diag.help = Some(help.to_owned());
}
