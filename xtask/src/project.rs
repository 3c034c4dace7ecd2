//! The project, on disk or at a revision: where it is and what its source files hold. Compiling
//! them is `sources.rs`'s work.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use flow::diagnostic::{Diagnostic, SourceFile};
use flow_source::source_from_bytes;

use crate::exit::Helped;

/// The folder with `flows/` and `infra/`.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    root: PathBuf,
    /// Its files at another time; nothing if they are those on disk.
    earlier: Option<Arc<Snapshot>>,
}

/// The files of a project at a revision.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The revision, as people named it.
    pub(crate) name: String,
    /// By their paths from the root of the project, with slashes.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Snapshot {
    /// What of a project a snapshot holds.
    pub(crate) const PATHS: [&str; 3] = ["flows", "infra", CONFIG_FILE];

    /// Whether a project reads a file, by its path.
    pub(crate) fn wants(path: &str) -> bool {
        let path = Path::new(path);
        let is_json = path.extension().is_some_and(|it| it == "json");
        is_flow_source(path) || is_json && path.starts_with("infra")
    }
}

const CONFIG_FILE: &str = ".flowyard.yaml";
const ENVIRONMENTS: &str = "infra/environments";

impl Project {
    /// The project named on the command line, or the nearest one upwards of the current directory.
    pub(crate) fn find(named: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(folder) = named {
            let root = fs::canonicalize(folder)
                .with_context(|| format!("cannot open the project folder {}", folder.display()))?;
            if is_project(&root) {
                return Ok(Self::at(root));
            }
            return Err(no_project(format!(
                "{} is no project: it has no flows/ and infra/",
                folder.display()
            )));
        }
        let start = env::current_dir().context("cannot tell the current directory")?;
        Self::around(&start).ok_or_else(|| {
            no_project(format!(
                "no project here: neither {} nor a folder above it has flows/ and infra/",
                start.display()
            ))
        })
    }

    /// The nearest project upwards of a folder.
    pub(crate) fn around(folder: &Path) -> Option<Self> {
        let mut folders = folder.ancestors();
        folders.find(|folder| is_project(folder)).map(Self::at)
    }

    /// A project at a place that is known to hold one.
    pub(crate) fn at(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            earlier: None,
        }
    }

    /// The same project with its files as they were.
    pub(crate) fn with_files(&self, snapshot: Snapshot) -> Self {
        Self {
            root: self.root.clone(),
            earlier: Some(Arc::new(snapshot)),
        }
    }

    /// Whether its files are not those on disk.
    pub(crate) fn is_earlier(&self) -> bool {
        self.earlier.is_some()
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where everything we write goes.
    pub(crate) fn output(&self) -> PathBuf {
        self.root.join("target").join("flowyard")
    }

    /// The flows and modules. `flows/tests` holds conversations, which are another format.
    /// What imported flows keep in files beside them is read along; what their names stood for is
    /// not: that is the environment's to say.
    pub(crate) fn flow_files(&self) -> anyhow::Result<Files> {
        let except = ["tests", flow_source::BINDINGS_FILE];
        self.read_all(&self.list("flows", true, &except, is_flow_source)?)
    }

    /// The files of `infra/` itself; environments are apart.
    pub(crate) fn infra_files(&self) -> anyhow::Result<Files> {
        self.read_all(&self.list("infra", false, &[], is_yaml)?)
    }

    /// A file that infrastructure files name, by its path from the root.
    pub(crate) fn attachment(&self, path: &str) -> io::Result<Vec<u8>> {
        match &self.earlier {
            Some(snapshot) => {
                let content = snapshot.files.get(path).cloned();
                content.ok_or_else(|| io::ErrorKind::NotFound.into())
            }
            None => fs::read(self.root.join(path)),
        }
    }

    /// The names of all environments, sorted.
    pub(crate) fn environments(&self) -> anyhow::Result<Vec<String>> {
        let paths = self.list(ENVIRONMENTS, false, &[], is_yaml)?;
        let stem = |path: &PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
        Ok(paths.iter().filter_map(stem).collect())
    }

    /// The file of an environment.
    pub(crate) fn environment_file(&self, name: &str) -> anyhow::Result<Files> {
        let path = ["yaml", "yml"]
            .map(|extension| PathBuf::from(format!("{ENVIRONMENTS}/{name}.{extension}")))
            .into_iter()
            .find(|path| self.is_file(path));
        match path {
            Some(path) => self.read_all(&[path]),
            None => Err(self.no_environment(name)),
        }
    }

    /// Severities and allowances of the checks.
    pub(crate) fn config_file(&self) -> anyhow::Result<Files> {
        let path = PathBuf::from(CONFIG_FILE);
        if self.is_file(&path) {
            self.read_all(&[path])
        } else {
            Ok(Files::default())
        }
    }

    /// Files of a folder, sorted, by their paths from the root.
    fn list(
        &self,
        folder: &str,
        deep: bool,
        except: &[&str],
        is_wanted: impl Fn(&Path) -> bool + Copy,
    ) -> anyhow::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        match &self.earlier {
            Some(snapshot) => {
                let files = snapshot.files.keys().map(PathBuf::from);
                let is_listed = |path: &PathBuf| {
                    path.strip_prefix(folder).is_ok_and(|inside| {
                        let excepted = |it: &OsStr| except.iter().any(|name| it == *name);
                        (deep || inside.components().count() == 1)
                            && !inside.iter().any(excepted)
                            && is_wanted(path)
                    })
                };
                paths.extend(files.filter(is_listed));
            }
            None => {
                list(&self.root.join(folder), deep, except, is_wanted, &mut paths)?;
                for path in &mut paths {
                    if let Ok(inside) = path.strip_prefix(&self.root) {
                        *path = inside.to_owned();
                    }
                }
            }
        }
        Ok(paths)
    }

    fn is_file(&self, path: &Path) -> bool {
        match &self.earlier {
            Some(snapshot) => snapshot.files.contains_key(&*path.to_string_lossy()),
            None => self.root.join(path).is_file(),
        }
    }

    fn read_all(&self, paths: &[PathBuf]) -> anyhow::Result<Files> {
        let Some(snapshot) = &self.earlier else {
            let paths: Vec<PathBuf> = paths.iter().map(|path| self.root.join(path)).collect();
            return read_all(&paths, |path| self.shown(path));
        };
        let mut files = Files::default();
        for path in paths {
            let path = path.to_string_lossy();
            let bytes = snapshot
                .files
                .get(&*path)
                .with_context(|| format!("{path} is not in `{}`", snapshot.name))?;
            files.take(format!("{}:{path}", snapshot.name), bytes);
        }
        Ok(files)
    }

    /// Whether a path lies in the project.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let root = fs::canonicalize(&self.root).unwrap_or_else(|_| self.root.clone());
        fs::canonicalize(path).is_ok_and(|path| path.starts_with(root))
    }

    fn no_environment(&self, name: &str) -> anyhow::Error {
        let known = self.environments().unwrap_or_default();
        let help = if known.is_empty() {
            format!("write infra/environments/{name}.yaml")
        } else {
            format!("these exist: {}", known.join(", "))
        };
        Helped::new(format!("there is no environment `{name}`"), help).into()
    }

    /// A path as people see it: from the root of the project, with slashes.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }
}

/// Source files, and those that are none.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) sources: Vec<Arc<SourceFile>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Files {
    fn take(&mut self, shown: String, bytes: &[u8]) {
        match source_from_bytes(shown, bytes) {
            Ok(file) => self.sources.push(file),
            Err(diagnostic) => self.diagnostics.push(*diagnostic),
        }
    }
}

/// The sources of flows in a folder that is no project, but for one file.
pub(crate) fn source_files(folder: &Path, except: Option<&Path>) -> anyhow::Result<Files> {
    let mut paths = Vec::new();
    fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    list(
        folder,
        true,
        &[flow_source::BINDINGS_FILE],
        is_flow_source,
        &mut paths,
    )?;
    let except = except.and_then(|path| fs::canonicalize(path).ok());
    paths.retain(|path| except.is_none() || fs::canonicalize(path).ok() != except);
    read_all(&paths, shown)
}

/// Reads files, shown as they are named.
pub(crate) fn read_files(paths: &[PathBuf]) -> anyhow::Result<Files> {
    read_all(paths, shown)
}

/// The JSON files of a folder, those beside our own sources left out.
pub(crate) fn json_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let is_json = |path: &Path| path.extension().is_some_and(|it| it == "json") && !is_layout(path);
    list(folder, true, &[], is_json, &mut paths)?;
    Ok(paths)
}

fn read_all(paths: &[PathBuf], shown: impl Fn(&Path) -> String) -> anyhow::Result<Files> {
    let mut files = Files::default();
    for path in paths {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        files.take(shown(path), &bytes);
    }
    Ok(files)
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn is_project(folder: &Path) -> bool {
    folder.join("flows").is_dir() && folder.join("infra").is_dir()
}

fn no_project(message: String) -> anyhow::Error {
    Helped::new(
        message,
        "run this inside a project, or name one with --project DIR",
    )
    .into()
}

/// Collects files of a folder, sorted; a folder that does not exist is empty.
fn list(
    folder: &Path,
    deep: bool,
    except: &[&str],
    is_wanted: impl Fn(&Path) -> bool + Copy,
    paths: &mut Vec<PathBuf>,
) -> anyhow::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("cannot list {}", folder.display()))?,
    };
    let mut found = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()
        .with_context(|| format!("cannot list {}", folder.display()))?;
    found.sort();
    for path in found {
        let excepted = except
            .iter()
            .any(|name| path.file_name() == Some(OsStr::new(name)));
        // A linked folder may lead back up; a linked file is one like others.
        if path.is_dir() && path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            if deep && !excepted {
                list(&path, deep, &[], is_wanted, paths)?;
            }
        } else if is_wanted(&path) && !excepted {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn is_layout(path: &Path) -> bool {
    path.to_string_lossy()
        .ends_with(flow_source::LAYOUT_EXTENSION)
}

fn is_flow_source(path: &Path) -> bool {
    is_yaml(path) || is_layout(path)
}
