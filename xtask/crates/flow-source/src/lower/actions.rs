//! The short forms of single actions. Each compiles to exactly one action.
//!
//! Where Connect wants an error branch and the author gives none, a form that changes nothing but
//! the contact's data goes on as if nothing had happened; the others ask the author to decide.

use flow::model::{FlowType, Transitions};
use flow::value::{Format, Map, RefKind, Value};

use super::build::{action, equals, lambda_parameters, parameters, transitions};
use super::custom_bot::WAIT_TIME;
use super::exits::Exits;
use super::value::Limits;
use super::{Lowering, Place};
use crate::rule;
use crate::yaml::{Kind, Node};

/// A synchronous call takes 1 to 8 seconds.
const LAMBDA_TIME: Limits = Limits {
    what: "the Lambda's time",
    least: 1,
    greatest: 8,
};

/// The hooks that a flow can set, in our words and Connect's, with the types of flow they take.
const HOOKS: [(&str, &str, FlowType); 10] = [
    ("customer_queue", "CustomerQueue", FlowType::CustomerQueue),
    (
        "customer_remaining",
        "CustomerRemaining",
        FlowType::ContactFlow,
    ),
    ("customer_hold", "CustomerHold", FlowType::CustomerHold),
    (
        "customer_whisper",
        "CustomerWhisper",
        FlowType::CustomerWhisper,
    ),
    ("agent_hold", "AgentHold", FlowType::AgentHold),
    ("agent_whisper", "AgentWhisper", FlowType::AgentWhisper),
    ("default_agent_ui", "DefaultAgentUI", FlowType::ContactFlow),
    (
        "disconnect_agent_ui",
        "DisconnectAgentUI",
        FlowType::ContactFlow,
    ),
    ("pause_contact", "PauseContact", FlowType::ContactFlow),
    ("resume_contact", "ResumeContact", FlowType::ContactFlow),
];

impl<'a> Lowering<'a> {
    pub(super) fn play_prompt(&mut self, place: &Place<'_>, body: &'a Node, exits: Exits<'a>) {
        let mut content = Map::new();
        if matches!(body.kind, Kind::Map(_)) {
            let Some(mut fields) = self.body(place, body) else {
                return;
            };
            for (key, name) in [("text", "Text"), ("ssml", "SSML")] {
                let value = fields
                    .take(key)
                    .and_then(|it| self.text(&it.value, "the prompt"));
                content.extend(value.map(|value| (name.to_owned(), value)));
            }
            let prompt = fields.take("prompt");
            let prompt = prompt.and_then(|it| self.reference(&it.value, RefKind::Prompt));
            content.extend(prompt.map(|prompt| ("PromptId".to_owned(), prompt)));
            self.no_more_keys(fields, "`play_prompt`");
        } else {
            let text = self.text(body, "the prompt");
            content.extend(text.map(|text| ("Text".to_owned(), text)));
        }
        self.going_on(place, exits, "MessageParticipant", content);
    }

    /// An action that goes on at `next`, after an error as well unless the author says otherwise.
    fn going_on(&mut self, place: &Place<'_>, mut exits: Exits<'a>, kind: &str, content: Map) {
        let next = self.next(place, &exits);
        let error = self.branch(&mut exits, "error").or(next.clone());
        self.no_more(place, exits);
        let ways = transitions(next, Vec::new(), [("NoMatchingError", error)]);
        self.add(place, action(place.id(""), kind, content, ways));
    }

    pub(super) fn invoke_lambda(
        &mut self,
        place: &Place<'_>,
        body: &'a Node,
        mut exits: Exits<'a>,
    ) {
        let mut time = Some(Value::text("8"));
        let mut attributes = Map::new();
        let mut is_json = false;
        let function = if matches!(body.kind, Kind::Map(_)) {
            let Some(mut fields) = self.body(place, body) else {
                return;
            };
            let function = self.needed_key(place, &mut fields, "function");
            if let Some(entry) = fields.take("timeout") {
                time = self.duration(&entry.value, Format::Seconds, LAMBDA_TIME);
            }
            if let Some(entry) = fields.take("parameters") {
                attributes = self.texts(&entry.value, "`parameters`").unwrap_or_default();
            }
            if let Some(entry) = fields.take("response") {
                let choices = [("string_map", "STRING_MAP"), ("json", "JSON")];
                is_json = self.choice(&entry.value, "response type", choices) == Some("JSON");
            }
            self.no_more_keys(fields, "`invoke_lambda`");
            function.map(|it| &it.value)
        } else {
            Some(body)
        };
        let function = function.and_then(|it| self.reference(it, RefKind::Lambda));
        let next = self.next(place, &exits);
        let error = self.needed_branch(place, &mut exits, "error");
        self.no_more(place, exits);
        let time = time.unwrap_or_else(|| Value::text("8"));
        let mut content = lambda_parameters(function, time, attributes);
        if is_json {
            let response = parameters([("ResponseType", Value::text("JSON"))]);
            content.insert("ResponseValidation".to_owned(), Value::Map(response));
        }
        let ways = transitions(next, Vec::new(), [("NoMatchingError", error)]);
        self.add(
            place,
            action(place.id(""), "InvokeLambdaFunction", content, ways),
        );
    }

    /// `wait: 30s` goes on at `next` when the time is up; with `until` it also ends early.
    pub(super) fn wait(&mut self, place: &Place<'_>, body: &'a Node, mut exits: Exits<'a>) {
        let mut event = None;
        let time = if matches!(body.kind, Kind::Map(_)) {
            let Some(mut fields) = self.body(place, body) else {
                return;
            };
            let time = self.needed_key(place, &mut fields, "time");
            let until = fields.take("until");
            let choices = [
                ("customer_returned", "CustomerReturned"),
                ("bot_disconnected", "BotParticipantDisconnected"),
            ];
            event = until.and_then(|it| self.choice(&it.value, "event", choices));
            self.no_more_keys(fields, "`wait`");
            time.map(|it| &it.value)
        } else {
            Some(body)
        };
        let time = time.and_then(|it| self.duration(it, Format::Seconds, WAIT_TIME));
        let time = time.unwrap_or_else(|| Value::text("1"));
        let mut content = parameters([("TimeLimitSeconds", time)]);
        let mut conditions = Vec::new();
        let expired = match event {
            None => self.next(place, &exits),
            Some(event) => {
                self.no_next(place, &exits, "the branches");
                let is_bot = event == "BotParticipantDisconnected";
                let name = if is_bot {
                    "bot_disconnected"
                } else {
                    "customer_returned"
                };
                let next = self.needed_branch(place, &mut exits, name);
                conditions.extend(equals(event, next));
                let events = Value::List(vec![Value::text(event)]);
                content.insert("Events".to_owned(), events);
                self.needed_branch(place, &mut exits, "time_expired")
            }
        };
        conditions.extend(equals("WaitCompleted", expired.clone()));
        let error = self.branch(&mut exits, "error").or(expired);
        let mut errors = Vec::new();
        if event == Some("BotParticipantDisconnected") {
            let not_found = self.branch(&mut exits, "participant_not_found");
            errors.push(("ParticipantNotFound", not_found.or(error.clone())));
        }
        errors.push(("NoMatchingError", error.clone()));
        self.no_more(place, exits);
        let ways = transitions(error, conditions, errors);
        self.add(place, action(place.id(""), "Wait", content, ways));
    }

    pub(super) fn check_hours(&mut self, place: &Place<'_>, body: &'a Node, mut exits: Exits<'a>) {
        let hours = self.reference(body, RefKind::Hours);
        self.no_next(place, &exits, "the branches");
        let open = self.needed_branch(place, &mut exits, "open");
        let closed = self.needed_branch(place, &mut exits, "closed");
        let error = self.branch(&mut exits, "error").or(closed.clone());
        self.no_more(place, exits);
        let content = hours.map(|it| ("HoursOfOperationId".to_owned(), it));
        let conditions = [equals("True", open), equals("False", closed)];
        let ways = transitions(
            error.clone(),
            conditions.into_iter().flatten().collect(),
            [("NoMatchingError", error)],
        );
        let content = content.into_iter().collect();
        self.add(
            place,
            action(place.id(""), "CheckHoursOfOperation", content, ways),
        );
    }

    pub(super) fn set_attributes(&mut self, place: &Place<'_>, body: &'a Node, exits: Exits<'a>) {
        let attributes = self.texts(body, "`set_attributes`").unwrap_or_default();
        let content = parameters([
            ("Attributes", Value::Map(attributes)),
            ("TargetContact", Value::text("Current")),
        ]);
        self.going_on(place, exits, "UpdateContactAttributes", content);
    }

    pub(super) fn set_working_queue(
        &mut self,
        place: &Place<'_>,
        body: &'a Node,
        exits: Exits<'a>,
    ) {
        let queue = self.reference(body, RefKind::Queue);
        let content = queue.map(|queue| ("QueueId".to_owned(), queue));
        let content = content.into_iter().collect();
        self.going_on(place, exits, "UpdateContactTargetQueue", content);
    }

    pub(super) fn set_event_hooks(&mut self, place: &Place<'_>, body: &'a Node, exits: Exits<'a>) {
        let Some(mut fields) = self.body(place, body) else {
            return;
        };
        let mut hooks = Map::new();
        for (key, name, flow_type) in HOOKS {
            if let Some(entry) = fields.take(key) {
                let value = self.flow_reference(&entry.value, &[flow_type]);
                hooks.extend(value.map(|value| (name.to_owned(), value)));
            }
        }
        self.no_more_keys(fields, "`set_event_hooks`");
        // What the service does with several hooks in one action is not known for sure.
        if hooks.len() > 1 {
            let headline = "several hooks in one action";
            let label = "one hook stands in an action";
            self.error_at(&rule::UNEXPECTED_SHAPE, place.form, headline, label)
                .help = Some("give each hook an action of its own".to_owned());
        }
        let content = parameters([("EventHooks", Value::Map(hooks))]);
        self.going_on(place, exits, "UpdateContactEventHooks", content);
    }

    pub(super) fn set_customer_queue_flow(
        &mut self,
        place: &Place<'_>,
        body: &'a Node,
        exits: Exits<'a>,
    ) {
        let value = self.flow_reference(body, &[FlowType::CustomerQueue]);
        let hooks = value.map(|value| ("CustomerQueue".to_owned(), value));
        let hooks = hooks.into_iter().collect();
        let content = parameters([("EventHooks", Value::Map(hooks))]);
        self.going_on(place, exits, "UpdateContactEventHooks", content);
    }

    pub(super) fn set_logging(&mut self, place: &Place<'_>, body: &'a Node, exits: Exits<'a>) {
        let choices = [("enabled", "Enabled"), ("disabled", "Disabled")];
        let choice = self
            .choice(body, "logging behaviour", choices)
            .unwrap_or("Enabled");
        let next = self.next(place, &exits);
        self.no_more(place, exits);
        let content = parameters([("FlowLoggingBehavior", Value::text(choice))]);
        let ways = transitions(next, Vec::new(), []);
        self.add(
            place,
            action(place.id(""), "UpdateFlowLoggingBehavior", content, ways),
        );
    }

    pub(super) fn invoke_module(&mut self, place: &Place<'_>, body: &'a Node, exits: Exits<'a>) {
        let mut input = None;
        let module = if matches!(body.kind, Kind::Map(_)) {
            let Some(mut fields) = self.body(place, body) else {
                return;
            };
            let module = self.needed_key(place, &mut fields, "module");
            let entry = fields.take("input");
            input = entry.and_then(|it| self.raw_value(&it.value, &[], true));
            self.no_more_keys(fields, "`invoke_module`");
            module.map(|it| &it.value)
        } else {
            Some(body)
        };
        let module = module.and_then(|it| self.reference(it, RefKind::Module));
        let module = module.map(|module| ("FlowModuleId".to_owned(), module));
        let input = input.map(|input| ("Input".to_owned(), input));
        let content = module.into_iter().chain(input).collect();
        self.going_on(place, exits, "InvokeFlowModule", content);
    }

    pub(super) fn transfer_to_queue(
        &mut self,
        place: &Place<'_>,
        body: &'a Node,
        mut exits: Exits<'a>,
    ) {
        self.no_body(place, body);
        self.no_next(place, &exits, "the branches");
        let full = self.needed_branch(place, &mut exits, "at_capacity");
        let error = self.branch(&mut exits, "error").or(full.clone());
        self.no_more(place, exits);
        let errors = [
            ("QueueAtCapacity", full),
            ("NoMatchingError", error.clone()),
        ];
        let ways = transitions(error, Vec::new(), errors);
        self.add(
            place,
            action(place.id(""), "TransferContactToQueue", Map::new(), ways),
        );
    }

    pub(super) fn transfer_to_flow(
        &mut self,
        place: &Place<'_>,
        body: &'a Node,
        mut exits: Exits<'a>,
    ) {
        let types = [
            FlowType::ContactFlow,
            FlowType::AgentTransfer,
            FlowType::QueueTransfer,
        ];
        let target = self.flow_reference(body, &types);
        self.no_next(place, &exits, "the other flow and the branches");
        let error = self.needed_branch(place, &mut exits, "error");
        self.no_more(place, exits);
        let content = target.map(|it| ("ContactFlowId".to_owned(), it));
        let content = content.into_iter().collect();
        let ways = transitions(error.clone(), Vec::new(), [("NoMatchingError", error)]);
        self.add(place, action(place.id(""), "TransferToFlow", content, ways));
    }

    pub(super) fn end(
        &mut self,
        place: &Place<'_>,
        body: &'a Node,
        mut exits: Exits<'a>,
        kind: &str,
    ) {
        self.no_body(place, body);
        self.no_way_out(place, &mut exits);
        self.no_more(place, exits);
        self.add(
            place,
            action(place.id(""), kind, Map::new(), Transitions::default()),
        );
    }

    pub(super) fn end_module(&mut self, place: &Place<'_>, body: &'a Node, mut exits: Exits<'a>) {
        let mut content = Map::new();
        if !body.is_null() {
            let Some(mut fields) = self.body(place, body) else {
                return;
            };
            let result = fields
                .take("result")
                .and_then(|it| self.word(&it.value, "the result"));
            content.extend(result.map(|it| ("Result".to_owned(), Value::text(it.text.as_str()))));
            let data = fields
                .take("data")
                .and_then(|it| self.raw_value(&it.value, &[], true));
            content.extend(data.map(|it| ("ResultData".to_owned(), it)));
            self.no_more_keys(fields, "`end_module`");
        }
        self.no_way_out(place, &mut exits);
        self.no_more(place, exits);
        self.add(
            place,
            action(
                place.id(""),
                "EndFlowModuleExecution",
                content,
                Transitions::default(),
            ),
        );
    }
}
