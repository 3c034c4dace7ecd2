//! What was sent, as text in parts that fit into items of DynamoDB, and back.

use std::collections::BTreeMap;

use flow::bind::Bindings;
use flow::canonical::hex_digest;
use flow::value::{Ref, RefKind};
use serde_json::{Value as Json, json};

use super::Sent;

/// An item takes 400 KB with its keys and the names of its attributes.
const PART: usize = 350_000;
/// Connect takes 256,000 characters of content, so that even with every reference spelled out a
/// flow stays far below.
const MAX_PARTS: usize = 16;

/// A text in parts, and the digest it is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) digest: String,
    pub(super) parts: Vec<String>,
}

/// Cuts what was sent into parts; the number of bytes is returned if there would be too many.
pub(super) fn parts(sent: &Sent) -> Result<Parts, usize> {
    let bindings: BTreeMap<String, Json> = sent
        .bindings
        .iter()
        .map(|(reference, target)| {
            let target = json!({ "arn": target.arn, "title": target.display_name });
            (reference.to_string(), target)
        })
        .collect();
    let text = json!({ "content": sent.content, "bindings": bindings }).to_string();
    let parts = cut(&text, PART);
    if parts.len() > MAX_PARTS {
        return Err(text.len());
    }
    Ok(Parts {
        digest: hex_digest(&text),
        parts,
    })
}

/// Pieces of at most so many bytes, cut between characters.
fn cut(text: &str, most: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > most {
        let mut end = most;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (part, more) = rest.split_at(end);
        parts.push(part.to_owned());
        rest = more;
    }
    parts.push(rest.to_owned());
    parts
}

/// Puts parts together; the text is what is wrong with them.
pub(super) fn joined(digest: &str, parts: &[String]) -> Result<Sent, String> {
    let text = parts.concat();
    if hex_digest(&text) != digest {
        return Err("does not have the digest it is kept under".to_owned());
    }
    let broken = || "is not what we write".to_owned();
    let kept: Json = serde_json::from_str(&text).map_err(|_| broken())?;
    let content = kept["content"].as_str().ok_or_else(broken)?;
    let mut bindings = Bindings::default();
    for (reference, target) in kept["bindings"].as_object().ok_or_else(broken)? {
        let (kind, name) = reference.split_once(':').ok_or_else(broken)?;
        let kind = RefKind::parse(kind).ok_or_else(broken)?;
        let arn = target["arn"].as_str().ok_or_else(broken)?;
        let title = target["title"].as_str().map(str::to_owned);
        bindings.insert(Ref::new(kind, name), arn, title);
    }
    Ok(Sent {
        content: content.to_owned(),
        bindings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(content: String) -> Sent {
        let mut bindings = Bindings::default();
        let reference = Ref::new(RefKind::Queue, "support: the best");
        bindings.insert(reference, "arn:aws:connect:q", Some("Support".to_owned()));
        bindings.insert(Ref::new(RefKind::Lambda, "join"), "arn:aws:lambda:j", None);
        Sent { content, bindings }
    }

    #[test]
    fn what_was_cut_is_put_together_again() {
        let characters = ["a", "é", "漢", "\u{1f600}", "\"", "\n"];
        let long: String = (0..256_000).map(|n| characters[n % 6]).collect();
        for content in [String::new(), "{}".to_owned(), long] {
            let sent = sent(content);
            let Parts { digest, parts } = parts(&sent).expect("it is no larger than a flow");
            assert!(parts.iter().all(|part| part.len() <= PART));
            assert_eq!(joined(&digest, &parts), Ok(sent));
        }
    }

    #[test]
    fn a_part_that_is_missing_is_noticed() {
        let Parts { digest, parts } = parts(&sent("x".repeat(800_000))).expect("three parts");
        assert_eq!(parts.len(), 3);
        assert!(joined(&digest, &parts[..2]).is_err());
    }

    #[test]
    fn what_no_flow_can_be_is_refused() {
        assert!(parts(&sent("x".repeat(6_000_000))).is_err());
    }
}
