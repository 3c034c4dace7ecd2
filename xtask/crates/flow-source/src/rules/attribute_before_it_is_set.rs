//! F034: an attribute that is read first and set later.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::dataflow::{self, Read};

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F034",
    name: "attribute-before-it-is-set",
    severity: Severity::Info,
    finds: "a read of a contact attribute that the same flow sets only afterwards",
    why: "\
No path from the start sets the attribute before the read, though the flow sets it elsewhere, and \
nothing that runs before could have set it: no Lambda, no bot, no module. It may still come from \
outside: from `StartChatContact`, from a flow that ran before, or from this flow, if the contact \
comes back to it.

Set the attribute before the read, unless it comes from outside.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: known
  known:
    compare: $.Attributes.tier
    when: { gold: bye }
    otherwise: set
  set:
    set_attributes: { tier: silver }
    next: bye
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
    compare: $.Attributes.tier
    when: { gold: bye }
    otherwise: bye
  set:
    set_attributes: { tier: silver }
    next: known
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let Some(data) = context.data() else {
        return;
    };
    let reads = data.reads.iter();
    let reads: Vec<&Read<'_>> = reads
        .filter(|it| it.reference.root == "Attributes")
        .collect();
    if reads.is_empty() {
        return;
    }
    let named = data.attributes(context.flow);
    let place = |read: &Read<'_>| named.place(read.reference.key()?);
    let mut both: Vec<usize> = reads.iter().filter_map(|it| place(it)).collect();
    both.sort_unstable();
    both.dedup();
    for some in both.chunks(64) {
        let bit = |place: usize| some.binary_search(&place).ok().map(|at| 1 << at);
        let set = dataflow::attributes_set(context, "Attributes", |name| bit(named.place(name)?));
        for read in &reads {
            let unset =
                place(read).filter(|it| bit(*it).is_some_and(|it| set[read.action] & it == 0));
            let Some(at) = unset else {
                continue;
            };
            let setter = named.all[at].1;
            // What an action sets may be read in the same action, as `x` is in `x: $.Attributes.x`.
            if setter == read.action {
                continue;
            }
            let later = report.span(Place::Action(setter));
            let headline = format!("`{}` is read before the flow sets it", read.reference.text);
            let label = "empty here, unless it comes from outside";
            let diag = report.at(dataflow::place_of(context, read), headline, label);
            let text = "set here".to_owned();
            diag.labels.push(Label { span: later, text });
        }
    }
}
