//! Contacts, participants and their conversations: the live side of Connect.

/// All contacts of the account.
#[derive(Default)]
pub(crate) struct State {}
