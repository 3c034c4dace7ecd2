//! The forms that an action can be written in: short, in its own terms, and verbatim.
//!
//! A short form is offered wherever it might do; whether it compiles to exactly the action is the
//! compiler's to say.

use flow::catalogue;
use flow::jsonpath;
use flow::model::{Action, ActionId, Condition, ErrorBranch};
use flow::value::{Map, Ref, RefKind, Value};
use serde_json::Value as Json;

use crate::duration;
use crate::emit::Yaml;
use crate::forms::{Body, Form, FormKey, Next, OTHERWISE, Presence, Unsaid, ValueKind, Way, forms};
use crate::template;

/// The keys of an action in the order in which they are written.
pub(crate) type Fields = Vec<(String, Yaml)>;

/// The parameters whose values keep their JSON types without a tag.
const JSON_PARAMETERS: [(&str, &str); 3] = [
    ("ShowView", "ViewData"),
    ("InvokeFlowModule", "Input"),
    ("EndFlowModuleExecution", "ResultData"),
];

/// Parameters that take the name of a thing as it is.
const REFERENCES: [(&str, RefKind); 7] = [
    ("ContactFlowId", RefKind::Flow),
    ("ContactFlowArn", RefKind::Flow),
    ("FlowModuleId", RefKind::Module),
    ("HoursOfOperationId", RefKind::Hours),
    ("LambdaFunctionARN", RefKind::Lambda),
    ("PromptId", RefKind::Prompt),
    ("QueueId", RefKind::Queue),
];

const OPERATORS: [(&str, &str); 9] = [
    ("Equals", "equals"),
    ("TextStartsWith", "starts_with"),
    ("TextEndsWith", "ends_with"),
    ("TextContains", "contains"),
    ("NumberGreaterThan", "greater_than"),
    ("NumberGreaterOrEqualTo", "greater_or_equal"),
    ("NumberLessThan", "less_than"),
    ("NumberLessOrEqualTo", "less_or_equal"),
    ("KeyExists", "has_key"),
];

/// Whether actions of a type have a short form, whatever their parameters.
pub(super) fn has_short_form(kind: &str) -> bool {
    forms().any(|form| form.action_type == kind)
}

/// The short form of an action, if it may have one.
pub(crate) fn short(action: &Action) -> Option<Fields> {
    let has_more = !action.extra.is_empty() || !action.transitions.extra.is_empty();
    let mut forms = forms().filter(|form| form.action_type == action.kind.as_str());
    forms.find_map(|form| {
        let short = Short {
            form,
            action,
            parameters: action.parameters.clone(),
            conditions: action.transitions.conditions.iter().collect(),
            errors: action.transitions.errors.iter().collect(),
            next: action.transitions.next.as_ref(),
        };
        match form.key {
            _ if has_more => None,
            "custom_bot" | "distribute_by_percentage" => None,
            "wait" => short.wait(),
            _ => short.by_table(),
        }
    })
}

/// An action being written in a short form: what is written is taken out, and what is left over
/// says that the form does not do.
struct Short<'a> {
    form: &'static Form,
    action: &'a Action,
    parameters: Map,
    conditions: Vec<&'a Condition>,
    errors: Vec<&'a ErrorBranch>,
    next: Option<&'a ActionId>,
}

impl<'a> Short<'a> {
    fn by_table(mut self) -> Option<Fields> {
        let mut fields = vec![(self.form.key.to_owned(), self.body()?)];
        for key in self.form.beside {
            if !key.parameter.is_empty() {
                fields.extend(self.key(key)?);
            }
        }
        let Branches { otherwise, on } = self.branches()?;
        let has_when = self.form.beside.iter().any(|it| it.key == "when");
        if has_when && !self.conditions.is_empty() {
            let left = std::mem::take(&mut self.conditions);
            let left: Vec<Condition> = left.into_iter().cloned().collect();
            fields.push(("when".to_owned(), conditions(&left, false)?));
        }
        fields.extend(otherwise.map(|it| (OTHERWISE.to_owned(), it)));
        if self.form.next == Next::Needed {
            fields.push(("next".to_owned(), target(self.next?)));
        }
        if !on.is_empty() {
            fields.push(("on".to_owned(), Yaml::Map(on)));
        }
        self.is_all_written().then_some(fields)
    }

    fn is_all_written(&self) -> bool {
        self.parameters.is_empty() && self.conditions.is_empty() && self.errors.is_empty()
    }

    fn body(&mut self) -> Option<Yaml> {
        match self.form.body {
            Body::Nothing => Some(Yaml::empty_map()),
            Body::Value(key) => {
                let value = take(&mut self.parameters, key.parameter)?;
                written(&key, &value)
            }
            Body::Keys(keys) => self.keys(keys).map(Yaml::Map),
            Body::FirstOrKeys(keys) => {
                let written = self.keys(keys)?;
                let first = keys.first().map(|it| it.key);
                match written.as_slice() {
                    [(key, value)] if Some(key.as_str()) == first => Some(value.clone()),
                    _ => Some(Yaml::Map(written)),
                }
            }
        }
    }

    fn keys(&mut self, keys: &[FormKey]) -> Option<Vec<(String, Yaml)>> {
        let mut entries = Vec::new();
        for (n, key) in keys.iter().enumerate() {
            // Two words for one parameter: the first that can hold it does.
            let is_written = keys[..n].iter().any(|it| {
                it.parameter == key.parameter && entries.iter().any(|(word, _)| word == it.key)
            });
            if !is_written {
                entries.extend(self.key(key)?);
            }
        }
        Some(entries)
    }

    /// A key with the value of its parameter, if it has to be written; nothing if it cannot.
    fn key(&mut self, key: &FormKey) -> Option<Option<(String, Yaml)>> {
        let value = peek(&self.parameters, key.parameter);
        let Some(value) = value else {
            let null = || (key.key.to_owned(), Yaml::bare("null"));
            return match key.presence {
                Presence::Needed => None,
                Presence::Optional => Some(None),
                Presence::Default(_) | Presence::EmptyMap => Some(Some(null())),
            };
        };
        let is_default = match key.presence {
            Presence::Default(text) => value.as_text() == Some(text),
            Presence::EmptyMap => value.as_map().is_some_and(Map::is_empty),
            Presence::Needed | Presence::Optional => false,
        };
        let written = if is_default {
            None
        } else if let Some(value) = written(key, value) {
            Some((key.key.to_owned(), value))
        } else {
            // Another word may be able to hold it.
            return Some(None);
        };
        take(&mut self.parameters, key.parameter);
        Some(written)
    }

    /// The branches that have to be written; nothing if one lacks that the form needs.
    fn branches(&mut self) -> Option<Branches> {
        let form = self.form;
        let ways = form.branches.iter();
        let targets: Vec<Option<&ActionId>> = ways
            .map(|branch| self.take_branch(branch.becomes))
            .collect();
        let mut written = Branches::default();
        for (branch, found) in form.branches.iter().zip(&targets) {
            let to = match *found {
                None if branch.unsaid == Unsaid::Needed => return None,
                found if found == self.usual(branch.unsaid, &targets) => continue,
                Some(id) => target(id),
                None => Yaml::bare("null"),
            };
            if branch.key == OTHERWISE {
                written.otherwise = Some(to);
            } else {
                written.on.push((branch.key.to_owned(), to));
            }
        }
        Some(written)
    }

    /// Where a branch leads that is not written.
    fn usual(&self, unsaid: Unsaid, targets: &[Option<&'a ActionId>]) -> Option<&'a ActionId> {
        let like = |other: &str| {
            let mut branches = self.form.branches.iter();
            *targets.get(branches.position(|it| it.key == other)?)?
        };
        match unsaid {
            Unsaid::Needed | Unsaid::Absent => None,
            Unsaid::LikeNext => self.next,
            Unsaid::Like(other) => like(other),
            Unsaid::LikeIf { branch, key } if self.has_written(key) => like(branch),
            Unsaid::LikeIf { .. } => None,
        }
    }

    /// Whether the parameter of a key was there and has been taken out by now.
    fn has_written(&self, word: &str) -> bool {
        let keys = self.form.keys().iter().filter(|it| it.key == word);
        let mut parameters = keys.map(|it| it.parameter).filter(|it| !it.is_empty());
        parameters.any(|it| {
            peek(&self.action.parameters, it).is_some() && peek(&self.parameters, it).is_none()
        })
    }

    fn take_branch(&mut self, way: Way) -> Option<&'a ActionId> {
        match way {
            Way::Error(name) => {
                let at = self.errors.iter().position(|it| it.error == name)?;
                Some(&self.errors.remove(at).next)
            }
            Way::Equals(operand) => self.take_condition("Equals", operand),
            Way::Over(operand) => self.take_condition("NumberGreaterThan", operand),
            Way::Pattern => None,
        }
    }

    fn take_condition(&mut self, operator: &str, operand: &str) -> Option<&'a ActionId> {
        let is_it = |it: &&Condition| {
            let is_operand =
                matches!(it.operands.as_slice(), [Value::Text(text)] if text == operand);
            it.operator == operator && is_operand
        };
        let at = self.conditions.iter().position(is_it)?;
        Some(&self.conditions.remove(at).next)
    }

    /// A wait, whose branches hang on what it waits for.
    fn wait(mut self) -> Option<Fields> {
        let body = self.body()?;
        let is_bot = matches!(&body, Yaml::Map(keys) if keys.iter().any(|(_, it)| *it == Yaml::bare("bot_disconnected")));
        let has_event = matches!(&body, Yaml::Map(_));
        let expired = self.take_condition("Equals", "WaitCompleted")?;
        let error = self.take_branch(Way::Error("NoMatchingError"));
        let other_error = error.filter(|it| *it != expired);
        let mut fields = vec![("wait".to_owned(), body)];
        let mut on = Vec::new();
        if has_event {
            let (word, operand) = if is_bot {
                ("bot_disconnected", "BotParticipantDisconnected")
            } else {
                ("customer_returned", "CustomerReturned")
            };
            on.push((word, self.take_condition("Equals", operand)?));
            on.push(("time_expired", expired));
            let not_found = self.take_branch(Way::Error("ParticipantNotFound"));
            on.extend(
                not_found
                    .filter(|it| Some(*it) != error)
                    .map(|it| ("participant_not_found", it)),
            );
        } else {
            fields.push(("next".to_owned(), target(expired)));
        }
        on.extend(other_error.map(|it| ("error", it)));
        if !on.is_empty() {
            let on = on.into_iter().map(|(key, to)| (key.to_owned(), target(to)));
            fields.push(("on".to_owned(), Yaml::Map(on.collect())));
        }
        self.is_all_written().then_some(fields)
    }
}

/// The branches of an action that are written.
#[derive(Default)]
struct Branches {
    otherwise: Option<Yaml>,
    on: Vec<(String, Yaml)>,
}

/// The parameter of this name, which may lie inside others.
fn peek<'m>(parameters: &'m Map, name: &str) -> Option<&'m Value> {
    catalogue::parameter(parameters, name)
}

/// Takes a parameter out, and what it lay in if nothing else does.
fn take(parameters: &mut Map, name: &str) -> Option<Value> {
    let Some((outer, rest)) = name.split_once('.') else {
        return parameters.shift_remove(name);
    };
    let Value::Map(inner) = parameters.get_mut(outer)? else {
        return None;
    };
    let taken = take(inner, rest)?;
    if inner.is_empty() {
        parameters.shift_remove(outer);
    }
    Some(taken)
}

/// A value as a key of a form has it, if it can.
fn written(key: &FormKey, value: &Value) -> Option<Yaml> {
    match key.kind {
        ValueKind::Text | ValueKind::Word | ValueKind::Path => text(value),
        ValueKind::Texts => texts(value),
        ValueKind::NestedTexts => nested(value),
        ValueKind::FlowAttributes => {
            let attributes = value.as_map()?.iter().map(|(name, value)| {
                let inner = value.as_map().filter(|it| it.len() == 1)?;
                Some((name.clone(), text(inner.get("Value")?)?))
            });
            Some(Yaml::Map(attributes.collect::<Option<_>>()?))
        }
        ValueKind::TextList => {
            let items = value.as_list()?.iter().map(text);
            Some(Yaml::List(items.collect::<Option<_>>()?))
        }
        ValueKind::Json => Some(raw_value(value, true)),
        ValueKind::Name(kind) => name(value, kind),
        ValueKind::Flow(_) => name(value, RefKind::Flow),
        ValueKind::Duration { .. } => seconds(value),
        ValueKind::Minutes { .. } => minutes(value),
        ValueKind::Number { .. } => {
            let number = value.as_text()?;
            let is_path = jsonpath::is_reference(number);
            let is_number = is_small_number(number);
            (is_path || is_number).then(|| {
                if is_path {
                    Yaml::text(number)
                } else {
                    Yaml::bare(number)
                }
            })
        }
        ValueKind::Choice(words) => choice(words, value.as_text()?),
        ValueKind::ChoiceList(words) => match value.as_list()? {
            [one] => choice(words, one.as_text()?),
            _ => None,
        },
        ValueKind::Conditions(_) | ValueKind::Shares | ValueKind::Keys(_) => None,
    }
}

fn choice(words: &[(&str, &str)], text: &str) -> Option<Yaml> {
    let found = words.iter().find(|(_, meant)| *meant == text);
    found.map(|(word, _)| Yaml::bare(*word))
}

/// Texts in maps and lists, as deep as they may be.
fn nested(value: &Value) -> Option<Yaml> {
    match value {
        Value::Map(map) => {
            let entries = map.iter().map(|(key, it)| Some((key.clone(), nested(it)?)));
            Some(Yaml::Map(entries.collect::<Option<_>>()?))
        }
        Value::List(items) => {
            let items = items.iter().map(nested);
            Some(Yaml::List(items.collect::<Option<_>>()?))
        }
        scalar => text(scalar),
    }
}

/// An action in its own terms.
pub(crate) fn raw(action: &Action) -> Fields {
    let kind = action.kind.as_str();
    let mut fields = vec![("type".to_owned(), plain_text(kind))];
    if !action.parameters.is_empty() {
        let parameters = action.parameters.iter().map(|(key, value)| {
            let json = JSON_PARAMETERS.contains(&(kind, key.as_str()));
            let by_name = REFERENCES.iter().find(|(name, _)| name == key);
            let value = match (by_name, value) {
                (Some((_, kind)), Value::Ref(it)) if it.kind == *kind => Yaml::text(&it.name),
                _ => raw_value(value, json),
            };
            (key.clone(), value)
        });
        fields.push(("parameters".to_owned(), Yaml::Map(parameters.collect())));
    }
    let ways = &action.transitions;
    if let Some(next) = &ways.next {
        fields.push(("next".to_owned(), target(next)));
    }
    if !ways.conditions.is_empty() {
        let conditions = conditions(&ways.conditions, true);
        fields.push((
            "conditions".to_owned(),
            conditions.unwrap_or_else(|| exact_conditions(&ways.conditions)),
        ));
    }
    if !ways.errors.is_empty() {
        fields.push(("errors".to_owned(), errors(action)));
    }
    for (key, extra) in [("extra", &action.extra), ("extra_transitions", &ways.extra)] {
        if !extra.is_empty() {
            fields.push((key.to_owned(), raw_map(extra, true)));
        }
    }
    fields
}

/// An action in its own terms, with nothing that could be taken for something else.
pub(crate) fn verbatim(action: &Action) -> Fields {
    let exact = |map: &Map| {
        let entries = map
            .iter()
            .map(|(key, value)| (key.clone(), exact_value(value)));
        Yaml::Map(entries.collect())
    };
    let mut fields = vec![("type".to_owned(), exact_text(action.kind.as_str()))];
    fields.push(("parameters".to_owned(), exact(&action.parameters)));
    let ways = &action.transitions;
    if let Some(next) = &ways.next {
        fields.push(("next".to_owned(), exact_text(next.as_str())));
    }
    fields.push(("conditions".to_owned(), exact_conditions(&ways.conditions)));
    let branches = ways.errors.iter().map(|branch| {
        Yaml::map([
            ("error", exact_text(&branch.error)),
            ("next", exact_text(branch.next.as_str())),
        ])
    });
    fields.push(("errors".to_owned(), Yaml::List(branches.collect())));
    fields.push(("extra".to_owned(), exact(&action.extra)));
    fields.push(("extra_transitions".to_owned(), exact(&ways.extra)));
    fields.retain(|(_, value)| !matches!(value, Yaml::List(items) if items.is_empty()));
    fields.retain(|(_, value)| !matches!(value, Yaml::Map(entries) if entries.is_empty()));
    fields
}

pub(crate) fn target(id: &ActionId) -> Yaml {
    plain_text(id.as_str())
}

/// A text of the short forms; nothing if it is none.
pub(super) fn text(value: &Value) -> Option<Yaml> {
    value.as_text().map(plain_text)
}

/// Text, tagged if it could be taken for a template or an ARN, or is empty.
fn plain_text(text: &str) -> Yaml {
    if text.is_empty() || text.starts_with("arn:") || template::is_template(text) {
        exact_text(text)
    } else {
        Yaml::text(text)
    }
}

/// The name of a thing, or the path to its id.
pub(super) fn name(value: &Value, kind: RefKind) -> Option<Yaml> {
    match value {
        Value::Ref(reference) if reference.kind == kind => Some(Yaml::text(&reference.name)),
        Value::Text(text) if jsonpath::is_reference(text) => Some(Yaml::text(text)),
        _ => None,
    }
}

/// A time in seconds as authors write it.
pub(super) fn seconds(value: &Value) -> Option<Yaml> {
    let text = value.as_text()?;
    if jsonpath::is_reference(text) {
        return Some(Yaml::text(text));
    }
    let seconds: u64 = text.parse().ok()?;
    Some(Yaml::bare(duration::text(seconds)))
}

/// A time in minutes as authors write it.
pub(super) fn minutes(value: &Value) -> Option<Yaml> {
    let text = value.as_text()?;
    if jsonpath::is_reference(text) {
        return Some(Yaml::text(text));
    }
    let minutes: u64 = text.parse().ok()?;
    Some(Yaml::bare(duration::text(minutes.checked_mul(60)?)))
}

fn texts(value: &Value) -> Option<Yaml> {
    let entries = value.as_map()?.iter();
    let entries = entries.map(|(key, value)| Some((key.clone(), text(value)?)));
    Some(Yaml::Map(entries.collect::<Option<_>>()?))
}

/// Conditions as a map where all of them ask for equality, else as a list.
fn conditions(conditions: &[Condition], any_operator: bool) -> Option<Yaml> {
    let operands: Option<Vec<&str>> = conditions.iter().map(equal_to).collect();
    if let Some(operands) = operands
        && operands
            .iter()
            .enumerate()
            .all(|(n, it)| !operands[..n].contains(it))
    {
        let entries = operands.into_iter().zip(conditions);
        let entries = entries.map(|(operand, it)| (operand.to_owned(), target(&it.next)));
        return Some(Yaml::Map(entries.collect()));
    }
    let items = conditions.iter().map(|it| {
        let word = OPERATORS
            .iter()
            .find(|(operator, _)| *operator == it.operator);
        match (word, it.operands.as_slice()) {
            (Some((_, word)), [operand]) => Some(Yaml::map([
                (*word, raw_value(operand, false)),
                ("next", target(&it.next)),
            ])),
            _ if any_operator => Some(any_condition(it)),
            _ => None,
        }
    });
    Some(Yaml::List(items.collect::<Option<_>>()?))
}

/// What a condition compares with, if it is one that a map can hold.
fn equal_to(condition: &Condition) -> Option<&str> {
    let [Value::Text(operand)] = condition.operands.as_slice() else {
        return None;
    };
    let is_key = !operand.is_empty() && !template::is_template(operand);
    (condition.operator == "Equals" && is_key).then_some(operand)
}

fn exact_conditions(conditions: &[Condition]) -> Yaml {
    Yaml::List(conditions.iter().map(exact_condition).collect())
}

/// A condition in the terms of the Flow language.
fn any_condition(condition: &Condition) -> Yaml {
    let operands = condition.operands.iter();
    let operands = operands.map(|it| raw_value(it, false)).collect();
    Yaml::map([
        ("operator", plain_text(&condition.operator)),
        ("operands", Yaml::List(operands)),
        ("next", target(&condition.next)),
    ])
}

fn exact_condition(condition: &Condition) -> Yaml {
    let operands = condition.operands.iter().map(exact_value).collect();
    Yaml::map([
        ("operator", exact_text(&condition.operator)),
        ("operands", Yaml::List(operands)),
        ("next", exact_text(condition.next.as_str())),
    ])
}

/// Errors as a map, or as a list where one stands twice.
fn errors(action: &Action) -> Yaml {
    let branches = &action.transitions.errors;
    let is_new = |(n, name): (usize, &str)| branches[..n].iter().all(|it| it.error != name);
    let is_plain = |name: &str| !name.is_empty() && !template::is_template(name);
    let mut names = branches.iter().map(|it| it.error.as_str()).enumerate();
    if names.all(|(n, name)| is_new((n, name)) && is_plain(name)) {
        let entries = branches
            .iter()
            .map(|it| (it.error.clone(), target(&it.next)));
        return Yaml::Map(entries.collect());
    }
    let items = branches
        .iter()
        .map(|it| Yaml::map([("error", plain_text(&it.error)), ("next", target(&it.next))]));
    Yaml::List(items.collect())
}

fn raw_map(map: &Map, json: bool) -> Yaml {
    let entries = map
        .iter()
        .map(|(key, value)| (key.clone(), raw_value(value, json)));
    Yaml::Map(entries.collect())
}

/// A value of the raw form; under `json` plain scalars keep their JSON types.
fn raw_value(value: &Value, json: bool) -> Yaml {
    match value {
        Value::Ref(reference) => Yaml::text(reference_text(reference)),
        Value::Text(text) if text.is_empty() && json => Yaml::text(""),
        Value::Text(text) if !json && is_small_number(text) => Yaml::bare(text),
        Value::Text(text) => plain_text(text),
        Value::List(items) => Yaml::List(items.iter().map(|item| raw_value(item, json)).collect()),
        Value::Map(map) => raw_map(map, json),
        scalar if json => Yaml::bare(flow::json::to_json(scalar).to_string()),
        scalar => Yaml::Json(flow::json::to_json(scalar)),
    }
}

fn exact_value(value: &Value) -> Yaml {
    match value {
        Value::Ref(reference) => Yaml::text(reference_text(reference)),
        Value::List(items) => Yaml::List(items.iter().map(exact_value).collect()),
        Value::Map(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| (key.clone(), exact_value(value)));
            Yaml::Map(entries.collect())
        }
        scalar => Yaml::Json(flow::json::to_json(scalar)),
    }
}

fn exact_text(text: &str) -> Yaml {
    Yaml::Json(Json::from(text))
}

fn reference_text(reference: &Ref) -> String {
    format!("{{{{ {}('{}') }}}}", reference.kind, reference.name)
}

/// Numbers that read the same with and without quotes; the raw form takes both for text.
fn is_small_number(text: &str) -> bool {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits && text.len() <= 9 && (text == "0" || !text.starts_with('0'))
}

/// Whether an action's `NextAction` only repeats another branch.
pub(super) fn mirrors_next(action: &Action) -> bool {
    !catalogue::follows_next(action)
}
