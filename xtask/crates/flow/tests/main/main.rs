//! Tests of the flow crate from the outside.

mod bind;
mod canonical;
mod catalogue;
mod corpus;
mod diff;
mod layout;
mod made;
mod validate;
