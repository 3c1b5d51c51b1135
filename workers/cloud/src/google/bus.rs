//! Pub/Sub: [`Bus`] over `google-cloud-pubsub`.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use google_cloud_pubsub::client::{
    BasePublisher, Publisher, Subscriber, SubscriptionAdmin, TopicAdmin,
};
use google_cloud_pubsub::model::{Message, Subscription, Topic};
use google_cloud_pubsub::subscriber::handler::Handler;
use google_cloud_pubsub::subscriber::{MessageStream, ShutdownBehavior};
use google_cloud_wkt::FieldMask;
use longshore_google_clients::Connect as _;
use longshore_messages::WireMessage;
use parking_lot::Mutex;
use tracing::field::Empty;

use super::call::{Call, found, noted, unless_exists};
use super::plain::Plain;
use super::plain_policy::{bindings, policy_of};
use super::profile::{PUBLISH_LIMIT, Profile, REQUEST_LIMIT};
use super::timestamps::time_or_epoch;
use super::{status, subscription};
use crate::error::ConnectError;
use crate::{
    Binding, Bus, CloudError, Deliveries, Kind, Lease, Received, Settle, SubscriptionSpec,
};

/// Each message is its own request: a delivery publishes one message and waits for it, so a batch
/// would only add a delay.
const MESSAGES_IN_A_BATCH: u32 = 1;

pub(crate) struct GoogleBus {
    publishing: BasePublisher,
    /// One for each topic, because each has its own task. A fleet has a dozen topics.
    publishers: Mutex<HashMap<String, Publisher>>,
    subscribing: Subscriber,
    topics: TopicAdmin,
    subscriptions: SubscriptionAdmin,
    /// Reads policies: Google's clients of topics and subscriptions have no method for it.
    plain: Plain,
    /// `https://HOST`, or that of the local cloud.
    endpoint: String,
    lease: Duration,
    /// Host and port, for spans.
    server: (String, u16),
}

/// Pub/Sub's host and port.
const GOOGLE: (&str, u16) = ("pubsub.googleapis.com", 443);

fn server(endpoint: Option<&str>) -> (String, u16) {
    let url: Option<reqwest::Url> = endpoint.and_then(|endpoint| endpoint.parse().ok());
    let named =
        url.and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)));
    named.unwrap_or_else(|| (GOOGLE.0.to_owned(), GOOGLE.1))
}

impl GoogleBus {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
    ) -> Result<Self, ConnectError> {
        let failed = |source| ConnectError::Client { service: "pubsub", source };
        Ok(Self {
            publishing: profile.publisher(endpoint).build().await.map_err(failed)?,
            publishers: Mutex::new(HashMap::new()),
            subscribing: profile.subscriber(endpoint).build().await.map_err(failed)?,
            topics: profile.api(TopicAdmin::builder(), endpoint).connect().await.map_err(failed)?,
            subscriptions: profile
                .api(SubscriptionAdmin::builder(), endpoint)
                .connect()
                .await
                .map_err(failed)?,
            plain: Plain::new(profile).map_err(ConnectError::Plain)?,
            endpoint: endpoint.map_or_else(|| format!("https://{}", GOOGLE.0), str::to_owned),
            lease: profile.lease,
            server: server(endpoint),
        })
    }

    fn publisher(&self, topic: &str) -> Publisher {
        let mut publishers = self.publishers.lock();
        if let Some(publisher) = publishers.get(topic) {
            return publisher.clone();
        }
        let publisher = self
            .publishing
            .publisher(topic)
            .set_message_count_threshold(MESSAGES_IN_A_BATCH)
            .build();
        publishers.insert(topic.to_owned(), publisher.clone());
        publisher
    }

    async fn read_subscription(&self, name: &str) -> Result<Option<Subscription>, CloudError> {
        let call = Call::new("get subscription", name);
        let request = || self.subscriptions.get_subscription().set_subscription(name).send();
        found(call.repeated(REQUEST_LIMIT, request).await)
    }

    /// Gives an existing subscription the settings of `spec`, if it has others.
    async fn change_subscription(
        &self,
        spec: &SubscriptionSpec,
        requested: Subscription,
        live: &Subscription,
    ) -> Result<(), CloudError> {
        let call = Call::new("update subscription", &spec.name);
        let mut fields = Vec::new();
        for setting in spec.differences(&subscription::observed(live)) {
            fields.push(subscription::mask(setting).ok_or_else(|| {
                let reason = format!(
                    "a subscription keeps its topic and its filter, and those of this one are {} \
                     and `{}`",
                    live.topic, live.filter
                );
                call.caused(Kind::PreconditionFailed, reason)
            })?);
        }
        if fields.is_empty() {
            return Ok(());
        }
        let request = || {
            self.subscriptions
                .update_subscription()
                .set_subscription(requested.clone())
                .set_update_mask(FieldMask::default().set_paths(fields.clone()))
                .send()
        };
        call.repeated(REQUEST_LIMIT, request).await.map(drop)
    }

    async fn change_topic_key(&self, topic: &str, kms_key: &str) -> Result<(), CloudError> {
        let request = || {
            self.topics
                .update_topic()
                .set_topic(Topic::new().set_name(topic).set_kms_key_name(kms_key))
                .set_update_mask(FieldMask::default().set_paths(["kms_key_name"]))
                .send()
        };
        Call::new("update topic", topic).repeated(REQUEST_LIMIT, request).await.map(drop)
    }
}

#[async_trait]
impl Bus for GoogleBus {
    // The client sends the request in a task of its own, so its server is named here. Spans have
    // signed numbers only: others would be texts.
    // <https://opentelemetry.io/docs/specs/semconv/messaging/gcp-pubsub/>
    #[tracing::instrument(name = "cloud.publish", skip_all, fields(
        service = "pubsub",
        resource = topic,
        messaging.system = "gcp_pubsub",
        messaging.operation.name = "publish",
        { "messaging.operation.type" } = "send",
        messaging.destination.name = topic.rsplit('/').next(),
        messaging.message.body.size = i64::try_from(message.data.len()).unwrap_or(i64::MAX),
        messaging.message.id = Empty,
        server.address = self.server.0,
        server.port = i64::from(self.server.1),
    ))]
    async fn publish(&self, topic: &str, message: WireMessage) -> Result<String, CloudError> {
        let call = Call::new("publish", topic);
        let message = Message::new().set_data(message.data).set_attributes(message.attributes);
        let failed = |error| call.caused(status::publish_kind(&error), error);
        let published = self.publisher(topic).publish(message);
        let published = call.within(PUBLISH_LIMIT, published).await;
        let published = noted(published.and_then(|published| published.map_err(failed)))?;
        tracing::Span::current().record("messaging.message.id", &published);
        Ok(published)
    }

    #[tracing::instrument(name = "cloud.subscribe", skip_all, fields(service = "pubsub", resource = subscription))]
    async fn subscribe(
        &self,
        subscription: &str,
        limit: usize,
    ) -> Result<Box<dyn Deliveries>, CloudError> {
        let call = Call::new("subscribe", subscription);
        let limit = i64::try_from(limit)
            .ok()
            .filter(|limit| *limit > 0)
            .ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let stream = self
            .subscribing
            .subscribe(subscription)
            .set_max_outstanding_messages(limit)
            .set_max_lease_extension(self.lease)
            .set_shutdown_behavior(ShutdownBehavior::NackImmediately)
            .build();
        let (subscription, lease) = (subscription.to_owned(), self.lease);
        Ok(Box::new(GoogleDeliveries { stream, subscription, lease }))
    }

    #[tracing::instrument(name = "cloud.ensure_topic", skip_all, fields(service = "pubsub", resource = topic))]
    async fn ensure_topic(&self, topic: &str, kms_key: &str) -> Result<(), CloudError> {
        match self.topic_key(topic).await? {
            Some(found) if kms_key.is_empty() || found == kms_key => return Ok(()),
            Some(_) => return self.change_topic_key(topic, kms_key).await,
            None => {}
        }
        let create = Call::new("create topic", topic);
        let request =
            || self.topics.create_topic().set_name(topic).set_kms_key_name(kms_key).send();
        unless_exists(create.repeated(REQUEST_LIMIT, request).await)
    }

    #[tracing::instrument(name = "cloud.get_topic", skip_all, fields(service = "pubsub", resource = topic))]
    async fn topic_key(&self, topic: &str) -> Result<Option<String>, CloudError> {
        let get = Call::new("get topic", topic);
        let request = || self.topics.get_topic().set_topic(topic).send();
        let live = found(get.repeated(REQUEST_LIMIT, request).await)?;
        Ok(live.map(|topic| topic.kms_key_name))
    }

    #[tracing::instrument(name = "cloud.get_subscription", skip_all, fields(service = "pubsub", resource = name))]
    async fn subscription(&self, name: &str) -> Result<Option<SubscriptionSpec>, CloudError> {
        Ok(self.read_subscription(name).await?.as_ref().map(subscription::observed))
    }

    #[tracing::instrument(name = "cloud.ensure_subscription", skip_all, fields(service = "pubsub", resource = spec.name))]
    async fn ensure_subscription(&self, spec: &SubscriptionSpec) -> Result<(), CloudError> {
        let create = Call::new("create subscription", &spec.name);
        let requested =
            subscription::requested(spec).ok_or_else(|| create.error(Kind::InvalidArgument))?;
        if let Some(live) = self.read_subscription(&spec.name).await? {
            return self.change_subscription(spec, requested, &live).await;
        }
        let request =
            || self.subscriptions.create_subscription().with_request(requested.clone()).send();
        unless_exists(create.repeated(REQUEST_LIMIT, request).await)
    }

    #[tracing::instrument(name = "cloud.policy", skip_all, fields(service = "pubsub", resource = resource))]
    async fn policy(&self, resource: &str) -> Result<Vec<Binding>, CloudError> {
        let call = Call::new("get IAM policy", resource);
        let url = format!("{}/v1/{resource}:getIamPolicy", self.endpoint);
        policy_of(call, self.plain.get(call, &url, &[]).await?).map(bindings)
    }
}

struct GoogleDeliveries {
    stream: MessageStream,
    subscription: String,
    lease: Duration,
}

#[async_trait]
impl Deliveries for GoogleDeliveries {
    async fn next(&mut self) -> Option<Result<Received, CloudError>> {
        let next = self.stream.next().await?;
        Some(match next {
            Ok((message, handler)) => Ok(received(message, handler, self.lease)),
            Err(error) => Err(Call::new("receive from", &self.subscription).failed(error)),
        })
    }

    async fn close(self: Box<Self>) {
        // Sends the acknowledgements given so far and returns the messages that are still held: a
        // stuck holder must not keep the process from ending. The stream is dropped first. If it
        // were still open, Pub/Sub would redeliver the returned messages to it, where they would
        // wait unread until their leases expire.
        let flushed = self.stream.shutdown_token();
        drop(self.stream);
        flushed.shutdown().await;
    }
}

fn received(message: Message, handler: Handler, lease: Duration) -> Received {
    let attempt = handler.delivery_attempt().and_then(|attempt| u32::try_from(attempt).ok());
    Received {
        message_id: message.message_id,
        published_at: time_or_epoch(message.publish_time.as_ref()),
        attempt,
        ordering_key: message.ordering_key,
        message: WireMessage {
            attributes: message.attributes.into_iter().collect(),
            data: message.data,
        },
        lease: Lease::begin(lease),
        settle: Box::new(Delivery(handler)),
    }
}

/// The client's handler, which nacks the message when it is dropped.
struct Delivery(Handler);

impl Settle for Delivery {
    fn ack(self: Box<Self>) {
        self.0.ack();
    }

    fn nack(self: Box<Self>) {
        self.0.nack();
    }
}

#[cfg(test)]
mod tests;
