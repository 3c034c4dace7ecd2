//! Documents and a script in a few lines, and a host that plays the script.
//!
//! ```text
//! queue support
//! hours office open
//! flow main
//!   greet MessageParticipant {"Text": "Hello"} -> wait
//!   wait  Wait {"TimeLimitSeconds": "60"} -> bye | WaitCompleted -> bye ! NoMatchingError -> bye
//!   bye   DisconnectParticipant
//! > start main tier=gold
//! > wait 60s
//! ```
//! A condition is `| operand -> action` or `| Operator: operand -> action`, an error branch is
//! `! ErrorType -> action`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use flow::model::{Action, ActionId, Condition, ErrorBranch, Flow};
use flow::value::Value;
use flow_engine::contact::{Contact, Queue};
use flow_engine::document::Document;
use flow_engine::machine::Execution;
use flow_engine::turn::{
    Effect, Event, Hours, LambdaOutcome, Need, TransferOutcome, Turn, WaitForm,
};

/// What a file describes.
#[derive(Default)]
pub(crate) struct Case {
    documents: HashMap<String, Arc<Document>>,
    queues: Vec<String>,
    hours: HashMap<String, bool>,
    commands: Vec<String>,
}

impl Case {
    pub(crate) fn parse(text: &str) -> Self {
        let mut case = Case::default();
        let mut current: Option<Document> = None;
        for line in text.lines() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(action) = line.strip_prefix("  ") {
                let document = current.as_mut().expect("actions stand below a document");
                let action = parse_action(action.trim());
                if document.flow.actions.is_empty() {
                    document.flow.start = action.id.clone();
                }
                document.flow.actions.push(action);
                continue;
            }
            if let Some(document) = current.take() {
                let name = document.name.clone();
                case.documents.insert(name, Arc::new(document));
            }
            if let Some(command) = line.strip_prefix("> ") {
                case.commands.push(command.to_owned());
                continue;
            }
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["flow" | "module", name] => {
                    current = Some(Document {
                        id: name.to_owned(),
                        name: name.to_owned(),
                        flow: Flow::new("none"),
                    });
                }
                ["queue", name] => case.queues.push(name.to_owned()),
                ["hours", name, state] => {
                    case.hours.insert(name.to_owned(), state == "open");
                }
                _ => panic!("not understood: {line}"),
            }
        }
        case
    }

    /// Plays the script and writes down all that happens.
    pub(crate) fn run(self) -> String {
        let mut host = Host {
            execution: Execution::new(Arc::new(Document {
                id: "none".into(),
                name: "none".into(),
                flow: Flow::new("none"),
            })),
            contact: Contact {
                contact_id: "c-1".into(),
                initial_contact_id: "c-1".into(),
                channel: "CHAT".into(),
                ..Contact::default()
            },
            waits: None,
            shown: Vec::new(),
            out: String::new(),
            case: &self,
        };
        for command in &self.commands {
            writeln!(host.out, "> {command}").unwrap();
            host.obey(command);
        }
        host.out
    }
}

fn parse_action(line: &str) -> Action {
    let (id, rest) = line.split_once(' ').expect("an action has a type");
    let rest = rest.trim_start();
    let (kind, mut rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut action = Action::new(id, kind);
    rest = rest.trim_start();
    if rest.starts_with('{') {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        let json = stream
            .next()
            .expect("there is an object")
            .expect("it is JSON");
        let end = stream.byte_offset();
        match flow::json::from_json(json) {
            Value::Map(map) => action.parameters = map,
            _ => unreachable!("it starts with a brace"),
        }
        rest = &rest[end..];
    }
    let rest = rest.replace(" ! ", "\n! ").replace(" | ", "\n| ");
    for way in rest.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let (what, next) = way.split_once("-> ").expect("a way out has an arrow");
        let (what, next) = (what.trim(), ActionId::new(next.trim()));
        if let Some(error) = what.strip_prefix("! ") {
            let error = error.to_owned();
            action.transitions.errors.push(ErrorBranch { error, next });
        } else if let Some(condition) = what.strip_prefix("| ") {
            let (operator, operand) = condition.split_once(": ").unwrap_or(("Equals", condition));
            action.transitions.conditions.push(Condition {
                operator: operator.to_owned(),
                operands: vec![Value::from(operand)],
                next,
            });
        } else {
            action.transitions.next = Some(next);
        }
    }
    action
}

/// Plays the part of the emulator.
struct Host<'a> {
    case: &'a Case,
    execution: Execution,
    contact: Contact,
    /// What is left of the current Wait.
    waits: Option<Duration>,
    /// The path as it was shown last.
    shown: Vec<Option<String>>,
    out: String,
}

impl Host<'_> {
    fn obey(&mut self, command: &str) {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        match verb {
            "start" => {
                let mut words = rest.split_whitespace();
                let name = words.next().expect("a flow to start");
                for word in words {
                    self.set(word);
                }
                self.execution = Execution::new(Arc::clone(&self.case.documents[name]));
                self.tell(Event::Start);
            }
            "set" => self.set(rest),
            "attributes" => {
                for (key, value) in &self.contact.attributes {
                    let shown: String = value.chars().take(40).collect();
                    writeln!(self.out, "  {key} = {shown}").unwrap();
                }
            }
            "hooks" => {
                for (hook, flow) in &self.contact.hooks {
                    writeln!(self.out, "  {hook} = {flow}").unwrap();
                }
                writeln!(self.out, "  logging = {}", self.contact.logging).unwrap();
            }
            "say" => self.tell(Event::CustomerReturned),
            "bot" if rest == "joins" => self.contact.custom_participant = true,
            "bot" => {
                self.contact.custom_participant = false;
                self.tell(Event::BotParticipantDisconnected);
            }
            "wait" => self.pass(seconds(rest)),
            "random" => self.tell(Event::Random(rest.parse().expect("a number"))),
            "accepted" => {
                let id = (rest != "none").then(|| rest.to_owned());
                self.tell(Event::LambdaAccepted(id));
            }
            "transfer" => self.tell(Event::Transfer(match rest {
                "queued" => TransferOutcome::Queued,
                "full" => TransferOutcome::AtCapacity,
                _ => TransferOutcome::Failed,
            })),
            "lambda" => {
                let (what, elapsed) = rest.rsplit_once(" in ").unwrap_or((rest, "0s"));
                self.tell(Event::Lambda {
                    outcome: lambda_outcome(what),
                    elapsed: seconds(elapsed),
                });
            }
            _ => panic!("not understood: {command}"),
        }
    }

    fn set(&mut self, pair: &str) {
        let (key, value) = pair.split_once('=').expect("key=value");
        let value = match value.strip_prefix("bytes:") {
            Some(n) => "x".repeat(n.parse().expect("a number")),
            None => value.to_owned(),
        };
        self.contact.attributes.insert(key.to_owned(), value);
    }

    fn pass(&mut self, time: Duration) {
        match self.waits {
            Some(left) if time >= left => {
                self.waits = None;
                self.tell(Event::TimeLimit);
            }
            Some(left) => self.waits = Some(left - time),
            None => writeln!(self.out, "  nothing waits").unwrap(),
        }
    }

    /// Gives an event to the machine and answers what can be answered at once.
    fn tell(&mut self, event: Event) {
        let mut next = Some(event);
        while let Some(event) = next {
            let Some(turn) = self.execution.advance(&mut self.contact, event) else {
                writeln!(self.out, "  ignored").unwrap();
                return;
            };
            self.show(&turn);
            self.waits = None;
            next = match turn.need {
                Need::Flow(id) => Some(Event::Flow(self.case.documents.get(&id).cloned())),
                Need::Module(id) => Some(Event::Module(self.case.documents.get(&id).cloned())),
                Need::Queue(id) => Some(Event::Queue(self.queue(&id))),
                Need::Hours(hours) => Some(Event::Hours(match hours {
                    Hours::Named(id) => self.case.hours.get(&id).copied(),
                    Hours::OfQueue(queue) => self.case.hours.get(&queue.name).copied(),
                })),
                Need::Wait(wait) => {
                    self.waits = Some(wait.limit);
                    None
                }
                Need::Random | Need::Lambda(_) | Need::Transfer(_) | Need::Nothing(_) => None,
            };
        }
    }

    fn queue(&self, id: &str) -> Option<Queue> {
        self.case.queues.iter().find(|it| *it == id)?;
        Some(Queue {
            id: id.to_owned(),
            arn: format!("arn:{id}"),
            name: id.to_owned(),
        })
    }

    /// Writes lines down, the first and the last of very many.
    fn show_lines(&mut self, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            if lines.len() <= LINES || index < 2 || index + 1 == lines.len() {
                writeln!(self.out, "{line}").unwrap();
            } else if index == 2 {
                writeln!(self.out, "  .. {} more ..", lines.len() - 3).unwrap();
            }
        }
    }

    fn show(&mut self, turn: &Turn) {
        let changed: Vec<String> = self
            .contact
            .path
            .iter()
            .enumerate()
            .filter(|(index, step)| self.shown.get(*index) != Some(&step.branch))
            .map(|(_, step)| {
                let branch = step.branch.as_deref().unwrap_or("..");
                let (flow, action, kind) = (&step.flow, &step.action, &step.action_type);
                format!("  {flow}/{action} {kind} -> {branch}")
            })
            .collect();
        self.show_lines(&changed);
        self.shown = self
            .contact
            .path
            .iter()
            .map(|it| it.branch.clone())
            .collect();
        let effects = turn.effects.iter().map(|effect| match effect {
            Effect::Message(text) => format!("  SYSTEM: {text}"),
            Effect::Note { action, text } => format!("  note at {action}: {text}"),
        });
        self.show_lines(&effects.collect::<Vec<_>>());
        match &turn.need {
            Need::Lambda(call) => {
                let kind = if call.asynchronous { "queues" } else { "calls" };
                let limit = call.limit.as_secs_f64();
                let parameters = serde_json::Value::Object(call.parameters.clone());
                let arn = &call.function_arn;
                writeln!(self.out, "  {kind} {arn} {parameters} within {limit}s").unwrap();
            }
            Need::Wait(wait) => {
                let form = match wait.form {
                    WaitForm::Timer => "",
                    WaitForm::CustomerReturned => " or the customer",
                    WaitForm::BotParticipantDisconnected => " or the bot leaving",
                };
                writeln!(self.out, "  waits {}s{form}", wait.limit.as_secs()).unwrap();
            }
            Need::Random => writeln!(self.out, "  throws the dice").unwrap(),
            Need::Transfer(queue) => writeln!(self.out, "  wants queue {}", queue.name).unwrap(),
            Need::Nothing(end) => {
                writeln!(self.out, "  ended: {end:?}").unwrap();
            }
            Need::Flow(_) | Need::Module(_) | Need::Queue(_) | Need::Hours(_) => {}
        }
    }
}

/// The most lines that are shown whole.
const LINES: usize = 20;

fn lambda_outcome(what: &str) -> LambdaOutcome {
    match what {
        "error" => LambdaOutcome::FunctionError,
        "timeout" => LambdaOutcome::TimedOut,
        "denied" => LambdaOutcome::Denied,
        "missing" => LambdaOutcome::NotFound,
        "throttled" => LambdaOutcome::Retryable,
        text => match text.strip_prefix("bytes:") {
            // A map of strings that is so many bytes long.
            Some(n) => {
                let size: usize = n.parse().expect("a number");
                let frame = r#"{"k":""}"#.len();
                LambdaOutcome::Answered(format!(r#"{{"k":"{}"}}"#, "x".repeat(size - frame)).into())
            }
            None => LambdaOutcome::Answered(text.as_bytes().to_vec()),
        },
    }
}

/// `90s`, `15m` or `7d`.
fn seconds(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: f64 = number.parse().expect("a number and a unit");
    Duration::from_secs_f64(match unit {
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3_600.0,
        "d" => number * 86_400.0,
        _ => panic!("not a duration: {text}"),
    })
}
