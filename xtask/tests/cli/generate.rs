//! `generate`: what the console would export.

use crate::support::{FLOW, Project};

#[test]
fn every_flow_is_written_as_the_console_exports_it() {
    let project = Project::small();
    insta::assert_snapshot!("generated", project.shown("generate"));
    insta::assert_snapshot!(
        "hello-json",
        project.read("target/flowyard/local/hello.json")
    );
}

#[test]
fn the_same_sources_give_the_same_bytes() {
    let project = Project::small();
    project.run("generate --out one");
    project.run("generate --out two");
    assert_eq!(
        project.read("one/hello.json"),
        project.read("two/hello.json")
    );
}

#[test]
fn programs_get_the_digest_of_every_flow() {
    insta::assert_snapshot!(Project::small().shown("generate --format json"));
}

#[test]
fn it_works_from_any_folder_of_the_project() {
    let project = Project::small();
    let output = crate::support::run_in(&project.path().join("infra/environments"), "generate");
    assert!(output.status.success());
    assert!(
        project
            .read("target/flowyard/local/hello.json")
            .contains("Hello from Acme")
    );
}

#[test]
fn a_value_of_an_environment_cannot_change_the_structure_of_a_flow() {
    let project = Project::small();
    project.write("flows/hello.yaml", FLOW);
    project.write(
        "infra/environments/local.yaml",
        crate::support::ENVIRONMENT.replace(
            "brand: Acme",
            "brand: \"\\\"}, {\\\"Type\\\": \\\"Wait\\\"\"",
        ),
    );
    project.run("generate");
    let json = project.read("target/flowyard/local/hello.json");
    assert!(
        json.contains(r#""Text": "Hello from \"}, {\"Type\": \"Wait\"""#),
        "{json}"
    );
}
