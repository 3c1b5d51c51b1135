//! Pub/Sub as the fleet uses it: at-least-once, one message at a time, settled exactly once by its
//! holder.

use std::time::Duration;

use async_trait::async_trait;
use longshore_messages::WireMessage;
use time::OffsetDateTime;

use crate::CloudError;

/// Publishes to topics and receives from subscriptions. Names are full: `projects/P/topics/T`,
/// `projects/P/subscriptions/S`.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes one message and returns its id once Pub/Sub has confirmed it.
    ///
    /// On `Err` the message may or may not have been published; publishing it again is the caller's
    /// decision.
    async fn publish(&self, topic: &str, message: WireMessage) -> Result<String, CloudError>;

    /// Opens a stream of deliveries with at most `limit` unsettled at once.
    async fn subscribe(
        &self,
        subscription: &str,
        limit: usize,
    ) -> Result<Box<dyn Deliveries>, CloudError>;

    /// Makes the topic if it is missing.
    async fn ensure_topic(&self, topic: &str) -> Result<(), CloudError>;

    /// Makes the subscription if it is missing; one that exists is left as it is.
    async fn ensure_subscription(&self, spec: &SubscriptionSpec) -> Result<(), CloudError>;
}

/// A subscription to be made. Durations and limits: `google.pubsub.v1.Subscription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionSpec {
    /// `projects/P/subscriptions/S`.
    pub name: String,
    /// `projects/P/topics/T`.
    pub topic: String,
    /// Lease of a delivery, 10 s to 600 s; the client extends it while the message is held.
    pub ack_deadline: Duration,
    /// Shortest wait before a redelivery.
    pub minimum_backoff: Duration,
    /// Longest wait before a redelivery, at most 600 s.
    pub maximum_backoff: Duration,
    /// Where a message goes after `max_delivery_attempts` (5 to 100). Without it Pub/Sub does not
    /// count attempts.
    pub dead_letter_topic: Option<String>,
    /// See `dead_letter_topic`.
    pub max_delivery_attempts: u32,
}

/// An open stream of deliveries.
#[async_trait]
pub trait Deliveries: Send {
    /// The next delivery. `None` after [`Deliveries::close`]; `Err` ends the stream, and
    /// subscribing again is up to the caller.
    async fn next(&mut self) -> Option<Result<Received, CloudError>>;

    /// Stops pulling, and returns once the acknowledgements given so far are sent. What is still
    /// held is delivered again, so a worker first finishes, or gives up, what it has in hand.
    async fn close(self: Box<Self>);
}

/// One delivery of a message.
#[must_use = "a delivery that is dropped is delivered again"]
pub struct Received {
    /// What was published.
    pub message: WireMessage,
    /// Pub/Sub's id of the message: the same at every redelivery, another when it was published
    /// twice.
    pub message_id: String,
    /// When Pub/Sub took it.
    pub published_at: OffsetDateTime,
    /// Which delivery attempt this is, from 1; `None` where the subscription has no dead-letter
    /// policy.
    pub attempt: Option<u32>,
    /// Settles it. Dropped unsettled, the message is delivered again.
    pub settle: Box<dyn Settle>,
}

/// Ends a delivery, once.
pub trait Settle: Send + Sync {
    /// Done: never deliver it again (best effort, at-least-once).
    fn ack(self: Box<Self>);
    /// Deliver it again after the subscription's backoff.
    fn nack(self: Box<Self>);
}
