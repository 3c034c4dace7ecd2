//! Where a part of a JSON text is written. Nothing is built: the text is walked to the part that is
//! asked for, each time anew, since only findings ask.

use std::ops::Range;

/// A step into a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// A value in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// With its quotes; none for the items of lists and for the whole.
    pub(crate) key: Option<Range<usize>>,
    pub(crate) value: Range<usize>,
}

impl Found {
    /// A stretch to point at: a scalar as it is, the key of what goes over many lines.
    pub(crate) fn mark(&self, text: &str) -> Range<usize> {
        let is_scalar = !text[self.value.clone()].starts_with(['{', '[']);
        match &self.key {
            Some(key) if !is_scalar => key.clone(),
            None if !is_scalar => self.value.start..self.value.start + 1,
            _ => self.value.clone(),
        }
    }
}

/// The value at a path. The text is JSON; of what is not, nothing is found.
pub(crate) fn locate(text: &str, path: &[Step<'_>]) -> Option<Found> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.blank();
    scanner.find(path)
}

/// Where the items of the list at a path begin.
pub(crate) fn items(text: &str, path: &[Step<'_>]) -> Vec<usize> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.blank();
    let starts = scanner.enter(path).and_then(|_| scanner.items());
    starts.unwrap_or_default()
}

/// The value at a path below one that begins at a place in the text.
pub(crate) fn locate_from(text: &str, start: usize, path: &[Step<'_>]) -> Option<Found> {
    Scanner { text, at: start }.find(path)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn find(&mut self, path: &[Step<'_>]) -> Option<Found> {
        let key = self.enter(path)?;
        let start = self.at;
        self.skip_value()?;
        Some(Found {
            key,
            value: start..self.at,
        })
    }

    /// Goes to where the value at a path begins, and gives its key.
    fn enter(&mut self, path: &[Step<'_>]) -> Option<Option<Range<usize>>> {
        let mut key = None;
        for step in path {
            key = match step {
                Step::Key(wanted) => Some(self.enter_object(wanted)?),
                Step::Item(wanted) => {
                    self.enter_list(*wanted)?;
                    None
                }
            };
        }
        Some(key)
    }

    fn items(&mut self) -> Option<Vec<usize>> {
        let mut starts = Vec::new();
        self.take(b'[')?;
        loop {
            self.blank();
            if self.take(b']').is_some() {
                return Some(starts);
            }
            starts.push(self.at);
            self.skip_value()?;
            self.blank();
            let _ = self.take(b',');
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// Goes to the value of a key, the last should it be there twice: that is the one that counts.
    fn enter_object(&mut self, wanted: &str) -> Option<Range<usize>> {
        let mut last = None;
        self.take(b'{')?;
        loop {
            self.blank();
            if self.peek()? == b'}' {
                break;
            }
            let start = self.at;
            self.skip_string()?;
            let key = start..self.at;
            self.blank();
            self.take(b':')?;
            self.blank();
            if is_key(&self.text[key.clone()], wanted) {
                last = Some((key, self.at));
            }
            self.skip_value()?;
            self.blank();
            if self.take(b',').is_none() {
                break;
            }
        }
        let (key, value) = last?;
        self.at = value;
        Some(key)
    }

    fn enter_list(&mut self, wanted: usize) -> Option<()> {
        self.take(b'[')?;
        self.blank();
        for _ in 0..wanted {
            self.skip_value()?;
            self.blank();
            self.take(b',')?;
            self.blank();
        }
        (self.peek()? != b']').then_some(())
    }

    /// Goes behind a value of whatever kind.
    fn skip_value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.skip_string(),
            b'{' | b'[' => self.skip_nested(),
            b'}' | b']' | b',' | b':' => None,
            _ => {
                self.skip_word();
                Some(())
            }
        }
    }

    /// Goes behind an object or a list; brackets are counted, as only JSON comes here.
    fn skip_nested(&mut self) -> Option<()> {
        let is_mark = |it: &u8| matches!(it, b'"' | b'{' | b'[' | b'}' | b']');
        let mut depth = 0_usize;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let skipped = rest.iter().position(is_mark)?;
            self.at += skipped;
            match rest[skipped] {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let end = rest.iter().position(|it| matches!(it, b'"' | b'\\'))?;
            self.at += end + 1;
            if rest[end] == b'"' {
                return Some(());
            }
            self.at += 1;
        }
    }

    /// A number, `true`, `false` or `null`.
    fn skip_word(&mut self) {
        while self
            .peek()
            .is_some_and(|it| !b",:]}{[\" \t\n\r".contains(&it))
        {
            self.at += 1;
        }
    }
}

/// Whether a string as it is written, with quotes and escapes, is a text.
fn is_key(written: &str, wanted: &str) -> bool {
    if !written.contains('\\') {
        return written.trim_matches('"') == wanted;
    }
    serde_json::from_str::<String>(written).is_ok_and(|it| it == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#" { "a": [1, {"b\u0063": "x\"}"}, [] ], "d": {"e": null}, "é": "\\" , "d": {"e": -1.5e3} } "#;

    fn found(path: &[Step<'_>]) -> Option<&'static str> {
        locate(TEXT, path).map(|found| &TEXT[found.value])
    }

    #[test]
    fn values_are_found_by_keys_and_numbers() {
        use Step::{Item, Key};
        assert_eq!(found(&[Key("a"), Item(0)]), Some("1"));
        assert_eq!(found(&[Key("a"), Item(1), Key("bc")]), Some(r#""x\"}""#));
        assert_eq!(found(&[Key("a"), Item(2)]), Some("[]"));
        assert_eq!(found(&[Key("é")]), Some(r#""\\""#));
        assert_eq!(found(&[Key("a"), Item(3)]), None);
        assert_eq!(found(&[Key("b")]), None);
        assert_eq!(found(&[Item(0)]), None);
        assert_eq!(found(&[Key("a"), Item(2), Item(0)]), None);
        assert_eq!(found(&[]), Some(TEXT.trim()));
    }

    #[test]
    fn the_items_of_a_list_are_found_at_once() {
        use Step::Key;
        let starts = items(TEXT, &[Key("a")]);
        let below = |n: usize, path: &[Step<'_>]| {
            locate_from(TEXT, starts[n], path).map(|found| &TEXT[found.value])
        };
        assert_eq!(starts.len(), 3);
        assert_eq!(below(0, &[]), Some("1"));
        assert_eq!(below(1, &[Key("bc")]), Some(r#""x\"}""#));
        assert_eq!(below(2, &[]), Some("[]"));
        assert_eq!(items(TEXT, &[Key("d")]), Vec::<usize>::new());
        assert_eq!(items("[1, 2", &[]), Vec::<usize>::new());
    }

    #[test]
    fn of_a_key_that_is_there_twice_the_last_counts() {
        let found = locate(TEXT, &[Step::Key("d"), Step::Key("e")]).expect("it is there");
        assert_eq!(&TEXT[found.value], "-1.5e3");
        assert_eq!(found.key.map(|key| &TEXT[key]), Some("\"e\""));
    }

    #[test]
    fn no_text_makes_it_panic() {
        for text in [
            "", "{", "[", "\"", "{\"a\"", "{\"a\":", "\"\\", "]", "{\"a\":}", "[,",
        ] {
            let _ = locate(text, &[Step::Key("a"), Step::Item(1)]);
            let _ = locate(text, &[Step::Item(1)]);
            let _ = locate(text, &[]);
        }
    }
}
