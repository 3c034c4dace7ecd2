//! The comment on a pull request, as small and as enormous reviews have it.

use flow::diagnostic::{Diagnostic, Severity, SourceFile, Span};
use flow::model::{Action, Condition, DocumentKind, Flow, FlowDefinition, FlowType};
use flow::value::Value;
use proptest::prelude::*;
use review::comment::{LIMIT, MARKER, Options, comment};
use review::{
    Comparison, Consequence, EnvironmentGroup, EnvironmentReview, LiveReview, PlanSummary, Review,
    VariableChange, VariableEffect, Version, Weight, compare,
};

use crate::changes::CHANGES;
use crate::markdown::without_pictures;

pub(crate) fn options() -> Options {
    Options {
        base: "origin/main".to_owned(),
    }
}

pub(crate) fn of(sources: Comparison) -> Review {
    Review {
        sources,
        environments: Vec::new(),
        groups: Vec::new(),
        findings: Vec::new(),
    }
}

/// The realistic changes as changes to ten flows.
fn ten_flows() -> Comparison {
    let flows = CHANGES.iter().flat_map(|change| {
        let mut flows = change.comparison().flows;
        for flow in &mut flows {
            flow.address = format!("flow.{}", change.name);
        }
        flows
    });
    Comparison {
        old: "main".to_owned(),
        new: "working tree".to_owned(),
        flows: flows.collect(),
        unchanged: vec!["flow.queue-hold".to_owned()],
    }
}

pub(crate) fn consequence(weight: Weight, text: &str) -> Consequence {
    Consequence {
        kind: "unreachable",
        weight,
        text: text.to_owned(),
        actions: Vec::new(),
    }
}

pub(crate) fn environment(name: &str, live: LiveReview) -> EnvironmentReview {
    EnvironmentReview {
        name: name.to_owned(),
        variables: vec![
            VariableChange {
                name: "bot_timeout".to_owned(),
                old: Some("15m".to_owned()),
                new: Some("10m".to_owned()),
                is_secret: false,
            },
            VariableChange {
                name: "pin".to_owned(),
                old: None,
                new: None,
                is_secret: true,
            },
        ],
        rendered: ten_flows(),
        live,
    }
}

fn effect(path: &str, is_secret: bool) -> VariableEffect {
    let value = |text: &str| (!is_secret).then(|| text.to_owned());
    VariableEffect {
        address: "flow.timeout_shortened".to_owned(),
        action: Some("bot wait".into()),
        path: path.to_owned(),
        variables: vec!["bot_timeout".to_owned()],
        old: value("900"),
        new: value("600"),
        is_secret,
    }
}

pub(crate) fn finding(severity: Severity, headline: &str) -> Diagnostic {
    let file = SourceFile::new(
        "flows/support-chat.yaml",
        "flow: support-chat\nstart: greet\n",
    );
    let span = Span {
        file,
        range: 26..31,
    };
    Diagnostic::error("F003", "unknown-next-action", headline, span, "here").with_severity(severity)
}

pub(crate) fn realistic() -> Review {
    let mut review = of(ten_flows());
    for flow in &mut review.sources.flows {
        if flow.address == "flow.bot_removed" {
            flow.consequences = vec![
                consequence(
                    Weight::Attention,
                    "no contact can come to `goodbye` any more",
                ),
                consequence(Weight::Note, "`lambda:bot-join` is no longer called"),
            ];
        }
    }
    let plan = PlanSummary {
        create: 1,
        update: 9,
        delete: 0,
        unchanged: 12,
        calls: 31,
        not_built: 0,
        problems: vec!["queue `premium-support` does not exist on the instance".to_owned()],
    };
    review.environments = vec![
        environment(
            "prod",
            LiveReview::NotChecked {
                why: "no credentials".to_owned(),
            },
        ),
        environment(
            "staging",
            LiveReview::Checked {
                comparison: CHANGES[0].comparison(),
                plan: Some(plan),
            },
        ),
    ];
    review.groups = vec![EnvironmentGroup {
        environments: vec!["prod".to_owned()],
        effects: vec![
            effect("TimeLimitSeconds", false),
            effect("LambdaInvocationAttributes.pin", true),
        ],
        without_effect: vec!["brand".to_owned()],
        unchanged: vec!["flow.lambda_swapped".to_owned()],
        only_here: vec!["flow.queue-hold".to_owned()],
        consequences: vec![(
            "flow.timeout_shortened".to_owned(),
            consequence(Weight::Note, "the time of `bot wait` is 10m instead of 15m"),
        )],
    }];
    review.findings = vec![
        finding(
            Severity::Error,
            "transition to an action that does not exist",
        ),
        finding(Severity::Warning, "long text"),
    ];
    review
}

#[test]
fn a_review_of_ten_changes_fits_and_reads_well() {
    let text = comment(&realistic(), &options());
    check(&text).expect("the comment is sound");
    insta::assert_snapshot!(without_pictures(&text));
}

#[test]
fn a_review_without_a_difference_says_so() {
    let sources = Comparison {
        old: "main".to_owned(),
        new: "working tree".to_owned(),
        flows: Vec::new(),
        unchanged: vec!["flow.support-chat".to_owned()],
    };
    insta::assert_snapshot!(comment(&of(sources), &options()));
}

/// What holds for every comment.
fn check(text: &str) -> Result<(), String> {
    let fail = |what: &str| Err(format!("{what}:\n{text}"));
    if text.len() > LIMIT || text.encode_utf16().count() > 65_535 {
        return Err(format!("{} bytes", text.len()));
    }
    if !text.starts_with(&format!("{MARKER}\n")) {
        return fail("the marker is not the first line");
    }
    let Some(outside) = outside_of_fences(text) else {
        return fail("a fence is open");
    };
    let outside: String = outside.iter().map(|it| without_code_spans(it)).collect();
    for tag in ["details", "summary", "pre", "del", "ins", "code", "b", "i"] {
        let opens = outside.matches(&format!("<{tag}>")).count()
            + outside.matches(&format!("<{tag} open>")).count();
        let closes = outside.matches(&format!("</{tag}>")).count();
        if opens != closes {
            return fail(&format!("{opens} <{tag}> and {closes} </{tag}>"));
        }
    }
    Ok(())
}

/// A flow of so many prompts with a text each.
fn prompts(n: usize, text: &str) -> Flow {
    let mut flow = Flow::new("a0");
    for number in 0..n {
        let mut action = Action::new(format!("a{number}").as_str(), "MessageParticipant");
        action
            .parameters
            .insert("Text".to_owned(), Value::text(text));
        action.transitions.next = Some(format!("a{}", (number + 1) % n).as_str().into());
        flow.actions.push(action);
    }
    flow
}

pub(crate) fn definition(name: &str, title: &str, flow: Flow) -> FlowDefinition {
    FlowDefinition {
        name: name.to_owned(),
        title: title.to_owned(),
        description: Some(title.to_owned()),
        kind: DocumentKind::Flow(FlowType::ContactFlow),
        flow,
    }
}

/// Flows that differ in the text of every prompt.
fn reworded(n_flows: usize, n_prompts: usize, old: &str, new: &str) -> Comparison {
    let version = |label: &str, text: &str| {
        let flows = (0..n_flows)
            .map(|n| definition(&format!("flow-{n:05}"), text, prompts(n_prompts, text)));
        Version::new(label, flows)
    };
    let (old, new) = (version("main", old), version("working tree", new));
    let mut comparison = compare(&old, &new);
    for flow in &mut comparison.flows {
        flow.consequences.clear();
    }
    comparison
}

#[test]
fn thousands_of_flows_fit() {
    let mut review = of(reworded(2_000, 1, "Hello there", "Good morning there"));
    for (n, flow) in review.sources.flows.iter_mut().enumerate() {
        if n % 200 == 199 {
            let text = format!("attention {n} is kept");
            flow.consequences = vec![consequence(Weight::Attention, &text)];
        }
    }
    let text = comment(&review, &options());
    check(&text).expect("the comment is sound");
    for n in (0..2_000).filter(|n| n % 200 == 199) {
        assert!(text.contains(&format!("attention {n} is kept")), "{n}");
    }
    let rows = text.lines().filter(|it| it.starts_with("| `flow.")).count();
    assert!(rows > 100, "{rows} rows");
    assert!(text.contains("more flows, left out here"), "{text}");
    assert!(text.contains("Cut to fit into a comment"), "{text}");
    assert!(text.len() > LIMIT * 9 / 10, "{} bytes are used", text.len());
}

#[test]
fn nothing_but_attention_fits_too() {
    let mut review = of(reworded(300, 1, "Hello there", "Good morning there"));
    for flow in &mut review.sources.flows {
        let text = "never seen ".repeat(100);
        flow.consequences = vec![consequence(Weight::Attention, &text); 40];
    }
    check(&comment(&review, &options())).expect("the comment is sound");
}

#[test]
fn texts_as_long_as_a_document_may_be_fit() {
    let old = "one two three four ".repeat(13_500);
    let new = format!("{old} five").replacen("two", "2", 400);
    let other: String = (0..40_000).map(|n| format!("w{n} ")).collect();
    for new in [new.as_str(), other.as_str()] {
        let text = comment(&of(reworded(2, 1, &old, new)), &options());
        check(&text).expect("the comment is sound");
        assert!(text.contains("<details>"), "{text}");
    }
}

#[test]
fn pictures_go_first_and_the_note_says_so() {
    let old = "Hello from us. One moment, please. Our assistant will be with you soon.";
    let text = comment(
        &of(reworded(12, 40, old, &old.replace("soon", "now"))),
        &options(),
    );
    check(&text).expect("the comment is sound");
    assert!(text.contains("pictures of"), "{text}");
    let words = text.matches("<del>soon</del> <ins>now</ins>").count();
    assert!(words > 100, "{words}");
}

const HOSTILE: [&str; 16] = [
    "```",
    "</details>",
    "</pre>",
    "<!-- flowyard review -->",
    "@everyone",
    "#9876 GH-1 https://example.org www.example.org",
    "|",
    "\n\n# heading\n",
    "`",
    "$x$",
    "[link](javascript:x)",
    "![image](https://example.org/x.png)",
    "<script>x</script>",
    "\u{202e}\u{0}\u{1b}[31m",
    "~~~",
    "- [ ] \\",
];

fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        proptest::sample::select(HOSTILE.as_slice()).prop_map(str::to_owned),
        "[a-z äß🙂字]{0,12}",
    ];
    proptest::collection::vec(part, 0..12).prop_map(|it| it.concat())
}

prop_compose! {
    fn hostile_flow()(
        texts in proptest::collection::vec((hostile(), hostile(), hostile()), 1..8),
        repeat in prop_oneof![Just(1_usize), Just(300)],
    ) -> Flow {
        let mut flow = Flow::new("a0");
        for (n, (text, operand, error)) in texts.iter().enumerate() {
            let mut action = Action::new(format!("a{n}{operand}").as_str(), "MessageParticipant");
            action.parameters.insert("Text".to_owned(), Value::text(text.repeat(repeat)));
            action.parameters.insert(text.clone(), Value::text(operand));
            action.transitions.conditions.push(Condition {
                operator: "Equals".to_owned(),
                operands: vec![Value::text(operand)],
                next: "a0".into(),
            });
            action.transitions.next = Some(error.as_str().into());
            flow.actions.push(action);
        }
        flow
    }
}

prop_compose! {
    fn hostile_review()(
        flows in proptest::collection::vec((hostile_flow(), hostile_flow(), hostile()), 1..5),
        texts in proptest::collection::vec(hostile(), 6..7),
    ) -> Review {
        let version = |label: &str, new: bool| {
            let flows = flows.iter().enumerate().map(|(n, (a, b, title))| {
                let flow = if new { b.clone() } else { a.clone() };
                definition(&format!("f{n}"), title, flow)
            });
            Version::new(label, flows)
        };
        let mut review = of(compare(&version(&texts[0], false), &version(&texts[1], true)));
        for flow in &mut review.sources.flows {
            flow.consequences = vec![
                consequence(Weight::Attention, &texts[2]),
                consequence(Weight::Note, &texts[3]),
            ];
        }
        let why = LiveReview::NotChecked { why: texts[4].clone() };
        review.environments = vec![environment(&texts[5], why)];
        review.findings = vec![finding(Severity::Error, &texts[2])];
        review
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hostile_text_stays_text(review in hostile_review()) {
        let text = comment(&review, &options());
        prop_assert_eq!(check(&text), Ok(()));
        prop_assert_eq!(&text, &comment(&review, &options()));
        for line in outside_of_code(&text) {
            for mention in ["@everyone", "#9876", "GH-1", "://", "www.", "<script>"] {
                prop_assert!(!line.contains(mention), "{mention}: {line}");
            }
            prop_assert!(!line.replace("\\]", "").contains("]("), "{line}");
        }
    }
}

/// The lines that are in no fence; nothing if one is open at the end.
fn outside_of_fences(text: &str) -> Option<Vec<&str>> {
    let mut outside = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => outside.push(line),
        }
    }
    fence.is_none().then_some(outside)
}

/// What forges look for mentions and links in: neither code nor what is preformatted.
fn outside_of_code(text: &str) -> Vec<String> {
    let mut outside = Vec::new();
    let mut is_preformatted = false;
    for line in outside_of_fences(text).unwrap_or_default() {
        let starts = line.trim_start().starts_with("<pre>");
        is_preformatted |= starts;
        if !is_preformatted && line.starts_with("<summary>") {
            let rest = line.split_once("</code>").map_or(line, |it| it.1);
            // Markdown is not read in a line of HTML.
            outside.push(rest.replace("](", ""));
        } else if !is_preformatted {
            outside.push(without_code_spans(line));
        }
        is_preformatted &= !line.contains("</pre>");
    }
    outside
}

/// Text with nothing in its code spans, which begin and end with as many backticks.
fn without_code_spans(text: &str) -> String {
    let mut outside = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '\\']) {
        outside.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(escaped) = rest.strip_prefix('\\') {
            let length = escaped.chars().next().map_or(0, char::len_utf8);
            outside.push_str(&rest[..1 + length]);
            rest = &escaped[length..];
            continue;
        }
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let (fence, inside) = rest.split_at(ticks);
        match end_of_span(inside, ticks) {
            Some(end) => rest = &inside[end..],
            None => {
                outside.push_str(fence);
                rest = inside;
            }
        }
    }
    outside + rest
}

fn end_of_span(inside: &str, ticks: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = inside[at..].find('`') {
        let start = at + found;
        let run = inside[start..].len() - inside[start..].trim_start_matches('`').len();
        at = start + run;
        if run == ticks {
            return Some(at);
        }
    }
    None
}
