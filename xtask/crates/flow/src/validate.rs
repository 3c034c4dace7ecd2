//! What the service refuses when a document is published, in the service's own words where they
//! are known. The rules are the catalogue's; this file only reads them.
//!
//! Conservative: what nobody has seen refused is not refused here. Advice is the linter's work.

mod limits;

use crate::catalogue::{self, Confidence, Entry, InModule, Mode, Next, Parameter, ParameterKind};
use crate::identifiers::Numbers;
use crate::jsonpath;
use crate::model::{Action, Condition, DocumentKind, Flow, FlowType};
use crate::value::{Map, Value};

pub use limits::{MAX_CONTENT, Overlong, content_too_long, overlong};

/// Actions in one flow or module.
pub const MAX_ACTIONS: usize = 250;
/// Characters in an identifier.
pub const MAX_IDENTIFIER: usize = 50;

const FORBIDDEN_WORDS: [&str; 10] = [
    "__proto__",
    "constructor",
    "__defineGetter__",
    "__defineSetter__",
    "toString",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "valueOf",
];

/// One reason for which the service refuses a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As the service words it.
    pub message: String,
    /// The index in `Actions` of the action it is about, if it is about one.
    pub action: Option<usize>,
}

impl Problem {
    /// What the service said, with the action it is about, which its words give by index.
    pub fn said(message: impl Into<String>) -> Self {
        let message = message.into();
        let number = |mark: &str| {
            let rest = message.split_once(mark)?.1;
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            rest[..end].parse().ok()
        };
        let action = number("Actions[").or_else(|| number("Path: "));
        Self { message, action }
    }
}

/// Everything for which the service would refuse to publish a document.
pub fn problems(flow: &Flow, kind: DocumentKind) -> Vec<Problem> {
    problems_of(flow, kind, &Numbers::new(flow))
}

/// The same for who has the numbers of the actions already.
pub fn problems_of(flow: &Flow, kind: DocumentKind, numbers: &Numbers<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    if flow.actions.is_empty() || flow.actions.len() > MAX_ACTIONS {
        found.push(document_problem(format!(
            "Invalid number of Actions. Actual: {}, Maximum: {MAX_ACTIONS}, Path: Actions",
            flow.actions.len()
        )));
    }
    if !numbers.has(&flow.start) {
        found.push(document_problem("Invalid StartAction. Path: StartAction"));
    }
    for (n, action) in flow.actions.iter().enumerate() {
        let mut check = Check {
            n,
            action,
            numbers,
            found: &mut found,
        };
        check.identifier();
        match catalogue::entry(&action.kind) {
            Some(entry) => check.known(entry, kind),
            None => check.refuse(format!("Invalid Action type. Type: {}", action.kind)),
        }
        check.targets();
    }
    found
}

/// Whether an identifier keeps the rules of the language.
pub fn identifier_is_legal(id: &str) -> bool {
    !id.is_empty()
        && (id.len() <= MAX_IDENTIFIER || id.chars().count() <= MAX_IDENTIFIER)
        && !id.bytes().any(is_forbidden)
        && !FORBIDDEN_WORDS.contains(&id)
}

/// Whether a character cannot stand in an identifier. Those are all of ASCII.
fn is_forbidden(byte: u8) -> bool {
    matches!(
        byte,
        b'%' | b':'
            | b'('
            | b'\\'
            | b'/'
            | b')'
            | b'='
            | b'$'
            | b','
            | b';'
            | b'['
            | b']'
            | b'{'
            | b'}'
    )
}

fn document_problem(message: impl Into<String>) -> Problem {
    Problem {
        message: message.into(),
        action: None,
    }
}

/// The check of one action.
struct Check<'a> {
    n: usize,
    action: &'a Action,
    numbers: &'a Numbers<'a>,
    found: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn refuse(&mut self, message: impl Into<String>) {
        self.found.push(Problem {
            message: message.into(),
            action: Some(self.n),
        });
    }

    fn bad_value(&mut self, path: &str) {
        let n = self.n;
        self.refuse(format!(
            "Invalid Action property value. Path: Actions[{n}].{path}"
        ));
    }

    fn missing(&mut self, path: &str) {
        let n = self.n;
        self.refuse(format!(
            "Action is missing required property. Path: Actions[{n}].{path}"
        ));
    }

    fn identifier(&mut self) {
        let is_new = self.numbers.get(&self.action.id) == Some(self.n);
        if !is_new || !identifier_is_legal(self.action.id.as_str()) {
            self.bad_value("Identifier");
        }
    }

    fn known(&mut self, entry: &Entry, kind: DocumentKind) {
        self.place(entry, kind);
        self.parameters(entry);
        if entry.is_terminal() {
            self.no_transitions();
        } else {
            self.next(entry);
            self.conditions(entry);
            self.errors(entry, kind);
        }
    }

    fn place(&mut self, entry: &Entry, kind: DocumentKind) {
        let is_refused = match kind {
            DocumentKind::Module => entry.module == InModule::No,
            DocumentKind::Flow(flow_type) => {
                entry.module == InModule::Only || is_refused_in(entry, flow_type)
            }
        };
        if is_refused {
            self.refuse(format!("Invalid Action type. Type: {}", entry.kind));
        }
    }

    fn no_transitions(&mut self) {
        let action = self.action;
        let has_lists = !action.omitted.conditions || !action.omitted.errors;
        if has_lists || action.transitions.targets().next().is_some() {
            let n = self.n;
            self.refuse(format!(
                "Action does not support transitions. Path: Actions[{n}]"
            ));
        }
    }

    fn next(&mut self, entry: &Entry) {
        if entry.next != Next::Optional && self.action.transitions.next.is_none() {
            self.missing("Transitions.NextAction");
        }
    }

    /// Every way out has to lead to an action of the document.
    fn targets(&mut self) {
        let transitions = &self.action.transitions;
        if let Some(next) = &transitions.next
            && !self.numbers.has(next)
        {
            self.bad_value("Transitions.NextAction");
        }
        for (n, condition) in transitions.conditions.iter().enumerate() {
            if !self.numbers.has(&condition.next) {
                self.bad_value(&format!("Transitions.Conditions[{n}].NextAction"));
            }
        }
        for (n, branch) in transitions.errors.iter().enumerate() {
            if !self.numbers.has(&branch.next) {
                self.bad_value(&format!("Transitions.Errors[{n}].NextAction"));
            }
        }
    }

    fn parameters(&mut self, entry: &Entry) {
        let action = self.action;
        self.groups(entry);
        for parameter in &entry.parameters {
            match find(&action.parameters, parameter) {
                Some(value) => self.parameter(parameter, value),
                None if parameter.required && self.has_outer(&parameter.name) => {
                    self.missing(&format!("Parameters.{}", parameter.name));
                }
                None => {}
            }
        }
        for (name, value) in &action.parameters {
            if entry.is_complete() && entry.parameter(name).is_none() {
                let n = self.n;
                self.refuse(format!(
                    "Invalid Action property name. Path: Actions[{n}].Parameters.{name}"
                ));
            }
            if name != "ViewData" && has_empty_text(value) {
                self.empty_value(name);
            }
        }
    }

    /// Whether the object that a nested parameter lies in is there.
    fn has_outer(&self, name: &str) -> bool {
        name.rsplit_once('.').is_none_or(|(outer, _)| {
            catalogue::parameter(&self.action.parameters, outer)
                .is_some_and(|it| it.as_map().is_some())
        })
    }

    fn empty_value(&mut self, name: &str) {
        if name == "Attributes" {
            self.refuse("Empty value in Parameters.Attributes");
        } else {
            self.bad_value(&format!("Parameters.{name}"));
        }
    }

    fn groups(&mut self, entry: &Entry) {
        let exactly = entry.exactly_one_of.iter().map(|group| (group, true, true));
        let at_most = entry
            .at_most_one_of
            .iter()
            .map(|group| (group, false, true));
        let at_least = entry
            .at_least_one_of
            .iter()
            .map(|group| (group, true, false));
        for (group, needs_one, only_one) in exactly.chain(at_most).chain(at_least) {
            let there = self.present(group).count();
            if only_one && there > 1 {
                let names: Vec<&str> = self.present(group).collect();
                let names = names.join(", ");
                self.refuse(format!(
                    "Only one of these properties may be defined. Properties: [{names}]"
                ));
            }
            if needs_one && there == 0 && !catalogue::is_buffer_form(self.action) {
                self.refuse(format!(
                    "At least one of [{}] must be set",
                    group.join(", ")
                ));
            }
        }
        for group in &entry.together {
            let there = self.present(group).count();
            if there == 0 || there == group.len() {
                continue;
            }
            for name in group {
                if self.action.parameters.get(name).is_none() {
                    self.missing(&format!("Parameters.{name}"));
                }
            }
        }
    }

    fn present<'g>(&self, group: &'g [String]) -> impl Iterator<Item = &'g str> + use<'g, '_> {
        let parameters = &self.action.parameters;
        let names = group.iter().map(String::as_str);
        names.filter(|name| parameters.get(name).is_some())
    }

    fn parameter(&mut self, parameter: &Parameter, value: &Value) {
        if !self.is_fine(parameter, value) {
            self.bad_value(&format!("Parameters.{}", parameter.name));
        }
    }

    fn is_fine(&self, parameter: &Parameter, value: &Value) -> bool {
        match value {
            // What an environment fills in is checked once it has.
            Value::Ref(_) | Value::Template(_) => true,
            Value::Text(text) if jsonpath::is_reference(text) => match parameter.mode {
                Mode::Static => false,
                Mode::Text => true,
                Mode::Path | Mode::Either => jsonpath::leads_to_a_value(text),
            },
            Value::Text(_) if parameter.mode == Mode::Path => false,
            Value::Text(text) => match parameter.kind {
                ParameterKind::Integer => {
                    text.parse().is_ok_and(|it| self.is_in_range(parameter, it))
                }
                ParameterKind::List | ParameterKind::Map | ParameterKind::Object => false,
                _ => parameter.values.is_empty() || parameter.values.iter().any(|it| it == text),
            },
            Value::Number(number) => {
                let number = number.as_i64();
                number.is_none_or(|it| self.is_in_range(parameter, it))
            }
            Value::List(items) => {
                let takes_lists = parameter.kind == ParameterKind::List;
                takes_lists
                    && self.is_in_range(parameter, count(items.len()))
                    && items
                        .iter()
                        .filter_map(Value::as_text)
                        .all(|it| is_listed(parameter, it))
            }
            Value::Map(map) => {
                let is_map = parameter.kind == ParameterKind::Map;
                let takes_maps = is_map || parameter.kind == ParameterKind::Object;
                takes_maps
                    && self.is_in_range(parameter, count(map.len()))
                    && (!is_map || map.keys().all(|key| is_listed(parameter, key)))
            }
            Value::Bool(_) => true,
            Value::Null => false,
        }
    }

    fn is_in_range(&self, parameter: &Parameter, number: i64) -> bool {
        let is_open = parameter
            .range_unless
            .as_ref()
            .is_some_and(|it| it.holds(&self.action.parameters));
        is_open
            || parameter
                .range
                .is_none_or(|(min, max)| (min..=max).contains(&number))
    }

    fn conditions(&mut self, entry: &Entry) {
        let (parameters, conditions) =
            (&self.action.parameters, &self.action.transitions.conditions);
        let facts = entry.conditions.as_ref();
        let facts = facts.filter(|it| it.when.as_ref().is_none_or(|when| when.holds(parameters)));
        let Some(facts) = facts else {
            if !conditions.is_empty() {
                self.refuse("Action does not support conditions");
            }
            return;
        };
        for condition in conditions {
            if !is_legal(condition, facts, parameters) {
                let n = self.n;
                self.refuse(format!("Invalid branch. Path: {n}.Evaluate"));
            }
        }
        for operand in facts.mandatory_operands(parameters) {
            if !conditions
                .iter()
                .any(|it| it.operands.iter().any(|o| o.as_text() == Some(operand)))
            {
                let n = self.n;
                self.refuse(format!(
                    "Action is missing required condition. Condition: {operand}, Path: Actions[{n}]"
                ));
            }
        }
        let has_too_few =
            facts.mandatory.is_empty() && facts.min.is_some_and(|it| conditions.len() < it);
        if has_too_few || facts.max.is_some_and(|it| conditions.len() > it) {
            self.bad_value("Transitions.Conditions");
        }
    }

    fn errors(&mut self, entry: &Entry, kind: DocumentKind) {
        let (parameters, branches) = (&self.action.parameters, &self.action.transitions.errors);
        let n = self.n;
        for branch in branches {
            let fact = entry.errors.iter().find(|fact| fact.name == branch.error);
            let is_refused = fact.is_none_or(|fact| fact.is_refused(parameters));
            if is_refused && entry.confidence == Confidence::High {
                self.refuse(format!(
                    "Invalid Action error. Error: {}, Path: Actions[{n}]",
                    branch.error
                ));
            }
        }
        // Transfers to a third party take the branches of the resumed form in all other types.
        let is_agent_transfer = kind == DocumentKind::Flow(FlowType::AgentTransfer);
        for fact in &entry.errors {
            let is_excused = is_agent_transfer && fact.mandatory_when.is_some();
            let is_there = branches.iter().any(|branch| branch.error == fact.name);
            if !is_there && !is_excused && fact.is_mandatory(parameters) {
                self.refuse(format!(
                    "Action is missing required error. Error: {}, Path: Actions[{n}]",
                    fact.name
                ));
            }
        }
    }
}

/// The value of a parameter.
fn find<'a>(parameters: &'a Map, wanted: &Parameter) -> Option<&'a Value> {
    if wanted.outer_length == 0 {
        return parameters.get(&wanted.name);
    }
    let outer = parameters
        .get(&wanted.name[..wanted.outer_length])?
        .as_map()?;
    catalogue::parameter(outer, &wanted.name[wanted.outer_length + 1..])
}

fn is_refused_in(entry: &Entry, flow_type: FlowType) -> bool {
    entry.refused.iter().any(|it| it == flow_type.as_str())
}

fn is_listed(parameter: &Parameter, text: &str) -> bool {
    parameter.values.is_empty() || parameter.values.iter().any(|it| it == text)
}

fn is_legal(condition: &Condition, facts: &catalogue::Conditions, parameters: &Map) -> bool {
    let [operand] = condition.operands.as_slice() else {
        return false;
    };
    let is_fine = match operand {
        Value::Text(text) => {
            let closed = facts.closed_operands(parameters);
            !text.is_empty() && closed.is_none_or(|closed| closed.contains(text))
        }
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => false,
        Value::Number(_) | Value::Template(_) | Value::Ref(_) => true,
    };
    is_fine && facts.operators.contains(&condition.operator)
}

/// The empty string is refused at any depth; a single space is taken. The inputs of a view are
/// left alone: published exports have empty texts there.
fn has_empty_text(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.iter().any(has_empty_text),
        Value::Map(map) => map.values().any(has_empty_text),
        _ => false,
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
