//! The fleet: its proofs in a simulated ledger, and its own programs against the local cloud.

#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot go on says so by a panic")]

mod admission;
mod bad_input;
mod batches;
mod builds;
mod clock;
mod command_line;
mod console;
mod costs;
mod discovery;
mod events;
mod explained;
mod faults;
mod forgery;
mod functions;
mod hostile;
mod keys;
mod kill;
mod languages;
mod migrations;
mod observed;
mod outage;
mod paid_once;
mod projects;
mod public_access;
mod publishers;
mod quotas;
mod redelivery;
mod requesters;
mod road;
mod rollback;
mod runner;
mod service_fields;
mod serving;
mod source_room;
mod sources;
mod sources_first;
mod storm;
mod support;
mod traffic;
mod triggers;
mod upgrade;
mod waiters;
mod waiting;
mod watch;
