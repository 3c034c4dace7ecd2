//! The control plane of Amazon Connect.

mod hours;
mod state;

pub(crate) use self::state::State;
