//! Saved plans: written by `plan --out`, carried out by `deploy --plan` or refused as stale.

use std::fs;
use std::path::Path;

use anyhow::Context;
use provision::address::Layer;
use provision::environment::Environment;
use provision::plan::{Choices, Fingerprint, Part, Plan};
use serde_json::{Value, json};

use crate::exit::Helped;
use crate::printer::Printer;
use crate::views;

/// Raised when a key is added.
const FORMAT: u64 = 2;

/// Writes a plan with digests of what it was made from.
pub(super) fn write(
    plan: &Plan,
    choices: &Choices,
    environment: &Environment,
    path: &Path,
) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(&document(plan, choices, environment));
    let text = text.expect("a JSON value can be written") + "\n";
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn document(plan: &Plan, choices: &Choices, environment: &Environment) -> Value {
    json!({
        "format": FORMAT,
        "environment": environment.name,
        "account": environment.account,
        "region": environment.region,
        "instance": environment.instance_alias,
        "choices": {
            "prune": choices.prune,
            "allow_destroy": choices.allow_destroy,
            "targets": choices.targets,
            "only": choices.only.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        },
        "made_from": plan.fingerprint.to_json(),
        "plan": views::plan::json(plan),
    })
}

/// A plan that was read back.
pub(super) struct Saved(Value);

impl Saved {
    /// Reads a saved plan of this environment, for the command that carries out plans of this layer.
    pub(super) fn read(
        path: &Path,
        environment: &Environment,
        layer: Layer,
    ) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let none = || {
            let help = "write one with `cargo xtask plan --env NAME --out FILE`";
            Helped::new(format!("{shown} is no saved plan"), help)
        };
        let saved: Value = serde_json::from_str(&text).map_err(|_| none())?;
        if saved["format"] != FORMAT || Fingerprint::from_json(&saved["made_from"]).is_none() {
            return Err(none().into());
        }
        let of = [
            ("environment", &environment.name),
            ("account", &environment.account),
            ("region", &environment.region),
            ("instance", &environment.instance_alias),
        ];
        for (key, ours) in of {
            if saved[key] != ours.as_str() {
                let theirs = saved[key].as_str().unwrap_or("none");
                return Err(Helped::new(
                    format!("{shown} is a plan for {key} `{theirs}`, and this is `{ours}`"),
                    "name the environment of the plan with --env, or plan anew",
                )
                .into());
            }
        }
        if saved["plan"]["layer"] != layer.as_str() {
            let command = match layer {
                Layer::Foundation => "deploy",
                Layer::Release => "bootstrap",
            };
            return Err(Helped::new(
                format!("{shown} is a plan of the other layer"),
                format!("carry it out with `cargo xtask {command} --plan {shown}`"),
            )
            .into());
        }
        Ok(Self(saved))
    }

    /// What was chosen when it was made.
    pub(super) fn choices(&self) -> Choices {
        let chosen = |name: &str| self.0["choices"][name] == true;
        let texts = |name: &str| {
            let texts = self.0["choices"][name].as_array().into_iter().flatten();
            texts.filter_map(Value::as_str).map(str::to_owned)
        };
        Choices {
            prune: chosen("prune"),
            allow_destroy: chosen("allow_destroy"),
            targets: texts("targets").collect(),
            only: texts("only").filter_map(|it| Part::parse(&it)).collect(),
        }
    }

    /// Whether a plan made now is the saved one; says what moved if not.
    pub(super) fn holds(
        &self,
        now: &Plan,
        choices: &Choices,
        environment: &Environment,
        printer: &Printer,
    ) -> bool {
        let earlier = Fingerprint::from_json(&self.0["made_from"]).unwrap_or_default();
        let moved = now.fingerprint.moved_since(&earlier);
        if moved.is_empty() && self.0 == document(now, choices, environment) {
            return true;
        }
        printer.important("the saved plan is stale and nothing was changed:");
        for it in &moved {
            printer.important(&format!("  {}: {} moved", it.address, it.what));
        }
        if moved.is_empty() {
            printer.important("  another version of this tool would do something else");
        }
        printer.important("plan again, and have the new plan approved");
        false
    }
}
