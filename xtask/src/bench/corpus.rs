//! Real flows to measure on. They stay outside the repository.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flow::model::Flow;

use crate::exit::Helped;

/// A file of the corpus that holds a flow.
pub(crate) struct Exported {
    pub(crate) path: PathBuf,
    pub(crate) flow: Flow,
}

/// The folder that was named, the one that the variable names, or the one beside the project.
pub(crate) fn folder(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let variable = || env::var_os("FLOWYARD_CORPUS").map(PathBuf::from);
    if let Some(folder) = named.map(Path::to_owned).or_else(variable) {
        return fs::canonicalize(&folder)
            .with_context(|| format!("cannot open the corpus {}", folder.display()));
    }
    let here = env::current_dir().context("cannot tell the current directory")?;
    let beside = here.ancestors().map(|it| it.join("../shared/flow-corpus"));
    beside.into_iter().find(|it| it.is_dir()).ok_or_else(|| {
        let help = "name a folder of exported flows with --corpus DIR or FLOWYARD_CORPUS";
        Helped::new("no corpus of exported flows here", help).into()
    })
}

/// The flows of a folder and the folders in it, sorted by path. Files that hold something else,
/// exports of the old format among them, are left out.
pub(crate) fn flows(folder: &Path) -> anyhow::Result<Vec<Exported>> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    let mut flows = Vec::new();
    for path in paths {
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if let Ok(flow) = flow::json::parse(&text) {
            flows.push(Exported { path, flow });
        }
    }
    if flows.is_empty() {
        let message = format!("{} has no flow JSON", folder.display());
        return Err(Helped::new(message, "name another folder with --corpus DIR").into());
    }
    Ok(flows)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|it| it == "json") {
            paths.push(path);
        }
    }
    Ok(())
}
