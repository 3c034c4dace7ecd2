//! What of an instance is not as we deployed it, for people, for forges and for programs.

use provision::drift::{DeployedBy, Finding, Kind, Unrecorded};
use review::view::TextOptions;
use review::{Comparison, view};
use serde_json::{Value, json};

use crate::printer::{ADDED, CHANGED, FAINT, HEADING, REMOVED};

/// A report about one environment.
pub(crate) struct Report {
    pub(crate) environment: String,
    /// Whether there is a ledger to compare with.
    pub(crate) has_ledger: bool,
    pub(crate) findings: Vec<Reported>,
    pub(crate) unrecorded: Vec<Unrecorded>,
    pub(crate) unchanged: usize,
    /// Addresses that are ignored for nothing.
    pub(crate) stale: Vec<String>,
}

/// Something that was found.
pub(crate) struct Reported {
    pub(crate) finding: Finding,
    /// Both versions side by side, where there are two.
    pub(crate) comparison: Option<Comparison>,
    /// Why it does not count, if it does not.
    pub(crate) ignored: Option<String>,
}

impl Report {
    /// What counts.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Reported> {
        self.findings.iter().filter(|it| it.ignored.is_none())
    }

    fn summary(&self) -> String {
        let open = self.open().count();
        let ignored = self.findings.len() - open;
        let mut text = match open {
            0 => "nothing differs from what is recorded".to_owned(),
            1 => "1 difference".to_owned(),
            n => format!("{n} differences"),
        };
        text.push_str(&format!(", {} as deployed", self.unchanged));
        for (n, word) in [
            (ignored, "ignored"),
            (self.unrecorded.len(), "without a record"),
        ] {
            if n > 0 {
                text.push_str(&format!(", {n} {word}"));
            }
        }
        text
    }
}

/// For people; marks at the start of a line say the same as the colours.
pub(crate) fn human(report: &Report, options: &TextOptions) -> String {
    let mut out = String::new();
    for reported in &report.findings {
        let finding = &reported.finding;
        let (mark, style) = match finding.kind {
            Kind::Deleted => ('-', REMOVED),
            Kind::Unmanaged | Kind::LeftBehind => ('+', ADDED),
            _ => ('~', CHANGED),
        };
        let head = format!("{mark} {}  {}", finding.address, what(&finding.kind));
        match &reported.ignored {
            Some(reason) => {
                out.push_str(&format!("{FAINT}{head}; ignored: {reason}{FAINT:#}\n"));
                continue;
            }
            None => out.push_str(&format!("{style}{head}{style:#}\n")),
        }
        if let Some(by) = &finding.deployed {
            out.push_str(&format!("    {}\n", deployed(by)));
        }
        if let Some(comparison) = reported
            .comparison
            .as_ref()
            .filter(|it| !it.flows.is_empty())
        {
            for line in view::text(comparison, &[], options).lines() {
                out.push_str(format!("    {line}").trim_end());
                out.push('\n');
            }
        }
        out.push_str(&format!("    {}\n", finding.kind.revert()));
    }
    for unrecorded in &report.unrecorded {
        let address = &unrecorded.address;
        out.push_str(&format!("? {address}  {}\n", of_tag(unrecorded)));
    }
    out.push_str(&format!("{HEADING}{}{HEADING:#}\n", report.summary()));
    out
}

fn what(kind: &Kind) -> String {
    let value = |it: &Option<String>| it.clone().unwrap_or_else(|| "nothing".to_owned());
    match kind {
        Kind::Renamed { old, new } => format!("{}: {old} -> {new}", kind.title()),
        Kind::Described { old, new } => {
            format!("{}: {} -> {}", kind.title(), value(old), value(new))
        }
        _ => kind.title().to_owned(),
    }
}

fn deployed(by: &DeployedBy) -> String {
    let commit = by.commit.as_deref().map(|it| it.get(..10).unwrap_or(it));
    let commit = commit.map_or_else(String::new, |it| format!(" from {it}"));
    format!(
        "release {}, {} by {}{commit}",
        by.release,
        by.at.strftime("%Y-%m-%d %H:%M UTC"),
        by.by
    )
}

fn of_tag(unrecorded: &Unrecorded) -> &'static str {
    match unrecorded.is_as_tagged {
        true => "no record of a deployment; its content is what its tag says we wrote",
        false => "no record of a deployment, and its content is not what its tag says we wrote",
    }
}

/// For a forge: a table, and a section for each flow with two versions.
pub(crate) fn markdown(report: &Report) -> String {
    let cell = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('|', "\\|");
        let text = text.replace('<', "&lt;").replace(['\n', '\r'], " ");
        text.replace('`', "\\`")
    };
    let mut out = format!(
        "## Drift in {}\n\n{}\n",
        report.environment,
        report.summary()
    );
    if !report.findings.is_empty() || !report.unrecorded.is_empty() {
        out.push_str("\n| what | how | next |\n| --- | --- | --- |\n");
    }
    for reported in &report.findings {
        let finding = &reported.finding;
        let next = match &reported.ignored {
            Some(reason) => format!("ignored: {reason}"),
            None => finding.kind.revert().to_owned(),
        };
        out.push_str(&format!(
            "| {} | {} | {} |\n",
            cell(&finding.address),
            cell(&what(&finding.kind)),
            cell(&next)
        ));
    }
    for unrecorded in &report.unrecorded {
        let address = cell(&unrecorded.address);
        out.push_str(&format!("| {address} | {} | |\n", of_tag(unrecorded)));
    }
    let with_both = report.open().filter_map(|it| it.comparison.as_ref());
    for comparison in with_both.filter(|it| !it.flows.is_empty()) {
        out.push('\n');
        out.push_str(&view::markdown(comparison, &[]));
    }
    out
}

/// For programs.
pub(crate) fn json(report: &Report) -> Value {
    let findings = report.findings.iter().map(|reported| {
        let finding = &reported.finding;
        let (old, new) = match &finding.kind {
            Kind::Renamed { old, new } => (json!(old), json!(new)),
            Kind::Described { old, new } => (json!(old), json!(new)),
            _ => (Value::Null, Value::Null),
        };
        let deployed = finding.deployed.as_ref().map(|by| {
            json!({
                "release": by.release,
                "at": by.at.to_string(),
                "by": by.by,
                "commit": by.commit,
            })
        });
        json!({
            "address": finding.address,
            "title": finding.title,
            "kind": finding.kind.as_str(),
            "old": old,
            "new": new,
            "state": finding.state,
            "ignored": reported.ignored,
            "deployed": deployed,
            "revert": finding.kind.revert(),
            "comparison": reported.comparison.as_ref().map(view::json),
        })
    });
    let unrecorded = report.unrecorded.iter();
    let unrecorded =
        unrecorded.map(|it| json!({ "address": it.address, "is_as_tagged": it.is_as_tagged }));
    json!({
        "environment": report.environment,
        "ledger": report.has_ledger,
        "findings": findings.collect::<Vec<_>>(),
        "unrecorded": unrecorded.collect::<Vec<_>>(),
        "unchanged": report.unchanged,
        "stale_ignores": report.stale,
    })
}
