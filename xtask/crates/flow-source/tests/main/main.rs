//! Tests of the compiler from the outside.

mod bot;
mod cases;
mod compiled;
mod examples;
mod robust;
