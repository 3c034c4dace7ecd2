//! Ten realistic changes to one flow.

use std::sync::Arc;

use flow::diagnostic::SourceFile;
use flow::model::FlowDefinition;
use flow::value::Value;
use flow_source::{Names, compile};
use review::{Comparison, Version, compare};

const SOURCE: &str = include_str!("support-chat.yaml");

/// A change, by its name.
pub(crate) struct Change {
    pub(crate) name: &'static str,
    /// What is written in the sources, and what instead.
    edits: &'static [(&'static str, &'static str)],
    /// The module that is invoked before and after; by its name in the sources if empty.
    module: [&'static str; 2],
}

const BY_NAME: [&str; 2] = [""; 2];

pub(crate) const CHANGES: [Change; 10] = [
    Change {
        name: "greeting_reworded",
        edits: &[(
            "One moment, please. Our assistant will be with you soon.",
            "Our new assistant will be with you in a moment.",
        )],
        module: BY_NAME,
    },
    Change {
        name: "timeout_shortened",
        edits: &[("timeout: 15m", "timeout: 5m")],
        module: BY_NAME,
    },
    Change {
        name: "new_intent_branch",
        edits: &[
            (
                "when: { handoff: to_person, done: goodbye }",
                "when: { handoff: to_person, billing: ask_invoice, done: goodbye }",
            ),
            (
                "  goodbye:\n",
                "  ask_invoice:
    play_prompt: \"Please write the number of your invoice. A colleague will look at it with you.\"
    next: billing

  billing:
    set_working_queue: billing
    next: transfer
    on: { error: queue }

  goodbye:\n",
            ),
        ],
        module: BY_NAME,
    },
    Change {
        name: "bot_removed",
        edits: &[
            (
                "  bot:
    custom_bot:
      join: bot-join
      leave: bot-leave
      timeout: 15m
      customer_idle: { warn_after: 2m, disconnect_after: 5m }
    on:
      bot_disconnected: outcome
      time_expired: to_person
      join_failed: apologise

  outcome:
    compare: $.Attributes.bot_outcome
    when: { handoff: to_person, done: goodbye }
    otherwise: apologise

  apologise:
    play_prompt: \"Sorry, our assistant is not available right now. A person will help you.\"
    next: to_person

",
                "",
            ),
            (
                "  goodbye:
    play_prompt: \"Thank you for chatting with {{ vars.brand }}. Goodbye!\"
    next: hang_up

",
                "",
            ),
            ("next: bot", "next: to_person"),
        ],
        module: BY_NAME,
    },
    Change {
        name: "block_renamed",
        edits: &[("greet:", "welcome:"), ("start: greet", "start: welcome")],
        module: BY_NAME,
    },
    Change {
        name: "lambda_swapped",
        edits: &[("join: bot-join", "join: assistant-join")],
        module: BY_NAME,
    },
    Change {
        name: "queue_changed",
        edits: &[(
            "set_working_queue: support",
            "set_working_queue: premium-support",
        )],
        module: BY_NAME,
    },
    Change {
        name: "module_version_moved",
        edits: &[],
        module: [
            "8d2e61b4-90c7-4f35-a1de-5b6c7d8e9f01:2",
            "8d2e61b4-90c7-4f35-a1de-5b6c7d8e9f01:3",
        ],
    },
    Change {
        name: "error_branch_lost",
        edits: &[(
            "on: { at_capacity: no_queue, error: hang_up }",
            "on: { at_capacity: hang_up, error: hang_up }",
        )],
        module: BY_NAME,
    },
    Change {
        name: "flow_imported_anew",
        edits: &[
            ("greet", "5f3a9c1e-0b7d-4a52-9e66-1d2c3b4a5f60"),
            ("outcome:", "8c11d7aa-42e0-4f0c-8b5e-7a9d3c2e1f00:"),
            (": outcome", ": 8c11d7aa-42e0-4f0c-8b5e-7a9d3c2e1f00"),
            ("apologise", "2b9e4d10-6c3f-4e8a-a1b2-c3d4e5f60718"),
            ("to_person", "e0f1a2b3-c4d5-4e6f-8091-a2b3c4d5e6f7"),
            ("no_queue", "77aa88bb-99cc-4dd0-8ee1-ff2233445566"),
            ("transfer:", "13572468-ace0-4bdf-9753-1fdb86420eca:"),
            (
                "next: transfer",
                "next: 13572468-ace0-4bdf-9753-1fdb86420eca",
            ),
            ("goodbye", "0a1b2c3d-4e5f-4607-8899-aabbccddeeff"),
            ("hang_up", "deadbeef-0000-4000-8000-000000000001"),
        ],
        module: BY_NAME,
    },
];

impl Change {
    /// Without what follows from it, which has tests of its own.
    pub(crate) fn comparison(&self) -> Comparison {
        let mut comparison = self.full();
        for flow in &mut comparison.flows {
            flow.consequences.clear();
        }
        comparison
    }

    pub(crate) fn full(&self) -> Comparison {
        let mut new = SOURCE.to_owned();
        for (old, instead) in self.edits {
            assert!(
                new.contains(old),
                "{}: {old:?} is not in the source",
                self.name
            );
            new = new.replace(old, instead);
        }
        let [old_module, new_module] = self.module;
        compare(
            &version("main", &[SOURCE], old_module),
            &version("working tree", &[&new], new_module),
        )
    }
}

/// Sources as a version; they are sound.
fn version(label: &str, sources: &[&str], module: &str) -> Version {
    let named = |(n, text): (usize, &&str)| SourceFile::new(format!("flows/{n}.yaml"), *text);
    let files: Vec<Arc<SourceFile>> = sources.iter().enumerate().map(named).collect();
    let names = Names {
        are_open: true,
        ..Names::default()
    };
    let (flows, diags) = compile(&files, &names);
    let errors: Vec<_> = diags
        .iter()
        .filter(|it| it.severity == flow::diagnostic::Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let definitions = flows.into_iter().map(|it| it.definition);
    Version::new(label, definitions.map(|it| invoking(it, module)))
}

fn invoking(mut definition: FlowDefinition, module: &str) -> FlowDefinition {
    for action in &mut definition.flow.actions {
        if let Some(id) = action.parameters.get_mut("FlowModuleId")
            && !module.is_empty()
        {
            *id = Value::text(module);
        }
    }
    definition
}
