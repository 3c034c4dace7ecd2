//! What Markdown says of the environments.

use super::escape::{code, prose, sentence};
use super::section::{self, cut, name};
use super::text::plan_words;
use crate::comparison::Comparison;
use crate::environments::{EnvironmentGroup, VariableEffect};
use crate::review::{EnvironmentReview, LiveReview, PlanSummary, VariableChange};

/// The length of sentences and values in characters.
const LONGEST: usize = 300;

/// A list item for an environment, and below it what is known.
pub(crate) fn environment(environment: &EnvironmentReview, groups: &[EnvironmentGroup]) -> String {
    let mut lines = format!("- {}\n", headline(environment));
    let mut item = |text: &str| lines.push_str(&format!("  - {text}\n"));
    for variable in &environment.variables {
        item(&self::variable(variable));
    }
    let is_here = |it: &&EnvironmentGroup| it.environments.contains(&environment.name);
    match groups.iter().find(is_here) {
        Some(group) => self::group(group, &mut item),
        None => differs(&environment.rendered, &mut item),
    }
    if let LiveReview::Checked { comparison, plan } = &environment.live {
        for change in &comparison.flows {
            let (name, happened) = (name(&change.address), section::happened(change));
            item(&format!("live {name}: {happened}"));
        }
        for problem in plan.iter().flat_map(|it| &it.problems) {
            item(&format!(
                "**Problem:** {}",
                sentence(&cut(problem, LONGEST))
            ));
        }
    }
    lines
}

/// `**prod**: 1 to update; 4 calls`.
pub(crate) fn headline(environment: &EnvironmentReview) -> String {
    let name = prose(&cut(&environment.name, 128));
    match &environment.live {
        LiveReview::NotChecked { why } => {
            format!("**{name}**: not checked: {}", sentence(&cut(why, LONGEST)))
        }
        LiveReview::Checked { plan, .. } => {
            let plan = plan.as_ref().map_or("live was read".to_owned(), deployment);
            format!("**{name}**: {plan}")
        }
    }
}

fn deployment(plan: &PlanSummary) -> String {
    match plan.problems.len() {
        0 => format!("a deployment has {}", plan_words(plan)),
        1 => "cannot be deployed: 1 problem".to_owned(),
        n => format!("cannot be deployed: {n} problems"),
    }
}

fn variable(change: &VariableChange) -> String {
    let name = name(&format!("vars.{}", change.name));
    if change.is_secret {
        return format!("{name} differs; its value is secret");
    }
    let value = |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), value_of);
    format!("{name}: {} → {}", value(&change.old), value(&change.new))
}

fn differs(rendered: &Comparison, item: &mut impl FnMut(&str)) {
    let names = rendered.flows.iter().map(|it| name(&it.address));
    let names: Vec<String> = names.collect();
    if !names.is_empty() {
        item(&format!("differs here: {}", names.join(", ")));
    }
}

fn group(group: &EnvironmentGroup, item: &mut impl FnMut(&str)) {
    for effect in &group.effects {
        item(&self::effect(effect));
    }
    let lists = [
        ("no flow uses", &group.without_effect, "vars."),
        ("differs only here:", &group.only_here, ""),
        ("stays as it is:", &group.unchanged, ""),
    ];
    for (words, names, prefix) in lists {
        if !names.is_empty() {
            let names = names.iter().map(|it| name(&format!("{prefix}{it}")));
            let names: Vec<String> = names.collect();
            item(&format!("{words} {}", names.join(", ")));
        }
    }
    for (address, consequence) in &group.consequences {
        item(&format!(
            "{}: {}",
            name(address),
            sentence(&cut(&consequence.text, LONGEST))
        ));
    }
}

fn effect(effect: &VariableEffect) -> String {
    let address = name(&effect.address);
    let action = effect.action.as_ref();
    let action = action.map_or(String::new(), |it| format!(" {}", name(it.as_str())));
    let variables = effect.variables.iter();
    let variables: Vec<String> = variables.map(|it| name(&format!("vars.{it}"))).collect();
    let from = match variables.as_slice() {
        [] => String::new(),
        variables => format!(", from {}", variables.join(", ")),
    };
    let place = format!("{address}{action} {}", name(&effect.path));
    if effect.is_secret {
        return format!("{place} differs; its value is secret{from}");
    }
    let value = |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), value_of);
    let (old, new) = (value(&effect.old), value(&effect.new));
    format!("{place}: {old} → {new}{from}")
}

fn value_of(text: &str) -> String {
    code(&cut(text, LONGEST))
}
