//! Subscriptions: what they must be, and what differs from it.

use std::time::Duration;

/// Settings of a subscription. Limits of the fields: `google.pubsub.v1.Subscription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionSpec {
    /// `projects/P/subscriptions/S`.
    pub name: String,
    /// `projects/P/topics/T`. Cannot be changed. `_deleted-topic_` if the topic was deleted.
    pub topic: String,
    /// Lease of a delivery, 10 s to 600 s. The client extends it while the message is held.
    pub ack_deadline: Duration,
    /// Shortest wait before a redelivery.
    pub minimum_backoff: Duration,
    /// Longest wait before a redelivery, at most 600 s.
    pub maximum_backoff: Duration,
    /// How long a message that is not acknowledged is kept, 10 minutes to 31 days.
    pub retention: Duration,
    /// Time without a subscriber after which Pub/Sub deletes the subscription, with its messages.
    /// `None`: never.
    pub expires_after: Option<Duration>,
    /// Topic that a message moves to after `max_delivery_attempts` (5 to 100). Without one, Pub/Sub
    /// does not count attempts.
    pub dead_letter_topic: Option<String>,
    /// Ignored without a `dead_letter_topic`.
    pub max_delivery_attempts: u32,
    /// Selects the messages that the subscription gets by their attributes, or empty for all. At
    /// most 256 bytes, and it cannot be changed
    /// (<https://cloud.google.com/pubsub/docs/subscription-message-filter>).
    pub filter: String,
}

/// A setting, or two that are changed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionSetting {
    /// Cannot be changed: the subscription has to be deleted and created.
    Topic,
    /// Cannot be changed, either.
    Filter,
    AckDeadline,
    Backoff,
    Retention,
    Expiration,
    DeadLetters,
}

impl SubscriptionSpec {
    /// The settings in which an existing subscription differs.
    #[must_use]
    pub fn differences(&self, live: &Self) -> Vec<SubscriptionSetting> {
        use SubscriptionSetting::{
            AckDeadline, Backoff, DeadLetters, Expiration, Filter, Retention, Topic,
        };
        let backoff = |spec: &Self| (spec.minimum_backoff, spec.maximum_backoff);
        let dead_letters = |spec: &Self| {
            spec.dead_letter_topic.clone().map(|topic| (topic, spec.max_delivery_attempts))
        };
        let compared = [
            (Topic, self.topic != live.topic),
            (Filter, self.filter != live.filter),
            (AckDeadline, self.ack_deadline != live.ack_deadline),
            (Backoff, backoff(self) != backoff(live)),
            (Retention, self.retention != live.retention),
            (Expiration, self.expires_after != live.expires_after),
            (DeadLetters, dead_letters(self) != dead_letters(live)),
        ];
        compared.into_iter().filter(|(_, differs)| *differs).map(|(setting, _)| setting).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::SubscriptionSetting::{
        AckDeadline, Backoff, DeadLetters, Expiration, Filter, Retention, Topic,
    };
    use super::*;

    fn spec() -> SubscriptionSpec {
        SubscriptionSpec {
            name: "projects/p/subscriptions/s".to_owned(),
            topic: "projects/p/topics/t".to_owned(),
            ack_deadline: Duration::from_secs(30),
            minimum_backoff: Duration::from_secs(1),
            maximum_backoff: Duration::from_secs(600),
            retention: Duration::from_secs(31 * 24 * 3600),
            expires_after: None,
            dead_letter_topic: Some("projects/p/topics/dead".to_owned()),
            max_delivery_attempts: 100,
            filter: String::new(),
        }
    }

    #[test]
    fn each_setting_is_compared() {
        assert_eq!(spec().differences(&spec()), []);
        let minute = Duration::from_secs(60);
        for (live, expected) in [
            (SubscriptionSpec { topic: "_deleted-topic_".to_owned(), ..spec() }, Topic),
            (SubscriptionSpec { filter: "attributes:status".to_owned(), ..spec() }, Filter),
            (SubscriptionSpec { ack_deadline: minute, ..spec() }, AckDeadline),
            (SubscriptionSpec { minimum_backoff: minute, ..spec() }, Backoff),
            (SubscriptionSpec { maximum_backoff: minute, ..spec() }, Backoff),
            (SubscriptionSpec { retention: minute, ..spec() }, Retention),
            (SubscriptionSpec { expires_after: Some(minute), ..spec() }, Expiration),
            (SubscriptionSpec { dead_letter_topic: None, ..spec() }, DeadLetters),
            (SubscriptionSpec { max_delivery_attempts: 5, ..spec() }, DeadLetters),
        ] {
            assert_eq!(spec().differences(&live), [expected]);
        }
    }

    #[test]
    fn attempts_without_a_dead_letter_topic_are_not_compared() {
        let wanted = SubscriptionSpec { dead_letter_topic: None, ..spec() };
        let live = SubscriptionSpec { max_delivery_attempts: 0, ..wanted.clone() };
        assert_eq!(wanted.differences(&live), []);
    }
}
