//! A comparison for programs.

use flow::diff::{ActionDiff, Branch, BranchChange, FlowDiff, ValueChange, ways_out};
use flow::json::to_json;
use flow::model::{Action, ActionId};
use serde_json::{Map, Value as Json, json};

use crate::comparison::{Comparison, Consequence, FlowChange, Status, Weight};
use crate::environments::{EnvironmentGroup, VariableEffect};
use crate::review::{EnvironmentReview, LiveReview, Review, VariableChange};

/// The comparison: `{"old", "new", "same", "flows", "unchanged"}`.
pub fn comparison(comparison: &Comparison) -> Json {
    let flows: Vec<Json> = comparison.flows.iter().map(flow).collect();
    json!({
        "old": comparison.old,
        "new": comparison.new,
        "same": comparison.flows.is_empty(),
        "flows": flows,
        "unchanged": comparison.unchanged,
    })
}

/// What the change does to an environment.
pub fn environment(environment: &EnvironmentReview) -> Json {
    let live = match &environment.live {
        LiveReview::NotChecked { why } => json!({ "checked": false, "why": why }),
        LiveReview::Checked { comparison, plan } => json!({
            "checked": true,
            "comparison": self::comparison(comparison),
            "plan": plan.as_ref().map(|plan| json!({
                "create": plan.create,
                "update": plan.update,
                "delete": plan.delete,
                "unchanged": plan.unchanged,
                "calls": plan.calls,
                "not_built": plan.not_built,
                "problems": plan.problems,
            })),
        }),
    };
    let variables: Vec<Json> = environment.variables.iter().map(variable).collect();
    json!({
        "name": environment.name,
        "variables": variables,
        "rendered": comparison(&environment.rendered),
        "live": live,
    })
}

/// The whole review: the comparison of the sources, the environments, what `check` finds.
pub fn review(review: &Review) -> Json {
    let environments = review.environments.iter();
    let environments: Vec<Json> = environments
        .map(|it| in_review(it, &review.groups))
        .collect();
    let mut whole = comparison(&review.sources);
    whole["environments"] = environments.into();
    whole["diagnostics"] = flow_source::render::json(&review.findings)["diagnostics"].take();
    whole
}

/// An environment, with what the change does there beside what the sources say.
fn in_review(environment: &EnvironmentReview, groups: &[EnvironmentGroup]) -> Json {
    let mut whole = self::environment(environment);
    let is_here = |it: &&EnvironmentGroup| it.environments.contains(&environment.name);
    if let Some(group) = groups.iter().find(is_here) {
        let effects: Vec<Json> = group.effects.iter().map(effect).collect();
        let consequences = group.consequences.iter().map(|(address, it)| {
            let mut whole = consequence(it);
            whole["address"] = address.as_str().into();
            whole
        });
        let consequences: Vec<Json> = consequences.collect();
        whole["effects"] = effects.into();
        whole["variables_without_effect"] = json!(group.without_effect);
        whole["stays"] = json!(group.unchanged);
        whole["only_here"] = json!(group.only_here);
        whole["consequences"] = consequences.into();
    }
    whole
}

fn effect(effect: &VariableEffect) -> Json {
    let mut whole = json!({
        "address": effect.address,
        "action": effect.action.as_ref().map(ActionId::as_str),
        "path": effect.path,
        "variables": effect.variables,
        "secret": effect.is_secret,
    });
    if !effect.is_secret {
        whole["old"] = effect.old.clone().into();
        whole["new"] = effect.new.clone().into();
    }
    whole
}

fn variable(change: &VariableChange) -> Json {
    let mut variable = json!({ "name": change.name, "secret": change.is_secret });
    if !change.is_secret {
        variable["old"] = change.old.clone().into();
        variable["new"] = change.new.clone().into();
    }
    variable
}

fn flow(change: &FlowChange) -> Json {
    let properties = change.properties.iter();
    let properties: Vec<Json> = properties
        .map(|it| json!({ "name": it.name, "old": it.old, "new": it.new }))
        .collect();
    let status = match change.status {
        Status::Added => "added",
        Status::Removed => "removed",
        Status::Changed => "changed",
    };
    let mut flow = json!({
        "address": change.address,
        "status": status,
        "properties": properties,
    });
    if let Some(old) = &change.renamed_from {
        flow["renamed_from"] = old.as_str().into();
    }
    if let (Json::Object(flow), Json::Object(mut content)) = (&mut flow, content(&change.diff)) {
        flow.append(&mut content);
    }
    let consequences: Vec<Json> = change.consequences.iter().map(consequence).collect();
    flow["consequences"] = consequences.into();
    flow
}

fn content(diff: &FlowDiff) -> Json {
    let id = |it: &ActionId| Json::from(it.as_str());
    let start = diff.start.as_ref().map(|(old, new)| [id(old), id(new)]);
    let actions = |them: &[Action]| -> Vec<Json> { them.iter().map(whole).collect() };
    let renamed = diff.renamed.iter();
    let renamed: Vec<Json> = renamed
        .map(|it| json!({ "old": it.old.as_str(), "new": it.new.as_str() }))
        .collect();
    let changed = diff.changed.iter().filter(|it| it.is_changed());
    let changed: Vec<Json> = changed.map(self::changed).collect();
    let rewired = diff.changed.iter().filter(|it| it.is_rewired());
    let rewired: Vec<Json> = rewired.map(self::rewired).collect();
    json!({
        "start": start,
        "added": actions(&diff.added),
        "removed": actions(&diff.removed),
        "renamed": renamed,
        "changed": changed,
        "rewired": rewired,
        "document": values(&diff.document),
    })
}

/// An action that only one of the versions has.
fn whole(action: &Action) -> Json {
    let parameters = action.parameters.iter();
    let parameters: Map<String, Json> = parameters
        .map(|(key, value)| (key.clone(), to_json(value)))
        .collect();
    let branches: Vec<Json> = ways_out(action)
        .into_iter()
        .map(|(branch, to)| json!({ "branch": branch.to_string(), "to": to.as_str() }))
        .collect();
    json!({
        "action": action.id.as_str(),
        "type": action.kind.as_str(),
        "parameters": parameters,
        "branches": branches,
    })
}

fn changed(diff: &ActionDiff) -> Json {
    let mut changed = action(diff);
    changed.insert("type".into(), diff.kind.as_str().into());
    if let Some(kind) = &diff.old_kind {
        changed.insert("old_type".into(), kind.as_str().into());
    }
    let parameters = diff.parameters.iter().chain(&diff.extra);
    let parameters: Vec<Json> = parameters.map(value).collect();
    changed.insert("parameters".into(), parameters.into());
    let edited = diff.branches.iter().filter(|it| !leads_elsewhere(it));
    let edited: Vec<Json> = edited.map(branch).collect();
    changed.insert("branches".into(), edited.into());
    if let Some((old, new)) = &diff.reordered {
        let words =
            |them: &[Branch]| -> Vec<String> { them.iter().map(Branch::to_string).collect() };
        let order = json!({ "old": words(old), "new": words(new) });
        changed.insert("order".into(), order);
    }
    changed.into()
}

fn rewired(diff: &ActionDiff) -> Json {
    let mut rewired = action(diff);
    let branches = diff.branches.iter().filter(|it| leads_elsewhere(it));
    let branches: Vec<Json> = branches.map(branch).collect();
    rewired.insert("branches".into(), branches.into());
    rewired.into()
}

fn action(diff: &ActionDiff) -> Map<String, Json> {
    let mut action = Map::new();
    action.insert("action".into(), diff.id.as_str().into());
    if diff.old_id != diff.id {
        action.insert("old_action".into(), diff.old_id.as_str().into());
    }
    action
}

/// Whether both versions have the way out.
fn leads_elsewhere(change: &BranchChange) -> bool {
    change.old.is_some() && change.new.is_some()
}

fn branch(change: &BranchChange) -> Json {
    let to = |it: &Option<ActionId>| it.as_ref().map(|it| it.as_str().to_owned());
    json!({
        "branch": change.branch.to_string(),
        "old": to(&change.old),
        "new": to(&change.new),
    })
}

fn values(changes: &[ValueChange]) -> Vec<Json> {
    changes.iter().map(value).collect()
}

fn value(change: &ValueChange) -> Json {
    json!({
        "path": change.path.to_string(),
        "old": change.old.as_ref().map(to_json),
        "new": change.new.as_ref().map(to_json),
    })
}

fn consequence(consequence: &Consequence) -> Json {
    let weight = match consequence.weight {
        Weight::Attention => "attention",
        Weight::Note => "note",
    };
    let actions = consequence.actions.iter();
    let actions: Vec<&str> = actions.map(ActionId::as_str).collect();
    json!({
        "kind": consequence.kind,
        "weight": weight,
        "text": consequence.text,
        "actions": actions,
    })
}
