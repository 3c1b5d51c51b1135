use std::time::Duration;

use serde_json::json;

use super::{GoogleBus, subscription};
use crate::endpoints::Cloud;
use crate::google::Profile;
use crate::google::fake::Fake;
use crate::{Bus as _, Kind, SubscriptionSpec};

const TOPIC: &str = "projects/p/topics/t";

async fn bus(fake: &Fake) -> GoogleBus {
    GoogleBus::connect(&Profile::of(Cloud::Local).unwrap(), Some(&fake.endpoint)).await.unwrap()
}

fn spec() -> SubscriptionSpec {
    SubscriptionSpec {
        name: "projects/p/subscriptions/s".to_owned(),
        topic: "projects/p/topics/t".to_owned(),
        ack_deadline: Duration::from_secs(60),
        minimum_backoff: Duration::from_millis(1_500),
        maximum_backoff: Duration::from_secs(600),
        dead_letter_topic: Some("projects/p/topics/dead".to_owned()),
        max_delivery_attempts: 20,
    }
}

#[test]
fn a_subscription_has_its_deadline_backoff_and_dead_letters() {
    let created = subscription(&spec()).unwrap();
    assert_eq!(
        (created.name.as_str(), created.topic.as_str()),
        ("projects/p/subscriptions/s", "projects/p/topics/t")
    );
    assert_eq!(created.ack_deadline_seconds, 60);
    let retry = created.retry_policy.unwrap();
    assert_eq!(String::from(retry.minimum_backoff.unwrap()), "1.5s");
    assert_eq!(String::from(retry.maximum_backoff.unwrap()), "600s");
    let dead = created.dead_letter_policy.unwrap();
    assert_eq!(
        (dead.dead_letter_topic.as_str(), dead.max_delivery_attempts),
        ("projects/p/topics/dead", 20)
    );
}

#[test]
fn a_subscription_without_dead_letters_has_no_policy_for_them() {
    let created = subscription(&SubscriptionSpec { dead_letter_topic: None, ..spec() }).unwrap();
    assert_eq!(created.dead_letter_policy, None);
}

#[test]
fn a_duration_out_of_range_is_rejected() {
    assert_eq!(subscription(&SubscriptionSpec { ack_deadline: Duration::MAX, ..spec() }), None);
    assert_eq!(subscription(&SubscriptionSpec { maximum_backoff: Duration::MAX, ..spec() }), None);
}

#[tokio::test]
async fn a_topic_is_created_only_if_it_is_missing() {
    let existing =
        Fake::answering([("GET", "/v1/projects/p/topics/t", 200, json!({ "name": TOPIC }))]).await;
    bus(&existing).await.ensure_topic(TOPIC).await.unwrap();
    assert_eq!(existing.calls(), ["GET /v1/projects/p/topics/t"]);

    let missing =
        Fake::answering([("PUT", "/v1/projects/p/topics/t", 200, json!({ "name": TOPIC }))]).await;
    bus(&missing).await.ensure_topic(TOPIC).await.unwrap();
    assert_eq!(missing.calls(), ["GET /v1/projects/p/topics/t", "PUT /v1/projects/p/topics/t"]);
}

#[tokio::test]
async fn a_subscription_is_created_as_specified_and_not_changed_afterwards() {
    let path = "/v1/projects/p/subscriptions/s";
    let exists =
        json!({ "error": { "code": 409, "message": "it exists", "status": "ALREADY_EXISTS" } });
    let created_meanwhile = Fake::answering([("PUT", path, 409, exists)]).await;
    bus(&created_meanwhile).await.ensure_subscription(&spec()).await.unwrap();
    let requests = created_meanwhile.requests();
    assert_eq!((requests.len(), &requests[1].body["ackDeadlineSeconds"]), (2, &json!(60)));
    assert_eq!(requests[1].body["deadLetterPolicy"]["maxDeliveryAttempts"], json!(20));

    let existing =
        Fake::answering([("GET", path, 200, json!({ "name": "projects/p/subscriptions/s" }))])
            .await;
    bus(&existing).await.ensure_subscription(&spec()).await.unwrap();
    assert_eq!(existing.calls(), [format!("GET {path}")]);
}

#[tokio::test]
async fn a_stream_with_a_limit_of_zero_is_rejected() {
    let fake = Fake::answering([]).await;
    let refused = bus(&fake).await.subscribe("projects/p/subscriptions/s", 0).await.err();
    assert_eq!(refused.map(|error| error.kind), Some(Kind::InvalidArgument));
}
