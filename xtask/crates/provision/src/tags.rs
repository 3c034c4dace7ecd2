//! The tags that say what we own and what we wrote.

use std::collections::BTreeMap;

/// Tags of a resource.
pub(crate) type Tags = BTreeMap<String, String>;

/// Says who manages a resource; its value is [`FLOWYARD`] on ours.
pub(crate) const MANAGED_BY: &str = "managed-by";
pub(crate) const FLOWYARD: &str = "flowyard";
/// The address of the resource in our sources.
pub(crate) const ADDRESS: &str = "flowyard:address";
/// The canonical digest of a flow as it was last written, references unresolved; of a prompt where
/// its recording came from, and of a view its content.
pub(crate) const DIGEST: &str = "flowyard:digest";
/// On a function: the digest of the sources that its code was built from.
pub(crate) const SOURCE: &str = "flowyard:source";
/// On a function: the SHA-256 of the code that we uploaded, in base64 as Lambda reports it.
pub(crate) const CODE: &str = "flowyard:code";
/// In place of a digest as long as only a stub was written.
pub(crate) const STUB: &str = "stub";

/// Whether somebody else, or nobody, owns what carries these tags; the inner text is who.
pub(crate) fn other_owner(tags: &Tags) -> Option<Option<&str>> {
    match tags.get(MANAGED_BY).map(String::as_str) {
        Some(FLOWYARD) => None,
        owner => Some(owner),
    }
}

/// Whether a live resource carries all of the desired tags; others on it are not ours to judge.
pub(crate) fn covers(live: &Tags, desired: &Tags) -> bool {
    desired
        .iter()
        .all(|(key, value)| live.get(key) == Some(value))
}
