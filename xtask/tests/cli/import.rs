//! `import` and `generate --source`: flow JSON into sources and back.

use crate::support::Project;

const EXPORT: &str = include_str!("../../crates/flow-source/tests/import/custom-bot/in.json");

fn json(text: &str) -> serde_json::Value {
    flow::exact::from_str(text).expect("it is JSON")
}

#[test]
fn an_export_becomes_sources_and_the_same_export_again() {
    let project = Project::small();
    project.write("exported/Inbound chat.json", EXPORT);
    insta::assert_snapshot!(project.shown("import exported --out imported"));
    let line = "generate --source imported --bindings imported/bindings.yaml --out again";
    insta::assert_snapshot!(project.shown(line));
    assert_eq!(json(&project.read("again/Inbound chat.json")), json(EXPORT));
}

#[test]
fn what_cannot_be_imported_does_not_hold_up_the_rest() {
    let project = Project::small();
    project.write("exported/a.json", EXPORT);
    project.write("exported/legacy.json", r#"{ "modules": [], "start": "x" }"#);
    insta::assert_snapshot!(project.shown("import exported --out imported"));
    assert!(project.path().join("imported/inbound-chat.yaml").exists());
}

#[test]
fn files_that_are_there_are_not_replaced_unless_asked_for() {
    let project = Project::small();
    project.write("a.json", EXPORT);
    project.run("import a.json --out imported");
    project.write("imported/inbound-chat.yaml", "# mine\n");
    insta::assert_snapshot!(project.shown("import a.json --out imported"));
    assert_eq!(project.read("imported/inbound-chat.yaml"), "# mine\n");
    let output = project.run("import a.json --out imported --force");
    assert!(output.status.success());
    assert_ne!(project.read("imported/inbound-chat.yaml"), "# mine\n");
}

#[test]
fn files_of_one_name_become_flows_of_two() {
    let project = Project::small();
    project.write("one/flow.json", EXPORT);
    project.write("two/flow.json", EXPORT);
    insta::assert_snapshot!(project.shown("import one two --out imported --format json"));
    let line = "generate --source imported --bindings imported/bindings.yaml --out again";
    project.run(line);
    for name in ["again/flow.json", "again/flow-2.json"] {
        assert_eq!(json(&project.read(name)), json(EXPORT));
    }
}

#[test]
fn a_source_that_cannot_be_read_is_not_written_and_others_are() {
    let project = Project::small();
    project.write("a.json", EXPORT);
    project.run("import a.json --out imported");
    project.write(
        "imported/broken.yaml",
        "flow: broken\nstart: a\nactions:\n  a: { pley_prompt: x }\n",
    );
    project.write(
        "imported/lost.yaml",
        "flow: lost\nstart: a\nactions:\n  a: { set_working_queue: nobody, next: a }\n",
    );
    insta::assert_snapshot!(project.shown("generate --source imported --out again"));
    assert!(project.path().join("again/a.json").exists());
}
