use std::time::Duration;

use serde_json::json;

use super::GoogleBus;
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
        retention: Duration::from_secs(31 * 24 * 3600),
        expires_after: None,
        dead_letter_topic: Some("projects/p/topics/dead".to_owned()),
        max_delivery_attempts: 20,
        filter: "attributes.status = \"SUCCESS\"".to_owned(),
    }
}

#[tokio::test]
async fn a_topic_is_created_only_if_it_is_missing_and_gets_its_key() {
    let existing =
        Fake::answering([("GET", "/v1/projects/p/topics/t", 200, json!({ "name": TOPIC }))]).await;
    bus(&existing).await.ensure_topic(TOPIC, "").await.unwrap();
    assert_eq!(existing.calls(), ["GET /v1/projects/p/topics/t"]);

    let missing =
        Fake::answering([("PUT", "/v1/projects/p/topics/t", 200, json!({ "name": TOPIC }))]).await;
    bus(&missing).await.ensure_topic(TOPIC, "key").await.unwrap();
    assert_eq!(missing.calls(), ["GET /v1/projects/p/topics/t", "PUT /v1/projects/p/topics/t"]);
    assert_eq!(missing.requests()[1].body["kmsKeyName"], "key");

    let under_none = Fake::answering([
        ("GET", "/v1/projects/p/topics/t", 200, json!({ "name": TOPIC })),
        ("PATCH", "/v1/projects/p/topics/t", 200, json!({ "name": TOPIC })),
    ])
    .await;
    bus(&under_none).await.ensure_topic(TOPIC, "key").await.unwrap();
    let changed = under_none.requests().pop().unwrap();
    assert_eq!(changed.body["topic"]["kmsKeyName"], "key");
    assert_eq!(changed.body["updateMask"], "kmsKeyName");
}

const PATH: &str = "/v1/projects/p/subscriptions/s";

#[tokio::test]
async fn a_missing_subscription_is_created_as_specified() {
    let exists =
        json!({ "error": { "code": 409, "message": "it exists", "status": "ALREADY_EXISTS" } });
    let created_meanwhile = Fake::answering([("PUT", PATH, 409, exists)]).await;
    bus(&created_meanwhile).await.ensure_subscription(&spec()).await.unwrap();
    let requests = created_meanwhile.requests();
    assert_eq!((requests.len(), &requests[1].body["ackDeadlineSeconds"]), (2, &json!(60)));
    assert_eq!(requests[1].body["deadLetterPolicy"]["maxDeliveryAttempts"], json!(20));
    assert_eq!(requests[1].body["expirationPolicy"], json!({}));
}

#[tokio::test]
async fn only_what_differs_in_an_existing_subscription_is_changed() {
    let live = |change: serde_json::Value| {
        let mut live =
            serde_json::to_value(super::subscription::requested(&spec()).unwrap()).unwrap();
        live.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        live
    };
    let same = Fake::answering([("GET", PATH, 200, live(json!({})))]).await;
    bus(&same).await.ensure_subscription(&spec()).await.unwrap();
    assert_eq!(same.calls(), [format!("GET {PATH}")]);

    let aged = live(json!({
        "expirationPolicy": { "ttl": "2678400s" }, "messageRetentionDuration": "604800s",
    }));
    let changed = Fake::answering([
        ("GET", PATH, 200, aged),
        ("PATCH", PATH, 200, json!({ "name": "projects/p/subscriptions/s" })),
    ])
    .await;
    bus(&changed).await.ensure_subscription(&spec()).await.unwrap();
    let patch = &changed.requests()[1];
    assert_eq!(patch.body["updateMask"], json!("messageRetentionDuration,expirationPolicy"));
    assert_eq!(patch.body["subscription"]["expirationPolicy"], json!({}));

    let of_another_topic = live(json!({ "topic": "_deleted-topic_" }));
    let kept = Fake::answering([("GET", PATH, 200, of_another_topic)]).await;
    let refused = bus(&kept).await.ensure_subscription(&spec()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::PreconditionFailed);
    assert!(refused.source.unwrap().to_string().contains("_deleted-topic_"));
}

#[tokio::test]
async fn a_stream_with_a_limit_of_zero_is_rejected() {
    let fake = Fake::answering([]).await;
    let refused = bus(&fake).await.subscribe("projects/p/subscriptions/s", 0).await.err();
    assert_eq!(refused.map(|error| error.kind), Some(Kind::InvalidArgument));
}
