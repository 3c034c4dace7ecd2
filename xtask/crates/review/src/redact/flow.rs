//! Flows, their differences and what follows from these, without accounts and secrets.

use std::collections::{BTreeSet, HashMap, HashSet};

use flow::diff::{
    ActionDiff, Branch, BranchChange, FlowDiff, PathStep, Renamed, ValueChange, ValuePath,
};
use flow::model::{
    Action, ActionId, ActionKind, Condition, ErrorBranch, Flow, FlowDefinition, Transitions,
};
use flow::value::{Map, Ref, Template, Value};

use super::Redactor;
use crate::comparison::{Comparison, Consequence, FlowChange, PropertyChange};

impl Redactor {
    /// A comparison without accounts and secrets, ready for any view. What differs only in them is
    /// still there as a difference.
    #[must_use]
    pub fn comparison(&self, comparison: &Comparison) -> Comparison {
        let unchanged = comparison.unchanged.iter();
        Comparison {
            old: self.text(&comparison.old),
            new: self.text(&comparison.new),
            flows: comparison.flows.iter().map(|it| self.change(it)).collect(),
            unchanged: unchanged.map(|it| self.text(it)).collect(),
        }
    }

    fn change(&self, change: &FlowChange) -> FlowChange {
        let ids = Identifiers::of(change, self);
        let within = Within {
            redactor: self,
            ids: &ids,
        };
        let consequences = change.consequences.iter();
        FlowChange {
            address: self.text(&change.address),
            status: change.status,
            renamed_from: change.renamed_from.as_ref().map(|it| self.text(it)),
            old: change.old.as_ref().map(|it| within.definition(it)),
            new: change.new.as_ref().map(|it| within.definition(it)),
            properties: change
                .properties
                .iter()
                .map(|it| self.property(it))
                .collect(),
            diff: within.diff(&change.diff),
            consequences: consequences.map(|it| within.consequence(it)).collect(),
        }
    }

    fn property(&self, change: &PropertyChange) -> PropertyChange {
        PropertyChange {
            name: change.name,
            old: change.old.as_ref().map(|it| self.text(it)),
            new: change.new.as_ref().map(|it| self.text(it)),
        }
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => {
                let text = number.to_string();
                match self.text(&text) {
                    redacted if redacted == text => value.clone(),
                    redacted => Value::Text(redacted),
                }
            }
            Value::Text(text) => Value::Text(self.text(text)),
            Value::Template(template) => Value::Template(Template {
                source: self.text(&template.source),
                format: template.format,
            }),
            Value::Ref(reference) => Value::Ref(Ref {
                kind: reference.kind,
                name: self.text(&reference.name),
            }),
            Value::List(list) => Value::List(list.iter().map(|it| self.value(it)).collect()),
            Value::Map(map) => Value::Map(self.map(map)),
        }
    }

    fn map(&self, map: &Map) -> Map {
        let mut redacted = Map::with_capacity(map.len());
        for (key, value) in map {
            let key = unique(self.text(key), |it| redacted.contains_key(it));
            redacted.insert(key, self.value(value));
        }
        redacted
    }
}

/// The text, with a number if it is taken.
fn unique(text: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&text) {
        return text;
    }
    let mut numbered = (2..).map(|n| format!("{text} ({n})"));
    let free = numbered.find(|it| !is_taken(it));
    free.expect("some number is free")
}

/// What the identifiers of a flow are called: different ones stay different, in both versions.
struct Identifiers(HashMap<ActionId, ActionId>);

impl Identifiers {
    fn of(change: &FlowChange, redactor: &Redactor) -> Self {
        let mut known: BTreeSet<&ActionId> = BTreeSet::new();
        for definition in change.old.iter().chain(&change.new) {
            known.insert(&definition.flow.start);
            for action in &definition.flow.actions {
                known.insert(&action.id);
                known.extend(action.transitions.targets());
            }
        }
        let mut taken: HashSet<String> = HashSet::new();
        let ids = known.into_iter().map(|id| {
            let name = unique(redactor.text(id.as_str()), |it| taken.contains(it));
            taken.insert(name.clone());
            (id.clone(), ActionId::from(name))
        });
        Self(ids.collect())
    }
}

/// Redacts one flow.
struct Within<'a> {
    redactor: &'a Redactor,
    ids: &'a Identifiers,
}

impl Within<'_> {
    fn id(&self, id: &ActionId) -> ActionId {
        match self.ids.0.get(id) {
            Some(id) => id.clone(),
            None => ActionId::from(self.redactor.text(id.as_str())),
        }
    }

    fn kind(&self, kind: &ActionKind) -> ActionKind {
        ActionKind::new(self.redactor.text(kind.as_str()))
    }

    fn definition(&self, definition: &FlowDefinition) -> FlowDefinition {
        let description = definition.description.as_ref();
        FlowDefinition {
            name: self.redactor.text(&definition.name),
            title: self.redactor.text(&definition.title),
            description: description.map(|it| self.redactor.text(it)),
            kind: definition.kind,
            flow: self.flow(&definition.flow),
        }
    }

    fn flow(&self, flow: &Flow) -> Flow {
        Flow {
            start: self.id(&flow.start),
            actions: flow.actions.iter().map(|it| self.action(it)).collect(),
            metadata: flow.metadata.as_ref().map(|it| self.metadata(it)),
            settings: flow.settings.as_ref().map(|it| self.redactor.map(it)),
            extra: self.redactor.map(&flow.extra),
        }
    }

    /// The canvas knows actions by their identifiers.
    fn metadata(&self, metadata: &Map) -> Map {
        let mut redacted = self.redactor.map(metadata);
        if let (Some(Value::Map(old)), Some(Value::Map(new))) = (
            metadata.get("ActionMetadata"),
            redacted.get_mut("ActionMetadata"),
        ) {
            let entries = old.iter().map(|(id, value)| {
                let id = self.id(&ActionId::from(id.as_str()));
                (id.as_str().to_owned(), self.redactor.value(value))
            });
            *new = entries.collect();
        }
        redacted
    }

    fn action(&self, action: &Action) -> Action {
        let transitions = &action.transitions;
        let conditions = transitions.conditions.iter().map(|it| Condition {
            operator: self.redactor.text(&it.operator),
            operands: it
                .operands
                .iter()
                .map(|it| self.redactor.value(it))
                .collect(),
            next: self.id(&it.next),
        });
        let errors = transitions.errors.iter().map(|it| ErrorBranch {
            error: self.redactor.text(&it.error),
            next: self.id(&it.next),
        });
        Action {
            id: self.id(&action.id),
            kind: self.kind(&action.kind),
            parameters: self.redactor.map(&action.parameters),
            transitions: Transitions {
                next: transitions.next.as_ref().map(|it| self.id(it)),
                conditions: conditions.collect(),
                errors: errors.collect(),
                extra: self.redactor.map(&transitions.extra),
            },
            omitted: action.omitted,
            extra: self.redactor.map(&action.extra),
        }
    }

    fn diff(&self, diff: &FlowDiff) -> FlowDiff {
        let start = diff.start.as_ref();
        let actions = |them: &[Action]| them.iter().map(|it| self.action(it)).collect();
        let renamed = diff.renamed.iter().map(|it| Renamed {
            old: self.id(&it.old),
            new: self.id(&it.new),
        });
        FlowDiff {
            start: start.map(|(old, new)| (self.id(old), self.id(new))),
            added: actions(&diff.added),
            removed: actions(&diff.removed),
            renamed: renamed.collect(),
            changed: diff.changed.iter().map(|it| self.changed(it)).collect(),
            document: self.values(&diff.document),
        }
    }

    fn changed(&self, diff: &ActionDiff) -> ActionDiff {
        let branches = |them: &[Branch]| them.iter().map(|it| self.branch(it)).collect();
        let reordered = diff.reordered.as_ref();
        ActionDiff {
            old_id: self.id(&diff.old_id),
            id: self.id(&diff.id),
            kind: self.kind(&diff.kind),
            old_kind: diff.old_kind.as_ref().map(|it| self.kind(it)),
            parameters: self.values(&diff.parameters),
            extra: self.values(&diff.extra),
            branches: diff.branches.iter().map(|it| self.way(it)).collect(),
            reordered: reordered.map(|(old, new)| (branches(old), branches(new))),
        }
    }

    fn way(&self, change: &BranchChange) -> BranchChange {
        BranchChange {
            branch: self.branch(&change.branch),
            old: change.old.as_ref().map(|it| self.id(it)),
            new: change.new.as_ref().map(|it| self.id(it)),
        }
    }

    fn branch(&self, branch: &Branch) -> Branch {
        match branch {
            Branch::Next => Branch::Next,
            Branch::Condition {
                operator,
                operands,
                repeated,
            } => Branch::Condition {
                operator: self.redactor.text(operator),
                operands: operands.iter().map(|it| self.redactor.value(it)).collect(),
                repeated: *repeated,
            },
            Branch::Error { error, repeated } => Branch::Error {
                error: self.redactor.text(error),
                repeated: *repeated,
            },
        }
    }

    fn values(&self, changes: &[ValueChange]) -> Vec<ValueChange> {
        let changes = changes.iter().map(|it| ValueChange {
            path: self.path(&it.path),
            old: it.old.as_ref().map(|it| self.redactor.value(it)),
            new: it.new.as_ref().map(|it| self.redactor.value(it)),
        });
        changes.collect()
    }

    fn path(&self, path: &ValuePath) -> ValuePath {
        let steps = path.0.iter().map(|step| match step {
            PathStep::Key(key) => PathStep::Key(self.redactor.text(key)),
            PathStep::Index(index) => PathStep::Index(*index),
        });
        ValuePath(steps.collect())
    }

    fn consequence(&self, consequence: &Consequence) -> Consequence {
        Consequence {
            kind: consequence.kind,
            weight: consequence.weight,
            text: self.redactor.text(&consequence.text),
            actions: consequence.actions.iter().map(|it| self.id(it)).collect(),
        }
    }
}
