//! `graph`: pictures of flows of the project and of files.

use crate::support::{FLOW, Project};

#[test]
fn a_flow_of_the_project_is_drawn_with_its_templates_as_written() {
    let project = Project::small();
    let output = project.run("graph hello");
    assert!(output.status.success());
    let svg = String::from_utf8(output.stdout).expect("a picture is text");
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("{{ vars.brand }}"), "{svg}");
}

#[test]
fn an_environment_fills_in_the_templates() {
    let output = Project::small().run("graph flow.hello --env local --format mermaid");
    let chart = String::from_utf8(output.stdout).expect("a picture is text");
    assert!(chart.contains("Hello from Acme"), "{chart}");
}

#[test]
fn what_generate_writes_and_a_source_outside_of_a_project_are_drawn_too() {
    let project = Project::small();
    project.run("generate");
    project.write("elsewhere/alone.yaml", FLOW);
    for file in ["target/flowyard/local/hello.json", "elsewhere/alone.yaml"] {
        let output = project.run(&format!("graph {file} --format dot --out drawn/flow.dot"));
        assert!(output.status.success(), "{file}");
        assert!(project.read("drawn/flow.dot").starts_with("digraph flow {"));
    }
}

#[test]
fn a_flow_that_is_not_there_is_answered_with_a_near_name() {
    let output = Project::small().run("graph helo");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("an error is text");
    assert!(said.contains("`hello`"), "{said}");
}
