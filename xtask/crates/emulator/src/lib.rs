//! A contact centre in a process: Amazon Connect, its Participant Service, Lambda and what they
//! need, over the services' own protocols on loopback, with real Lambda binaries and honest time.
//!
//! An operation that is not here answers 501 with its name; nothing succeeds silently.

pub mod clock;
pub mod faults;
pub mod timeline;
mod world;

mod chat;
mod connect;
mod lambda;
mod library;
mod sns;
mod wire;
