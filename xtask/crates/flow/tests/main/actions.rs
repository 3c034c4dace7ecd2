//! Each action type of the catalogue by example: `tests/actions/<Type>.json` is a small flow
//! around one action `it` of that type, further files show its other forms. Everything that the
//! catalogue says is mandatory is taken away from it once, and the service's words are expected.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use flow::catalogue::{self, Confidence, Entry, Next};
use flow::json;
use flow::model::{Action, Condition, DocumentKind, ErrorBranch, Flow, FlowType};
use flow::validate;
use flow::value::{Map, Value};

struct Fixture {
    name: String,
    text: String,
    flow: Flow,
}

impl Fixture {
    fn it(&self) -> &Action {
        &self.flow.actions[0]
    }

    fn entry(&self) -> &'static Entry {
        catalogue::entry(&self.it().kind).expect("a test checks that the catalogue has it")
    }

    /// The documents in which the action is allowed.
    fn kinds(&self) -> Vec<DocumentKind> {
        let entry = self.entry();
        let types = FlowType::ALL.into_iter().filter(|it| entry.allows(*it));
        let mut kinds: Vec<_> = types.map(DocumentKind::Flow).collect();
        if entry.module != catalogue::InModule::No {
            kinds.push(DocumentKind::Module);
        }
        kinds
    }

    /// What the service says about the action after a change of it.
    fn refusals(&self, change: impl FnOnce(&mut Action)) -> Vec<String> {
        let mut flow = self.flow.clone();
        change(&mut flow.actions[0]);
        let problems = validate::problems(&flow, self.kinds()[0]);
        problems.into_iter().map(|it| it.message).collect()
    }

    #[track_caller]
    fn expect(&self, what: &str, expected: &str, change: impl FnOnce(&mut Action)) {
        let found = self.refusals(change);
        let name = &self.name;
        assert!(
            found.iter().any(|it| it == expected),
            "{name}: {what}: {found:?}"
        );
    }
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/actions");
    let mut fixtures = Vec::new();
    for entry in fs::read_dir(folder).expect("the fixtures are there") {
        let path = entry.expect("the fixtures can be read").path();
        let name = path
            .file_stem()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("the fixtures can be read");
        let flow = json::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        fixtures.push(Fixture { name, text, flow });
    }
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures
}

#[test]
fn each_type_has_its_fixture() {
    let fixtures = fixtures();
    for fixture in &fixtures {
        let (kind, _) = fixture.name.split_once('-').unwrap_or((&fixture.name, ""));
        assert_eq!(kind, fixture.it().kind.as_str(), "{}", fixture.name);
        assert_eq!(fixture.it().id.as_str(), "it", "{}", fixture.name);
    }
    let shown: BTreeSet<&str> = fixtures.iter().map(|it| it.name.as_str()).collect();
    for entry in catalogue::entries() {
        assert!(
            shown.contains(entry.kind.as_str()),
            "{} has no fixture",
            entry.kind
        );
    }
}

#[test]
fn each_known_parameter_stands_in_a_fixture() {
    let fixtures = fixtures();
    for entry in catalogue::entries() {
        for parameter in &entry.parameters {
            let path = parameter.name.replace("[]", "");
            let mut forms = fixtures
                .iter()
                .filter(|it| it.it().kind.as_str() == entry.kind);
            let is_shown = forms.any(|it| has(&it.it().parameters, &path));
            assert!(is_shown, "{}: {}", entry.kind, parameter.name);
        }
    }
}

#[test]
fn fixtures_are_written_back_byte_for_byte() {
    for fixture in fixtures() {
        assert_eq!(
            json::to_text(&fixture.flow),
            fixture.text,
            "{}",
            fixture.name
        );
    }
}

#[test]
fn fixtures_are_taken_wherever_the_type_is_allowed() {
    for fixture in fixtures() {
        let kinds = fixture.kinds();
        assert_eq!(
            validate::problems(&fixture.flow, kinds[0]),
            [],
            "{}",
            fixture.name
        );
        for kind in kinds {
            let found = validate::problems(&fixture.flow, kind);
            // What ends the flow may not be allowed in all of them.
            let about_it: Vec<_> = found.iter().filter(|it| it.action != Some(1)).collect();
            assert!(
                about_it.is_empty(),
                "{} in {kind:?}: {about_it:?}",
                fixture.name
            );
        }
    }
}

#[test]
fn an_action_without_what_its_type_demands_is_refused() {
    let mut tried = 0;
    for fixture in fixtures() {
        let it = fixture.it();
        for parameter in fixture.entry().parameters.iter().filter(|it| it.required) {
            let name = &parameter.name;
            if name.contains("[]") || catalogue::parameter(&it.parameters, name).is_none() {
                continue;
            }
            let expected =
                format!("Action is missing required property. Path: Actions[0].Parameters.{name}");
            fixture.expect(name, &expected, |action| {
                remove(&mut action.parameters, name)
            });
            tried += 1;
        }
        for fact in fixture.entry().errors.iter() {
            let name = &fact.name;
            if !fact.is_mandatory(&it.parameters) {
                continue;
            }
            let expected =
                format!("Action is missing required error. Error: {name}, Path: Actions[0]");
            fixture.expect(name, &expected, |action| {
                action
                    .transitions
                    .errors
                    .retain(|branch| branch.error != *name);
            });
            tried += 1;
        }
        let conditions = fixture.entry().conditions.as_ref();
        for operand in conditions
            .iter()
            .flat_map(|it| it.mandatory_operands(&fixture.it().parameters))
        {
            let expected = format!(
                "Action is missing required condition. Condition: {operand}, Path: Actions[0]"
            );
            fixture.expect(operand, &expected, |action| {
                let conditions = &mut action.transitions.conditions;
                conditions.retain(|it| it.operands[0].as_text() != Some(operand));
            });
            tried += 1;
        }
    }
    assert!(tried > 180, "{tried}");
}

#[test]
fn an_action_with_the_wrong_ways_out_is_refused() {
    for fixture in fixtures() {
        let entry = fixture.entry();
        let to_itself = || Some("it".into());
        match entry.next {
            Next::None => {
                let expected = "Action does not support transitions. Path: Actions[0]";
                fixture.expect("next", expected, |it| it.transitions.next = to_itself());
                continue;
            }
            Next::Optional => {
                assert_eq!(fixture.refusals(|it| it.transitions.next = None), [""; 0]);
            }
            Next::Required | Next::NeverFollowed => {
                let expected =
                    "Action is missing required property. Path: Actions[0].Transitions.NextAction";
                fixture.expect("no next", expected, |it| it.transitions.next = None);
            }
        }
        let expected = "Invalid Action property value. Path: Actions[0].Transitions.NextAction";
        fixture.expect("gone", expected, |it| {
            it.transitions.next = Some("gone".into())
        });
        if entry.conditions.is_none() {
            fixture.expect("condition", "Action does not support conditions", |it| {
                it.transitions.conditions.push(Condition {
                    operator: "Equals".to_owned(),
                    operands: vec![Value::from("x")],
                    next: "it".into(),
                });
            });
        }
        let add = |it: &mut Action| {
            it.transitions.errors.push(ErrorBranch {
                error: "Unheard".to_owned(),
                next: "it".into(),
            });
        };
        if entry.confidence == Confidence::High {
            let expected = "Invalid Action error. Error: Unheard, Path: Actions[0]";
            fixture.expect("error", expected, add);
        } else {
            assert_eq!(fixture.refusals(add), [""; 0], "{}", fixture.name);
        }
    }
}

#[test]
fn an_unknown_parameter_is_refused_where_all_are_known() {
    for fixture in fixtures() {
        let add = |it: &mut Action| {
            it.parameters.insert("Unheard".to_owned(), Value::from("x"));
        };
        if fixture.entry().is_complete() {
            let expected = "Invalid Action property name. Path: Actions[0].Parameters.Unheard";
            fixture.expect("unknown", expected, add);
        } else {
            assert_eq!(fixture.refusals(add), [""; 0], "{}", fixture.name);
        }
    }
}

#[test]
fn an_empty_text_is_refused_anywhere() {
    let mut tried = 0;
    for fixture in fixtures() {
        for name in fixture.it().parameters.keys() {
            // Published exports have empty texts among the inputs of a view.
            if name == "ViewData" {
                continue;
            }
            let expected = match name.as_str() {
                "Attributes" => "Empty value in Parameters.Attributes".to_owned(),
                _ => format!("Invalid Action property value. Path: Actions[0].Parameters.{name}"),
            };
            let count = texts(&mut fixture.it().parameters[name].clone()).len();
            for n in 0..count {
                fixture.expect(name, &expected, |action| {
                    texts(&mut action.parameters[name])[n].clear();
                });
                tried += 1;
            }
        }
    }
    assert!(tried > 250, "{tried}");
}

#[test]
fn a_number_out_of_its_range_is_refused() {
    let mut tried = 0;
    for fixture in fixtures() {
        let it = fixture.it();
        for parameter in &fixture.entry().parameters {
            let name = &parameter.name;
            let Some((min, max)) = parameter.range else {
                continue;
            };
            let is_open = parameter
                .range_unless
                .as_ref()
                .is_some_and(|when| when.holds(&it.parameters));
            let value = catalogue::parameter(&it.parameters, name).and_then(Value::as_text);
            if is_open || value.is_none() {
                continue;
            }
            let expected =
                format!("Invalid Action property value. Path: Actions[0].Parameters.{name}");
            for bad in [(min.checked_sub(1)), max.checked_add(1)]
                .into_iter()
                .flatten()
            {
                fixture.expect(name, &expected, |action| {
                    *at(&mut action.parameters, name) = Value::from(bad.to_string());
                });
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried}");
}

/// Whether a path leads to something; a list on the way stands for its items.
fn has(parameters: &Map, path: &str) -> bool {
    match path.split_once('.') {
        None => parameters.contains_key(path),
        Some((name, rest)) => match parameters.get(name) {
            Some(Value::Map(inner)) => has(inner, rest),
            Some(Value::List(items)) => items
                .iter()
                .filter_map(Value::as_map)
                .any(|it| has(it, rest)),
            _ => false,
        },
    }
}

fn at<'a>(parameters: &'a mut Map, path: &str) -> &'a mut Value {
    match path.split_once('.') {
        None => &mut parameters[path],
        Some((name, rest)) => match &mut parameters[name] {
            Value::Map(inner) => at(inner, rest),
            other => panic!("{path} leads through {other:?}"),
        },
    }
}

fn remove(parameters: &mut Map, path: &str) {
    let removed = match path.rsplit_once('.') {
        None => parameters.shift_remove(path),
        Some((outer, name)) => match at(parameters, outer) {
            Value::Map(inner) => inner.shift_remove(name),
            _ => None,
        },
    };
    assert!(removed.is_some(), "{path} was there");
}

/// The texts in a value.
fn texts(value: &mut Value) -> Vec<&mut String> {
    match value {
        Value::Text(text) => vec![text],
        Value::List(items) => items.iter_mut().flat_map(texts).collect(),
        Value::Map(map) => map.values_mut().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
