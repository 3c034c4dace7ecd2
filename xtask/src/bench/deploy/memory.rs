//! The memory of `deploy` with many flows, in a process of its own, against an emulator of ours.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use emulator::Emulator;
use emulator::clock::ClockMode;
use emulator::quotas::Quota;
use tokio::process::{Child, Command};

use super::project;
use super::report::Memory;
use crate::centre;
use crate::project::Project;
use crate::sources::Sources;

/// How often a process is asked for its peak, which the system keeps until it ends.
const LOOK: Duration = Duration::from_millis(5);

/// Deploys so many flows for the first time.
pub(super) async fn of_deployment(flows: usize, modules: usize) -> anyhow::Result<Memory> {
    let folder = tempfile::tempdir().context("cannot make a folder for the flows")?;
    let folder = folder.path();
    project::write(folder, flows, modules, 0)?;
    // Nothing of it is to be waited for here.
    let environment = folder.join("infra/environments/bench.yaml");
    let text = fs::read_to_string(&environment).context("cannot read the environment")?;
    let unpaced = text.replace("api_budget: { share: 1.0 }\n", "");
    fs::write(&environment, unpaced).context("cannot write the environment")?;
    let project = Project::at(folder);
    let rendered = Sources::load(&project)?.render(&project, project::ENVIRONMENT)?;
    let environment = rendered
        .environment
        .context("the environment that was made up is not complete")?;
    let emulator = centre::start(centre::config(&environment, ClockMode::Real)).await?;
    // Who plans asks for the quotas although nothing is refused here.
    emulator.set_quota(Quota::Flows, super::room(flows));
    emulator.set_quota(Quota::Modules, super::room(modules));
    let measured = deploy(folder, &emulator).await;
    emulator.shutdown().await;
    Ok(Memory {
        flows,
        peak: measured?,
    })
}

async fn deploy(folder: &Path, emulator: &Emulator) -> anyhow::Result<Option<u64>> {
    peak(folder, "bootstrap", emulator).await?;
    peak(folder, "deploy", emulator).await
}

/// The peak of a command's resident memory.
async fn peak(folder: &Path, command: &str, emulator: &Emulator) -> anyhow::Result<Option<u64>> {
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let mut child = Command::new(program)
        .args([command, "--env", project::ENVIRONMENT, "--yes", "--quiet"])
        .args(["--endpoint-url", &emulator.endpoint()])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run `{command}`"))?;
    let mut peak = None;
    let status = loop {
        peak = peak_of(&child).or(peak);
        if let Ok(status) = tokio::time::timeout(LOOK, child.wait()).await {
            break status.with_context(|| format!("cannot wait for `{command}`"))?;
        }
    };
    if !status.success() {
        bail!("`{command}` in a process of its own failed: {status}");
    }
    Ok(peak)
}

/// The most a process had resident until now, as Linux tells it.
fn peak_of(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()?)).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
