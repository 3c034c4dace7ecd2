//! JSON text as a value, fractions to the last digit.
//!
//! serde_json reads a fraction such as `1185.6000000000001` one unit off, unless a feature is on
//! that every crate above it would be compiled for. Half of all exports have such positions, and a
//! document is written back as it was read, so fractions are read again here.

use serde_json::{Number, Value as Json};

/// Reads a JSON text.
pub fn from_str(text: &str) -> Result<Json, serde_json::Error> {
    let json = serde_json::from_str(text)?;
    Ok(if has_fraction(&json) {
        Reader { text, at: 0 }.value()
    } else {
        json
    })
}

/// The number that a text is, if it is one.
pub fn number(text: &str) -> Option<Number> {
    match from_str(text).ok()? {
        Json::Number(number) => Some(number),
        _ => None,
    }
}

fn has_fraction(json: &Json) -> bool {
    match json {
        Json::Number(number) => number.is_f64(),
        Json::Array(items) => items.iter().any(has_fraction),
        Json::Object(map) => map.values().any(has_fraction),
        _ => false,
    }
}

/// Reads a text that is known to be JSON and not too deep. What is there is taken for granted.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Json {
        match self.peek() {
            b'{' => {
                let mut map = serde_json::Map::new();
                self.items(b'}', |reader| {
                    let key = reader.token();
                    reader.skip(b':');
                    let value = reader.value();
                    if let Json::String(key) = key {
                        map.insert(key, value);
                    }
                });
                Json::Object(map)
            }
            b'[' => {
                let mut items = Vec::new();
                self.items(b']', |reader| items.push(reader.value()));
                Json::Array(items)
            }
            _ => self.token(),
        }
    }

    /// What stands between brackets, one after the other.
    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self)) {
        self.at += 1;
        while self.peek() != end && self.at < self.text.len() {
            item(self);
            self.skip(b',');
        }
        self.at += 1;
    }

    /// A string, a number or a word.
    fn token(&mut self) -> Json {
        let is_string = self.peek() == b'"';
        let rest = &self.text[self.at..];
        let length = if is_string {
            string_length(rest)
        } else {
            let is_end = |c: char| matches!(c, ',' | ']' | '}') || c.is_ascii_whitespace();
            rest.find(is_end).unwrap_or(rest.len())
        };
        let token = &rest[..length];
        self.at += length;
        let is_fraction = !is_string && token.contains(['.', 'e', 'E']);
        let fraction = token.parse().ok().filter(|_| is_fraction);
        match fraction.and_then(Number::from_f64) {
            Some(number) => Json::Number(number),
            None => serde_json::from_str(token).unwrap_or_default(),
        }
    }

    fn peek(&mut self) -> u8 {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_ascii_start().len();
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip(&mut self, sign: u8) {
        if self.peek() == sign {
            self.at += 1;
        }
    }
}

/// The length of the string that a text begins with, quotes included.
fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fractions_keep_their_last_digit() {
        let text =
            r#" { "x\"}": [1185.6000000000001, 2, -0.1e-3 , {}, []], "y": "1.5", "x": null } "#;
        let json = from_str(text).expect("it is JSON");
        assert_eq!(
            json.to_string(),
            r#"{"x\"}":[1185.6000000000001,2,-0.0001,{},[]],"y":"1.5","x":null}"#
        );
        assert_eq!(
            number("0.1").map(|it| it.to_string()).as_deref(),
            Some("0.1")
        );
        assert!(number("x").is_none());
        assert!(from_str("[1.5,").is_err());
    }

    fn json() -> impl Strategy<Value = Json> {
        let scalar = prop_oneof![
            any::<f64>().prop_map(|it| Number::from_f64(it).map_or(Json::Null, Json::Number)),
            any::<i64>().prop_map(Json::from),
            any::<String>().prop_map(Json::from),
            any::<bool>().prop_map(Json::from),
        ];
        scalar.prop_recursive(4, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_again(json in json()) {
            prop_assert_eq!(from_str(&json.to_string()).expect("it is JSON"), json.clone());
            let pretty = serde_json::to_string_pretty(&json).expect("it can be written");
            prop_assert_eq!(from_str(&pretty).expect("it is JSON"), json);
        }
    }
}
