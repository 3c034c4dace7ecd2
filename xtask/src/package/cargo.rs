//! `cargo build` of the Lambdas as a child process.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::target;
use crate::exit::Helped;
use crate::printer::Step;

/// How the Lambdas are built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipe {
    pub(crate) release: bool,
    /// A Rust target; without one, this machine's.
    pub(crate) target: Option<String>,
}

/// What cargo built.
pub(super) struct Binary {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// Builds the packages and says where their binaries are, in the order of the names.
pub(super) async fn build(
    root: &Path,
    names: &[String],
    recipe: &Recipe,
    step: &Step<'_>,
) -> anyhow::Result<Vec<Binary>> {
    if let Some(triple) = &recipe.target {
        target::check_installed(triple)?;
    }
    let mut child = Running::start(root, &arguments(root, names, recipe))?;
    let stdout = child.0.stdout.take().expect("stdout is piped");
    let stderr = child.0.stderr.take().expect("stderr is piped");
    let (built, complaints) = tokio::join!(executables(stdout), progress(stderr, step));
    let status = child.0.wait().await.context("cannot wait for cargo")?;
    if !status.success() {
        let help = match &recipe.target {
            Some(triple) => format!(
                "a crate with C in it needs a C compiler and a linker for {triple}; \
                 see CC_{0} and CARGO_TARGET_{1}_LINKER in cargo's and cc's documentation",
                triple.replace('-', "_"),
                triple.replace('-', "_").to_uppercase(),
            ),
            None => "what cargo said stands above".to_owned(),
        };
        step.print(&complaints);
        return Err(Helped::new("the Lambdas do not build", help).into());
    }
    let mut built = built?;
    names
        .iter()
        .map(|name| {
            let position = built.iter().position(|binary| binary.name == *name);
            let position = position.with_context(|| {
                format!("cargo built no binary `{name}` in the package of that name")
            })?;
            Ok(built.swap_remove(position))
        })
        .collect()
}

/// The arguments of `cargo build`.
///
/// In the development profile for this machine the xtask is named along with the Lambdas: cargo
/// unites the features of all packages it is given, and so the dependencies are those which
/// compiling the xtask has built already. `--bin` keeps the xtask itself out of the build.
fn arguments(root: &Path, names: &[String], recipe: &Recipe) -> Vec<String> {
    let mut arguments: Vec<String> = ["build", "--message-format=json-render-diagnostics"]
        .map(str::to_owned)
        .to_vec();
    if recipe.is_as_the_xtask_was_built() && root.join("xtask/Cargo.toml").is_file() {
        arguments.extend(["--package".to_owned(), "xtask".to_owned()]);
    }
    for name in names {
        arguments.extend(["--package".to_owned(), name.clone()]);
        arguments.extend(["--bin".to_owned(), name.clone()]);
    }
    if recipe.release {
        arguments.push("--release".to_owned());
    }
    if let Some(triple) = &recipe.target {
        arguments.extend(["--target".to_owned(), triple.clone()]);
    }
    arguments
}

impl Recipe {
    fn is_as_the_xtask_was_built(&self) -> bool {
        !self.release && self.target.is_none()
    }
}

/// A cargo under way, in a process group of its own; dropping it ends cargo and its compilers.
struct Running(Child);

impl Running {
    fn start(root: &Path, arguments: &[String]) -> anyhow::Result<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(&cargo);
        command
            .args(arguments)
            .current_dir(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let child = command
            .spawn()
            .with_context(|| format!("cannot run {}", cargo.display()))?;
        Ok(Self(child))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Killing cargo alone would leave its compilers to run on to their end.
        #[cfg(unix)]
        if let Some(group) = self
            .0
            .id()
            .and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?))
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
    }
}

/// The part of cargo's messages that is read here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

async fn executables(stdout: tokio::process::ChildStdout) -> anyhow::Result<Vec<Binary>> {
    let mut lines = BufReader::new(stdout).lines();
    let mut binaries = Vec::new();
    while let Some(line) = lines.next_line().await.context("cannot read from cargo")? {
        let message: Message = match serde_json::from_str(&line) {
            Ok(message) => message,
            Err(error) => bail!("cargo sent a message that cannot be read: {error}"),
        };
        if let (true, Some(target), Some(path)) = (
            message.reason == "compiler-artifact",
            message.target,
            message.executable,
        ) {
            binaries.push(Binary {
                name: target.name,
                path,
            });
        }
    }
    Ok(binaries)
}

/// Shows what cargo is at and keeps what else it says, for the case that the build fails.
async fn progress(stderr: tokio::process::ChildStderr, step: &Step<'_>) -> String {
    let mut lines = BufReader::new(stderr).lines();
    let mut complaints = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        match line.trim_start().split_once(' ') {
            Some(("Compiling" | "Building" | "Downloading" | "Downloaded" | "Blocking", _)) => {
                step.at(line.trim_start());
            }
            Some(("Finished" | "Fresh" | "Locking" | "Updating" | "Adding", _)) => {}
            _ => {
                complaints.push_str(&line);
                complaints.push('\n');
            }
        }
    }
    complaints
}
