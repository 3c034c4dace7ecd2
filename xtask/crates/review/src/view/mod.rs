//! Views of a comparison: text for terminals, Markdown for forges, JSON for programs.
//!
//! All of them show the same [`blocks`](block) and edits; what is worth showing is decided there.

mod block;
pub(crate) mod environment;
pub(crate) mod escape;
mod json;
pub(crate) mod markdown;
mod page;
pub(crate) mod section;
mod text;
mod value;
mod words;

pub use json::{comparison as json, environment as environment_json, review as review_json};
pub use markdown::markdown;
pub use text::{TextOptions, text};
pub(crate) use value::visible;
