use super::*;

fn stamp() -> Stamp {
    let (id, project, region) = ("7".to_owned(), "p".to_owned(), "r".to_owned());
    Stamp { id, at: OffsetDateTime::UNIX_EPOCH, project, region }
}

pub(super) fn json_of(body: &Body) -> Value {
    assert_eq!(body.content_type, "application/json");
    serde_json::from_slice(&body.content).unwrap()
}

pub(super) fn header<'a>(body: &'a Body, name: &str) -> Option<&'a str> {
    let mut found = body.headers.iter().filter(|(header, _)| header == name);
    let first = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "{name} is set twice");
    first
}

pub(super) fn sent(kind: &str, data: Option<&str>, attributes: &[(&str, &str)]) -> Body {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let attributes: Vec<_> = attributes.iter().map(owned).collect();
    event(kind, data, &attributes, &stamp()).unwrap()
}

pub(super) fn refused(kind: &str, data: &str) -> EventError {
    event(kind, Some(data), &[], &stamp()).unwrap_err()
}

#[test]
fn a_message_has_the_form_of_a_push_request() {
    let attributes = [("kind".to_owned(), "new".to_owned())];
    let body = push("hello", &attributes, &stamp());
    let time = "1970-01-01T00:00:00Z";
    let message = json!({
        "data": "aGVsbG8=", "attributes": { "kind": "new" }, "messageId": "7",
        "message_id": "7", "publishTime": time, "publish_time": time,
    });
    let subscription = "projects/p/subscriptions/longshore-call";
    assert_eq!(json_of(&body), json!({ "message": message, "subscription": subscription }));
    assert!(body.headers.is_empty());
}

#[test]
fn an_event_of_a_topic_carries_the_message_and_its_attributes() {
    let body = sent(MESSAGE_PUBLISHED, Some("hello"), &[("Kind", "new")]);
    let message = &json_of(&body)["message"];
    assert_eq!(message["data"], "aGVsbG8=");
    assert_eq!(message["attributes"], json!({"Kind": "new"}));
    for (name, value) in [
        ("ce-id", "7"),
        ("ce-specversion", "1.0"),
        ("ce-type", MESSAGE_PUBLISHED),
        ("ce-time", "1970-01-01T00:00:00Z"),
        ("ce-source", "//pubsub.googleapis.com/projects/p/topics/longshore-call"),
    ] {
        assert_eq!(header(&body, name), Some(value), "{name}");
    }
}

#[test]
fn any_other_event_has_its_data_and_its_attributes() {
    let body = sent("com.example.done", Some("[1]"), &[("tenant", "a"), ("source", "//s/\"1\"")]);
    assert_eq!((json_of(&body), header(&body, "ce-tenant")), (json!([1]), Some("a")));
    assert_eq!(header(&body, "ce-source"), Some("//s/%221%22"));
    let body = sent("com.example.done", None, &[]);
    assert_eq!((json_of(&body), header(&body, "ce-source")), (json!({}), Some("//longshore/call")));
}

#[test]
fn what_cannot_be_an_event_is_refused_with_advice() {
    let finalized = "google.cloud.storage.object.v1.finalized";
    for (kind, data, said, advised) in [
        ("com.example.done", "not JSON", "must be JSON", "quote it"),
        (finalized, "[1]", "must be an object", "--data"),
        ("google.cloud.storage.object.v1.finalised", "{}", "finalised", finalized),
        ("google.cloud.audit.log.v1.read", "{}", "is not an event type", audit::WRITTEN),
        ("google.cloud.pubsub.topic.v1.published", "", "is not an event type", MESSAGE_PUBLISHED),
    ] {
        let error = refused(kind, data);
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.advice().contains(advised), "{error}: {}", error.advice());
    }
    let attribute = [("Tenant-Id".to_owned(), "a".to_owned())];
    let refused = event("com.example.done", None, &attribute, &stamp()).unwrap_err();
    assert!(matches!(refused, EventError::Attribute(_)), "{refused}");
}
