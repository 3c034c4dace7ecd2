//! Releases for people and for programs.

use provision::ledger::{Before, Record, Release, Replaced, Status, Written};
use serde_json::{Value, json};

use crate::printer::{ADDED, CHANGED, FAINT, HEADING, REMOVED};

/// Raised when a key is added.
const FORMAT: u64 = 1;

/// All releases, the latest first.
pub(crate) fn list(environment: &str, releases: &[Release]) -> String {
    if releases.is_empty() {
        return format!("nothing was deployed to {environment} with a record");
    }
    let lines = releases.iter().rev().map(|release| {
        let commit = release.commit.as_deref().map_or("-", short);
        format!(
            "{HEADING}{:>5}{HEADING:#}  {}  {:<8}  {:<34}  {commit:<10}  {FAINT}{}{FAINT:#}",
            release.number,
            release.at.strftime("%Y-%m-%d %H:%M UTC"),
            release.status.as_str(),
            what(release),
            release.by,
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How much a release changed.
fn what(release: &Release) -> String {
    let counts = [
        (release.created, "created"),
        (release.updated, "updated"),
        (release.deleted, "deleted"),
    ];
    let counts = counts
        .iter()
        .filter_map(|(count, word)| Some(format!("{} {word}", count.filter(|it| *it > 0)?)));
    let mut parts: Vec<String> = counts.collect();
    if let Some(to) = release.rollback_to {
        parts.insert(0, format!("back to {to}:"));
    }
    match (parts.is_empty(), release.status) {
        (false, _) => parts.join(", ").replace(":,", ":"),
        (true, Status::Started) => "did not come to its end".to_owned(),
        (true, Status::Stopped | Status::Complete) => "only recorded".to_owned(),
    }
}

/// The start of a commit, with the mark of what was not committed.
fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// One release with all that it wrote.
pub(crate) fn one(release: &Release, records: &[Record]) -> String {
    let mut text = format!(
        "{HEADING}release {} to {}, {}{HEADING:#}\n{} by {}\n",
        release.number,
        release.environment,
        release.status.as_str(),
        release.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        release.by,
    );
    if let Some(commit) = &release.commit {
        text.push_str(&format!("commit {commit}\n"));
    }
    text.push_str(&format!("{}\n", what(release)));
    for record in records {
        let (mark, style) = match record.replaced.as_ref().map(|it| &it.what) {
            _ if record.deleted => ('-', REMOVED),
            Some(Before::Nothing) => ('+', ADDED),
            Some(Before::Same) => ('=', FAINT),
            Some(Before::Document { .. } | Before::Function { .. }) | None => ('~', CHANGED),
        };
        text.push_str(&format!(
            "{style}{mark} {}{style:#}{}  {}\n",
            record.addr,
            version(&record.what),
            before(record),
        ));
    }
    text.trim_end().to_owned()
}

fn version(what: &Written) -> String {
    match what {
        Written::Function { version } => version
            .as_deref()
            .map_or_else(String::new, |it| format!(" version {it}")),
        Written::Document { .. } => String::new(),
    }
}

/// What a record took the place of, in words.
fn before(record: &Record) -> String {
    if record.deleted {
        return "deleted".to_owned();
    }
    let Some(Replaced { release, what }) = &record.replaced else {
        return "(what it replaced is not recorded)".to_owned();
    };
    let of = |release: &Option<u64>| match release {
        Some(release) => format!("of release {release}"),
        None => "that nobody had recorded".to_owned(),
    };
    match what {
        Before::Nothing => "created".to_owned(),
        Before::Same => "was so already, recorded".to_owned(),
        Before::Document { digest, .. } if *digest == record.digest => {
            "same content, other settings".to_owned()
        }
        Before::Document {
            is_recorded: true, ..
        } => format!("replaced that {}", of(release)),
        Before::Document {
            is_recorded: false, ..
        } => "replaced what somebody else had published, which is kept".to_owned(),
        Before::Function { version: Some(it) } => format!("replaced version {it}"),
        Before::Function { version: None } => "had no alias".to_owned(),
    }
}

pub(crate) fn list_json(environment: &str, releases: &[Release]) -> Value {
    let releases: Vec<Value> = releases.iter().map(summary).collect();
    json!({ "format": FORMAT, "environment": environment, "releases": releases })
}

pub(crate) fn one_json(release: &Release, records: &[Record]) -> Value {
    let records: Vec<Value> = records.iter().map(record).collect();
    json!({ "format": FORMAT, "release": summary(release), "records": records })
}

fn summary(release: &Release) -> Value {
    json!({
        "release": release.number,
        "environment": release.environment,
        "at": release.at.to_string(),
        "by": release.by,
        "commit": release.commit,
        "status": release.status.as_str(),
        "rollback_to": release.rollback_to,
        "created": release.created,
        "updated": release.updated,
        "deleted": release.deleted,
        "written": release.written,
        "digest": release.digest,
    })
}

fn record(record: &Record) -> Value {
    let (title, version) = match &record.what {
        Written::Document { title, .. } => (Some(title), None),
        Written::Function { version } => (None, version.as_ref()),
    };
    json!({
        "address": record.addr.to_string(),
        "title": title,
        "version": version,
        "deleted": record.deleted,
        "digest": record.digest,
        "portable": record.portable,
        "replaced": record.replaced.as_ref().map(replaced),
    })
}

fn replaced(replaced: &Replaced) -> Value {
    let release = replaced.release;
    match &replaced.what {
        Before::Nothing => json!({ "release": release, "what": "nothing" }),
        Before::Same => json!({ "release": release, "what": "same" }),
        Before::Document {
            digest,
            is_recorded,
            ..
        } => json!({
            "release": release,
            "what": "document",
            "digest": digest,
            "is_recorded": is_recorded,
        }),
        Before::Function { version } => {
            json!({ "release": release, "what": "function", "version": version })
        }
    }
}
