//! The short forms: each is shown by a case, and whatever its table allows compiles to an action
//! that the service takes.

use std::fs;
use std::path::Path;

use flow::diagnostic::{Severity, SourceFile};
use flow::model::{ActionKind, DocumentKind, FlowType};
use flow::value::RefKind;
use flow::{catalogue, json, validate};
use flow_source::compile;
use flow_source::forms::{
    Body, Count, Form, FormKey, Next, Presence, Terms, Unsaid, ValueKind, forms,
};
use proptest::prelude::*;

use crate::cases::infrastructure;

#[test]
fn every_form_is_shown_by_a_case_without_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for form in forms() {
        let case = root.join(format!("form-{}", form.key));
        assert!(case.join("flow.json").exists(), "no case for {}", form.key);
    }
    for entry in fs::read_dir(&root).expect("there are cases") {
        let name = entry.expect("the folder can be read").file_name();
        let name = name.to_string_lossy();
        let Some(shown) = name.strip_prefix("form-") else {
            continue;
        };
        let word = shown.split('-').next().unwrap_or_default();
        let source = root.join(&*name).join("flow.yaml");
        let source = fs::read_to_string(source).expect("a case has a flow");
        assert!(
            source.contains(&format!("{word}:")),
            "{name} shows no {word}"
        );
        assert!(
            !root.join(&*name).join("diagnostics.txt").exists(),
            "{name}"
        );
    }
}

/// Choices for one action: bit by bit whether something optional is written.
#[derive(Clone, Copy, Debug)]
struct Dice {
    keys: u32,
    branches: u32,
    values: u32,
    plain: bool,
}

impl Dice {
    fn of(bits: u32, n: usize) -> bool {
        bits >> (n % 32) & 1 == 1
    }

    /// The one of a group that is written.
    fn pick<T: Copy>(self, group: &[T]) -> Option<T> {
        let n = usize::try_from(self.values).unwrap_or(0);
        group.get(n.checked_rem(group.len())?).copied()
    }
}

fn dice() -> impl Strategy<Value = Dice> {
    let bits = (any::<u32>(), any::<u32>(), any::<u32>(), any::<bool>());
    bits.prop_map(|(keys, branches, values, plain)| Dice {
        keys,
        branches,
        values,
        plain,
    })
}

/// A value of a kind, as YAML in one line.
fn value(kind: ValueKind, dice: Dice) -> String {
    let words: &[&str] = match kind {
        ValueKind::Text => &["Hello", "\"{{ vars.brand }}\"", "$.Attributes.a", "' '"],
        ValueKind::Word => &["one"],
        ValueKind::Texts | ValueKind::FlowAttributes => {
            &["{ a: one, b: $.Attributes.b }", "{ \"x y\": \"3\" }"]
        }
        ValueKind::NestedTexts => &["{ a: one }", "{ a: { b: [two, $.Attributes.c] } }", "{}"],
        ValueKind::TextList => &["[a]", "[a, b]"],
        ValueKind::Json => &["{ a: 3, b: [true, text] }", "{ a: { b: $.Attributes.c } }"],
        ValueKind::Name(RefKind::Lambda) => &["lookup", "\"{{ lambda('lookup') }}\""],
        ValueKind::Name(RefKind::Queue) => &["support", "$.Attributes.queue"],
        ValueKind::Name(RefKind::Hours) => &["office"],
        ValueKind::Name(RefKind::Prompt) => &["welcome"],
        ValueKind::Name(RefKind::View) => &["form"],
        ValueKind::Name(RefKind::LexBot) => &["orders"],
        ValueKind::Name(RefKind::Module) => &["inner"],
        ValueKind::Name(_) => &["$.Attributes.id"],
        ValueKind::Flow(_) => &["$.Attributes.flow"],
        ValueKind::Path => &["$.Attributes.a", "$.External.b"],
        ValueKind::Duration { least, greatest } => {
            let longest = greatest.min(604_800);
            return format!("{}s", if dice.plain { least } else { longest });
        }
        ValueKind::Minutes { least, .. } => return format!("{}m", least / 60),
        ValueKind::Number { least, greatest } => {
            return if dice.plain { least } else { greatest }.to_string();
        }
        ValueKind::Choice(words) | ValueKind::ChoiceList(words) => {
            let (written, _) = dice.pick(words).expect("there is a choice");
            return written.to_owned();
        }
        ValueKind::Conditions(Terms::Outcomes) => &["{ a: end, b: end }"],
        ValueKind::Conditions(_) => &[
            "{ 1: end, 2: end }",
            "[{ greater_than: 3, next: end }, { less_or_equal: 1, next: end }]",
        ],
        ValueKind::Shares => &["[{ percent: 20, next: end }, { percent: 80, next: end }]"],
        ValueKind::Keys(keys) => {
            let written = keys
                .iter()
                .map(|it| format!("{}: {}", it.key, value(it.kind, dice)));
            return format!("{{ {} }}", written.collect::<Vec<_>>().join(", "));
        }
    };
    dice.pick(words).expect("there is a value").to_owned()
}

/// Which keys of a form are written.
fn is_written(form: &Form, key: &FormKey, n: usize, dice: Dice) -> bool {
    let mut is_chosen = false;
    for group in form.groups.iter().filter(|it| it.keys.contains(&key.key)) {
        is_chosen = dice.pick(group.keys) == Some(key.key);
        if !is_chosen && group.count != Count::AtLeastOne {
            return false;
        }
        is_chosen &= group.count != Count::AtMostOne;
    }
    is_chosen || key.presence == Presence::Needed || Dice::of(dice.keys, n)
}

fn body(form: &Form, dice: Dice) -> String {
    match &form.body {
        Body::Nothing => "{}".to_owned(),
        Body::Value(key) => value(key.kind, dice),
        Body::FirstOrKeys([first, ..]) if dice.plain => value(first.kind, dice),
        Body::Keys(keys) | Body::FirstOrKeys(keys) => {
            let written = keys.iter().enumerate();
            let written = written.filter(|(n, key)| is_written(form, key, *n, dice));
            let written: Vec<String> = written
                .map(|(_, key)| format!("{}: {}", key.key, value(key.kind, dice)))
                .collect();
            format!("{{ {} }}", written.join(", "))
        }
    }
}

/// Which branches a wait has, hangs on what it waits for.
fn has_branch(key: &str, body: &str) -> bool {
    match key {
        "bot_disconnected" | "participant_not_found" => body.contains("until: bot_disconnected"),
        "customer_returned" => body.contains("until: customer_returned"),
        "time_expired" => body.contains("until:"),
        _ => true,
    }
}

fn action(form: &Form, dice: Dice) -> String {
    let body = body(form, dice);
    let mut lines = vec![format!("{}: {body}", form.key)];
    for (n, key) in form.beside.iter().enumerate() {
        if key.presence == Presence::Needed || Dice::of(dice.branches, n) {
            lines.push(format!("{}: {}", key.key, value(key.kind, dice)));
        }
    }
    if form.next == Next::Needed && !body.contains("until:") {
        lines.push("next: end".to_owned());
    }
    let mut on = Vec::new();
    for (n, branch) in form.branches.iter().enumerate() {
        let is_there = form.key != "wait" || has_branch(branch.key, &body);
        let is_said = branch.unsaid == Unsaid::Needed || Dice::of(dice.branches, n + 8);
        match branch.key {
            "otherwise" if is_said => lines.push("otherwise: end".to_owned()),
            key if is_there && is_said => on.push(format!("{key}: end")),
            _ => {}
        }
    }
    if !on.is_empty() {
        lines.push(format!("on: {{ {} }}", on.join(", ")));
    }
    lines.join("\n    ")
}

/// A flow or module that may have an action of this form.
fn source(form: &Form, dice: Dice) -> String {
    let facts = catalogue::entry(&ActionKind::new(form.action_type)).expect("a known type");
    let of_type = FlowType::ALL.into_iter().find(|it| facts.allows(*it));
    let (head, end) = match of_type {
        None => ("module: main".to_owned(), "end_module: {}"),
        Some(FlowType::ContactFlow) => ("flow: main".to_owned(), "disconnect: {}"),
        Some(of_type) => {
            let name = of_type.as_str().to_lowercase();
            (format!("flow: main\ntype: {name}"), "end_flow: {}")
        }
    };
    let action = action(form, dice);
    format!("{head}\nstart: x\nactions:\n  x:\n    {action}\n  end:\n    {end}\n")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_a_table_allows_the_service_takes(dice in dice()) {
        let inner = "module: inner\nstart: a\nactions: { a: { end_module: {} } }\n";
        for form in forms() {
            let text = source(form, dice);
            let sources = [
                SourceFile::new("flow.yaml", text.as_str()),
                SourceFile::new("inner.yaml", inner),
            ];
            let (flows, diags) = compile(&sources, &infrastructure());
            let mut errors = diags.iter().filter(|it| it.severity == Severity::Error);
            prop_assert!(errors.next().is_none(), "{text}\n{diags:?}");
            let definition = &flows[0].definition;
            let problems = validate::problems(&definition.flow, definition.kind);
            prop_assert!(problems.is_empty(), "{text}\n{problems:?}");
            if let DocumentKind::Flow(of_type) = definition.kind {
                let kind = &definition.flow.actions[0].kind;
                let facts = catalogue::entry(kind).expect("a known type");
                prop_assert!(facts.allows(of_type), "{text}");
            }
            let written = json::to_text(&definition.flow);
            let read = json::parse(&written).expect("what is written can be read");
            prop_assert_eq!(json::to_text(&read), written);
        }
    }
}
