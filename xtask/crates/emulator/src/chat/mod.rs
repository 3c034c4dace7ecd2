//! Contacts, participants and their conversations: the live side of Connect.
//!
//! A contact holds its participants, its transcript, its streams and the flow that runs for it. All
//! that happens to it happens under the two locks, `connect` before `chat`, and never across an
//! await; what takes time (a Lambda, a timer) comes back later as an event of its own.
//!
//! Facts about the service are cited where they are used: [doc] is AWS documentation or its API
//! model, [S] the source of a public client, [P] public samples, [2nd] a secondary source, and
//! [inf] our inference where nobody says.

use std::collections::HashMap;
use std::sync::Arc;

use crate::connect;
use crate::wire::Request;
use crate::world::World;

mod alarm;
mod body;
mod contact;
mod delivery;
mod idle;
mod item;
mod lambda_event;
mod running;
mod start;
mod tokens;
mod transcript;

#[cfg(test)]
mod tests;

pub(crate) mod agent;
pub(crate) mod operations;
pub(crate) mod participant;
pub(crate) mod report;
pub(crate) mod socket;

use contact::Contact;
use start::StartedChat;
use tokens::Tokens;

/// All contacts of the account.
#[derive(Default)]
pub(crate) struct State {
    contacts: HashMap<String, Contact>,
    tokens: Tokens,
    load: Load,
    /// What StartChatContact answered, by instance and `ClientToken`.
    started: HashMap<(String, String), StartedChat>,
}

/// The instance whose chat the token of a request belongs to.
pub(crate) fn instance_of(world: &World, request: &Request) -> Option<String> {
    let chat = world.chat();
    let contact_id = chat.tokens.contact_of(request.bearer()?)?;
    let contact = chat.contacts.get(contact_id)?;
    Some(contact.instance_id.clone())
}

/// How many contacts are where, kept so that nobody has to count.
#[derive(Default)]
pub(crate) struct Load {
    /// Chats that have not ended, by instance id.
    active: HashMap<String, usize>,
    /// Contacts waiting, by queue id.
    queued: HashMap<String, usize>,
}

/// What a contact may look at and touch outside of itself while something happens to it.
pub(crate) struct Scene<'a> {
    world: &'a Arc<World>,
    connect: &'a connect::State,
    tokens: &'a mut Tokens,
    load: &'a mut Load,
}

/// Lets something happen to a contact; nothing if there is none of this id.
fn with_contact<T>(
    world: &Arc<World>,
    contact_id: &str,
    happen: impl FnOnce(&mut Contact, &mut Scene<'_>) -> T,
) -> Option<T> {
    let connect = world.connect();
    let mut chat = world.chat();
    let State {
        contacts,
        tokens,
        load,
        ..
    } = &mut *chat;
    let contact = contacts.get_mut(contact_id)?;
    let mut scene = Scene {
        world,
        connect: &connect,
        tokens,
        load,
    };
    Some(happen(contact, &mut scene))
}

fn count_up(counts: &mut HashMap<String, usize>, key: &str) {
    *counts.entry(key.to_owned()).or_default() += 1;
}

fn count_down(counts: &mut HashMap<String, usize>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
    }
}
