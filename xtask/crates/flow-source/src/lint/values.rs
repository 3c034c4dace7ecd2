//! The texts inside parameters, with where they stand.

use std::fmt;

use flow::value::{Map, Value};

/// Where inside the parameters of an action a value stands. Formatted for findings only.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    /// What it lies in, unless it is a parameter itself.
    pub(crate) outer: Option<&'a Path<'a>>,
    pub(crate) key: &'a str,
}

/// With dots between the keys, as `Place::Parameter` has it; items of lists are not told apart.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outer {
            Some(outer) => write!(f, "{outer}.{}", self.key),
            None => f.write_str(self.key),
        }
    }
}

/// Calls `see` for every literal text inside parameters.
pub(crate) fn each_text<'a>(parameters: &'a Map, mut see: impl FnMut(&Path<'_>, &'a str)) {
    for (key, value) in parameters {
        visit(&Path { outer: None, key }, value, &mut see);
    }
}

fn visit<'a>(path: &Path<'_>, value: &'a Value, see: &mut impl FnMut(&Path<'_>, &'a str)) {
    match value {
        Value::Text(text) => see(path, text),
        Value::List(items) => items.iter().for_each(|item| visit(path, item, see)),
        Value::Map(map) => {
            for (key, value) in map {
                let outer = Some(path);
                visit(&Path { outer, key }, value, see);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_with_dots() {
        let inner: Map = [("b".to_owned(), Value::List(vec![Value::text("x")]))]
            .into_iter()
            .collect();
        let outer: Map = [("a".to_owned(), Value::Map(inner))].into_iter().collect();
        let mut seen = Vec::new();
        each_text(&outer, |path, text| {
            seen.push(format!("{path}={text}"));
        });
        assert_eq!(seen, ["a.b=x"]);
    }
}
