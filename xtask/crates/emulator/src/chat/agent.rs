//! Agents, by a control of the emulator: there is no agent application here.

use std::sync::Arc;

use super::contact::Phase;
use super::item::Role;
use super::tokens::Secret;
use super::with_contact;
use crate::world::World;

/// An agent who joined a contact. With the token the agent speaks through the Participant Service.
#[derive(Clone, Debug)]
pub struct AgentJoined {
    pub participant_id: String,
    token: Secret,
}

impl AgentJoined {
    /// For CreateParticipantConnection.
    pub fn participant_token(&self) -> &str {
        self.token.reveal()
    }
}

/// Why an agent cannot join.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentRefused {
    #[error("there is no contact of this id")]
    NoContact,
    #[error("the contact does not wait in a queue")]
    NotQueued,
}

/// An agent accepts a contact that waits in a queue. The queue flow ends, a custom participant is
/// disconnected [doc], and timers start with the latest configuration.
pub(crate) fn agent_joins(
    world: &Arc<World>,
    contact_id: &str,
    display_name: &str,
) -> Result<AgentJoined, AgentRefused> {
    with_contact(world, contact_id, |contact, scene| {
        if contact.phase != Phase::Queued {
            return Err(AgentRefused::NotQueued);
        }
        contact.leave_queue(scene);
        contact.phase = Phase::Agent;
        contact.stop_flow(scene);
        contact.times.agent_joined = Some(scene.world.clock.now());
        contact.drop_bot(scene);
        let (participant_id, token) = contact.invite(Role::Agent, display_name, scene);
        contact.join(&participant_id, scene);
        Ok(AgentJoined {
            participant_id,
            token,
        })
    })
    .unwrap_or(Err(AgentRefused::NoContact))
}
