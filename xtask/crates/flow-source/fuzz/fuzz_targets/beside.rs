//! Any text as what stands beside flows: a layout, bindings, a configuration.
#![no_main]

mod support;

use flow::diagnostic::SourceFile;
use flow_source::policy::Config;
use flow_source::{bindings_text, parse_bindings, source_from_bytes};
use libfuzzer_sys::fuzz_target;

const FLOW: &str = "flow: main
start: greet
actions:
  greet: { play_prompt: Hello, next: end }
  end: { disconnect: {} }
";

fuzz_target!(|data: &[u8]| {
    let Some((kind, data)) = data.split_first() else {
        return;
    };
    let file = |name: &str| source_from_bytes(name, data).ok();
    match kind % 3 {
        0 => {
            let layout = file("main.layout.json");
            let sources: Vec<_> = [SourceFile::new("main.yaml", FLOW)].into_iter().chain(layout).collect();
            support::run(&sources);
        }
        1 => {
            if let Some(file) = file("bindings.yaml") {
                let (bindings, diags) = parse_bindings(&file);
                support::show(&diags);
                let _ = bindings_text(&bindings);
            }
        }
        _ => {
            if let Some(file) = file(".flowyard.yaml") {
                support::show(&Config::parse(&file).1);
            }
        }
    }
});
