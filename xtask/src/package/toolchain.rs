//! Whether this machine can build Lambdas, without building one.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::Context;
use tokio::process::Command;

use super::{Recipe, target};
use crate::exit::Helped;

/// A package of nothing, in no workspace.
const MANIFEST: &str = "[package]\nname = \"links\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
                        [[bin]]\nname = \"links\"\npath = \"main.rs\"\n[workspace]\n";

/// Says what builds the Lambdas here: cargo is there, it has the target, and a program of nothing
/// links. A crate with C in it needs a C compiler as well, which only building tells.
///
/// # Errors
///
/// The first of these that is not so.
pub(crate) async fn check(root: &Path, recipe: &Recipe) -> anyhow::Result<String> {
    let version = version(root).await?;
    if let Some(triple) = &recipe.target {
        target::check_installed(triple)?;
    }
    link(root, recipe.target.as_deref()).await?;
    let target = recipe.target.as_deref().unwrap_or("this machine");
    Ok(format!("{version} builds and links for {target}"))
}

fn cargo(root: &Path) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // The project's configuration of cargo is found from here.
    command.current_dir(root).stdin(Stdio::null());
    command.kill_on_drop(true);
    command
}

async fn version(root: &Path) -> anyhow::Result<String> {
    let output = cargo(root).arg("--version").output().await;
    match output {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        Ok(_) => Err(Helped::new("cargo does not run", "see what `cargo --version` says").into()),
        Err(error) => {
            let help = "install Rust, for example by https://rustup.rs, or name cargo in CARGO";
            Err(Helped::new(format!("cannot run cargo: {error}"), help).into())
        }
    }
}

async fn link(root: &Path, triple: Option<&str>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let manifest = folder.path().join("Cargo.toml");
    fs::write(&manifest, MANIFEST)
        .and_then(|()| fs::write(folder.path().join("main.rs"), "fn main() {}\n"))
        .context("cannot write to a temporary folder")?;
    let mut command = cargo(root);
    command.args(["build", "--quiet", "--offline", "--manifest-path"]);
    command.arg(&manifest).arg("--target-dir");
    command.arg(folder.path().join("target"));
    if let Some(triple) = triple {
        command.args(["--target", triple]);
    }
    let output = command.output().await.context("cannot run cargo")?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|line| line.starts_with("error"));
    let message = format!(
        "a program does not link: {}",
        said.unwrap_or("cargo failed")
    );
    let help = match triple {
        Some(triple) => format!(
            "install a linker for {triple} and name it in CARGO_TARGET_{}_LINKER",
            triple.replace('-', "_").to_uppercase()
        ),
        None => "install a C compiler, which Rust links with: gcc or clang".to_owned(),
    };
    Err(Helped::new(message, help).into())
}
