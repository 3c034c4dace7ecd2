//! The words that differ between two texts, with no more around them than it takes to read them.

use flow::diff::WordChange;

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

/// A quarter of the letters: with less in common, the words of one text only get into the way of
/// the other's.
const LEAST_SAME: usize = 4;

/// The words that differ; nothing if so little is the same that the whole texts read better.
pub(crate) fn pieces(old: &str, new: &str) -> Option<Vec<Piece>> {
    let changes = flow::diff::words(&visible(old), &visible(new));
    let pieces: Vec<Piece> = changes.into_iter().map(Piece::from).collect();
    let same = letters(&pieces, |it| matches!(it, Piece::Same(_)));
    let all = letters(&pieces, |_| true);
    (same * LEAST_SAME >= all).then_some(pieces)
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

impl From<WordChange> for Piece {
    fn from(change: WordChange) -> Self {
        match change {
            WordChange::Equal(text) => Piece::Same(text),
            WordChange::Removed(text) => Piece::Removed(text),
            WordChange::Added(text) => Piece::Added(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str, context: usize) -> String {
        let pieces = pieces(old, new).expect("much is the same");
        let pieces = shortened(&pieces, context);
        let pieces = pieces.iter().map(|it| match it {
            Piece::Same(text) => text.clone(),
            Piece::Removed(text) => format!("[{text}]"),
            Piece::Added(text) => format!("{{{text}}}"),
            Piece::Skipped(n) => format!("<{n}>"),
        });
        pieces.collect()
    }

    const OLD: &str = "one two three four five six seven eight nine ten eleven twelve";

    #[test]
    fn words_far_from_a_change_are_counted() {
        let new = OLD.replace("six", "6");
        assert_eq!(shown(OLD, &new, 1), "<4> five [six]{6} seven <5>");
        assert_eq!(shown(OLD, &new, 9), OLD.replace("six", "[six]{6}"));
    }

    #[test]
    fn a_few_words_between_two_changes_stay() {
        let new = OLD.replace("two", "2").replace("seven", "7");
        assert_eq!(
            shown(OLD, &new, 1),
            "one [two]{2} three four five six [seven]{7} eight <4>"
        );
    }

    #[test]
    fn nothing_is_compared_where_little_is_the_same() {
        assert_eq!(
            pieces(
                "Please hold the line",
                "A colleague will take over the chat soon"
            ),
            None
        );
    }

    #[test]
    fn a_change_at_an_end_needs_no_context_beyond() {
        let new = format!("{OLD} thirteen");
        assert_eq!(shown(OLD, &new, 2), "<10> eleven twelve{ thirteen}");
    }
}
