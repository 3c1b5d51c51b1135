//! How often a message is delivered.

use longshore_cloud::Received;

/// Number of the delivery at which a retry becomes a copy of the message. Pub/Sub moves a message to
/// the dead-letter topic after 100 deliveries, or somewhat earlier, because it counts them on a
/// best-effort basis. <https://cloud.google.com/pubsub/docs/handling-failures>
pub const COPIED_AT_ATTEMPT: u32 = 80;

/// Number of deliveries of a message that only a newer worker may understand: half an hour with the
/// backoff of the subscriptions, in which a rolling upgrade brings one.
const DELIVERIES_FOR_NEWER_MAX: u32 = 12;

/// Whether a message that this worker does not understand may still find one that does.
pub(super) fn is_early(received: &Received) -> bool {
    received.attempt.is_some_and(|attempt| attempt < DELIVERIES_FOR_NEWER_MAX)
}

/// Whether an orderly retry must not be another delivery of this message. A deployment's retries end
/// at its deadline, and not at a number of deliveries.
pub(super) fn is_last_attempt(received: &Received) -> bool {
    received.attempt.is_some_and(|attempt| attempt >= COPIED_AT_ATTEMPT)
}
