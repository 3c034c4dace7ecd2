//! What a Lambda is built from, as a digest: planning compares that and builds nothing.
//!
//! In it are the files of its package and of the packages of the workspace it depends on, which
//! versions Cargo.lock gives the rest, with which features they are asked for, the profiles of the
//! workspace, Cargo's own configuration, the toolchain that the project names, and for what is built.
//! Not in it are files that a package takes from outside its folder, and what the machine brings: a
//! compiler that nobody pinned, linkers, variables of the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cargo::Recipe;
use super::lock::Lock;
use super::target::{self, Architecture};
use crate::exit::Helped;

/// What a Lambda is built from and for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) name: String,
    /// Hex. The same on every machine.
    pub(crate) digest: String,
    pub(crate) architecture: Architecture,
}

/// The sources of the named Lambdas, in the order of the names.
pub(crate) fn sources(
    root: &Path,
    names: &[String],
    recipe: &Recipe,
) -> anyhow::Result<Vec<Source>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let architecture = target::architecture(recipe.target.as_deref())?;
    let workspace = Workspace::read(root)?;
    let sources = names.iter().map(|name| {
        Ok(Source {
            name: name.clone(),
            digest: workspace.digest(name, recipe, architecture)?,
            architecture,
        })
    });
    sources.collect()
}

/// What cargo says about a workspace, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Member>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Member {
    name: String,
    version: String,
    edition: String,
    manifest_path: PathBuf,
    features: BTreeMap<String, Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
    /// `dev`, `build` or nothing.
    kind: Option<String>,
    rename: Option<String>,
    optional: bool,
    uses_default_features: bool,
    features: Vec<String>,
    target: Option<String>,
    path: Option<PathBuf>,
}

impl Dependency {
    fn is_for_building(&self) -> bool {
        self.kind.as_deref() != Some("dev")
    }

    /// Without the path, which is another on every machine.
    fn shown(&self) -> Value {
        json!([
            self.name,
            self.req,
            self.kind,
            self.rename,
            self.optional,
            self.uses_default_features,
            self.features,
            self.target,
        ])
    }
}

struct Workspace {
    root: PathBuf,
    members: Vec<Member>,
    lock: Lock,
    /// What holds for all packages, by file.
    common: BTreeMap<String, Vec<u8>>,
}

impl Workspace {
    fn read(root: &Path) -> anyhow::Result<Self> {
        let metadata = metadata(root)?;
        let root = metadata.workspace_root;
        let lock = match read_if_there(&root.join("Cargo.lock"))? {
            Some(text) => Lock::parse(&String::from_utf8_lossy(&text)),
            None => Lock::default(),
        };
        let mut common = BTreeMap::new();
        let configuration = [
            ".cargo/config.toml",
            ".cargo/config",
            "rust-toolchain.toml",
            "rust-toolchain",
        ];
        for name in configuration {
            if let Some(content) = read_if_there(&root.join(name))? {
                common.insert(name.to_owned(), content);
            }
        }
        if let Some(manifest) = read_if_there(&root.join("Cargo.toml"))? {
            let manifest = String::from_utf8_lossy(&manifest);
            common.insert(
                "profiles".to_owned(),
                how_all_is_built(&manifest).into_bytes(),
            );
        }
        Ok(Self {
            root,
            members: metadata.packages,
            lock,
            common,
        })
    }

    fn digest(
        &self,
        name: &str,
        recipe: &Recipe,
        architecture: Architecture,
    ) -> anyhow::Result<String> {
        let needed = self.needed(name)?;
        let mut digest = Sha256::new();
        let mut put = |name: &str, content: &[u8]| {
            for part in [name.as_bytes(), content] {
                digest.update((part.len() as u64).to_be_bytes());
                digest.update(part);
            }
        };
        let target = recipe.target.clone();
        let target = target.unwrap_or_else(|| architecture.to_string());
        let profile = if recipe.release { "release" } else { "dev" };
        put("recipe", json!([target, profile]).to_string().as_bytes());
        for (name, content) in &self.common {
            put(name, content);
        }
        let mut from_registries = BTreeSet::new();
        for member in &needed.members {
            let dependencies = member.dependencies.iter();
            let dependencies: Vec<&Dependency> =
                dependencies.filter(|it| it.is_for_building()).collect();
            from_registries.extend(dependencies.iter().map(|it| it.name.as_str()));
            let shown: Vec<Value> = dependencies.iter().map(|it| it.shown()).collect();
            let package = json!([member.version, member.edition, member.features, shown]);
            put(&member.name, package.to_string().as_bytes());
        }
        for package in self.lock.closure(from_registries) {
            put("locked", package.as_bytes());
        }
        for folder in &needed.folders {
            for path in files(folder)? {
                let content =
                    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                put(&self.shown(&path), &content);
            }
        }
        let digest = digest.finalize();
        Ok(super::hex(&digest))
    }

    /// The package and those it depends on by their paths, and the folders of all of them.
    fn needed(&self, name: &str) -> anyhow::Result<Needed<'_>> {
        let Some(first) = self.members.iter().find(|it| it.name == name) else {
            return Err(Helped::new(
                format!("the workspace has no package `{name}`"),
                "a Lambda in infra/ is a package of the same name in the workspace",
            )
            .into());
        };
        let mut members: BTreeMap<&str, &Member> = BTreeMap::new();
        let mut folders = BTreeSet::new();
        let mut to_visit = vec![first];
        while let Some(member) = to_visit.pop() {
            if members.insert(&member.name, member).is_some() {
                continue;
            }
            folders.insert(folder(&member.manifest_path));
            let dependencies = member.dependencies.iter().filter(|it| it.is_for_building());
            for path in dependencies.filter_map(|it| it.path.as_deref()) {
                match self
                    .members
                    .iter()
                    .find(|it| folder(&it.manifest_path) == path)
                {
                    Some(member) => to_visit.push(member),
                    // A package outside the workspace: its files are known, not what it needs.
                    None => {
                        folders.insert(path.to_owned());
                    }
                }
            }
        }
        Ok(Needed {
            members: members.into_values().collect(),
            folders,
        })
    }

    /// A path as it is on every machine.
    fn shown(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).ok();
        let inside = inside.or_else(|| path.file_name().map(Path::new));
        let parts = inside.unwrap_or(path).iter();
        let parts: Vec<_> = parts.map(|it| it.to_string_lossy()).collect();
        parts.join("/")
    }
}

struct Needed<'a> {
    members: Vec<&'a Member>,
    folders: BTreeSet<PathBuf>,
}

fn folder(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or(manifest).to_owned()
}

fn metadata(root: &Path) -> anyhow::Result<Metadata> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(&cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .with_context(|| format!("cannot run {}", cargo.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("cargo cannot read the workspace: {}", said.trim());
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata cannot be read")
}

fn read_if_there(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The files of a package in order. Neither what is built nor what is hidden belongs to it, nor a
/// package inside it.
fn files(package: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![package.to_owned()];
    while let Some(folder) = folders.pop() {
        let cannot = || format!("cannot list {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let path = entry.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || name == "target" {
                continue;
            }
            // A folder behind a link may lead round in a circle.
            let is_folder = entry.file_type().with_context(cannot)?.is_dir();
            if path.is_file() {
                found.push(path);
            } else if is_folder && !path.join("Cargo.toml").is_file() {
                folders.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The parts of a workspace's manifest that say how packages are built: profiles, and what stands in
/// for packages of registries.
fn how_all_is_built(manifest: &str) -> String {
    let mut kept = String::new();
    let mut keeps = true;
    for line in manifest.lines() {
        let line = line.trim();
        if let Some(name) = table_name(line) {
            let first = name.split('.').next().unwrap_or_default().trim();
            keeps = matches!(first, "profile" | "patch" | "replace");
        }
        // Keys before the first table may be such tables too: `profile.release.lto = true`.
        if keeps && !line.is_empty() && !line.starts_with('#') {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The name of the table that a line opens.
fn table_name(line: &str) -> Option<&str> {
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let name = line.strip_prefix('[')?.strip_suffix(']')?;
    let name = name
        .strip_prefix('[')
        .map_or(name, |it| it.trim_end_matches(']'));
    // An array inside a value starts with a bracket as well, and holds more than names.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.\"'*@:/ ".contains(c);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace]\nmembers = [\"a\", \"b\", \"tool\"]\nresolver = \"3\"\n";
    const LOCK: &str = "version = 4\n";

    /// A workspace in which `a` depends on `b`, and `tool` on nothing.
    fn workspace(change: impl Fn(&Path)) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // As cargo names it.
        let root = folder.path().canonicalize().expect("it exists");
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        write("Cargo.toml", MANIFEST);
        write("Cargo.lock", LOCK);
        let package = |name: &str, rest: &str| {
            let head = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n");
            write(&format!("{name}/Cargo.toml"), &format!("{head}{rest}"));
            write(&format!("{name}/src/main.rs"), "fn main() {}\n");
        };
        package("a", "[dependencies]\nb = { path = \"../b\" }\n");
        package("b", "");
        write("b/src/lib.rs", "pub fn b() {}\n");
        package("tool", "");
        change(&root);
        let recipe = Recipe {
            release: true,
            target: Some("aarch64-unknown-linux-musl".to_owned()),
        };
        let found = sources(&root, &["a".to_owned()], &recipe).expect("a workspace");
        assert_eq!(found[0].architecture, Architecture::Arm64);
        found[0].digest.clone()
    }

    fn append(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        let content = fs::read_to_string(&path).unwrap_or_default();
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
        fs::write(path, content + text).expect("a file");
    }

    #[test]
    fn the_same_sources_have_the_same_digest_wherever_they_are() {
        assert_eq!(workspace(|_| ()), workspace(|_| ()));
    }

    #[test]
    fn whatever_goes_into_a_lambda_changes_its_digest() {
        let unchanged = workspace(|_| ());
        for (path, text) in [
            ("a/src/main.rs", "// more\n"),
            ("a/src/words.txt", "Hello"),
            ("a/Cargo.toml", "[features]\nx = []\n"),
            ("b/src/lib.rs", "// more\n"),
            ("Cargo.toml", "[profile.release]\nlto = true\n"),
            (".cargo/config.toml", "[build]\nrustflags = []\n"),
            ("rust-toolchain.toml", "[toolchain]\n"),
        ] {
            let changed = workspace(|root| append(root, path, text));
            assert_ne!(changed, unchanged, "{path}");
        }
    }

    #[test]
    fn what_does_not_go_into_it_does_not() {
        let unchanged = workspace(|_| ());
        for (path, text) in [
            ("tool/src/main.rs", "// more\n"),
            ("a/target/debug/a", "built"),
            ("a/.hidden", "x"),
            ("README.md", "# A"),
            (
                "Cargo.toml",
                "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n",
            ),
        ] {
            let changed = workspace(|root| append(root, path, text));
            assert_eq!(changed, unchanged, "{path}");
        }
    }

    #[test]
    fn a_lambda_without_a_package_says_so() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let missing = sources(root, &["nobody".to_owned()], &Recipe::default());
        let error = missing.expect_err("there is no such package").to_string();
        assert_eq!(error, "the workspace has no package `nobody`");
    }

    #[test]
    fn of_a_manifest_only_what_says_how_to_build_is_kept() {
        let manifest = "profile.dev.debug = 1\n[workspace]\nmembers = [\n  [\"x\"]\n]\n\
                        [profile.dev.package.\"*\"] # all\ndebug = false\n[dependencies]\na = 1\n\
                        [[bin]]\nname = \"x\"\n[patch.'https://example.org/x']\ny = 2\n";
        assert_eq!(
            how_all_is_built(manifest),
            "profile.dev.debug = 1\n[profile.dev.package.\"*\"] # all\ndebug = false\n\
             [patch.'https://example.org/x']\ny = 2\n"
        );
    }
}
