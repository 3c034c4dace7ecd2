//! The timers of a contact. Each kind exists at most once; setting it again replaces it.

use std::sync::Arc;
use std::time::Duration;

use flow_engine::turn::Event;
use jiff::Timestamp;

use super::contact::Contact;
use super::item::Role;
use super::{Scene, with_contact};
use crate::clock::TimerId;
use crate::world::World;

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Alarm {
    /// The customer must connect.
    CustomerConnect,
    /// The chat is as long as it may be.
    ChatDuration,
    /// A custom participant must connect.
    BotConnect(String),
    /// The flow's Wait is over.
    Wait,
    /// A participant of this role has been silent for long enough to count as idle.
    Idle(Role),
    /// A participant of this role has been silent for long enough to end the conversation.
    Disconnect(Role),
}

/// A timer that runs. The number tells it from others of its kind that came before: one of those
/// may have fired already and be waiting for the locks.
pub(crate) struct Running {
    timer: TimerId,
    number: u64,
}

impl Contact {
    pub(crate) fn set_alarm(&mut self, world: &Arc<World>, alarm: Alarm, delay: Duration) {
        self.cancel_alarm(world, &alarm);
        self.alarm_number += 1;
        let number = self.alarm_number;
        let weak = Arc::downgrade(world);
        let contact_id = self.data.contact_id.clone();
        let ringing = alarm.clone();
        let timer = world.clock.after(delay, move || {
            if let Some(world) = weak.upgrade() {
                with_contact(&world, &contact_id, |contact, scene| {
                    contact.ring(&ringing, number, scene);
                });
            }
        });
        self.alarms.insert(alarm, Running { timer, number });
    }

    /// When an alarm will ring, if it is set.
    pub(crate) fn rings_at(&self, alarm: &Alarm) -> Option<Timestamp> {
        self.alarms
            .get(alarm)
            .map(|running| running.timer.deadline())
    }

    pub(crate) fn cancel_alarm(&mut self, world: &World, alarm: &Alarm) {
        if let Some(running) = self.alarms.remove(alarm) {
            world.clock.cancel(running.timer);
        }
    }

    pub(crate) fn cancel_all_alarms(&mut self, world: &World) {
        for (_, running) in self.alarms.drain() {
            world.clock.cancel(running.timer);
        }
    }

    fn ring(&mut self, alarm: &Alarm, number: u64, scene: &mut Scene<'_>) {
        if self.alarms.get(alarm).is_none_or(|it| it.number != number) {
            return;
        }
        self.alarms.remove(alarm);
        match alarm {
            Alarm::CustomerConnect => self.end("the customer did not connect in time", scene),
            Alarm::ChatDuration => self.end("the chat duration is over", scene),
            Alarm::BotConnect(participant_id) => self.bot_missed(participant_id, scene),
            Alarm::Wait => self.run(Event::TimeLimit, scene),
            Alarm::Idle(role) => self.becomes_idle(*role, scene),
            Alarm::Disconnect(role) => self.auto_disconnect(*role, scene),
        }
    }
}
