//! `review`: the files that a pull request needs.

use std::collections::BTreeMap;
use std::fs;

use crate::diff::{commit, git, repository};
use crate::support::{ENVIRONMENT, FLOW, Local, Project};

/// A branch with another greeting and another brand in one environment, on a main that went on.
fn branch() -> Project {
    let project = Project::small();
    let prod = ENVIRONMENT.replace("environment: local", "environment: prod");
    project.write("infra/environments/prod.yaml", &prod);
    repository(project.path());
    git(project.path(), &["checkout", "--quiet", "-b", "topic"]);
    git(project.path(), &["checkout", "--quiet", "main"]);
    let other = FLOW
        .replace("flow: hello", "flow: other")
        .replace("name: Hello", "name: Other");
    project.write("flows/other.yaml", other);
    commit(project.path());
    git(project.path(), &["checkout", "--quiet", "topic"]);
    project.write("flows/hello.yaml", FLOW.replace("Hello from", "Welcome to"));
    let prod = prod.replace("brand: Acme", "brand: Apex");
    project.write("infra/environments/prod.yaml", prod);
    commit(project.path());
    project
}

fn files(project: &Project, folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(project.path().join(folder)).expect("it was written");
    let names = entries.map(|it| it.expect("it can be listed").file_name());
    let names = names.map(|it| it.into_string().expect("names are UTF-8"));
    names
        .map(|name| {
            let text = project.read(&format!("{folder}/{name}"));
            (name, text)
        })
        .collect()
}

#[test]
fn a_pull_request_gets_a_comment_pictures_and_findings() {
    let project = branch();
    insta::assert_snapshot!("review", project.shown("review --base main --out out"));
    insta::assert_snapshot!("comment", project.read("out/comment.md"));
    insta::assert_snapshot!("sarif", project.read("out/check.sarif"));
    insta::assert_snapshot!("files", project.read("out/files.json"));
    insta::assert_snapshot!(
        "review-as-json",
        project.shown("review --base main --out out --format json")
    );
    assert!(project.read("out/flow.hello.svg").starts_with("<svg"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let project = branch();
    project.run("review --base main --out one");
    project.run("review --base main --out two");
    project.run("review --base main... --out two");
    assert_eq!(files(&project, "one"), files(&project, "two"));
}

#[test]
fn no_account_is_in_any_file() {
    let project = branch();
    let output =
        project.run("review --base main --out out --env prod --endpoint-url http://127.0.0.1:9");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for (name, text) in files(&project, "out") {
        assert!(!text.contains("123456789012"), "{name}");
    }
    let comment = project.read("out/comment.md");
    assert!(comment.contains("not checked"), "{comment}");
}

#[test]
fn pictures_of_an_earlier_run_are_removed_and_nothing_else_is() {
    let project = branch();
    project.run("review --base main --out out");
    project.write("out/mine.svg", "mine");
    project.write("flows/hello.yaml", FLOW);
    project.run("review --base main --out out");
    let names: Vec<String> = files(&project, "out").into_keys().collect();
    assert_eq!(
        names,
        [
            "check.sarif",
            "comment.md",
            "files.json",
            "mine.svg",
            "review.json"
        ]
    );
    let hostile = r#"{ "written_by_review": ["../flows/hello.yaml", "../mine.svg", "mine.svg"] }"#;
    project.write("out/files.json", hostile);
    project.write("mine.svg", "mine");
    project.run("review --base main --out out");
    assert_eq!(project.read("mine.svg"), "mine");
    assert_eq!(project.read("flows/hello.yaml"), FLOW);
}

#[test]
fn a_comment_on_a_great_change_is_cut_to_what_forges_take() {
    let project = Project::small();
    repository(project.path());
    for n in 0..120 {
        let flow = FLOW.replace("flow: hello", &format!("flow: hello-{n}"));
        let flow = flow.replace("Hello from", &format!("{} from", "Hello ".repeat(n)));
        project.write(
            &format!("flows/{n}.yaml"),
            flow.replace("name: Hello", &format!("name: Hello {n}")),
        );
    }
    let output = project.run("review --base main --out out");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let comment = project.read("out/comment.md");
    assert!(comment.len() < 65_535, "{}", comment.len());
    assert!(comment.starts_with("<!-- flowyard review -->"));
    assert!(project.read("out/flow.hello-119.svg").starts_with("<svg"));
}

#[test]
fn findings_of_check_make_it_end_with_1_and_are_written() {
    let project = branch();
    project.write(
        "flows/hello.yaml",
        FLOW.replace("next: transfer", "next: transfre"),
    );
    let output = project.run("review --base main --out out");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(project.read("out/check.sarif").contains("transfre"));
    assert!(project.read("out/comment.md").contains("transfre"));
}

#[test]
fn what_cannot_be_compared_leaves_no_comment() {
    let project = branch();
    insta::assert_snapshot!(
        "unknown-base",
        project.shown("review --base mian --out out")
    );
    insta::assert_snapshot!(
        "unknown-env",
        project.shown("review --base main --env prd --out out")
    );
    project.write("flows/hello.yaml", "flow: [\n");
    insta::assert_snapshot!("broken", project.shown("review --base main --out out"));
    assert!(!project.path().join("out").exists());
}

#[test]
fn an_environment_that_can_be_read_has_its_plan_in_the_comment() {
    let project = branch();
    project.write("flows/hello.yaml", FLOW);
    let local = Local::start(&project, "");
    project.write("flows/hello.yaml", FLOW.replace("Hello from", "Welcome to"));
    let line = format!(
        "review --base main --out out --env local --endpoint-url {}",
        local.endpoint()
    );
    let output = project.run(&line);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let comment = project.read("out/comment.md");
    assert!(comment.contains("1 to update"), "{comment}");
}
