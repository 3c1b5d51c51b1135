//! The wire as other systems meet it: fixed bytes, one schema in three notations, and whatever else
//! may arrive.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

mod golden;
mod hostile;
mod one_schema;
mod samples;
