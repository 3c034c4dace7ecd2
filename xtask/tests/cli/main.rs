//! The commands as people meet them: exit code, stdout and stderr, as text.

mod bad_input;
mod bench;
mod build;
mod check;
mod diff;
mod docs;
mod doctor;
mod drift;
mod features;
mod generate;
mod graph;
mod help;
mod history;
mod import;
mod import_live;
mod local;
mod review;

mod chat;
mod support;
