//! Provisioning against the emulator, and the reading of its files.

mod centre;
mod console;
mod creation;
mod deployments;
mod destroying;
mod doctor;
mod documents;
mod drift;
mod environments;
mod faulted;
mod faults;
mod files;
mod history;
mod interruptions;
mod least_privilege;
mod ledger;
mod locks;
mod media;
mod modules;
mod moved;
mod pacing;
mod people;
mod planning;
mod prune;
mod rollback;
mod storage;
mod versions;

#[path = "../../../flow-source/tests/support/json_schema.rs"]
mod json_schema;
mod schema;
