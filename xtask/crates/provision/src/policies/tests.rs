//! Tests of the table against the sources that call AWS.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use flow::diagnostic::SourceFile;

use super::operations::OPERATIONS;
use super::{Document, Purpose, Repository, documents, function_role, github_trust};
use crate::desired::Desired;
use crate::environment::Environment;
use crate::infra::Infra;

/// Where operations are named without being called.
const OTHER_PLACES: [&str; 4] = ["policies", "policy.rs", "rates.rs", "tests.rs"];

#[test]
fn every_operation_that_the_sources_call_is_in_the_table() {
    let known: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    let missing: Vec<String> = called()
        .into_iter()
        .filter(|(name, _)| !known.contains(name.as_str()))
        .map(|(name, path)| format!("{name} ({})", path.display()))
        .collect();
    assert!(
        missing.is_empty(),
        "policies/operations.rs lacks what callers must be allowed: {missing:#?}"
    );
}

#[test]
fn every_operation_of_the_table_is_called_somewhere() {
    let called: BTreeSet<String> = called().into_iter().map(|(name, _)| name).collect();
    let idle: Vec<&str> = OPERATIONS
        .iter()
        .map(|operation| operation.name)
        .filter(|name| !called.contains(*name))
        .collect();
    assert!(
        idle.is_empty(),
        "policies/operations.rs grants what nothing calls: {idle:#?}"
    );
}

/// The operations that the sources name, with the file that does.
fn called() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 30, "the sources were not found in {root:?}");
    let named = files.into_iter().flat_map(|path| {
        let text = fs::read_to_string(&path).expect("a source of this crate is readable");
        // What follows are the unit tests of the file.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let names = named(code);
        names.into_iter().map(move |name| (name, path.clone()))
    });
    named.collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of this crate is readable") {
        let path = entry.expect("an entry of this crate is readable").path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| OTHER_PLACES.contains(&name)) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The string literals of the form `"service:Operation"`, but not those that are sent as an action.
fn named(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (start, _) in code.match_indices('"') {
        let Some((literal, _)) = code[start + 1..].split_once('"') else {
            continue;
        };
        let is_action =
            code[..start].ends_with(".action(") || code[..start].ends_with("Action\": ");
        if is_operation(literal) && !is_action {
            names.push(literal.to_owned());
        }
    }
    names
}

fn is_operation(literal: &str) -> bool {
    let Some((service, name)) = literal.split_once(':') else {
        return false;
    };
    let is_service = !service.is_empty()
        && service != "aws"
        && service
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    is_service
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[test]
fn the_test_itself_finds_operations_and_nothing_else() {
    let code = r#"ApiError::new("sns:Publish", e); request.action("lambda:InvokeFunction");
        text("aws:SourceArn"); const OPERATION: &str = "iam:GetRole"; "not one: Here""#;
    assert_eq!(named(code), ["sns:Publish", "iam:GetRole"]);
}

/// The repository's own example on AWS.
fn desired() -> Desired {
    let text = include_str!("../../../../../infra/environments/prod.yaml");
    let (environment, diags) = Environment::parse(&SourceFile::new("prod.yaml", text));
    assert_eq!(diags, []);
    let files = [
        include_str!("../../../../../infra/instance.yaml"),
        include_str!("../../../../../infra/streaming.yaml"),
        include_str!("../../../../../infra/lambdas.yaml"),
    ];
    let (infra, diags) = Infra::parse(&files.map(|text| SourceFile::new("infra.yaml", text)));
    assert_eq!(diags, []);
    let environment = environment.expect("the repository's own file is complete");
    let (desired, diags) = Desired::new(&environment, &infra, Vec::new(), Vec::new());
    assert_eq!(diags, []);
    desired
}

fn shown(documents: &[Document]) -> String {
    let shown = documents.iter().map(|document| {
        let policy = serde_json::to_string_pretty(&document.policy).expect("it is JSON");
        let notes = document.notes.iter().map(|note| format!("- {note}\n"));
        let notes: String = notes.collect();
        format!("# {}: {}\n{policy}\n{notes}", document.name, document.about)
    });
    shown.collect()
}

#[test]
fn policies_name_what_the_environment_has() {
    let desired = desired();
    let each = Purpose::ALL.map(|purpose| shown(&documents(&desired, purpose, None)));
    insta::assert_snapshot!(each.concat());
}

#[test]
fn with_an_instance_policies_name_it_and_no_other() {
    let desired = desired();
    let arn = "arn:aws:connect:eu-west-2:111122223333:instance/4ccc";
    for purpose in Purpose::ALL {
        let text = shown(&documents(&desired, purpose, Some(arn)));
        assert!(!text.contains("instance/*"), "{text}");
    }
    let text = shown(&documents(&desired, Purpose::Plan, Some(arn)));
    assert!(text.contains(&format!("{arn}/contact-flow/*")), "{text}");
}

#[test]
fn roles_of_functions_and_of_pipelines_trust_one_caller_each() {
    let desired = desired();
    let role = function_role(&desired, "bot-join", None).expect("the example has it");
    let repository = Repository::parse("acme/chat-flows").expect("a repository");
    let trust = github_trust(desired.scope(), &repository, "prod");
    insta::assert_snapshot!(shown(&role) + &shown(&trust));
    assert!(function_role(&desired, "gone", None).is_none());
}
