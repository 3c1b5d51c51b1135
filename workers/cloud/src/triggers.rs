//! What calls a service: push subscriptions of Pub/Sub.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

use crate::CloudError;

/// Manages what calls services. Triggers are given by their resource names,
/// `projects/P/subscriptions/S`.
#[async_trait]
pub trait Triggers: Send + Sync {
    /// All triggers of a project that carry these labels. Takes one list call per thousand
    /// subscriptions of the project, because Pub/Sub has no filter for lists.
    async fn list(
        &self,
        project: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<LiveTrigger>, CloudError>;

    /// Creates a trigger. Succeeds if one of that name exists, whatever its settings are.
    ///
    /// `NotFound` if the topic or the dead-letter topic does not exist.
    async fn create(&self, shape: &TopicPush) -> Result<(), CloudError>;

    /// Gives a trigger the values that `shape` has in these fields.
    ///
    /// `InvalidArgument` for a field that cannot be changed.
    async fn update(&self, shape: &TopicPush, fields: &[PushField]) -> Result<(), CloudError>;

    /// Deletes a trigger, with the messages that it has not delivered. Succeeds if it does not exist.
    async fn delete(&self, name: &str) -> Result<(), CloudError>;
}

/// A trigger as Pub/Sub reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveTrigger {
    pub shape: TopicPush,
    pub state: TriggerState,
}

/// `google.pubsub.v1.Subscription.State`, and whether the subscription still has its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerState {
    /// Messages are delivered.
    Active,
    /// Pub/Sub cannot deliver: the endpoint or the account is refused.
    Failing,
    /// The topic was deleted, or the subscription was detached from it: nothing will ever come.
    Detached,
}

impl TriggerState {
    /// The word for the state on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failing => "failing",
            Self::Detached => "detached",
        }
    }
}

/// A push subscription. Limits of the fields: `google.pubsub.v1.Subscription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPush {
    /// `projects/P/subscriptions/S`.
    pub name: String,
    /// `projects/P/topics/T`. Cannot be changed.
    pub topic: String,
    /// Selects messages by their attributes, or empty for all. Cannot be changed.
    pub filter: String,
    /// Whether messages with the same ordering key are delivered in order. Cannot be changed.
    pub ordered: bool,
    pub labels: BTreeMap<String, String>,
    /// URL of the service.
    pub endpoint: String,
    /// Email address of the account whose identity token each request carries.
    pub account: String,
    /// Audience of the token.
    pub audience: String,
    pub body: PushBody,
    /// Time that the service has to answer, 10 s to 600 s.
    pub ack_deadline: Duration,
    /// Shortest and longest wait before a redelivery. `None`: only the backoff of push applies.
    pub backoff: Option<(Duration, Duration)>,
    /// Topic that a message moves to, and after how many deliveries.
    pub dead_letters: Option<(String, u32)>,
}

/// The body of a push request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushBody {
    /// JSON with the message.
    Wrapped,
    /// The data of the message.
    Unwrapped { with_metadata: bool },
}

/// A field of a push subscription, or those that are changed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PushField {
    /// Cannot be changed, as the next two.
    Topic,
    Filter,
    Order,
    Labels,
    /// Endpoint, account, audience and body.
    Push,
    AckDeadline,
    Backoff,
    DeadLetters,
}

impl PushField {
    /// Whether Pub/Sub can change the field of an existing subscription.
    /// <https://cloud.google.com/pubsub/docs/subscription-properties>
    #[must_use]
    pub fn is_mutable(self) -> bool {
        match self {
            Self::Topic | Self::Filter | Self::Order => false,
            Self::Labels | Self::Push | Self::AckDeadline | Self::Backoff | Self::DeadLetters => {
                true
            }
        }
    }
}

impl TopicPush {
    /// The fields in which a live subscription differs. Labels that other tools add do not count.
    #[must_use]
    pub fn differences(&self, live: &Self) -> Vec<PushField> {
        let push =
            |of: &Self| (of.endpoint.clone(), of.account.clone(), of.audience.clone(), of.body);
        let has_labels = self.labels.iter().all(|(key, value)| live.labels.get(key) == Some(value));
        let compared = [
            (PushField::Topic, self.topic != live.topic),
            (PushField::Filter, self.filter != live.filter),
            (PushField::Order, self.ordered != live.ordered),
            (PushField::Labels, !has_labels),
            (PushField::Push, push(self) != push(live)),
            (PushField::AckDeadline, self.ack_deadline != live.ack_deadline),
            (PushField::Backoff, self.backoff != live.backoff),
            (PushField::DeadLetters, self.dead_letters != live.dead_letters),
        ];
        compared.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}
