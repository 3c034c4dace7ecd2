//! The same deployment against an emulator that nobody here wrote, read back by a client that nobody
//! here wrote, and compared with ours.
//!
//! What is compared is what stands around a Connect instance: roles, topics, tables, functions, log
//! groups and the ledger. moto's Connect knows no flows.

mod compare;
mod moto;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use emulator::Config;
use provision::address::Layer;
use provision::apply::apply_recorded;
use provision::clients::Clients;
use provision::desired::{Architecture, Desired, LambdaPackage};
use provision::environment::Environment;
use provision::guard;
use provision::ledger::{About, Recorder};
use provision::live::{InstanceRef, read_live};
use provision::plan::plan;
use serde_json::Value;

pub(crate) use compare::{Report, compare};
pub(crate) use moto::{BOTO3, MOTO};

use crate::centre;
use crate::printer::Printer;
use crate::sources::Prepared;

/// Deploys to both and reads both back; `folder` is where moto is installed.
pub(crate) async fn run(
    prepared: &Prepared,
    folder: &Path,
    printer: &Printer,
) -> anyhow::Result<Report> {
    let python = moto::installed(folder, printer)?;
    let environment = &prepared.environment;
    let server = moto::Server::start(&python, environment).await?;
    let step = printer.step("deploy to moto");
    deploy(prepared, server.endpoint()).await?;
    let theirs = read_back(&python, server.endpoint(), environment)?;
    step.done("");
    drop(server);
    let config = Config::new(&environment.account, &environment.region);
    let emulator = centre::start(config).await?;
    let step = printer.step("deploy to our emulator");
    deploy(prepared, &emulator.endpoint()).await?;
    let endpoint = emulator.endpoint();
    let (python, environment) = (python.clone(), environment.clone());
    // The emulator answers from this very process.
    let ours =
        tokio::task::spawn_blocking(move || read_back(&python, &endpoint, &environment)).await??;
    step.done("");
    Ok(compare(&theirs, &ours))
}

/// The code of every function: it is stored, not run.
const CODE: &[u8] = b"#!/bin/sh\nexit 0\n";

/// What a deployment is but for the instance: both layers, and a look whether planning again finds
/// nothing.
async fn deploy(prepared: &Prepared, endpoint: &str) -> anyhow::Result<()> {
    let environment = &prepared.environment;
    let clients = Clients::connect(environment, Some(endpoint)).await;
    guard::check_caller(&clients, environment).await?;
    let zip = crate::package::zip(CODE).context("cannot pack")?;
    let packages = prepared.infra.lambda_names();
    let packages = packages.into_iter().map(|name| LambdaPackage {
        name,
        zip: zip.clone(),
        architecture: Architecture::X86_64,
    });
    let (desired, _) = Desired::new(environment, &prepared.infra, Vec::new(), packages.collect());
    let about = About {
        environment: environment.name.clone(),
        commit: None,
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    // Policies name an instance, which need not be there.
    let scope = desired.scope();
    let id = "00000000-0000-4000-8000-000000000000".to_owned();
    let instance = InstanceRef {
        arn: format!(
            "arn:{}:connect:{}:{}:instance/{id}",
            scope.partition(),
            scope.region,
            scope.account
        ),
        id,
    };
    for layer in [Layer::Foundation, Layer::Release] {
        let live = read_live(&clients, &desired, layer).await?;
        let live = live.with_instance(instance.clone());
        let planned = plan(&desired, &live, layer).around_instance();
        if let Some(problem) = planned.problems.first() {
            return Err(problem.clone().into());
        }
        let mut recorder = match layer {
            Layer::Foundation => None,
            Layer::Release => Some(Recorder::open(&clients, desired.scope(), about.clone()).await?),
        };
        let recording = recorder.as_mut();
        apply_recorded(&clients, &desired, &planned, recording, |_| {}).await?;
        if let Some(recorder) = recorder {
            recorder.close(&planned, true).await?;
        }
        let live = read_live(&clients, &desired, layer).await?;
        let live = live.with_instance(instance.clone());
        let again = plan(&desired, &live, layer).around_instance();
        if let Some(change) = again.changes.first() {
            bail!(
                "planning again finds that {} {}: {:?}",
                change.addr,
                change.reason,
                change.fields
            );
        }
    }
    Ok(())
}

/// Reads everything back through boto3.
fn read_back(python: &Path, endpoint: &str, environment: &Environment) -> anyhow::Result<Value> {
    let output = Command::new(python)
        .args(["-c", include_str!("readback.py")])
        .args([endpoint, environment.region.as_str()])
        .arg(format!("{}-", environment.instance_alias))
        .args(environment.buckets.values())
        .env_remove("AWS_PROFILE")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .context("cannot run Python")?;
    if !output.status.success() {
        bail!(
            "reading back failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    serde_json::from_slice(&output.stdout).context("what was read back is not JSON")
}
