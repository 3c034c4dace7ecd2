//! What is done with sources in every target.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::diagnostic::{Diagnostic, SourceFile};
use flow_source::lint::lint;
use flow_source::{Names, compile, render};

/// Compiles, checks, fills in variables, and shows every finding in every way there is.
pub fn run(sources: &[Arc<SourceFile>]) {
    let (flows, mut diags) = compile(sources, &names());
    let vars = [("brand", "Acme"), ("bot_timeout", "15m")];
    let vars: BTreeMap<_, _> = vars.map(|(name, value)| (name.to_owned(), value.into())).into();
    for flow in &flows {
        let (definition, found) = flow.render(&vars);
        diags.extend(found);
        let _ = flow::json::to_text(&definition.flow);
        let _ = flow::canonical::digest(&definition.flow);
    }
    let subjects: Vec<_> = flows.iter().map(|it| it.subject(&it.definition.flow)).collect();
    diags.extend(lint(&subjects));
    show(&diags);
}

pub fn show(diags: &[Diagnostic]) {
    let _ = render::human(diags, true);
    let _ = render::json(diags);
    let _ = flow_source::fix(diags);
    let _ = flow_source::fix(diags);
}

fn names() -> Names {
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Names {
        queues: set(&["support", "sales"]),
        hours: set(&["office"]),
        lambdas: set(&["bot-join", "bot-leave", "lookup"]),
        ..Names::default()
    }
}
