//! The forms that an action can be written in: short, in its own terms, and verbatim.
//!
//! A short form is offered wherever it might do; whether it compiles to exactly the action is the
//! compiler's to say.

use flow::catalogue;
use flow::jsonpath;
use flow::model::{Action, ActionId, Condition};
use flow::value::{Map, Ref, RefKind, Value};
use serde_json::Value as Json;

use crate::duration;
use crate::emit::Yaml;
use crate::template;

/// The keys of an action in the order in which they are written.
pub(super) type Fields = Vec<(String, Yaml)>;

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

const HOOKS: [(&str, &str); 10] = [
    ("CustomerQueue", "customer_queue"),
    ("CustomerRemaining", "customer_remaining"),
    ("CustomerHold", "customer_hold"),
    ("CustomerWhisper", "customer_whisper"),
    ("AgentHold", "agent_hold"),
    ("AgentWhisper", "agent_whisper"),
    ("DefaultAgentUI", "default_agent_ui"),
    ("DisconnectAgentUI", "disconnect_agent_ui"),
    ("PauseContact", "pause_contact"),
    ("ResumeContact", "resume_contact"),
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

/// An action being written in a short form: its parameters are taken one by one, and what is left
/// over says that the form does not do.
struct Short<'a> {
    action: &'a Action,
    left: Vec<&'a str>,
}

/// The types that have a short form, whether or not a certain action can have it.
pub(super) fn has_short_form(kind: &str) -> bool {
    matches!(
        kind,
        "MessageParticipant"
            | "InvokeLambdaFunction"
            | "Wait"
            | "Compare"
            | "CheckHoursOfOperation"
            | "UpdateContactAttributes"
            | "UpdateContactTargetQueue"
            | "UpdateContactEventHooks"
            | "UpdateFlowLoggingBehavior"
            | "InvokeFlowModule"
            | "TransferContactToQueue"
            | "TransferToFlow"
            | "DisconnectParticipant"
            | "EndFlowExecution"
            | "EndFlowModuleExecution"
    )
}

/// The short form of an action, if it may have one.
pub(super) fn short(action: &Action) -> Option<Fields> {
    let has_more = !action.extra.is_empty() || !action.transitions.extra.is_empty();
    if has_more {
        return None;
    }
    let mut short = Short {
        action,
        left: action.parameters.keys().map(String::as_str).collect(),
    };
    let fields = match action.kind.as_str() {
        "MessageParticipant" => short.play_prompt(),
        "InvokeLambdaFunction" => short.invoke_lambda(),
        "Wait" => short.wait(),
        "Compare" => short.compare(),
        "CheckHoursOfOperation" => short.check_hours(),
        "UpdateContactAttributes" => short.set_attributes(),
        "UpdateContactTargetQueue" => short.set_working_queue(),
        "UpdateContactEventHooks" => short.set_event_hooks(),
        "UpdateFlowLoggingBehavior" => short.set_logging(),
        "InvokeFlowModule" => short.invoke_module(),
        "TransferContactToQueue" => short.transfer_to_queue(),
        "TransferToFlow" => short.transfer_to_flow(),
        "DisconnectParticipant" => short.end("disconnect"),
        "EndFlowExecution" => short.end("end_flow"),
        "EndFlowModuleExecution" => short.end_module(),
        _ => None,
    }?;
    short.left.is_empty().then_some(fields)
}

impl<'a> Short<'a> {
    fn take(&mut self, name: &str) -> Option<&'a Value> {
        self.left.retain(|it| *it != name);
        self.action.parameters.get(name)
    }

    /// Takes a parameter that does not change the form if it has this text.
    fn is(&mut self, name: &str, text: &str) -> bool {
        let value = self.take(name);
        value.is_some_and(|it| it.as_text() == Some(text))
    }

    fn next(&self) -> Option<&'a ActionId> {
        self.action.transitions.next.as_ref()
    }

    fn error(&self, name: &str) -> Option<&'a ActionId> {
        let mut errors = self.action.transitions.errors.iter();
        Some(&errors.find(|it| it.error == name)?.next)
    }

    fn condition(&self, operand: &str) -> Option<&'a ActionId> {
        let mut conditions = self.action.transitions.conditions.iter();
        let is_it = |it: &&Condition| it.operands.first().and_then(Value::as_text) == Some(operand);
        Some(&conditions.find(is_it)?.next)
    }

    /// `next`, and the error branch where it leads elsewhere.
    fn going_on(&self, form: &str, body: Yaml) -> Option<Fields> {
        let next = self.next()?;
        let error = self.error("NoMatchingError");
        let branches = [("error", error.filter(|it| *it != next))];
        Some(fields(form, body, Some(next), branches))
    }

    fn play_prompt(&mut self) -> Option<Fields> {
        let content = [
            ("Text", self.take("Text").map(text)),
            ("SSML", self.take("SSML").map(text)),
            (
                "PromptId",
                self.take("PromptId").map(|it| name(it, RefKind::Prompt)),
            ),
        ];
        let mut written = content.into_iter().filter_map(|(key, it)| Some((key, it?)));
        let body = match (written.next()?, written.next()) {
            (("Text", text), None) => text?,
            (("SSML", text), None) => Yaml::map([("ssml", text?)]),
            ((_, prompt), None) => Yaml::map([("prompt", prompt?)]),
            _ => return None,
        };
        self.going_on("play_prompt", body)
    }

    fn invoke_lambda(&mut self) -> Option<Fields> {
        let function = name(self.take("LambdaFunctionARN")?, RefKind::Lambda)?;
        let mut more = Vec::new();
        match self.take("InvocationTimeLimitSeconds")? {
            time if time.as_text() == Some("8") => {}
            time => more.push(("timeout", seconds(time)?)),
        }
        if let Some(attributes) = self.take("LambdaInvocationAttributes") {
            more.push(("parameters", texts(attributes)?));
        }
        if let Some(response) = self.take("ResponseValidation") {
            let response = response.as_map()?;
            match response.get("ResponseType").and_then(Value::as_text)? {
                "JSON" => more.push(("response", Yaml::text("json"))),
                _ if response.len() == 1 => {}
                _ => return None,
            }
        }
        let body = one_or_map("function", function, more);
        self.going_on_or_error("invoke_lambda", body)
    }

    /// `next` and an error branch that is always written.
    fn going_on_or_error(&self, form: &str, body: Yaml) -> Option<Fields> {
        let error = self.error("NoMatchingError")?;
        Some(fields(
            form,
            body,
            Some(self.next()?),
            [("error", Some(error))],
        ))
    }

    fn wait(&mut self) -> Option<Fields> {
        let time = seconds(self.take("TimeLimitSeconds")?)?;
        let event = match self.take("Events") {
            None => None,
            Some(events) => match events.as_list()? {
                [event] => Some(event.as_text()?),
                _ => return None,
            },
        };
        let expired = self.condition("WaitCompleted")?;
        let error = self.error("NoMatchingError")?;
        let other_error = Some(error).filter(|it| *it != expired);
        let (until, branch) = match event {
            None => {
                let branches = [("error", other_error)];
                return Some(fields("wait", time, Some(expired), branches));
            }
            Some("CustomerReturned") => ("customer_returned", "customer_returned"),
            Some("BotParticipantDisconnected") => ("bot_disconnected", "bot_disconnected"),
            Some(_) => return None,
        };
        let not_found = self.error("ParticipantNotFound").filter(|it| *it != error);
        let body = Yaml::map([("time", time), ("until", Yaml::text(until))]);
        let branches = [
            (branch, self.condition(event?)),
            ("time_expired", Some(expired)),
            ("participant_not_found", not_found),
            ("error", other_error),
        ];
        Some(fields("wait", body, None, branches))
    }

    fn compare(&mut self) -> Option<Fields> {
        let value = text(self.take("ComparisonValue")?)?;
        let otherwise = self.error("NoMatchingCondition")?;
        let when = conditions(&self.action.transitions.conditions, false)?;
        Some(vec![
            ("compare".to_owned(), value),
            ("when".to_owned(), when),
            ("otherwise".to_owned(), target(otherwise)),
        ])
    }

    fn check_hours(&mut self) -> Option<Fields> {
        let hours = name(self.take("HoursOfOperationId")?, RefKind::Hours)?;
        let closed = self.condition("False")?;
        let error = self.error("NoMatchingError");
        let branches = [
            ("open", self.condition("True")),
            ("closed", Some(closed)),
            ("error", error.filter(|it| *it != closed)),
        ];
        Some(fields("check_hours", hours, None, branches))
    }

    fn set_attributes(&mut self) -> Option<Fields> {
        let attributes = texts(self.take("Attributes")?)?;
        let _ = self.is("TargetContact", "Current");
        self.going_on("set_attributes", attributes)
    }

    fn set_working_queue(&mut self) -> Option<Fields> {
        let queue = name(self.take("QueueId")?, RefKind::Queue)?;
        self.going_on("set_working_queue", queue)
    }

    fn set_event_hooks(&mut self) -> Option<Fields> {
        let hooks = self.take("EventHooks")?.as_map()?;
        let mut written = Vec::new();
        for (hook, value) in hooks {
            let (_, word) = HOOKS.iter().find(|(key, _)| key == hook)?;
            written.push(((*word).to_owned(), name(value, RefKind::Flow)?));
        }
        match written.as_slice() {
            [(word, flow)] if word == "customer_queue" => {
                self.going_on("set_customer_queue_flow", flow.clone())
            }
            [_] => self.going_on("set_event_hooks", Yaml::Map(written)),
            _ => None,
        }
    }

    fn set_logging(&mut self) -> Option<Fields> {
        let word = match self.take("FlowLoggingBehavior")?.as_text()? {
            "Enabled" => "enabled",
            "Disabled" => "disabled",
            _ => return None,
        };
        Some(fields("set_logging", Yaml::text(word), self.next(), []))
    }

    fn invoke_module(&mut self) -> Option<Fields> {
        let module = name(self.take("FlowModuleId")?, RefKind::Module)?;
        let input = self.take("Input").map(|it| ("input", raw_value(it, true)));
        let body = one_or_map("module", module, input.into_iter().collect());
        self.going_on("invoke_module", body)
    }

    fn transfer_to_queue(&mut self) -> Option<Fields> {
        let full = self.error("QueueAtCapacity")?;
        let error = self.error("NoMatchingError").filter(|it| *it != full);
        let branches = [("at_capacity", Some(full)), ("error", error)];
        Some(fields(
            "transfer_to_queue",
            Yaml::empty_map(),
            None,
            branches,
        ))
    }

    fn transfer_to_flow(&mut self) -> Option<Fields> {
        let flow = name(self.take("ContactFlowId")?, RefKind::Flow)?;
        let branches = [("error", Some(self.error("NoMatchingError")?))];
        Some(fields("transfer_to_flow", flow, None, branches))
    }

    fn end(&self, form: &str) -> Option<Fields> {
        let has_ways = self.action.transitions.targets().next().is_some();
        (!has_ways).then(|| fields(form, Yaml::empty_map(), None, []))
    }

    fn end_module(&mut self) -> Option<Fields> {
        let mut body = Vec::new();
        if let Some(result) = self.take("Result") {
            body.push(("result".to_owned(), text(result)?));
        }
        if let Some(data) = self.take("ResultData") {
            body.push(("data".to_owned(), raw_value(data, true)));
        }
        let mut fields = self.end("end_module")?;
        if let Some((_, written)) = fields.first_mut() {
            *written = Yaml::Map(body);
        }
        Some(fields)
    }
}

/// An action in its own terms.
pub(super) fn raw(action: &Action) -> Fields {
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
pub(super) fn verbatim(action: &Action) -> Fields {
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

fn fields<const N: usize>(
    form: &str,
    body: Yaml,
    next: Option<&ActionId>,
    branches: [(&str, Option<&ActionId>); N],
) -> Fields {
    let mut fields = vec![(form.to_owned(), body)];
    fields.extend(next.map(|it| ("next".to_owned(), target(it))));
    let branches = branches
        .into_iter()
        .filter_map(|(name, to)| Some((name.to_owned(), target(to?))));
    let branches: Vec<(String, Yaml)> = branches.collect();
    if !branches.is_empty() {
        fields.push(("on".to_owned(), Yaml::Map(branches)));
    }
    fields
}

/// The value by itself, or in a map with what else there is.
fn one_or_map(key: &str, value: Yaml, more: Vec<(&str, Yaml)>) -> Yaml {
    if more.is_empty() {
        return value;
    }
    let entries = [(key, value)].into_iter().chain(more);
    Yaml::Map(
        entries
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

pub(super) fn target(id: &ActionId) -> Yaml {
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

pub(super) fn texts(value: &Value) -> Option<Yaml> {
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
            _ if any_operator => Some(exact_condition(it)),
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
