//! Triggers of topics: push subscriptions of Pub/Sub.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use longshore_messages::{TriggerKind, TriggerOwner};

use super::TriggerShape;

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

impl Display for TopicPush {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "topic {}", self.topic)
    }
}

impl TriggerShape for TopicPush {
    type Field = PushField;

    const KIND: TriggerKind = TriggerKind::Topic;
    const IS_LISTED_BY_REGION: bool = false;

    fn name(&self) -> &str {
        &self.name
    }

    fn is_of(&self, owner: &TriggerOwner<'_>) -> bool {
        owner.has(&self.labels)
    }

    /// Labels that other tools add do not count.
    fn differences(&self, live: &Self) -> Vec<PushField> {
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

    /// <https://cloud.google.com/pubsub/docs/subscription-properties>
    fn is_mutable(field: PushField) -> bool {
        match field {
            PushField::Topic | PushField::Filter | PushField::Order => false,
            PushField::Labels
            | PushField::Push
            | PushField::AckDeadline
            | PushField::Backoff
            | PushField::DeadLetters => true,
        }
    }
}
