//! A flow as a state machine: an event goes in, effects and the next need come out.
//!
//! Pure: no I/O, no clock, no randomness. Whoever runs an [`machine::Execution`] looks resources up, calls
//! Lambdas, keeps the time and throws the dice, and tells the machine what came of it. What a flow
//! may know and change of its contact is [`contact::Contact`]. An action that the engine does not know ends
//! the flow with [`turn::End::NotEmulated`]; nothing succeeds silently.
//!
//! Facts about the service are cited beside the code: [export], [probe], [doc] and [inf] say whether
//! a real export, a live probe, AWS documentation or our inference stands behind them.

pub mod turn;

pub mod contact;
pub mod document;
pub mod machine;

mod actions;
mod compare;
mod lambda;
mod reference;
