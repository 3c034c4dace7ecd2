//! The findings of several environments as one list.

use flow::diagnostic::Diagnostic;

use crate::suggest;

/// Each finding once; a note names the environments that have it, unless all do.
pub fn merge(environments: Vec<(&str, Vec<Diagnostic>)>) -> Vec<Diagnostic> {
    let n_all = environments.len();
    let mut merged: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
    for (name, mut diags) in environments {
        flow::diagnostic::sort(&mut diags);
        for diag in diags {
            match merged.iter_mut().find(|(seen, _)| *seen == diag) {
                Some((_, names)) => names.push(name),
                None => merged.push((diag, vec![name])),
            }
        }
    }
    let noted = merged
        .into_iter()
        .map(|(diag, names)| match names.as_slice() {
            names if names.len() == n_all => diag,
            [name] => noted_once(diag, format!("the environment is `{name}`")),
            names => {
                let listed = suggest::listed(names.iter().copied());
                noted_once(diag, format!("the environments are {listed}"))
            }
        });
    noted.collect()
}

fn noted_once(diag: Diagnostic, note: String) -> Diagnostic {
    if diag.notes.contains(&note) {
        diag
    } else {
        diag.with_note(note)
    }
}

#[cfg(test)]
mod tests {
    use flow::diagnostic::{SourceFile, Span};

    use super::*;

    fn finding(headline: &str) -> Diagnostic {
        let file = SourceFile::new("a.yaml", "x");
        Diagnostic::error("F001", "rule", headline, Span { file, range: 0..1 }, "here")
    }

    #[test]
    fn environments_are_named_only_where_not_all_have_a_finding() {
        let merged = merge(vec![
            (
                "a",
                vec![finding("everywhere"), finding("two"), finding("everywhere")],
            ),
            ("b", vec![finding("everywhere"), finding("two")]),
            ("c", vec![finding("one"), finding("everywhere")]),
        ]);
        let shown: Vec<(&str, &[String])> = merged
            .iter()
            .map(|it| (it.headline.as_str(), it.notes.as_slice()))
            .collect();
        let (one, two) = ("the environment is `c`", "the environments are `a` and `b`");
        assert_eq!(
            shown,
            [
                ("everywhere", &[][..]),
                ("two", &[two.to_owned()][..]),
                ("one", &[one.to_owned()][..]),
            ]
        );
    }
}
