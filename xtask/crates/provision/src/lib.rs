//! Environments, infrastructure, planning and applying: what should be, what is, and the way from
//! one to the other through the AWS SDK.
//!
//! Planning changes nothing and is a pure function of desired and live; applying decides nothing.
//! Whether AWS or the emulator answers is unknown here: an endpoint is configuration.

pub mod address;
pub mod environment;
pub mod infra;
pub mod schema;

pub mod desired;
pub mod live;
pub mod plan;

pub mod apply;
pub mod destroy;
pub mod doctor;
pub mod drift;
pub mod ledger;

pub mod api_error;
pub mod clients;
pub mod guard;
pub mod pace;
pub mod quotas;
pub mod rates;

pub mod scope;

pub mod policies;

mod policy;
mod remote;
mod rules;
mod tags;
mod wait;
mod yaml;
