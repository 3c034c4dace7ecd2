//! The conversations of the demo: what the customer does, and what has to come of it.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_connectparticipant::types::Item;
use emulator::faults::{Fault, FunctionFailure};
use emulator::timeline::Entry;
use emulator::{ContactReport, Emulator, Step};
use jiff::Timestamp;

use super::customer::{Customer, Entrance};
use super::report::{Conversation, Line, Report, Taken};

/// The queue in which people wait for a person.
const QUEUE: &str = "support";
/// How long the flow waits for the bot: `bot_timeout` of the environment.
const BOT_TIMEOUT: Duration = minutes(15);
/// After so much silence the customer counts as idle, and after so much more the bot is taken out:
/// `customer_idle` of the flow.
const IDLE_WARNING: Duration = minutes(2);
const IDLE_DISCONNECT: Duration = minutes(5);

pub(super) const HANDED_OVER: &str = "a. the bot answers and hands over";
pub(super) const TIME_EXPIRED: &str = "b. the bot is never released";
pub(super) const CUSTOMER_IDLE: &str = "c. the customer stops answering";
pub(super) const JOIN_FAILS: &str = "d. the bot cannot join";
pub(super) const NEW_GREETING: &str = "e. after the change";

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Where conversations take place.
pub(super) struct Stage<'a> {
    pub(super) emulator: &'a Emulator,
    pub(super) entrance: Entrance,
    /// The names of the functions that bring the bot in and out.
    pub(super) join_function: String,
    pub(super) leave_function: String,
    /// What the flow says first.
    pub(super) greeting: String,
}

impl Stage<'_> {
    /// All four, one after the other.
    pub(super) async fn hold(&self, report: &mut Report) -> anyhow::Result<()> {
        self.hand_over(report).await?;
        self.time_expires(report).await?;
        self.customer_goes_idle(report).await?;
        self.join_fails(report).await
    }

    async fn hand_over(&self, report: &mut Report) -> anyhow::Result<()> {
        let of = HANDED_OVER;
        let talk = self.open(of, "Ada").await?;
        let greeted = talk.bot_messages().await?;
        talk.say("What are your opening hours?").await?;
        let answered = talk.bot_messages().await?;
        talk.say("I want a person").await?;
        let end = talk.close(report).await?;

        report.expect(
            of,
            "the flow speaks first",
            end.heard("SYSTEM", &self.greeting),
        );
        report.expect(of, "the bot joins and greets", greeted > 0);
        report.expect(of, "the bot answers the question", answered > greeted);
        let outcome = self.entrance.attributes(talk.contact_id()).await?;
        let handoff = outcome.get("bot_outcome").is_some_and(|it| it == "handoff");
        report.expect(of, "the bot records the outcome `handoff`", handoff);
        let recorded = talk.first("attributes-updated");
        let in_order = recorded.is_some() && recorded < talk.first_of("left", "CUSTOM_BOT");
        report.expect(of, "and only then disconnects", in_order);
        let taken = end.took("Wait", "BotParticipantDisconnected");
        report.expect(of, "the flow takes Bot participant disconnected", taken);
        report.expect(of, "the customer waits in the queue", end.queued());
        Ok(())
    }

    async fn time_expires(&self, report: &mut Report) -> anyhow::Result<()> {
        let of = TIME_EXPIRED;
        let talk = self.open(of, "Grace").await?;
        // The customer speaks often enough for the bot to stay: what ends this is the Wait alone.
        for question in ["Where are you?", "And when are you open?"] {
            self.pass(minutes(5)).await;
            talk.say(question).await?;
        }
        self.pass(minutes(5) - Duration::from_secs(1)).await;
        let still_there = self.contact(&talk)?.bot_is_connected();
        let waiting = !self.contact(&talk)?.took("Wait", "WaitCompleted");
        self.pass(Duration::from_secs(1)).await;
        let end = talk.close(report).await?;

        let early = "a second before the time is up the bot is connected and the flow waits";
        report.expect(of, early, still_there && waiting);
        let taken = end.took("Wait", "WaitCompleted");
        report.expect(of, "the flow takes Time Expired", taken);
        report.expect(
            of,
            "bot-leave runs next",
            end.follows("WaitCompleted", "InvokeLambdaFunction"),
        );
        let by_the_call = self.bot_left_by_the_call_of(&self.leave_function, &talk);
        let claim = "the bot is connected until bot-leave calls DisconnectParticipant";
        report.expect(of, claim, by_the_call);
        report.expect(of, "the customer waits in the queue", end.queued());
        Ok(())
    }

    async fn customer_goes_idle(&self, report: &mut Report) -> anyhow::Result<()> {
        let of = CUSTOMER_IDLE;
        let talk = self.open(of, "Linus").await?;
        talk.say("What are your opening hours?").await?;
        let deadline = self.contact(&talk)?.contact.waits_until;
        self.pass(IDLE_WARNING).await;
        let idle = talk.first("participant.idle").is_some();
        let deadline_when_idle = self.contact(&talk)?.contact.waits_until;
        let there_when_idle = self.contact(&talk)?.bot_is_connected();
        self.pass(IDLE_DISCONNECT).await;
        let end = talk.close(report).await?;

        report.expect(
            of,
            "after two minutes of silence the customer is idle",
            idle,
        );
        let expected = talk.started + BOT_TIMEOUT;
        let untouched = deadline == Some(expected) && deadline_when_idle == Some(expected);
        report.expect(of, "the Wait would still end when it would have", untouched);
        report.expect(of, "the bot is still there", there_when_idle);
        let dropped = talk.first("participant.autodisconnection").is_some();
        report.expect(
            of,
            "after five more the conversation with the bot ends",
            dropped,
        );
        let taken = end.took("Wait", "BotParticipantDisconnected");
        report.expect(of, "the flow goes on as with any bot that left", taken);
        report.expect(of, "the customer waits in the queue", end.queued());
        Ok(())
    }

    async fn join_fails(&self, report: &mut Report) -> anyhow::Result<()> {
        let of = JOIN_FAILS;
        let fault = Fault::function(&self.join_function, FunctionFailure::Error);
        let armed = self.emulator.faults().arm(fault);
        let talk = self.open(of, "Edsger").await?;
        self.emulator.faults().disarm(armed);
        let end = talk.close(report).await?;

        let taken = end.took("InvokeLambdaFunction", "NoMatchingError");
        report.expect(of, "the flow takes the error branch", taken);
        report.expect(of, "no bot joins", !end.has_role("CUSTOM_BOT"));
        let apology = end.follows("NoMatchingError", "MessageParticipant");
        report.expect(of, "the flow apologises", apology);
        report.expect(of, "the customer waits in the queue", end.queued());
        Ok(())
    }

    /// One more chat, to hear what the flow says now.
    pub(super) async fn greet_again(&self, report: &mut Report) -> anyhow::Result<()> {
        let talk = self.open(NEW_GREETING, "Barbara").await?;
        let end = talk.close(report).await?;
        let heard = end.heard("SYSTEM", &self.greeting);
        report.expect(NEW_GREETING, "a new chat gets the new greeting", heard);
        Ok(())
    }

    async fn open(&self, name: &'static str, customer: &str) -> anyhow::Result<Talk<'_>> {
        let started = self.emulator.clock().now();
        let since = self
            .emulator
            .timeline()
            .since(0)
            .last()
            .map_or(0, |entry| entry.sequence);
        let customer = self.entrance.join(customer).await?;
        self.emulator.settle().await;
        Ok(Talk {
            stage: self,
            name,
            customer,
            started,
            since,
        })
    }

    /// Lets time pass and everything happen that it brings.
    async fn pass(&self, time: Duration) {
        self.emulator.advance(time).await;
    }

    /// Whether the bot left while the function ran, and DisconnectParticipant is what it called.
    fn bot_left_by_the_call_of(&self, function: &str, talk: &Talk<'_>) -> bool {
        let events = self.emulator.timeline().since(talk.since);
        let position = |matches: &dyn Fn(&Entry) -> bool| events.iter().position(matches);
        let called = position(&|it| it.event == "invoked" && it.details["function"] == function);
        let left = position(&|it| it.event == "left" && it.details["role"] == "CUSTOM_BOT");
        let answered = position(&|it| {
            it.event == "answered" && it.details["operation"] == "DisconnectParticipant"
        });
        called.is_some() && called < left && left < answered
    }

    fn contact(&self, talk: &Talk<'_>) -> anyhow::Result<End> {
        let contact = self
            .emulator
            .contact(talk.contact_id())
            .context("the emulator does not know the contact")?;
        Ok(End {
            contact,
            lines: Vec::new(),
        })
    }
}

/// A conversation under way.
struct Talk<'a> {
    stage: &'a Stage<'a>,
    name: &'static str,
    customer: Customer,
    /// When it began, by the emulator's clock.
    started: Timestamp,
    /// What the timeline held before it began.
    since: u64,
}

impl Talk<'_> {
    fn contact_id(&self) -> &str {
        self.customer.contact_id()
    }

    /// Says something and waits until everybody has reacted.
    async fn say(&self, text: &str) -> anyhow::Result<()> {
        self.customer.say(text).await?;
        self.stage.emulator.settle().await;
        Ok(())
    }

    async fn lines(&self) -> anyhow::Result<Vec<Line>> {
        let items = self.customer.transcript().await?;
        Ok(items.iter().map(|item| line(item, self.started)).collect())
    }

    async fn bot_messages(&self) -> anyhow::Result<usize> {
        let lines = self.lines().await?;
        let of_bot = |line: &&Line| line.role == "CUSTOM_BOT" && line.kind == "MESSAGE";
        Ok(lines.iter().filter(of_bot).count())
    }

    /// Where in the timeline something happened first to this contact.
    fn first(&self, event: &str) -> Option<u64> {
        self.find(|entry| entry.event == event)
    }

    /// The same, for what happens to participants.
    fn first_of(&self, event: &str, role: &str) -> Option<u64> {
        self.find(|entry| entry.event == event && entry.details["role"] == role)
    }

    fn find(&self, matches: impl Fn(&Entry) -> bool) -> Option<u64> {
        let entries = self.stage.emulator.timeline().since(self.since);
        let of_this = |entry: &&Entry| {
            entry
                .details
                .get("contact")
                .is_some_and(|it| it == self.contact_id())
        };
        let mut found = entries
            .iter()
            .filter(of_this)
            .filter(|entry| matches(entry));
        found.next().map(|entry| entry.sequence)
    }

    /// Takes stock and adds the conversation to the report.
    async fn close(&self, report: &mut Report) -> anyhow::Result<End> {
        let end = End {
            lines: self.lines().await?,
            ..self.stage.contact(self)?
        };
        report.conversations.push(Conversation {
            name: self.name,
            transcript: end.lines.clone(),
            path: end.contact.path.iter().map(taken).collect(),
            state: end.state().to_owned(),
            queue: end.contact.queue.clone(),
        });
        let unbroken = end.contact.error.is_none();
        report.expect(self.name, "nothing went wrong in a flow", unbroken);
        Ok(end)
    }
}

/// What a conversation came to.
struct End {
    contact: ContactReport,
    lines: Vec<Line>,
}

impl End {
    fn state(&self) -> &str {
        self.contact.state
    }

    fn queued(&self) -> bool {
        self.state() == "queued" && self.contact.queue.as_deref() == Some(QUEUE)
    }

    fn bot_is_connected(&self) -> bool {
        let participants = &self.contact.participants;
        participants
            .iter()
            .any(|it| it.role == "CUSTOM_BOT" && it.state == "connected")
    }

    /// Whether a message of this role and text is in the transcript.
    fn heard(&self, role: &str, text: &str) -> bool {
        let mut messages = self.lines.iter().filter(|line| line.kind == "MESSAGE");
        messages.any(|line| line.role == role && line.text == text)
    }

    fn has_role(&self, role: &str) -> bool {
        self.lines.iter().any(|line| line.role == role)
    }

    /// Whether the flow left an action of this type by this branch.
    fn took(&self, action_type: &str, branch: &str) -> bool {
        self.contact
            .path
            .iter()
            .any(|step| step.action_type == action_type && step.branch.as_deref() == Some(branch))
    }

    /// Whether the branch led to an action of this type.
    fn follows(&self, branch: &str, action_type: &str) -> bool {
        self.contact.path.windows(2).any(|steps| {
            steps[0].branch.as_deref() == Some(branch) && steps[1].action_type == action_type
        })
    }
}

fn taken(step: &Step) -> Taken {
    Taken {
        flow: step.flow.clone(),
        action: step.action.clone(),
    }
}

/// A line of the transcript as the report has it. Events have no text, so their name stands there.
fn line(item: &Item, started: Timestamp) -> Line {
    let time = item
        .absolute_time()
        .and_then(|time| time.parse::<Timestamp>().ok());
    let after = time.map(|time| time.duration_since(started));
    let event = item
        .content_type()
        .and_then(|it| it.rsplit_once("connect.event."));
    let text = match (item.content(), event) {
        (Some(content), _) => content,
        (None, Some((_, event))) => event,
        (None, None) => "",
    };
    Line {
        // Transcripts have milliseconds, so a time is a little before the one it stands for.
        seconds: after.map_or(0, |after| (after.as_secs_f64().max(0.0)).round() as u64),
        role: item
            .participant_role()
            .map_or("", |role| role.as_str())
            .to_owned(),
        kind: item.r#type().map_or("", |kind| kind.as_str()).to_owned(),
        text: text.to_owned(),
    }
}
