//! Fixes of findings, carried out on the texts of sources.

use std::sync::Arc;

use flow::diagnostic::{Diagnostic, Edit, Fix, Safety, SourceFile};

/// A source with its fixes in it.
#[derive(Debug)]
pub struct Fixed {
    pub file: Arc<SourceFile>,
    pub text: String,
    /// The line of each fix, and what it does.
    pub done: Vec<(usize, String)>,
}

/// Carries out the safe fixes of findings, each whole or not at all. Of those that overlap the
/// first is taken; check again for the others.
pub fn fix(diags: &[Diagnostic]) -> Vec<Fixed> {
    let fixes = diags.iter().filter_map(|diag| diag.fix.as_ref());
    let mut taken: Vec<&Fix> = Vec::new();
    for fix in fixes.filter(|fix| fix.safety == Safety::Safe) {
        if !taken.iter().any(|other| overlap(other, fix)) {
            taken.push(fix);
        }
    }
    let mut files: Vec<Arc<SourceFile>> = Vec::new();
    for edit in taken.iter().flat_map(|fix| &fix.edits) {
        if !files.contains(&edit.span.file) {
            files.push(Arc::clone(&edit.span.file));
        }
    }
    files.into_iter().map(|file| fixed(file, &taken)).collect()
}

fn overlap(one: &Fix, other: &Fix) -> bool {
    let clash = |a: &Edit, b: &Edit| {
        a.span.file == b.span.file
            && a.span.range.start <= b.span.range.end
            && b.span.range.start <= a.span.range.end
    };
    let mut edits = one.edits.iter();
    edits.any(|a| other.edits.iter().any(|b| clash(a, b)))
}

fn fixed(file: Arc<SourceFile>, fixes: &[&Fix]) -> Fixed {
    let edits = fixes.iter().flat_map(|fix| &fix.edits);
    let mut edits: Vec<&Edit> = edits.filter(|edit| edit.span.file == file).collect();
    // From the end, so that the places before stay what they are.
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.range.start));
    let mut text = file.text.clone();
    for edit in edits {
        text.replace_range(edit.span.range.clone(), &edit.text);
    }
    let done = fixes.iter().filter_map(|fix| {
        let first = fix.edits.iter().find(|edit| edit.span.file == file)?;
        let line = file.line_column(first.span.range.start).0;
        Some((line, fix.title.clone()))
    });
    let done = done.collect();
    Fixed { file, text, done }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::findings;

    /// What is left when all that can be is fixed, as `--fix` does it.
    fn fixed(source: &str) -> String {
        let mut text = source.to_owned();
        for _ in 0..10 {
            let Some(it) = fix(&findings(&text)).pop() else {
                break;
            };
            assert_ne!(it.text, text);
            text = it.text;
        }
        text
    }

    #[test]
    fn slips_of_keys_and_spellings_of_durations_are_mended() {
        let source = "flow: main
strat: pause
actions:
  pause:
    wait: 15 minutes # a while
    nxt: end
  end:
    disconnect: {}
";
        let expected = source
            .replace("strat", "start")
            .replace("15 minutes", "15m")
            .replace("nxt", "next");
        assert_eq!(fixed(source), expected);
    }

    #[test]
    fn a_slip_of_a_key_that_is_there_as_well_is_left_to_its_author() {
        let source = "flow: main
start: end
actions:
  end: { disconnect: {} }
  spare: { play_prompt: Hello, next: end, nxt: spare }
";
        assert_eq!(fixed(source), source);
    }

    #[test]
    fn unused_allowances_are_removed_and_used_ones_kept() {
        let source = "# A flow.
flow: main # flowyard: allow(F006)
start: end
actions:
  # Hands up.
  # flowyard: allow(F009, F006, F010) spare
  # flowyard: allow(C003)
  spare: { disconnect: {} }
  end: { disconnect: {} } # flowyard: allow(C004)  
";
        assert_eq!(
            fixed(source),
            "# A flow.
flow: main
start: end
actions:
  # Hands up.
  # flowyard: allow(F006) spare
  spare: { disconnect: {} }
  end: { disconnect: {} }
"
        );
    }
}
