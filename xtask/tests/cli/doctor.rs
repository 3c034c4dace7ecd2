//! `doctor`, against a contact centre of this machine and against nobody.

use std::net::TcpListener;

use serde_json::Value;

use crate::support::{Local, Project};

/// Exit code and the verdicts by area, in their order.
fn examined(project: &Project, endpoint: &str) -> (Option<i32>, Vec<(String, String)>) {
    let line = format!("doctor --format json --endpoint-url {endpoint}");
    let output = project.run(&line);
    let json: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let findings = json["findings"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let verdicts = findings.map(|it| (text(&it["area"]), text(&it["verdict"])));
    (output.status.code(), verdicts.collect())
}

#[test]
fn a_deployed_centre_has_nothing_in_the_way_and_one_without_an_instance_has() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let (code, verdicts) = examined(&project, local.endpoint());
    assert_eq!(code, Some(0), "{verdicts:?}");
    assert!(verdicts.iter().all(|(_, it)| it == "ok"), "{verdicts:?}");
    for area in [
        "credentials",
        "clock",
        "services",
        "permissions",
        "instance",
        "ledger",
        "quotas",
    ] {
        assert!(verdicts.iter().any(|(it, _)| it == area), "{area}");
    }

    let environment = project.read("infra/environments/local.yaml");
    let other = environment.replace("acme-test", "acme-other");
    project.write("infra/environments/local.yaml", other);
    let (code, verdicts) = examined(&project, local.endpoint());
    assert_eq!(code, Some(1), "{verdicts:?}");
    assert!(verdicts.contains(&("instance".to_owned(), "problem".to_owned())));
}

#[test]
fn without_anybody_to_ask_it_ends_with_2_and_tells_of_the_machine_all_the_same() {
    let project = Project::with_lambda("fn main() {}");
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = port.local_addr().expect("it has one");
    drop(port);
    let (code, verdicts) = examined(&project, &format!("http://{address}"));
    assert_eq!(code, Some(2));
    let expected = [("credentials", "unknown"), ("toolchain", "ok")];
    assert_eq!(
        verdicts,
        expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}
