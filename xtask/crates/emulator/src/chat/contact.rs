//! One contact: who takes part, how far it is, and how people come and go.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use flow_engine::contact::Contact as FlowContact;
use flow_engine::document::Document;
use flow_engine::turn::Event;
use jiff::Timestamp;

use super::alarm::{Alarm, Running};
use super::delivery::{Socket, Stream};
use super::idle::{IdleTimers, RoleConfig};
use super::item::{Draft, Item, Role, Sender, event};
use super::running::FlowRun;
use super::tokens::{CONNECTION_TOKEN_LIFE, Secret, Use, after};
use super::{Scene, count_down};
use crate::world::World;

/// How long a customer has to connect after StartChatContact [doc].
pub(crate) const CUSTOMER_CONNECT_LIMIT: Duration = Duration::from_secs(5 * 60);

/// How long a custom participant has to connect after CreateParticipant [doc].
pub(crate) const BOT_CONNECT_LIMIT: Duration = Duration::from_secs(15);

/// A chat contact, live or ended.
pub(crate) struct Contact {
    pub(crate) instance_id: String,
    /// What flows know of it.
    pub(crate) data: FlowContact,
    pub(crate) phase: Phase,
    pub(crate) participants: Vec<Participant>,
    pub(crate) items: Vec<Item>,
    /// No two items have the same time, so that sorting by it keeps their order.
    pub(crate) latest_item: Timestamp,
    pub(crate) streams: Vec<Stream>,
    pub(crate) sockets: Vec<Socket>,
    /// The flow that starts when the customer has connected.
    pub(crate) first_flow: Arc<Document>,
    pub(crate) running: Option<FlowRun>,
    /// Tells answers to the current call of a flow from late ones.
    pub(crate) call_number: u64,
    /// How much of the path is in the timeline already.
    pub(crate) steps_recorded: usize,
    /// The latest configuration; the one in force is latched when somebody joins.
    pub(crate) role_config: RoleConfig,
    pub(crate) idle: IdleTimers,
    pub(crate) alarms: HashMap<Alarm, Running>,
    pub(crate) alarm_number: u64,
    /// The customer's first words, said when the customer has connected.
    pub(crate) initial_message: Option<Draft>,
    pub(crate) supported_content_types: Vec<String>,
    pub(crate) times: Times,
    /// What went wrong, for people.
    pub(crate) error: Option<String>,
    /// Participants by the `ClientToken` of CreateParticipant.
    pub(crate) created: HashMap<String, String>,
    /// Items by sender and `ClientToken`.
    pub(crate) sent: HashMap<(String, String), (String, Timestamp)>,
}

/// How far a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The customer has not connected yet.
    Starting,
    Flow,
    Queued,
    Agent,
    Ended,
}

/// When things happened to a contact.
pub(crate) struct Times {
    pub(crate) started: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) connected: Option<Timestamp>,
    pub(crate) enqueued: Option<Timestamp>,
    pub(crate) agent_joined: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
}

/// Somebody who takes or took part.
pub(crate) struct Participant {
    pub(crate) sender: Sender,
    pub(crate) presence: Presence,
    pub(crate) token: Secret,
    pub(crate) connections: Vec<Secret>,
}

/// Whether a participant is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Created, not connected yet.
    Invited,
    Connected,
    Gone,
}

impl Participant {
    pub(crate) fn is_connected(&self) -> bool {
        self.presence == Presence::Connected
    }
}

impl Contact {
    pub(crate) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    pub(crate) fn participant(&self, id: &str) -> Option<&Participant> {
        let mut participants = self.participants.iter();
        participants.find(|it| it.sender.participant_id == id)
    }

    pub(crate) fn participant_mut(&mut self, id: &str) -> Option<&mut Participant> {
        let mut participants = self.participants.iter_mut();
        participants.find(|it| it.sender.participant_id == id)
    }

    /// The connected participant of a role.
    pub(crate) fn connected(&self, role: Role) -> Option<&Participant> {
        let mut participants = self.participants.iter();
        participants.find(|it| it.sender.role == role && it.is_connected())
    }

    /// Whether there is a participant of a role, connected or still to connect.
    pub(crate) fn has(&self, role: Role) -> bool {
        let mut participants = self.participants.iter();
        participants.any(|it| it.sender.role == role && it.presence != Presence::Gone)
    }

    /// Adds to the timeline, about this contact.
    pub(crate) fn record(&self, scene: &Scene<'_>, event: &'static str, details: &[(&str, &str)]) {
        let mut all = vec![("contact", self.data.contact_id.as_str())];
        all.extend_from_slice(details);
        scene.world.record("chat", event, &all);
    }

    /// Creates a participant that has yet to connect.
    pub(crate) fn invite(
        &mut self,
        role: Role,
        display_name: &str,
        scene: &mut Scene<'_>,
    ) -> (String, Secret) {
        let id = uuid::Uuid::new_v4().to_string();
        // A participant token lives as long as its participant takes part [doc].
        let token = scene
            .tokens
            .issue(Use::Participant, &self.data.contact_id, &id, None);
        self.participants.push(Participant {
            sender: Sender {
                participant_id: id.clone(),
                display_name: display_name.to_owned(),
                role,
            },
            presence: Presence::Invited,
            token: token.clone(),
            connections: Vec::new(),
        });
        (id, token)
    }

    /// Gives a participant a fresh connection token, and tells when it runs out.
    pub(crate) fn open_connection(
        &mut self,
        participant_id: &str,
        scene: &mut Scene<'_>,
    ) -> (Secret, Timestamp) {
        let expires = after(scene.world.clock.now(), CONNECTION_TOKEN_LIFE);
        let contact_id = self.data.contact_id.clone();
        let token = scene
            .tokens
            .issue(Use::Connection, &contact_id, participant_id, Some(expires));
        self.hold(participant_id, token.clone());
        (token, expires)
    }

    /// A secret that is good for nothing any more once its participant is gone.
    pub(crate) fn hold(&mut self, participant_id: &str, secret: Secret) {
        if let Some(participant) = self.participant_mut(participant_id) {
            participant.connections.push(secret);
        }
    }

    /// A participant is connected from now on; nothing happens if it was before.
    pub(crate) fn join(&mut self, participant_id: &str, scene: &mut Scene<'_>) {
        let Some(participant) = self.participant_mut(participant_id) else {
            return;
        };
        if participant.presence != Presence::Invited {
            return;
        }
        participant.presence = Presence::Connected;
        let sender = participant.sender.clone();
        self.record(scene, "joined", &[("role", sender.role.as_str())]);
        self.add(Some(sender.clone()), Draft::Event(event::JOINED), scene);
        match sender.role {
            Role::Customer => self.customer_connected(sender, scene),
            Role::CustomBot => {
                self.cancel_alarm(scene.world, &Alarm::BotConnect(participant_id.to_owned()));
                self.data.custom_participant = true;
                self.start_idle_timers(scene);
            }
            Role::Agent => self.start_idle_timers(scene),
            Role::System => {}
        }
    }

    /// The flow starts only now [doc].
    fn customer_connected(&mut self, customer: Sender, scene: &mut Scene<'_>) {
        self.cancel_alarm(scene.world, &Alarm::CustomerConnect);
        self.times.connected = Some(scene.world.clock.now());
        self.phase = Phase::Flow;
        if let Some(message) = self.initial_message.take() {
            self.add(Some(customer), message, scene);
        }
        self.start_flow(Arc::clone(&self.first_flow), scene);
    }

    /// A custom participant did not connect within its time.
    pub(crate) fn bot_missed(&mut self, participant_id: &str, scene: &mut Scene<'_>) {
        let Some(participant) = self.participant_mut(participant_id) else {
            return;
        };
        participant.presence = Presence::Gone;
        let token = participant.token.clone();
        let connections = std::mem::take(&mut participant.connections);
        scene.tokens.mark_missed(&token);
        scene.tokens.retire(connections);
        self.record(scene, "bot-missed", &[]);
    }

    /// A participant leaves. The customer takes the chat along, a custom participant wakes the flow.
    pub(crate) fn leave(&mut self, participant_id: &str, scene: &mut Scene<'_>) {
        if self.gives_up(participant_id, scene) {
            return;
        }
        let Some(role) = self.remove(participant_id, scene) else {
            return;
        };
        match role {
            Role::Customer => self.end("the customer left", scene),
            Role::CustomBot => {
                self.data.custom_participant = false;
                self.stop_idle_timers(scene);
                self.run(Event::BotParticipantDisconnected, scene);
            }
            Role::Agent => self.agent_left(scene),
            Role::System => {}
        }
    }

    /// A participant leaves that never joined: nobody saw it, and it cannot join any more. AWS does
    /// not say so; that nothing happens would be the one answer that is surely wrong.
    fn gives_up(&mut self, participant_id: &str, scene: &mut Scene<'_>) -> bool {
        let participant = self.participant(participant_id);
        let Some(role) = participant
            .filter(|it| it.presence == Presence::Invited)
            .map(|it| it.sender.role)
        else {
            return false;
        };
        self.cancel_alarm(scene.world, &Alarm::BotConnect(participant_id.to_owned()));
        self.dismiss(participant_id, scene);
        self.record(scene, "gave-up", &[("role", role.as_str())]);
        if role == Role::Customer {
            self.end("the customer left", scene);
        }
        true
    }

    /// A custom participant is disconnected when an agent joins [doc]; no flow is told.
    pub(crate) fn drop_bot(&mut self, scene: &mut Scene<'_>) {
        let mut bots = self.participants.iter();
        let bot =
            bots.find(|it| it.sender.role == Role::CustomBot && it.presence != Presence::Gone);
        let Some(bot) = bot else { return };
        let id = bot.sender.participant_id.clone();
        if bot.is_connected() {
            self.remove(&id, scene);
        } else {
            self.cancel_alarm(scene.world, &Alarm::BotConnect(id.clone()));
            self.dismiss(&id, scene);
        }
        self.data.custom_participant = false;
    }

    /// Takes a participant out of the chat and says so; nothing if it was not there.
    pub(crate) fn remove(&mut self, participant_id: &str, scene: &mut Scene<'_>) -> Option<Role> {
        let participant = self.participant_mut(participant_id)?;
        if !participant.is_connected() {
            return None;
        }
        let sender = participant.sender.clone();
        let role = sender.role;
        self.dismiss(participant_id, scene);
        self.record(scene, "left", &[("role", role.as_str())]);
        self.add(Some(sender), Draft::Event(event::LEFT), scene);
        // The customer's sockets still have to show that the chat ended: chatjs waits for it.
        if role != Role::Customer {
            self.close_sockets_of(participant_id, scene);
        }
        Some(role)
    }

    /// Takes everything from a participant that lets it take part.
    fn dismiss(&mut self, participant_id: &str, scene: &mut Scene<'_>) {
        if let Some(participant) = self.participant_mut(participant_id) {
            participant.presence = Presence::Gone;
            let mut tokens = std::mem::take(&mut participant.connections);
            tokens.push(participant.token.clone());
            scene.tokens.retire(tokens);
        }
    }

    /// An agent ended its part. What the flow language calls the disconnect flow would run now.
    fn agent_left(&mut self, scene: &mut Scene<'_>) {
        self.stop_idle_timers(scene);
        if self.data.hooks.contains_key("CustomerRemaining") {
            self.fail(
                "not emulated: the flow of the event hook CustomerRemaining",
                scene,
            );
        }
        self.end("the agent left", scene);
    }

    /// Notes for people that something went wrong.
    pub(crate) fn fail(&mut self, error: &str, scene: &Scene<'_>) {
        self.record(scene, "error", &[("error", error)]);
        if self.error.is_none() {
            self.error = Some(error.to_owned());
        }
    }

    /// Ends the chat: everybody is told, streams stop, tokens die.
    pub(crate) fn end(&mut self, because: &str, scene: &mut Scene<'_>) {
        if self.has_ended() {
            return;
        }
        self.leave_queue(scene);
        self.phase = Phase::Ended;
        self.running = None;
        self.call_number += 1;
        self.data.custom_participant = false;
        self.cancel_all_alarms(scene.world);
        self.idle = IdleTimers::default();
        count_down(&mut scene.load.active, &self.instance_id);
        self.record(scene, "ended", &[("because", because)]);
        self.add(None, Draft::Event(event::ENDED), scene);
        self.times.ended = Some(scene.world.clock.now());
        self.streams.clear();
        for participant in &mut self.participants {
            participant.presence = Presence::Gone;
            let mut tokens = std::mem::take(&mut participant.connections);
            tokens.push(participant.token.clone());
            scene.tokens.retire(tokens);
        }
        self.close_all_sockets(scene);
    }

    /// Takes the contact out of the count of its queue.
    pub(crate) fn leave_queue(&mut self, scene: &mut Scene<'_>) {
        if self.phase == Phase::Queued
            && let Some(queue) = &self.data.queue
        {
            count_down(&mut scene.load.queued, &queue.id);
        }
    }

    pub(crate) fn touch(&mut self, world: &World) {
        self.times.updated = world.clock.now();
    }
}
