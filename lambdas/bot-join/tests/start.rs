//! What the process says when its environment is not what it needs.

use std::process::Command;

fn start(variables: &[(&str, &str)]) -> (Option<i32>, serde_json::Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bot-join"));
    let output = command
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    (output.status.code(), serde_json::from_str(&log).unwrap())
}

#[test]
fn a_missing_setting_is_named_in_the_log_before_anything_is_asked_of_the_network() {
    let all = [
        (
            "STREAMING_TOPIC_ARN",
            "arn:aws:sns:eu-west-2:123456789012:chat",
        ),
        ("SESSION_TABLE", "sessions"),
        ("AWS_REGION", "eu-west-2"),
    ];
    for missing in 0..all.len() {
        let mut variables = all.to_vec();
        let (name, _) = variables.remove(missing);
        let (code, entry) = start(&variables);
        assert_eq!(code, Some(1));
        assert_eq!(entry["level"], "ERROR");
        let reason = format!("the environment variable {name} is not set");
        assert_eq!(entry["reason"], reason.as_str());
    }
}
