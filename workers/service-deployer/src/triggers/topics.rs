//! Triggers of topics: push subscriptions. Pure.

use std::time::Duration;

use longshore_cloud::{PushBody, TopicPush};
use longshore_messages::{Function, Payload, TopicTrigger, TriggerOwner};

/// Time that a function has to answer a push if its trigger does not say: Pub/Sub's maximum. Its
/// default of 10 s is shorter than the start of many functions.
const ACK_DEADLINE_DEFAULT: Duration = Duration::from_secs(600);

/// What Pub/Sub does where a retry policy does not say (`google.pubsub.v1.RetryPolicy`).
const MINIMUM_BACKOFF_DEFAULT: Duration = Duration::from_secs(10);
const MAXIMUM_BACKOFF_DEFAULT: Duration = Duration::from_secs(600);

/// The subscription that a trigger requests.
pub(super) fn push(
    fleet: &str,
    function: &Function,
    topic: &TopicTrigger,
    account: &str,
    url: &str,
) -> TopicPush {
    let backoff = match (topic.minimum_backoff, topic.maximum_backoff) {
        (None, None) => None,
        (minimum, maximum) => {
            let maximum = maximum.unwrap_or(MAXIMUM_BACKOFF_DEFAULT);
            Some((minimum.unwrap_or(MINIMUM_BACKOFF_DEFAULT.min(maximum)), maximum))
        }
    };
    TopicPush {
        name: topic.subscription(fleet, &function.at),
        topic: topic.topic.clone(),
        filter: topic.filter.clone(),
        ordered: topic.ordered,
        labels: TriggerOwner::function(fleet, &function.at).labels(),
        endpoint: url.to_owned(),
        account: account.to_owned(),
        audience: url.to_owned(),
        body: match topic.payload {
            Payload::Wrapped => PushBody::Wrapped,
            Payload::Unwrapped => PushBody::Unwrapped { with_metadata: false },
            Payload::UnwrappedWithMetadata => PushBody::Unwrapped { with_metadata: true },
        },
        ack_deadline: topic.ack_deadline.unwrap_or(ACK_DEADLINE_DEFAULT),
        backoff,
        dead_letters: topic
            .dead_letters
            .as_ref()
            .map(|dead| (dead.topic.clone(), dead.max_delivery_attempts)),
    }
}

/// What to do if the topic or the dead-letter topic does not exist.
pub(super) fn missing(trigger: &str) -> String {
    let topic = trigger.strip_prefix("topic ").unwrap_or("projects/PROJECT/topics/TOPIC");
    format!(
        "create the topic, and the dead-letter topic if there is one, with `gcloud pubsub topics \
         create {topic}`, and deploy again"
    )
}

/// The role that the fleet needs, with its command.
pub(super) fn role(project: &str) -> String {
    format!(
        "let the fleet manage subscriptions with `gcloud projects add-iam-policy-binding {project} \
         --member serviceAccount:FLEET --role roles/pubsub.editor`"
    )
}
