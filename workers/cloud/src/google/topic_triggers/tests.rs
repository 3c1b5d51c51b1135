use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::endpoints::Cloud;
use crate::google::fake::Fake;

const NAME: &str = "projects/p/subscriptions/s";
const PATH: &str = "/v1/projects/p/subscriptions/s";

async fn triggers(fake: &Fake) -> GoogleTopicTriggers {
    GoogleTopicTriggers::connect(&Profile::of(Cloud::Local).unwrap(), Some(&fake.endpoint))
        .await
        .unwrap()
}

fn shape() -> TopicPush {
    TopicPush {
        name: NAME.to_owned(),
        topic: "projects/p/topics/t".to_owned(),
        filter: "attributes:kind".to_owned(),
        ordered: true,
        labels: [("longshore-fleet".to_owned(), "longshore".to_owned())].into(),
        endpoint: "https://f.run.app".to_owned(),
        account: "a@p.iam.gserviceaccount.com".to_owned(),
        audience: "https://f.run.app".to_owned(),
        body: PushBody::Unwrapped { with_metadata: true },
        ack_deadline: Duration::from_secs(600),
        backoff: Some((Duration::from_millis(1_500), Duration::from_secs(60))),
        dead_letters: Some(("projects/p/topics/dead".to_owned(), 7)),
    }
}

#[test]
fn a_subscription_shows_what_was_requested() {
    let plain = TopicPush {
        filter: String::new(),
        ordered: false,
        body: PushBody::Wrapped,
        backoff: None,
        dead_letters: None,
        ..shape()
    };
    for shape in [shape(), plain] {
        let live = observed(&requested(&shape).unwrap());
        assert_eq!(live, LiveTrigger { shape, state: TriggerState::Active, last: None });
    }
}

#[test]
fn a_subscription_without_its_topic_is_detached() {
    let subscription = requested(&shape()).unwrap();
    let deleted = subscription.clone().set_topic(DELETED_TOPIC);
    let detached = subscription.clone().set_detached(true);
    let failing = subscription.set_state(State::ResourceError);
    for (subscription, state) in [
        (deleted, TriggerState::Detached),
        (detached, TriggerState::Detached),
        (failing, TriggerState::Failing),
    ] {
        assert_eq!(observed(&subscription).state, state);
    }
}

#[test]
fn each_field_that_differs_is_named_and_labels_of_others_are_not_compared() {
    let mut labelled = shape();
    labelled.labels.insert("team".to_owned(), "a".to_owned());
    assert_eq!(shape().differences(&labelled), []);
    let second = Duration::from_secs(1);
    for (live, field) in [
        (TopicPush { topic: "projects/p/topics/u".to_owned(), ..shape() }, PushField::Topic),
        (TopicPush { filter: String::new(), ..shape() }, PushField::Filter),
        (TopicPush { ordered: false, ..shape() }, PushField::Order),
        (TopicPush { labels: BTreeMap::new(), ..shape() }, PushField::Labels),
        (TopicPush { endpoint: String::new(), ..shape() }, PushField::Push),
        (TopicPush { account: String::new(), ..shape() }, PushField::Push),
        (TopicPush { audience: String::new(), ..shape() }, PushField::Push),
        (TopicPush { body: PushBody::Wrapped, ..shape() }, PushField::Push),
        (TopicPush { ack_deadline: second, ..shape() }, PushField::AckDeadline),
        (TopicPush { backoff: None, ..shape() }, PushField::Backoff),
        (TopicPush { dead_letters: None, ..shape() }, PushField::DeadLetters),
    ] {
        assert_eq!(shape().differences(&live), [field]);
        assert_eq!(path(field).is_some(), TopicPush::is_mutable(field));
    }
}

#[tokio::test]
async fn an_update_names_its_fields_and_refuses_those_that_never_change() {
    let fake = Fake::answering([("PATCH", PATH, 200, json!({ "name": NAME }))]).await;
    let triggers = triggers(&fake).await;
    let fields = [PushField::Push, PushField::Backoff];
    triggers.update(&shape(), &fields).await.unwrap();
    let patch = &fake.requests()[0];
    assert_eq!(patch.body["updateMask"], json!("pushConfig,retryPolicy"));
    let push = &patch.body["subscription"]["pushConfig"];
    assert_eq!(push["oidcToken"]["serviceAccountEmail"], json!("a@p.iam.gserviceaccount.com"));
    assert_eq!(push["noWrapper"]["writeMetadata"], json!(true));
    let refused = triggers.update(&shape(), &[PushField::Filter]).await.unwrap_err();
    assert_eq!((refused.kind, fake.requests().len()), (Kind::InvalidArgument, 1));
}

#[tokio::test]
async fn only_triggers_with_the_labels_are_listed_over_all_pages() {
    let live = |id: &str, labels: serde_json::Value| {
        let name = format!("projects/p/subscriptions/{id}");
        json!({ "name": name, "labels": labels })
    };
    let ours = json!({ "longshore-fleet": "longshore", "team": "a" });
    let page = json!({
        "subscriptions": [
            live("ours", ours),
            live("other-fleet", json!({ "longshore-fleet": "other" })),
            live("unlabelled", json!({})),
        ],
    });
    let fake = Fake::answering([("GET", "/v1/projects/p/subscriptions", 200, page)]).await;
    let listed = triggers(&fake).await.list(&TriggerOwner::fleet("longshore", "p")).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|live| live.shape.name.as_str()).collect();
    assert_eq!(names, ["projects/p/subscriptions/ours"]);
}

#[tokio::test]
async fn a_trigger_that_exists_is_created_and_one_that_is_gone_is_deleted() {
    let exists = json!({ "error": { "code": 409, "message": "x", "status": "ALREADY_EXISTS" } });
    let fake = Fake::answering([("PUT", PATH, 409, exists)]).await;
    let triggers = triggers(&fake).await;
    triggers.create(&shape()).await.unwrap();
    triggers.delete(NAME).await.unwrap();
    assert_eq!(fake.calls(), [format!("PUT {PATH}"), format!("DELETE {PATH}")]);
}
