//! Imports: what comes in comes out again, for real flows and for made ones.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flow::bind::{Bindings, bind};
use flow::canonical;
use flow::diagnostic::SourceFile;
use flow::exact;
use flow::identifiers::Numbers;
use flow::json;
use flow::model::Flow;
use flow::value::{Ref, RefKind};
use flow_source::import::{Document, FormCount, Imported, ImportedFlow, import};
use flow_source::{LAYOUT_EXTENSION, compile, names_of, render};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// The folder of the corpus of real flows, as in the tests of the crate `flow`.
fn corpus_folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FLOWYARD_CORPUS").map(PathBuf::from) {
        assert!(named.is_dir(), "FLOWYARD_CORPUS names no folder");
        return Some(named);
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/flow-corpus");
    beside.is_dir().then_some(beside)
}

pub(crate) fn corpus() -> Vec<Document> {
    let Some(folder) = corpus_folder() else {
        let message = "no corpus of real flows here (set FLOWYARD_CORPUS): nothing was imported";
        writeln!(std::io::stderr(), "{message}").expect("stderr takes a line");
        return Vec::new();
    };
    let mut documents = Vec::new();
    collect(&folder, &folder, &mut documents);
    assert!(!documents.is_empty(), "the corpus folder has no JSON file");
    documents
}

fn collect(root: &Path, folder: &Path, documents: &mut Vec<Document>) {
    for entry in fs::read_dir(folder).expect("the corpus can be read") {
        let path = entry.expect("the corpus can be read").path();
        if path.is_dir() {
            collect(root, &path, documents);
        } else if path.extension().is_some_and(|it| it == "json") {
            let shown = path.strip_prefix(root).expect("found under it");
            let text = fs::read_to_string(&path).expect("the corpus can be read");
            let stem = path.file_stem().expect("a file has a name");
            documents.push(Document {
                file: SourceFile::new(shown.to_string_lossy(), text),
                stem: stem.to_string_lossy().into_owned(),
            });
        }
    }
}

/// The JSON of every imported flow, by the name of its file, from nothing but what was written.
fn generated(imported: &Imported) -> BTreeMap<String, String> {
    let text = flow_source::bindings_text(&imported.bindings);
    let file = SourceFile::new("bindings.yaml", text);
    let (bindings, diags) = flow_source::parse_bindings(&file);
    assert!(diags.is_empty(), "{}", render::human(&diags, false));
    assert_eq!(bindings, imported.bindings);
    let mut sources = Vec::new();
    for flow in &imported.flows {
        let name = &flow.definition.name;
        sources.push(SourceFile::new(format!("{name}.yaml"), flow.yaml.as_str()));
        let layout = format!("{name}{LAYOUT_EXTENSION}");
        sources.push(SourceFile::new(layout, flow.layout.as_str()));
    }
    let (flows, _) = compile(&sources, &names_of(&bindings));
    let text = |flow: &flow_source::CompiledFlow| {
        let (definition, _) = flow.render(&BTreeMap::new());
        let restored = flow.restore(definition.clone()).flow;
        // What Connect gives back is the flow of the sources again, whatever it calls the actions,
        // as long as it can tell them apart.
        if Numbers::new(&restored).len() == restored.actions.len() {
            let ours = canonical::text(&definition.flow);
            assert_eq!(canonical::text(&flow.named(restored.clone())), ours);
        }
        let flow = bind(&restored, &bindings).expect("every name is bound");
        json::to_text(&flow)
    };
    let name = |flow: &flow_source::CompiledFlow| flow.imported_from().unwrap_or("?").to_owned();
    flows.iter().map(|flow| (name(flow), text(flow))).collect()
}

fn total(imported: &Imported) -> FormCount {
    let mut total = FormCount::default();
    for flow in &imported.flows {
        total.actions += flow.forms.actions;
        total.short += flow.forms.short;
        total.raw_with_form += flow.forms.raw_with_form;
    }
    total
}

/// What an import makes, for readers: `tests/import/<name>/in.json` and the files beside it. With
/// `FLOWYARD_UPDATE=1` these are written instead; read them before they are committed.
#[test]
fn imports_look_as_they_should() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    let mut failures = Vec::new();
    let mut n_folders = 0;
    for entry in fs::read_dir(root).expect("there are fixtures") {
        let folder = entry.expect("the folder can be read").path();
        n_folders += 1;
        let text = fs::read_to_string(folder.join("in.json")).expect("each has an in.json");
        let file = SourceFile::new("in.json", text.as_str());
        let stem = "flow".to_owned();
        let imported = import(&[Document { file, stem }], &Bindings::default(), None);
        let found = render::human(&imported.diagnostics, false);
        assert!(found.is_empty(), "{}: {found}", folder.display());
        let flow = &imported.flows[0];
        let (_, codes) = compiled(flow, &imported, &flow.yaml);
        // What no flow should have is in one of them; the others are free of findings.
        if !folder.ends_with("nobody-knows") {
            assert!(codes.is_empty(), "{}: {codes:?}", folder.display());
        }
        let bindings = flow_source::bindings_text(&imported.bindings);
        for (name, actual) in [
            ("flow.yaml", &flow.yaml),
            ("flow.layout.json", &flow.layout),
            ("bindings.yaml", &bindings),
        ] {
            let path = folder.join(name);
            if std::env::var_os("FLOWYARD_UPDATE").is_some() {
                fs::write(&path, actual).expect("the expected file can be written");
            } else if fs::read_to_string(&path).ok().as_ref() != Some(actual) {
                failures.push(format!("{}: there is now\n{actual}", path.display()));
            }
        }
        let again = exact::from_str(&generated(&imported)["flow"]).expect("it is JSON");
        let before = exact::from_str(&text).expect("it is JSON");
        assert_eq!(before, again, "{}", folder.display());
    }
    assert!(n_folders >= 5, "only {n_folders} fixtures were found");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The sources of an imported flow after somebody has worked on them.
fn compiled(flow: &ImportedFlow, imported: &Imported, yaml: &str) -> (Flow, Vec<&'static str>) {
    let layout = SourceFile::new(format!("flow{LAYOUT_EXTENSION}"), flow.layout.as_str());
    let sources = [SourceFile::new("flow.yaml", yaml), layout];
    let (flows, found) = compile(&sources, &names_of(&imported.bindings));
    let (definition, _) = flows[0].render(&BTreeMap::new());
    let restored = flows[0].restore(definition).flow;
    (restored, found.iter().map(|it| it.code).collect())
}

#[test]
fn an_imported_flow_is_a_source_like_others() {
    let imported = one(&saying("Hello"));
    let flow = &imported.flows[0];
    let (original, found) = compiled(flow, &imported, &flow.yaml);
    assert!(found.is_empty(), "{found:?}");

    let changed = flow.yaml.replace("Hello", "Good morning");
    let (edited, found) = compiled(flow, &imported, &changed);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(edited.actions[1], original.actions[1]);
    assert_eq!(edited.metadata, original.metadata);

    let added =
        flow.yaml.replace("next: b", "next: c") + "  c: { set_logging: enabled, next: b }\n";
    let (edited, found) = compiled(flow, &imported, &added);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(edited.actions.len(), 3);

    let renamed = flow
        .yaml
        .replace("  b:\n", "  end:\n")
        .replace("next: b", "next: end");
    let (edited, found) = compiled(flow, &imported, &renamed);
    assert_eq!(found, ["S031"]);
    assert_eq!(edited.actions[0].transitions.next, Some("end".into()));
    assert_eq!(edited.actions[1].id, "end".into());
}

#[test]
fn names_stay_when_other_blocks_come_and_go() {
    let text = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/custom-bot/in.json"),
    )
    .expect("the fixture is there");
    let document = exact::from_str(&text).expect("it is JSON");
    let names = |document: &Json| -> BTreeMap<String, String> {
        let imported = one(&document.to_string());
        let layout = exact::from_str(&imported.flows[0].layout).expect("it is JSON");
        let actions = layout["actions"].as_object().expect("it has actions");
        let id = |block: &Json| block["identifier"].as_str().unwrap_or_default().to_owned();
        actions
            .iter()
            .map(|(name, block)| (id(block), name.clone()))
            .collect()
    };
    let before = names(&document);
    let mut longer = document.clone();
    let added = json!({
        "Identifier": "6f1c0a52-0d3e-4f6b-9a7c-8e5d4c3b2a19",
        "Type": "DisconnectParticipant",
        "Parameters": {},
        "Transitions": {},
    });
    let actions = longer["Actions"].as_array_mut().expect("a list");
    actions.push(added);
    let after = names(&longer);
    assert_eq!(
        after["6f1c0a52-0d3e-4f6b-9a7c-8e5d4c3b2a19"],
        "disconnect_6f1c"
    );
    for (id, name) in &before {
        assert_eq!(after.get(id), Some(name));
    }
}

#[test]
fn one_arn_has_one_name_and_one_name_has_one_arn() {
    let queue = |id: &str| format!("arn:aws:connect:eu-west-2:1:instance/i/queue/{id}");
    let document = |stem: &str, id: &str, shown: &str| Document {
        file: SourceFile::new(
            format!("{stem}.json"),
            json!({
                "Version": "2019-10-30",
                "StartAction": "a",
                "Metadata": { "ActionMetadata": {
                    "a": { "parameters": { "QueueId": { "displayName": shown } } },
                } },
                "Actions": [{
                    "Identifier": "a",
                    "Type": "UpdateContactTargetQueue",
                    "Parameters": { "QueueId": queue(id) },
                    "Transitions": { "NextAction": "a", "Errors": [], "Conditions": [] },
                }],
            })
            .to_string(),
        ),
        stem: stem.to_owned(),
    };
    let documents = [
        document("one", "1", "Support"),
        document("two", "2", "Support"),
        document("three", "1", "Another name for it"),
        document("four", "4", ""),
    ];
    let imported = import(&documents, &Bindings::default(), None);
    let names: Vec<(&str, &str)> = imported
        .bindings
        .iter()
        .map(|(reference, target)| (reference.name.as_str(), target.arn.as_str()))
        .collect();
    let (one, two, four) = (queue("1"), queue("2"), queue("4"));
    let expected = [
        ("queue-1", four.as_str()),
        ("support", &one),
        ("support-2", &two),
    ];
    assert_eq!(names, expected);

    // What was named before keeps its name, and no other thing gets it.
    let later = import(
        &[document("five", "5", "Support")],
        &imported.bindings,
        None,
    );
    let five = queue("5");
    let found = later.bindings.get(&Ref::new(RefKind::Queue, "support-3"));
    assert_eq!(found.map(|it| it.arn.as_str()), Some(five.as_str()));
    assert_eq!(later.bindings.iter().count(), 4);
}

#[test]
fn every_real_flow_comes_out_as_it_went_in() {
    let documents = corpus();
    let imported = import(&documents, &Bindings::default(), None);
    let (legacy, other): (Vec<_>, Vec<_>) = imported
        .diagnostics
        .iter()
        .partition(|it| it.code == "S040");
    assert!(other.is_empty(), "{other:#?}");
    assert_eq!(imported.flows.len() + legacy.len(), documents.len());
    let again = generated(&imported);
    for flow in &imported.flows {
        let before = exact::from_str(&flow.origin.text).expect("it was imported");
        let after = again.get(&flow.stem).expect("one of each name");
        let after = exact::from_str(after).expect("what is written is JSON");
        assert_eq!(before, after, "{}", flow.origin.path);
    }
    if !documents.is_empty() {
        let total = total(&imported);
        let share = total.short * 100 / (total.short + total.raw_with_form);
        assert!(share >= 95, "{share} % in short forms: {total:?}");
    }
}

/// The imported flows written again, and imported once more: the same sources, to the byte.
#[test]
fn importing_what_was_written_changes_nothing() {
    let documents = corpus();
    let imported = import(&documents, &Bindings::default(), None);
    let again = generated(&imported)
        .into_iter()
        .map(|(stem, text)| Document {
            file: SourceFile::new(format!("{stem}.json"), text),
            stem,
        });
    let again = import(&again.collect::<Vec<_>>(), &Bindings::default(), None);
    assert_eq!(again.bindings, imported.bindings);
    for (before, after) in imported.flows.iter().zip(&again.flows) {
        assert_eq!(before.yaml, after.yaml);
        assert_eq!(before.layout, after.layout);
    }
}

fn one(text: &str) -> Imported {
    let file = SourceFile::new("some flow.json", text);
    let stem = "some flow".to_owned();
    import(&[Document { file, stem }], &Bindings::default(), None)
}

/// A document of one prompt with this text.
fn saying(text: &str) -> String {
    json!({
        "Version": "2019-10-30",
        "StartAction": "a",
        "Actions": [
            {
                "Identifier": "a",
                "Type": "MessageParticipant",
                "Parameters": { "Text": text },
                "Transitions": {
                    "NextAction": "b",
                    "Errors": [{ "NextAction": "b", "ErrorType": "NoMatchingError" }]
                }
            },
            { "Identifier": "b", "Type": "DisconnectParticipant", "Transitions": {} }
        ]
    })
    .to_string()
}

#[test]
fn every_text_survives() {
    for text in [
        "{{ vars.brand }}",
        "{% if x %}{# no #}",
        "${queue:support}",
        "$${queue:support}",
        "null",
        "~",
        "yes",
        "1e3",
        "0x1F",
        "2024-01-01",
        "12:30:45",
        "a: b # c",
        "- a",
        "? a",
        "key:",
        "'",
        "\"",
        "\\",
        " leading and trailing ",
        "\nleading line",
        "trailing lines\n\n",
        "one\n\n\ntwo\n",
        "CR\rLF\r\n",
        "tab\tinside",
        "blank at a line's end \nnext",
        "  indented\nless",
        "\u{0}\u{1}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}\u{fffd}",
        "日本語 \u{1f600} e\u{301}",
        "",
        "arn:aws:connect:eu-west-2:111122223333:instance/i/queue/q",
        "see arn:aws:lambda:eu-west-2:111122223333:function:x there",
        "%YAML 1.2",
        "--- a",
        "...",
        "&anchor *alias !tag",
        "{ a: b }",
        "[a]",
        "a, b",
        "@x `y`",
    ] {
        assert_round_trip(&saying(text));
    }
    assert_round_trip(&saying(&"word ".repeat(400)));
    assert_round_trip(&saying(&"x".repeat(10_000)));
}

fn assert_round_trip(text: &str) {
    let imported = one(text);
    let found = render::human(&imported.diagnostics, false);
    assert!(found.is_empty(), "{found}");
    let again = generated(&imported);
    let before = exact::from_str(text).expect("it is JSON");
    let after = exact::from_str(&again["some flow"]).expect("it is JSON");
    assert_eq!(before, after, "{}", imported.flows[0].yaml);
    assert!(!imported.flows[0].yaml.contains("arn:aws"));
}

#[test]
fn what_the_api_says_of_a_flow_is_taken() {
    let content = saying("Hello");
    let arn = "arn:aws:connect:eu-west-2:111122223333:instance/i/contact-flow/f";
    let text = json!({ "ContactFlow": {
        "Arn": arn, "Id": "f", "Name": "Main Hold", "Type": "CUSTOMER_HOLD",
        "Description": "Keeps people company", "Content": content,
    } });
    let module = json!({ "ContactFlowModule": { "Name": "Main Hold", "Content": content } });
    let imported = one(&format!("{text}\n{module}"));
    assert!(imported.diagnostics.is_empty());
    let [flow, module] = imported.flows.as_slice() else {
        panic!("two flows: {imported:?}");
    };
    assert!(
        flow.yaml
            .contains("flow: main-hold\ntype: customer_hold\nname: Main Hold\n")
    );
    assert!(flow.yaml.contains("description: Keeps people company\n"));
    assert!(module.yaml.contains("module: main-hold-2\n"));
    assert_eq!(module.stem, "some flow-2");
    let own = Ref::new(RefKind::Flow, "main-hold");
    assert_eq!(imported.bindings.get(&own).expect("it is bound").arn, arn);
}

#[test]
fn what_cannot_be_imported_is_said_and_the_rest_is_imported() {
    let deep = format!("{}1{}", "[".repeat(70), "]".repeat(70));
    let deep = saying("Hello").replace("\"Hello\"", &deep);
    let texts = [
        ("legacy", r#"{ "modules": [], "start": "a" }"#, "S040"),
        ("cut off", r#"{ "Version": "#, "S041"),
        ("a list", "[]", "S042"),
        (
            "no content",
            r#"{ "ContactFlow": { "Name": "a" } }"#,
            "S042",
        ),
        (
            "wrong content",
            r#"{ "ContactFlow": { "Content": "{" } }"#,
            "S042",
        ),
        ("deep", &deep, "S033"),
    ];
    let documents = texts.iter().map(|(stem, text, _)| Document {
        file: SourceFile::new(format!("{stem}.json"), *text),
        stem: (*stem).to_owned(),
    });
    let good = Document {
        file: SourceFile::new("good.json", saying("Hello")),
        stem: "good".to_owned(),
    };
    let documents: Vec<_> = documents.chain([good]).collect();
    let imported = import(&documents, &Bindings::default(), None);
    assert_eq!(imported.flows.len(), 1);
    for (stem, _, code) in texts {
        let path = format!("{stem}.json");
        let mut found = imported.diagnostics.iter();
        let found = found.find(|it| it.span().is_some_and(|it| it.file.path == path));
        assert_eq!(found.map(|it| it.code), Some(code), "{stem}");
    }
}

/// Texts that mean something where they do not belong.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "a",
        "{{ queue('x') }}",
        "{% raw %}",
        "arn:aws:connect:eu-west-2:1:instance/i/queue/q",
        "arn:aws:lambda:eu-west-2:1:function:x:$LATEST",
        "${queue:queue-1}",
        "$.Attributes.x",
        "$.External['a b']",
        "True",
        "5",
        "007",
        "",
        "f9b90c5f-5cc6-4d9b-a18d-fc14f601ef88",
        "BotParticipantDisconnected",
    ];
    prop_oneof![
        2 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        2 => "[ -~]{0,12}",
        1 => "[ a{}%#:'\"\\\\\n\r\t-]{0,8}",
        1 => any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::from),
        1 => any::<i32>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        6 => text().prop_map(Json::from),
    ];
    scalar.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    let names = [
        "Text",
        "QueueId",
        "LambdaFunctionARN",
        "Attributes",
        "TargetContact",
        "Events",
        "on",
        "TimeLimitSeconds",
        "EventHooks",
        "CustomerQueue",
        "ViewData",
        "UseDefaultValue",
        "<<",
    ];
    let key = prop_oneof![
        3 => prop::sample::select(names.to_vec()).prop_map(str::to_owned),
        1 => text(),
    ];
    prop::collection::vec((key, value), 0..3)
        .prop_map(|map| Json::Object(map.into_iter().collect()))
}

/// Identifiers: names, UUIDs, names that ours could be, nonsense.
fn id() -> impl Strategy<Value = String> {
    let ids = [
        "a",
        "say_a",
        "disconnect",
        "bot wait",
        "",
        " ",
        "0a6d7bb2-4c64-4f4a-9b54-3c6f1f8d0a11",
        "0a6d7bb2-4c64-4f4a-9b54-3c6f1f8d0a12",
        "{{ x }}",
    ];
    prop_oneof![
        6 => prop::sample::select(ids.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn action() -> impl Strategy<Value = Json> {
    let kinds = [
        "MessageParticipant",
        "DisconnectParticipant",
        "InvokeLambdaFunction",
        "UpdateContactTargetQueue",
        "UpdateContactAttributes",
        "UpdateContactEventHooks",
        "Wait",
        "Compare",
        "ShowView",
        "Loop",
        "EndFlowModuleExecution",
        "NobodyKnowsThis",
        "",
    ];
    let condition = (id(), text(), prop::collection::vec(value(), 0..3)).prop_map(
        |(next, operator, operands)| {
            json!({
                "NextAction": next,
                "Condition": { "Operator": operator, "Operands": operands },
            })
        },
    );
    let errors = ["NoMatchingError", "NoMatchingCondition", "QueueAtCapacity"];
    let name = prop_oneof![
        3 => prop::sample::select(errors.to_vec()).prop_map(str::to_owned),
        1 => text(),
    ];
    let error =
        (id(), name).prop_map(|(next, error)| json!({ "NextAction": next, "ErrorType": error }));
    let ways = (
        prop::option::of(id()),
        prop::option::of(prop::collection::vec(condition, 0..3)),
        prop::option::of(prop::collection::vec(error, 0..3)),
    );
    let parts = (
        id(),
        prop::sample::select(kinds.to_vec()),
        prop::option::of(object(value())),
        prop::option::of(ways),
        prop::option::weighted(0.1, object(value())),
    );
    parts.prop_map(|(id, kind, parameters, ways, extra)| {
        let mut action = json!({ "Identifier": id, "Type": kind });
        if let Some(parameters) = parameters {
            action["Parameters"] = parameters;
        }
        if let Some((next, conditions, errors)) = ways {
            action["Transitions"] = json!({});
            let next = next.map(Json::from);
            let parts = [
                ("NextAction", next),
                ("Conditions", conditions.map(Json::from)),
                ("Errors", errors.map(Json::from)),
            ];
            for (key, value) in parts {
                if let Some(value) = value {
                    action["Transitions"][key] = value;
                }
            }
            if let Some(extra) = &extra {
                action["Transitions"]["Unheard"] = extra.clone();
            }
        }
        if let Some(extra) = extra {
            action["Unheard"] = extra;
        }
        action
    })
}

fn document() -> impl Strategy<Value = Json> {
    let metadata = (
        object(value()),
        prop::collection::vec((id(), value()), 0..3),
    );
    let parts = (
        id(),
        prop::collection::vec(action(), 0..5),
        prop::option::of(metadata),
        prop::option::weighted(0.2, object(value())),
        prop::option::weighted(0.2, value()),
    );
    parts.prop_map(|(start, actions, metadata, settings, extra)| {
        let mut document = json!({
            "Version": "2019-10-30",
            "StartAction": start,
            "Actions": actions,
        });
        if let Some((mut metadata, blocks)) = metadata {
            metadata["ActionMetadata"] = Json::Object(blocks.into_iter().collect());
            document["Metadata"] = metadata;
        }
        if let Some(settings) = settings {
            document["Settings"] = settings;
        }
        if let Some(extra) = extra {
            document["Unheard"] = extra;
        }
        document
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_comes_out_as_it_went_in(document in document()) {
        let imported = one(&document.to_string());
        let found = render::human(&imported.diagnostics, false);
        prop_assert!(found.is_empty(), "{}", found);
        let again = generated(&imported);
        let again = exact::from_str(&again["some flow"]).expect("what is written is JSON");
        prop_assert_eq!(&document, &again, "{}", imported.flows[0].yaml);
    }

    #[test]
    fn no_file_makes_an_import_panic(text in "[ -~\n]{0,80}") {
        let _ = one(&text);
    }
}
