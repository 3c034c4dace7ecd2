//! What reviewers see of changes as teams make them.

mod changes;
mod comment;
mod markdown;
mod redact;
mod text;
