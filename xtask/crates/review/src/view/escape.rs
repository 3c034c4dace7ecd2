//! Foreign text inside Markdown. Whatever it says, it stays text: no markup, no link, no mention,
//! no reference to an issue, no end of a block.

use std::fmt::Write as _;

use super::value::visible;

/// Follows a sign that would make a mention or a reference of what comes next. It is not seen.
const APART: char = '\u{200b}';
/// Forges give up on longer runs of backticks as the fence of a code span.
const LONGEST_FENCE: usize = 16;

/// Text as words of a sentence, not at the start of a line.
pub(crate) fn prose(text: &str) -> String {
    let text = visible(text);
    let mut prose = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '&' => {
                prose.push('\\');
                prose.push(c);
            }
            // Mathematics, and the border of a table's cell.
            '$' | '|' => entity(&mut prose, c),
            c => prose.push(c),
        }
        if parts(c, next) || is_address(&text[..at], c) {
            prose.push(APART);
        }
    }
    prose
}

/// Whether a sign and what follows it would be a mention, a reference, an emoji or a link.
fn parts(c: char, next: Option<char>) -> bool {
    let is_word = next.is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '"' | '\''));
    match c {
        '@' | '#' | '!' | '%' | '~' | '&' | '^' => is_word,
        ':' => is_word || matches!(next, Some('/' | '+' | '-')),
        _ => false,
    }
}

/// Whether this is the end of `www` or of the `GH-` before an issue's number.
fn is_address(before: &str, c: char) -> bool {
    let ends_with = |word: &str| {
        let start = before.len().checked_sub(word.len());
        start
            .and_then(|it| before.get(it..))
            .is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    (matches!(c, 'w' | 'W') && ends_with("ww")) || (c == '-' && ends_with("gh"))
}

/// A sentence of ours in which names stand in backticks, as consequences have them.
pub(crate) fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return prose(text);
    }
    let parts = parts.iter().enumerate().map(|(n, part)| match n % 2 {
        0 => prose(part),
        _ => code(part),
    });
    parts.collect()
}

/// Text as a code span, also in the cell of a table.
pub(crate) fn code(text: &str) -> String {
    let text = visible(text);
    let run = longest_run(&text, '`');
    // A table takes a code span apart at its bars, and unescapes some and not others.
    if run > LONGEST_FENCE || text.contains('|') {
        return format!("<code>{}</code>", entities(&text));
    }
    let fence = "`".repeat(run + 1);
    let is_edge = |c| c == '`' || c == ' ';
    if text.is_empty() {
        return "`\"\"`".to_owned();
    }
    let pad = if text.starts_with(is_edge) || text.ends_with(is_edge) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text inside an HTML block, where Markdown is not read.
pub(crate) fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 8);
    for c in visible(text).chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

/// Text inside an HTML block that may be mentioned or linked from: all but `code` and `pre`.
pub(crate) fn html_prose(text: &str) -> String {
    let text = visible(text);
    let mut apart = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        apart.push(c);
        if parts(c, next) || is_address(&text[..at], c) {
            apart.push(APART);
        }
    }
    html(&apart)
}

/// A fenced block, with a fence that the text cannot end.
pub(crate) fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let text = text.trim_end_matches('\n');
    format!("{fence}{language}\n{text}\n{fence}\n")
}

/// Inside inline HTML, where Markdown is read: every sign as an entity.
fn entities(text: &str) -> String {
    let mut entities = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        match c {
            c if c.is_ascii_punctuation() => entity(&mut entities, c),
            c => entities.push(c),
        }
        // Addresses of electronic mail become links even here.
        if c == '@' {
            entities.push(APART);
        }
    }
    entities
}

fn entity(text: &mut String, c: char) {
    write!(text, "&#{};", u32::from(c)).expect("writing to a string does not fail");
}

fn longest_run(text: &str, of: char) -> usize {
    let runs = text.split(|c| c != of).map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_mentioned_and_nothing_is_referred_to() {
        assert_eq!(prose("@team"), "@\u{200b}team");
        assert_eq!(prose("fixes #12, GH-7"), "fixes #\u{200b}12, GH-\u{200b}7");
        assert_eq!(prose("https://x.y"), "https:\u{200b}//x.y");
        assert_eq!(prose("www.x.y :bug:"), "www\u{200b}.x.y :\u{200b}bug:");
        assert_eq!(
            prose("!5 &6 %7 ~bug ^alert"),
            "!\u{200b}5 \\&\u{200b}6 %\u{200b}7 \\~\u{200b}bug ^\u{200b}alert"
        );
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(prose("<b>*_`[x](y)"), "\\<b\\>\\*\\_\\`\\[x\\](y)");
        assert_eq!(prose("a|b $c$"), "a&#124;b &#36;c&#36;");
        assert_eq!(html("</pre>&\""), "&lt;/pre&gt;&amp;&quot;");
    }

    #[test]
    fn a_code_span_holds_whatever_it_is_given() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code(""), "`\"\"`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(" a"), "`  a `");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(code("a\nb"), "`a↵b`");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(fenced("diff", "```\n"), "````diff\n```\n````\n");
    }

    #[test]
    fn names_in_a_sentence_are_code() {
        assert_eq!(sentence("`a_b` is *gone*"), "`a_b` is \\*gone\\*");
        assert_eq!(sentence("an ` alone"), "an \\` alone");
    }
}
