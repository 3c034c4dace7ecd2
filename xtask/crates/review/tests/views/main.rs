//! What reviewers see of changes as teams make them.

mod changes;
mod markdown;
mod text;
