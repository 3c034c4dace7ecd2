//! Plans for people and for programs, from the views that go with them, in colour.

use anstyle::Style;
use provision::address::ResourceAddr;
use provision::plan::{Plan, Step, view};
use serde_json::Value;

use crate::exit::Helped;
use crate::printer::{ADDED, CHANGED, ERROR, HEADING, REMOVED, WARNING};

/// What changes and why; marks at the start of a line say the same as the colours.
pub(crate) fn human(plan: &Plan) -> String {
    let text = view::human(plan);
    let lines = text.lines().map(|line| match style(line) {
        Some(style) => format!("{style}{line}{style:#}\n"),
        None => format!("{line}\n"),
    });
    let mut text: String = lines.collect();
    let calls = plan.calls();
    if !calls.is_empty() {
        let calls = calls.iter().map(|(call, count)| format!("{call} {count}"));
        text.push_str(&format!(
            "calls: {}\n",
            calls.collect::<Vec<_>>().join(", ")
        ));
    }
    text
}

/// For a forge.
pub(crate) fn markdown(plan: &Plan) -> String {
    view::markdown(plan)
}

pub(crate) fn json(plan: &Plan) -> Value {
    view::json(plan)
}

/// How many resources change, in a line.
pub(crate) fn summary(plan: &Plan) -> String {
    view::summary(plan)
}

/// What stands in the way of a plan, as the error that it is.
pub(crate) fn refuse_problems(plan: &Plan) -> anyhow::Result<()> {
    match plan.problems.first() {
        None => Ok(()),
        Some(problem) => {
            let help = problem
                .help()
                .unwrap_or("the plan above lists the problems");
            Err(Helped::of(problem.clone(), help).into())
        }
    }
}

fn style(line: &str) -> Option<Style> {
    let is_indented = line.starts_with(' ');
    match line.trim_start().split_once(' ')?.0 {
        "+" => Some(ADDED),
        "-" => Some(REMOVED),
        "~" | ">" => Some(CHANGED),
        "problem:" => Some(ERROR),
        "warning:" => Some(WARNING),
        _ if is_indented => None,
        _ => Some(HEADING),
    }
}

/// What of a plan is done after so many steps, and what is not, for who has to go on.
pub(crate) fn how_far(plan: &Plan, done: usize) -> String {
    let (past, rest) = plan.steps.split_at(done.min(plan.steps.len()));
    let is_in = |steps: &[Step], addr: &ResourceAddr| steps.iter().any(|step| step.addr == *addr);
    let mut lines = vec![format!(
        "{} of {} steps are done",
        past.len(),
        plan.steps.len()
    )];
    for change in &plan.changes {
        let state = match (is_in(past, &change.addr), is_in(rest, &change.addr)) {
            (true, false) => "done",
            (true, true) => "begun",
            (false, _) => "not done",
        };
        lines.push(format!(
            "  {state:8} {} {}",
            change.kind.as_str(),
            change.addr
        ));
    }
    let shown = lines.len().min(HOW_FAR);
    let more = lines.len() - shown;
    lines.truncate(shown);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.join("\n")
}

/// So many lines are read, and the first ones are what was done.
const HOW_FAR: usize = 40;
