//! Takes out what must not leave the machine: the ids of AWS accounts, and the values of variables
//! that an environment marks as secret.
//!
//! Values are redacted before anything is drawn or written, so that no view can forget to, and none
//! loses its structure to a replacement.

mod find;
mod flow;

use std::collections::BTreeSet;

use ::flow::diagnostic::{Diagnostic, Label};
use ::flow::model::ActionId;

use crate::comparison::Consequence;
use crate::environments::{EnvironmentGroup, VariableEffect};
use crate::review::{EnvironmentReview, LiveReview, PlanSummary, Review, VariableChange};

/// Replaces account ids and secrets.
#[derive(Clone, Debug)]
pub struct Redactor {
    accounts: BTreeSet<String>,
    /// With how each is written inside JSON, which parameters may hold as text.
    secrets: BTreeSet<String>,
}

const ACCOUNT: &str = "[account]";
const SECRET: &str = "[secret]";

impl Redactor {
    /// `accounts` are those of the environments; the accounts of ARNs are found wherever one is.
    pub fn new(
        accounts: impl IntoIterator<Item = String>,
        secrets: impl IntoIterator<Item = String>,
    ) -> Self {
        let secrets = secrets.into_iter().filter(|it| !it.trim().is_empty());
        let spellings = secrets.flat_map(|it| {
            let json = serde_json::Value::from(it.as_str()).to_string();
            let inside = json.get(1..json.len() - 1).unwrap_or_default().to_owned();
            [it, inside]
        });
        Self {
            accounts: accounts.into_iter().filter(|it| !it.is_empty()).collect(),
            secrets: spellings.collect(),
        }
    }

    /// A text without accounts and secrets.
    pub fn text(&self, text: &str) -> String {
        let mut finds = self.finds(text);
        if finds.is_empty() {
            return text.to_owned();
        }
        finds.sort_by_key(|it| it.start);
        let mut redacted = String::with_capacity(text.len());
        let mut end = 0;
        let mut finds = finds.into_iter().peekable();
        while let Some(mut find) = finds.next() {
            // What overlaps is one: half of a secret beside a placeholder would be half a secret.
            while let Some(next) = finds.next_if(|it| it.start < find.end) {
                find.end = find.end.max(next.end);
                find.is_secret |= next.is_secret;
            }
            redacted.push_str(&text[end..find.start]);
            redacted.push_str(if find.is_secret { SECRET } else { ACCOUNT });
            end = find.end;
        }
        redacted.push_str(&text[end..]);
        redacted
    }
}

impl Redactor {
    /// A review without accounts and secrets.
    #[must_use]
    pub fn review(&self, review: &Review) -> Review {
        let environments = review.environments.iter();
        let groups = review.groups.iter();
        Review {
            sources: self.comparison(&review.sources),
            environments: environments.map(|it| self.environment(it)).collect(),
            groups: groups.map(|it| self.group(it)).collect(),
            findings: review.findings.iter().map(|it| self.finding(it)).collect(),
        }
    }

    /// What is known of an environment, without accounts and secrets.
    #[must_use]
    pub fn environment(&self, environment: &EnvironmentReview) -> EnvironmentReview {
        let variables = environment.variables.iter();
        let live = match &environment.live {
            LiveReview::NotChecked { why } => LiveReview::NotChecked {
                why: self.text(why),
            },
            LiveReview::Checked { comparison, plan } => LiveReview::Checked {
                comparison: self.comparison(comparison),
                plan: plan.as_ref().map(|plan| PlanSummary {
                    problems: self.texts(&plan.problems),
                    ..plan.clone()
                }),
            },
        };
        EnvironmentReview {
            name: self.text(&environment.name),
            variables: variables.map(|it| self.variable(it)).collect(),
            rendered: self.comparison(&environment.rendered),
            live,
        }
    }

    fn variable(&self, change: &VariableChange) -> VariableChange {
        let value = |it: &Option<String>| {
            let shown = it.as_ref().filter(|_| !change.is_secret);
            shown.map(|it| self.text(it))
        };
        VariableChange {
            name: self.text(&change.name),
            old: value(&change.old),
            new: value(&change.new),
            is_secret: change.is_secret,
        }
    }

    fn group(&self, group: &EnvironmentGroup) -> EnvironmentGroup {
        let consequences = group.consequences.iter();
        EnvironmentGroup {
            environments: self.texts(&group.environments),
            effects: group.effects.iter().map(|it| self.effect(it)).collect(),
            without_effect: self.texts(&group.without_effect),
            unchanged: self.texts(&group.unchanged),
            only_here: self.texts(&group.only_here),
            consequences: consequences
                .map(|(address, it)| (self.text(address), self.consequence(it)))
                .collect(),
        }
    }

    fn effect(&self, effect: &VariableEffect) -> VariableEffect {
        let action = effect.action.as_ref();
        let value = |it: &Option<String>| {
            let shown = it.as_ref().filter(|_| !effect.is_secret);
            shown.map(|it| self.text(it))
        };
        VariableEffect {
            address: self.text(&effect.address),
            action: action.map(|it| ActionId::from(self.text(it.as_str()))),
            path: self.text(&effect.path),
            variables: self.texts(&effect.variables),
            old: value(&effect.old),
            new: value(&effect.new),
            is_secret: effect.is_secret,
        }
    }

    /// A consequence that stands beside the flow it is about.
    fn consequence(&self, consequence: &Consequence) -> Consequence {
        let actions = consequence.actions.iter();
        Consequence {
            kind: consequence.kind,
            weight: consequence.weight,
            text: self.text(&consequence.text),
            actions: actions
                .map(|it| ActionId::from(self.text(it.as_str())))
                .collect(),
        }
    }

    /// The texts of a finding. Its places stay: views show path and line, not what stands there.
    fn finding(&self, finding: &Diagnostic) -> Diagnostic {
        let labels = finding.labels.iter().map(|it| Label {
            span: it.span.clone(),
            text: self.text(&it.text),
        });
        Diagnostic {
            headline: self.text(&finding.headline),
            labels: labels.collect(),
            notes: self.texts(&finding.notes),
            help: finding.help.as_ref().map(|it| self.text(it)),
            fix: None,
            ..finding.clone()
        }
    }

    fn texts(&self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|it| self.text(it)).collect()
    }
}
