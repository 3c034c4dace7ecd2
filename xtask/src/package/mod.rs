//! Builds the Lambdas and packages each as AWS Lambda takes it.
//!
//! Which Lambdas there are is the caller's knowledge; each is a package of the project's workspace.

mod archive;
mod cargo;
mod elf;
mod target;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::printer::Step;

pub(crate) use cargo::Recipe;
pub(crate) use target::Architecture;

/// A Lambda, built and packaged.
#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) zip: Vec<u8>,
    /// Hex.
    pub(crate) sha256: String,
    pub(crate) architecture: Architecture,
}

/// Builds the named Lambdas and writes `<name>.zip` for each into the folder.
pub(crate) async fn build(
    root: &Path,
    names: &[String],
    recipe: &Recipe,
    folder: &Path,
    step: &Step<'_>,
) -> anyhow::Result<Vec<Package>> {
    let architecture = target::architecture(recipe.target.as_deref())?;
    let binaries = cargo::build(root, names, recipe, step).await?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let workers: Vec<_> = binaries
        .into_iter()
        .map(|binary| {
            let folder = folder.to_owned();
            tokio::task::spawn_blocking(move || package(binary, &folder, architecture))
        })
        .collect();
    let mut packages = Vec::new();
    for worker in workers {
        packages.push(worker.await.context("packaging a Lambda ended early")??);
    }
    Ok(packages)
}

fn package(
    binary: cargo::Binary,
    folder: &Path,
    architecture: Architecture,
) -> anyhow::Result<Package> {
    let bytes = fs::read(&binary.path)
        .with_context(|| format!("cannot read the built {}", binary.path.display()))?;
    let zip = archive::zip(elf::loadable(&bytes))
        .with_context(|| format!("cannot package {}", binary.name))?;
    let path = folder.join(format!("{}.zip", binary.name));
    fs::write(&path, &zip).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Package {
        sha256: hex(&Sha256::digest(&zip)),
        name: binary.name,
        path,
        zip,
        architecture,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
