//! Pub/Sub as the fleet uses it: at-least-once delivery, one message at a time, and each delivery
//! settled once by its holder.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use longshore_messages::WireMessage;
use time::OffsetDateTime;

use crate::{CloudError, Kind, SubscriptionSpec};

/// Publishes to topics and receives from subscriptions. Both are given by their resource names:
/// `projects/P/topics/T`, `projects/P/subscriptions/S`.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes one message and returns its id once Pub/Sub has confirmed it.
    ///
    /// After an `Err` the message may have been published. It is the caller's decision to publish
    /// it again.
    async fn publish(&self, topic: &str, message: WireMessage) -> Result<String, CloudError>;

    /// Opens a stream of deliveries, of which at most `limit` are unsettled at any time.
    async fn subscribe(
        &self,
        subscription: &str,
        limit: usize,
    ) -> Result<Box<dyn Deliveries>, CloudError>;

    /// Creates the topic if it does not exist, under this key of Cloud KMS, and gives the key to a
    /// topic that exists. An empty key is Google's for a new topic, and leaves that of another as
    /// it is.
    async fn ensure_topic(&self, topic: &str, kms_key: &str) -> Result<(), CloudError>;

    /// Returns the key of Cloud KMS that protects the messages of a topic, or `None` if the topic
    /// does not exist. Empty: Google manages the keys.
    async fn topic_key(&self, topic: &str) -> Result<Option<String>, CloudError> {
        Err(CloudError::new("get topic", topic, Kind::Unimplemented))
    }

    /// Returns a subscription, or `None` if it does not exist.
    async fn subscription(&self, name: &str) -> Result<Option<SubscriptionSpec>, CloudError> {
        Err(CloudError::new("get subscription", name, Kind::Unimplemented))
    }

    /// Creates the subscription if it does not exist, and changes what differs in an existing one.
    ///
    /// `PreconditionFailed` if it belongs to another topic, or to a deleted one: a subscription
    /// keeps its topic, so it has to be deleted first, with its messages.
    async fn ensure_subscription(&self, spec: &SubscriptionSpec) -> Result<(), CloudError>;

    /// Returns the IAM policy of a topic or a subscription. Roles that are granted on the project
    /// are not part of it.
    async fn policy(&self, resource: &str) -> Result<Vec<Binding>, CloudError> {
        Err(CloudError::new("get IAM policy", resource, Kind::Unimplemented))
    }
}

/// `google.iam.v1.Binding`: a role and who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub role: String,
    pub members: Vec<String>,
}

/// An open stream of deliveries.
#[async_trait]
pub trait Deliveries: Send {
    /// Waits for the next delivery. An `Err` ends the stream; the caller may subscribe again.
    /// `None` after [`Deliveries::close`].
    async fn next(&mut self) -> Option<Result<Received, CloudError>>;

    /// Stops pulling, and returns once the acknowledgements given so far are sent. Messages that
    /// are still held are delivered again, so a worker finishes or abandons its work first.
    async fn close(self: Box<Self>);
}

/// One delivery of a message.
#[must_use = "a delivery that is dropped is delivered again"]
pub struct Received {
    pub message: WireMessage,
    /// Pub/Sub's id of the message. A redelivery has the same id; a message that is published twice
    /// has two.
    pub message_id: String,
    /// When Pub/Sub accepted it.
    pub published_at: OffsetDateTime,
    /// Number of this delivery attempt, from 1. `None` if the subscription has no dead-letter
    /// policy.
    pub attempt: Option<u32>,
    /// The ordering key that its publisher gave it, or empty. The fleet needs no order.
    pub ordering_key: String,
    pub lease: Lease,
    /// Settles the delivery. If it is dropped unused, the message is delivered again.
    pub settle: Box<dyn Settle>,
}

/// The time for which Pub/Sub leaves a delivery to its holder. The client extends it again and again
/// until the delivery is settled, and does not say how often.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    began: Instant,
    length: Duration,
}

impl Lease {
    /// A lease that begins now.
    #[must_use]
    pub fn begin(length: Duration) -> Self {
        Self { began: Instant::now(), length }
    }

    /// Whether it would have ended without an extension.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        self.began.elapsed() > self.length
    }
}

/// Settles a delivery.
pub trait Settle: Send + Sync {
    /// Acknowledges the message: Pub/Sub stops delivering it (best effort).
    fn ack(self: Box<Self>);
    /// Returns the message, to be delivered again after the subscription's backoff.
    fn nack(self: Box<Self>);
}
