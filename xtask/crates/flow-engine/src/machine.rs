//! The machine: takes events, follows transitions from action to action, and stops at the first
//! thing it needs from outside.

use std::sync::Arc;
use std::time::Duration;

use flow::model::{Action, ActionId};
use flow::value::Value;

use crate::actions::{self, Outcome};
use crate::contact::Contact;
use crate::document::Document;
use crate::lambda;
use crate::reference::{Scope, Variables};
use crate::turn::{Effect, End, Event, Need, TransferOutcome, Turn, WaitForm};

/// How many actions may follow each other without a Wait in between. A bound of ours: it only has to
/// end flows that would never stop; a document has at most 250 actions.
pub const STEP_BUDGET: usize = 1_000;

/// How deep modules may call modules [doc].
pub const MODULE_NESTING: usize = 5;

/// One run of a flow for a contact.
pub struct Execution {
    /// The flow, and on top of it the modules that are being run; never empty.
    frames: Vec<Frame>,
    pending: Pending,
    steps_without_wait: usize,
    lambda_chain: Duration,
}

/// A document that is being followed.
struct Frame {
    document: Arc<Document>,
    action: ActionId,
    /// Where the current action stands in the contact's path.
    step: usize,
    variables: Variables,
}

/// The event that the machine can go on with.
pub(crate) enum Pending {
    Start,
    Flow,
    Module { input: serde_json::Value },
    Queue,
    Hours,
    Random,
    Lambda(Box<lambda::Attempt>),
    LambdaAccepted,
    Transfer,
    Wait(WaitForm),
    Nothing,
}

impl Execution {
    /// A run that has not started yet.
    pub fn new(document: Arc<Document>) -> Self {
        let action = document.flow.start.clone();
        Self {
            frames: vec![Frame {
                document,
                action,
                step: 0,
                variables: Variables::default(),
            }],
            pending: Pending::Start,
            steps_without_wait: 0,
            lambda_chain: Duration::ZERO,
        }
    }

    /// The flow or module whose action is current.
    pub fn document(&self) -> &Document {
        &self.top().document
    }

    /// The action that is current.
    pub fn action(&self) -> &ActionId {
        &self.top().action
    }

    /// Goes on with an event up to the next need. Nothing happens if the machine does not wait for
    /// this event.
    pub fn advance(&mut self, contact: &mut Contact, event: Event) -> Option<Turn> {
        let pending = std::mem::replace(&mut self.pending, Pending::Nothing);
        let mut run = Run {
            execution: self,
            contact,
            effects: Vec::new(),
        };
        match run.resume(pending, event) {
            Ok(outcome) => {
                let need = run.go(outcome);
                Some(Turn {
                    effects: run.effects,
                    need,
                })
            }
            Err(pending) => {
                self.pending = pending;
                None
            }
        }
    }

    fn top(&self) -> &Frame {
        self.frames
            .last()
            .expect("the flow's own frame is never taken off")
    }

    fn top_mut(&mut self) -> &mut Frame {
        self.frames
            .last_mut()
            .expect("the flow's own frame is never taken off")
    }
}

/// An execution on the move, with what it works on.
pub(crate) struct Run<'a> {
    execution: &'a mut Execution,
    pub(crate) contact: &'a mut Contact,
    effects: Vec<Effect>,
}

impl Run<'_> {
    /// What the current action makes of an event; an event it does not wait for gives the pending
    /// state back.
    fn resume(&mut self, pending: Pending, event: Event) -> Result<Outcome, Pending> {
        Ok(match (pending, event) {
            (Pending::Start, Event::Start) => {
                Outcome::Goto(self.execution.top().document.flow.start.clone())
            }
            (Pending::Flow, Event::Flow(Some(document))) => Outcome::Replace(document),
            (Pending::Flow, Event::Flow(None)) => Outcome::error("no such flow is published"),
            (Pending::Module { input }, Event::Module(Some(module))) => {
                Outcome::Call { module, input }
            }
            (Pending::Module { .. }, Event::Module(None)) => {
                Outcome::error("no such module is published")
            }
            (Pending::Queue, Event::Queue(Some(queue))) => {
                self.contact.queue = Some(queue);
                Outcome::Next
            }
            (Pending::Queue, Event::Queue(None)) => Outcome::error("there is no such queue"),
            (Pending::Hours, Event::Hours(Some(open))) => {
                Outcome::Branch(if open { "True" } else { "False" }.to_owned())
            }
            (Pending::Hours, Event::Hours(None)) => {
                Outcome::error("there are no such hours of operation")
            }
            (Pending::Random, Event::Random(number)) => self.distribute(number),
            (Pending::Lambda(attempt), Event::Lambda { outcome, elapsed }) => {
                lambda::resume(attempt, outcome, elapsed, self)
            }
            (Pending::LambdaAccepted, Event::LambdaAccepted(Some(id))) => {
                self.variables_mut().invocation_id = Some(id);
                Outcome::Next
            }
            (Pending::LambdaAccepted, Event::LambdaAccepted(None)) => {
                Outcome::error("Lambda did not take the call")
            }
            (Pending::Transfer, Event::Transfer(outcome)) => match outcome {
                TransferOutcome::Queued => Outcome::End(End::Queued),
                TransferOutcome::AtCapacity => Outcome::Error {
                    name: "QueueAtCapacity",
                    note: None,
                },
                TransferOutcome::Failed => Outcome::error("the queue does not take the contact"),
            },
            (Pending::Wait(form), event) => match (form, event) {
                (_, Event::TimeLimit) => self.woken("WaitCompleted"),
                (WaitForm::CustomerReturned, Event::CustomerReturned) => {
                    self.woken("CustomerReturned")
                }
                (WaitForm::BotParticipantDisconnected, Event::BotParticipantDisconnected) => {
                    self.woken("BotParticipantDisconnected")
                }
                (form, _) => return Err(Pending::Wait(form)),
            },
            (pending, _) => return Err(pending),
        })
    }

    /// Takes the branch of an event that ended a Wait.
    fn woken(&mut self, event: &str) -> Outcome {
        self.execution.steps_without_wait = 0;
        Outcome::Branch(event.to_owned())
    }

    /// Follows the flow until it needs something.
    fn go(&mut self, mut outcome: Outcome) -> Need {
        loop {
            outcome = match outcome {
                Outcome::Goto(action) => self.enter(action),
                Outcome::Next => self.next(),
                Outcome::Condition(index) => self.take_condition(index),
                Outcome::Branch(operand) => self.branch(&operand),
                Outcome::Error { name, note } => self.error(name, note),
                Outcome::Call { module, input } => self.call(module, input),
                Outcome::Return { result, data } => self.give_back(result, data),
                Outcome::Replace(document) => self.replace(document),
                Outcome::Fail(reason) => self.fail(reason),
                Outcome::Ask(need, pending) => {
                    self.execution.pending = pending;
                    return need;
                }
                Outcome::End(end) => return Need::Nothing(end),
            };
        }
    }

    /// Starts an action.
    fn enter(&mut self, id: ActionId) -> Outcome {
        let document = Arc::clone(&self.execution.top().document);
        let Some(action) = document.flow.action(&id) else {
            return Outcome::Fail(format!("there is no action `{id}`"));
        };
        self.execution.steps_without_wait += 1;
        if self.execution.steps_without_wait > STEP_BUDGET {
            let reason = format!("more than {STEP_BUDGET} actions without a Wait in between");
            return Outcome::End(End::Failed(reason));
        }
        let frame = self.execution.top_mut();
        frame.action = id;
        frame.step = self.contact.path.len();
        self.contact.enter(&document.name, &action.id, &action.kind);
        actions::start(action, self)
    }

    fn next(&mut self) -> Outcome {
        let next = self.with_action(|action| action.transitions.next.clone());
        match next {
            Some(target) => self.leave("next".to_owned(), target),
            None => self.error(
                "NoMatchingError",
                Some("the action has no NextAction".into()),
            ),
        }
    }

    fn take_condition(&mut self, index: usize) -> Outcome {
        let found = self.with_action(|action| {
            let condition = action.transitions.conditions.get(index)?;
            Some((actions::condition_label(condition), condition.next.clone()))
        });
        match found {
            Some((label, target)) => self.leave(label, target),
            None => Outcome::Fail("a condition is missing".to_owned()),
        }
    }

    /// Takes the condition that is `Equals` to an operand.
    fn branch(&mut self, operand: &str) -> Outcome {
        let found = self.with_action(|action| {
            action.transitions.conditions.iter().position(|condition| {
                condition.operator == "Equals"
                    && condition.operands.first().and_then(Value::as_text) == Some(operand)
            })
        });
        match found {
            Some(index) => self.take_condition(index),
            None => self.error(
                "NoMatchingError",
                Some(format!("there is no branch for {operand}")),
            ),
        }
    }

    /// Takes an error branch: the named one, else the one for all others.
    fn error(&mut self, name: &'static str, note: Option<String>) -> Outcome {
        let found = self.with_action(|action| {
            let named = |name: &str| action.transitions.errors.iter().find(|it| it.error == name);
            let branch = named(name).or_else(|| named("NoMatchingError"))?;
            Some((branch.error.clone(), branch.next.clone()))
        });
        match found {
            Some((label, target)) => {
                if let Some(note) = note {
                    self.note(note);
                }
                self.leave(label, target)
            }
            None => {
                let action = &self.execution.top().action;
                let why = note.unwrap_or_else(|| name.to_owned());
                Outcome::Fail(format!("`{action}` has no error branch: {why}"))
            }
        }
    }

    fn leave(&mut self, label: String, target: ActionId) -> Outcome {
        let step = self.execution.top().step;
        if let Some(step) = self.contact.path.get_mut(step) {
            step.branch = Some(label);
        }
        Outcome::Goto(target)
    }

    /// Enters a module. Nothing of the caller but the input crosses the border.
    fn call(&mut self, module: Arc<Document>, input: serde_json::Value) -> Outcome {
        if self.execution.frames.len() > MODULE_NESTING {
            return Outcome::error(format!(
                "modules are nested more than {MODULE_NESTING} deep"
            ));
        }
        let start = module.flow.start.clone();
        self.execution.frames.push(Frame {
            document: module,
            action: start.clone(),
            step: 0,
            variables: Variables {
                module_input: input,
                ..Variables::default()
            },
        });
        Outcome::Goto(start)
    }

    /// Returns from a module to its caller.
    fn give_back(&mut self, result: Option<String>, data: serde_json::Value) -> Outcome {
        if self.execution.frames.len() == 1 {
            return Outcome::Fail("there is no module to return from".to_owned());
        }
        self.execution.frames.pop();
        let variables = self.variables_mut();
        variables.module_result = Some(result.clone().unwrap_or_else(|| "Success".to_owned()));
        variables.module_result_data = data;
        let Some(result) = result else {
            return Outcome::Next;
        };
        let declared = self.with_action(|action| {
            let mut operands = action
                .transitions
                .conditions
                .iter()
                .flat_map(|it| &it.operands);
            operands.any(|operand| operand.as_text() == Some(&result))
        });
        if declared {
            return Outcome::Branch(result);
        }
        Outcome::Error {
            name: "NoMatchingCondition",
            // The result may be a value of the contact, and notes never carry one.
            note: Some("there is no branch for the result".to_owned()),
        }
    }

    /// Goes over to another flow. Flow attributes are lost; the latest Lambda result stays until the
    /// next call [inf].
    fn replace(&mut self, document: Arc<Document>) -> Outcome {
        let step = self.execution.top().step;
        if let Some(step) = self.contact.path.get_mut(step) {
            step.branch = Some(document.name.clone());
        }
        let before = std::mem::take(self.variables_mut());
        let start = document.flow.start.clone();
        self.execution.frames = vec![Frame {
            document,
            action: start.clone(),
            step: 0,
            variables: Variables {
                external: before.external,
                invocation_id: before.invocation_id,
                ..Variables::default()
            },
        }];
        Outcome::Goto(start)
    }

    /// Nothing catches an error: a module hands it to its caller [inf], a flow ends.
    fn fail(&mut self, reason: String) -> Outcome {
        if self.execution.frames.len() > 1 {
            self.execution.frames.pop();
            return Outcome::error(format!("in the module: {reason}"));
        }
        Outcome::End(End::Failed(reason))
    }

    /// The first threshold that the number is below wins; the last share falls to
    /// NoMatchingCondition [export].
    fn distribute(&mut self, number: u8) -> Outcome {
        let found = self.with_action(|action| {
            action.transitions.conditions.iter().position(|condition| {
                let threshold = condition.operands.first();
                let threshold = threshold.map(flow::json::to_json);
                let threshold = threshold.as_ref().and_then(crate::reference::scalar);
                threshold
                    .and_then(|text| crate::compare::number(&text))
                    .is_some_and(|threshold| f64::from(number) < threshold)
            })
        });
        match found {
            Some(index) => Outcome::Condition(index),
            None => Outcome::Error {
                name: "NoMatchingCondition",
                note: None,
            },
        }
    }

    fn with_action<T: Default>(&self, read: impl FnOnce(&Action) -> T) -> T {
        let frame = self.execution.top();
        let action = frame.document.flow.action(&frame.action);
        action.map(read).unwrap_or_default()
    }

    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope {
            contact: self.contact,
            variables: &self.execution.top().variables,
        }
    }

    /// A parameter of an action as text, references filled in.
    pub(crate) fn text(&self, action: &Action, parameter: &str) -> Option<String> {
        self.scope().text(action.parameters.get(parameter)?)
    }

    pub(crate) fn variables_mut(&mut self) -> &mut Variables {
        &mut self.execution.top_mut().variables
    }

    /// Tells the document apart that the current action stands in.
    pub(crate) fn document_id(&self) -> &str {
        &self.execution.top().document.id
    }

    /// Shows a prompt to the participants, which also ends a run of Lambda blocks.
    pub(crate) fn prompt(&mut self, text: String) {
        self.execution.lambda_chain = Duration::ZERO;
        self.effects.push(Effect::Message(text));
    }

    /// Says why the current action goes the way it does.
    pub(crate) fn note(&mut self, text: String) {
        let action = self.execution.top().action.clone();
        self.effects.push(Effect::Note { action, text });
    }

    pub(crate) fn lambda_chain(&self) -> Duration {
        self.execution.lambda_chain
    }

    pub(crate) fn add_to_lambda_chain(&mut self, elapsed: Duration) {
        self.execution.lambda_chain = self.execution.lambda_chain.saturating_add(elapsed);
    }
}
