//! What can be said about a lowered flow as a whole: identifiers, reachability, order, and what
//! the service refuses.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use flow::catalogue::{self, InModule, Parameter, ParameterKind};
use flow::diagnostic::{Diagnostic, Severity, Span};
use flow::model::{Action, ActionId, DocumentKind, Flow, FlowType};
use flow::validate;
use flow::value::Value;

use crate::compiled::CompiledFlow;
use crate::document::Document;
use crate::rule;
use crate::suggest;
use crate::yaml::{Entry, Kind, Node};

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
    refused(document, flow, diags);
    out_of_place(flow, diags);
}

fn identifiers(flow: &CompiledFlow, diags: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    let mut said = HashSet::new();
    for action in &flow.definition.flow.actions {
        let Some(span) = flow.span_of(&action.id) else {
            continue;
        };
        let id = action.id.as_str();
        if !seen.insert(id) {
            let label = format!("another action becomes `{id}` as well");
            let headline = format!("two actions with the identifier `{id}`");
            diags.push(rule::DUPLICATE_IDENTIFIER.error(headline, span, label));
        } else if !validate::identifier_is_legal(id) && said.insert(span.range.clone()) {
            let headline = format!("identifier `{id}` is not legal");
            let label = identifier_fault(id);
            diags.push(rule::ILLEGAL_IDENTIFIER.error(headline, span, label).with_help(
                "an identifier has at most 50 characters, none of `% : ( \\ / ) = $ , ; [ ] { }`, \
                 and is no word that JavaScript reserves",
            ));
        }
    }
}

/// Why an identifier is not legal.
fn identifier_fault(id: &str) -> String {
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
    let refusals = flow.known_problems.iter();
    let refusals = refusals.filter(|it| it.message.starts_with("Invalid Action type"));
    let refused: HashSet<usize> = refusals.filter_map(|it| it.action).collect();
    for (n, action) in flow.definition.flow.actions.iter().enumerate() {
        let Some(facts) = catalogue::entry(&action.kind).filter(|_| !refused.contains(&n)) else {
            continue;
        };
        let is_out_of_place = match flow.definition.kind {
            DocumentKind::Flow(flow_type) => !facts.allows(flow_type),
            DocumentKind::Module => facts.module == InModule::No,
        };
        if !is_out_of_place {
            continue;
        }
        let place = place_of(flow.definition.kind);
        let Some(span) = flow.span_of(&action.id) else {
            continue;
        };
        let headline = format!("action does not belong in {place}");
        let label = format!("`{}` is not documented for {place}", action.kind);
        diags.push(rule::ACTION_OUT_OF_PLACE.warning(headline, span, label));
    }
}

fn place_of(kind: DocumentKind) -> String {
    match kind {
        DocumentKind::Flow(flow_type) => format!("a {} flow", flow_type.as_str().to_lowercase()),
        DocumentKind::Module => "a module".to_owned(),
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
        let entry = place.and_then(|span| entry_at(document, &span));
        let is_said = match entry {
            Some(entry) => {
                let whole = entry.key.range.start..=entry.value.range.end;
                errors.iter().any(|at| whole.contains(at))
            }
            None => !errors.is_empty(),
        };
        let is_unknown = action.is_some_and(|it| catalogue::entry(&it.kind).is_none());
        if !is_said && !is_unknown && !has_rule_here(&problem.message) {
            let mut diag = flow.refusal(problem);
            if problem.message.starts_with("Invalid Action type") {
                let place = place_of(definition.kind);
                diag.notes
                    .push(format!("an action of this type does not belong in {place}"));
            }
            if let (Some(entry), Some(action)) = (entry, action) {
                point_at_part(document, entry, action, &problem.message, &mut diag);
            }
            diags.push(diag);
        }
    }
    flow.known_problems = problems;
}

/// Moves a refusal from the action's name to the part that it is about, where an action in its own
/// terms has that part, and says what would be taken.
fn point_at_part(
    document: &Document<'_>,
    entry: &Entry,
    action: &Action,
    message: &str,
    diag: &mut Diagnostic,
) {
    let parameter = message.split_once(".Parameters.").map(|it| it.1);
    let part = match parameter {
        Some(parameter) => {
            let outer = parameter.split('.').next().unwrap_or(parameter);
            child(&entry.value, "parameters").and_then(|it| child(it, outer))
        }
        None if message.starts_with("Invalid branch") => child(&entry.value, "conditions"),
        None => None,
    };
    if let (Some(part), Some(label)) = (
        part.filter(|it| !it.range.is_empty()),
        diag.labels.first_mut(),
    ) {
        label.span = Span {
            file: Arc::clone(document.file),
            range: part.range.clone(),
        };
    }
    let facts = catalogue::entry(&action.kind);
    let fact = facts.and_then(|facts| facts.parameter(parameter?));
    diag.help = fact.and_then(taken);
}

fn child<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Kind::Map(entries) = &node.kind else {
        return None;
    };
    let entry = entries.iter().find(|entry| entry.key.text == key)?;
    Some(&entry.value)
}

/// What a parameter takes, where it is known.
fn taken(parameter: &Parameter) -> Option<String> {
    let values = parameter.values.iter().map(String::as_str);
    let name = &parameter.name;
    Some(match (parameter.kind, parameter.range) {
        (ParameterKind::Integer, Some((least, greatest))) => {
            format!("`{name}` takes a whole number from {least} to {greatest}")
        }
        (ParameterKind::Integer, None) => format!("`{name}` takes a whole number"),
        (ParameterKind::Map | ParameterKind::Object, _) => format!("`{name}` takes a map"),
        (ParameterKind::List, _) if parameter.values.is_empty() => format!("`{name}` takes a list"),
        (ParameterKind::List, _) => {
            format!(
                "`{name}` takes a list with items of {}",
                suggest::listed(values)
            )
        }
        _ if parameter.values.is_empty() => return None,
        _ => format!("what `{name}` takes: {}", suggest::listed(values)),
    })
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
