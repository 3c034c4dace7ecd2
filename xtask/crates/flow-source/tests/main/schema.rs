//! The schemas say what the parsers say.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow::diagnostic::{Severity, SourceFile};
use flow_source::policy::Config;
use flow_source::schema::SCHEMAS;
use flow_source::{compile, parse_bindings};
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value as Json, json};

use crate::cases::infrastructure;
use crate::json_schema::faults;

fn schema(name: &str) -> Json {
    let found = SCHEMAS.iter().find(|it| it.name == name);
    found.expect("there is such a schema").json()
}

/// The first document of a YAML text, as an editor sees it.
pub(crate) fn to_json(text: &str) -> Json {
    let mut parser = Parser::new_from_str(text);
    let mut anchors: Vec<(usize, Json)> = Vec::new();
    loop {
        match parser
            .next_event()
            .expect("there is a document")
            .expect("YAML")
            .0
        {
            Event::StreamStart | Event::DocumentStart(_) => {}
            event => return value(event, &mut parser, &mut anchors),
        }
    }
}

type Events<'t> = Parser<'t, saphyr_parser::StrInput<'t>>;

fn value(event: Event<'_>, parser: &mut Events<'_>, anchors: &mut Vec<(usize, Json)>) -> Json {
    let mut next = |anchors: &mut Vec<(usize, Json)>| {
        let event = parser.next_event().expect("it ends").expect("YAML").0;
        match event {
            Event::SequenceEnd | Event::MappingEnd => None,
            event => Some(value(event, parser, anchors)),
        }
    };
    let (anchor, made) = match event {
        Event::Alias(anchor) => {
            let found = anchors.iter().rev().find(|it| it.0 == anchor);
            return found.expect("it is known").1.clone();
        }
        Event::Scalar(text, style, anchor, _) => (anchor, scalar(&text, style)),
        Event::SequenceStart(anchor, ..) => {
            let mut items = Vec::new();
            while let Some(item) = next(anchors) {
                items.push(item);
            }
            (anchor, Json::Array(items))
        }
        Event::MappingStart(anchor, ..) => {
            let mut map = Map::new();
            while let Some(key) = next(anchors) {
                let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                map.insert(key, next(anchors).expect("a key has a value"));
            }
            (anchor, Json::Object(map))
        }
        other => panic!("{other:?} begins no value"),
    };
    if anchor > 0 {
        anchors.push((anchor, made.clone()));
    }
    made
}

fn scalar(text: &str, style: ScalarStyle) -> Json {
    if style != ScalarStyle::Plain {
        return text.into();
    }
    match text {
        "" | "~" | "null" => Json::Null,
        "true" => true.into(),
        "false" => false.into(),
        _ => match serde_json::from_str(text) {
            Ok(Json::Number(number)) => Json::Number(number),
            _ => text.into(),
        },
    }
}

/// The value as YAML. Words stay without quotes, since in quotes they mean less.
fn to_yaml(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let entries = map.iter().map(|(key, value)| {
                let is_word = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                let is_word = is_word && !matches!(key.as_str(), "" | "null" | "true" | "false");
                let key = if is_word {
                    key.clone()
                } else {
                    Json::from(key.as_str()).to_string()
                };
                format!("{key}: {}", to_yaml(value))
            });
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(to_yaml).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// Every folder of cases: its YAML sources.
fn cases() -> Vec<(PathBuf, Vec<(String, String)>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let folders = fs::read_dir(root).expect("there are cases");
    let folders = folders.map(|it| it.expect("the folder can be read").path());
    let mut cases: Vec<_> = folders
        .map(|folder| (folder.clone(), sources(&folder)))
        .collect();
    cases.sort();
    cases
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut sources = Vec::new();
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".yaml") && !name.starts_with('.') && name != "bindings.yaml" {
            sources.extend(fs::read_to_string(&path).ok().map(|text| (name, text)));
        }
    }
    sources.sort();
    sources
}

/// The codes of the errors in some sources.
fn errors(sources: &[(String, String)]) -> Vec<&'static str> {
    let files = sources
        .iter()
        .map(|(name, text)| SourceFile::new(name.as_str(), text.as_str()));
    let files: Vec<Arc<SourceFile>> = files.collect();
    let (_, diags) = compile(&files, &infrastructure());
    let errors = diags.iter().filter(|it| it.severity == Severity::Error);
    errors.map(|it| it.code).collect()
}

/// The sources of all cases that compile.
fn sound() -> Vec<(PathBuf, Vec<(String, String)>)> {
    let all = cases().into_iter();
    all.filter(|it| !it.1.is_empty() && errors(&it.1).is_empty())
        .collect()
}

/// A value with one small change, once for each change, and whether that is about its keys.
fn variations(value: &Json) -> Vec<(Json, bool)> {
    let others = [
        Json::Null,
        json!("word"),
        json!("{{ vars.brand }}"),
        json!(7),
        json!(["word"]),
        json!({ "word": "word" }),
    ];
    let mut found: Vec<(Json, bool)> = others.into_iter().map(|it| (it, false)).collect();
    match value {
        Json::Object(map) => {
            let mut more = map.clone();
            more.insert("unheard_of".to_owned(), json!("word"));
            found.push((more.into(), true));
            for key in map.keys() {
                let mut less = map.clone();
                less.shift_remove(key);
                found.push((less.into(), true));
                for (changed, is_of_keys) in variations(&map[key]) {
                    let mut other = map.clone();
                    other[key] = changed;
                    found.push((other.into(), is_of_keys));
                }
            }
        }
        Json::Array(items) => {
            for n in 0..items.len() {
                for (changed, is_of_keys) in variations(&items[n]) {
                    let mut other = items.clone();
                    other[n] = changed;
                    found.push((other.into(), is_of_keys));
                }
            }
        }
        _ => {}
    }
    found
}

#[test]
fn what_compiles_has_no_fault_in_the_schema() {
    let schema = schema("flow");
    let mut n_sources = 0;
    for (folder, sources) in sound() {
        for (name, text) in sources {
            n_sources += 1;
            let faults = faults(&schema, &to_json(&text));
            assert!(
                faults.is_empty(),
                "{}/{name}: {faults:#?}",
                folder.display()
            );
        }
    }
    assert!(n_sources > 30, "only {n_sources} sources");
}

/// Nothing that the parser takes is a fault in the schema; and a key or branch that it does not
/// know, or misses, is a fault there as well.
#[test]
fn small_changes_are_judged_alike() {
    let schema = schema("flow");
    let mut stricter = Vec::new();
    let mut laxer = Vec::new();
    let mut n_changes = 0;
    for (folder, mut sources) in sound() {
        let Some(n) = sources.iter().position(|it| it.0 == "flow.yaml") else {
            continue;
        };
        for (changed, is_of_keys) in variations(&to_json(&sources[n].1)) {
            n_changes += 1;
            sources[n].1 = to_yaml(&changed);
            let errors = errors(&sources);
            let faults = faults(&schema, &changed);
            let shown = || {
                format!(
                    "{}: {}\n  {faults:?} {errors:?}",
                    folder.display(),
                    sources[n].1
                )
            };
            if errors.is_empty() && !faults.is_empty() {
                stricter.push(shown());
            }
            let is_refused = errors.iter().any(|it| ABOUT_KEYS.contains(it));
            if is_of_keys && is_refused && faults.is_empty() {
                laxer.push(shown());
            }
        }
    }
    let n = (stricter.len(), laxer.len());
    stricter.truncate(8);
    laxer.truncate(8);
    assert_eq!(
        n,
        (0, 0),
        "of {n_changes}\nstricter:\n{}\nlaxer:\n{}",
        stricter.join("\n"),
        laxer.join("\n")
    );
    assert!(n_changes > 2_000, "only {n_changes} changes");
}

/// Unknown key, missing key.
const ABOUT_KEYS: [&str; 2] = ["S005", "S006"];

/// The layout files and bindings of all cases that are read without an error.
#[test]
fn files_beside_flows_are_accepted_and_unknown_keys_in_them_are_not() {
    let layout = schema("layout");
    let mut n_layouts = 0;
    for (folder, _) in cases() {
        let found = fs::read_to_string(folder.join("diagnostics.txt")).unwrap_or_default();
        let Ok(text) = fs::read_to_string(folder.join("flow.layout.json")) else {
            continue;
        };
        if found.contains("error[") {
            continue;
        }
        n_layouts += 1;
        let mut json: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(faults(&layout, &json), [""; 0], "{}", folder.display());
        json["unheard_of"] = 1.into();
        assert_ne!(faults(&layout, &json), [""; 0]);
        let flow = SourceFile::new("flow.yaml", MINIMAL);
        let beside = SourceFile::new("flow.layout.json", json.to_string());
        let (_, diags) = compile(&[flow, beside], &infrastructure());
        assert!(
            diags.iter().any(|it| it.severity == Severity::Error),
            "{diags:?}"
        );
    }
    assert!(n_layouts > 0, "no layout files");
}

const MINIMAL: &str = "flow: main\nstart: bye\nactions: { bye: { disconnect: {} } }\n";

#[test]
fn bindings_are_judged_alike() {
    let schema = schema("bindings");
    for (text, is_sound) in [
        (
            "queue: { support: 'arn:aws:connect:x' }\nview: { form: id }",
            true,
        ),
        ("{}", true),
        ("queues: { support: x }", false),
        ("queue: { support: }", false),
        ("queue: [support]", false),
        ("lambda: { a: { b: c } }", false),
    ] {
        let (_, diags) = parse_bindings(&SourceFile::new("bindings.yaml", text));
        assert_eq!(diags.is_empty(), is_sound, "{text}: {diags:?}");
        let faults = faults(&schema, &to_json(text));
        assert_eq!(faults.is_empty(), is_sound, "{text}: {faults:?}");
    }
}

#[test]
fn configurations_are_judged_alike() {
    let schema = schema("configuration");
    for (text, is_sound) in [
        ("rules: { F006: error, lambda-before-prompt: off }", true),
        (
            "allow: [{ rules: [F006], paths: 'a/**', flows: [b], reason: c }]",
            true,
        ),
        ("allow: [{ rules: F006 }]", true),
        ("rules: { F006: loud }", false),
        ("rules: { unreachable-actoin: error }", false),
        ("rules: [F006]", false),
        ("allow: [{ paths: a }]", false),
        ("allow: [{ rules: F006, path: a }]", false),
        ("allow: { rules: F006 }", false),
        ("more: 1", false),
    ] {
        let (_, diags) = Config::parse(&SourceFile::new(".flowyard.yaml", text));
        assert_eq!(diags.is_empty(), is_sound, "{text}: {diags:?}");
        let faults = faults(&schema, &to_json(text));
        assert_eq!(faults.is_empty(), is_sound, "{text}: {faults:?}");
    }
}

#[test]
fn the_scenario_of_the_design_is_one() {
    let schema = schema("scenario");
    let text = "scenario: the customer never answers
flow: support-chat
steps:
  - customer: joins
  - expect: { from: SYSTEM, text: Hello from Acme }
  - wait: 15m
  - expect: { branch: time_expired, at: bot }
  - expect: { left: CUSTOM_BOT }
  - expect: { queue: support }
";
    assert_eq!(faults(&schema, &to_json(text)), [""; 0]);
    let slip = text.replace("- wait: 15m", "- wiat: 15m");
    assert_ne!(faults(&schema, &to_json(&slip)), [""; 0]);
}
