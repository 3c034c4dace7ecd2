//! A plan as text for people and as JSON for machines: two views of the same value.

use std::fmt::Write as _;

use flow::diff::{ActionDiff, BranchChange, FlowDiff, ValueChange};
use flow::json::to_json;
use flow::model::ActionId;
use flow::picture::Mark;
use serde_json::{Value as Json, json};

use super::{Change, ChangeKind, FieldChange, Plan, PlanProblem, PlanWarning};

/// The plan as people read it: what changes and why, the old and the new text of each block.
pub fn human(plan: &Plan) -> String {
    let mut out = String::new();
    let width = plan
        .changes
        .iter()
        .map(|change| change.addr.to_string().len())
        .max();
    for change in &plan.changes {
        write_change(&mut out, change, width.unwrap_or(0));
    }
    for warning in &plan.warnings {
        line(&mut out, 0, &format!("warning: {warning}"));
        if let Some(help) = warning.help() {
            line(&mut out, 1, &format!("help: {help}"));
        }
    }
    for problem in &plan.problems {
        line(&mut out, 0, &format!("problem: {problem}"));
        if let Some(help) = problem.help() {
            line(&mut out, 1, &format!("help: {help}"));
        }
    }
    line(&mut out, 0, &summary(plan));
    let estimate = plan.estimate();
    if estimate.slowest.is_some() {
        line(&mut out, 0, &format!("takes {estimate}"));
    }
    out
}

/// One line: how much changes, and with how many calls.
pub fn summary(plan: &Plan) -> String {
    let counts = plan.counts();
    if plan.is_empty() {
        return format!("nothing to do, {} unchanged", counts.unchanged);
    }
    let calls: usize = plan.calls().values().sum();
    let noun = if calls == 1 { "call" } else { "calls" };
    format!(
        "{} to create, {} to update, {} to delete, {} unchanged; {calls} {noun}",
        counts.create, counts.update, counts.delete, counts.unchanged
    )
}

/// The plan for a forge: a table, and below it what people read.
pub fn markdown(plan: &Plan) -> String {
    let mut out = format!("**{}**\n", summary(plan));
    if !plan.changes.is_empty() {
        out.push_str("\n| | what | why |\n|---|---|---|\n");
    }
    for change in &plan.changes {
        let (kind, reason) = (change.kind.as_str(), cell(&change.reason.to_string()));
        out.push_str(&format!("| {kind} | `{}` | {reason} |\n", change.addr));
    }
    for warning in &plan.warnings {
        out.push_str(&format!("\n**warning**: {}", cell(&warning.to_string())));
        let help = warning.help().map(|help| format!(" ({help})"));
        out.push_str(&format!("{}\n", help.unwrap_or_default()));
    }
    for problem in &plan.problems {
        out.push_str(&format!("\n**problem**: {}", cell(&problem.to_string())));
        let help = problem.help().map(|help| format!(" ({help})"));
        out.push_str(&format!("{}\n", help.unwrap_or_default()));
    }
    if !plan.changes.is_empty() {
        let text = human(plan);
        // A fence is longer than any inside.
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        out.push_str(&format!(
            "\n<details><summary>Block by block</summary>\n\n{fence}diff\n{text}{fence}\n\n</details>\n"
        ));
    }
    out
}

fn cell(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|");
    text.replace('<', "&lt;").replace('`', "\\`")
}

fn line(out: &mut String, depth: usize, text: &str) {
    let indent = "    ".repeat(depth);
    // Writing to a string does not fail.
    let _ = writeln!(out, "{indent}{text}");
}

fn write_change(out: &mut String, change: &Change, width: usize) {
    let mark = match change.kind {
        ChangeKind::Create => '+',
        ChangeKind::Update => '~',
        ChangeKind::Adopt => '>',
        ChangeKind::Delete => '-',
        ChangeKind::Replace => '!',
    };
    let addr = change.addr.to_string();
    line(out, 0, &format!("{mark} {addr:width$}  {}", change.reason));
    for field in &change.fields {
        write_old_and_new(
            out,
            1,
            &field.name,
            field.old.as_deref(),
            field.new.as_deref(),
        );
    }
    if let Some(diff) = &change.flow {
        write_flow(out, diff);
    }
}

fn write_flow(out: &mut String, diff: &FlowDiff) {
    for item in diff.outline() {
        let sign = match item.mark {
            Mark::Added => '+',
            Mark::Removed => '-',
            Mark::Changed | Mark::Rewired | Mark::Renamed => '~',
        };
        let title = match item.depth {
            0 if item.values.is_none() => format!("{sign} {}", item.title),
            _ => item.title.to_string(),
        };
        match &item.values {
            Some(values) => {
                let (old, new) = (values.old.as_deref(), values.new.as_deref());
                write_old_and_new(out, item.depth + 1, &title, old, new);
            }
            None => line(out, item.depth + 1, &title),
        }
    }
}

fn write_old_and_new(
    out: &mut String,
    depth: usize,
    title: &str,
    old: Option<&str>,
    new: Option<&str>,
) {
    line(out, depth, title);
    for (mark, value) in [('-', old), ('+', new)] {
        for text in value.into_iter().flat_map(str::lines) {
            line(out, depth + 1, &format!("{mark} {text}"));
        }
    }
}

/// The plan as one JSON value.
pub fn json(plan: &Plan) -> Json {
    let (counts, estimate) = (plan.counts(), plan.estimate());
    json!({
        "layer": plan.layer.as_str(),
        "counts": {
            "create": counts.create,
            "update": counts.update,
            "delete": counts.delete,
            "unchanged": counts.unchanged,
        },
        "calls": plan.calls(),
        "estimate": {
            "calls": estimate.calls,
            "seconds": estimate.seconds,
            "slowest": estimate.slowest,
        },
        "changes": plan.changes.iter().map(json_change).collect::<Vec<_>>(),
        "unchanged": plan.unchanged.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "warnings": plan.warnings.iter().map(json_warning).collect::<Vec<_>>(),
        "problems": plan.problems.iter().map(json_problem).collect::<Vec<_>>(),
    })
}

fn json_problem(problem: &PlanProblem) -> Json {
    json!({ "message": problem.to_string(), "help": problem.help() })
}

fn json_warning(warning: &PlanWarning) -> Json {
    json!({
        "kind": warning.as_str(),
        "message": warning.to_string(),
        "help": warning.help(),
    })
}

fn json_change(change: &Change) -> Json {
    let fields: Vec<Json> = change.fields.iter().map(json_field).collect();
    let calls: Vec<&str> = change.calls.iter().map(|call| call.operation()).collect();
    json!({
        "address": change.addr.to_string(),
        "kind": change.kind.as_str(),
        "reason": change.reason.as_str(),
        "fields": fields,
        "flow": change.flow.as_ref().map(json_flow),
        "calls": calls,
    })
}

fn json_field(field: &FieldChange) -> Json {
    json!({ "name": field.name, "old": field.old, "new": field.new })
}

fn json_flow(diff: &FlowDiff) -> Json {
    let id = |action: &flow::model::Action| action.id.to_string();
    let value = |change: &ValueChange| {
        json!({
            "path": change.path.to_string(),
            "old": change.old.as_ref().map(to_json),
            "new": change.new.as_ref().map(to_json),
        })
    };
    let branch = |change: &BranchChange| {
        json!({
            "branch": change.branch.to_string(),
            "old": change.old.as_ref().map(ActionId::as_str),
            "new": change.new.as_ref().map(ActionId::as_str),
        })
    };
    let action = |action: &ActionDiff| {
        json!({
            "action": action.id.as_str(),
            "type": action.kind.as_str(),
            "old_type": action.old_kind.as_ref().map(|kind| kind.as_str()),
            "parameters": action.parameters.iter().map(value).collect::<Vec<_>>(),
            "extra": action.extra.iter().map(value).collect::<Vec<_>>(),
            "branches": action.branches.iter().map(branch).collect::<Vec<_>>(),
        })
    };
    json!({
        "start": diff.start.as_ref().map(|(old, new)| [old.as_str(), new.as_str()]),
        "added": diff.added.iter().map(id).collect::<Vec<_>>(),
        "removed": diff.removed.iter().map(id).collect::<Vec<_>>(),
        "renamed": diff.renamed.iter().map(|it| [it.old.as_str(), it.new.as_str()]).collect::<Vec<_>>(),
        "changed": diff.changed.iter().map(action).collect::<Vec<_>>(),
        "document": diff.document.iter().map(value).collect::<Vec<_>>(),
    })
}
