//! Texts in boxes: how wide they are at most, and where to cut them.
//!
//! A picture does not know the fonts of whoever looks at it, so widths are those of wide ones
//! (DejaVu Sans, Verdana). With narrower fonts there is a little more room than needed.

use crate::identifiers;

/// Longer texts are not read to the end: no box shows that much.
const LONGEST: usize = 1000;

/// The text on one line: white space evened out, and nothing that could not be seen or would
/// turn other text around.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.trim_start().chars().take(LONGEST) {
        let is_space = c.is_whitespace() || (c.is_control() && c != '\u{7f}');
        if is_space && !line.ends_with(' ') {
            line.push(' ');
        } else if !is_space && is_visible(c) {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Whether a character is drawn and turns no text around, as marks of direction do.
pub(super) fn is_visible(c: char) -> bool {
    !matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// An identifier that the console has made, cut to what people compare; any other as it is.
pub(super) fn short_id(id: &str) -> String {
    if identifiers::is_uuid(id) {
        return format!("{}…", &id[..8]);
    }
    one_line(id)
}

/// How wide a text is at most, in a font of this many pixels.
pub(super) fn width(text: &str, size: i64) -> i64 {
    let thousandths: i64 = text.chars().map(advance).sum();
    (thousandths * size + 999) / 1000
}

/// The width of a character in thousandths of the font's size.
fn advance(c: char) -> i64 {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        'i' | 'j' | 'l' | '\'' | '|' => 320,
        ' ' | '.' | ',' | ':' | ';' | '!' | 'I' | '·' => 350,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' | '"' | '`' => 430,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '—' => 1000,
        '=' | '<' | '>' | '+' | '~' | '#' => 840,
        'a'..='z' | '0'..='9' | '$' | '_' | '*' | '?' | '{' | '}' => 640,
        'A'..='Z' => 790,
        '\u{1f000}'.. => 1400,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 1050,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' => 1050,
        _ => 850,
    }
}

/// The text, cut with an ellipsis where it would be wider than the room there is.
pub(super) fn cut(text: &str, room: i64, size: i64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let room = room - width("…", size);
    let mut cut = text[..fitting(text, room, size)].trim_end().to_owned();
    cut.push('…');
    cut
}

/// The number of bytes from the start that fit.
fn fitting(text: &str, room: i64, size: i64) -> usize {
    let mut used = 0;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        used += advance(c) * size;
        if used > room * 1000 {
            end = at;
            break;
        }
    }
    // A character is not torn from the marks on it, nor an emoji from what it is joined to.
    while end > 0 && end < text.len() && is_joined(text, end) {
        end = text[..end].char_indices().next_back().map_or(0, |it| it.0);
    }
    end
}

fn is_joined(text: &str, at: usize) -> bool {
    let after = text[at..].chars().next();
    let before = text[..at].chars().next_back();
    after.is_some_and(|c| advance(c) == 0) || before == Some('\u{200d}')
}

/// The text on at most so many lines, broken between words where that is possible and cut with an
/// ellipsis at the end where it is too long.
pub(super) fn wrap(text: &str, room: i64, size: i64, n_lines: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && lines.len() < n_lines {
        if lines.len() + 1 == n_lines || width(rest, size) <= room {
            lines.push(cut(rest, room, size));
            break;
        }
        let end = fitting(rest, room, size);
        // A space right behind what fits is as good as one inside it.
        let searched = rest.get(..end + 1).unwrap_or(&rest[..end]);
        let end = match searched.rfind(' ') {
            Some(space) if space > 0 => space,
            _ => end.max(rest.chars().next().map_or(1, char::len_utf8)),
        };
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    lines
}

/// Words of a name in camel case: `MultipleFoundError` becomes `Multiple found error`.
pub(super) fn words(name: &str) -> String {
    let mut words = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && was_lower {
            words.push(' ');
            words.push(c.to_ascii_lowercase());
        } else {
            words.push(if c == '_' { ' ' } else { c });
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_the_room_ends() {
        assert_eq!(cut("short", 100, 12), "short");
        let cut = cut("a text that is longer than its room", 100, 12);
        assert!(cut.ends_with('…') && width(&cut, 12) <= 100, "{cut}");
    }

    #[test]
    fn a_cut_leaves_accents_and_joined_emoji_whole() {
        let text = "e\u{301}e\u{301}e\u{301}e\u{301}";
        for room in 0..60 {
            let cut = cut(text, room, 10);
            assert!(!cut.ends_with("e…"), "{cut:?} at {room}");
        }
        assert_eq!(cut("👩\u{200d}👩\u{200d}👧", 30, 10), "…");
    }

    #[test]
    fn lines_break_between_words_and_the_last_is_cut() {
        let lines = wrap("one two three four five six seven eight", 80, 12, 2);
        assert_eq!(lines, ["one two", "three four…"]);
        let long = wrap(&"x".repeat(100), 80, 12, 3);
        assert_eq!(long.len(), 3);
        assert!(long.iter().all(|it| width(it, 12) <= 80), "{long:?}");
        assert_eq!(wrap("", 80, 12, 3), Vec::<String>::new());
    }

    #[test]
    fn a_line_has_no_breaks_and_no_marks_of_direction() {
        assert_eq!(one_line("  a\r\n\tb\u{0}\u{202e}c  "), "a b c");
    }

    #[test]
    fn names_in_camel_case_are_words() {
        assert_eq!(words("MultipleFoundError"), "Multiple found error");
        assert_eq!(words("LexV2Bot"), "Lex v2 bot");
        assert_eq!(words("SSML"), "SSML");
    }
}
