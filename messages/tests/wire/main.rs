//! The wire format that other systems use: fixed bytes, one schema in three notations, and hostile
//! input.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

mod batches;
mod golden;
mod hostile;
mod one_schema;
mod rollbacks;
mod samples;
