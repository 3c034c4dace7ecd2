//! Running flows for a contact: meeting the engine's needs and carrying out its effects.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use flow::model::FlowType;
use flow_engine::contact::Queue;
use flow_engine::document::Document;
use flow_engine::machine::Execution;
use flow_engine::turn::{
    Effect, End, Event, Hours, LambdaCall, LambdaOutcome, Need, TransferOutcome, Wait, WaitForm,
};
use uuid::Uuid;

use super::alarm::Alarm;
use super::contact::{Contact, Phase};
use super::item::{Draft, TEXT_PLAIN};
use super::lambda_event::contact_flow_event;
use super::{Scene, count_up, with_contact};
use crate::connect::state::{PublishedFlow, PublishedModule};
use crate::lambda::{Caller, Invocation, Outcome};

/// The flow that runs for a contact at this time.
pub(crate) struct FlowRun {
    execution: Execution,
    /// A wait that the customer's messages start anew.
    timer_wait: Option<Wait>,
}

/// Published content as the engine runs it.
pub(crate) fn flow_document(flow: &PublishedFlow) -> Arc<Document> {
    Arc::new(Document {
        id: flow.arn.clone(),
        name: flow.name.clone(),
        flow: flow.flow.clone(),
    })
}

fn module_document(module: &PublishedModule) -> Arc<Document> {
    Arc::new(Document {
        id: module.arn.clone(),
        name: module.name.clone(),
        flow: module.flow.clone(),
    })
}

impl Contact {
    pub(crate) fn start_flow(&mut self, document: Arc<Document>, scene: &mut Scene<'_>) {
        scene.world.record(
            "flow",
            "started",
            &[("contact", &self.data.contact_id), ("flow", &document.name)],
        );
        self.running = Some(FlowRun {
            execution: Execution::new(document),
            timer_wait: None,
        });
        self.run(Event::Start, scene);
    }

    /// No flow runs any more; answers to its calls come to nothing.
    pub(crate) fn stop_flow(&mut self, scene: &Scene<'_>) {
        self.running = None;
        self.call_number += 1;
        self.cancel_alarm(scene.world, &Alarm::Wait);
    }

    /// Gives an event to the flow, and goes on with it until it has to wait for something.
    pub(crate) fn run(&mut self, event: Event, scene: &mut Scene<'_>) {
        let mut next = Some(event);
        while let Some(event) = next {
            let Some(running) = &mut self.running else {
                return;
            };
            let Some(turn) = running.execution.advance(&mut self.data, event) else {
                return;
            };
            running.timer_wait = None;
            self.cancel_alarm(scene.world, &Alarm::Wait);
            for effect in turn.effects {
                self.carry_out(effect, scene);
            }
            self.record_steps(scene);
            next = self.meet(turn.need, scene);
        }
    }

    /// The customer said something: a Wait for that ends, and one for nothing but time begins anew,
    /// since it is for "if the customer has not sent a message" [doc]. A Wait for the bot is not
    /// touched.
    pub(crate) fn customer_returned(&mut self, scene: &mut Scene<'_>) {
        let wait = self.running.as_ref().and_then(|it| it.timer_wait);
        if let Some(wait) = wait {
            self.set_alarm(scene.world, Alarm::Wait, wait.limit);
        }
        self.run(Event::CustomerReturned, scene);
    }

    fn record_steps(&mut self, scene: &Scene<'_>) {
        for step in &self.data.path[self.steps_recorded..] {
            scene.world.record(
                "flow",
                "action",
                &[
                    ("contact", &self.data.contact_id),
                    ("flow", &step.flow),
                    ("action", &step.action),
                    ("type", &step.action_type),
                ],
            );
        }
        self.steps_recorded = self.data.path.len();
    }

    fn carry_out(&mut self, effect: Effect, scene: &mut Scene<'_>) {
        match effect {
            Effect::Message(content) => {
                let message = Draft::Message {
                    content_type: TEXT_PLAIN.to_owned(),
                    content,
                };
                self.add(Some(self.system()), message, scene);
            }
            Effect::Note { action, text } => scene.world.record(
                "flow",
                "note",
                &[
                    ("contact", &self.data.contact_id),
                    ("action", action.as_str()),
                    ("note", &text),
                ],
            ),
        }
    }

    /// What the flow needs, at once if it can be told at once.
    fn meet(&mut self, need: Need, scene: &mut Scene<'_>) -> Option<Event> {
        let instance = scene.connect.instance(&self.instance_id);
        match need {
            Need::Flow(id) => {
                let flow = instance.and_then(|it| it.published_flow(&id));
                Some(Event::Flow(flow.as_deref().map(flow_document)))
            }
            Need::Module(id) => {
                let module = instance.and_then(|it| it.published_module(&id));
                Some(Event::Module(module.as_deref().map(module_document)))
            }
            Need::Queue(id) => {
                let queue = instance.and_then(|it| it.queue(&id));
                Some(Event::Queue(queue.map(|it| Queue {
                    id: it.head.id.clone(),
                    arn: it.head.arn.clone(),
                    name: it.head.name.clone(),
                })))
            }
            Need::Hours(hours) => Some(Event::Hours(self.are_open(&hours, scene))),
            Need::Random => Some(Event::Random(one_to_hundred())),
            Need::Lambda(call) => self.call(call, scene),
            Need::Transfer(queue) => Some(Event::Transfer(self.enter_queue(&queue, scene))),
            Need::Wait(wait) => {
                if let Some(running) = &mut self.running {
                    running.timer_wait = (wait.form == WaitForm::Timer).then_some(wait);
                }
                self.set_alarm(scene.world, Alarm::Wait, wait.limit);
                None
            }
            Need::Nothing(end) => {
                self.flow_ended(&end, scene);
                None
            }
        }
    }

    fn are_open(&self, hours: &Hours, scene: &Scene<'_>) -> Option<bool> {
        let instance = scene.connect.instance(&self.instance_id)?;
        let now = scene.world.clock.now();
        match hours {
            Hours::Named(id) => Some(instance.hours(id)?.open_at(now)),
            Hours::OfQueue(queue) => {
                let queue = instance.queue(&queue.id)?;
                Some(instance.queue_is_open(queue, now))
            }
        }
    }

    /// Calls a Lambda function. Its answer comes back as an event, unless the flow has moved on.
    fn call(&mut self, call: LambdaCall, scene: &Scene<'_>) -> Option<Event> {
        let event = contact_flow_event(&self.data, &call.parameters);
        let asynchronous = call.asynchronous;
        let invocation = Invocation {
            function_arn: call.function_arn,
            payload: Bytes::from(event.to_string()),
            caller: Caller {
                principal: "connect.amazonaws.com",
                source_arn: self.data.instance_arn.clone(),
            },
            limit: (!asynchronous).then_some(call.limit),
        };
        self.warn_if_not_associated(&invocation.function_arn, scene);
        let world = Arc::clone(scene.world);
        if asynchronous {
            let accepted = world.lambda.invoke_async(&world, invocation);
            let id = accepted.then(|| Uuid::new_v4().to_string());
            return Some(Event::LambdaAccepted(id));
        }
        self.call_number += 1;
        let number = self.call_number;
        let contact_id = self.data.contact_id.clone();
        let clock = world.clock.clone();
        clock.spawn(async move {
            let started = Instant::now();
            let outcome = world.lambda.invoke(&world, invocation).await;
            // Functions run in real time, whatever the emulator's clock shows.
            let elapsed = started.elapsed();
            let answer = Event::Lambda {
                outcome: lambda_outcome(outcome),
                elapsed,
            };
            with_contact(&world, &contact_id, |contact, scene| {
                if contact.call_number == number {
                    contact.run(answer, scene);
                }
            });
        });
        None
    }

    /// AWS documents both that functions must be associated and that any ARN can be typed in whose
    /// policy admits Connect; so this is worth a line and not a refusal.
    fn warn_if_not_associated(&self, function_arn: &str, scene: &Scene<'_>) {
        let instance = scene.connect.instance(&self.instance_id);
        if instance.is_some_and(|it| !it.has_lambda(function_arn)) {
            scene.world.record(
                "flow",
                "function-not-associated",
                &[
                    ("contact", &self.data.contact_id),
                    ("function", function_arn),
                ],
            );
        }
    }

    fn enter_queue(&mut self, queue: &Queue, scene: &mut Scene<'_>) -> TransferOutcome {
        let instance = scene.connect.instance(&self.instance_id);
        let Some(record) = instance.and_then(|it| it.queue(&queue.id)) else {
            return TransferOutcome::Failed;
        };
        if !record.enabled || self.phase == Phase::Queued {
            return TransferOutcome::Failed;
        }
        let waiting = scene.load.queued.get(&queue.id).copied().unwrap_or(0);
        let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
        if record.max_contacts.is_some_and(|most| waiting >= most) {
            return TransferOutcome::AtCapacity;
        }
        count_up(&mut scene.load.queued, &queue.id);
        self.phase = Phase::Queued;
        self.times.enqueued = Some(scene.world.clock.now());
        self.record(scene, "queued", &[("queue", &queue.name)]);
        TransferOutcome::Queued
    }

    /// What becomes of the contact when its flow is over.
    fn flow_ended(&mut self, end: &End, scene: &mut Scene<'_>) {
        self.running = None;
        if let Some(error) = end.error() {
            self.fail(&error, scene);
        }
        match (end, self.phase) {
            (End::Queued, _) => self.start_queue_flow(scene),
            (End::Disconnected, _) => self.end("the flow disconnected it", scene),
            // The end of a queue flow is the end of the script only [doc].
            (_, Phase::Queued) => {}
            (End::Finished, _) => self.end("the flow ended", scene),
            (End::Failed(_) | End::NotEmulated(_), _) => self.end("the flow failed", scene),
        }
    }

    /// While the contact waits, the flow of the hook runs, else the default one.
    fn start_queue_flow(&mut self, scene: &mut Scene<'_>) {
        let Some(instance) = scene.connect.instance(&self.instance_id) else {
            return;
        };
        let flow = match self.data.hooks.get("CustomerQueue") {
            Some(id) => instance.published_flow(id),
            None => instance.default_flow(FlowType::CustomerQueue),
        };
        match flow {
            Some(flow) => self.start_flow(flow_document(&flow), scene),
            None => self.fail("the customer queue flow is not published", scene),
        }
    }
}

fn lambda_outcome(outcome: Outcome) -> LambdaOutcome {
    match outcome {
        Outcome::Answered(bytes) => LambdaOutcome::Answered(bytes.to_vec()),
        Outcome::FunctionError(_) => LambdaOutcome::FunctionError,
        Outcome::GaveUp => LambdaOutcome::TimedOut,
        Outcome::Denied => LambdaOutcome::Denied,
        Outcome::NotFound => LambdaOutcome::NotFound,
        Outcome::Retryable(_) => LambdaOutcome::Retryable,
    }
}

/// As likely each, near enough: 2^64 is far more than a hundred.
fn one_to_hundred() -> u8 {
    let (random, _) = Uuid::new_v4().as_u64_pair();
    u8::try_from(random % 100 + 1).expect("1 to 100 fits")
}
