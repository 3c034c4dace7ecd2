//! The words that differ between two texts, with no more around them than it takes to read them.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::value::visible;

/// A stretch of two versions of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Same(String),
    Removed(String),
    Added(String),
    /// So many words are the same and not shown.
    Skipped(usize),
}

/// Texts with more tokens than this apart from a common start and end are not compared by word:
/// the time that takes grows with the product of their lengths.
const MOST_TOKENS: usize = 4_000;

/// The words that differ; nothing if so little is the same that the whole texts read better.
pub(crate) fn pieces(old: &str, new: &str) -> Option<Vec<Piece>> {
    let (old, new) = (visible(old), visible(new));
    let (old, new) = (tokens(&old), tokens(&new));
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (before, after) = (&old[start..], &new[start..]);
    let same_end = before.iter().rev().zip(after.iter().rev());
    let end = same_end.take_while(|(a, b)| a == b).count();
    let before = &before[..before.len() - end];
    let after = &after[..after.len() - end];
    let mut pieces = vec![Piece::Same(old[..start].concat())];
    compare(before, after, &mut pieces);
    pieces.push(Piece::Same(old[old.len() - end..].concat()));
    let pieces = tidy(pieces);
    let share = letters(&pieces, |it| matches!(it, Piece::Same(_)));
    let all = letters(&pieces, |_| true);
    (share * 4 >= all).then_some(pieces)
}

/// The same with this many words around each change.
pub(crate) fn shortened(pieces: &[Piece], context: usize) -> Vec<Piece> {
    let mut short = Vec::new();
    for (n, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Same(text) => {
                let sides = (n > 0, n + 1 < pieces.len());
                shorten(text, sides, context, &mut short);
            }
            piece => short.push(piece.clone()),
        }
    }
    short
}

fn shorten(text: &str, (left, right): (bool, bool), context: usize, short: &mut Vec<Piece>) {
    let words: Vec<(usize, &str)> = words(text);
    let head = if left { context } else { 0 };
    let tail = if right { context } else { 0 };
    // Two words more than are kept are as quickly read as the note that they are left out.
    if words.len() <= head + tail + 2 {
        short.push(Piece::Same(text.to_owned()));
        return;
    }
    let skipped = words.len() - head - tail;
    if let Some((at, word)) = head.checked_sub(1).and_then(|it| words.get(it)) {
        short.push(Piece::Same(text[..at + word.len()].to_owned() + " "));
    }
    short.push(Piece::Skipped(skipped));
    if let Some((at, _)) = words.get(head + skipped) {
        short.push(Piece::Same(format!(" {}", &text[*at..])));
    }
}

fn words(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let parts = text.split_inclusive(' ').map(|part| {
        let start = at;
        at += part.len();
        (start, part.trim_end_matches(' '))
    });
    parts.filter(|(_, word)| !word.is_empty()).collect()
}

fn compare(old: &[&str], new: &[&str], pieces: &mut Vec<Piece>) {
    if old.len().max(new.len()) > MOST_TOKENS {
        pieces.push(Piece::Removed(old.concat()));
        pieces.push(Piece::Added(new.concat()));
        return;
    }
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        let (tag, before, after) = op.as_tag_tuple();
        match tag {
            DiffTag::Equal => pieces.push(Piece::Same(old[before].concat())),
            DiffTag::Delete => pieces.push(Piece::Removed(old[before].concat())),
            DiffTag::Insert => pieces.push(Piece::Added(new[after].concat())),
            DiffTag::Replace => {
                pieces.push(Piece::Removed(old[before].concat()));
                pieces.push(Piece::Added(new[after].concat()));
            }
        }
    }
}

/// Words, white space, and every other character by itself.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let kind = kind(c);
        if last.is_some_and(|last| last != kind || kind == 2) {
            tokens.push(&text[start..at]);
            start = at;
        }
        last = Some(kind);
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

/// One removed and one added stretch between what is the same; what is the same only by chance, a
/// blank or a comma between two changes, belongs to both.
fn tidy(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut tidy: Vec<Piece> = Vec::new();
    let (mut removed, mut added) = (String::new(), String::new());
    let mut pieces = pieces.into_iter().filter(|it| !it.is_empty()).peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Removed(text) => removed.push_str(&text),
            Piece::Added(text) => added.push_str(&text),
            Piece::Same(text) => {
                let is_between = !(removed.is_empty() && added.is_empty());
                let by_chance = text.chars().all(|c| !c.is_alphanumeric()) && text.len() <= 3;
                if is_between && by_chance && pieces.peek().is_some() {
                    removed.push_str(&text);
                    added.push_str(&text);
                } else {
                    flush(&mut removed, &mut added, &mut tidy);
                    tidy.push(Piece::Same(text));
                }
            }
            Piece::Skipped(_) => {}
        }
    }
    flush(&mut removed, &mut added, &mut tidy);
    tidy
}

fn flush(removed: &mut String, added: &mut String, pieces: &mut Vec<Piece>) {
    if !removed.is_empty() {
        pieces.push(Piece::Removed(std::mem::take(removed)));
    }
    if !added.is_empty() {
        pieces.push(Piece::Added(std::mem::take(added)));
    }
}

fn letters(pieces: &[Piece], counts: impl Fn(&Piece) -> bool) -> usize {
    let counted = pieces.iter().filter(|it| counts(it));
    counted
        .map(|it| match it {
            Piece::Same(text) => 2 * alphanumerics(text),
            Piece::Removed(text) | Piece::Added(text) => alphanumerics(text),
            Piece::Skipped(_) => 0,
        })
        .sum()
}

fn alphanumerics(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

impl Piece {
    fn is_empty(&self) -> bool {
        match self {
            Piece::Same(text) | Piece::Removed(text) | Piece::Added(text) => text.is_empty(),
            Piece::Skipped(_) => false,
        }
    }
}
