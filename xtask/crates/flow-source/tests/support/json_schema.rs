//! A validator of JSON Schemas, as much of it as ours use: for tests in several crates.
//!
//! Keywords that it does not know fail the test, so that nothing is skipped in silence.

use serde_json::{Map, Value as Json};

/// What is wrong with a value, each fault with the place; nothing if the schema accepts it.
pub(crate) fn faults(schema: &Json, value: &Json) -> Vec<String> {
    let mut validator = Validator {
        root: schema,
        faults: Vec::new(),
    };
    validator.check(schema, value, "");
    validator.faults
}

struct Validator<'s> {
    root: &'s Json,
    faults: Vec<String>,
}

impl<'s> Validator<'s> {
    fn fault(&mut self, at: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{at}/: {what}"));
    }

    fn accepts(&self, schema: &'s Json, value: &Json) -> bool {
        let mut apart = Validator {
            root: self.root,
            faults: Vec::new(),
        };
        apart.check(schema, value, "");
        apart.faults.is_empty()
    }

    fn check(&mut self, schema: &'s Json, value: &Json, at: &str) {
        match schema {
            Json::Bool(true) => {}
            Json::Bool(false) => self.fault(at, "nothing is accepted here"),
            Json::Object(keywords) => {
                for (keyword, argument) in keywords {
                    self.keyword(keywords, keyword, argument, value, at);
                }
            }
            _ => panic!("no schema: {schema}"),
        }
    }

    fn keyword(
        &mut self,
        schema: &'s Map<String, Json>,
        keyword: &str,
        argument: &'s Json,
        value: &Json,
        at: &str,
    ) {
        match keyword {
            "$schema" | "title" | "description" | "$defs" | "then" | "else" => {}
            "$ref" => self.check(self.target(argument), value, at),
            "type" => {
                let types = one_or_more(argument);
                if !types.iter().any(|it| is_of_type(value, text(it))) {
                    self.fault(at, format!("not of type {argument}: {value}"));
                }
            }
            "enum" => {
                if !list(argument).contains(value) {
                    self.fault(at, format!("not one of {argument}: {value}"));
                }
            }
            "const" => {
                if argument != value {
                    self.fault(at, format!("not {argument}: {value}"));
                }
            }
            "anyOf" => {
                if !list(argument).iter().any(|it| self.accepts(it, value)) {
                    self.fault(at, format!("none of the ways: {value}"));
                }
            }
            "oneOf" => {
                let ways = list(argument).iter();
                let n_ways = ways.filter(|it| self.accepts(it, value)).count();
                if n_ways != 1 {
                    self.fault(at, format!("{n_ways} of the ways in place of one: {value}"));
                }
            }
            "not" => {
                if self.accepts(argument, value) {
                    self.fault(at, format!("not wanted: {value}"));
                }
            }
            "allOf" => {
                for part in list(argument) {
                    self.check(part, value, at);
                }
            }
            "if" => {
                let way = if self.accepts(argument, value) {
                    "then"
                } else {
                    "else"
                };
                if let Some(schema) = schema.get(way) {
                    self.check(schema, value, at);
                }
            }
            "properties"
            | "required"
            | "additionalProperties"
            | "propertyNames"
            | "minProperties"
            | "maxProperties" => {
                if let Json::Object(map) = value {
                    self.of_map(schema, keyword, argument, map, at);
                }
            }
            "items" | "minItems" | "maxItems" => {
                if let Json::Array(items) = value {
                    self.of_list(keyword, argument, items, at);
                }
            }
            "minLength" | "maxLength" | "pattern" => {
                if let Json::String(text) = value {
                    self.of_text(keyword, argument, text, at);
                }
            }
            "minimum" | "maximum" | "exclusiveMinimum" => {
                if let Some(number) = value.as_f64() {
                    let limit = argument.as_f64().expect("a limit is a number");
                    let is_within = match keyword {
                        "minimum" => number >= limit,
                        "maximum" => number <= limit,
                        _ => number > limit,
                    };
                    if !is_within {
                        self.fault(at, format!("{number} is beyond {keyword} {limit}"));
                    }
                }
            }
            other => panic!("the keyword `{other}` is not known to this validator"),
        }
    }

    fn of_map(
        &mut self,
        schema: &'s Map<String, Json>,
        keyword: &str,
        argument: &'s Json,
        map: &Map<String, Json>,
        at: &str,
    ) {
        match keyword {
            "properties" => {
                for (key, schema) in object(argument) {
                    if let Some(value) = map.get(key) {
                        self.check(schema, value, &format!("{at}/{key}"));
                    }
                }
            }
            "required" => {
                for key in list(argument) {
                    if !map.contains_key(text(key)) {
                        self.fault(at, format!("{key} is missing"));
                    }
                }
            }
            "additionalProperties" => {
                let known = schema.get("properties").map(object);
                for (key, value) in map {
                    if !known.is_some_and(|it| it.contains_key(key)) {
                        self.check(argument, value, &format!("{at}/{key}"));
                    }
                }
            }
            "propertyNames" => {
                for key in map.keys() {
                    let name = Json::from(key.as_str());
                    self.check(argument, &name, &format!("{at}/{key}"));
                }
            }
            _ => {
                let limit = argument.as_u64().expect("a limit is a number") as usize;
                let is_least = keyword == "minProperties";
                if is_least && map.len() < limit || !is_least && map.len() > limit {
                    self.fault(at, format!("{keyword} is {limit}"));
                }
            }
        }
    }

    fn of_list(&mut self, keyword: &str, argument: &'s Json, items: &[Json], at: &str) {
        if keyword == "items" {
            for (n, item) in items.iter().enumerate() {
                self.check(argument, item, &format!("{at}/{n}"));
            }
            return;
        }
        let limit = argument.as_u64().expect("a limit is a number") as usize;
        if keyword == "minItems" && items.len() < limit {
            self.fault(at, "too few items");
        } else if keyword == "maxItems" && items.len() > limit {
            self.fault(at, "too many items");
        }
    }

    fn of_text(&mut self, keyword: &str, argument: &'s Json, value: &str, at: &str) {
        let length = value.chars().count() as u64;
        let holds = match keyword {
            "minLength" => Some(length) >= argument.as_u64(),
            "maxLength" => Some(length) <= argument.as_u64(),
            _ => pattern::is_found(text(argument), value),
        };
        if !holds {
            self.fault(at, format!("{keyword} {argument} does not hold: {value:?}"));
        }
    }

    fn target(&self, reference: &Json) -> &'s Json {
        let path = text(reference)
            .strip_prefix('#')
            .expect("within the schema");
        let target = self.root.pointer(path);
        target.unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }
}

fn is_of_type(value: &Json, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => panic!("no type {name}"),
    }
}

fn one_or_more(argument: &Json) -> &[Json] {
    match argument {
        Json::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

fn list(argument: &Json) -> &[Json] {
    argument.as_array().expect("a list")
}

fn object(argument: &Json) -> &Map<String, Json> {
    argument.as_object().expect("a map")
}

fn text(argument: &Json) -> &str {
    argument.as_str().expect("a text")
}

/// Regular expressions, by trying every way: characters, classes, groups, alternatives, `?`, `*`,
/// `+`, `{n}`, `^`, `$` and negative look-ahead.
mod pattern {
    /// Whether the pattern matches somewhere in the text.
    pub(super) fn is_found(pattern: &str, text: &str) -> bool {
        let pattern: Vec<char> = pattern.chars().collect();
        let text: Vec<char> = text.chars().collect();
        (0..=text.len()).any(|at| alternatives(&pattern, &text, at, &mut |_| true))
    }

    /// What goes on behind a part of a pattern, from a place in the text.
    type Rest<'r> = dyn FnMut(usize) -> bool + 'r;

    fn alternatives(pattern: &[char], text: &[char], at: usize, rest: &mut Rest<'_>) -> bool {
        let mut start = 0;
        while start <= pattern.len() {
            let length = split(&pattern[start..]);
            if sequence(&pattern[start..start + length], text, at, rest) {
                return true;
            }
            start += length + 1;
        }
        false
    }

    fn sequence(pattern: &[char], text: &[char], at: usize, rest: &mut Rest<'_>) -> bool {
        let Some(first) = pattern.first() else {
            return rest(at);
        };
        match first {
            '^' => at == 0 && sequence(&pattern[1..], text, at, rest),
            '$' => at == text.len() && sequence(&pattern[1..], text, at, rest),
            _ => {
                let length = atom_length(pattern);
                let (atom, behind) = pattern.split_at(length);
                let (least, most, signs) = times(behind);
                let behind = &behind[signs..];
                let mut go_on = |at| sequence(behind, text, at, rest);
                repeated(atom, (least, most), text, at, &mut go_on)
            }
        }
    }

    fn repeated(
        atom: &[char],
        (least, most): (usize, usize),
        text: &[char],
        at: usize,
        rest: &mut Rest<'_>,
    ) -> bool {
        let again = (least.saturating_sub(1), most.saturating_sub(1));
        let is_longer = most > 0
            && one(atom, text, at, &mut |end| {
                (end > at || least > 0) && repeated(atom, again, text, end, rest)
            });
        is_longer || least == 0 && rest(at)
    }

    fn one(atom: &[char], text: &[char], at: usize, rest: &mut Rest<'_>) -> bool {
        match atom {
            ['(', '?', '!', inner @ .., ')'] => {
                !alternatives(inner, text, at, &mut |_| true) && rest(at)
            }
            ['(', '?', ':', inner @ .., ')'] | ['(', inner @ .., ')'] => {
                alternatives(inner, text, at, rest)
            }
            ['[', '^', inner @ .., ']'] => {
                text.get(at).is_some_and(|c| !is_in_class(inner, *c)) && rest(at + 1)
            }
            ['[', inner @ .., ']'] => {
                text.get(at).is_some_and(|c| is_in_class(inner, *c)) && rest(at + 1)
            }
            ['\\', sign] => text.get(at) == Some(sign) && rest(at + 1),
            ['.'] => at < text.len() && rest(at + 1),
            [sign] => text.get(at) == Some(sign) && rest(at + 1),
            _ => panic!("not understood: {atom:?}"),
        }
    }

    fn is_in_class(class: &[char], c: char) -> bool {
        match class {
            [] => false,
            [from, '-', to, rest @ ..] => (*from..=*to).contains(&c) || is_in_class(rest, c),
            ['\\', sign, rest @ ..] | [sign, rest @ ..] => *sign == c || is_in_class(rest, c),
        }
    }

    /// Up to the first `|` that stands in no group.
    fn split(pattern: &[char]) -> usize {
        let mut at = 0;
        while at < pattern.len() && pattern[at] != '|' {
            at += atom_length(&pattern[at..]);
        }
        at
    }

    fn atom_length(pattern: &[char]) -> usize {
        match pattern[0] {
            '\\' => 2,
            '[' => 1 + pattern.iter().position(|c| *c == ']').expect("it ends"),
            '(' => {
                let mut at = 1;
                while pattern[at] != ')' {
                    at += atom_length(&pattern[at..]);
                }
                at + 1
            }
            _ => 1,
        }
    }

    /// Least and greatest number of times, and how many characters say so.
    fn times(pattern: &[char]) -> (usize, usize, usize) {
        match pattern {
            ['?', ..] => (0, 1, 1),
            ['*', ..] => (0, usize::MAX, 1),
            ['+', ..] => (1, usize::MAX, 1),
            ['{', rest @ ..] if rest.first().is_some_and(char::is_ascii_digit) => {
                let end = rest.iter().position(|c| *c == '}').expect("it ends");
                let inner: String = rest[..end].iter().collect();
                let (least, most) = inner.split_once(',').unwrap_or((&inner, &inner));
                let least = least.parse().expect("a number");
                let most = if most.is_empty() {
                    usize::MAX
                } else {
                    most.parse().expect("a number")
                };
                (least, most, end + 2)
            }
            _ => (1, 1, 0),
        }
    }

    #[test]
    fn patterns_match_what_they_should() {
        for (pattern, yes, no) in [
            ("^(?!arn:)", "queue", "arn:aws:x"),
            ("^[0-9]+$|^x", "12", "12a"),
            (r"\{[{%]", "a {{ b }}", "{ {"),
            ("^[a-z0-9-]{2,3}$", "a-1", "abcd"),
            ("^(a(b)?c)+$", "abcac", "abb"),
            ("^[^/]+$", "ab", "a/b"),
            ("^a{2}$", "aa", "a"),
        ] {
            assert!(is_found(pattern, yes), "{pattern} {yes}");
            assert!(!is_found(pattern, no), "{pattern} {no}");
        }
    }
}
