//! What could make a worker's subscription lose messages. Said once, when the worker starts; it
//! keeps no worker from starting.

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{Bus, Kind, SubscriptionSpec};

use crate::{Metrics, telemetry};

/// The longest that Pub/Sub keeps a message: `google.pubsub.v1.Subscription`.
const RETENTION_MAX: Duration = Duration::from_secs(31 * 24 * 3600);

/// Topic of a subscription whose topic was deleted: `google.pubsub.v1.Subscription.topic`.
const DELETED_TOPIC: &str = "_deleted-topic_";

/// Reads the subscription and logs what is wrong with it. Reading takes `roles/pubsub.viewer`, which
/// a worker does not need otherwise.
pub(crate) async fn check(bus: Arc<dyn Bus>, name: String, metrics: Metrics) {
    match bus.subscription(&name).await {
        Ok(Some(live)) => {
            let risks = risks(&live);
            if !risks.is_empty() {
                metrics.drifted();
            }
            for risk in risks {
                tracing::warn!(
                    subscription = name,
                    risk,
                    "the subscription can lose messages; `longshore provision` corrects it"
                );
            }
        }
        Ok(None) => {
            metrics.drifted();
            tracing::warn!(
                subscription = name,
                "the subscription does not exist; `longshore provision` creates it"
            );
        }
        Err(error) if matches!(error.kind, Kind::PermissionDenied | Kind::Unimplemented) => {
            let error = telemetry::chain(&error);
            tracing::info!(error, subscription = name, "the subscription was not checked");
        }
        Err(error) => {
            let error = telemetry::chain(&error);
            tracing::warn!(error, subscription = name, "the subscription was not checked");
        }
    }
}

/// What a subscription does that loses messages. Pure.
fn risks(live: &SubscriptionSpec) -> Vec<String> {
    let days = |duration: Duration| duration.as_secs() / (24 * 3600);
    let mut risks = Vec::new();
    if live.topic == DELETED_TOPIC {
        risks.push("its topic was deleted, so it gets no messages".to_owned());
    }
    if let Some(after) = live.expires_after {
        risks.push(format!("Pub/Sub deletes it after {} days without use", days(after)));
    }
    if live.retention < RETENTION_MAX {
        risks.push(format!("it keeps messages for {} days, not 31", days(live.retention)));
    }
    if live.dead_letter_topic.is_none() {
        risks.push("it has no dead-letter topic, so deliveries are not counted".to_owned());
    }
    risks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> SubscriptionSpec {
        SubscriptionSpec {
            name: "projects/p/subscriptions/s".to_owned(),
            topic: "projects/p/topics/t".to_owned(),
            ack_deadline: Duration::from_secs(30),
            minimum_backoff: Duration::from_secs(1),
            maximum_backoff: Duration::from_secs(600),
            retention: RETENTION_MAX,
            expires_after: None,
            dead_letter_topic: Some("projects/p/topics/dead".to_owned()),
            max_delivery_attempts: 100,
            filter: String::new(),
        }
    }

    #[test]
    fn each_setting_that_loses_messages_is_named() {
        assert_eq!(risks(&sound()), [] as [String; 0]);
        let week = Duration::from_secs(7 * 24 * 3600);
        for (live, named) in [
            (SubscriptionSpec { topic: DELETED_TOPIC.to_owned(), ..sound() }, "deleted"),
            (SubscriptionSpec { expires_after: Some(week), ..sound() }, "after 7 days"),
            (SubscriptionSpec { retention: week, ..sound() }, "for 7 days"),
            (SubscriptionSpec { dead_letter_topic: None, ..sound() }, "not counted"),
        ] {
            let risks = risks(&live);
            assert!(risks.len() == 1 && risks[0].contains(named), "{risks:?}");
        }
    }
}
