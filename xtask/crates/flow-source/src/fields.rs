//! Maps read key by key: what is asked for is taken, what is left over is reported with the name
//! that may have been meant.

use flow::diagnostic::{Diagnostic, Fix, Span};

use crate::rule::{self, Rule};
use crate::suggest;
use crate::yaml::{Entry, Kind, Node};

/// The entries of a map that nobody has asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    entries: Vec<&'a Entry>,
    known: Vec<&'static str>,
    /// Of the known ones those that are not there.
    absent: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The entries of a node, if it is a map.
    pub(crate) fn of(node: &'a Node) -> Option<Self> {
        match &node.kind {
            Kind::Map(entries) => Some(Self {
                entries: entries.iter().collect(),
                known: Vec::new(),
                absent: Vec::new(),
            }),
            _ => None,
        }
    }

    /// Takes the entry of a key.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.known.push(key);
        let entry = self.take_stray(key);
        if entry.is_none() {
            self.absent.push(key);
        }
        entry
    }

    /// Takes the entry of a key that does not belong here, so that no help names it.
    pub(crate) fn take_stray(&mut self, key: &str) -> Option<&'a Entry> {
        let mut entries = self.entries.iter();
        let at = entries.position(|entry| entry.key.text == key)?;
        Some(self.entries.remove(at))
    }

    /// Whether a key is there that may have been meant for this one; as one that nobody asks for
    /// it is reported with this name.
    pub(crate) fn has_slip_of(&self, key: &str) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| suggest::nearest(&entry.key.text, [key]).is_some())
    }

    /// What nobody has asked for.
    pub(crate) fn rest(&self) -> &[&'a Entry] {
        &self.entries
    }

    /// Reports what is left over: a key that `what` does not have.
    pub(crate) fn refuse_rest(
        self,
        what: &str,
        span: impl Fn(&Entry) -> Span,
        diags: &mut Vec<Diagnostic>,
    ) {
        self.refuse_rest_as(&rule::UNKNOWN_KEY, "key", what, span, diags);
    }

    /// The same under another rule and with another word than key.
    pub(crate) fn refuse_rest_as(
        self,
        rule: &Rule,
        word: &str,
        what: &str,
        span: impl Fn(&Entry) -> Span,
        diags: &mut Vec<Diagnostic>,
    ) {
        for entry in self.entries {
            let key = &entry.key.text;
            let diag = rule.error(
                format!("unknown {word} `{key}`"),
                span(entry),
                format!("{what} has no {word} `{key}`"),
            );
            let known = self.known.iter().copied();
            diags.push(match suggest::nearest(key, known.clone()) {
                Some(near) => {
                    let help = format!("a {word} with a similar name exists: `{near}`");
                    let diag = diag.with_help(help);
                    let is_certain =
                        self.absent.contains(&near) && suggest::is_only_near(key, near, known);
                    match diag.span().filter(|_| is_certain).cloned() {
                        Some(span) => {
                            diag.with_fix(Fix::safe(format!("write `{near}`"), span, near))
                        }
                        None => diag,
                    }
                }
                None if self.known.is_empty() => diag,
                None => diag.with_help(format!("what {what} can have: {}", suggest::listed(known))),
            });
        }
    }
}
