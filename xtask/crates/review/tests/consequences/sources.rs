//! Versions of flows from YAML sources.

use flow::diagnostic::{Severity, SourceFile};
use flow_source::{CompiledFlow, Names, compile};
use review::Version;

/// Compiles the flows of a text; several are separated by a line `---`. Every name stands for
/// something, so that a case needs no infrastructure.
pub(crate) fn compiled(text: &str) -> Vec<CompiledFlow> {
    let texts = text.split("\n---\n").enumerate();
    let sources = texts.map(|(n, text)| SourceFile::new(format!("flow{n}.yaml"), text));
    let sources: Vec<_> = sources.collect();
    let names = Names {
        are_open: true,
        ..Names::default()
    };
    let (flows, diags) = compile(&sources, &names);
    let mut errors = diags.iter().filter(|it| it.severity == Severity::Error);
    assert!(errors.next().is_none(), "{diags:#?}");
    flows
}

pub(crate) fn version(label: &str, text: &str) -> Version {
    let flows = compiled(text).into_iter().map(|it| it.definition);
    Version::new(label, flows)
}
