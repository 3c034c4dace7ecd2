//! The bot's contract as far as the compiler answers for it: what `custom_bot` becomes, whatever
//! the author leaves open.

use std::collections::BTreeSet;

use flow::diagnostic::{Diagnostic, Severity, SourceFile};
use flow::model::{Action, ActionId, Flow};
use flow::validate;
use flow_source::compile;

use crate::cases::{compile_and_check, infrastructure, usual_vars};

/// A flow that greets and then brings the bot, with more keys under `custom_bot` and its `on`.
fn source(keys: &str, on: &str) -> String {
    format!(
        "
flow: main
start: greet
actions:
  greet: {{ play_prompt: Hello, next: bot }}
  bot:
    custom_bot: {{ join: bot-join, leave: bot-leave, timeout: 15m{keys} }}
    on: {{ bot_disconnected: left, time_expired: late, join_failed: sorry{on} }}
  left: {{ compare: $.Attributes.bot_outcome, when: {{ done: end }}, otherwise: sorry }}
  late: {{ play_prompt: Late, next: end }}
  sorry: {{ play_prompt: Sorry, next: end }}
  end: {{ disconnect: {{}} }}
"
    )
}

fn compiled(source: &str) -> (Flow, Vec<Diagnostic>) {
    let file = SourceFile::new("flow.yaml", source);
    let (flows, mut diags) = compile_and_check(&[file], &infrastructure());
    let (definition, found) = flows.first().expect("one flow").render(&usual_vars());
    diags.extend(found);
    (definition.flow, diags)
}

fn clean(source: &str) -> Flow {
    let (flow, diags) = compiled(source);
    assert!(diags.is_empty(), "{diags:?}");
    flow
}

fn codes(source: &str) -> Vec<&'static str> {
    compiled(source).1.into_iter().map(|it| it.code).collect()
}

fn action<'a>(flow: &'a Flow, id: &str) -> &'a Action {
    flow.action(&ActionId::from(id))
        .expect("the action is there")
}

/// Where an action leads on a condition's operand or an error.
fn way<'a>(flow: &'a Flow, id: &str, branch: &str) -> &'a str {
    let transitions = &action(flow, id).transitions;
    let condition = transitions
        .conditions
        .iter()
        .find(|it| it.operands[0].as_text() == Some(branch))
        .map(|it| &it.next);
    let error = transitions
        .errors
        .iter()
        .find(|it| it.error == branch)
        .map(|it| &it.next);
    condition.or(error).expect("the branch is there").as_str()
}

fn next<'a>(flow: &'a Flow, id: &str) -> &'a str {
    action(flow, id)
        .transitions
        .next
        .as_ref()
        .expect("a next action")
        .as_str()
}

#[test]
fn the_service_takes_the_lowered_pattern() {
    let flow = clean(&source("", ""));
    let kind = flow::model::DocumentKind::Flow(flow::model::FlowType::ContactFlow);
    assert_eq!(validate::problems(&flow, kind), []);
}

#[test]
fn the_wait_is_the_bots_and_has_only_what_the_service_accepts() {
    let flow = clean(&source("", ""));
    let wait = action(&flow, "bot wait");
    let parameters: BTreeSet<&str> = wait.parameters.keys().map(String::as_str).collect();
    assert_eq!(parameters, BTreeSet::from(["Events", "TimeLimitSeconds"]));
    // A number as text, in seconds.
    assert_eq!(wait.parameters["TimeLimitSeconds"].as_text(), Some("900"));
    let events = wait.parameters["Events"].as_list().expect("a list");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].as_text(), Some("BotParticipantDisconnected"));
}

#[test]
fn every_branch_of_the_wait_leads_where_the_author_said() {
    let flow = clean(&source("", ""));
    assert_eq!(way(&flow, "bot wait", "BotParticipantDisconnected"), "left");
    // The bot did join, so it has come and gone already.
    assert_eq!(way(&flow, "bot wait", "ParticipantNotFound"), "left");
    let flow = clean(&source("", ", participant_not_found: late, error: left"));
    assert_eq!(way(&flow, "bot wait", "ParticipantNotFound"), "late");
    assert_eq!(way(&flow, "bot wait", "NoMatchingError"), "left");
}

#[test]
fn after_the_time_has_expired_the_bot_is_made_to_leave() {
    let flow = clean(&source("", ""));
    assert_eq!(way(&flow, "bot wait", "WaitCompleted"), "bot leave");
    // It may still be there after an error as well.
    assert_eq!(way(&flow, "bot wait", "NoMatchingError"), "bot leave");
    assert_eq!(
        action(&flow, "bot leave").kind.as_str(),
        "InvokeLambdaFunction"
    );
    assert_eq!(next(&flow, "bot leave"), "late");
    assert_eq!(way(&flow, "bot leave", "NoMatchingError"), "late");
}

#[test]
fn a_bot_that_nobody_makes_leave_is_an_error() {
    let source = source("", "").replace(", leave: bot-leave", "");
    assert_eq!(codes(&source), ["S006"]);
}

#[test]
fn a_failed_join_never_comes_to_the_wait() {
    let flow = clean(&source("", ""));
    assert_eq!(way(&flow, "bot", "NoMatchingError"), "sorry");
    assert_eq!(next(&flow, "bot"), "bot join result");
    assert_eq!(way(&flow, "bot join result", "success"), "bot wait");
    assert_eq!(
        way(&flow, "bot join result", "NoMatchingCondition"),
        "sorry"
    );
}

#[test]
fn the_join_lambda_gets_the_idle_times_in_minutes() {
    let flow = clean(&source(
        ", customer_idle: { warn_after: 2m, disconnect_after: 5m }",
        "",
    ));
    let inputs = action(&flow, "bot").parameters["LambdaInvocationAttributes"].as_map();
    let inputs = inputs.expect("a map");
    assert_eq!(inputs["customer_idle_minutes"].as_text(), Some("2"));
    assert_eq!(inputs["customer_disconnect_minutes"].as_text(), Some("5"));
}

#[test]
fn idle_times_are_within_what_the_service_takes() {
    for (time, expected) in [
        ("2m", vec![]),
        ("1m", vec!["C005"]),
        ("480m", vec![]),
        ("481m", vec!["C005"]),
        ("150s", vec!["S010"]),
    ] {
        let source = source(&format!(", customer_idle: {{ warn_after: {time} }}"), "");
        let source = source.replace("timeout: 15m", "timeout: 1d");
        assert_eq!(codes(&source), expected, "{time}");
    }
}

#[test]
fn the_wait_is_within_what_the_service_takes() {
    for (time, expected) in [
        ("1s", vec!["C045"]),
        ("0s", vec!["C005"]),
        ("7d", vec![]),
        ("7d1s", vec!["C005"]),
    ] {
        let source = source("", "").replace("15m", time);
        assert_eq!(codes(&source), expected, "{time}");
    }
}

#[test]
fn a_prompt_stands_before_the_bot_on_every_way() {
    let bare = source("", "").replace("start: greet", "start: bot");
    assert!(codes(&bare).contains(&"C004"));
    // An action that says nothing is no prompt.
    let logged = source("", "").replace("play_prompt: Hello", "set_logging: enabled");
    assert_eq!(codes(&logged), ["C004"]);
    // Another Lambda before it is no prompt either.
    let lambda = source("", "").replace(
        "{ play_prompt: Hello, next: bot }",
        "{ invoke_lambda: lookup, next: bot, on: { error: end } }",
    );
    assert_eq!(codes(&lambda), ["C003", "C004"]);
}

#[test]
fn a_greeting_is_the_prompt_before_the_bot_wherever_it_is_come_from() {
    let source = source(", greeting: Welcome", "")
        .replace("start: greet", "start: bot")
        .replace("play_prompt: Hello", "play_prompt: Again")
        .replace(
            "play_prompt: Late, next: end",
            "play_prompt: Late, next: greet",
        );
    let flow = clean(&source);
    assert_eq!(flow.start.as_str(), "bot greeting");
    assert_eq!(next(&flow, "bot greeting"), "bot");
    assert_eq!(next(&flow, "greet"), "bot greeting");
}

#[test]
fn what_is_under_the_pattern_is_found_by_its_name() {
    let text = source("", "");
    let file = SourceFile::new("flow.yaml", text.as_str());
    let (flows, _) = compile(&[file], &infrastructure());
    for id in ["bot", "bot join result", "bot wait", "bot leave"] {
        let span = flows[0].span_of(&ActionId::from(id)).expect("a place");
        assert_eq!(&text[span.range], "bot", "{id}");
    }
}

#[test]
fn a_module_that_always_speaks_is_a_prompt() {
    let text = source("", "").replace("play_prompt: Hello", "invoke_module: welcome");
    let codes_with = |start: &str| {
        let actions = "which: { compare: $.Channel, when: { CHAT: say }, otherwise: end }\n  \
                       say: { play_prompt: Welcome, next: end }\n  end: { end_module: }\n";
        let outer = "module: welcome\nstart: inner\nactions:\n  \
                     inner: { invoke_module: inner, next: end }\n  end: { end_module: }\n";
        let inner = format!("module: inner\nstart: {start}\nactions:\n  {actions}");
        let sources = [
            ("flow.yaml", text.as_str()),
            ("a.yaml", outer),
            ("b.yaml", &inner),
        ];
        let sources = sources.map(|(path, text)| SourceFile::new(path, text));
        let (_, diags) = compile_and_check(&sources, &infrastructure());
        let errors = diags
            .into_iter()
            .filter(|it| it.severity == Severity::Error);
        errors.map(|it| it.code).collect::<Vec<_>>()
    };
    assert_eq!(codes_with("say"), Vec::<&str>::new());
    assert_eq!(codes_with("which"), ["C004"]);
}
