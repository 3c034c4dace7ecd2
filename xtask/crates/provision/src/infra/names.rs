//! What the service takes as the name and as the description of something, as its model has it.

use super::Section;
use crate::rules;
use crate::yaml::{Entry, Node};

/// Of the names of one section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameRule {
    /// In characters.
    pub(crate) longest: usize,
    /// The same as `accepts`, as a schema has it.
    pub(crate) pattern: Option<&'static str>,
    accepts: fn(&str) -> bool,
    wanted: &'static str,
}

const ANY: NameRule = NameRule {
    longest: 127,
    pattern: None,
    accepts: |_| true,
    wanted: "",
};

const SECURITY_PROFILE: NameRule = NameRule {
    longest: 127,
    pattern: Some("^[ a-zA-Z0-9_@-]+$"),
    accepts: |name| {
        let is_one = |it: char| it.is_ascii_alphanumeric() || " _@-".contains(it);
        name.chars().all(is_one)
    },
    wanted: "letters, digits, spaces and `_ @ -`",
};

const VIEW: NameRule = NameRule {
    longest: 255,
    // That letters of any script are taken is beyond what schemas say alike everywhere.
    pattern: None,
    accepts: |name| is_view_text(name, ""),
    wanted: "letters, digits, inner spaces and `_ . : / = + - @ ( ) '`",
};

/// The rule for the names of a section, where the service has one.
pub(crate) fn rule(section: &str) -> Option<NameRule> {
    match section {
        "hours" | "queues" | "routing_profiles" | "quick_connects" | "prompts" => Some(ANY),
        "security_profiles" => Some(SECURITY_PROFILE),
        "views" => Some(VIEW),
        _ => None,
    }
}

/// Reports a name that the service would not take.
pub(super) fn check(section: &Section<'_>, title: &str, entry: &Entry) {
    let Some(rule) = rule(title) else {
        return;
    };
    let (reader, name) = (section.reader, entry.key.as_str());
    let headline = format!("`{name}` cannot be a name here");
    let label = if name.is_empty() || name.chars().count() > rule.longest {
        format!("from 1 to {} characters", rule.longest)
    } else if !(rule.accepts)(name) {
        rule.wanted.to_owned()
    } else {
        return;
    };
    reader.report(
        rules::INVALID_VALUE,
        headline,
        entry.key_range.clone(),
        label,
    );
}

/// A text of at most so many characters.
pub(super) fn short_text(section: &Section<'_>, node: &Node, longest: usize) -> Option<String> {
    let text = section.reader.text(node)?;
    let length = text.chars().count();
    if length > longest {
        let headline = format!("{length} characters are too many");
        let label = format!("at most {longest}");
        let range = node.range.clone();
        let reader = section.reader;
        reader.report(rules::INVALID_VALUE, headline, range, label);
        return None;
    }
    Some(text)
}

/// What names and actions of views may consist of, and `further` characters.
pub(super) fn is_view_text(text: &str, further: &str) -> bool {
    let is_one = |it: char| {
        it.is_alphanumeric() || it == ' ' || "_.:/=+-@()'".contains(it) || further.contains(it)
    };
    !text.starts_with(' ') && text.chars().all(is_one)
}
