//! Tests of the engine: scripts with whole answers, and what holds for every document.

#![expect(
    clippy::disallowed_methods,
    reason = "fixtures are files; the crate itself does no I/O"
)]

mod any_document;
mod case;
mod scripts;
