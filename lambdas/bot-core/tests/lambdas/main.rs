//! The three Lambdas' handlers over the wire, against scripted services.

mod aws;
mod events;
mod join;
mod leave;
mod logs;
mod reply;
mod scene;
