//! Cases with `environments.json`: for each environment its variables before and after, and those
//! that are secret. What is expected is in `environments.txt`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use review::{
    EnvironmentGroup, EnvironmentReview, LiveReview, VariableChange, VariableEffect, Version,
    compare, environment_groups,
};
use serde_json::Value;

use crate::cases::{folders_with, line, unexpected};
use crate::sources::{compiled, version};

type Variables = BTreeMap<String, Value>;

#[test]
fn environments_that_a_change_treats_alike_are_told_together() {
    let mut wrong = Vec::new();
    let folders = folders_with("environments.json");
    assert!(!folders.is_empty());
    for folder in folders {
        let found: String = groups(&folder).iter().map(shown).collect();
        wrong.extend(unexpected(&folder.join("environments.txt"), &found));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn groups(folder: &Path) -> Vec<EnvironmentGroup> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a case has this file");
    let (before, after) = (read("before.yaml"), read("after.yaml"));
    let environments: BTreeMap<String, BTreeMap<String, Variables>> =
        serde_json::from_str(&read("environments.json")).expect("names, sides, variables");
    let reviews = environments.iter().map(|(name, sides)| {
        let of = |side: &str| sides.get(side).cloned().unwrap_or_default();
        let (old, new, secret) = (of("before"), of("after"), of("secret"));
        EnvironmentReview {
            name: name.clone(),
            variables: changes(&old, &new, &secret),
            rendered: compare(&rendered(&before, &old), &rendered(&after, &new)),
            live: LiveReview::NotChecked {
                why: "not asked for".to_owned(),
            },
        }
    });
    let reviews: Vec<EnvironmentReview> = reviews.collect();
    let (old, new) = (version("before", &before), version("after", &after));
    environment_groups(&old, &new, &compare(&old, &new), &reviews)
}

fn rendered(text: &str, variables: &Variables) -> Version {
    let flows = compiled(text).into_iter().map(|it| {
        let (definition, diags) = it.fill_in(variables);
        let is_error =
            |it: &flow::diagnostic::Diagnostic| it.severity == flow::diagnostic::Severity::Error;
        assert!(!diags.iter().any(is_error), "{diags:#?}");
        definition
    });
    Version::new("rendered", flows)
}

fn changes(old: &Variables, new: &Variables, secret: &Variables) -> Vec<VariableChange> {
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names.retain(|it| old.get(*it) != new.get(*it));
    let change = |name: &String| {
        let is_secret = secret.contains_key(name);
        let text = |it: &Variables| Some(it.get(name)?.as_str()?.to_owned());
        VariableChange {
            name: name.clone(),
            old: text(old).filter(|_| !is_secret),
            new: text(new).filter(|_| !is_secret),
            is_secret,
        }
    };
    names.into_iter().map(change).collect()
}

fn shown(group: &EnvironmentGroup) -> String {
    let mut text = format!("{}\n", group.environments.join(", "));
    let mut add = |line: String| writeln!(text, "  {line}").expect("a text takes a line");
    group.effects.iter().for_each(|it| add(effect(it)));
    let lists = [
        ("without effect", &group.without_effect),
        ("unchanged", &group.unchanged),
        ("only here", &group.only_here),
    ];
    for (what, names) in lists.into_iter().filter(|it| !it.1.is_empty()) {
        add(format!("{what}: {}", names.join(", ")));
    }
    for (address, consequence) in &group.consequences {
        add(format!("{address} {}", line(consequence)));
    }
    text
}

fn effect(effect: &VariableEffect) -> String {
    let value = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
    let action = effect.action.as_ref().map(|it| format!(" {it}"));
    let secret = if effect.is_secret { " (secret)" } else { "" };
    format!(
        "{}: {}{} {}: {} -> {}{secret}",
        effect.variables.join(", "),
        effect.address,
        action.unwrap_or_default(),
        effect.path,
        value(&effect.old),
        value(&effect.new),
    )
}
