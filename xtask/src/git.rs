//! Files of a project at a revision, through the `git` binary. Reads only: nothing is checked out,
//! no lock is taken, and what is asked for comes in one process each for its names and its bytes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use anyhow::{Context, anyhow, bail};
use flow_source::suggest;

use crate::exit::Helped;

/// So much of an id names a commit for people, in every clone alike.
const SHOWN: usize = 10;

/// With these set, as they are in a hook, git would look at another repository than the one the
/// folder lies in.
const OF_ANOTHER_REPOSITORY: [&str; 5] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
];

/// The repository that a folder lies in.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    folder: PathBuf,
}

/// A commit, and what it was asked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) id: String,
    /// By which git finds it: `HEAD~1`, `origin/main`, or the first digits of its id.
    pub(crate) name: String,
    /// What people call it: the same, or how it was found.
    pub(crate) label: String,
}

impl Repository {
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The commit that a revision names.
    pub(crate) fn resolve(&self, revision: &str) -> anyhow::Result<Commit> {
        if revision.is_empty() || revision.starts_with('-') {
            let help = "name a commit, a branch or a tag";
            return Err(Helped::new(format!("`{revision}` is no revision"), help).into());
        }
        let output = self.run(&["rev-parse", "--verify", &format!("{revision}^{{commit}}")])?;
        if output.status.success() {
            return Ok(Commit {
                id: text(&output.stdout),
                name: revision.to_owned(),
                label: revision.to_owned(),
            });
        }
        Err(self.unresolved(revision, &output))
    }

    /// The commit in which the history of a revision and that of HEAD parted, as forges compare.
    pub(crate) fn fork_point(&self, revision: &Commit) -> anyhow::Result<Commit> {
        let output = self.run(&["merge-base", &revision.id, "HEAD"])?;
        if output.status.success() {
            let id = text(&output.stdout);
            if id == revision.id {
                return Ok(revision.clone());
            }
            let short = id.get(..SHOWN).unwrap_or(&id).to_owned();
            return Ok(Commit {
                label: format!("{short}, where HEAD left {}", revision.name),
                name: short,
                id,
            });
        }
        let message = format!("`{}` and HEAD have no commit in common", revision.name);
        Err(match self.is_shallow() {
            true => Helped::new(message + " in this clone, which is shallow", DEEPEN),
            false => Helped::new(message, "name a revision that this branch comes from"),
        }
        .into())
    }

    /// How many commits a revision has that HEAD has not.
    pub(crate) fn ahead_of_head(&self, revision: &Commit) -> anyhow::Result<usize> {
        let range = format!("HEAD..{}", revision.id);
        let output = self.run(&["rev-list", "--count", &range])?;
        text(&output.stdout)
            .parse()
            .map_err(|_| failed("rev-list", &output))
    }

    /// Whether some files of the folder are not as in the last commit.
    pub(crate) fn has_changes(&self, paths: &[&str]) -> anyhow::Result<bool> {
        let mut arguments = vec!["status", "--porcelain", "--"];
        arguments.extend(paths);
        let output = self.run(&arguments)?;
        match output.status.success() {
            true => Ok(!output.stdout.is_empty()),
            false => Err(failed("status", &output)),
        }
    }

    /// The files below some paths that are wanted, by their paths from the folder. Links are
    /// followed as far as they stay in the revision; other repositories inside are left out.
    pub(crate) fn read(
        &self,
        commit: &Commit,
        below: &[&str],
        is_wanted: impl Fn(&str) -> bool,
    ) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
        let mut entries = self.list(commit, below)?;
        for entry in &entries {
            if entry.is_link && below.contains(&entry.path.as_str()) {
                let message = format!("{} is a link at `{}`", entry.path, commit.name);
                let help = "only files may be links in a revision that is compared with";
                return Err(Helped::new(message, help).into());
            }
        }
        entries.retain(|entry| is_wanted(&entry.path));
        if entries.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.contents(commit, &entries)
    }

    fn list(&self, commit: &Commit, below: &[&str]) -> anyhow::Result<Vec<Entry>> {
        let arguments = ["ls-tree", "-r", "-z", &commit.id, "--"];
        let output = self.run(&[&arguments[..], below].concat())?;
        if !output.status.success() {
            return Err(failed("ls-tree", &output));
        }
        let lines = output.stdout.split(|byte| *byte == 0);
        lines
            .filter(|line| !line.is_empty())
            .map(entry)
            .filter_map(Result::transpose)
            .collect()
    }

    fn contents(
        &self,
        commit: &Commit,
        entries: &[Entry],
    ) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
        let mut requests = String::new();
        for entry in entries {
            let request = match entry.is_link {
                true if entry.path.contains('\n') => bail!("cannot follow the link {}", entry.path),
                true => format!("{}:./{}\n", commit.id, entry.path),
                false => format!("{}\n", entry.id),
            };
            requests.push_str(&request);
        }
        let output = self.converse(&["cat-file", "--batch", "--follow-symlinks"], requests)?;
        let mut answers = Answers {
            rest: &output.stdout,
        };
        let mut files = BTreeMap::new();
        for entry in entries {
            let answer = answers
                .next()
                .ok_or_else(|| failed("cat-file", &output))
                .with_context(|| format!("cannot read {} at `{}`", entry.path, commit.name))?;
            match answer {
                Answer::Blob(bytes) => drop(files.insert(entry.path.clone(), bytes.to_vec())),
                // A link to a folder, which is not followed on disk either.
                Answer::Other => {}
                Answer::Nothing(why) => {
                    let message = format!("cannot read {} at `{}`: {why}", entry.path, commit.name);
                    let help = "compare with another revision";
                    return Err(Helped::new(message, help).into());
                }
            }
        }
        Ok(files)
    }

    fn is_shallow(&self) -> bool {
        let output = self.run(&["rev-parse", "--is-shallow-repository"]);
        output.is_ok_and(|output| text(&output.stdout) == "true")
    }

    /// Why a revision names no commit, and what to name instead.
    fn unresolved(&self, revision: &str, output: &Output) -> anyhow::Error {
        let said = text(&output.stderr);
        if said.contains("not a git repository") {
            let message = format!("{} is in no git repository", self.folder.display());
            let help = "run `git init` and commit the project, or compare two files with \
                        `cargo xtask diff --files OLD NEW`";
            return Helped::new(message, help).into();
        }
        if said.contains("dubious ownership") {
            let help = format!(
                "if you trust it: git config --global --add safe.directory {}",
                self.folder.display()
            );
            let message = "git refuses to read the repository, which belongs to another user";
            return Helped::new(message, help).into();
        }
        if said.contains("ambiguous") {
            let help = "give more digits of the commit";
            return Helped::new(format!("`{revision}` names several objects"), help).into();
        }
        let names = self.names();
        let has_commits = self
            .run(&["rev-parse", "--verify", "--quiet", "HEAD"])
            .is_ok_and(|output| output.status.success());
        if !has_commits {
            let help = "commit the flows once; from then on `diff` shows what changed since";
            return Helped::new("the repository has no commit yet", help).into();
        }
        let message = format!("there is no revision `{revision}`");
        if self.is_shallow() {
            let message = format!("{message} in this clone, which is shallow");
            return Helped::new(message, DEEPEN).into();
        }
        let ancestor = revision.find(['~', '^', '@']);
        let help = match near(revision, &names) {
            _ if ancestor.is_some_and(|at| names.iter().any(|it| *it == revision[..at])) => {
                "its history does not go back so far".to_owned()
            }
            Some(near) => format!("a revision with a similar name exists: `{near}`"),
            None if revision.contains('/') => {
                "fetch it first: `git fetch`, or name a commit, a branch or a tag".to_owned()
            }
            None => "name a commit, a branch or a tag".to_owned(),
        };
        Helped::new(message, help).into()
    }

    /// The branches and tags there are.
    fn names(&self) -> Vec<String> {
        let arguments = [
            "for-each-ref",
            "--format=%(refname:short)",
            "refs/heads",
            "refs/remotes",
            "refs/tags",
        ];
        let output = self.run(&arguments);
        output.map_or_else(
            |_| Vec::new(),
            |output| text(&output.stdout).lines().map(str::to_owned).collect(),
        )
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(cannot_run)
    }

    /// Runs git with text to read. Both ends of the pipes are served at once, since either fills up.
    fn converse(&self, arguments: &[&str], input: String) -> anyhow::Result<Output> {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(cannot_run)?;
        let mut stdin = child.stdin.take().context("git takes no input")?;
        // When git ends early, its answers tell why.
        let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().map_err(cannot_run);
        writer.join().expect("writing to a pipe does not panic");
        output
    }

    fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.folder).args(arguments);
        for name in OF_ANOTHER_REPOSITORY {
            command.env_remove(name);
        }
        // What git says is looked at; nobody is there to answer if it asks.
        command
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0");
        command
    }
}

const DEEPEN: &str = "fetch the history: `git fetch --unshallow origin` (`git fetch --depth=1 origin \
     REVISION` for one commit); in a pipeline, `fetch-depth: 0` of actions/checkout or \
     `GIT_DEPTH: 0` on GitLab";

/// A file in a revision.
struct Entry {
    path: String,
    id: String,
    is_link: bool,
}

/// Reads `<mode> <type> <id>\t<path>`; nothing comes back for another repository.
fn entry(line: &[u8]) -> anyhow::Result<Option<Entry>> {
    let line = String::from_utf8_lossy(line);
    let parts = line.split_once('\t').and_then(|(head, path)| {
        let mut words = head.split(' ');
        Some((words.next()?, words.next()?, words.next()?, path))
    });
    let (mode, kind, id, path) = parts.ok_or_else(|| anyhow!("git lists `{line}`"))?;
    Ok((kind == "blob").then(|| Entry {
        path: path.to_owned(),
        id: id.to_owned(),
        is_link: mode == "120000",
    }))
}

/// What `cat-file --batch` has to say of one request.
enum Answer<'a> {
    Blob(&'a [u8]),
    Other,
    Nothing(&'static str),
}

struct Answers<'a> {
    rest: &'a [u8],
}

impl<'a> Answers<'a> {
    fn next(&mut self) -> Option<Answer<'a>> {
        let line = String::from_utf8_lossy(self.line()?).into_owned();
        let words: Vec<&str> = line.split(' ').collect();
        Some(match words.as_slice() {
            [_, "blob", size] => Answer::Blob(self.content(size)?),
            [_, _, size] if size.parse::<usize>().is_ok() => {
                self.content(size)?;
                Answer::Other
            }
            [what @ ("symlink" | "dangling" | "loop" | "notdir"), size] => {
                self.content(size)?;
                Answer::Nothing(match *what {
                    "symlink" => "it is a link that leads out of the repository",
                    "loop" => "it is a link that leads to itself",
                    _ => "it is a link that leads nowhere",
                })
            }
            _ => Answer::Nothing("git does not have its content"),
        })
    }

    fn line(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let line = self.rest.get(..end)?;
        self.rest = self.rest.get(end + 1..)?;
        Some(line)
    }

    /// So many bytes, and the line end behind them.
    fn content(&mut self, size: &str) -> Option<&'a [u8]> {
        let size: usize = size.parse().ok()?;
        let content = self.rest.get(..size)?;
        self.rest = self.rest.get(size.checked_add(1)?..)?;
        Some(content)
    }
}

/// A name that may have been meant: one spelt nearly so, or the same on a remote.
fn near<'a>(revision: &str, names: &'a [String]) -> Option<&'a str> {
    let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
    let same = names.iter().find(|name| last(name) == last(revision));
    let nearest = suggest::nearest(revision, names.iter().map(String::as_str));
    nearest.or(same.map(String::as_str))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn failed(what: &str, output: &Output) -> anyhow::Error {
    anyhow!("`git {what}` failed: {}", text(&output.stderr))
}

fn cannot_run(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::NotFound {
        let help = "install git, or compare two files with `cargo xtask diff --files OLD NEW`";
        return Helped::new("`git` is not installed, or not on the PATH", help).into();
    }
    anyhow::Error::new(error).context("cannot run `git`")
}
