//! Names of the objects of batches.

use longshore_messages::BatchId;

/// Prefix of what is known about batches, without their functions.
pub const BATCHES: &str = "batches/";

/// Prefix of the marks of open batches.
pub const FEEDING: &str = "feeding/";

#[must_use]
pub fn batch_request(id: BatchId) -> String {
    format!("{BATCHES}{id}/request")
}

#[must_use]
pub fn batch(id: BatchId) -> String {
    format!("{BATCHES}{id}/batch")
}

#[must_use]
pub fn batch_progress(id: BatchId) -> String {
    format!("{BATCHES}{id}/progress")
}

#[must_use]
pub fn batch_outcome(id: BatchId) -> String {
    format!("{BATCHES}{id}/outcome")
}

/// The number is from 0, and names sort by it.
#[must_use]
pub fn batch_members(id: BatchId, number: usize) -> String {
    format!("batch-members/{id}/{number:05}")
}

#[must_use]
pub fn batch_forecast(id: BatchId) -> String {
    format!("{BATCHES}{id}/forecast")
}

#[must_use]
pub fn feeding(id: BatchId) -> String {
    format!("{FEEDING}{id}")
}
