//! Measurements that need nothing from outside.

use serde_json::Value;

use crate::support::{Project, command};

#[test]
fn deploying_in_virtual_time_is_throttled_nowhere_and_describes_each_flow_once() {
    let project = Project::small();
    let line = "bench deploy --flows 10 --modules 2 --memory-flows 6 --quiet --format json";
    let output = command(project.path(), line).output();
    let output = output.expect("the binary can be run");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let measured: Value = serde_json::from_slice(&output.stdout).expect("it is one document");

    let phases = measured["phases"].as_array().expect("there are phases");
    assert_eq!(phases.len(), 5);
    for phase in phases {
        assert_eq!(phase["throttled"], serde_json::json!({}), "{phase}");
    }
    let first = &phases[1];
    assert_eq!(first["calls"]["connect:CreateContactFlow"], 10);
    // Ten creations at two a second with five at once: two and a half seconds at least.
    assert_eq!(first["floor_seconds"], 2.5);
    assert!(first["seconds"].as_f64() >= Some(2.5), "{first}");
    assert_eq!(measured["unchanged_plan"]["describes"], 12);
    let peak = measured["memory"]["peak_bytes"].as_u64();
    assert!(peak > Some(1_000_000), "{peak:?}");
}

#[test]
fn deploying_waits_for_slow_instances_and_for_what_reads_do_not_see_yet() {
    let project = Project::small();
    let line = "bench deploy --flows 6 --modules 2 --memory-flows 0 --quiet --format json \
                --consistency 5s --instance-creation 3m";
    let output = command(project.path(), line).output();
    let output = output.expect("the binary can be run");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let measured: Value = serde_json::from_slice(&output.stdout).expect("it is one document");
    let bootstrap = &measured["phases"][0];
    assert!(bootstrap["seconds"].as_f64() >= Some(180.0), "{bootstrap}");
    assert_eq!(measured["unchanged_plan"]["describes"], 8);
}
