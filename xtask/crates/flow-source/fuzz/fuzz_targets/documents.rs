//! Any text as flow JSON: read, checked, imported, compiled, written again.
#![no_main]

mod support;

use flow::bind::Bindings;
use flow::diagnostic::SourceFile;
use flow_source::import::{Document, import};
use flow_source::lint::lint;
use flow_source::{compile, document_from_json, names_of, source_from_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(file) = source_from_bytes("flow.json", data) else {
        return;
    };
    match document_from_json(&file, None) {
        Ok(document) => {
            support::show(&lint(&[document.subject()]));
            let _ = flow::layout::lay_out(&document.flow);
            let _ = flow::canonical::digest(&document.flow);
        }
        Err(diags) => support::show(&diags),
    }
    let document = Document {
        file,
        stem: "flow".to_owned(),
    };
    let imported = import(&[document], &Bindings::default(), None);
    support::show(&imported.diagnostics);
    for flow in &imported.flows {
        let name = &flow.definition.name;
        let sources = [
            SourceFile::new(format!("{name}.yaml"), flow.yaml.as_str()),
            SourceFile::new(format!("{name}.layout.json"), flow.layout.as_str()),
        ];
        let (flows, _) = compile(&sources, &names_of(&imported.bindings));
        assert_eq!(flows.len(), 1, "what is imported is a flow");
        for flow in &flows {
            let _ = flow.render(&Default::default());
        }
    }
});
