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
    let made = subscription(&spec()).unwrap();
    assert_eq!(
        (made.name.as_str(), made.topic.as_str()),
        ("projects/p/subscriptions/s", "projects/p/topics/t")
    );
    assert_eq!(made.ack_deadline_seconds, 60);
    let retry = made.retry_policy.unwrap();
    assert_eq!(String::from(retry.minimum_backoff.unwrap()), "1.5s");
    assert_eq!(String::from(retry.maximum_backoff.unwrap()), "600s");
    let dead = made.dead_letter_policy.unwrap();
    assert_eq!(
        (dead.dead_letter_topic.as_str(), dead.max_delivery_attempts),
        ("projects/p/topics/dead", 20)
    );
}

#[test]
fn a_subscription_without_dead_letters_has_no_policy_for_them() {
    let made = subscription(&SubscriptionSpec { dead_letter_topic: None, ..spec() }).unwrap();
    assert_eq!(made.dead_letter_policy, None);
}

#[test]
fn a_duration_that_does_not_fit_the_wire_is_refused() {
    assert_eq!(subscription(&SubscriptionSpec { ack_deadline: Duration::MAX, ..spec() }), None);
    assert_eq!(subscription(&SubscriptionSpec { maximum_backoff: Duration::MAX, ..spec() }), None);
}

#[tokio::test]
async fn a_topic_is_made_only_where_there_is_none() {
    let there =
        Fake::answering([("GET", "/v1/projects/p/topics/t", 200, json!({ "name": TOPIC }))]).await;
    bus(&there).await.ensure_topic(TOPIC).await.unwrap();
    assert_eq!(there.calls(), ["GET /v1/projects/p/topics/t"]);

    let missing =
        Fake::answering([("PUT", "/v1/projects/p/topics/t", 200, json!({ "name": TOPIC }))]).await;
    bus(&missing).await.ensure_topic(TOPIC).await.unwrap();
    assert_eq!(missing.calls(), ["GET /v1/projects/p/topics/t", "PUT /v1/projects/p/topics/t"]);
}

#[tokio::test]
async fn a_subscription_is_made_as_specified_and_left_alone_afterwards() {
    let path = "/v1/projects/p/subscriptions/s";
    let exists =
        json!({ "error": { "code": 409, "message": "it exists", "status": "ALREADY_EXISTS" } });
    let made_meanwhile = Fake::answering([("PUT", path, 409, exists)]).await;
    bus(&made_meanwhile).await.ensure_subscription(&spec()).await.unwrap();
    let asked = made_meanwhile.asked();
    assert_eq!((asked.len(), &asked[1].body["ackDeadlineSeconds"]), (2, &json!(60)));
    assert_eq!(asked[1].body["deadLetterPolicy"]["maxDeliveryAttempts"], json!(20));

    let there =
        Fake::answering([("GET", path, 200, json!({ "name": "projects/p/subscriptions/s" }))])
            .await;
    bus(&there).await.ensure_subscription(&spec()).await.unwrap();
    assert_eq!(there.calls(), [format!("GET {path}")]);
}

#[tokio::test]
async fn a_stream_that_may_hold_nothing_is_refused() {
    let fake = Fake::answering([]).await;
    let refused = bus(&fake).await.subscribe("projects/p/subscriptions/s", 0).await.err();
    assert_eq!(refused.map(|error| error.kind), Some(Kind::InvalidArgument));
}
