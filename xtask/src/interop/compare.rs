//! Two readbacks side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{BOTO3, MOTO};

/// What of both is the same, and what is not.
pub(crate) struct Report {
    /// How many resources of a service were compared.
    pub(crate) compared: BTreeMap<String, usize>,
    pub(crate) differences: Vec<Difference>,
}

/// A place at which the two answer otherwise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// `lambda.acme-local-bot-join.configuration.State`.
    pub(crate) path: String,
    pub(crate) moto: Value,
    pub(crate) ours: Value,
    /// Why it does not matter, if it does not.
    pub(crate) known: Option<&'static str>,
}

/// What moto does otherwise than the service, by parts of the path.
const KNOWN: [(&[&str], &str); 4] = [
    (
        &["ledger.", ".by"],
        "each server has a caller of its own, whatever the credentials",
    ),
    (
        &["kms.", ".usage"],
        "moto does not say what a key is for unless it was told, KMS does",
    ),
    (
        &["lambda.", ".DestinationConfig.OnSuccess"],
        "Lambda answers with an empty destination where there is none, moto with nothing",
    ),
    (
        &["s3.", ".tags."],
        "moto does not take the tags that CreateBucket carries, S3 does",
    ),
];

/// What is not compared, and why.
const LEFT_OUT: [(&str, &str); 3] = [
    (
        "Amazon Connect and its Participant Service",
        "moto keeps instances, and knows neither flows nor queues nor chats",
    ),
    (
        "running functions and delivering messages to them",
        "moto runs functions in containers, which not every machine has",
    ),
    (
        "whether a caller is allowed what it does",
        "moto admits everybody unless it is told otherwise",
    ),
];

/// Compares what was read back of both.
pub(crate) fn compare(moto: &Value, ours: &Value) -> Report {
    let mut differences = Vec::new();
    differ("", moto, ours, &mut differences);
    let services = moto.as_object().into_iter().flatten();
    let compared = services.filter_map(|(service, resources)| {
        let count = match resources {
            Value::Object(map) => map.len(),
            Value::Array(items) => items.len(),
            _ => return None,
        };
        Some((service.clone(), count))
    });
    Report {
        compared: compared.collect(),
        differences,
    }
}

fn differ(path: &str, moto: &Value, ours: &Value, found: &mut Vec<Difference>) {
    let below = |key: &str| match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    };
    match (moto, ours) {
        (Value::Object(theirs), Value::Object(own)) => {
            let keys: BTreeSet<&String> = theirs.keys().chain(own.keys()).collect();
            for key in keys {
                let of = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or(Value::Null)
                };
                differ(&below(key), &of(theirs), &of(own), found);
            }
        }
        (Value::Array(theirs), Value::Array(own)) if theirs.len() == own.len() => {
            for (n, (theirs, own)) in theirs.iter().zip(own).enumerate() {
                differ(&below(&n.to_string()), theirs, own, found);
            }
        }
        _ if moto == ours => {}
        _ => found.push(Difference {
            known: known(path),
            path: path.to_owned(),
            moto: moto.clone(),
            ours: ours.clone(),
        }),
    }
}

fn known(path: &str) -> Option<&'static str> {
    let found = KNOWN
        .iter()
        .find(|(parts, _)| parts.iter().all(|part| path.contains(part)));
    found.map(|(_, why)| *why)
}

impl Report {
    /// Whether they are the same in what matters.
    pub(crate) fn agrees(&self) -> bool {
        self.differences.iter().all(|it| it.known.is_some())
    }

    pub(crate) fn human(&self) -> String {
        let mut text = format!("moto {MOTO} and our emulator, read back by boto3 {BOTO3}\n");
        for (service, count) in &self.compared {
            let prefix = format!("{service}.");
            let differences = self.differences.iter();
            let open = differences.filter(|it| it.path.starts_with(&prefix) && it.known.is_none());
            let verdict = match open.count() {
                0 => "the same".to_owned(),
                1 => "1 difference".to_owned(),
                n => format!("{n} differences"),
            };
            text.push_str(&format!("  {service:<9} {count:>3}  {verdict}\n"));
        }
        for difference in self.differences.iter().filter(|it| it.known.is_none()) {
            let Difference {
                path, moto, ours, ..
            } = difference;
            text.push_str(&format!("~ {path}\n    moto: {moto}\n    ours: {ours}\n"));
        }
        for (_, why) in KNOWN {
            let places = self.differences.iter().filter(|it| it.known == Some(why));
            let paths: Vec<&str> = places.map(|it| it.path.as_str()).collect();
            if !paths.is_empty() {
                let paths = paths.join(", ");
                text.push_str(&format!("differs and does not matter: {paths}: {why}\n"));
            }
        }
        for (what, why) in LEFT_OUT {
            text.push_str(&format!("not compared: {what}: {why}\n"));
        }
        text.trim_end().to_owned()
    }

    pub(crate) fn json(&self) -> Value {
        let differences = self.differences.iter().map(
            |it| json!({ "path": it.path, "moto": it.moto, "ours": it.ours, "known": it.known }),
        );
        json!({
            "format": 1,
            "moto": MOTO,
            "boto3": BOTO3,
            "compared": self.compared,
            "differences": differences.collect::<Vec<_>>(),
            "not_compared": LEFT_OUT.map(|(what, why)| json!({ "what": what, "why": why })),
            "agrees": self.agrees(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_that_differs_is_found_and_nothing_else() {
        let moto = json!({ "iam": { "a": { "x": [1, 2], "same": true } }, "sns": { "t": 1 } });
        let ours = json!({ "iam": { "a": { "x": [1, 3], "same": true } }, "sns": {} });
        let report = compare(&moto, &ours);
        let paths: Vec<&str> = report
            .differences
            .iter()
            .map(|it| it.path.as_str())
            .collect();
        assert_eq!(paths, ["iam.a.x.1", "sns.t"]);
        assert!(!report.agrees());
        assert!(compare(&moto, &moto).agrees());
        let by = |arn: &str| json!({ "ledger": [{ "pk": "release", "by": arn }] });
        let report = compare(
            &by("arn:aws:sts::1:user/moto"),
            &by("arn:aws:iam::1:user/ours"),
        );
        assert_eq!((report.differences.len(), report.agrees()), (1, true));
    }
}
