//! `connect-flow` of PyPI, the nearest tool there is to measure beside.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::printer::Printer;

/// The version that is installed when none is there. With `graphviz`, which its `prettify` needs.
const PACKAGE: &str = "connect-flow[graphviz]==0.3.1";
/// The same without; all that its `lint` needs.
const PACKAGE_ALONE: &str = "connect-flow==0.3.1";

/// The `connect-flow` to run: the one named, the one on PATH, else one installed into a folder.
pub(crate) fn connect_flow(
    named: Option<&Path>,
    folder: &Path,
    printer: &Printer,
) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        if !path.is_file() {
            bail!("{} is no file", path.display());
        }
        return Ok(path.to_owned());
    }
    if let Some(path) = on_path("connect-flow") {
        return Ok(path);
    }
    let venv = folder.join("connect-flow");
    let installed = venv.join("bin/connect-flow");
    if !installed.is_file() {
        let step = printer.step(format!("installing {PACKAGE_ALONE} from PyPI"));
        install(&venv)?;
        step.done("");
    }
    Ok(installed)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path).map(|folder| folder.join(name));
    found.into_iter().find(|it| it.is_file())
}

fn install(venv: &Path) -> anyhow::Result<()> {
    run(Command::new("python3").args(["-m", "venv"]).arg(venv))?;
    let pip = venv.join("bin/pip");
    let install = |package| {
        let mut command = Command::new(&pip);
        run(command.args(["install", "--quiet", "--disable-pip-version-check", package]))
    };
    // The extra is compiled against Graphviz, which not every machine has.
    install(PACKAGE).or_else(|_| install(PACKAGE_ALONE))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{command:?}");
    let output = command
        .output()
        .with_context(|| format!("cannot run {shown}"))?;
    if !output.status.success() {
        bail!(
            "{shown} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
