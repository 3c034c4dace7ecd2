//! What became of a contact, for people and tests that ask.

use std::sync::Arc;

use flow_engine::contact::Step;
use jiff::Timestamp;
use serde::Serialize;

use super::alarm::Alarm;
use super::contact::{Phase, Presence};
use super::with_contact;
use crate::world::World;

/// A contact as seen from outside: no message texts, no attributes, no tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactReport {
    pub contact_id: String,
    /// `starting` until the customer has connected, then `flow`, `queued`, `agent`, `ended`.
    pub state: &'static str,
    /// The name of the working queue.
    pub queue: Option<String>,
    /// The actions taken, in order.
    pub path: Vec<Step>,
    pub participants: Vec<ParticipantReport>,
    /// When the Wait that the flow is in runs out.
    pub waits_until: Option<Timestamp>,
    /// What went wrong in a flow, or what it asked for that is not emulated.
    pub error: Option<String>,
}

/// Somebody who takes or took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParticipantReport {
    pub participant_id: String,
    /// As the API spells it: `CUSTOMER`, `CUSTOM_BOT`, `AGENT`.
    pub role: &'static str,
    /// `invited`, `connected` or `gone`.
    pub state: &'static str,
}

/// The report on a contact, if there is one of this id.
pub(crate) fn report(world: &Arc<World>, contact_id: &str) -> Option<ContactReport> {
    with_contact(world, contact_id, |contact, _| ContactReport {
        contact_id: contact.data.contact_id.clone(),
        state: match contact.phase {
            Phase::Starting => "starting",
            Phase::Flow => "flow",
            Phase::Queued => "queued",
            Phase::Agent => "agent",
            Phase::Ended => "ended",
        },
        queue: contact.data.queue.as_ref().map(|queue| queue.name.clone()),
        path: contact.data.path.clone(),
        participants: contact
            .participants
            .iter()
            .map(|it| ParticipantReport {
                participant_id: it.sender.participant_id.clone(),
                role: it.sender.role.as_str(),
                state: match it.presence {
                    Presence::Invited => "invited",
                    Presence::Connected => "connected",
                    Presence::Gone => "gone",
                },
            })
            .collect(),
        waits_until: contact.rings_at(&Alarm::Wait),
        error: contact.error.clone(),
    })
}
