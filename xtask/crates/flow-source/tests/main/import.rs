//! Imports: what comes in comes out again, for real flows and for made ones.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flow::bind::{Bindings, bind};
use flow::diagnostic::SourceFile;
use flow::exact;
use flow::json;
use flow_source::import::{Document, FormCount, Imported, import};
use flow_source::{LAYOUT_EXTENSION, compile, names_of, render};

/// The folder of the corpus of real flows, as in the tests of the crate `flow`.
fn corpus_folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FLOWYARD_CORPUS").map(PathBuf::from) {
        assert!(named.is_dir(), "FLOWYARD_CORPUS names no folder");
        return Some(named);
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/flow-corpus");
    beside.is_dir().then_some(beside)
}

fn corpus() -> Vec<Document> {
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
        let flow = bind(&flow.restore(definition).flow, &bindings).expect("every name is bound");
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
        writeln!(std::io::stderr(), "{total:?}: {share} %").expect("stderr takes a line");
    }
    if let Some(folder) = std::env::var_os("FLOWYARD_IMPORT_TO").map(PathBuf::from) {
        for flow in &imported.flows {
            let name = &flow.definition.name;
            fs::write(folder.join(format!("{name}.yaml")), &flow.yaml).expect("it can be written");
            fs::write(folder.join(format!("{name}.layout.json")), &flow.layout)
                .expect("it can be written");
        }
        fs::write(
            folder.join("bindings.yaml"),
            flow_source::bindings_text(&imported.bindings),
        )
        .expect("it can be written");
    }
}
