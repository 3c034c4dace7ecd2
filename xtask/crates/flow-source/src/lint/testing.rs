//! What the tests of rules share: sources in, findings out, one line each.

use std::sync::Arc;

use flow::diagnostic::{self, Diagnostic, SourceFile};
use flow::model::DocumentKind;

use super::{Subject, lint};
use crate::compile::{Names, compile};
use crate::flow_json::document_from_json;
use crate::policy::{self, Checked, Config};
use crate::render;

/// What the sources of these tests can refer to.
pub(crate) fn names() -> Names {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Names {
        queues: names(&["sales", "support"]),
        hours: names(&["office"]),
        lambdas: names(&["bot-join", "bot-leave", "bot-reply", "lookup"]),
        lambdas_not_for_flows: names(&["bot-reply"]),
        prompts: names(&["welcome"]),
        views: names(&["form"]),
        lex_bots: names(&["order-bot"]),
        ..Names::default()
    }
}

/// Everything that is found in sources, sorted. Several sources are one text with a line `---`
/// between them; a text that begins with `{` is flow JSON.
pub(crate) fn findings(text: &str) -> Vec<Diagnostic> {
    findings_as(None, text)
}

/// The same; flow JSON that does not say its kind is of this one.
pub(crate) fn findings_as(kind: Option<DocumentKind>, text: &str) -> Vec<Diagnostic> {
    let texts = text.split("\n---\n").enumerate();
    let (documents, sources): (Vec<_>, Vec<_>) = texts
        .map(|(n, text)| match text.trim_start().starts_with('{') {
            true => SourceFile::new(format!("flow{n}.json"), text),
            false => SourceFile::new(format!("flow{n}.yaml"), text),
        })
        .partition(|file| file.path.ends_with("json"));
    let (flows, mut diags) = compile(&sources, &names());
    let mut read = Vec::new();
    for file in &documents {
        match document_from_json(file, kind) {
            Ok(document) => read.push(document),
            Err(found) => diags.extend(found),
        }
    }
    let written = flows.iter().map(|it| it.subject(&it.definition.flow));
    let subjects: Vec<Subject<'_>> = written.chain(read.iter().map(|it| it.subject())).collect();
    diags.extend(lint(&subjects));
    let vars = [("brand", "Acme"), ("bot_timeout", "15m")];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.into()));
    for flow in &flows {
        diags.extend(flow.fill_in(&vars.clone().into()).1);
    }
    let checked = sources.iter().chain(&documents).map(|file| Checked {
        file: Arc::clone(file),
        flow: None,
    });
    let checked: Vec<Checked<'_>> = checked.collect();
    diags = policy::apply(&Config::default(), diags, &checked);
    diagnostic::sort(&mut diags);
    diags
}

/// The findings of one rule, by code or name: line, column and headline each.
pub(crate) fn found(rule: &str, text: &str) -> Vec<String> {
    lines_of(rule, findings(text))
}

/// The same for flow JSON of a kind.
#[allow(dead_code, reason = "rules of their own kinds of flow use it")]
pub(crate) fn found_as(kind: DocumentKind, rule: &str, text: &str) -> Vec<String> {
    lines_of(rule, findings_as(Some(kind), text))
}

fn lines_of(rule: &str, diags: Vec<Diagnostic>) -> Vec<String> {
    let of_rule = diags
        .into_iter()
        .filter(|it| it.code == rule || it.rule == rule);
    of_rule
        .map(|diag| {
            let place = diag
                .span()
                .map_or((0, 0), |it| it.file.line_column(it.range.start));
            format!("{}:{} {}", place.0, place.1, diag.headline)
        })
        .collect()
}

/// All findings as people see them, for the message of a failed assertion and for snapshots.
pub(crate) fn shown(text: &str) -> String {
    render::human(&findings(text), false)
}
