//! Messages as CloudEvents over HTTP, in binary mode. The endpoint of a subscription that Eventarc
//! makes names the form in the parameter `__GCP_CloudEventsMode`, which Google documents nowhere, but
//! which every endpoint of Eventarc shows.
//!
//! Attributes and bodies: <https://cloud.google.com/eventarc/docs/cloudevents>, and the examples in
//! <https://github.com/googleapis/google-cloudevents>.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

use crate::core::Delivery;
use longshore_local_kit::rest::percent_decode;

const PARAMETER: &str = "__GCP_CloudEventsMode=";

const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// Fields of Cloud Storage's resource that `StorageObjectData` lacks. Parsers of its schema may
/// refuse them.
const NOT_IN_SCHEMA: [&str; 2] = ["timeFinalized", "customTime"];

/// How the messages of a subscription become events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A message of this topic: the event carries it as Pub/Sub wraps it.
    Topic(String),
    /// A notification of Cloud Storage.
    Notification,
    /// The message is an event already, in CloudEvents' binding to Pub/Sub.
    Binding,
}

impl Mode {
    /// `None` for an endpoint that gets plain messages.
    pub(super) fn of(endpoint: &str) -> Option<Self> {
        let (_, query) = endpoint.split_once('?')?;
        let value = query.split('&').find_map(|pair| pair.strip_prefix(PARAMETER))?;
        match value {
            "GCS_NOTIFICATION" => Some(Self::Notification),
            "CE_PUBSUB_BINDING" => Some(Self::Binding),
            custom => {
                custom.strip_prefix("CUSTOM_PUBSUB_").and_then(percent_decode).map(Self::Topic)
            }
        }
    }

    /// The headers of the event, and its body. `wrapped` is the message as Pub/Sub wraps it. `None`
    /// for a message that is not what its mode says.
    pub(super) fn event(&self, delivery: &Delivery, wrapped: &Value) -> Option<(HeaderMap, Bytes)> {
        let message = &delivery.message;
        let attribute = |name: &str| message.attributes.get(name).map(String::as_str);
        let published = message.published_at.format(&Rfc3339).unwrap_or_default();
        let id = message.id.to_string();
        match self {
            Self::Topic(topic) => {
                let source = format!("//pubsub.googleapis.com/{topic}");
                let event = [
                    ("ce-id", id.as_str()),
                    ("ce-source", &source),
                    ("ce-type", MESSAGE_PUBLISHED),
                    ("ce-time", &published),
                    ("ce-specversion", "1.0"),
                ];
                Some((headers(event, "application/json"), wrapped.to_string().into()))
            }
            Self::Notification => {
                let bucket = attribute("bucketId")?;
                let source = format!("//storage.googleapis.com/projects/_/buckets/{bucket}");
                let subject = format!("objects/{}", attribute("objectId")?);
                let event = [
                    ("ce-id", id.as_str()),
                    ("ce-source", &source),
                    ("ce-type", storage_type(attribute("eventType")?)?),
                    ("ce-time", attribute("eventTime").unwrap_or(&published)),
                    ("ce-specversion", "1.0"),
                    ("ce-subject", &subject),
                    ("ce-bucket", bucket),
                ];
                Some((headers(event, "application/json"), object_data(&message.data)?))
            }
            Self::Binding => {
                attribute("ce-type")?;
                let own = message.attributes.iter().filter(|(name, _)| name.starts_with("ce-"));
                let event = own.map(|(name, value)| (name.as_str(), value.as_str()));
                let content_type = attribute("content-type").unwrap_or("application/json");
                Some((headers(event, content_type), message.data.clone()))
            }
        }
    }
}

fn storage_type(event_type: &str) -> Option<&'static str> {
    Some(match event_type {
        "OBJECT_FINALIZE" => "google.cloud.storage.object.v1.finalized",
        "OBJECT_DELETE" => "google.cloud.storage.object.v1.deleted",
        "OBJECT_ARCHIVE" => "google.cloud.storage.object.v1.archived",
        "OBJECT_METADATA_UPDATE" => "google.cloud.storage.object.v1.metadataUpdated",
        _ => return None,
    })
}

fn object_data(resource: &Bytes) -> Option<Bytes> {
    let mut resource: Value = serde_json::from_slice(resource).ok()?;
    let fields = resource.as_object_mut()?;
    NOT_IN_SCHEMA.iter().for_each(|field| drop(fields.remove(*field)));
    Some(resource.to_string().into())
}

fn headers<'a>(
    event: impl IntoIterator<Item = (&'a str, &'a str)>,
    content_type: &str,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in event {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name), HeaderValue::try_from(encoded(value)))
        {
            headers.insert(name, value);
        }
    }
    if let Ok(content_type) = HeaderValue::try_from(content_type) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers
}

/// What an attribute may not contain as it is, by
/// <https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values>.
fn encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'"' && byte != b'%' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;
    use crate::core::Message;

    fn delivery(attributes: &[(&str, &str)], data: &str) -> Delivery {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let message = Message {
            id: 7,
            published_at: OffsetDateTime::from_unix_timestamp(1_767_323_045).unwrap(),
            data: data.to_owned().into(),
            attributes: attributes.iter().map(own).collect(),
            ordering_key: String::new(),
            generation: 0,
        };
        Delivery { ack_id: "7-1".to_owned(), message: Arc::new(message), attempt: None }
    }

    fn event(mode: &str, delivery: &Delivery) -> Option<(BTreeMap<String, String>, String)> {
        let mode = Mode::of(&format!("http://f/path?a=b&__GCP_CloudEventsMode={mode}")).unwrap();
        let (headers, body) = mode.event(delivery, &json!({"message": {"messageId": "7"}}))?;
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        Some((headers.iter().map(text).collect(), String::from_utf8(body.to_vec()).unwrap()))
    }

    #[test]
    fn a_message_of_a_topic_is_an_event_that_carries_it() {
        let plain = delivery(&[("kind", "x")], "hello");
        let (headers, body) = event("CUSTOM_PUBSUB_projects%2Fp%2Ftopics%2Ft", &plain).unwrap();
        let expected = [
            ("ce-id", "7"),
            ("ce-source", "//pubsub.googleapis.com/projects/p/topics/t"),
            ("ce-specversion", "1.0"),
            ("ce-time", "2026-01-02T03:04:05Z"),
            ("ce-type", MESSAGE_PUBLISHED),
            ("content-type", "application/json"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers, BTreeMap::from(expected));
        assert_eq!(body, r#"{"message":{"messageId":"7"}}"#);
    }

    #[test]
    fn a_notification_of_cloud_storage_is_an_event_of_the_object() {
        let attributes = [
            ("bucketId", "b"),
            ("objectId", "a \"ü\".txt"),
            ("eventType", "OBJECT_DELETE"),
            ("eventTime", "2026-01-02T03:04:06.789Z"),
            ("notificationConfig", "projects/_/buckets/b/notificationConfigs/1"),
        ];
        let notice = delivery(&attributes, r#"{"name": "a", "timeFinalized": "now"}"#);
        let (headers, body) = event("GCS_NOTIFICATION", &notice).unwrap();
        assert_eq!(headers["ce-type"], "google.cloud.storage.object.v1.deleted");
        assert_eq!(headers["ce-source"], "//storage.googleapis.com/projects/_/buckets/b");
        assert_eq!(headers["ce-subject"], "objects/a%20%22%C3%BC%22.txt");
        assert_eq!(headers["ce-time"], "2026-01-02T03:04:06.789Z");
        assert_eq!(headers["ce-bucket"], "b");
        assert!(!headers.contains_key("notificationconfig"), "{headers:?}");
        assert_eq!(body, r#"{"name":"a"}"#);
    }

    #[test]
    fn an_event_in_the_binding_to_pubsub_keeps_its_attributes() {
        let attributes = [("ce-type", "t"), ("ce-methodname", "m"), ("other", "x")];
        let (headers, body) = event("CE_PUBSUB_BINDING", &delivery(&attributes, "{}")).unwrap();
        assert_eq!(headers["ce-methodname"], "m");
        assert_eq!((headers.len(), body.as_str()), (3, "{}"));
    }

    #[test]
    fn a_message_that_is_not_what_its_mode_says_is_no_event() {
        let plain = delivery(&[("kind", "x")], "hello");
        for mode in ["GCS_NOTIFICATION", "CE_PUBSUB_BINDING"] {
            assert!(event(mode, &plain).is_none(), "{mode}");
        }
        for endpoint in ["http://f/", "http://f/?x=y", "http://f/?__GCP_CloudEventsMode=OTHER"] {
            assert_eq!(Mode::of(endpoint), None, "{endpoint}");
        }
    }
}
