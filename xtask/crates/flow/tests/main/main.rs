//! Tests of the flow crate from the outside.

#![expect(
    clippy::disallowed_methods,
    reason = "fixtures are files; the crate itself does no I/O"
)]

mod actions;
mod bind;
mod canonical;
mod catalogue;
mod corpus;
mod diff;
mod diff_corpus;
mod diff_matching;
mod diff_noise;
mod diff_properties;
mod layout;
mod made;
mod picture;
mod picture_of_diff;
mod validate;
