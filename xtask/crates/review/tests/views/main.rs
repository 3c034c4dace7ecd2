//! What reviewers see of changes as teams make them.

mod changes;
mod comment;
mod json;
mod kinds;
mod markdown;
mod redact;
mod text;
