//! References to the contact's data, as they stand in parameters: `$.Attributes.name`, whole or
//! inside a text.
//!
//! Reading only: what a reference leads to at run time is the engine's work, whether something
//! sets it before is the linter's.

use std::ops::Range;

use crate::model::Action;
use crate::value::Value;

/// Roots that hold further keys; the bare root is refused where a value is expected.
const NAMESPACES: [&str; 29] = [
    "AdditionalEmailRecipients",
    "Agent",
    "Attributes",
    "Capabilities",
    "Case",
    "Customer",
    "CustomerEndpoint",
    "DataTableList",
    "DataTables",
    "DeliveryReceipts",
    "Email",
    "External",
    "FlowAttributes",
    "LambdaInvocation",
    "Lex",
    "Loop",
    "Media",
    "MediaStreams",
    "Metrics",
    "Modules",
    "OutboundCommunication",
    "Queue",
    "References",
    "SegmentAttributes",
    "SystemEndpoint",
    "Tags",
    "Task",
    "Views",
    "Wisdom",
];

/// Roots that are values themselves.
const VALUES: [&str; 14] = [
    "AwsRegion",
    "Channel",
    "ContactId",
    "CustomerId",
    "Description",
    "InitialContactId",
    "InitiationMethod",
    "InstanceARN",
    "LanguageCode",
    "Name",
    "PreviousContactId",
    "StoredCustomerInput",
    "Tags",
    "TextToSpeechVoiceId",
];

/// Whether a text is one reference, well-formed or not.
pub fn is_reference(text: &str) -> bool {
    text.starts_with("$.") || text == "$" || (text.starts_with("$[") && whole(text).is_some())
}

/// Whether a reference leads to a value under a root that the service knows.
pub fn leads_to_a_value(reference: &str) -> bool {
    let Some(path) = reference.strip_prefix("$.") else {
        return whole(reference).is_some_and(|it| it.leads_to_a_value());
    };
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (root, rest) = path.split_at(end);
    if rest.is_empty() {
        return VALUES.contains(&root);
    }
    let has_leaf = !rest.ends_with('.') && rest.len() > 1;
    has_leaf && is_root(root)
}

/// Whether the language has this root: `Attributes`, `Channel` and so on.
pub fn is_root(root: &str) -> bool {
    NAMESPACES.contains(&root) || VALUES.contains(&root)
}

/// All roots of the language, for suggestions.
pub fn roots() -> impl Iterator<Item = &'static str> {
    let values = VALUES.into_iter().filter(|it| !NAMESPACES.contains(it));
    NAMESPACES.into_iter().chain(values)
}

/// A reference in a text, in slices of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The whole of it: `$.Attributes['first name']`.
    pub text: &'a str,
    /// Where it begins in the text that it was found in.
    pub start: usize,
    /// The namespace, known or not: `Attributes`.
    pub root: &'a str,
    /// What follows the root: `['first name']`.
    rest: &'a str,
}

impl<'a> Reference<'a> {
    /// The first segment below the root: `first name`, or `score` of `$.External.score.value`.
    pub fn key(&self) -> Option<&'a str> {
        self.segments().next()
    }

    /// The segments below the root, without brackets and quotes.
    pub fn segments(&self) -> Segments<'a> {
        Segments { rest: self.rest }
    }

    /// Where it stands in the text that it was found in.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Whether the root is one of the language and a key follows where it needs one.
    pub fn leads_to_a_value(&self) -> bool {
        if self.rest.is_empty() {
            VALUES.contains(&self.root)
        } else {
            is_root(self.root)
        }
    }
}

/// The references that stand in a text, also those with a root that the language does not have.
/// Nothing is allocated, and a text without `$` is only searched for it.
///
/// A `$` before anything but a name or a quoted name is plain text, as in `$.50`.
pub fn references(text: &str) -> References<'_> {
    References { text, at: 0 }
}

/// The reference that a text is as a whole.
pub fn whole(text: &str) -> Option<Reference<'_>> {
    read(text, 0).filter(|it| it.text.len() == text.len())
}

/// Calls `visit` for each reference in a value, at any depth, keys of maps included.
pub fn visit<'a>(value: &'a Value, visit_one: &mut impl FnMut(Reference<'a>)) {
    match value {
        Value::Text(text) => references(text).for_each(visit_one),
        Value::List(items) => items.iter().for_each(|item| visit(item, visit_one)),
        Value::Map(map) => {
            for (key, value) in map {
                references(key).for_each(&mut *visit_one);
                visit(value, visit_one);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        // What an environment fills in is read once it has; a name of a resource holds none.
        Value::Template(_) | Value::Ref(_) => {}
    }
}

/// Calls `visit_one` for each reference in the parameters of an action and the operands of its
/// conditions.
pub fn visit_action<'a>(action: &'a Action, visit_one: &mut impl FnMut(Reference<'a>)) {
    for value in action.parameters.values() {
        visit(value, visit_one);
    }
    let conditions = action.transitions.conditions.iter();
    for operand in conditions.flat_map(|condition| &condition.operands) {
        visit(operand, visit_one);
    }
}

/// The iterator of [`references`].
#[derive(Clone, Debug)]
pub struct References<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for References<'a> {
    type Item = Reference<'a>;

    fn next(&mut self) -> Option<Reference<'a>> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at + rest.find('$')?;
            match read(self.text, start) {
                Some(found) => {
                    self.at = found.range().end;
                    return Some(found);
                }
                None => self.at = start + 1,
            }
        }
    }
}

/// The iterator of [`Reference::segments`].
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Segments<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (segment, rest) = take_segment(self.rest)?;
        self.rest = rest;
        Some(segment)
    }
}

/// Reads the reference that begins at a `$` of a text.
fn read(text: &str, start: usize) -> Option<Reference<'_>> {
    let path = text.get(start..)?.strip_prefix('$')?;
    let (root, rest) = take_segment(path)?;
    // `$.5` is money and `$[0]` is nothing that the language has.
    if !root.starts_with(|c: char| c.is_alphabetic()) {
        return None;
    }
    let mut after = rest;
    while let Some((_, shorter)) = take_segment(after) {
        after = shorter;
    }
    let length = text.len() - start - after.len();
    Some(Reference {
        text: &text[start..start + length],
        start,
        root,
        rest: &rest[..rest.len() - after.len()],
    })
}

/// Takes `.name`, `['any name']`, `.['any name']` or `[3]` off the start of a path. A full stop
/// with no name behind it ends a sentence and is no part of the path.
fn take_segment(path: &str) -> Option<(&str, &str)> {
    let dotted = path.strip_prefix('.');
    if let Some(inner) = dotted.unwrap_or(path).strip_prefix('[') {
        return match inner.chars().next()? {
            quote @ ('\'' | '"') => take_quoted(&inner[1..], quote),
            _ => take_index(inner),
        };
    }
    let name = dotted?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
    (end > 0).then(|| name.split_at(end))
}

fn take_quoted(inner: &str, quote: char) -> Option<(&str, &str)> {
    let (key, rest) = inner.split_once(quote)?;
    let rest = rest.strip_prefix(']')?;
    (!key.is_empty()).then_some((key, rest))
}

fn take_index(inner: &str) -> Option<(&str, &str)> {
    let (index, rest) = inner.split_once(']')?;
    let is_number = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((index, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roots and segments of the references in a text: `Attributes/first name`.
    fn found(text: &str) -> Vec<String> {
        let name = |it: Reference<'_>| {
            assert_eq!(&text[it.range()], it.text);
            let parts: Vec<&str> = std::iter::once(it.root).chain(it.segments()).collect();
            parts.join("/")
        };
        references(text).map(name).collect()
    }

    #[test]
    fn references_are_found_whole_and_inside_a_text() {
        for (text, expected) in [
            ("$.Attributes.tier", vec!["Attributes/tier"]),
            ("$.Channel", vec!["Channel"]),
            ("$.External.a.b-c_d", vec!["External/a/b-c_d"]),
            ("$.Attributes['first name']", vec!["Attributes/first name"]),
            ("$.Attributes.['first name']", vec!["Attributes/first name"]),
            (r#"$["Attributes"]["a.b"]"#, vec!["Attributes/a.b"]),
            ("$['Attributes'].tier", vec!["Attributes/tier"]),
            ("$.External.list[0].x", vec!["External/list/0/x"]),
            (
                "Hello $.Attributes.name, it is $.Queue.Name.",
                vec!["Attributes/name", "Queue/Name"],
            ),
            ("$.External.a$.External.b", vec!["External/a", "External/b"]),
            ("<p>$.External.a</p>", vec!["External/a"]),
            ("grüß $.Attributes.größe!", vec!["Attributes/größe"]),
            ("$.Attributes", vec!["Attributes"]),
            ("$.Nowhere.a", vec!["Nowhere/a"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn a_dollar_that_leads_nowhere_is_plain_text() {
        for text in [
            "",
            "plain",
            "$",
            "$.",
            "$$",
            "$5",
            "$.50",
            "$LATEST",
            "${a.b}",
            "$ .x",
            "$[0]",
            "$['",
            "$[''].a",
            "ends in $",
            "$é",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
        // A key that does not end is none.
        assert_eq!(found("$.Attributes['x"), ["Attributes"]);
        assert_eq!(found("$.Attributes[*].x"), ["Attributes"]);
    }

    #[test]
    fn a_text_is_a_reference_as_a_whole_or_not_at_all() {
        for good in ["$.Attributes.a", "$['Attributes']['a b']", "$.Channel"] {
            assert_eq!(whole(good).map(|it| it.text), Some(good));
        }
        for bad in [
            "",
            "$",
            "$.Attributes.a b",
            " $.Attributes.a",
            "$.Attributes.a.",
        ] {
            assert_eq!(whole(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_reference_needs_a_known_root_and_a_leaf() {
        for good in [
            "$.Attributes.name",
            "$.Attributes['a key']",
            "$['Attributes']['a key']",
            "$.External.status",
            "$.Channel",
            "$.SegmentAttributes['connect:Subtype']",
            "$.Tags",
        ] {
            assert!(leads_to_a_value(good), "{good}");
        }
        for bad in [
            "$.External",
            "$['External']",
            "$.",
            "$",
            "$.Nothing.here",
            "$['Nothing']['here']",
            "$.Attributes.",
            "Channel",
        ] {
            assert!(!leads_to_a_value(bad), "{bad}");
        }
    }

    #[test]
    fn every_root_is_listed_once() {
        let mut all: Vec<&str> = roots().collect();
        assert!(all.iter().all(|it| is_root(it)));
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
    }
}
