//! The rules that reading reports, under the names by which the stages know them. Their texts are in
//! `rules`.

pub(crate) use crate::rules::Rule;
pub(crate) use crate::rules::of_expansion::*;
pub(crate) use crate::rules::of_references::*;
pub(crate) use crate::rules::of_sources::*;
pub(crate) use crate::rules::of_transitions::*;
