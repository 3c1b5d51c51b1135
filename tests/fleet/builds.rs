//! Builds under faults: build-submitter and registry-watcher in one process, on one ledger, with a
//! Cloud Build that fails on request.

mod abandoned;
mod claimant;
mod forged;
mod inputs;
mod refused;
mod retried;
mod shared;
mod sourceless;
mod submitted;
mod swept;
