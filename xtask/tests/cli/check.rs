//! `check`: files and folders, formats, configuration, fixes and explanations.

use crate::support::{FLOW, Project};

/// The small project with a flow in which one action is not reached.
fn with_a_spare_action() -> Project {
    let project = Project::small();
    let spare = "  spare:\n    play_prompt: Anybody\n    next: goodbye\n";
    project.write("flows/hello.yaml", FLOW.to_owned() + spare);
    project
}

const DOCUMENT: &str = r#"{
  "Version": "2019-10-30",
  "StartAction": "one",
  "Actions": [
    { "Identifier": "one", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
    { "Identifier": "two", "Type": "EndFlowModuleExecution", "Parameters": {}, "Transitions": {} }
  ]
}
"#;

#[test]
fn flow_json_is_checked_and_what_lies_beside_it_is_not() {
    let project = Project::small();
    project.write("exported/one.json", DOCUMENT);
    project.write("exported/one.layout.json", "{}");
    project.write("exported/bindings.yaml", "queue: {}\n");
    insta::assert_snapshot!(project.shown("check exported"));
}

#[test]
fn the_type_of_flow_json_that_does_not_say_it_is_an_argument() {
    let project = Project::small();
    project.write("one.json", DOCUMENT);
    insta::assert_snapshot!(project.shown("check --type customer_queue --format concise one.json"));
    insta::assert_snapshot!(project.shown("check --type costumer_queue one.json"));
}

#[test]
fn one_file_of_a_project_is_checked_with_the_names_of_all() {
    let project = with_a_spare_action();
    let other = FLOW
        .replace("flow: hello", "flow: other")
        .replace("name: Hello", "name: Other");
    project.write("flows/other.yaml", other.replace("support", "suport"));
    insta::assert_snapshot!(project.shown("check flows/other.yaml"));
}

#[test]
fn outside_a_project_names_are_taken_as_known() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello.yaml"), FLOW).unwrap();
    let line = "check hello.yaml";
    let output = crate::support::run_in(folder.path(), line);
    insta::assert_snapshot!(crate::support::show(line, &output, folder.path()));
}

#[test]
fn paths_that_hold_nothing_are_answered() {
    let project = Project::small();
    project.write("nothing/README.md", "");
    for line in [
        "check nothing",
        "check nowhere.json",
        "check nothing/README.md",
    ] {
        insta::assert_snapshot!(project.shown(line));
    }
}

#[test]
fn a_configuration_raises_lowers_and_allows() {
    let project = with_a_spare_action();
    project.write(".flowyard.yaml", "rules: { unreachable-action: error }\n");
    insta::assert_snapshot!(project.shown("check --format concise"));
    insta::assert_snapshot!(project.shown("generate"));
    project.write(
        ".flowyard.yaml",
        "allow: [{ rules: F006, paths: 'flows/*' }]\n",
    );
    insta::assert_snapshot!(project.shown("check --format concise"));
    project.write("strict.yaml", "rules: { unreachable-actoin: error }\n");
    insta::assert_snapshot!(project.shown("check --config strict.yaml"));
}

#[test]
fn a_comment_allows_and_one_that_allows_nothing_is_removed_by_fix() {
    let project = with_a_spare_action();
    let flow = project.read("flows/hello.yaml");
    let allowed = flow.replace("  spare:", "  # flowyard: allow(F006) later\n  spare:");
    project.write("flows/hello.yaml", &allowed);
    insta::assert_snapshot!(project.shown("check"));
    let idle = allowed.replace(
        "    next: goodbye",
        "    next: goodbye # flowyard: allow(C003)",
    );
    project.write("flows/hello.yaml", idle);
    insta::assert_snapshot!(project.shown("check --fix"));
    assert_eq!(project.read("flows/hello.yaml"), allowed);
}

#[test]
fn findings_of_programs_have_their_formats() {
    let project = with_a_spare_action();
    for format in ["json", "github", "sarif"] {
        insta::assert_snapshot!(project.shown(&format!("check --format {format}")));
    }
}

#[test]
fn a_rule_is_explained_by_code_or_name() {
    let project = Project::small();
    insta::assert_snapshot!(project.shown("check --explain unreachable-action"));
    insta::assert_snapshot!(project.shown("check --explain unreachable-actoin"));
}
