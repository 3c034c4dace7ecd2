//! `bindings.yaml` beside imported flows: by kind, what the names in the sources stand for.

use std::sync::Arc;

use flow::bind::Bindings;
use flow::diagnostic::{Diagnostic, SourceFile, Span};
use flow::value::{Ref, RefKind};

use crate::compile::Names;
use crate::emit::{self, Yaml};
use crate::place::Sources;
use crate::rule;
use crate::suggest;
use crate::yaml::{self, Kind};

/// The name of the file among the sources of a folder.
pub const BINDINGS_FILE: &str = "bindings.yaml";

/// Reads what names stand for; entries that cannot be read are reported and left out.
pub fn parse_bindings(file: &Arc<SourceFile>) -> (Bindings, Vec<Diagnostic>) {
    let mut bindings = Bindings::default();
    // An empty file is no fault here, unlike an empty flow.
    let is_comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if file.text.lines().all(is_comment) {
        return (bindings, Vec::new());
    }
    let (tree, mut diags) = yaml::parse(file, Sources::default().add(file));
    let Some(tree) = tree else {
        return (bindings, diags);
    };
    let mut refuse = |range, headline: String, label: &str, help: Option<String>| {
        let span = Span {
            file: Arc::clone(file),
            range,
        };
        let mut diag = rule::UNEXPECTED_SHAPE.error(headline, span, label);
        diag.help = help;
        diags.push(diag);
    };
    let Kind::Map(kinds) = &tree.kind else {
        let label = "a map from kinds to names is expected here";
        refuse(
            tree.range,
            "bindings that are not a map".to_owned(),
            label,
            None,
        );
        return (bindings, diags);
    };
    for entry in kinds {
        let word = &entry.key.text;
        let Some(kind) = RefKind::parse(word) else {
            let words = RefKind::ALL.map(RefKind::as_str);
            let help = format!("the kinds are {}", suggest::listed(words));
            let headline = format!("unknown kind `{word}`");
            let label = "nothing of this kind has names";
            refuse(entry.key.range.clone(), headline, label, Some(help));
            continue;
        };
        let Kind::Map(names) = &entry.value.kind else {
            let headline = format!("`{word}` is not a map");
            let label = "a map from names to what they stand for is expected here";
            refuse(entry.key.range.clone(), headline, label, None);
            continue;
        };
        for named in names {
            match &named.value.kind {
                Kind::Scalar(target) if !target.is_null() => {
                    bindings.insert(Ref::new(kind, &named.key.text), &target.text, None);
                }
                _ => {
                    let headline = format!("`{}` stands for nothing", named.key.text);
                    let label = "an ARN or another text is expected here";
                    refuse(named.key.range.clone(), headline, label, None);
                }
            }
        }
    }
    (bindings, diags)
}

/// The text of a file of bindings: a line for each name.
pub fn bindings_text(bindings: &Bindings) -> String {
    let mut out = String::from("# What the names in these flows stand for.\n");
    if bindings.is_empty() {
        out.push_str("{}\n");
    }
    let mut last = None;
    for (reference, target) in bindings.iter() {
        if last != Some(reference.kind) {
            if last.is_some() {
                out.push('\n');
            }
            emit::heading(&mut out, 0, reference.kind.as_str());
            last = Some(reference.kind);
        }
        emit::block_entry(&mut out, 2, &reference.name, &Yaml::text(&target.arn));
    }
    out
}

/// The names that bindings explain, so that sources may refer to them.
pub fn names_of(bindings: &Bindings) -> Names {
    let mut names = Names::default();
    for (reference, _) in bindings.iter() {
        names.add(reference);
    }
    names
}
