//! The commands as people meet them: exit code, stdout and stderr, as text.

mod bad_input;
mod features;
mod help;
mod support;
