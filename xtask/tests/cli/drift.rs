//! `drift`, with somebody at the console of `cargo xtask local`.

use std::process::{Command, Output};

use aws_sdk_connect::config::{Credentials, Region};
use aws_sdk_connect::types::{ContactFlowState, ContactFlowType};
use serde_json::Value;

use crate::support::{Local, Project};

/// Somebody with rights on the instance and no idea of our sources.
struct Console {
    runtime: tokio::runtime::Runtime,
    connect: aws_sdk_connect::Client,
    instance: String,
    flow: String,
}

impl Console {
    fn new(local: &Local) -> Console {
        let config = aws_sdk_connect::Config::builder()
            .behavior_version_latest()
            .region(Region::new("eu-west-2"))
            .endpoint_url(local.endpoint())
            .credentials_provider(Credentials::new("a", "b", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let (instance, flow) = local.ids();
        Console {
            runtime: tokio::runtime::Runtime::new().expect("a runtime"),
            connect: aws_sdk_connect::Client::from_conf(config),
            instance: instance.to_owned(),
            flow: flow.to_owned(),
        }
    }

    fn content(&self) -> String {
        let request = self.connect.describe_contact_flow();
        let request = request.instance_id(&self.instance);
        let answer = self
            .runtime
            .block_on(request.contact_flow_id(&self.flow).send());
        let answer = answer.expect("the flow is there");
        let content = answer.contact_flow().and_then(|it| it.content());
        content.expect("it has content").to_owned()
    }

    /// Changes the document of the flow `hello`: publishes it, or only saves it.
    fn edits(&self, publishes: bool, change: impl FnOnce(&mut Value)) {
        let mut document: Value = serde_json::from_str(&self.content()).expect("it is JSON");
        change(&mut document);
        let id = match publishes {
            true => self.flow.clone(),
            false => format!("{}:$SAVED", self.flow),
        };
        let request = self.connect.update_contact_flow_content();
        let request = request.instance_id(&self.instance).contact_flow_id(id);
        let answer = self
            .runtime
            .block_on(request.content(document.to_string()).send());
        answer.expect("a valid flow");
    }

    fn creates(&self, title: &str) {
        let request = self.connect.create_contact_flow();
        let request = request.instance_id(&self.instance).name(title);
        let request = request.r#type(ContactFlowType::ContactFlow);
        let answer = self
            .runtime
            .block_on(request.content(self.content()).send());
        answer.expect("a valid flow");
    }

    fn deletes(&self) {
        let request = self.connect.delete_contact_flow();
        let request = request.instance_id(&self.instance);
        let answer = self
            .runtime
            .block_on(request.contact_flow_id(&self.flow).send());
        answer.expect("the flow is there");
    }

    fn archives(&self) {
        let request = self.connect.update_contact_flow_metadata();
        let request = request
            .instance_id(&self.instance)
            .contact_flow_id(&self.flow);
        let request = request.contact_flow_state(ContactFlowState::Archived);
        self.runtime
            .block_on(request.send())
            .expect("the flow is there");
    }
}

/// The action of this identifier.
fn action<'d>(document: &'d mut Value, id: &str) -> &'d mut Value {
    let actions = document["Actions"].as_array_mut().expect("actions");
    let found = actions.iter_mut().find(|it| it["Identifier"] == id);
    found.expect("the action is there")
}

fn greets_otherwise(document: &mut Value) {
    action(document, "greet")["Parameters"]["Text"] = "Good day from Acme, how are you?".into();
}

fn drift(local: &Local, options: &str) -> String {
    format!(
        "drift --env local --endpoint-url {} {options}",
        local.endpoint()
    )
}

/// A command of the console, and what `drift` says then. What varies is replaced.
fn shown(project: &Project, local: &Local, options: &str) -> String {
    let text = local.shown(project, &drift(local, options));
    let mut shown = String::new();
    for line in text.lines() {
        match line.split_once(", 20") {
            Some((release, _)) if line.trim_start().starts_with("release ") => {
                shown.push_str(release);
                shown.push_str(", [TIME AND CALLER]");
            }
            _ => shown.push_str(line),
        }
        shown.push('\n');
    }
    shown
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn git(project: &Project, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.current_dir(project.path()).args(arguments);
    // The test may itself run below git.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.output().expect("git can be run")
}

#[test]
fn after_a_deployment_nothing_has_drifted() {
    let project = Project::small();
    let local = Local::start(&project, "");
    insta::assert_snapshot!(shown(&project, &local, ""));
}

#[test]
fn what_was_edited_in_the_console_is_shown_block_by_block() {
    let project = Project::small();
    let local = Local::start(&project, "");
    Console::new(&local).edits(true, greets_otherwise);
    let shown = shown(&project, &local, "");
    for part in [
        "exit code 1",
        "~ flow.hello  edited in the console\n    release 1, ",
        "Good day",
        "the next deployment puts ours back\n1 difference, 0 as deployed\n",
        "--accept ADDRESS > accept.patch",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let plan = format!("plan --endpoint-url {}", local.endpoint());
    let plan = String::from_utf8(project.run(&plan).stdout).expect("UTF-8");
    assert!(plan.contains("changed on the instance"), "{plan}");
}

#[test]
fn a_draft_a_title_of_nobody_and_an_archived_flow_are_drift() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let console = Console::new(&local);
    console.edits(false, greets_otherwise);
    console.creates("Somebody's | flow");
    console.archives();
    let markdown = shown(&project, &local, "--format markdown");
    let (table, sections) = markdown.split_once("\n## 1 flow").expect("a section");
    insta::assert_snapshot!(table);
    assert!(sections.contains("Good day"), "{sections}");
    let output = project.run(&drift(&local, "--format json"));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let kinds = report["findings"].as_array().expect("findings").iter();
    let kinds: Vec<&str> = kinds.filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(kinds, ["draft", "archived", "unmanaged"]);
}

#[test]
fn a_deleted_flow_is_drift_and_the_next_deployment_makes_it_again() {
    let project = Project::small();
    let local = Local::start(&project, "");
    Console::new(&local).deletes();
    insta::assert_snapshot!(shown(&project, &local, ""));
    let deploy = format!("deploy --yes --endpoint-url {}", local.endpoint());
    assert_eq!(code(&project.run(&deploy)), Some(0));
    assert_eq!(code(&project.run(&drift(&local, ""))), Some(0));
}

#[test]
fn an_ignored_difference_is_reported_again_when_it_changes() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let console = Console::new(&local);
    console.edits(true, greets_otherwise);
    let ignore = drift(&local, "--ignore flow.hello --reason trial");
    assert_eq!(code(&project.run(&ignore)), Some(0));
    insta::assert_snapshot!(shown(&project, &local, ""));
    console.edits(true, |document| {
        action(document, "greet")["Parameters"]["Text"] = "Something else".into();
    });
    assert_eq!(code(&project.run(&drift(&local, ""))), Some(1));
    let unknown = drift(&local, "--ignore flow.helo --reason typo");
    assert_eq!(code(&project.run(&unknown)), Some(2));
}

#[test]
fn an_accepted_version_applies_as_a_patch_and_leaves_nothing_to_do() {
    let project = Project::small();
    let local = Local::start(&project, "");
    Console::new(&local).edits(true, |document| {
        greets_otherwise(document);
        action(document, "transfer")["Transitions"]["Errors"][0]["NextAction"] = "sorry".into();
        let sorry = serde_json::json!({
            "Identifier": "sorry",
            "Type": "MessageParticipant",
            "Parameters": { "Text": "Nobody is free" },
            "Transitions": {
                "NextAction": "goodbye",
                "Conditions": [],
                "Errors": [{ "NextAction": "goodbye", "ErrorType": "NoMatchingError" }],
            },
        });
        document["Actions"]
            .as_array_mut()
            .expect("actions")
            .push(sorry);
    });
    let before = project.read("flows/hello.yaml");
    let accept = drift(&local, "--accept flow.hello");
    insta::assert_snapshot!(local.shown(&project, &accept));
    assert_eq!(
        project.read("flows/hello.yaml"),
        before,
        "nothing on disk changes"
    );

    let output = project.run(&format!("{accept} --out accept.patch"));
    assert_eq!(code(&output), Some(0));
    let applied = git(&project, &["apply", "accept.patch"]);
    assert!(
        applied.status.success(),
        "{}",
        String::from_utf8_lossy(&applied.stderr)
    );
    let plan = format!("plan --endpoint-url {} --format json", local.endpoint());
    let plan: Value = serde_json::from_slice(&project.run(&plan).stdout).expect("JSON");
    let changes = plan["changes"].as_array().expect("changes");
    // The content is as it is live; what is left is to note so in the flow's tags.
    assert!(changes.iter().all(|it| it["flow"].is_null()), "{plan:#}");
    let deploy = format!("deploy --yes --endpoint-url {}", local.endpoint());
    assert_eq!(code(&project.run(&deploy)), Some(0));
    assert_eq!(code(&project.run(&drift(&local, ""))), Some(0));
}

#[test]
fn an_access_error_is_never_no_drift() {
    let project = Project::small();
    let output = project.run("drift --env local --endpoint-url http://127.0.0.1:9");
    assert_eq!(code(&output), Some(2));
}

#[test]
fn a_saved_plan_is_carried_out_once_and_refused_when_something_moved() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let flow = project.read("flows/hello.yaml");
    project.write("flows/hello.yaml", flow.replace("Hello from", "Welcome to"));
    let endpoint = format!("--endpoint-url {}", local.endpoint());
    let plan = format!("plan {endpoint} --out plan.json --format markdown");
    insta::assert_snapshot!(local.shown(&project, &plan));
    let deploy = format!("deploy {endpoint} --plan plan.json --yes");

    Console::new(&local).edits(true, greets_otherwise);
    let refused = project.run(&deploy);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(code(&refused), Some(1), "{said}");
    assert!(said.contains("flow.hello: the instance moved"), "{said}");

    assert_eq!(code(&project.run(&plan)), Some(0));
    project.write(
        "flows/hello.yaml",
        flow.replace("Hello from", "Good day from"),
    );
    let refused = project.run(&deploy);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(code(&refused), Some(1), "{said}");
    assert!(said.contains("flow.hello: our sources moved"), "{said}");

    assert_eq!(code(&project.run(&plan)), Some(0));
    assert_eq!(code(&project.run(&deploy)), Some(0));
    assert_eq!(
        code(&project.run(&deploy)),
        Some(1),
        "it has been carried out"
    );
    let nonsense = format!("deploy {endpoint} --plan flows/hello.yaml --yes");
    assert_eq!(code(&project.run(&nonsense)), Some(2));
}

#[test]
fn without_credentials_the_error_comes_soon_and_says_what_to_do() {
    let project = Project::small();
    // Somebody who listens and never answers stands for a network that swallows everything.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("it listens");
    let started = std::time::Instant::now();
    let output = crate::support::command(project.path(), "drift --env local")
        .env("HOME", project.path())
        .env(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            format!("http://{address}"),
        )
        .output()
        .expect("the binary can be run");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), Some(2), "{said}");
    assert!(said.contains("no credentials"), "{said}");
    assert!(
        started.elapsed() < std::time::Duration::from_secs(20),
        "{said}"
    );
}
