//! Messages, and the requests that handle them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{bytes_of, integer};
use crate::wire::proto;
use crate::wire::proto::seek_request::Target;
use longshore_local_kit::rest::RestError;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PublishJson {
    messages: Vec<MessageJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct MessageJson {
    data: String,
    attributes: BTreeMap<String, String>,
    #[serde(alias = "ordering_key")]
    ordering_key: String,
    /// Pub/Sub sets it. A message that was received may be published again as it is.
    #[serde(rename = "messageId", alias = "message_id")]
    _message_id: String,
    #[serde(rename = "publishTime", alias = "publish_time")]
    _publish_time: String,
}

impl PublishJson {
    pub(crate) fn into_wire(self, topic: String) -> Result<proto::PublishRequest, RestError> {
        let messages = self.messages.into_iter().map(|message| {
            let data = bytes_of(&message.data)?.into();
            Ok(proto::PubsubMessage {
                data,
                attributes: message.attributes,
                ordering_key: message.ordering_key,
                ..Default::default()
            })
        });
        Ok(proto::PublishRequest { topic, messages: messages.collect::<Result<_, RestError>>()? })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct PullJson {
    #[serde(alias = "return_immediately")]
    return_immediately: bool,
    #[serde(deserialize_with = "integer", alias = "max_messages")]
    max_messages: i32,
}

impl PullJson {
    pub(crate) fn into_wire(self, subscription: String) -> proto::PullRequest {
        proto::PullRequest {
            subscription,
            return_immediately: self.return_immediately,
            max_messages: self.max_messages,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct AckJson {
    #[serde(alias = "ack_ids")]
    pub(crate) ack_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct ModifyJson {
    #[serde(alias = "ack_ids")]
    pub(crate) ack_ids: Vec<String>,
    #[serde(deserialize_with = "integer", alias = "ack_deadline_seconds")]
    pub(crate) ack_deadline_seconds: i32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SeekJson {
    time: Option<String>,
    snapshot: Option<String>,
}

impl SeekJson {
    pub(crate) fn into_wire(self, subscription: String) -> Result<proto::SeekRequest, RestError> {
        let parse = |text: String| {
            let time = text.parse().map_err(|_| {
                RestError::invalid(format!("time {text:?} is not an RFC 3339 time"))
            })?;
            Ok(Target::Time(time))
        };
        let time = self.time.map(parse).transpose()?;
        Ok(proto::SeekRequest {
            subscription,
            target: time.or(self.snapshot.map(Target::Snapshot)),
        })
    }
}

/// The response to a `:pull`.
pub(crate) fn received_to_json(response: proto::PullResponse) -> Value {
    let received = response.received_messages.into_iter().map(|received| {
        let message = received.message.unwrap_or_default();
        let mut json = json!({
            "ackId": received.ack_id,
            "message": {
                "data": BASE64_STANDARD.encode(&message.data),
                "attributes": message.attributes,
                "messageId": message.message_id,
                "publishTime": message.publish_time.map(|time| time.to_string()),
            },
        });
        if !message.ordering_key.is_empty() {
            json["message"]["orderingKey"] = message.ordering_key.into();
        }
        if received.delivery_attempt > 0 {
            json["deliveryAttempt"] = received.delivery_attempt.into();
        }
        json
    });
    let received: Vec<Value> = received.collect();
    if received.is_empty() { json!({}) } else { json!({"receivedMessages": received}) }
}
