//! The idle and auto-disconnect timers that UpdateParticipantRoleConfig sets.
//!
//! They run while the customer is connected with a custom participant or an agent, with the
//! configuration that was in force when that one joined; a change waits for the next join [doc].

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::Scene;
use super::alarm::Alarm;
use super::contact::Contact;
use super::item::{Draft, Role, event};

/// The timers of both roles, in minutes; absent is never.
pub(crate) type RoleConfig = HashMap<(Role, TimerType), u64>;

/// What happens when a participant is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TimerType {
    /// It counts as idle.
    Idle,
    /// Everyone but the customer is removed.
    DisconnectNoncustomer,
}

/// The timers as they run.
#[derive(Default)]
pub(crate) struct IdleTimers {
    /// The configuration of the current session; absent when no timers run.
    latched: Option<RoleConfig>,
    idle: HashSet<Role>,
}

/// The roles that can have timers [doc]: a custom participant has none of its own.
const TIMED: [Role; 2] = [Role::Customer, Role::Agent];

impl Contact {
    /// Somebody joined the customer: old timers end, new ones start with the latest configuration.
    pub(crate) fn start_idle_timers(&mut self, scene: &mut Scene<'_>) {
        self.stop_idle_timers(scene);
        self.idle.latched = Some(self.role_config.clone());
        for role in TIMED {
            if self.connected(role).is_some() {
                self.restart_idle_timers_of(role, scene);
            }
        }
    }

    /// Whoever the customer talked to is gone.
    pub(crate) fn stop_idle_timers(&mut self, scene: &mut Scene<'_>) {
        self.idle = IdleTimers::default();
        for role in TIMED {
            self.cancel_alarm(scene.world, &Alarm::Idle(role));
            self.cancel_alarm(scene.world, &Alarm::Disconnect(role));
        }
    }

    /// A message resets its sender's timers and ends its idleness.
    pub(crate) fn not_idle(&mut self, role: Role, scene: &mut Scene<'_>) {
        if self.idle.latched.is_none() || !TIMED.contains(&role) {
            return;
        }
        if self.idle.idle.remove(&role) {
            self.event_of(role, event::RETURNED, scene);
        }
        self.restart_idle_timers_of(role, scene);
    }

    /// If both timers are set, the second starts only when the first has run out [doc].
    fn restart_idle_timers_of(&mut self, role: Role, scene: &mut Scene<'_>) {
        self.cancel_alarm(scene.world, &Alarm::Idle(role));
        self.cancel_alarm(scene.world, &Alarm::Disconnect(role));
        if let Some(delay) = self.latched(role, TimerType::Idle) {
            self.set_alarm(scene.world, Alarm::Idle(role), delay);
        } else if let Some(delay) = self.latched(role, TimerType::DisconnectNoncustomer) {
            self.set_alarm(scene.world, Alarm::Disconnect(role), delay);
        }
    }

    pub(crate) fn becomes_idle(&mut self, role: Role, scene: &mut Scene<'_>) {
        self.idle.idle.insert(role);
        self.event_of(role, event::IDLE, scene);
        if let Some(delay) = self.latched(role, TimerType::DisconnectNoncustomer) {
            self.set_alarm(scene.world, Alarm::Disconnect(role), delay);
        }
    }

    /// Removes everyone but the customer.
    pub(crate) fn auto_disconnect(&mut self, role: Role, scene: &mut Scene<'_>) {
        self.event_of(role, event::AUTO_DISCONNECTION, scene);
        let others: Vec<String> = self
            .participants
            .iter()
            .filter(|it| it.is_connected() && it.sender.role != Role::Customer)
            .map(|it| it.sender.participant_id.clone())
            .collect();
        for participant_id in others {
            self.leave(&participant_id, scene);
        }
    }

    fn latched(&self, role: Role, timer: TimerType) -> Option<Duration> {
        let minutes = self.idle.latched.as_ref()?.get(&(role, timer))?;
        Some(Duration::from_secs(minutes * 60))
    }

    /// Shows an event of the connected participant of a role.
    fn event_of(&mut self, role: Role, name: &'static str, scene: &mut Scene<'_>) {
        if let Some(sender) = self.connected(role).map(|it| it.sender.clone()) {
            let details = [("role", role.as_str())];
            self.record(scene, name, &details);
            self.add(Some(sender), Draft::Event(name), scene);
        }
    }
}
