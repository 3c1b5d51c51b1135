use serde_json::{Value, json};

use super::*;
use crate::endpoints::Cloud;
use crate::google::fake::Fake;

const NAME: &str = "projects/p/locations/europe-west1/triggers/t";
const PATH: &str = "/v1/projects/p/locations/europe-west1/triggers/t";
const ALL: &str = "/v1/projects/p/locations/-/triggers";
const PARENT: &str = "/v1/projects/p/locations/europe-west1/triggers";

async fn triggers(fake: &Fake) -> GoogleEventTriggers {
    let profile = Profile::of(Cloud::Local).unwrap();
    let pacer = Pacer::unlimited();
    GoogleEventTriggers::connect(&profile, Some(&fake.endpoint), pacer).await.unwrap()
}

fn filter(attribute: &str, value: &str, is_pattern: bool) -> EventFilter {
    EventFilter { attribute: attribute.to_owned(), value: value.to_owned(), is_pattern }
}

fn shape() -> EventRoute {
    EventRoute {
        name: NAME.to_owned(),
        event_type: "google.cloud.audit.log.v1.written".to_owned(),
        filters: vec![
            filter("methodName", "m", false),
            filter("resourceName", "/projects/*/x", true),
            filter("serviceName", "s", false),
        ],
        topic: None,
        channel: Some("projects/p/locations/europe-west1/channels/c".to_owned()),
        labels: [("longshore-fleet".to_owned(), "longshore".to_owned())].into(),
        account: "a@p.iam.gserviceaccount.com".to_owned(),
        destination: EventDestination {
            service: "f".to_owned(),
            region: "europe-west1".to_owned(),
            path: "/in".to_owned(),
        },
        retries: false,
        encoding: EventEncoding::Protobuf,
    }
}

/// An operation that has ended.
fn ended(result: Value) -> Value {
    let mut operation =
        json!({ "name": "projects/p/locations/europe-west1/operations/o", "done": true });
    for (key, value) in result.as_object().unwrap() {
        operation[key] = value.clone();
    }
    operation
}

fn made() -> Value {
    let kind = "type.googleapis.com/google.cloud.eventarc.v1.Trigger";
    ended(json!({ "response": { "@type": kind, "name": NAME } }))
}

#[test]
fn a_trigger_shows_what_was_requested() {
    let messages = EventRoute {
        event_type: "google.cloud.pubsub.topic.v1.messagePublished".to_owned(),
        filters: Vec::new(),
        topic: Some("projects/p/topics/t".to_owned()),
        channel: None,
        destination: EventDestination { path: String::new(), ..shape().destination },
        retries: true,
        encoding: EventEncoding::Json,
        ..shape()
    };
    for shape in [shape(), messages] {
        let live = observed(&requested(&shape));
        assert_eq!(live, LiveTrigger { shape, state: TriggerState::Active, last: None });
    }
    let condition = model::StateCondition::new().set_message("the bucket is gone");
    let failed = requested(&shape()).set_conditions([("bucket", condition)]);
    assert_eq!(observed(&failed).state, TriggerState::Failing);
    let named = requested(&shape()).set_service_account("projects/p/serviceAccounts/a@x.com");
    assert_eq!(observed(&named).shape.account, "a@x.com");
}

#[test]
fn each_field_that_differs_is_named_and_a_topic_of_eventarc_is_not_compared() {
    let mut live = shape();
    live.topic = Some("projects/p/topics/eventarc-europe-west1-t-123".to_owned());
    live.labels.insert("team".to_owned(), "a".to_owned());
    assert_eq!(shape().differences(&live), []);
    let destination = EventDestination { path: String::new(), ..shape().destination };
    let none = || None::<String>;
    for (live, field) in [
        (EventRoute { event_type: "x".to_owned(), ..shape() }, EventField::Type),
        (EventRoute { channel: none(), ..shape() }, EventField::Channel),
        (EventRoute { filters: Vec::new(), ..shape() }, EventField::Filters),
        (EventRoute { labels: [].into(), ..shape() }, EventField::Labels),
        (EventRoute { account: String::new(), ..shape() }, EventField::Account),
        (EventRoute { destination, ..shape() }, EventField::Destination),
        (EventRoute { retries: true, ..shape() }, EventField::Retries),
        (EventRoute { encoding: EventEncoding::Json, ..shape() }, EventField::Encoding),
    ] {
        assert_eq!(shape().differences(&live), [field]);
        assert_eq!(path(field).is_some(), EventRoute::is_mutable(field));
    }
    let of_topic = EventRoute { topic: Some("projects/p/topics/t".to_owned()), ..shape() };
    assert_eq!(of_topic.differences(&shape()), [EventField::Topic]);
    assert_eq!(path(EventField::Topic), None);
}

#[tokio::test]
async fn a_trigger_is_created_and_its_operation_is_awaited() {
    let fake = Fake::answering([("POST", PARENT, 200, made())]).await;
    triggers(&fake).await.create(&shape()).await.unwrap();
    let post = &fake.requests()[0];
    assert_eq!(post.query["triggerId"], "t");
    let first = json!({ "attribute": "type", "value": "google.cloud.audit.log.v1.written" });
    assert_eq!(post.body["eventFilters"][0], first);
    assert_eq!(post.body["eventFilters"][2]["operator"], json!("match-path-pattern"));
    assert_eq!(post.body["retryPolicy"], json!({ "maxAttempts": 1 }));
    let run = json!({ "service": "f", "region": "europe-west1", "path": "/in" });
    assert_eq!(post.body["destination"]["cloudRun"], run);

    let refused = json!({ "error": { "code": 9, "message": "the agent has no permission" } });
    let fake = Fake::answering([("POST", PARENT, 200, ended(refused))]).await;
    let error = triggers(&fake).await.create(&shape()).await.unwrap_err();
    assert_eq!(error.kind, Kind::PreconditionFailed);
}

#[tokio::test]
async fn an_update_names_its_fields_and_refuses_those_that_never_change() {
    let fake = Fake::answering([("PATCH", PATH, 200, made())]).await;
    let triggers = triggers(&fake).await;
    triggers.update(&shape(), &[EventField::Account, EventField::Retries]).await.unwrap();
    assert_eq!(fake.requests()[0].query["updateMask"], "serviceAccount,retryPolicy");
    let refused = triggers.update(&shape(), &[EventField::Type]).await.unwrap_err();
    assert_eq!((refused.kind, fake.requests().len()), (Kind::InvalidArgument, 1));
}

#[tokio::test]
async fn only_triggers_with_the_labels_are_listed_in_all_locations() {
    let live = |id: &str, labels: Value| {
        let name = format!("projects/p/locations/europe-west1/triggers/{id}");
        json!({ "name": name, "labels": labels })
    };
    let page = json!({
        "triggers": [
            live("ours", json!({ "longshore-fleet": "longshore", "team": "a" })),
            live("other-fleet", json!({ "longshore-fleet": "other" })),
            live("unlabelled", json!({})),
        ],
    });
    let fake = Fake::answering([("GET", ALL, 200, page)]).await;
    let owner = TriggerOwner::fleet("longshore", "p");
    let listed = triggers(&fake).await.list(&owner).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|live| live.shape.name.as_str()).collect();
    assert_eq!(names, ["projects/p/locations/europe-west1/triggers/ours"]);
}

#[tokio::test]
async fn a_trigger_that_exists_is_created_and_one_that_is_gone_is_deleted() {
    let exists = json!({ "error": { "code": 409, "message": "x", "status": "ALREADY_EXISTS" } });
    let fake = Fake::answering([("POST", PARENT, 409, exists)]).await;
    let triggers = triggers(&fake).await;
    triggers.create(&shape()).await.unwrap();
    triggers.delete(NAME).await.unwrap();
    assert_eq!(fake.calls(), [format!("POST {PARENT}"), format!("DELETE {PATH}")]);
}
