//! What follows from changes, as data: one folder of `cases` each, and real flows where they are at
//! hand.

#![expect(
    clippy::disallowed_methods,
    reason = "fixtures are files; the crate itself does no I/O"
)]

mod cases;
mod corpus;
mod documents;
mod environments;
mod sources;
