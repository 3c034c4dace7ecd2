//! The sections `keys`, `buckets` and `dead_letters`: what encrypts, where data is kept, and where
//! messages go that nobody managed to handle.

use super::{Mentioned, Section};
use crate::rules;
use crate::yaml::Node;

/// A key of KMS that we make, unless the environment names one that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySpec {}

/// A bucket that we make, if it is not there: closed to the public, and encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketSpec {
    /// What encrypts it; the key of S3 itself without one.
    pub key: Option<String>,
    /// After how many days objects go.
    pub expire_after_days: Option<i32>,
    /// Pages that may read and write through a browser, as attachments of chats are.
    pub cors: Vec<String>,
}

/// A queue for what could not be delivered or handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLettersSpec {
    /// How many seconds it keeps what it has.
    pub keep_seconds: i64,
    /// What encrypts it; the key of SQS itself without one.
    pub key: Option<String>,
}

/// The longest time that SQS keeps a message: dead letters wait for somebody to look.
const LONGEST_KEEP: i64 = 14 * 86_400;

pub(super) fn key(section: &mut Section<'_>, node: &Node) -> Option<KeySpec> {
    section.reader.fields(node, "a key")?.finish();
    Some(KeySpec {})
}

pub(super) fn bucket(section: &mut Section<'_>, node: &Node) -> Option<BucketSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a bucket")?;
    let key = fields.optional("key");
    let expire = fields.optional("expire_after");
    let cors = fields.optional("cors");
    fields.finish();
    Some(BucketSpec {
        key: key.and_then(|node| section.mention(Mentioned::Key, node)),
        expire_after_days: expire.and_then(|node| whole_days(section, node)),
        cors: cors
            .map(|node| super::instance::read_origins(section, node))
            .unwrap_or_default(),
    })
}

fn whole_days(section: &Section<'_>, node: &Node) -> Option<i32> {
    let reader = section.reader;
    let seconds = reader.seconds(node)?;
    let days = i32::try_from(seconds / 86_400).ok();
    let days = days.filter(|days| *days > 0 && seconds % 86_400 == 0);
    if days.is_none() {
        let headline = "a time that S3 does not take";
        let label = "expected whole days, for example `365d`";
        reader.report(rules::INVALID_VALUE, headline, node.range.clone(), label);
    }
    days
}

pub(super) fn dead_letters(section: &mut Section<'_>, node: &Node) -> Option<DeadLettersSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a queue for dead letters")?;
    let keep = fields.optional("keep");
    let key = fields.optional("key");
    fields.finish();
    let keep = match keep {
        None => Some(LONGEST_KEEP),
        Some(node) => reader.seconds(node).filter(|seconds| {
            let fits = (60..=LONGEST_KEEP).contains(seconds);
            if !fits {
                let headline = "a time that SQS does not keep messages for";
                let range = node.range.clone();
                reader.report(rules::INVALID_VALUE, headline, range, "from `1m` to `14d`");
            }
            fits
        }),
    };
    Some(DeadLettersSpec {
        keep_seconds: keep?,
        key: key.and_then(|node| section.mention(Mentioned::Key, node)),
    })
}
