//! Compiled flows: the digest, and the views of diagnostics for programs.

use flow::diagnostic::SourceFile;
use flow::model::FlowDefinition;
use flow_source::{compile, portable_digest, render};

use crate::cases::{Vars, compile_and_check, infrastructure, usual_vars};

const SOURCE: &str = "
flow: main
start: greet
actions:
  greet: { play_prompt: 'Hello from {{ vars.brand }}', next: queue }
  queue: { set_working_queue: support, next: end }
  end: { disconnect: {} }
";

fn definition(source: &str) -> FlowDefinition {
    let (flows, diags) =
        compile_and_check(&[SourceFile::new("flow.yaml", source)], &infrastructure());
    assert!(diags.is_empty(), "{diags:?}");
    flows[0].definition.clone()
}

#[test]
fn the_digest_is_the_same_in_every_environment() {
    let (flows, _) = compile(&[SourceFile::new("flow.yaml", SOURCE)], &infrastructure());
    let digest = portable_digest(&flows[0].definition);
    let other: Vars = [("brand".to_owned(), "Bcme".into())].into();
    for vars in [usual_vars(), other] {
        let (rendered, _) = flows[0].render(&vars);
        assert_ne!(portable_digest(&rendered), digest);
        assert_eq!(portable_digest(&flows[0].definition), digest);
    }
    assert_eq!(digest.len(), 64);
}

#[test]
fn the_digest_covers_what_the_flow_is_and_not_how_it_is_written() {
    let digest = |source: &str| portable_digest(&definition(source));
    let rewritten = SOURCE.replace("{ disconnect: {} }", "\n    # the end\n    disconnect:\n");
    assert_eq!(digest(SOURCE), digest(&rewritten));
    for (old, new) in [
        ("Hello from", "Hi from"),
        ("vars.brand", "vars.brand | upper"),
        ("set_working_queue: support", "set_working_queue: sales"),
        ("flow: main", "flow: main2"),
        ("start: greet", "name: Title\nstart: greet"),
        ("start: greet", "type: queue_transfer\nstart: greet"),
    ] {
        let changed = SOURCE.replace(old, new);
        assert_ne!(digest(SOURCE), digest(&changed), "{new}");
    }
}

#[test]
fn programs_get_one_object_for_each_finding() {
    let lost = "  lost: { play_prompt: Anybody, next: end }\n";
    let broken = SOURCE.replace("next: end", "next: edn");
    let sources = [
        SourceFile::new("flows/b.yaml", broken.replace("flow: main", "flow: b")),
        SourceFile::new("flows/a.yaml", SOURCE.to_owned() + lost),
    ];
    let (_, diags) = compile_and_check(&sources, &infrastructure());
    let json = render::json(&diags);
    assert_eq!(
        json,
        serde_json::json!({ "diagnostics": [
            {
                "code": "F006",
                "rule": "unreachable-action",
                "severity": "warning",
                "message": "no transition leads to action `lost`",
                "file": "flows/a.yaml",
                "line": 8,
                "column": 3,
            },
            {
                "code": "F003",
                "rule": "unknown-next-action",
                "severity": "error",
                "message": "transition to an action that does not exist",
                "file": "flows/b.yaml",
                "line": 6,
                "column": 46,
            },
        ] })
    );
    assert_eq!(
        render::concise(&diags),
        "flows/a.yaml:8:3: warning[F006]: no transition leads to action `lost`\n\
         flows/b.yaml:6:46: error[F003]: transition to an action that does not exist\n"
    );
}

#[test]
fn colours_are_added_and_nothing_else() {
    let source = SOURCE.replace("next: end", "next: edn");
    let (_, diags) = compile(&[SourceFile::new("flow.yaml", source)], &infrastructure());
    let coloured = render::human(&diags, true);
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').expect("an escape has an end").1;
    }
    plain.push_str(rest);
    assert_eq!(plain, render::human(&diags, false));
}

#[test]
fn a_source_cannot_write_to_the_terminal() {
    let source = "flow: main\nstart: \"\u{202e}x\u{1b}[31m\"\nactions: {}\n";
    let (_, diags) = compile(&[SourceFile::new("flow.yaml", source)], &infrastructure());
    let text = render::human(&diags, false);
    assert!(!text.is_empty());
    assert!(!text.contains(['\u{1b}', '\u{202e}']));
}
