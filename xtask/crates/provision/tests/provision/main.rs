//! Provisioning against the emulator, and the reading of its files.

mod centre;
mod deployments;
mod documents;
mod environments;
mod faults;
mod files;
