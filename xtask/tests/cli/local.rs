//! `local`, and the commands that speak to it from another terminal.

use std::time::Duration;

use rustix::process::Signal;

use crate::chat::Chat;
use crate::support::{ENVIRONMENT, FLOW, Local, Project, command};

/// Answers every event with the same flat map, over the Runtime API and with nothing but `std`.
const ANSWERS: &str = r#"
use std::io::{Read, Write};
use std::net::TcpStream;

fn main() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    loop {
        let event = ask(&api, "GET /2018-06-01/runtime/invocation/next", "");
        let id = event
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("lambda-runtime-aws-request-id:").map(|id| id.trim().to_owned()))
            .unwrap();
        let path = format!("POST /2018-06-01/runtime/invocation/{id}/response");
        ask(&api, &path, "{\"word\":\"friend\"}");
    }
}

fn ask(api: &str, line: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(api).unwrap();
    let length = body.len();
    write!(stream, "{line} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
"#;

const CRASHES: &str = r#"fn main() { panic!("no configuration") }"#;

#[test]
fn a_chat_reaches_the_lambda_and_sigterm_leaves_no_process_behind() {
    let project = Project::with_lambda(ANSWERS);
    let mut local = Local::start(&project, "");
    let chat = Chat::start(&local);
    chat.wait_for("Hello, friend");
    let children = local.children();
    assert!(
        !children.is_empty(),
        "the function runs as a process of its own"
    );

    let (code, stderr) = local.end(Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(
        stderr.ends_with("SIGTERM: the contact centre is closed\n"),
        "{stderr}"
    );
    let left: Vec<_> = children
        .into_iter()
        .filter(|pid| is_running(*pid))
        .collect();
    assert_eq!(left, [0; 0]);
}

#[test]
fn ctrl_c_ends_it_as_well() {
    let mut local = Local::start(&Project::small(), "--clock virtual");
    let (code, stderr) = local.end(Signal::INT);
    assert_eq!(code, Some(0));
    assert!(
        stderr.ends_with("Ctrl-C: the contact centre is closed\n"),
        "{stderr}"
    );
}

#[test]
fn a_lambda_that_crashes_on_start_is_reported_and_the_flow_takes_its_error_branch() {
    let project = Project::with_lambda(CRASHES);
    let mut local = Local::start(&project, "");
    Chat::start(&local).wait_for("Nobody greets you");
    let (_, stderr) = local.end(Signal::TERM);
    let warnings: Vec<&str> = stderr
        .lines()
        .filter(|it| it.starts_with("warning"))
        .collect();
    insta::assert_snapshot!(warnings.first().unwrap());
}

#[test]
fn as_slow_and_strict_as_aws_it_still_becomes_ready() {
    let project = Project::small();
    let strict = "--quotas --consistency 2s --instance-creation 30s --clock 200";
    let local = Local::start(&project, strict);
    let line = format!("plan --endpoint-url {}", local.endpoint());
    let planned = local.shown(&project, &line);
    assert!(planned.contains("nothing to do"), "{planned}");
}

#[test]
fn it_says_how_to_talk_to_it_with_the_ids_filled_in() {
    let local = Local::start(&Project::small(), "");
    insta::assert_snapshot!(local.without_ids(&local.instructions()));
}

#[test]
fn a_changed_flow_is_planned_by_block_deployed_and_then_unchanged() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let shown = |command: &str| {
        let line = format!("{command} --endpoint-url {}", local.endpoint());
        local.shown(&project, &line)
    };
    let nothing_to_do = shown("plan");
    insta::assert_snapshot!("nothing-to-do", nothing_to_do);

    project.write("flows/hello.yaml", FLOW.replace("Hello from", "Welcome to"));
    insta::assert_snapshot!("changed-flow", shown("plan"));
    insta::assert_snapshot!("changed-flow-as-json", shown("plan --format json"));
    insta::assert_snapshot!("not-asked", shown("deploy"));
    insta::assert_snapshot!("deployed", shown("deploy --yes"));
    assert_eq!(shown("plan"), nothing_to_do);
    let deployed = project.read("target/flowyard/local/hello.json");
    assert!(deployed.contains("Welcome to Acme") && deployed.contains("arn:aws:connect"));
}

#[test]
fn what_connect_refuses_is_shown_at_the_action_in_the_sources() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let module = "module: inner\nname: Inner\nstart: end\nactions:\n  end:\n    end_module: {}\n";
    project.write("flows/inner.yaml", module);
    // A module takes only the inputs its settings declare, and these declare none.
    let call = "    invoke_module: { module: inner, input: { tier: gold } }";
    let flow = FLOW.replace("    set_working_queue: support", call);
    project.write("flows/hello.yaml", flow);
    let line = format!("deploy --yes --endpoint-url {}", local.endpoint());
    insta::assert_snapshot!(local.shown(&project, &line));
}

#[test]
fn an_environment_of_another_account_is_refused_before_anything_is_read() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let other = ENVIRONMENT
        .replace("environment: local", "environment: other")
        .replace("123456789012", "999988887777");
    project.write("infra/environments/other.yaml", other);
    let line = format!("plan --env other --endpoint-url {}", local.endpoint());
    insta::assert_snapshot!(local.shown(&project, &line));
}

#[test]
fn a_protected_environment_wants_the_alias_of_its_instance() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let guarded = ENVIRONMENT
        .replace("environment: local", "environment: guarded\nprotect: true")
        .replace("brand: Acme", "brand: Guarded");
    project.write("infra/environments/guarded.yaml", guarded);
    let line = format!("deploy --env guarded --endpoint-url {}", local.endpoint());
    insta::assert_snapshot!(local.shown(&project, &format!("{line} --yes")));
    insta::assert_snapshot!(local.shown(&project, &format!("{line} --confirm acme-live")));
    let deployed = local.shown(&project, &format!("{line} --confirm acme-test"));
    assert!(deployed.contains("exit code 0"), "{deployed}");
}

#[test]
fn what_the_surroundings_say_of_aws_and_of_proxies_does_not_matter() {
    let project = Project::small();
    project.write("config", "this is [not a configuration");
    let nowhere = "http://127.0.0.1:9";
    let surroundings = [
        ("AWS_ACCESS_KEY_ID", "ASIAEXPIRED"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "expired"),
        ("AWS_PROFILE", "nobody"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_CONFIG_FILE", "config"),
        ("AWS_ENDPOINT_URL_CONNECT", nowhere),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("HTTP_PROXY", nowhere),
        ("HTTPS_PROXY", nowhere),
    ];
    let local = Local::start_with(&project, "", &surroundings);
    let line = format!("plan --endpoint-url {}", local.endpoint());
    let mut plan = command(project.path(), &line);
    let output = plan.envs(surroundings).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

#[test]
fn an_emulator_that_is_not_there_is_reported_as_such() {
    let line = "plan --endpoint-url http://127.0.0.1:9";
    insta::assert_snapshot!(Project::small().shown(line));
}

fn is_running(pid: i32) -> bool {
    // A process that was just killed may be seen for a moment longer.
    for _ in 0..20 {
        if !std::path::Path::new(&format!("/proc/{pid}")).exists() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    true
}
