use std::time::Duration;

use google_cloud_pubsub::model::{ExpirationPolicy, RetryPolicy, Subscription};
use serde_json::json;

use super::{observed, requested};
use crate::SubscriptionSpec;

const MONTH: Duration = Duration::from_secs(31 * 24 * 3600);

fn spec() -> SubscriptionSpec {
    SubscriptionSpec {
        name: "projects/p/subscriptions/s".to_owned(),
        topic: "projects/p/topics/t".to_owned(),
        ack_deadline: Duration::from_secs(60),
        minimum_backoff: Duration::from_millis(1_500),
        maximum_backoff: Duration::from_secs(600),
        retention: MONTH,
        expires_after: None,
        dead_letter_topic: Some("projects/p/topics/dead".to_owned()),
        max_delivery_attempts: 20,
        filter: "attributes.status = \"SUCCESS\"".to_owned(),
    }
}

#[test]
fn a_subscription_is_requested_with_every_setting_and_never_expires() {
    let wire = serde_json::to_value(requested(&spec()).unwrap()).unwrap();
    assert_eq!(
        wire,
        json!({
            "name": "projects/p/subscriptions/s",
            "topic": "projects/p/topics/t",
            "ackDeadlineSeconds": 60,
            "filter": "attributes.status = \"SUCCESS\"",
            "retryPolicy": { "minimumBackoff": "1.5s", "maximumBackoff": "600s" },
            "messageRetentionDuration": "2678400s",
            "expirationPolicy": {},
            "deadLetterPolicy": {
                "deadLetterTopic": "projects/p/topics/dead",
                "maxDeliveryAttempts": 20,
            },
        })
    );
}

#[test]
fn a_requested_subscription_is_observed_as_it_was_requested() {
    for spec in [
        spec(),
        SubscriptionSpec { expires_after: Some(MONTH), ..spec() },
        SubscriptionSpec { dead_letter_topic: None, max_delivery_attempts: 0, ..spec() },
    ] {
        assert_eq!(observed(&requested(&spec).unwrap()), spec);
    }
}

#[test]
fn what_a_subscription_does_not_say_is_observed_as_pubsub_does_it() {
    let bare = observed(&Subscription::new());
    assert_eq!(bare.expires_after, Some(MONTH));
    assert_eq!(bare.retention, Duration::from_secs(7 * 24 * 3600));
    assert_eq!((bare.minimum_backoff, bare.maximum_backoff), (Duration::ZERO, Duration::ZERO));
    assert_eq!(bare.dead_letter_topic, None);
    let empty = Subscription::new()
        .set_retry_policy(RetryPolicy::new())
        .set_expiration_policy(ExpirationPolicy::new());
    let empty = observed(&empty);
    assert_eq!(empty.expires_after, None);
    assert_eq!(
        (empty.minimum_backoff, empty.maximum_backoff),
        (Duration::from_secs(10), Duration::from_secs(600))
    );
}

#[test]
fn a_duration_out_of_range_is_rejected() {
    assert_eq!(requested(&SubscriptionSpec { ack_deadline: Duration::MAX, ..spec() }), None);
    assert_eq!(requested(&SubscriptionSpec { maximum_backoff: Duration::MAX, ..spec() }), None);
    assert_eq!(requested(&SubscriptionSpec { retention: Duration::MAX, ..spec() }), None);
}
