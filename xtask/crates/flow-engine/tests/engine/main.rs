//! Tests of the engine: scripts with whole answers, and what holds for every document.

mod any_document;
mod case;
mod scripts;
