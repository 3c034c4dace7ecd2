//! F008: an identifier that breaks the rules of the language.

use flow::diagnostic::Severity;
use flow::validate;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F008",
    name: "illegal-identifier",
    severity: Severity::Error,
    finds: "an identifier that Connect does not take",
    why: "\
The identifier of an action has 1 to 50 characters, none of `% : ( \\ / ) = $ , ; [ ] { }`, and is \
no word that JavaScript objects reserve, such as `constructor` (Flow language, Amazon Connect API \
reference). A pattern adds words to the name of the source action, so a name that is nearly too long \
becomes too long there.

Choose a shorter name, or one without these characters.",
    bad: "\
flow: example
start: hello/goodbye
actions:
  hello/goodbye:
    disconnect: {}
",
    good: "\
flow: example
start: hello-goodbye
actions:
  hello-goodbye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let mut said: Vec<usize> = Vec::new();
    for (n, action) in context.flow.actions.iter().enumerate() {
        let id = action.id.as_str();
        if validate::identifier_is_legal(id) {
            continue;
        }
        // Of a pattern all identifiers are too long together.
        let pattern = context.subject.places.pattern(context.flow, n);
        if said.contains(&pattern) {
            continue;
        }
        said.push(pattern);
        let headline = format!("identifier `{id}` is not legal");
        report.at(Place::Action(n), headline, fault(id)).help = Some(
            "an identifier has at most 50 characters, none of `% : ( \\ / ) = $ , ; [ ] { }`, and is \
             no word that JavaScript reserves"
                .to_owned(),
        );
    }
}

/// Why an identifier is not legal.
fn fault(id: &str) -> String {
    let is_forbidden = |c: &char| !validate::identifier_is_legal(c.encode_utf8(&mut [0; 4]));
    let n = id.chars().count();
    if n == 0 {
        "no character".to_owned()
    } else if let Some(forbidden) = id.chars().find(is_forbidden) {
        format!("`{forbidden}` cannot stand in an identifier")
    } else if n > validate::MAX_IDENTIFIER {
        format!("{n} characters")
    } else {
        "a word that JavaScript reserves".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn each_fault_has_its_words() {
        assert_eq!(fault(""), "no character");
        assert_eq!(fault("a:b"), "`:` cannot stand in an identifier");
        assert_eq!(fault(&"ä".repeat(51)), "51 characters");
        assert_eq!(fault("constructor"), "a word that JavaScript reserves");
    }
}
