//! Wrong input of every kind gets an answer that says what and where, and what to do next.

use std::net::TcpListener;

use crate::support::{ENVIRONMENT, FLOW, Project, run_in, show};

#[test]
fn a_sound_project_has_no_findings() {
    insta::assert_snapshot!(Project::small().shown("check"));
}

#[test]
fn outside_a_project_every_command_says_how_to_name_one() {
    let empty = tempfile::tempdir().unwrap();
    for line in ["check --project .", "check --project nowhere"] {
        let output = run_in(empty.path(), line);
        insta::assert_snapshot!(show(line, &output, empty.path()));
    }
}

/// The small project with one line of its flow replaced.
fn with_flow(old: &str, new: &str) -> Project {
    assert!(FLOW.contains(old));
    let project = Project::small();
    project.write("flows/hello.yaml", FLOW.replacen(old, new, 1));
    project
}

#[test]
fn an_unknown_action_is_reported_with_the_one_that_was_meant() {
    let project = with_flow("play_prompt:", "play_promt:");
    insta::assert_snapshot!(project.shown("check"));
}

#[test]
fn an_unknown_key_is_reported_with_the_one_that_was_meant() {
    let project = with_flow("    next: to_person", "    nxt: to_person");
    insta::assert_snapshot!(project.shown("check"));
}

#[test]
fn an_unknown_reference_is_reported_with_the_one_that_was_meant() {
    let project = with_flow("set_working_queue: support", "set_working_queue: suport");
    insta::assert_snapshot!(project.shown("check"));
}

#[test]
fn an_unknown_variable_is_reported_with_the_environment_that_lacks_it() {
    let project = with_flow("vars.brand", "vars.brandname");
    let other = ENVIRONMENT.replace("environment: local", "environment: other");
    project.write(
        "infra/environments/other.yaml",
        other.replace("brand:", "brandname: Acme\n  brand:"),
    );
    insta::assert_snapshot!(project.shown("check"));
}

#[test]
fn a_transition_to_nothing_is_reported_with_the_action_that_was_meant() {
    let project = with_flow("next: transfer", "next: tranfer");
    insta::assert_snapshot!(project.shown("check"));
}

#[test]
fn a_duplicate_key_is_reported_at_both_places() {
    let project = with_flow(
        "    next: transfer\n",
        "    next: transfer\n    next: goodbye\n",
    );
    insta::assert_snapshot!(project.shown("check"));
}

#[test]
fn a_file_that_is_not_utf_8_is_reported_with_the_place() {
    let project = Project::small();
    let mut latin_1 = FLOW.replace("Hello from", "Gr#sse von").into_bytes();
    for byte in &mut latin_1 {
        if *byte == b'#' {
            *byte = 0xfc;
        }
    }
    project.write("flows/hello.yaml", latin_1);
    insta::assert_snapshot!(project.shown("check"));
}

#[test]
fn every_problem_is_reported_and_not_only_the_first() {
    let project = Project::small();
    let flow = FLOW
        .replace("play_prompt:", "play_promt:")
        .replace("set_working_queue: support", "set_working_queue: suport")
        .replace("next: transfer", "next: tranfer");
    project.write("flows/hello.yaml", flow);
    project.write(
        "infra/environments/local.yaml",
        ENVIRONMENT.replace("123456789012", "12"),
    );
    insta::assert_snapshot!(project.shown("check"));
}

#[test]
fn findings_are_one_json_document_for_programs() {
    let project = with_flow("next: transfer", "next: tranfer");
    insta::assert_snapshot!(project.shown("check --format json"));
}

#[test]
fn nothing_is_generated_from_sources_with_errors() {
    let project = with_flow("next: transfer", "next: tranfer");
    insta::assert_snapshot!(project.shown("generate"));
    assert!(!project.path().join("target").exists());
}

#[test]
fn an_unknown_environment_is_answered_with_those_that_exist() {
    insta::assert_snapshot!(Project::small().shown("generate --env staging"));
}

#[test]
fn a_missing_rust_target_is_reported_before_anything_is_built() {
    let project = Project::with_lambda("fn main() {}");
    // A target for which nobody offers a standard library, so no machine has it.
    insta::assert_snapshot!(project.shown("build --target aarch64-wrs-vxworks"));
    insta::assert_snapshot!(project.shown("build --target aarch64-unknown-linux-cheese"));
}

#[test]
fn a_lambda_that_does_not_compile_is_reported_in_the_words_of_rustc() {
    let project = Project::with_lambda("fn main() { missing() }");
    let shown = project.shown("build");
    assert!(shown.contains("cannot find function `missing`"), "{shown}");
    assert!(shown.contains("error: the Lambdas do not build"), "{shown}");
    assert!(shown.contains("exit code 2"), "{shown}");
}

#[test]
fn a_port_in_use_is_reported_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let shown = Project::small().shown(&format!("local --port {port}"));
    // The number is the system's own.
    let shown = shown
        .replace(&port, "[PORT]")
        .replace("os error 48", "os error 98");
    insta::assert_snapshot!(shown);
}
