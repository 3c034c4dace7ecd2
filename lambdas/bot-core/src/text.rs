//! Cutting long texts into messages that Connect accepts.

/// The longest text/plain message by the service model, in characters.
/// The web documentation speaks of 16,384 bytes, and of less for some channels; this is what all of them take.
pub const MESSAGE_LIMIT: usize = 1024;

/// Cuts a text into pieces of at most `limit` characters: at the end of a sentence if there is one in the second
/// half of the piece, else between words, else anywhere that does not tear a character from its marks.
pub fn split(text: &str, limit: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while rest.chars().count() > limit {
        let cut = cut_at(rest, limit);
        let (piece, tail) = rest.split_at(cut);
        pieces.push(piece.trim_end());
        rest = tail.trim_start();
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The byte offset at which the first piece ends; never 0.
fn cut_at(text: &str, limit: usize) -> usize {
    let mut sentence = None;
    let mut word = None;
    let mut anywhere = None;
    let mut previous = '\0';
    for (n_before, (offset, character)) in text.char_indices().enumerate().take(limit + 1) {
        if n_before > 0 {
            if !is_joined(previous, character) {
                anywhere = Some(offset);
            }
            if character.is_whitespace() {
                word = Some(offset);
            }
            if ends_sentence(previous, character) && n_before > limit / 2 {
                sentence = Some(offset);
            }
        }
        previous = character;
    }
    let hard = text
        .char_indices()
        .nth(limit)
        .map_or(text.len(), |(offset, _)| offset);
    sentence.or(word).or(anywhere).unwrap_or(hard)
}

fn ends_sentence(previous: char, next: char) -> bool {
    matches!(previous, '\n' | '。' | '！' | '？')
        || (matches!(previous, '.' | '!' | '?' | '…') && next.is_whitespace())
}

/// Combining marks, variation selectors, joiners and skin tones belong to the character before them.
fn is_joined(previous: char, next: char) -> bool {
    const JOINER: char = '\u{200d}';
    previous == JOINER
        || matches!(next, JOINER | '\u{0300}'..='\u{036f}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_with_a_sentence_else_a_word_else_a_whole_character() {
        let cases: [(&str, usize, &[&str]); 9] = [
            ("", 10, &[]),
            ("  short  ", 10, &["short"]),
            ("exactly 10", 10, &["exactly 10"]),
            ("One is. Two is. Three.", 16, &["One is. Two is.", "Three."]),
            ("A. bcdefgh ijklmno", 12, &["A. bcdefgh", "ijklmno"]),
            ("Version 1.2.3 and on", 14, &["Version 1.2.3", "and on"]),
            ("abcdefghij", 4, &["abcd", "efgh", "ij"]),
            (
                "abce\u{301}\u{302}fgh",
                5,
                &["abc", "e\u{301}\u{302}fg", "h"],
            ),
            ("これは。それは。あれ", 5, &["これは。", "それは。", "あれ"]),
        ];
        for (text, limit, pieces) in cases {
            assert_eq!(split(text, limit), pieces, "{text:?} at {limit}");
        }
    }

    #[test]
    fn no_piece_is_too_long_and_no_letter_is_lost() {
        let letters = |text: &str| {
            text.chars()
                .filter(|character| !character.is_whitespace())
                .collect::<String>()
        };
        let text = "A sentence of some words, dots... and 数字 and e\u{301}! ".repeat(90);
        for limit in [1, 2, 7, 64, 1024] {
            let pieces = split(&text, limit);
            assert!(
                pieces
                    .iter()
                    .all(|piece| !piece.is_empty() && piece.chars().count() <= limit),
                "{limit}"
            );
            assert_eq!(letters(&pieces.concat()), letters(&text), "{limit}");
        }
    }
}
