//! Tests of the compiler from the outside.

#![expect(
    clippy::disallowed_methods,
    reason = "fixtures are files; the crate itself does no I/O"
)]

mod bot;
mod cases;
mod compiled;
mod corpus;
mod examples;
mod forms;
mod import;
mod patch;
mod raw;
mod robust;
mod schema;

#[path = "../support/json_schema.rs"]
mod json_schema;
