//! What the demo has to tell: steps, plans, conversations, and which expectations held.

use std::time::Duration;

use provision::plan::Plan;
use serde_json::{Value, json};

use crate::printer::{ADDED, ERROR, FAINT, HEADING};

/// Everything the demo found, in the order in which it happened.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) steps: Vec<Step>,
    pub(crate) plans: Vec<PlanSummary>,
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) expectations: Vec<Expectation>,
}

/// A step and the wall time it took.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) took: Duration,
}

/// What a plan counts.
#[derive(Clone, Debug)]
pub(crate) struct PlanSummary {
    pub(crate) name: &'static str,
    pub(crate) create: usize,
    pub(crate) update: usize,
    pub(crate) delete: usize,
    pub(crate) unchanged: usize,
    pub(crate) calls: usize,
}

/// A conversation as its customer and the flow saw it.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) name: &'static str,
    pub(crate) transcript: Vec<Line>,
    /// The actions taken, in order.
    pub(crate) path: Vec<Taken>,
    pub(crate) state: String,
    pub(crate) queue: Option<String>,
}

/// An action that a contact went through.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The title of its flow or module.
    pub(crate) flow: String,
    pub(crate) action: String,
}

/// A line of a transcript.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Since the start of the conversation.
    pub(crate) seconds: u64,
    pub(crate) role: String,
    /// `MESSAGE`, `PARTICIPANT_JOINED` and so on.
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// Something that the demo promises, and whether it was so.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expectation {
    /// The step or conversation it belongs to.
    pub(crate) of: &'static str,
    pub(crate) claim: String,
    pub(crate) held: bool,
}

impl PlanSummary {
    pub(crate) fn new(name: &'static str, plan: &Plan) -> Self {
        let counts = plan.counts();
        Self {
            name,
            create: counts.create,
            update: counts.update,
            delete: counts.delete,
            unchanged: counts.unchanged,
            calls: plan.calls().values().sum(),
        }
    }

    /// Whether every resource is as it should be.
    pub(crate) fn is_nothing(&self) -> bool {
        self.create + self.update + self.delete + self.calls == 0 && self.unchanged > 0
    }
}

impl Report {
    /// Whether everything held that was looked at.
    pub(crate) fn ok(&self) -> bool {
        self.failures().next().is_none()
    }

    pub(crate) fn failures(&self) -> impl Iterator<Item = &Expectation> {
        self.expectations
            .iter()
            .filter(|expectation| !expectation.held)
    }

    /// Notes whether a promise was kept.
    pub(crate) fn expect(&mut self, of: &'static str, claim: impl Into<String>, held: bool) {
        self.expectations.push(Expectation {
            of,
            claim: claim.into(),
            held,
        });
    }

    /// The expectations of a step or conversation, one a line.
    pub(crate) fn claims(&self, of: &str) -> String {
        let of_it = self.expectations.iter().filter(|e| e.of == of);
        of_it.map(claim).collect()
    }

    /// A conversation for people, with what was expected of it.
    pub(crate) fn told(&self, conversation: &Conversation) -> String {
        format!(
            "\n{}{}",
            conversation.human(),
            self.claims(conversation.name)
        )
    }

    /// The document of `--format json`.
    pub(crate) fn json(&self, finished: bool) -> Value {
        let steps = self
            .steps
            .iter()
            .map(|step| json!({ "name": step.name, "seconds": round(step.took) }));
        let plans = self.plans.iter().map(|plan| {
            json!({
                "name": plan.name,
                "create": plan.create,
                "update": plan.update,
                "delete": plan.delete,
                "unchanged": plan.unchanged,
                "calls": plan.calls,
            })
        });
        json!({
            "ok": finished && self.ok(),
            "steps": steps.collect::<Vec<_>>(),
            "plans": plans.collect::<Vec<_>>(),
            "conversations": self.conversations.iter().map(Conversation::json).collect::<Vec<_>>(),
        })
    }

    /// The wall time of each step, for people.
    pub(crate) fn times(&self) -> String {
        let total: Duration = self.steps.iter().map(|step| step.took).sum();
        let mut text = format!("{HEADING}Wall time{HEADING:#}\n");
        for step in &self.steps {
            text.push_str(&format!(
                "  {:<18} {:>7.2} s\n",
                step.name,
                step.took.as_secs_f64()
            ));
        }
        text.push_str(&format!(
            "  {:<18} {:>7.2} s\n",
            "together",
            total.as_secs_f64()
        ));
        text
    }
}

impl Conversation {
    fn json(&self) -> Value {
        let transcript = self
            .transcript
            .iter()
            .map(|line| json!({ "role": line.role, "type": line.kind, "text": line.text }));
        json!({
            "name": self.name,
            "transcript": transcript.collect::<Vec<_>>(),
            "path": self.path.iter().map(|taken| &taken.action).collect::<Vec<_>>(),
            "end": { "state": self.state, "queue": self.queue },
        })
    }

    /// The path cut where it leads into another flow or module.
    fn legs(&self) -> impl Iterator<Item = (&str, String)> {
        self.path
            .chunk_by(|one, next| one.flow == next.flow)
            .map(|leg| {
                let actions: Vec<&str> = leg.iter().map(|taken| taken.action.as_str()).collect();
                (leg[0].flow.as_str(), actions.join(" > "))
            })
    }

    /// The conversation for people: who said what and when, the way through the flow, the end.
    pub(crate) fn human(&self) -> String {
        let mut text = format!("{HEADING}{}{HEADING:#}\n", self.name);
        for line in &self.transcript {
            let seconds = line.seconds;
            let said = match line.kind.as_str() {
                "MESSAGE" => line.text.replace('\n', "\n                       "),
                _ => format!("{FAINT}{}{FAINT:#}", line.text),
            };
            text.push_str(&format!(
                "  {FAINT}{:02}:{:02}{FAINT:#}  {:<12}  {said}\n",
                seconds / 60,
                seconds % 60,
                line.role,
            ));
        }
        for (flow, actions) in self.legs() {
            text.push_str(&format!("  {FAINT}path{FAINT:#}   {flow}: {actions}\n"));
        }
        let queue = match &self.queue {
            Some(queue) => format!(" in {queue}"),
            None => String::new(),
        };
        text.push_str(&format!("  {FAINT}end{FAINT:#}    {}{queue}\n", self.state));
        text
    }
}

fn claim(expectation: &Expectation) -> String {
    if expectation.held {
        format!("  {ADDED}ok{ADDED:#}     {}\n", expectation.claim)
    } else {
        format!("  {ERROR}FAILED{ERROR:#} {}\n", expectation.claim)
    }
}

fn round(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
