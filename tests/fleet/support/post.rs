//! A bus that delivers each message once, when the test says so, and returns how it was settled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use longshore_cloud::{
    Bus, CloudError, Deliveries, Kind, Lease, Received, Settle, SubscriptionSpec,
};
use longshore_messages::{DeploymentId, WireMessage};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

/// How a delivery was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    Ack,
    Nack,
}

/// A bus in memory.
#[derive(Default)]
pub(crate) struct Post {
    published: Mutex<Vec<(String, WireMessage)>>,
    /// The error of every publication of an event.
    events_fail: Mutex<Option<Kind>>,
    /// Deployments whose messages cannot be published.
    refused: Mutex<BTreeSet<String>>,
    subscriptions: Mutex<BTreeMap<String, Subscription>>,
}

struct Parcel {
    message: WireMessage,
    attempt: u32,
    settled: oneshot::Sender<Settled>,
}

struct Subscription {
    parcels: mpsc::UnboundedSender<Parcel>,
    /// `Some` until there is a subscriber.
    queue: Option<mpsc::UnboundedReceiver<Parcel>>,
}

impl Default for Subscription {
    fn default() -> Self {
        let (parcels, queue) = mpsc::unbounded_channel();
        Self { parcels, queue: Some(queue) }
    }
}

impl Post {
    /// Delivers a message over a subscription, and waits until it is settled.
    pub(crate) async fn deliver(&self, subscription: &str, message: &WireMessage) -> Settled {
        self.deliver_at(subscription, message, 1).await
    }

    /// Delivers a message as this delivery attempt.
    pub(crate) async fn deliver_at(
        &self,
        subscription: &str,
        message: &WireMessage,
        attempt: u32,
    ) -> Settled {
        let (settled, settlement) = oneshot::channel();
        let parcels = self
            .subscriptions
            .lock()
            .unwrap()
            .entry(subscription.to_owned())
            .or_default()
            .parcels
            .clone();
        assert!(
            parcels.send(Parcel { message: message.clone(), attempt, settled }).is_ok(),
            "the subscriber is gone"
        );
        settlement.await.expect("handled without a panic")
    }

    /// Sets whether messages of a deployment can be published.
    pub(crate) fn refuse(&self, deployment: DeploymentId, refused: bool) {
        let mut all = self.refused.lock().unwrap();
        if refused {
            all.insert(deployment.to_string());
        } else {
            all.remove(&deployment.to_string());
        }
    }

    /// Lets every publication of an event fail with this error, or succeed.
    pub(crate) fn fail_events(&self, kind: Option<Kind>) {
        *self.events_fail.lock().unwrap() = kind;
    }

    /// All published messages and their topics since the last call, without events for reports.
    pub(crate) fn take_published(&self) -> Vec<(String, WireMessage)> {
        let mut published = std::mem::take(&mut *self.published.lock().unwrap());
        published.retain(|(topic, _)| !is_for_events(topic));
        published
    }

    /// The events for reports since the last call, in the order in which they were published. Call
    /// this before [`Post::take_published`].
    pub(crate) fn take_events(&self) -> Vec<WireMessage> {
        let mut published = self.published.lock().unwrap();
        let events = published.extract_if(.., |(topic, _)| is_for_events(topic));
        events.map(|(_, message)| message).collect()
    }
}

#[async_trait]
impl Bus for Post {
    async fn publish(&self, topic: &str, message: WireMessage) -> Result<String, CloudError> {
        let deployment = message.attributes.get("deployment");
        if deployment.is_some_and(|id| self.refused.lock().unwrap().contains(id)) {
            return Err(CloudError::new("publish", topic, Kind::InvalidArgument));
        }
        if is_for_events(topic)
            && let Some(kind) = *self.events_fail.lock().unwrap()
        {
            return Err(CloudError::new("publish", topic, kind));
        }
        self.published.lock().unwrap().push((topic.to_owned(), message));
        Ok("id".to_owned())
    }

    async fn subscribe(
        &self,
        subscription: &str,
        _limit: usize,
    ) -> Result<Box<dyn Deliveries>, CloudError> {
        let queue = self
            .subscriptions
            .lock()
            .unwrap()
            .entry(subscription.to_owned())
            .or_default()
            .queue
            .take();
        Ok(Box::new(Letterbox(queue.expect("one subscriber"))))
    }

    async fn ensure_topic(&self, _topic: &str, _kms_key: &str) -> Result<(), CloudError> {
        Ok(())
    }

    async fn ensure_subscription(&self, _spec: &SubscriptionSpec) -> Result<(), CloudError> {
        Ok(())
    }
}

struct Letterbox(mpsc::UnboundedReceiver<Parcel>);

#[async_trait]
impl Deliveries for Letterbox {
    async fn next(&mut self) -> Option<Result<Received, CloudError>> {
        let Parcel { message, attempt, settled } = self.0.recv().await?;
        Some(Ok(Received {
            message_id: super::uuid(),
            message,
            published_at: OffsetDateTime::now_utc(),
            attempt: Some(attempt),
            ordering_key: String::new(),
            lease: Lease::begin(super::PATIENCE),
            settle: Box::new(Receipt(settled)),
        }))
    }

    async fn close(self: Box<Self>) {}
}

struct Receipt(oneshot::Sender<Settled>);

impl Settle for Receipt {
    fn ack(self: Box<Self>) {
        // The test may be over.
        let _ = self.0.send(Settled::Ack);
    }

    fn nack(self: Box<Self>) {
        let _ = self.0.send(Settled::Nack);
    }
}

fn is_for_events(topic: &str) -> bool {
    topic.ends_with(".deployment-events")
}
