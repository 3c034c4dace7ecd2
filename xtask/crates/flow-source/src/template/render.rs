//! The texts of templates for one environment.

use std::collections::BTreeMap;
use std::ops::Range;

use minijinja::value::Value;
use minijinja::{Environment, UndefinedBehavior, filters, tests};

use super::syntax;

/// Renders templates for one environment.
pub(crate) struct Renderer {
    environment: Environment<'static>,
    context: Value,
}

impl Renderer {
    pub(crate) fn new(vars: &BTreeMap<String, serde_json::Value>) -> Self {
        let vars: BTreeMap<String, Value> = vars
            .iter()
            .map(|(name, value)| (name.clone(), to_value(value)))
            .collect();
        let context = Value::from(BTreeMap::from([("vars".to_owned(), Value::from(vars))]));
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(syntax());
        environment.add_filter("abs", filters::abs);
        environment.add_filter("capitalize", filters::capitalize);
        environment.add_filter("default", filters::default);
        environment.add_filter("first", filters::first);
        environment.add_filter("int", filters::int);
        environment.add_filter("last", filters::last);
        environment.add_filter("length", filters::length);
        environment.add_filter("lower", filters::lower);
        environment.add_filter("title", filters::title);
        environment.add_filter("trim", filters::trim);
        environment.add_filter("upper", filters::upper);
        environment.add_test("defined", tests::is_defined);
        environment.add_test("undefined", tests::is_undefined);
        Self {
            environment,
            context,
        }
    }

    /// The text of a template, or where in it and why there is none.
    pub(crate) fn render(&self, source: &str) -> Result<String, (Range<usize>, String)> {
        let rendered = self.environment.render_str(source, self.context.clone());
        rendered.map_err(|error| {
            let range = error.range().unwrap_or(0..source.len());
            let message = error.detail().unwrap_or("no value can be made of it");
            (range, message.to_owned())
        })
    }
}

fn to_value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(it) => Value::from(*it),
        serde_json::Value::String(it) => Value::from(it.as_str()),
        serde_json::Value::Number(it) => match (it.as_i64(), it.as_f64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(fraction)) => Value::from(fraction),
            (None, None) => Value::from(it.to_string()),
        },
        serde_json::Value::Array(it) => it.iter().map(to_value).collect(),
        serde_json::Value::Object(it) => {
            let entries = it.iter().map(|(key, value)| (key.clone(), to_value(value)));
            Value::from(entries.collect::<BTreeMap<String, Value>>())
        }
    }
}
