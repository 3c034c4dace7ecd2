//! What can be said about a lowered flow as a whole: identifiers, reachability, order, and what
//! the service refuses.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use flow::catalogue::{self, InModule};
use flow::diagnostic::{Diagnostic, Severity, Span};
use flow::model::{Action, ActionId, DocumentKind, Flow, FlowType};
use flow::validate;
use flow::value::Value;

use crate::compiled::CompiledFlow;
use crate::document::Document;
use crate::rule;
use crate::yaml::Entry;

/// Actions that speak with the customer, so that a bot may join after them.
const SPEAKING: [&str; 4] = [
    "MessageParticipant",
    "GetParticipantInput",
    "ConnectParticipantWithLexBot",
    "ShowView",
];

/// Checks a lowered flow, with what is known of the modules beside it.
pub(crate) fn check(
    document: &Document<'_>,
    flow: &mut CompiledFlow,
    speakers: &BTreeSet<String>,
    diags: &mut Vec<Diagnostic>,
) {
    identifiers(flow, diags);
    unreachable(document, flow, diags);
    if flow.definition.kind == DocumentKind::Flow(FlowType::ContactFlow) {
        prompt_before_lambda(flow, speakers, diags);
    }
    out_of_place(flow, diags);
    refused(document, flow, diags);
}

fn identifiers(flow: &CompiledFlow, diags: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for action in &flow.definition.flow.actions {
        let Some(span) = flow.span_of(&action.id) else {
            continue;
        };
        let id = action.id.as_str();
        if !seen.insert(id) {
            let label = format!("another action becomes `{id}` as well");
            let headline = format!("two actions with the identifier `{id}`");
            diags.push(rule::DUPLICATE_IDENTIFIER.error(headline, span, label));
        } else if !validate::identifier_is_legal(id) {
            let headline = format!("identifier `{id}` is not legal");
            let label = format!("{} characters", id.chars().count());
            diags.push(rule::ILLEGAL_IDENTIFIER.error(headline, span, label).with_help(
                "an identifier has at most 50 characters, none of `% : ( \\ / ) = $ , ; [ ] { }`, \
                 and is no word that JavaScript reserves",
            ));
        }
    }
}

/// The actions that a contact can come to.
fn reachable(flow: &Flow) -> HashSet<&ActionId> {
    walk(flow, |_| true)
}

/// The actions that a contact can come to, when it does not get past those that `passes` refuses.
fn walk(flow: &Flow, passes: impl Fn(&Action) -> bool) -> HashSet<&ActionId> {
    let by_id: BTreeMap<&ActionId, &Action> = flow.actions.iter().map(|it| (&it.id, it)).collect();
    let mut found = HashSet::new();
    let mut open = vec![&flow.start];
    while let Some(id) = open.pop() {
        let Some(action) = by_id.get(id) else {
            continue;
        };
        if found.insert(&action.id) && passes(action) {
            open.extend(action.transitions.targets());
        }
    }
    found
}

/// Only in a file without errors: where a transition is missing or wrong, nobody knows what it
/// would have led to.
fn unreachable(document: &Document<'_>, flow: &CompiledFlow, diags: &mut Vec<Diagnostic>) {
    if !errors_in(document, diags).is_empty() {
        return;
    }
    let reached = reachable(&flow.definition.flow);
    let places = reached.into_iter().filter_map(|id| flow.span_of(id));
    let places: HashSet<_> = places.map(|span| span.range).collect();
    for entry in document.actions {
        let span = document.span(&entry.key);
        if !places.contains(&span.range) {
            let headline = format!("no transition leads to action `{}`", entry.key.text);
            let label = "a contact never comes here";
            diags.push(rule::UNREACHABLE_ACTION.warning(headline, span, label));
        }
    }
}

/// Whether an action says something to the customer.
fn speaks(action: &Action, speakers: &BTreeSet<String>) -> bool {
    let module = action.parameters.get("FlowModuleId");
    let is_speaker = matches!(module, Some(Value::Ref(it)) if speakers.contains(&it.name));
    is_speaker || SPEAKING.contains(&action.kind.as_str())
}

/// The modules that never end without having said something to the customer.
pub(crate) fn speaking_modules(flows: &[CompiledFlow]) -> BTreeSet<String> {
    let modules = flows.iter().map(|flow| &flow.definition);
    let modules: Vec<_> = modules
        .filter(|it| it.kind == DocumentKind::Module)
        .collect();
    let mut speakers = BTreeSet::new();
    // A module may leave the speaking to another, so that one more may be found each time.
    loop {
        let silent = modules.iter().filter(|it| !speakers.contains(&it.name));
        let found: Vec<String> = silent
            .filter(|module| {
                let unspoken = walk(&module.flow, |action| !speaks(action, &speakers));
                let mut actions = module.flow.actions.iter();
                !actions.any(|it| unspoken.contains(&it.id) && catalogue::is_terminal(&it.kind))
            })
            .map(|module| module.name.clone())
            .collect();
        if found.is_empty() {
            return speakers;
        }
        speakers.extend(found);
    }
}

/// A Play prompt has to stand before the first Lambda of an inbound chat flow; a bot that is to
/// join must not be the customer's first experience of the chat either way.
fn prompt_before_lambda(
    flow: &CompiledFlow,
    speakers: &BTreeSet<String>,
    diags: &mut Vec<Diagnostic>,
) {
    let document = &flow.definition.flow;
    let unspoken = walk(document, |action| !speaks(action, speakers));
    let joins: HashSet<&ActionId> = flow.bots.iter().map(|bot| &bot.join).collect();
    for action in &document.actions {
        let is_lambda = action.kind.as_str() == "InvokeLambdaFunction";
        if !is_lambda || !unspoken.contains(&action.id) {
            continue;
        }
        let Some(span) = flow.span_of(&action.id) else {
            continue;
        };
        if joins.contains(&action.id) {
            diags.push(
                rule::BOT_BEFORE_PROMPT
                    .error(
                        "bot joins before anything was said to the customer",
                        span,
                        "a contact can come here without a prompt",
                    )
                    .with_note(
                        "in an inbound chat flow a Play prompt has to stand before the Lambda that \
                         brings the bot",
                    )
                    .with_help("give `custom_bot` a `greeting`, or put a `play_prompt` before it"),
            );
        } else if flow
            .bots
            .iter()
            .all(|bot| flow.span_of(&bot.join).as_ref() != Some(&span))
        {
            diags.push(
                rule::LAMBDA_BEFORE_PROMPT
                    .warning(
                        "Lambda before anything was said to the customer",
                        span,
                        "a chat can come here without a prompt",
                    )
                    .with_help("put a `play_prompt` before it if the flow is meant for chat"),
            );
        }
    }
}

/// Actions that documentation does not allow in this type of flow. The documents disagree here and
/// there, so it is a warning; what the service was seen to refuse is an error elsewhere.
fn out_of_place(flow: &CompiledFlow, diags: &mut Vec<Diagnostic>) {
    for action in &flow.definition.flow.actions {
        let Some(facts) = catalogue::entry(&action.kind) else {
            continue;
        };
        let place = match flow.definition.kind {
            DocumentKind::Flow(flow_type) if !facts.allows(flow_type) => {
                format!("a {} flow", flow_type.as_str().to_lowercase())
            }
            DocumentKind::Module if facts.module == InModule::No => "a module".to_owned(),
            _ => continue,
        };
        let Some(span) = flow.span_of(&action.id) else {
            continue;
        };
        let headline = format!("action does not belong in {place}");
        let label = format!("`{}` is not documented for {place}", action.kind);
        diags.push(rule::ACTION_OUT_OF_PLACE.warning(headline, span, label));
    }
}

/// What the service refuses, where nothing better was said about the same action already.
fn refused(document: &Document<'_>, flow: &mut CompiledFlow, diags: &mut Vec<Diagnostic>) {
    let definition = &flow.definition;
    let problems = validate::problems(&definition.flow, definition.kind);
    let errors = errors_in(document, diags);
    for problem in &problems {
        let action = problem.action.and_then(|n| definition.flow.actions.get(n));
        let place = action.and_then(|action| flow.span_of(&action.id));
        let is_said = match place.and_then(|span| entry_at(document, &span)) {
            Some(entry) => {
                let whole = entry.key.range.start..=entry.value.range.end;
                errors.iter().any(|at| whole.contains(at))
            }
            None => !errors.is_empty(),
        };
        let is_unknown = action.is_some_and(|it| catalogue::entry(&it.kind).is_none());
        if !is_said && !is_unknown && !has_rule_here(&problem.message) {
            diags.push(flow.refusal(problem));
        }
    }
    flow.known_problems = problems;
}

/// Whether a rule of our own finds the same: identifiers, transitions, unknown parameters.
fn has_rule_here(message: &str) -> bool {
    let words = [".Identifier", ".NextAction", "StartAction", "property name"];
    words.iter().any(|word| message.contains(word))
}

/// Where the errors found so far start in a document.
fn errors_in(document: &Document<'_>, diags: &[Diagnostic]) -> Vec<usize> {
    let errors = diags.iter().filter(|diag| diag.severity == Severity::Error);
    let spans = errors.filter_map(Diagnostic::span);
    let here = spans.filter(|span| span.file == *document.file);
    here.map(|span| span.range.start).collect()
}

fn entry_at<'a>(document: &Document<'a>, span: &Span) -> Option<&'a Entry> {
    let mut actions = document.actions.iter();
    actions.find(|entry| entry.key.range == span.range)
}
