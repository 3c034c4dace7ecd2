//! The identifiers of one document, to find actions by them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::model::{ActionId, Flow};

/// Whether a text has the form in which Connect gives ids. The console gives blocks such identifiers;
/// any other is a name that somebody chose.
pub fn is_uuid(id: &str) -> bool {
    let groups: Vec<&str> = id.split('-').collect();
    groups.iter().map(|it| it.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Where the action with each identifier stands in the document; the first, should it have two.
pub struct Numbers<'a> {
    of: HashMap<&'a ActionId, usize, Quick>,
}

impl<'a> Numbers<'a> {
    pub fn new(flow: &'a Flow) -> Self {
        let mut of = HashMap::with_capacity_and_hasher(flow.actions.len(), Quick::default());
        for (n, action) in flow.actions.iter().enumerate() {
            of.entry(&action.id).or_insert(n);
        }
        Self { of }
    }

    /// The place of the action in `flow.actions`.
    pub fn get(&self, id: &ActionId) -> Option<usize> {
        self.of.get(id).copied()
    }

    /// How many identifiers there are: fewer than actions if some have the same.
    #[expect(
        clippy::len_without_is_empty,
        reason = "whether there is one is no question"
    )]
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether the document has an action with the identifier.
    pub fn has(&self, id: &ActionId) -> bool {
        self.of.contains_key(id)
    }
}

/// A quick hash, for the identifiers of one document and for the words of the language. There are
/// few, so that nothing is gained by withstanding made-up collisions.
pub type Quick = BuildHasherDefault<QuickHasher>;

#[derive(Default)]
pub struct QuickHasher(u64);

impl QuickHasher {
    fn mix(&mut self, word: u64) {
        let mixed = self.0.rotate_left(5) ^ word;
        self.0 = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let bytes = rest.iter();
            self.mix(bytes.fold(0, |word, byte| (word << 8) | u64::from(*byte)));
        }
    }

    /// The end of a text.
    fn write_u8(&mut self, byte: u8) {
        self.0 ^= u64::from(byte);
    }

    fn finish(&self) -> u64 {
        // The table takes its bits from both ends; the multiplication leaves the low ones poor.
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;

    #[test]
    fn an_action_is_found_by_its_identifier_and_of_two_the_first() {
        let mut flow = Flow::new("a");
        let ids = ["a", "", "a", "12345678", "123456789", "abcdefgh12345678"];
        for id in ids {
            flow.actions.push(Action::new(id, "Wait"));
        }
        let numbers = Numbers::new(&flow);
        let found: Vec<_> = ids.iter().map(|id| numbers.get(&(*id).into())).collect();
        let expected = [0, 1, 0, 3, 4, 5].map(Some);
        assert_eq!(found, expected);
        assert!(!numbers.has(&"b".into()));
    }
}
