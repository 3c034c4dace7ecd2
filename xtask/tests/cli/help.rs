//! What `--help` says; every flag and example shows up in review here.

use std::path::Path;

use crate::support::{run_in, show};

#[test]
fn help_says_what_every_command_does_and_takes() {
    let commands = [
        "",
        "demo",
        "check",
        "graph",
        "import",
        "generate",
        "diff",
        "review",
        "build",
        "plan",
        "deploy",
        "releases",
        "rollback",
        "drift",
        "bootstrap",
        "local",
        "schema",
        "docs",
        "bench",
        "bench lang",
        "bench layout",
        "bench diff",
        "interop moto",
        "completions",
    ];
    for command in commands {
        let line = format!("{command} --help").trim_start().to_owned();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let shown = show(&line, &run_in(folder, &line), folder);
        let name = if command.is_empty() {
            "xtask"
        } else {
            &command.replace(" ", "-")
        };
        insta::assert_snapshot!(format!("help-{name}"), shown);
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run_in(Path::new("/"), &format!("completions {shell}"));
        assert!(output.status.success());
        let script = String::from_utf8(output.stdout).unwrap();
        for expected in ["flowyard", "bootstrap", "endpoint-url"] {
            assert!(script.contains(expected), "{shell}: {expected}");
        }
    }
}

#[test]
fn a_wrong_argument_ends_with_2_and_names_what_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let line = "local --clock sundial";
    insta::assert_snapshot!(show(line, &run_in(folder, line), folder));
}
