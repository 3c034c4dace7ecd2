//! Runs the binary in a project of a test's own, and makes what it says comparable.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A project in a temporary folder: sound but for what a test writes into it.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// The smallest project that has everything: a flow, a queue, an environment.
    pub(crate) fn small() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let project = Self { folder };
        project.write("flows/hello.yaml", FLOW);
        project.write("infra/instance.yaml", INSTANCE);
        project.write("infra/environments/local.yaml", ENVIRONMENT);
        project
    }

    /// The small project with a Lambda `greeter` of the given source, which needs no other crate.
    pub(crate) fn with_lambda(source: &str) -> Self {
        let project = Self::small();
        project.write("Cargo.toml", WORKSPACE);
        project.write("lambdas/greeter/Cargo.toml", PACKAGE);
        project.write("lambdas/greeter/src/main.rs", source);
        project.write("infra/lambdas.yaml", LAMBDAS);
        project.write("flows/hello.yaml", FLOW_WITH_LAMBDA);
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("the path has a folder"))
            .and_then(|()| fs::write(path, content))
            .expect("a temporary folder can be written to");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).expect("the file was written")
    }

    /// Runs a command line in the project.
    pub(crate) fn run(&self, line: &str) -> Output {
        run_in(self.path(), line)
    }

    /// Runs a command line in the project and shows all that came of it.
    pub(crate) fn shown(&self, line: &str) -> String {
        show(line, &self.run(line), self.path())
    }
}

/// `cargo xtask local` in a project, until it is dropped.
pub(crate) struct Local {
    process: Child,
    stdout: BufReader<ChildStdout>,
    stderr: Option<JoinHandle<String>>,
    endpoint: String,
    instructions: String,
}

impl Local {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(project: &Project, arguments: &str) -> Self {
        Self::start_with(project, arguments, &[])
    }

    /// The same, with environment variables.
    pub(crate) fn start_with(
        project: &Project,
        arguments: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        let mut process = command(project.path(), &format!("local {arguments}"))
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be run");
        let mut stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let stderr = process.stderr.take().expect("it is piped");
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            BufReader::new(stderr)
                .read_to_string(&mut text)
                .expect("progress is UTF-8");
            text
        });
        let mut first = String::new();
        stdout.read_line(&mut first).expect("stdout is UTF-8");
        let mut local = Self {
            process,
            stdout,
            stderr: Some(stderr),
            endpoint: String::new(),
            instructions: first.clone(),
        };
        let Some(endpoint) = first.trim().strip_prefix("ready ") else {
            let (code, stderr) = local.end(Signal::TERM);
            panic!("not ready but {code:?}: {first}{stderr}");
        };
        local.endpoint = endpoint.to_owned();
        while !local.instructions.ends_with("  hello\n") {
            let read = local.stdout.read_line(&mut local.instructions);
            assert_ne!(read.expect("stdout is UTF-8"), 0, "{}", local.instructions);
        }
        local
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// All that it wrote to stdout.
    pub(crate) fn instructions(&self) -> String {
        self.instructions.clone()
    }

    /// The ids of the instance and of the flow, as the instructions have them.
    pub(crate) fn ids(&self) -> (&str, &str) {
        let after = |flag: &str| {
            let rest = self.instructions.split(flag).nth(1);
            rest.and_then(|rest| rest.split_whitespace().next())
                .expect("the instructions name it")
        };
        (after("--instance-id"), after("--contact-flow-id"))
    }

    /// What a command in the project says, with addresses and ids replaced.
    pub(crate) fn shown(&self, project: &Project, line: &str) -> String {
        self.without_ids(&project.shown(line))
    }

    pub(crate) fn without_ids(&self, text: &str) -> String {
        let (instance, flow) = self.ids();
        text.replace(&self.endpoint, "[ENDPOINT]")
            .replace(instance, "[INSTANCE]")
            .replace(flow, "[FLOW]")
    }

    /// The processes it has started and not ended.
    pub(crate) fn children(&self) -> Vec<i32> {
        let parent = format!("PPid:\t{}", self.process.id());
        let processes = fs::read_dir("/proc").expect("there is a /proc");
        let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter(|pid: &i32| {
            let status = fs::read_to_string(format!("/proc/{pid}/status"));
            status.is_ok_and(|status| status.lines().any(|line| line == parent))
        })
        .collect()
    }

    /// Sends a signal and waits; gives the exit code and what was written to stderr.
    pub(crate) fn end(&mut self, signal: Signal) -> (Option<i32>, String) {
        let pid = i32::try_from(self.process.id()).expect("pids are small");
        let pid = Pid::from_raw(pid).expect("pids are positive");
        // It may have ended by itself.
        let _ = kill_process(pid, signal);
        let status = self.process.wait().expect("it is our child");
        let stderr = self.stderr.take().expect("it ends once");
        (status.code(), stderr.join().expect("reading ends"))
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if self.stderr.is_some() {
            self.end(Signal::TERM);
        }
    }
}

/// The binary with arguments, in a folder, with nothing of the caller's AWS configuration.
pub(crate) fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(line.split_whitespace()).current_dir(folder);
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") || name == "CARGO_TARGET_DIR" {
            command.env_remove(name);
        }
    }
    command
}

pub(crate) fn run_in(folder: &Path, line: &str) -> Output {
    command(folder, line)
        .output()
        .expect("the binary can be run")
}

/// Exit code, stdout and stderr, with what varies replaced.
pub(crate) fn show(line: &str, output: &Output, folder: &Path) -> String {
    let text = format!(
        "$ cargo xtask {line}\nexit code {}\n--- stdout\n{}--- stderr\n{}",
        output
            .status
            .code()
            .map_or("none".to_owned(), |code| code.to_string()),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let folder = folder.canonicalize().expect("the folder exists");
    times(&text.replace(&*folder.to_string_lossy(), "[PROJECT]"))
}

/// Replaces the durations that progress lines end with.
fn times(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        match line.rsplit_once(" (") {
            Some((before, time)) if time.ends_with(" s)") => {
                shown.push_str(before);
                shown.push_str(" ([TIME])");
            }
            _ => shown.push_str(line),
        }
        shown.push('\n');
    }
    shown
}

pub(crate) const FLOW: &str = "\
flow: hello
name: Hello
type: contact_flow
start: greet
actions:
  greet:
    play_prompt: \"Hello from {{ vars.brand }}\"
    next: to_person
  to_person:
    set_working_queue: support
    next: transfer
  transfer:
    transfer_to_queue: {}
    on: { at_capacity: goodbye }
  goodbye:
    disconnect: {}
";

const FLOW_WITH_LAMBDA: &str = "\
flow: hello
name: Hello
type: contact_flow
start: wait_a_moment
actions:
  wait_a_moment:
    play_prompt: One moment
    next: ask
  ask:
    invoke_lambda: greeter
    next: greet
    on: { error: no_greeting }
  greet:
    play_prompt: Hello, $.External.word
    next: to_person
  no_greeting:
    play_prompt: Nobody greets you
    next: to_person
  to_person:
    set_working_queue: support
    next: transfer
  transfer:
    transfer_to_queue: {}
    on: { at_capacity: goodbye }
  goodbye:
    disconnect: {}
";

const INSTANCE: &str = "\
instance:
  inbound_calls: false
  outbound_calls: false
hours:
  support:
    time_zone: Europe/London
    open:
      - { days: [monday], from: \"09:00\", to: \"17:00\" }
queues:
  support:
    hours: support
";

const WORKSPACE: &str = "[workspace]\nmembers = [\"lambdas/*\"]\nresolver = \"3\"\n";

const PACKAGE: &str = "[package]\nname = \"greeter\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

const LAMBDAS: &str = "\
lambdas:
  greeter:
    description: Greets
    timeout: 5s
    memory: 128
    invoked_by:
      flows: true
";

pub(crate) const ENVIRONMENT: &str = "\
environment: local
account: \"123456789012\"
region: eu-west-2
instance: { alias: acme-test }
vars:
  brand: Acme
";
