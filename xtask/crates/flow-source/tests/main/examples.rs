//! The example sources at the top of the repository compile without a word.

use std::fs;
use std::path::{Path, PathBuf};

use flow::model::{DocumentKind, FlowType};
use flow::validate;
use flow_source::{Names, render, source_from_bytes};

use crate::cases::{compile_and_check, usual_vars};

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            paths.push(path);
        }
    }
}

#[test]
fn the_example_flows_are_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../flows");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let sources: Vec<_> = paths
        .iter()
        .filter(|path| !path.starts_with(root.join("tests")))
        .map(|path| {
            let bytes = fs::read(path).expect("a source can be read");
            source_from_bytes(path.to_string_lossy(), &bytes).expect("a source is UTF-8")
        })
        .collect();
    let names = Names {
        queues: ["support".to_owned()].into(),
        lambdas: ["bot-join".to_owned(), "bot-leave".to_owned()].into(),
        ..Names::default()
    };
    let (flows, mut diags) = compile_and_check(&sources, &names);
    let mut kinds = Vec::new();
    for flow in &flows {
        let (definition, found) = flow.render(&usual_vars());
        diags.extend(found);
        let problems = validate::problems(&definition.flow, definition.kind);
        assert_eq!(problems, [], "{}", definition.name);
        kinds.push(definition.kind);
    }
    assert!(diags.is_empty(), "{}", render::human(&diags, false));
    for wanted in [
        DocumentKind::Flow(FlowType::ContactFlow),
        DocumentKind::Flow(FlowType::CustomerQueue),
        DocumentKind::Module,
    ] {
        assert!(kinds.contains(&wanted), "{wanted:?}");
    }
}
