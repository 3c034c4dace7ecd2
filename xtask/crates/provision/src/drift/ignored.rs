//! Differences that a team has decided to live with: `infra/drift/<environment>.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Drift, Finding};

/// What is not reported, as long as it stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    pub entries: BTreeMap<String, Ignoring>,
}

/// One difference that is not reported.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignoring {
    /// The state of the live object that was looked at.
    pub state: String,
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    ignored: BTreeMap<String, Ignoring>,
}

impl Ignored {
    /// Reads a file; the text is what is wrong with it.
    pub fn parse(text: &str) -> Result<Ignored, String> {
        let is_comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if text.lines().all(is_comment) {
            return Ok(Ignored::default());
        }
        let file: File = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        Ok(Ignored {
            entries: file.ignored,
        })
    }

    /// The text of the file. Texts are JSON, which YAML reads as it is.
    pub fn text(&self, environment: &str) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut out = format!(
            "# What is not as we deployed it to {environment} and is not reported by `drift`, as long as it \
             stays\n# as it is. Written by `cargo xtask drift --env {environment} --ignore ADDRESS --reason TEXT`.\n"
        );
        if self.entries.is_empty() {
            out.push_str("ignored: {}\n");
            return out;
        }
        out.push_str("ignored:\n");
        for (address, entry) in &self.entries {
            out.push_str(&format!(
                "  {}:\n    state: {}\n    reason: {}\n",
                quoted(address),
                quoted(&entry.state),
                quoted(&entry.reason)
            ));
        }
        out
    }

    /// Why a finding is not reported, if it is not.
    pub fn reason(&self, finding: &Finding) -> Option<&str> {
        let entry = self.entries.get(&finding.address)?;
        (entry.state == finding.state).then_some(entry.reason.as_str())
    }

    /// Entries that nothing found is about any more: it is as we deployed it again, or it is not
    /// there.
    pub fn stale(&self, drift: &Drift) -> Vec<&str> {
        let is_found = |address: &str| drift.findings.iter().any(|it| it.address == address);
        let addresses = self.entries.keys().map(String::as_str);
        addresses.filter(|it| !is_found(it)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut ignored = Ignored::default();
        assert_eq!(Ignored::parse(&ignored.text("prod")), Ok(ignored.clone()));
        for (address, reason) in [
            ("flow.main", "trial until Friday: \"new\" text"),
            ("flow/A title: with # marks", "somebody's\nown"),
            ("module/null", "é"),
        ] {
            let entry = Ignoring {
                state: "00".repeat(32),
                reason: reason.to_owned(),
            };
            ignored.entries.insert(address.to_owned(), entry);
        }
        assert_eq!(Ignored::parse(&ignored.text("prod")), Ok(ignored));
    }

    #[test]
    fn a_file_with_something_else_is_an_error() {
        assert!(Ignored::parse("ignored: [a]").is_err());
        assert!(Ignored::parse("ignorred: {}").is_err());
        assert!(Ignored::parse("# nothing\n").is_ok());
    }
}
