//! The request to an endpoint: <https://cloud.google.com/pubsub/docs/push#receive_push> and
//! <https://cloud.google.com/pubsub/docs/payload-unwrapping>.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::cloud_event::Mode;
use crate::core::{Delivery, Push, Wrapper};

/// The user agent of Google's requests.
const AGENT: &str = "CloudPubSub-Google";

/// Headers that describe the connection or the length of the body (RFC 9110, sections 7.6.1 and
/// 8.6, and RFC 9112). An attribute of that name would contradict the request, and could cut its
/// body short.
const OF_CONNECTION: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Start of the headers that describe the message.
const METADATA: &str = "x-goog-pubsub-";

/// A push request without its URL.
#[derive(Debug)]
pub(super) struct PushRequest {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

pub(super) fn request(
    subscription: &str,
    push: &Push,
    delivery: &Delivery,
    token: Option<&str>,
) -> PushRequest {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    let body = match push.wrapper {
        Wrapper::Pubsub => {
            let wrapped = wrapped(subscription, delivery);
            let mode = Mode::of(&push.endpoint);
            match mode.and_then(|mode| mode.event(delivery, &wrapped)) {
                Some((event, body)) => {
                    headers.extend(event);
                    body
                }
                None => {
                    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                    wrapped.to_string().into()
                }
            }
        }
        Wrapper::Nothing { write_metadata } => {
            if write_metadata {
                describe(subscription, delivery, &mut headers);
            }
            delivery.message.data.clone()
        }
    };
    if let Some(mut bearer) =
        token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok())
    {
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    PushRequest { headers, body }
}

/// Id and time appear in both spellings, as in Google's requests.
fn wrapped(subscription: &str, delivery: &Delivery) -> Value {
    let message = &delivery.message;
    let (id, published_at) =
        (message.id.to_string(), message.published_at.format(&Rfc3339).unwrap_or_default());
    let mut inner = json!({
        "messageId": id, "message_id": id,
        "publishTime": published_at, "publish_time": published_at,
    });
    if !message.data.is_empty() {
        inner["data"] = BASE64_STANDARD.encode(&message.data).into();
    }
    if !message.attributes.is_empty() {
        inner["attributes"] = json!(message.attributes);
    }
    if !message.ordering_key.is_empty() {
        inner["orderingKey"] = json!(message.ordering_key);
    }
    let mut outer = json!({"message": inner, "subscription": subscription});
    if let Some(attempt) = delivery.attempt {
        outer["deliveryAttempt"] = attempt.into();
    }
    outer
}

/// Attributes become headers if they are valid ones. They can neither change how the request is
/// framed nor overwrite the headers that describe the message.
fn describe(subscription: &str, delivery: &Delivery, headers: &mut HeaderMap) {
    let message = &delivery.message;
    for (key, value) in &message.attributes {
        let (Ok(name), Ok(value)) =
            (HeaderName::try_from(key.as_str()), HeaderValue::try_from(value.as_str()))
        else {
            continue;
        };
        if !OF_CONNECTION.contains(&name.as_str()) && !name.as_str().starts_with(METADATA) {
            headers.insert(name, value);
        }
    }
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-goog-pubsub-subscription-name", subscription);
    set("x-goog-pubsub-message-id", &message.id.to_string());
    set("x-goog-pubsub-publish-time", &message.published_at.format(&Rfc3339).unwrap_or_default());
    if !message.ordering_key.is_empty() {
        set("x-goog-pubsub-ordering-key", &message.ordering_key);
    }
    if let Some(attempt) = delivery.attempt {
        set("x-goog-pubsub-delivery-attempt", &attempt.to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::OffsetDateTime;

    use super::*;
    use crate::core::Message;

    const SUBSCRIPTION: &str = "projects/p/subscriptions/s";

    fn delivery(attempt: Option<u32>) -> Delivery {
        let message = Message {
            id: 7,
            published_at: OffsetDateTime::from_unix_timestamp(1767323045).unwrap(),
            data: "hello".into(),
            attributes: [
                ("kind".to_owned(), "x".to_owned()),
                ("no header".to_owned(), "y".to_owned()),
            ]
            .into(),
            ordering_key: "k".to_owned(),
            generation: 0,
        };
        Delivery { ack_id: "7-1".to_owned(), message: Arc::new(message), attempt }
    }

    #[test]
    fn a_wrapped_message_is_a_json_document() {
        let request = request(SUBSCRIPTION, &Push::default(), &delivery(Some(2)), Some("t0ken"));
        assert_eq!(request.headers[CONTENT_TYPE], "application/json");
        assert_eq!(request.headers[AUTHORIZATION], "Bearer t0ken");
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let time = "2026-01-02T03:04:05Z";
        let message = json!({
            "data": "aGVsbG8=", "attributes": {"kind": "x", "no header": "y"}, "orderingKey": "k",
            "messageId": "7", "message_id": "7", "publishTime": time, "publish_time": time,
        });
        assert_eq!(
            body,
            json!({"message": message, "subscription": SUBSCRIPTION, "deliveryAttempt": 2})
        );
    }

    #[test]
    fn an_unwrapped_message_is_its_data_with_optional_headers_for_the_rest() {
        for write_metadata in [false, true] {
            let push = Push { wrapper: Wrapper::Nothing { write_metadata }, ..Push::default() };
            let request = request(SUBSCRIPTION, &push, &delivery(None), None);
            assert_eq!(request.body, "hello");
            let header =
                |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
            assert_eq!(header("kind"), write_metadata.then_some("x"));
            assert_eq!(header("x-goog-pubsub-message-id"), write_metadata.then_some("7"));
            assert_eq!(header("x-goog-pubsub-ordering-key"), write_metadata.then_some("k"));
            assert_eq!(
                header("x-goog-pubsub-subscription-name"),
                write_metadata.then_some(SUBSCRIPTION)
            );
            assert_eq!(header("authorization"), None);
        }
    }

    #[test]
    fn attributes_do_not_change_how_the_request_is_framed() {
        let names = OF_CONNECTION.iter().map(|name| name.to_ascii_uppercase());
        let names = names.chain(["x-goog-pubsub-delivery-attempt".to_owned()]);
        let attributes = names.map(|name| (name, "1".to_owned()));
        let attributes = attributes.chain([("X-Custom".to_owned(), "kept".to_owned())]).collect();
        let message = Message { attributes, ..(*delivery(None).message).clone() };
        let delivery = Delivery { message: Arc::new(message), ..delivery(None) };
        let push = Push { wrapper: Wrapper::Nothing { write_metadata: true }, ..Push::default() };
        let request = request(SUBSCRIPTION, &push, &delivery, None);
        let mut names: Vec<&str> = request.headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let expected = [
            "user-agent",
            "x-custom",
            "x-goog-pubsub-message-id",
            "x-goog-pubsub-ordering-key",
            "x-goog-pubsub-publish-time",
            "x-goog-pubsub-subscription-name",
        ];
        assert_eq!(names, expected);
    }
}
