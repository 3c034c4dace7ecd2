//! What the YAML parser says, in words for people who write YAML, with what to do about it.
//!
//! Flows and infrastructure are read by different crates, through the same parser, and their
//! findings should read alike.
//!
//! The parser speaks of productions and contexts. Its messages are told apart by a part of each;
//! one that is not in the table is passed on as it is.

/// A fault of the text, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What is wrong at its place.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

const INDENT: &str = "indent with spaces; the keys of one map stand at the same column";
const CLOSE_QUOTES: &str = "close the quotes";
const QUOTE: &str = "put the text in quotes";

/// A part of the parser's message, the label and the help.
const WORDS: [(&str, &str, &str); 23] = [
    ("tabs disallowed", "a tab stands here", INDENT),
    ("tab cannot be used", "a tab stands here", INDENT),
    ("found a tab", "a tab stands here", INDENT),
    ("start with a tab", "a tab stands here", INDENT),
    (
        "':' must be followed",
        "no space comes before this",
        "write a space and no tab after the `:` of a key",
    ),
    (
        "'-' must be followed",
        "no space comes before this",
        "write a space and no tab after the `-` of an item",
    ),
    (
        "trailing content after",
        "the quoted text has ended before this",
        "in single quotes write `''` for `'`, in double quotes write `\\\"` for `\"`",
    ),
    (
        "indentation in quoted",
        "these quotes are not closed, or the text goes on too far to the left",
        CLOSE_QUOTES,
    ),
    (
        "quoted scalar, found unexpected",
        "quoted text that does not end",
        CLOSE_QUOTES,
    ),
    (
        "unknown escape character",
        "no such escape exists",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "mapping values are not allowed",
        "this `:` would make a key of what stands before it",
        "put a text with `: ` in it in quotes; before a key, look for a line that lacks its `:`",
    ),
    (
        "expected key",
        "no key of the map around it begins here",
        INDENT,
    ),
    (
        "expected '-' indicator",
        "no item of the list around it begins here",
        "the items of one list stand at the same column",
    ),
    (
        "flow mapping, did not find",
        "`,` or `}` is expected before this",
        "close the `{`, and put a text with `,`, `{` or `}` in it in quotes",
    ),
    (
        "flow sequence, expected",
        "`,` or `]` is expected before this",
        "close the `[`, and put a text with `,`, `[` or `]` in it in quotes",
    ),
    (
        "indentation in flow construct",
        "a `{` or `[` before this is not closed",
        "close it, or indent the lines in it",
    ),
    (
        "unknown anchor",
        "nothing before this has an anchor of that name",
        "put a text that begins with `*` in quotes",
    ),
    (
        "unprintable",
        "a character that YAML does not take",
        "write it as an escape in double quotes, such as `\"\\u0007\"`",
    ),
    (
        "simple key expect",
        "no `:` comes after this",
        "a key is followed by `:` and a space",
    ),
    (
        "block sequence entries",
        "an item of a list cannot begin here",
        "begin the list on a line of its own, or put the text in quotes",
    ),
    (
        "illegal placement of ':'",
        "no key can stand here",
        "close the `[` or `{` before it, or put the text in quotes",
    ),
    ("wrongly indented", "this line stands too far left", INDENT),
    (
        "invalid indentation",
        "not at the column of its neighbours",
        INDENT,
    ),
];

/// Explains a message of the parser.
pub fn explain(message: &str) -> Explained {
    if let Some(sign) = message.strip_prefix("unexpected character: ") {
        let sign = sign.trim_matches(['`', '\'']);
        return Explained {
            label: format!("no text without quotes begins with `{sign}`"),
            help: Some(QUOTE.to_owned()),
        };
    }
    match WORDS.iter().find(|(part, ..)| message.contains(part)) {
        Some((_, label, help)) => Explained {
            label: (*label).to_owned(),
            help: Some((*help).to_owned()),
        },
        None => Explained {
            label: message.to_owned(),
            help: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_not_known_is_passed_on() {
        let explained = explain("something new");
        assert_eq!(explained.label, "something new");
        assert_eq!(explained.help, None);
    }

    #[test]
    fn the_sign_that_needs_quotes_is_named() {
        let explained = explain("unexpected character: `@'");
        assert_eq!(explained.label, "no text without quotes begins with `@`");
    }
}
