//! The three Lambdas' handlers over the wire, against scripted services.

mod aws;
mod endings;
mod events;
mod join;
mod leave;
mod logs;
mod reply;
mod scene;
