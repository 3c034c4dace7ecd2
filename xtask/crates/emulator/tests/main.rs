//! The emulator as its clients see it.

mod chat;
mod connect;
mod services;
