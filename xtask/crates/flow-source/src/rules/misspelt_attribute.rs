//! F035: an attribute whose name is nearly right.

use std::collections::HashMap;

use flow::catalogue;
use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::dataflow::{self, Read};

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F035",
    name: "misspelt-attribute",
    severity: Severity::Warning,
    finds: "a read of an attribute that nothing sets, with a name like one that is set",
    why: "\
The names of attributes are free, so a slip of the hand is a new attribute, and an empty one. \
Neither this flow nor another of the same run sets the name that is read here; a name that differs \
from it by a letter, or in case, is set.

Correct the name. If the attribute comes from outside under just this name, allow the finding.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: set
  known:
    compare: $.Attributes.customer_nmae
    when: { gold: bye }
    otherwise: bye
  set:
    set_attributes: { customer_name: Ada }
    next: known
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: set
  known:
    compare: $.Attributes.customer_name
    when: { gold: bye }
    otherwise: bye
  set:
    set_attributes: { customer_name: Ada }
    next: known
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let Some(data) = context.data() else {
        return;
    };
    for root in ["Attributes", "FlowAttributes"] {
        let mut reads = data
            .reads
            .iter()
            .filter(|it| it.reference.root == root)
            .peekable();
        if reads.peek().is_none() {
            continue;
        }
        let named = match root {
            "Attributes" => data.attributes(context.flow),
            _ => data.flow_attributes(context.flow),
        };
        let mut seen: HashMap<&str, Option<usize>> = HashMap::new();
        for read in reads {
            let key = read.reference.key().unwrap_or_default();
            if named.place(key).is_some() {
                continue;
            }
            let near = seen.entry(key).or_insert_with(|| {
                let near = named.all.iter().position(|(name, _)| is_slip(key, name));
                // An attribute with the other name that is read as well is one of its own.
                near.filter(|_| !is_set_elsewhere(context, root, key))
            });
            if let Some(near) = *near {
                found(context, report, read, named.all[near]);
            }
        }
    }
}

fn found<'a>(
    context: &Context<'a>,
    report: &mut Report<'_, '_>,
    read: &Read<'a>,
    (near, setter): (&str, usize),
) {
    let setter = report.span(Place::Action(setter));
    let headline = format!("nothing sets `{}`", read.reference.text);
    let label = "no action sets an attribute of this name";
    let diag = report.at(dataflow::place_of(context, read), headline, label);
    let text = format!("`{near}` is set here");
    diag.labels.push(Label { span: setter, text });
    diag.help = Some(format!("an attribute with a similar name exists: `{near}`"));
}

fn is_set_elsewhere(context: &Context<'_>, root: &str, key: &str) -> bool {
    let mut others = context.subjects.iter().flat_map(|it| &it.flow.actions);
    others.any(|action| {
        let mut written = catalogue::written(action).filter(|it| it.root == root);
        written.any(|it| it.key.is_none_or(|name| name == key))
    })
}

/// Whether a name is another one with one letter wrong, or in another case. Names that differ in
/// digits are counted ones, such as `option1` and `option2`, and in short ones a letter is a lot.
fn is_slip(read: &str, set: &str) -> bool {
    let letters = |name: &str| -> String {
        let kept = name.chars().filter(|it| !matches!(it, '_' | '-' | ' '));
        kept.flat_map(char::to_lowercase).collect()
    };
    let differ_in_digits = || {
        let digits = |it: &u8| it.is_ascii_digit();
        let (read, set) = (read.bytes().filter(digits), set.bytes().filter(digits));
        !read.eq(set)
    };
    if read == set || read.len() > 100 || differ_in_digits() {
        return false;
    }
    let (read, set) = (letters(read), letters(set));
    let is_plural = read.strip_suffix('s') == Some(&set) || set.strip_suffix('s') == Some(&read);
    // A letter has four bytes at most.
    let is_near =
        || read.len().abs_diff(set.len()) <= 4 && strsim::damerau_levenshtein(&read, &set) == 1;
    read == set || (read.len() >= 6 && !is_plural && is_near())
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn a_letter_or_the_case_is_a_slip_and_another_word_or_number_is_not() {
        for (read, set) in [
            ("customer_nmae", "customer_name"),
            ("Tier", "tier"),
            ("botOutcome", "bot_outcome"),
        ] {
            assert!(is_slip(read, set), "{read} {set}");
        }
        for (read, set) in [
            ("option1", "option2"),
            ("tier", "tie"),
            ("orders", "order"),
            ("queue", "prompt"),
            ("a", "a"),
        ] {
            assert!(!is_slip(read, set), "{read} {set}");
        }
    }
}
