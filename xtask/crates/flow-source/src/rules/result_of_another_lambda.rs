//! F030: an answer that another Lambda may have replaced.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::dataflow::{self, EARLIER, EXTERNAL, Read};
use crate::lint::graph::By;
use crate::lint::steps::Step;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F030",
    name: "result-of-another-lambda",
    severity: Severity::Warning,
    finds: "a read of a Lambda's answer that may be the answer of another Lambda",
    why: "\
`$.External` is what the latest Lambda has answered: each synchronous call replaces all of it \
(AWS's guide to Lambda functions in flows). Here a contact can come to the read straight from one \
Lambda, and also by a way on which a second one was called in between; then the key is looked for \
in the second one's answer.

Copy what is needed later into contact attributes right after the call.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: who
  who:
    invoke_lambda: lookup
    next: known
    on: { error: bye }
  known:
    compare: $.External.known
    when: { \"true\": tier }
    otherwise: ask
  ask:
    invoke_lambda: bot-join
    next: tier
    on: { error: bye }
  tier:
    compare: $.External.tier
    when: { gold: bye }
    otherwise: greet
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: who
  who:
    invoke_lambda: lookup
    next: keep
    on: { error: bye }
  keep:
    set_attributes: { tier: $.External.tier }
    next: known
  known:
    compare: $.External.known
    when: { \"true\": tier }
    otherwise: ask
  ask:
    invoke_lambda: bot-join
    next: tier
    on: { error: bye }
  tier:
    compare: $.Attributes.tier
    when: { gold: bye }
    otherwise: greet
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let steps = context.steps();
    if steps.all(Step::Lambda).nth(1).is_none() {
        return;
    }
    let Some(data) = context.data() else {
        return;
    };
    let mut reads = data
        .result_reads()
        .filter(|(_, result)| *result == EXTERNAL)
        .peekable();
    if reads.peek().is_none() {
        return;
    }
    let reads: Vec<&Read<'_>> = reads.map(|(read, _)| read).collect();
    let lambdas: Vec<usize> = steps
        .all(Step::Lambda)
        .filter(|n| context.graph.is_reached[*n])
        .collect();
    for some in lambdas.chunks(63) {
        let latest = dataflow::latest_lambdas(context, some);
        // Once for the same two: whoever looks at one read sees the others.
        let mut said = Vec::new();
        for read in &reads {
            let both = two_answers(context, some, &latest, &reads, read);
            if let Some(both) = both.filter(|it| !said.contains(it)) {
                found(context, report, read, both);
                said.push(both);
            }
        }
    }
}

/// Two Lambdas of which either may be the latest at a read, with the second called after the first
/// on the way. Where the key was read from each of them alone, or the second call comes only after
/// the first answer was read here, both are meant to have the key.
fn two_answers(
    context: &Context<'_>,
    lambdas: &[usize],
    latest: &[u64],
    reads: &[&Read<'_>],
    read: &Read<'_>,
) -> Option<(usize, usize)> {
    let here = latest[read.action];
    if here & EARLIER != 0 || here.count_ones() < 2 {
        return None;
    }
    let key = read.reference.text;
    let is_read_alone = |at: usize| {
        let mut others = reads.iter().filter(|it| it.reference.text == key);
        others.any(|it| latest[it.action] == 1 << at)
    };
    let candidates = || (0..lambdas.len()).filter(|at| here & (1 << at) != 0);
    for first in candidates() {
        let seconds = candidates().filter(|second| {
            *second != first
                && !call_the_same(context, (lambdas[first], lambdas[*second]))
                && !(is_read_alone(first) && is_read_alone(*second))
        });
        let mut seconds = seconds.peekable();
        if seconds.peek().is_none() {
            continue;
        }
        let unread = context
            .graph
            .reached_from(next_of(context, lambdas[first]), |n| {
                n != read.action && context.steps().of(n) != Step::Lambda
            });
        if let Some(second) = seconds.find(|it| unread[lambdas[*it]]) {
            return Some((lambdas[first], lambdas[second]));
        }
    }
    None
}

fn next_of(context: &Context<'_>, n: usize) -> Option<usize> {
    let mut exits = context.graph.exits(n).iter();
    exits.find(|it| it.by == By::Next).map(|it| it.to)
}

fn found<'a>(
    context: &Context<'a>,
    report: &mut Report<'_, '_>,
    read: &Read<'a>,
    (first, second): (usize, usize),
) {
    let text = read.reference.text;
    let id = |n: usize| &context.flow.actions[n].id;
    let spans = [first, second].map(|n| report.span(Place::Action(n)));
    let headline = format!("`{text}` may be the answer of another Lambda");
    let label = format!("read after `{}`, or after `{}`", id(first), id(second));
    let diag = report.at(dataflow::place_of(context, read), headline, label);
    let texts = [
        "this Lambda answers first",
        "on some paths this one has replaced the answer",
    ];
    let labels = spans.into_iter().zip(texts);
    diag.labels.extend(labels.map(|(span, text)| Label {
        span,
        text: text.to_owned(),
    }));
    diag.help = Some("copy what is needed into an attribute before the second call".to_owned());
}

/// Whether two Lambda blocks call the same function, so that either answer has the key.
fn call_the_same(context: &Context<'_>, (first, second): (usize, usize)) -> bool {
    let function = |n: usize| context.flow.actions[n].parameters.get("LambdaFunctionARN");
    function(first) == function(second)
}
