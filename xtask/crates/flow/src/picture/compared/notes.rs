//! What differs in an action, in words: at full length, and as a few lines that fit in a block.

use crate::diff::{ActionDiff, Branch, ValueChange};

use super::super::mark::{Change, Mark, Note};
use super::super::scene::{PADDING, TEXT_SIZE, WIDTH};
use super::super::{text, words};

/// At most so many lines; what is left is counted.
const MAX_NOTES: usize = 6;
/// How much of what both versions begin with is repeated before the difference.
const CONTEXT: usize = 14;

/// Everything that differs in the action itself, ways out apart.
pub(super) fn changes(change: &ActionDiff) -> Vec<Change> {
    let kind = change.old_kind.iter().map(|old| Change {
        path: "Type".to_owned(),
        old: Some(old.as_str().to_owned()),
        new: Some(change.kind.as_str().to_owned()),
    });
    let values = change.parameters.iter().chain(&change.extra).map(value);
    let order = change.reordered.iter().map(|(old, new)| Change {
        path: "Order of conditions".to_owned(),
        old: Some(listed(old)),
        new: Some(listed(new)),
    });
    kind.chain(values).chain(order).collect()
}

/// A value that differs, as text.
pub(super) fn value(change: &ValueChange) -> Change {
    Change {
        path: change.path.to_string(),
        old: change.old.as_ref().map(words::value),
        new: change.new.as_ref().map(words::value),
    }
}

fn listed(branches: &[Branch]) -> String {
    let names: Vec<String> = branches.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// What an action does that the change leaves as it is, such as which Lambda it invokes: one line.
pub(super) fn unchanged(says: &[String], old_says: &[String]) -> Vec<String> {
    let same = says.iter().find(|it| old_says.contains(it));
    same.map(|it| text::cut(it, room(), TEXT_SIZE))
        .into_iter()
        .collect()
}

/// The changes as lines.
pub(super) fn notes(was: Option<&str>, changes: &[Change]) -> Vec<Note> {
    let was = was.map(|it| note(None, &format!("was {}", text::one_line(it))));
    let mut groups: Vec<Vec<Note>> = was.into_iter().map(|it| vec![it]).collect();
    groups.extend(changes.iter().map(lines));
    let n_lines: usize = groups.iter().map(Vec::len).sum();
    if n_lines <= MAX_NOTES {
        return groups.concat();
    }
    let mut notes = Vec::new();
    let n_groups = groups.len();
    for (n, group) in groups.into_iter().enumerate() {
        if notes.len() + group.len() >= MAX_NOTES {
            notes.push(note(None, &format!("and {} more", n_groups - n)));
            break;
        }
        notes.extend(group);
    }
    notes
}

/// One line if it fits, else one for the name and one for each value.
fn lines(change: &Change) -> Vec<Note> {
    let path = text::one_line(&change.path);
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    let (old, new) = (old.map(text::one_line), new.map(text::one_line));
    let (only, short) = match (&old, &new) {
        (Some(old), Some(new)) => (None, format!("{path}: {old} → {new}")),
        (Some(old), None) => (Some(Mark::Removed), format!("{path}: {old}")),
        (None, Some(new)) => (Some(Mark::Added), format!("{path}: {new}")),
        (None, None) => (None, path.clone()),
    };
    let signed = |mark: Option<Mark>, text: &str| match mark {
        Some(mark) => note(Some(mark), &format!("{} {text}", mark.sign())),
        None => note(None, text),
    };
    if text::width(&short, TEXT_SIZE) <= room() || only.is_some() {
        return vec![signed(only, &short)];
    }
    let (Some(old), Some(new)) = (old, new) else {
        return vec![note(None, &short)];
    };
    let (old, new) = focused(&old, &new);
    vec![
        note(None, &path),
        signed(Some(Mark::Removed), &old),
        signed(Some(Mark::Added), &new),
    ]
}

fn note(mark: Option<Mark>, text: &str) -> Note {
    Note {
        text: text::cut(text, room(), TEXT_SIZE),
        mark,
    }
}

fn room() -> i64 {
    WIDTH - 2 * PADDING
}

/// Both texts from a little before the point where they begin to differ.
fn focused(old: &str, new: &str) -> (String, String) {
    let same = old
        .char_indices()
        .zip(new.chars())
        .find(|((_, a), b)| a != b);
    let same = same.map_or(old.len().min(new.len()), |((at, _), _)| at);
    if same <= CONTEXT * 2 {
        return (old.to_owned(), new.to_owned());
    }
    let start = old[..same]
        .char_indices()
        .rev()
        .nth(CONTEXT)
        .map_or(0, |it| it.0);
    // A word is not shown without its beginning.
    let word = old[start..same]
        .find(' ')
        .map_or(start, |at| start + at + 1);
    (format!("…{}", &old[word..]), format!("…{}", &new[word..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, old: &str, new: &str) -> Change {
        Change {
            path: path.to_owned(),
            old: Some(old.to_owned()),
            new: Some(new.to_owned()),
        }
    }

    #[test]
    fn short_values_stand_on_one_line() {
        let notes = notes(None, &[change("TimeLimitSeconds", "600", "300")]);
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].text, "TimeLimitSeconds: 600 → 300");
    }

    #[test]
    fn long_texts_are_shown_from_where_they_differ() {
        let old = "Hello and welcome to the service desk of Acme";
        let new = "Hello and welcome to the service desk of Globex";
        let notes = notes(None, &[change("Text", old, new)]);
        let texts: Vec<&str> = notes.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["Text", "− …desk of Acme", "+ …desk of Globex"]);
    }

    #[test]
    fn a_difference_after_an_accent_is_no_torn_character() {
        let (old, new) = focused(&"é".repeat(40), &format!("{}x", "é".repeat(39)));
        assert!(old.starts_with('…') && new.ends_with('x'));
    }

    #[test]
    fn more_than_fits_is_counted() {
        let many: Vec<Change> = (0..9).map(|n| change(&format!("P{n}"), "1", "2")).collect();
        let notes = notes(Some("before"), &many);
        assert_eq!(notes.len(), MAX_NOTES);
        assert_eq!(notes[MAX_NOTES - 1].text, "and 5 more");
    }
}
