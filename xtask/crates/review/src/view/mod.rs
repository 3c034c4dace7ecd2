//! Views of a comparison: text for terminals, Markdown for forges, JSON for programs.
//!
//! All of them show the same [`blocks`](block) and edits; what is worth showing is decided there.

mod block;
mod json;
mod page;
mod text;
mod value;
mod words;

pub use json::{comparison as json, environment as environment_json, review as review_json};
pub use text::{TextOptions, text};
