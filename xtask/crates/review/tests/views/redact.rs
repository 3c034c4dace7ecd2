//! What must not leave the machine does not: in no view, wherever it stood.

use flow::diagnostic::Severity;
use flow::model::{Action, ActionId, Condition, ErrorBranch, Flow};
use flow::value::{Map, Ref, RefKind, Value};
use proptest::prelude::*;
use review::view::{TextOptions, markdown, review_json, text};
use review::{EnvironmentGroup, Redactor, Review, VariableEffect, Version, Weight, compare};

use crate::comment::{consequence, definition, environment, finding, of, options};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const SECRET: &str = "s3cr3t-pass";

fn redactor() -> Redactor {
    Redactor::new(
        [ACCOUNT.to_owned()],
        [SECRET.to_owned(), "a \"b\"".to_owned(), "42".to_owned()],
    )
}

#[test]
fn accounts_go_where_they_stand_alone_and_in_arns() {
    let text = |text: &str| redactor().text(text);
    assert_eq!(text("in 111122223333."), "in [account].");
    assert_eq!(text("acme-111122223333-logs"), "acme-[account]-logs");
    assert_eq!(
        text("arn:aws:lambda:eu-west-2:444455556666:function:join"),
        "arn:aws:lambda:eu-west-2:[account]:function:join"
    );
    assert_eq!(
        text("arn:aws:iam::444455556666:role/x"),
        "arn:aws:iam::[account]:role/x"
    );
    // A number of somebody's order, and one that only contains an account's.
    assert_eq!(text("order 444455556666"), "order 444455556666");
    assert_eq!(text("9111122223333"), "9111122223333");
    assert_eq!(text("arn:aws:s3:::bucket"), "arn:aws:s3:::bucket");
}

#[test]
fn secrets_go_wherever_they_stand_and_short_ones_where_they_are_words() {
    let text = |text: &str| redactor().text(text);
    assert_eq!(text("xs3cr3t-passx"), "x[secret]x");
    assert_eq!(text("{\"x\": \"a \\\"b\\\"\"}"), "{\"x\": \"[secret]\"}");
    assert_eq!(text("42"), "[secret]");
    assert_eq!(text("wait 42 seconds"), "wait [secret] seconds");
    assert_eq!(text("1423 and a42"), "1423 and a42");
}

#[test]
fn secrets_that_overlap_leave_nothing_of_either() {
    let redactor = Redactor::new([], ["abcdef", "defghi", "abc"].map(str::to_owned));
    assert_eq!(redactor.text("abcdefghi"), "[secret]");
    let redactor = Redactor::new([], ["aaaa".to_owned()]);
    assert_eq!(redactor.text("aaaaaa"), "[secret]");
    // What stands instead of something is not looked into.
    let redactor = Redactor::new([ACCOUNT.to_owned()], ["account".to_owned()]);
    assert_eq!(redactor.text("111122223333"), "[account]");
}

#[test]
fn nothing_is_no_secret() {
    let redactor = Redactor::new([String::new()], [String::new(), " ".to_owned()]);
    assert_eq!(redactor.text("as it is"), "as it is");
}

/// A flow that has a word everywhere where a flow can have one.
fn flow_with(word: &str, other: &str) -> Flow {
    let mut flow = Flow::new(format!("start {word}").as_str());
    for n in 0..2 {
        let id = match n {
            0 => format!("start {word}"),
            _ => format!("start {other}"),
        };
        let mut action = Action::new(id.as_str(), format!("Kind{word}").as_str());
        let mut inner = Map::new();
        inner.insert(format!("key {word}"), Value::text(word));
        inner.insert(format!("key {other}"), Value::text(other));
        action
            .parameters
            .insert(format!("P{word}"), Value::Map(inner));
        action
            .parameters
            .insert("Ref".to_owned(), Value::Ref(Ref::new(RefKind::Queue, word)));
        action.parameters.insert(
            "List".to_owned(),
            Value::List(vec![Value::text(word), Value::Null]),
        );
        action.transitions.next = Some(id.as_str().into());
        action.transitions.conditions.push(Condition {
            operator: "Equals".to_owned(),
            operands: vec![Value::text(word)],
            next: format!("start {other}").as_str().into(),
        });
        action.transitions.errors.push(ErrorBranch {
            error: format!("Error{word}"),
            next: format!("start {word}").as_str().into(),
        });
        action.extra.insert(word.to_owned(), Value::text(word));
        flow.actions.push(action);
    }
    flow.settings = Some(Map::from_iter([(word.to_owned(), Value::text(word))]));
    flow.extra.insert(word.to_owned(), Value::text(word));
    flow
}

fn review(old: &str, new: &str) -> Review {
    let version = |word: &str, other: &str| {
        Version::new(
            format!("live in {word}"),
            [definition(
                &format!("flow-{SECRET}"),
                word,
                flow_with(word, other),
            )],
        )
    };
    let mut review = of(compare(&version(old, new), &version(new, old)));
    let why = review::LiveReview::NotChecked {
        why: format!("{old} may not assume the role in {new}"),
    };
    let mut environment = environment("prod", why);
    environment.rendered = review.sources.clone();
    review.environments = vec![environment];
    review.groups = vec![EnvironmentGroup {
        environments: vec!["prod".to_owned()],
        effects: vec![VariableEffect {
            address: format!("flow.{old}"),
            action: Some(format!("start {old}").as_str().into()),
            path: format!("P{old}"),
            variables: vec!["pin".to_owned()],
            old: Some(old.to_owned()),
            new: Some(new.to_owned()),
            is_secret: false,
        }],
        without_effect: vec![old.to_owned()],
        unchanged: vec![old.to_owned()],
        only_here: vec![new.to_owned()],
        consequences: vec![(old.to_owned(), consequence(Weight::Attention, new))],
    }];
    review.findings = vec![finding(Severity::Error, old)];
    review
}

/// Every view that leaves the machine.
fn views(review: &Review) -> String {
    let comparison = &review.sources;
    let look = TextOptions {
        colour: false,
        width: 100,
    };
    [
        review::comment::comment(review, &options()),
        markdown(comparison, &review.environments),
        review_json(review).to_string(),
        text(comparison, &review.environments, &look),
        format!(
            "{comparison:?} {:?} {:?}",
            review.environments, review.groups
        ),
    ]
    .concat()
}

#[test]
fn no_view_has_an_account_or_a_secret() {
    let arn = format!("arn:aws:lambda:eu-west-2:{OTHER}:function:x");
    let review = review(&format!("{ACCOUNT} {SECRET}"), &arn);
    let shown = views(&redactor().review(&review));
    for hidden in [ACCOUNT, OTHER, SECRET] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    assert!(shown.contains("[secret]") && shown.contains("[account]"));
}

#[test]
fn what_differs_only_in_a_secret_is_still_a_difference() {
    let mut new = flow_with("x", "y");
    let mut old = new.clone();
    old.actions[0]
        .parameters
        .insert("Text".to_owned(), Value::text("the pin is 42"));
    new.actions[0]
        .parameters
        .insert("Text".to_owned(), Value::text("the pin is s3cr3t-pass"));
    let version = |flow| Version::new("v", [definition("main", "Main", flow)]);
    let comparison = redactor().comparison(&compare(&version(old), &version(new)));
    let shown = markdown(&comparison, &[]);
    assert!(
        shown.contains("`Text`: `\"the pin is [secret]\"`, differs in what is not shown"),
        "{shown}"
    );
}

#[test]
fn identifiers_that_differ_only_in_a_secret_stay_apart() {
    let comparison = review(ACCOUNT, SECRET).sources;
    let redacted = redactor().comparison(&comparison);
    let ids = |it: &review::Comparison| -> Vec<ActionId> {
        let flow = &it.flows[0].new.as_ref().expect("it is new").flow;
        flow.actions.iter().map(|it| it.id.clone()).collect()
    };
    assert_eq!(ids(&redacted).len(), 2);
    assert_ne!(ids(&redacted)[0], ids(&redacted)[1]);
    let flow = &redacted.flows[0].new.as_ref().expect("it is new").flow;
    for target in flow.actions.iter().flat_map(|it| it.transitions.targets()) {
        assert!(flow.action(target).is_some(), "{target}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_keeps_a_secret(
        secrets in proptest::collection::vec("[ab1ä\"]{4,6}", 1..4),
        text in "[ab1ä\" ]{0,40}",
    ) {
        let redacted = Redactor::new([], secrets.clone()).text(&text);
        // The placeholder has other letters than the secrets, but for one.
        let shown = redacted.replace("[secret]", "|");
        for secret in &secrets {
            prop_assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        let has_any = secrets.iter().any(|it| text.contains(it.as_str()));
        prop_assert!(has_any || redacted == text);
    }
}
