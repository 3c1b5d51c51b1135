//! Batches: many functions under one id, and what becomes of them.
//!
//! A manifest and a message have one schema, [`crate::proto::Batch`]. [`expand()`] turns its entries
//! into functions, in the same way for the command line and for the worker that admits them.

mod expand;
mod finished;
mod gates;
mod lines;
mod request;
mod settings;

pub use expand::{BATCH_MEMBERS_MAX, EntryProblem, Expansion, expand, merged, size_of};
pub use finished::{BatchCounts, BatchFinished, BatchOutcome};
pub use gates::{BatchGate, ErrorRate, ErrorRateGate, RequestGate};
pub use lines::{LineProblem, read_entries, write_entries};
pub use request::{BatchRequest, StoredEntries};
pub use settings::{BatchOrder, BatchSettings, BatchTraffic, GATE_TAG};

#[cfg(test)]
mod tests;
