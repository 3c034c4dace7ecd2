//! The objects of a flow: keys with values, in the order in which they were written.
//!
//! A flow has thousands of them, and nearly all have a handful of keys. Those are a plain list,
//! which takes little room and is looked through quicker than a key is hashed; the few large ones
//! have a table.

use std::fmt;

use indexmap::IndexMap;

use crate::value::Value;

/// An object of [`Value`]s in the order in which it was written. Equal to another with the same
/// values under the same keys, whatever the order.
#[derive(Clone)]
pub struct Map(Entries);

/// So many keys are looked at one by one.
const FEW: usize = 8;

#[derive(Clone)]
enum Entries {
    /// At most [`FEW`].
    Few(Vec<(String, Value)>),
    Many(Box<IndexMap<String, Value>>),
}

use Entries::{Few, Many};

impl Map {
    pub const fn new() -> Self {
        Self(Few(Vec::new()))
    }

    /// An empty object with room for some keys.
    pub fn with_capacity(n: usize) -> Self {
        if n <= FEW {
            Self(Few(Vec::with_capacity(n)))
        } else {
            Self(Many(Box::new(IndexMap::with_capacity(n))))
        }
    }

    pub fn len(&self) -> usize {
        match &self.0 {
            Few(entries) => entries.len(),
            Many(entries) => entries.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.0 {
            Few(entries) => entries.iter().find(|(it, _)| it == key).map(|it| &it.1),
            Many(entries) => entries.get(key),
        }
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        match &mut self.0 {
            Few(entries) => {
                let found = entries.iter_mut().find(|(it, _)| it == key);
                found.map(|it| &mut it.1)
            }
            Many(entries) => entries.get_mut(key),
        }
    }

    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets a key. One that is there keeps its place, and its value so far is given back.
    pub fn insert(&mut self, key: String, value: Value) -> Option<Value> {
        if let Few(entries) = &mut self.0 {
            if let Some((_, old)) = entries.iter_mut().find(|(it, _)| *it == key) {
                return Some(std::mem::replace(old, value));
            }
            if entries.len() < FEW {
                push(entries, key, value);
                return None;
            }
        }
        self.as_many().insert(key, value)
    }

    /// The value of a key, which is made and put last if the key is not there.
    pub fn get_or_insert_with(&mut self, key: String, make: impl FnOnce() -> Value) -> &mut Value {
        if !self.contains_key(&key) {
            self.insert(key.clone(), make());
        }
        self.get_mut(&key).expect("put there above")
    }

    /// Takes a key out; those after it move up.
    pub fn shift_remove(&mut self, key: &str) -> Option<Value> {
        match &mut self.0 {
            Few(entries) => {
                let at = entries.iter().position(|(it, _)| it == key)?;
                Some(entries.remove(at).1)
            }
            Many(entries) => entries.shift_remove(key),
        }
    }

    pub fn clear(&mut self) {
        *self = Self::new();
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&String, &mut Value) -> bool) {
        match &mut self.0 {
            Few(entries) => entries.retain_mut(|(key, value)| keep(key, value)),
            Many(entries) => entries.retain(keep),
        }
    }

    /// Turns the order around.
    pub fn reverse(&mut self) {
        match &mut self.0 {
            Few(entries) => entries.reverse(),
            Many(entries) => entries.reverse(),
        }
    }

    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Few(entries) => Iter(Each::Few(entries.iter())),
            Many(entries) => Iter(Each::Many(entries.iter())),
        }
    }

    pub fn iter_mut(&mut self) -> IterMut<'_> {
        match &mut self.0 {
            Few(entries) => IterMut(Each::Few(entries.iter_mut())),
            Many(entries) => IterMut(Each::Many(entries.iter_mut())),
        }
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &String> + ExactSizeIterator + Clone {
        self.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator + Clone {
        self.iter().map(|(_, value)| value)
    }

    pub fn values_mut(
        &mut self,
    ) -> impl DoubleEndedIterator<Item = &mut Value> + ExactSizeIterator {
        self.iter_mut().map(|(_, value)| value)
    }

    /// The entries as a table, which they become if they are none yet.
    fn as_many(&mut self) -> &mut IndexMap<String, Value> {
        if let Few(entries) = &mut self.0 {
            let entries = std::mem::take(entries);
            self.0 = Many(Box::new(entries.into_iter().collect()));
        }
        match &mut self.0 {
            Many(entries) => entries,
            Few(_) => unreachable!("the lines above made a table of it"),
        }
    }
}

/// Adds an entry. Room is doubled from one on: most objects stay at one or two keys.
fn push(entries: &mut Vec<(String, Value)>, key: String, value: Value) {
    if entries.len() == entries.capacity() {
        entries.reserve_exact(entries.len().max(1));
    }
    entries.push((key, value));
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        let is_there = |(key, value): (&String, &Value)| other.get(key) == Some(value);
        self.len() == other.len() && self.iter().all(is_there)
    }
}

impl Extend<(String, Value)> for Map {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Self::with_capacity(entries.size_hint().0);
        map.extend(entries);
        map
    }
}

impl<const N: usize> From<[(String, Value); N]> for Map {
    fn from(entries: [(String, Value); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl std::ops::Index<&str> for Map {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        self.get(key)
            .expect("only keys that are there are asked for so")
    }
}

impl std::ops::IndexMut<&str> for Map {
    fn index_mut(&mut self, key: &str) -> &mut Value {
        self.get_mut(key)
            .expect("only keys that are there are asked for so")
    }
}

/// The two ways to go through an object.
#[derive(Clone)]
enum Each<F, M> {
    Few(F),
    Many(M),
}

/// The keys of an object with their values.
#[derive(Clone)]
pub struct Iter<'a>(
    Each<std::slice::Iter<'a, (String, Value)>, indexmap::map::Iter<'a, String, Value>>,
);

/// The same, for changing the values.
pub struct IterMut<'a>(
    Each<std::slice::IterMut<'a, (String, Value)>, indexmap::map::IterMut<'a, String, Value>>,
);

/// The same, taken out of the object.
pub struct IntoIter(
    Each<std::vec::IntoIter<(String, Value)>, indexmap::map::IntoIter<String, Value>>,
);

/// Makes an iterator of a kind of going through: `$few` says what an entry of a list gives.
macro_rules! iterator {
    ($name:ident $(<$life:lifetime>)?, $item:ty, $few:expr) => {
        impl $(<$life>)? Iterator for $name $(<$life>)? {
            type Item = $item;

            fn next(&mut self) -> Option<$item> {
                match &mut self.0 {
                    Each::Few(entries) => entries.next().map($few),
                    Each::Many(entries) => entries.next(),
                }
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                match &self.0 {
                    Each::Few(entries) => entries.size_hint(),
                    Each::Many(entries) => entries.size_hint(),
                }
            }
        }

        impl $(<$life>)? DoubleEndedIterator for $name $(<$life>)? {
            fn next_back(&mut self) -> Option<$item> {
                match &mut self.0 {
                    Each::Few(entries) => entries.next_back().map($few),
                    Each::Many(entries) => entries.next_back(),
                }
            }
        }

        impl $(<$life>)? ExactSizeIterator for $name $(<$life>)? {}
    };
}

iterator!(Iter<'a>, (&'a String, &'a Value), |(key, value)| (
    key, value
));
iterator!(IterMut<'a>, (&'a String, &'a mut Value), |(key, value)| (
    &*key, value
));
iterator!(IntoIter, (String, Value), |entry| entry);

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a String, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut Map {
    type Item = (&'a String, &'a mut Value);
    type IntoIter = IterMut<'a>;

    fn into_iter(self) -> IterMut<'a> {
        self.iter_mut()
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        match self.0 {
            Few(entries) => IntoIter(Each::Few(entries.into_iter())),
            Many(entries) => IntoIter(Each::Many(entries.into_iter())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(keys: &[&str]) -> Map {
        let entry = |(n, key): (usize, &&str)| ((*key).to_owned(), Value::text(n.to_string()));
        keys.iter().enumerate().map(entry).collect()
    }

    const KEYS: [&str; 12] = ["l", "k", "j", "i", "h", "g", "f", "e", "d", "c", "b", "a"];

    #[test]
    fn keys_are_found_and_keep_their_order_however_many_there_are() {
        for n in 0..KEYS.len() {
            let keys = &KEYS[..n];
            let mut map = map(keys);
            assert!(map.keys().eq(keys), "{map:?}");
            assert!(
                keys.iter()
                    .enumerate()
                    .all(|(n, key)| map[*key] == Value::text(n.to_string()))
            );
            assert_eq!((map.len(), map.get("m")), (n, None));
            assert_eq!(map.insert("l".to_owned(), Value::Null).is_some(), n > 0);
            assert_eq!(map.keys().next().map(String::as_str), Some("l"));
            assert!(
                map.iter()
                    .rev()
                    .eq(map.clone().iter().collect::<Vec<_>>().into_iter().rev())
            );
        }
    }

    #[test]
    fn maps_are_equal_in_any_order_and_beside_what_was_large_once() {
        let mut reversed = KEYS;
        reversed.reverse();
        let values =
            |map: Map| -> Map { map.into_iter().map(|(key, _)| (key, Value::Null)).collect() };
        assert_eq!(values(map(&KEYS)), values(map(&reversed)));
        let mut shrunk = map(&KEYS);
        shrunk.retain(|key, _| key.as_str() > "j");
        assert_eq!(shrunk, map(&KEYS[..2]));
        assert_eq!(shrunk.shift_remove("l"), Some(Value::text("0")));
        assert_ne!(shrunk, map(&KEYS[..2]));
        assert_ne!(shrunk, map(&KEYS[..1]));
        *shrunk.get_or_insert_with("k".to_owned(), || Value::Null) = Value::text("again");
        shrunk.get_or_insert_with("new".to_owned(), || Value::Null);
        let shown: Vec<_> = shrunk
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect();
        assert_eq!(shown, [("k", Value::text("again")), ("new", Value::Null)]);
    }
}
