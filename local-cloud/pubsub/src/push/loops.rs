//! What is reported about the end of a loop of events.

use longshore_local_kit::lineage::GENERATIONS_MAX;

/// Why a message is not delivered, and what to do.
pub(super) fn report(message_id: u64, subscription: &str) -> String {
    format!(
        "Event {message_id} is not delivered, because it is the end of a loop: each of the last \
         {GENERATIONS_MAX} events was caused by a function that handled the one before, for \
         example by writing to the bucket that triggers it. Write to another bucket or topic, or \
         let the function ignore what it has written. (subscription {subscription})"
    )
}
