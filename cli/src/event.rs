//! Requests as Pub/Sub and Eventarc send them, made by hand.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::function_call::Body;
use crate::time_text::rfc3339;

/// The type of an event that carries a message of a topic.
const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// Prefix of the types of events of Cloud Storage's objects.
const OBJECT_EVENT: &str = "google.cloud.storage.object.v1.";

/// The topic and the subscription that a message made by hand names.
const TOPIC: &str = "longshore-call";

/// What makes a request unique.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) id: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) project: String,
}

/// The request of a push subscription with the default payload.
/// <https://cloud.google.com/pubsub/docs/push#receive_push>
pub(crate) fn push(data: &str, attributes: &[(String, String)], stamp: &Stamp) -> Body {
    Body::json(&message(data, attributes, stamp))
}

/// An event as Eventarc delivers it: in the binary mode of HTTP.
/// <https://cloud.google.com/eventarc/docs/workflows/cloudevents>
///
/// Of an event of a topic, `data` is the text of the message; of any other event, its data in JSON.
/// The source, the subject and the bucket of an object's event are taken from its data.
pub(crate) fn event(
    kind: &str,
    data: &str,
    attributes: &[(String, String)],
    stamp: &Stamp,
) -> Result<Body, serde_json::Error> {
    let mut context = vec![
        ("ce-id".to_owned(), stamp.id.clone()),
        ("ce-specversion".to_owned(), "1.0".to_owned()),
        ("ce-type".to_owned(), kind.to_owned()),
        ("ce-time".to_owned(), rfc3339(stamp.at)),
    ];
    let mut add = |name: &str, value: String| context.push((format!("ce-{name}"), value));
    let content = if kind == MESSAGE_PUBLISHED {
        add("source", format!("//pubsub.googleapis.com/projects/{}/topics/{TOPIC}", stamp.project));
        message(data, attributes, stamp)
    } else {
        let content: Value = serde_json::from_str(data)?;
        let field = |name: &str| content.get(name).and_then(Value::as_str).map(str::to_owned);
        match (kind.starts_with(OBJECT_EVENT), field("bucket"), field("name")) {
            (true, Some(bucket), Some(name)) => {
                add("source", format!("//storage.googleapis.com/projects/_/buckets/{bucket}"));
                add("subject", format!("objects/{name}"));
                add("bucket", bucket);
            }
            (_, _, _) => add("source", "//longshore/call".to_owned()),
        }
        for (name, value) in attributes {
            add(name, value.clone());
        }
        content
    };
    Ok(Body { headers: context, ..Body::json(&content) })
}

/// A message as push requests and events carry it. Its id and its time have both spellings, as in
/// Google's requests.
fn message(data: &str, attributes: &[(String, String)], stamp: &Stamp) -> Value {
    let (id, at) = (&stamp.id, rfc3339(stamp.at));
    let mut message = json!({
        "data": BASE64_STANDARD.encode(data),
        "messageId": id, "message_id": id,
        "publishTime": at, "publish_time": at,
    });
    if !attributes.is_empty() {
        message["attributes"] = attributes
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect::<serde_json::Map<_, _>>()
            .into();
    }
    json!({
        "message": message,
        "subscription": format!("projects/{}/subscriptions/{TOPIC}", stamp.project),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        let (id, project) = ("7".to_owned(), "p".to_owned());
        Stamp { id, at: OffsetDateTime::UNIX_EPOCH, project }
    }

    fn json_of(body: &Body) -> Value {
        assert_eq!(body.content_type, "application/json");
        serde_json::from_str(&body.content).unwrap()
    }

    fn header<'a>(body: &'a Body, name: &str) -> Option<&'a str> {
        let found = body.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
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
    fn an_event_of_a_topic_carries_the_message() {
        let body = event(MESSAGE_PUBLISHED, "hello", &[], &stamp()).unwrap();
        assert_eq!(json_of(&body)["message"]["data"], "aGVsbG8=");
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
    fn an_event_of_an_object_names_its_bucket_and_the_object() {
        let kind = "google.cloud.storage.object.v1.finalized";
        let data = r#"{"bucket": "b", "name": "a/o"}"#;
        let body = event(kind, data, &[], &stamp()).unwrap();
        assert_eq!(json_of(&body)["name"], "a/o");
        let source = "//storage.googleapis.com/projects/_/buckets/b";
        assert_eq!(header(&body, "ce-source"), Some(source));
        assert_eq!(header(&body, "ce-subject"), Some("objects/a/o"));
        assert_eq!(header(&body, "ce-bucket"), Some("b"));
    }

    #[test]
    fn any_other_event_has_its_data_and_its_attributes() {
        let attributes = [("tenant".to_owned(), "a".to_owned())];
        let body = event("com.example.done", "[1]", &attributes, &stamp()).unwrap();
        assert_eq!((json_of(&body), header(&body, "ce-tenant")), (json!([1]), Some("a")));
        assert_eq!(header(&body, "ce-source"), Some("//longshore/call"));
        assert!(event("com.example.done", "not JSON", &[], &stamp()).is_err());
    }
}
