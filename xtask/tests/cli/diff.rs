//! `diff`: versions of a project, of files, of an instance, side by side.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{ENVIRONMENT, FLOW, Local, Project, command, run_in, show};

/// Runs git as somebody with no configuration, at a fixed time.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "Somebody")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@example.com")))
        .envs(
            ["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z")),
        )
        .output()
        .expect("git can be run");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("git speaks UTF-8")
}

/// Everything in a folder as the first commit of a repository there.
pub(crate) fn repository(folder: &Path) {
    git(folder, &["init", "--quiet", "--initial-branch=main"]);
    commit(folder);
}

pub(crate) fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message=x"]);
}

/// The small project, committed, and then with another greeting.
fn reworded() -> Project {
    let project = Project::small();
    repository(project.path());
    project.write("flows/hello.yaml", FLOW.replace("Hello from", "Welcome to"));
    project
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("data is UTF-8")
}

fn code(project: &Project, line: &str) -> Option<i32> {
    project.run(line).status.code()
}

#[test]
fn a_committed_project_does_not_differ() {
    let project = Project::small();
    repository(project.path());
    insta::assert_snapshot!(project.shown("diff"));
}

#[test]
fn an_edit_is_shown_at_its_block() {
    insta::assert_snapshot!(reworded().shown("diff"));
}

#[test]
fn every_text_format_says_the_same() {
    let project = reworded();
    insta::assert_snapshot!("markdown", project.shown("diff hello --format markdown"));
    insta::assert_snapshot!("json", project.shown("diff flow.hello --format json"));
    insta::assert_snapshot!("mermaid", project.shown("diff --format mermaid"));
}

#[test]
fn pictures_go_to_stdout_a_file_or_a_folder() {
    let project = reworded();
    let svg = stdout(&project.run("diff --format svg"));
    assert!(
        svg.starts_with("<svg") && svg.contains("Welcome to"),
        "{svg}"
    );
    assert_eq!(code(&project, "diff --format svg --out one.svg"), Some(1));
    assert!(project.read("one.svg") == svg);
    assert_eq!(code(&project, "diff --format html --out pages/"), Some(1));
    assert!(project.read("pages/flow.hello.html").contains("<html"));
    let second = FLOW
        .replace("flow: hello", "flow: again")
        .replace("name: Hello", "name: Again");
    project.write("flows/again.yaml", second);
    insta::assert_snapshot!(project.shown("diff --format svg"));
    assert_eq!(code(&project, "diff --format svg --out both"), Some(1));
    assert!(project.read("both/flow.again.svg").starts_with("<svg"));
    assert!(project.read("both/flow.hello.svg").starts_with("<svg"));
}

#[test]
fn colours_are_for_those_who_ask() {
    let project = reworded();
    let text = |line: &str| stdout(&project.run(line));
    assert!(!text("diff").contains('\u{1b}'));
    assert!(text("diff --color always").contains('\u{1b}'));
    let mut silent = command(project.path(), "diff");
    let output = silent.env("NO_COLOR", "1").output().expect("it runs");
    assert!(!stdout(&output).contains('\u{1b}'));
    assert!(text("diff").contains("[-Hello from-]{+Welcome to+}") || text("diff").contains("->"));
}

#[test]
fn new_and_deleted_flows_are_shown_as_such() {
    let project = Project::small();
    repository(project.path());
    let renamed = FLOW
        .replace("flow: hello", "flow: other")
        .replace("Hello", "Other");
    project.write("flows/other.yaml", renamed.replace("goodbye", "bye"));
    insta::assert_snapshot!("a_new_flow", project.shown("diff"));
    commit(project.path());
    fs::remove_file(project.path().join("flows/other.yaml")).expect("it was written");
    insta::assert_snapshot!("a_deleted_flow", project.shown("diff"));
    insta::assert_snapshot!(
        "a_deleted_flow_by_name",
        project.shown("diff other --quiet")
    );
}

#[test]
fn a_variable_of_an_environment_alone_is_a_difference_there() {
    let project = Project::small();
    repository(project.path());
    project.write(
        "infra/environments/local.yaml",
        ENVIRONMENT.replace("brand: Acme", "brand: Apex"),
    );
    insta::assert_snapshot!(project.shown("diff"));
}

#[test]
fn of_an_environment_only_what_its_variables_change_is_shown() {
    let project = Project::small();
    let other = FLOW.replace("flow: hello", "flow: other");
    let other = other.replace("name: Hello", "name: Other");
    project.write("flows/other.yaml", other.replace("{{ vars.brand }}", "us"));
    repository(project.path());
    project.write(
        "flows/other.yaml",
        other.replace("{{ vars.brand }}", "them"),
    );
    project.write(
        "infra/environments/local.yaml",
        ENVIRONMENT.replace("brand: Acme", "brand: Apex"),
    );
    let text = stdout(&project.run("diff"));
    assert!(text.contains("differs here: flow.hello\n"), "{text}");
}

#[test]
fn a_finding_that_the_sources_allow_is_no_consequence() {
    let project = Project::small();
    repository(project.path());
    let pointless = |comment: &str| {
        FLOW.replace(
            "next: to_person\n",
            &format!("next: which\n  which:{comment}\n    compare: $.Attributes.a\n    when: {{ x: to_person }}\n    otherwise: to_person\n"),
        )
    };
    project.write("flows/hello.yaml", pointless(""));
    assert!(stdout(&project.run("diff")).contains("F013"));
    project.write("flows/hello.yaml", pointless("  # flowyard: allow(F013)"));
    let shown = stdout(&project.run("diff"));
    assert!(!shown.contains("F013"), "{shown}");
    assert!(shown.contains("+ which"), "{shown}");
}

#[test]
fn a_finding_that_the_sources_allow_is_no_consequence_of_what_is_live_either() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let line = format!("diff --env local --endpoint-url {}", local.endpoint());
    for (comment, is_told) in [("", true), ("  # flowyard: allow(F013)", false)] {
        let which = format!(
            "next: which\n  which:{comment}\n    compare: $.Attributes.a\n    when: {{ x: to_person }}\n    otherwise: to_person\n"
        );
        project.write(
            "flows/hello.yaml",
            FLOW.replace("next: to_person\n", &which),
        );
        let shown = stdout(&project.run(&line));
        assert!(shown.contains("+ which"), "{shown}");
        assert_eq!(shown.contains("F013"), is_told, "{shown}");
    }
}

#[test]
fn secret_values_are_not_shown() {
    let secret = |value: &str| {
        ENVIRONMENT.replace("brand: Acme", &format!("brand: {value}")) + "secret: [brand]\n"
    };
    let project = Project::small();
    project.write("infra/environments/local.yaml", secret("xyzzy-before"));
    repository(project.path());
    project.write("infra/environments/local.yaml", secret("xyzzy-after"));
    for format in ["human", "markdown", "json"] {
        let output = project.run(&format!("diff --format {format}"));
        assert_eq!(output.status.code(), Some(1));
        let text = stdout(&output);
        assert!(text.contains("brand") && !text.contains("xyzzy"), "{text}");
    }
}

#[test]
fn secret_values_of_a_live_flow_are_not_shown() {
    let project = Project::small();
    let environment = ENVIRONMENT.replace("brand: Acme", "brand: xyzzy") + "secret: [brand]\n";
    project.write("infra/environments/local.yaml", environment);
    let local = Local::start(&project, "");
    project.write("flows/hello.yaml", FLOW.replace("Hello from", "Welcome to"));
    for format in ["human", "markdown", "json", "svg", "html"] {
        let endpoint = local.endpoint();
        let line = format!("diff --env local --endpoint-url {endpoint} --format {format}");
        let text = stdout(&project.run(&line));
        assert!(
            text.contains("Welcome to") && !text.contains("xyzzy"),
            "{text}"
        );
    }
}

#[test]
fn an_environment_that_was_broken_leaves_the_rest_to_be_compared() {
    let project = Project::small();
    project.write("infra/environments/local.yaml", "environment: local\n");
    repository(project.path());
    project.write("infra/environments/local.yaml", ENVIRONMENT);
    project.write("flows/hello.yaml", FLOW.replace("Hello from", "Welcome to"));
    insta::assert_snapshot!(project.shown("diff"));
}

#[test]
fn a_hook_of_git_may_ask() {
    let project = reworded();
    let mut hooked = command(&project.path().join("flows"), "diff");
    let output = hooked
        .env("GIT_DIR", ".git")
        .env("GIT_INDEX_FILE", ".git/index")
        .output();
    let output = output.expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn what_has_no_effect_is_no_difference() {
    let project = Project::small();
    repository(project.path());
    let flow = FLOW.replace("flow: hello", "# A comment.\nflow: \"hello\"");
    project.write("flows/hello.yaml", flow.replace('\n', "\r\n"));
    assert_eq!(code(&project, "diff"), Some(0));
}

#[test]
fn revisions_that_are_none_are_answered() {
    let project = reworded();
    for (name, line) in [
        ("misspelt", "diff --base mian"),
        ("too_far_back", "diff --base main~5"),
        ("on_a_remote", "diff --base origin/topic"),
        ("an_option", "diff --base=--help"),
    ] {
        insta::assert_snapshot!(format!("revision_{name}"), project.shown(line));
    }
}

#[test]
fn without_a_repository_or_a_commit_nobody_can_tell() {
    let project = Project::small();
    insta::assert_snapshot!("no_repository", project.shown("diff"));
    git(project.path(), &["init", "--quiet"]);
    insta::assert_snapshot!("no_commit", project.shown("diff"));
    let mut without_git = command(project.path(), "diff");
    let output = without_git.env("PATH", "").output().expect("it runs");
    insta::assert_snapshot!("no_git", show("diff", &output, project.path()));
    let empty = tempfile::tempdir().expect("a temporary folder can be made");
    let output = run_in(empty.path(), "diff");
    insta::assert_snapshot!("no_project", show("diff", &output, empty.path()));
}

#[test]
fn a_shallow_clone_says_how_to_get_the_rest() {
    let project = reworded();
    commit(project.path());
    let clone = tempfile::tempdir().expect("a temporary folder can be made");
    let url = format!("file://{}", project.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth=1", &url, "."]);
    let output = run_in(clone.path(), "diff --base main~1");
    insta::assert_snapshot!(show("diff --base main~1", &output, clone.path()));
}

#[test]
fn a_branch_is_compared_with_where_it_left_if_asked() {
    let project = Project::small();
    repository(project.path());
    git(project.path(), &["checkout", "--quiet", "-b", "topic"]);
    git(project.path(), &["checkout", "--quiet", "main"]);
    project.write("flows/hello.yaml", FLOW.replace("Hello from", "Welcome to"));
    commit(project.path());
    git(project.path(), &["checkout", "--quiet", "topic"]);
    insta::assert_snapshot!("ahead", project.shown("diff --base main"));
    let parted = project.run("diff --base main...");
    assert_eq!(parted.status.code(), Some(0), "{parted:?}");
}

#[test]
fn a_project_in_a_folder_of_the_repository_is_read_from_there() {
    let outer = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = outer.path().join("tëam flows");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    };
    write("flows/sub folder/hällo.yaml", FLOW);
    write("flows/tests/hello.yaml", "not: a flow\n");
    write(
        "infra/instance.yaml",
        &Project::small().read("infra/instance.yaml"),
    );
    write("infra/environments/local.yaml", ENVIRONMENT);
    fs::write(
        outer.path().join("shared.yaml"),
        FLOW.replace("hello", "linked").replace("Hello", "Linked"),
    )
    .expect("it can be written");
    std::os::unix::fs::symlink("../../shared.yaml", folder.join("flows/linked.yaml"))
        .expect("links can be made");
    repository(outer.path());
    let output = run_in(&folder.join("infra"), "diff");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    write(
        "flows/sub folder/hällo.yaml",
        &FLOW.replace("Hello from", "Welcome to"),
    );
    let output = run_in(&folder.join("flows"), "diff --format json");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = stdout(&output);
    assert!(
        text.contains("flow.hello") && text.contains("\"flow.linked\""),
        "{text}"
    );
}

#[test]
fn hundreds_of_files_come_from_two_processes() {
    let project = Project::small();
    for n in 0..400 {
        let flow = FLOW.replace("flow: hello", &format!("flow: hello-{n}"));
        let flow = flow.replace("name: Hello", &format!("name: Hello {n}"));
        project.write(&format!("flows/many/{n}.yaml"), flow);
    }
    repository(project.path());
    let output = project.run("diff");
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("no difference in 401 flows"));
}

#[test]
fn a_link_that_leads_out_is_not_followed() {
    let project = Project::small();
    let outside = tempfile::tempdir().expect("a temporary folder can be made");
    let file = outside.path().join("out.yaml");
    let flow = FLOW.replace("flow: hello", "flow: out");
    fs::write(&file, flow.replace("name: Hello", "name: Out")).expect("it can be written");
    std::os::unix::fs::symlink(&file, project.path().join("flows/out.yaml"))
        .expect("links can be made");
    repository(project.path());
    insta::assert_snapshot!(project.shown("diff"));
}

#[test]
fn broken_sources_are_not_compared_and_it_is_said_which() {
    let project = Project::small();
    project.write("flows/hello.yaml", "flow: hello\n  oops: [\n");
    repository(project.path());
    project.write("flows/hello.yaml", FLOW);
    insta::assert_snapshot!("broken_before", project.shown("diff"));
    commit(project.path());
    project.write(
        "flows/hello.yaml",
        FLOW.replace("set_working_queue", "set_workin_queue"),
    );
    insta::assert_snapshot!("broken_now", project.shown("diff"));
}

#[test]
fn a_flow_that_is_not_there_is_answered_with_one_that_is() {
    let project = reworded();
    insta::assert_snapshot!("unknown_near", project.shown("diff helo"));
    insta::assert_snapshot!("unknown", project.shown("diff something-else"));
    insta::assert_snapshot!("unknown_environment", project.shown("diff --env prod"));
}

#[test]
fn the_repository_is_left_as_it_was() {
    let project = reworded();
    let seen = || {
        let folder = project.path();
        let status = ["--no-optional-locks", "status", "--porcelain", "--ignored"];
        let index = fs::read(folder.join(".git/index")).expect("there is an index");
        (git(folder, &status), index)
    };
    let before = seen();
    project.run("diff");
    project.run("diff --base main...");
    assert_eq!(seen(), before);
}

#[test]
fn two_files_are_two_versions_of_one_flow() {
    let project = reworded();
    git(project.path(), &["show", "HEAD:flows/hello.yaml"]);
    project.run("generate --out before");
    let changed = FLOW
        .replace("next: to_person", "next: goodbye")
        .replace("flow: hello", "flow: hallo");
    project.write("other/hallo.yaml", &changed);
    project.write("before/bindings.yaml", "queue:\n  support: support\n");
    insta::assert_snapshot!(
        "yaml_and_yaml",
        project.shown("diff --files flows/hello.yaml other/hallo.yaml")
    );
    let json = project.read("before/hello.json");
    project.write("after.json", json.replace("Welcome to", "Good day from"));
    insta::assert_snapshot!(
        "json_and_json",
        project.shown("diff --files before/hello.json after.json")
    );
    assert_eq!(
        code(&project, "diff --files after.json after.json"),
        Some(0)
    );
    let wrapped = serde_json::json!({ "ContactFlow": {
        "Name": "Hello", "Type": "CONTACT_FLOW", "Content": json,
    }});
    project.write("described.json", wrapped.to_string());
    assert_eq!(
        code(&project, "diff --files before/hello.json described.json"),
        Some(0)
    );
}

#[test]
fn an_export_and_what_was_imported_from_it_are_the_same() {
    let project = Project::small();
    let flow = serde_json::json!({
        "Version": "2019-10-30",
        "StartAction": "6f0b1a9c-0000-4000-8000-000000000001",
        "Metadata": { "name": "Greeting", "type": "contactFlow" },
        "Actions": [
            {
                "Identifier": "6f0b1a9c-0000-4000-8000-000000000001",
                "Type": "InvokeLambdaFunction",
                "Parameters": {
                    "LambdaFunctionARN": "arn:aws:lambda:eu-west-2:123456789012:function:greeter",
                    "InvocationTimeLimitSeconds": "3",
                },
                "Transitions": {
                    "NextAction": "6f0b1a9c-0000-4000-8000-000000000002",
                    "Errors": [{
                        "NextAction": "6f0b1a9c-0000-4000-8000-000000000002",
                        "ErrorType": "NoMatchingError",
                    }],
                },
            },
            {
                "Identifier": "6f0b1a9c-0000-4000-8000-000000000002",
                "Type": "DisconnectParticipant",
                "Parameters": {},
                "Transitions": {},
            },
        ],
    });
    project.write("export.json", flow.to_string());
    let imported = project.run("import export.json --out imported");
    assert_eq!(imported.status.code(), Some(0), "{imported:?}");
    let files = fs::read_dir(project.path().join("imported")).expect("it was written");
    let names = files.map(|it| it.expect("it can be listed").file_name());
    let names: Vec<String> = names.map(|it| it.to_string_lossy().into_owned()).collect();
    let is_source = |it: &&String| it.ends_with(".yaml") && *it != "bindings.yaml";
    let source = names.iter().find(is_source).expect("there is a source");
    for (old, new) in [
        ("export.json", format!("imported/{source}")),
        (&*format!("imported/{source}"), "export.json".to_owned()),
    ] {
        let output = project.run(&format!("diff --files {old} {new}"));
        assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    }
    let text = project
        .read(&format!("imported/{source}"))
        .replace("3s", "5s");
    project.write(&format!("imported/{source}"), text);
    let shown = project.shown(&format!("diff --files export.json imported/{source}"));
    insta::assert_snapshot!(shown);
}

#[test]
fn a_file_may_be_stdin() {
    let project = reworded();
    let old = git(project.path(), &["show", "HEAD:flows/hello.yaml"]);
    let mut child = command(project.path(), "diff --files - flows/hello.yaml")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    std::io::Write::write_all(
        &mut child.stdin.take().expect("it is piped"),
        old.as_bytes(),
    )
    .expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    insta::assert_snapshot!(show(
        "diff --files - flows/hello.yaml",
        &output,
        project.path()
    ));
    insta::assert_snapshot!("stdin_twice", project.shown("diff --files - -"));
}

#[test]
fn files_that_are_no_flows_are_answered() {
    let project = reworded();
    project.write("list.json", "[1, 2]");
    insta::assert_snapshot!(
        "no_flow_json",
        project.shown("diff --files list.json flows/hello.yaml")
    );
    insta::assert_snapshot!(
        "no_file",
        project.shown("diff --files gone.json flows/hello.yaml")
    );
    insta::assert_snapshot!(
        "a_folder",
        project.shown("diff --files flows flows/hello.yaml")
    );
    insta::assert_snapshot!(
        "no_flow_yaml",
        project.shown("diff --files infra/instance.yaml flows/hello.yaml")
    );
}

#[test]
fn an_environment_is_compared_with_what_is_live_there() {
    let project = Project::small();
    repository(project.path());
    let local = Local::start(&project, "");
    let endpoint = local.endpoint().to_owned();
    let diff = |options: &str| {
        local.shown(
            &project,
            &format!("diff --env local --endpoint-url {endpoint} {options}"),
        )
    };
    insta::assert_snapshot!("live_same", diff(""));
    project.write("flows/hello.yaml", FLOW.replace("Hello from", "Welcome to"));
    insta::assert_snapshot!("live_different", diff(""));
    insta::assert_snapshot!("live_and_base", diff("--base HEAD"));
    insta::assert_snapshot!("deployed", diff("--deployed"));
    insta::assert_snapshot!("draft", diff("--draft"));
    drop(local);
    let line = format!("diff --env local --endpoint-url {endpoint} --base HEAD");
    let shown = project.shown(&line).replace(&endpoint, "[ENDPOINT]");
    insta::assert_snapshot!("live_unreachable", shown);
    let json = project.run(&format!(
        "diff --env local --endpoint-url {endpoint} --format json"
    ));
    assert_eq!(json.status.code(), Some(2));
    assert!(
        stdout(&json).contains("\"same\": null"),
        "{}",
        stdout(&json)
    );
}
