//! `releases`, `rollback` and what a deployment wants of another environment, with `cargo xtask
//! local` in the place of AWS.

use serde_json::Value;

use crate::support::{Local, Project};

/// A line with the address of the emulator.
fn at(local: &Local, line: &str) -> String {
    format!("{line} --endpoint-url {}", local.endpoint())
}

/// Puts another text into the flow and deploys.
fn deploys(project: &Project, local: &Local, text: &str) {
    let flow = project.read("flows/hello.yaml");
    let old = flow.lines().find(|it| it.contains("play_prompt"));
    let old = old.expect("the flow says something").to_owned();
    let indent = &old[..old.len() - old.trim_start().len()];
    let new = format!("{indent}play_prompt: {text}");
    project.write("flows/hello.yaml", flow.replace(&old, &new));
    let shown = project.shown(&at(local, "deploy --yes"));
    assert!(shown.contains("exit code 0"), "{shown}");
}

/// The JSON that a command prints.
fn json(project: &Project, local: &Local, line: &str) -> Value {
    let output = project.run(&at(local, &format!("{line} --format json")));
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"))
}

#[test]
fn releases_are_listed_and_one_shows_what_it_wrote_and_what_was_there() {
    let project = Project::small();
    let local = Local::start(&project, "");
    deploys(&project, &local, "Good day");
    let listed = json(&project, &local, "releases");
    let releases = listed["releases"].as_array().expect("a list");
    assert_eq!(releases.len(), 2);
    assert_eq!(releases[1]["status"], "complete");
    assert_eq!(releases[1]["updated"], 1);
    let one = json(&project, &local, "releases 2");
    let record = &one["records"][0];
    assert_eq!(record["address"], "flow.hello");
    assert_eq!(record["portable"].as_str().map(str::len), Some(64));
    assert_eq!(record["replaced"]["release"], 1);
    assert_eq!(record["replaced"]["is_recorded"], true);
    let shown = project.shown(&at(&local, "releases"));
    assert!(
        shown.contains("1 created") && shown.contains("1 updated"),
        "{shown}"
    );
    let shown = project.shown(&at(&local, "releases 2"));
    assert!(
        shown.contains("~ flow.hello  replaced that of release 1"),
        "{shown}"
    );
    let missing = project.shown(&at(&local, "releases 7"));
    assert!(missing.contains("exit code 2"), "{missing}");
    assert!(missing.contains("there are 1 to 2"), "{missing}");
}

#[test]
fn going_back_shows_its_plan_and_is_a_release_of_its_own() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let none = project.shown(&at(&local, "rollback --yes"));
    assert!(none.contains("exit code 2"), "{none}");
    assert!(none.contains("no complete release to go back to"), "{none}");
    deploys(&project, &local, "Good day");
    deploys(&project, &local, "Good evening");
    // Whether the sources can be read does not matter.
    project.write("flows/hello.yaml", "flow: [");
    let unasked = project.shown(&at(&local, "rollback"));
    assert!(
        unasked.contains("exit code 2") && unasked.contains("--yes"),
        "{unasked}"
    );
    let shown = project.shown(&at(&local, "rollback --yes"));
    assert!(shown.contains("exit code 0"), "{shown}");
    assert!(shown.contains("back to release 2 of local"), "{shown}");
    assert!(
        shown.contains("Good evening") && shown.contains("Good day"),
        "{shown}"
    );
    let again = json(&project, &local, "rollback 2 --yes");
    assert_eq!(
        (&again["applied"], &again["rollback_to"]),
        (&true.into(), &2.into())
    );
    assert_eq!(again["plan"]["changes"].as_array().map(Vec::len), Some(0));
    let listed = json(&project, &local, "releases");
    assert_eq!(listed["releases"][3]["rollback_to"], 2);
    // Going back once more leads to what was before that.
    let shown = project.shown(&at(&local, "rollback --yes"));
    assert!(shown.contains("back to release 1 of local"), "{shown}");
    let unknown = project.shown(&at(&local, "rollback 9 --yes"));
    assert!(unknown.contains("there are 1 to 5"), "{unknown}");
}

#[test]
fn going_back_in_a_protected_environment_wants_the_alias_typed() {
    let project = Project::small();
    let local = Local::start(&project, "");
    deploys(&project, &local, "Good day");
    let environment = project.read("infra/environments/local.yaml");
    let guarded = environment.replace("environment: local", "environment: guarded\nprotect: true");
    project.write("infra/environments/guarded.yaml", guarded);
    let shown = project.shown(&at(&local, "rollback --env guarded --yes"));
    assert!(shown.contains("exit code 2"), "{shown}");
    let shown = project.shown(&at(&local, "rollback --env guarded --confirm acme-test"));
    assert!(shown.contains("exit code 0"), "{shown}");
}

/// Another environment beside `local`: an instance of its own in the same account.
fn other_environment(project: &Project, name: &str, more: &str) {
    let environment = project.read("infra/environments/local.yaml");
    let environment = environment
        .replace(
            "environment: local",
            &format!("environment: {name}\n{more}"),
        )
        .replace("acme-test", &format!("acme-{name}"));
    project.write(&format!("infra/environments/{name}.yaml"), environment);
}

#[test]
fn what_another_environment_has_to_run_first_is_refused_until_it_does() {
    let project = Project::small();
    let local = Local::start(&project, "");
    other_environment(&project, "staging", "");
    other_environment(&project, "prod", "require_released_in: staging\n");
    for name in ["staging", "prod"] {
        let line = format!("bootstrap --env {name} --yes");
        let shown = project.shown(&at(&local, &line));
        assert!(shown.contains("exit code 0"), "{shown}");
    }
    let deploy = |name: &str| project.shown(&at(&local, &format!("deploy --env {name} --yes")));
    let shown = deploy("prod");
    assert!(shown.contains("exit code 1"), "{shown}");
    assert!(
        shown.contains("flow.hello is not deployed there"),
        "{shown}"
    );
    assert!(
        shown.contains("cargo xtask deploy --env staging"),
        "{shown}"
    );
    assert!(deploy("staging").contains("exit code 0"));
    assert!(deploy("prod").contains("exit code 0"));
    // The greeting is another, and a variable has another value in staging: only one of them counts.
    let staging = project.read("infra/environments/staging.yaml");
    project.write(
        "infra/environments/staging.yaml",
        staging.replace("Acme", "Bcme"),
    );
    assert!(deploy("prod").contains("exit code 0"));
    let flow = project.read("flows/hello.yaml");
    project.write("flows/hello.yaml", flow.replace("Hello", "Good day"));
    let shown = deploy("prod");
    assert!(
        shown.contains("flow.hello is another there, since release 1"),
        "{shown}"
    );
    let output = json(&project, &local, "deploy --env prod --yes");
    assert_eq!(output["unreleased"][0]["why"], "differs");
    // What is asked for on the command line counts as well as what the file says.
    let shown = project.shown(&at(&local, "deploy --yes --require-released-in prod"));
    assert!(shown.contains("prod does not run this"), "{shown}");
    assert!(deploy("staging").contains("exit code 0"));
    assert!(deploy("prod").contains("exit code 0"));
    let shown = project.shown(&at(&local, "deploy --yes --require-released-in prod"));
    assert!(shown.contains("exit code 0"), "{shown}");
    let shown = project.shown(&at(&local, "deploy --yes --require-released-in local"));
    assert!(shown.contains("exit code 2"), "{shown}");
}
