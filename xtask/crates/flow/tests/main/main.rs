//! Tests of the flow crate from the outside.

mod corpus;
