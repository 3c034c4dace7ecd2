//! Builds the Lambdas and packages each as AWS Lambda takes it.
//!
//! Which Lambdas there are is the caller's knowledge; each is a package of the project's workspace.

mod archive;
pub(crate) use archive::zip;
mod cargo;
mod elf;
mod lock;
mod sources;
mod target;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::exit::Helped;
use crate::printer::Step;

pub(crate) use cargo::Recipe;
pub(crate) use sources::{Source, sources};
pub(crate) use target::Architecture;
pub(crate) use toolchain::check as check_toolchain;

/// A Lambda, built and packaged.
#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) zip: Vec<u8>,
    /// Hex.
    pub(crate) sha256: String,
    pub(crate) architecture: Architecture,
    /// The digest of what it was built from.
    pub(crate) source: String,
}

/// How the Lambdas of an environment are built: for the emulator as the arguments say, for AWS
/// optimised and for an architecture of Lambda unless they name a target.
pub(crate) fn recipe(is_local: bool, asked: Recipe) -> Recipe {
    if is_local || asked.target.is_some() {
        return asked;
    }
    Recipe {
        release: true,
        target: Some(Architecture::Arm64.rust_target().to_owned()),
    }
}

/// Builds the named Lambdas and writes `<name>.zip` for each into the folder.
pub(crate) async fn build(
    root: &Path,
    names: &[String],
    recipe: &Recipe,
    folder: &Path,
    step: &Step<'_>,
) -> anyhow::Result<Vec<Package>> {
    let sources = sources(root, names, recipe)?;
    let binaries = cargo::build(root, names, recipe, step).await?;
    if sources != self::sources(root, names, recipe)? {
        return Err(Helped::new(
            "the sources of the Lambdas changed while they were built",
            "run the command again once they are saved",
        )
        .into());
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let workers: Vec<_> = binaries
        .into_iter()
        .zip(sources)
        .map(|(binary, source)| {
            let folder = folder.to_owned();
            tokio::task::spawn_blocking(move || package(binary, source, &folder))
        })
        .collect();
    let mut packages = Vec::new();
    for worker in workers {
        packages.push(worker.await.context("packaging a Lambda ended early")??);
    }
    Ok(packages)
}

fn package(binary: cargo::Binary, source: Source, folder: &Path) -> anyhow::Result<Package> {
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
        architecture: source.architecture,
        source: source.digest,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
