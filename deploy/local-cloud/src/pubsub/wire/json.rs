//! The JSON form of the wire's messages: <https://protobuf.dev/programming-guides/json/>.
//!
//! A field that is not known is refused, as Google does; one that is known and not served travels on to where it is refused.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Value, json};

use super::proto;
use crate::rest::RestError;

/// How enums are written: by name, or by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enums {
    Names,
    Numbers,
}

impl Enums {
    /// The one state that resources of the local cloud have.
    fn active(self) -> Option<Value> {
        Some(match self {
            Self::Names => json!("ACTIVE"),
            Self::Numbers => json!(proto::topic::State::Active as i32),
        })
    }
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct TopicJson {
    name: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing, alias = "message_storage_policy")]
    message_storage_policy: Option<Value>,
    #[serde(skip_serializing, alias = "kms_key_name")]
    kms_key_name: String,
    #[serde(skip_serializing, alias = "schema_settings")]
    schema_settings: Option<Value>,
    #[serde(skip_serializing, alias = "message_retention_duration")]
    message_retention_duration: Option<String>,
    #[serde(skip_serializing, alias = "ingestion_data_source_settings")]
    ingestion_data_source_settings: Option<Value>,
    #[serde(skip_serializing, alias = "message_transforms")]
    message_transforms: Vec<Value>,
    /// Output only: what a caller sends is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Value>,
}

impl TopicJson {
    pub(super) fn into_wire(self, name: String) -> Result<proto::Topic, RestError> {
        Ok(proto::Topic {
            name,
            labels: self.labels,
            message_storage_policy: refused(self.message_storage_policy),
            kms_key_name: self.kms_key_name,
            schema_settings: refused(self.schema_settings),
            message_retention_duration: duration(self.message_retention_duration)?,
            state: 0,
            ingestion_data_source_settings: refused(self.ingestion_data_source_settings),
            message_transforms: self.message_transforms.iter().map(|_| proto::Refused {}).collect(),
        })
    }

    pub(super) fn from_wire(topic: proto::Topic, enums: Enums) -> Self {
        Self { name: topic.name, labels: topic.labels, state: enums.active(), ..Self::default() }
    }
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct SubscriptionJson {
    name: String,
    topic: String,
    #[serde(skip_serializing_if = "Option::is_none", alias = "push_config")]
    push_config: Option<PushConfigJson>,
    #[serde(deserialize_with = "integer", alias = "ack_deadline_seconds")]
    ack_deadline_seconds: i32,
    #[serde(skip_serializing, alias = "retain_acked_messages")]
    retain_acked_messages: bool,
    #[serde(skip_serializing_if = "Option::is_none", alias = "message_retention_duration")]
    message_retention_duration: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "std::ops::Not::not", alias = "enable_message_ordering")]
    enable_message_ordering: bool,
    #[serde(skip_serializing_if = "Option::is_none", alias = "expiration_policy")]
    expiration_policy: Option<ExpirationJson>,
    #[serde(skip_serializing_if = "String::is_empty")]
    filter: String,
    #[serde(skip_serializing_if = "Option::is_none", alias = "dead_letter_policy")]
    dead_letter_policy: Option<DeadLetterJson>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "retry_policy")]
    retry_policy: Option<RetryJson>,
    #[serde(skip_serializing, alias = "enable_exactly_once_delivery")]
    enable_exactly_once_delivery: bool,
    #[serde(skip_serializing, alias = "bigquery_config")]
    bigquery_config: Option<Value>,
    #[serde(skip_serializing, alias = "cloud_storage_config")]
    cloud_storage_config: Option<Value>,
    #[serde(skip_serializing, alias = "bigtable_config")]
    bigtable_config: Option<Value>,
    #[serde(skip_serializing, alias = "message_transforms")]
    message_transforms: Vec<Value>,
    /// Output only: what a caller sends is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Value>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct PushConfigJson {
    #[serde(skip_serializing_if = "String::is_empty", alias = "push_endpoint")]
    push_endpoint: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct ExpirationJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct DeadLetterJson {
    #[serde(alias = "dead_letter_topic")]
    dead_letter_topic: String,
    #[serde(deserialize_with = "integer", alias = "max_delivery_attempts")]
    max_delivery_attempts: i32,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct RetryJson {
    #[serde(skip_serializing_if = "Option::is_none", alias = "minimum_backoff")]
    minimum_backoff: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "maximum_backoff")]
    maximum_backoff: Option<String>,
}

impl SubscriptionJson {
    pub(super) fn into_wire(self, name: String) -> Result<proto::Subscription, RestError> {
        let dead_letter_policy = self.dead_letter_policy.map(|policy| proto::DeadLetterPolicy {
            dead_letter_topic: policy.dead_letter_topic,
            max_delivery_attempts: policy.max_delivery_attempts,
        });
        let retry_policy = self.retry_policy.map(|retry| {
            let (minimum_backoff, maximum_backoff) = (duration(retry.minimum_backoff)?, duration(retry.maximum_backoff)?);
            Ok(proto::RetryPolicy { minimum_backoff, maximum_backoff })
        });
        let expiration_policy = self.expiration_policy.map(|policy| Ok(proto::ExpirationPolicy { ttl: duration(policy.ttl)? }));
        Ok(proto::Subscription {
            name,
            topic: self.topic,
            push_config: self.push_config.map(|push| proto::PushConfig { push_endpoint: push.push_endpoint }),
            ack_deadline_seconds: self.ack_deadline_seconds,
            retain_acked_messages: self.retain_acked_messages,
            message_retention_duration: duration(self.message_retention_duration)?,
            labels: self.labels,
            enable_message_ordering: self.enable_message_ordering,
            expiration_policy: expiration_policy.transpose()?,
            filter: self.filter,
            dead_letter_policy,
            retry_policy: retry_policy.transpose()?,
            enable_exactly_once_delivery: self.enable_exactly_once_delivery,
            bigquery_config: refused(self.bigquery_config),
            state: 0,
            cloud_storage_config: refused(self.cloud_storage_config),
            message_transforms: self.message_transforms.iter().map(|_| proto::Refused {}).collect(),
            bigtable_config: refused(self.bigtable_config),
        })
    }

    pub(super) fn from_wire(subscription: proto::Subscription, enums: Enums) -> Self {
        Self {
            name: subscription.name,
            topic: subscription.topic,
            push_config: subscription.push_config.map(|push| PushConfigJson { push_endpoint: push.push_endpoint }),
            ack_deadline_seconds: subscription.ack_deadline_seconds,
            message_retention_duration: subscription.message_retention_duration.map(|duration| duration.to_string()),
            labels: subscription.labels,
            enable_message_ordering: subscription.enable_message_ordering,
            expiration_policy: subscription.expiration_policy.map(|_| ExpirationJson::default()),
            filter: subscription.filter,
            dead_letter_policy: subscription.dead_letter_policy.map(|policy| DeadLetterJson {
                dead_letter_topic: policy.dead_letter_topic,
                max_delivery_attempts: policy.max_delivery_attempts,
            }),
            retry_policy: subscription.retry_policy.map(|retry| RetryJson {
                minimum_backoff: retry.minimum_backoff.map(|duration| duration.to_string()),
                maximum_backoff: retry.maximum_backoff.map(|duration| duration.to_string()),
            }),
            state: enums.active(),
            ..Self::default()
        }
    }
}

/// The body of a `PATCH`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Envelope {
    topic: TopicJson,
    subscription: SubscriptionJson,
    #[serde(alias = "update_mask")]
    update_mask: String,
}

impl Envelope {
    pub(super) fn topic(self, name: String) -> Result<(proto::Topic, Option<prost_types::FieldMask>), RestError> {
        Ok((self.topic.into_wire(name)?, Some(field_mask(&self.update_mask))))
    }

    pub(super) fn subscription(self, name: String) -> Result<(proto::Subscription, Option<prost_types::FieldMask>), RestError> {
        Ok((self.subscription.into_wire(name)?, Some(field_mask(&self.update_mask))))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PublishJson {
    messages: Vec<MessageJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct MessageJson {
    data: String,
    attributes: BTreeMap<String, String>,
    #[serde(alias = "ordering_key")]
    ordering_key: String,
}

impl PublishJson {
    pub(super) fn into_wire(self, topic: String) -> Result<proto::PublishRequest, RestError> {
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
pub(super) struct PullJson {
    #[serde(alias = "return_immediately")]
    return_immediately: bool,
    #[serde(deserialize_with = "integer", alias = "max_messages")]
    max_messages: i32,
}

impl PullJson {
    pub(super) fn into_wire(self, subscription: String) -> proto::PullRequest {
        proto::PullRequest { subscription, return_immediately: self.return_immediately, max_messages: self.max_messages }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct AckJson {
    #[serde(alias = "ack_ids")]
    pub(super) ack_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct ModifyJson {
    #[serde(alias = "ack_ids")]
    pub(super) ack_ids: Vec<String>,
    #[serde(deserialize_with = "integer", alias = "ack_deadline_seconds")]
    pub(super) ack_deadline_seconds: i32,
}

/// The answer to a `:pull`.
pub(super) fn received_to_json(response: proto::PullResponse) -> Value {
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

/// A field mask: `labels,ackDeadlineSeconds`, in the proto's spelling afterwards.
fn field_mask(text: &str) -> prost_types::FieldMask {
    let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
    let snake = |path: &str| {
        path.chars().fold(String::new(), |mut snake, c| {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
            snake
        })
    };
    prost_types::FieldMask { paths: paths.map(snake).collect() }
}

/// Base64 in either alphabet, with or without padding.
fn bytes_of(text: &str) -> Result<Vec<u8>, RestError> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decoded = GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(text.replace('-', "+").replace('_', "/"));
    decoded.map_err(|error| RestError::invalid(format!("data is not base64: {error}")))
}

fn duration(text: Option<String>) -> Result<Option<prost_types::Duration>, RestError> {
    let parse = |text: String| text.parse().map_err(|_| RestError::invalid(format!("{text:?} is not a duration such as \"3.5s\"")));
    text.map(parse).transpose()
}

fn refused(setting: Option<Value>) -> Option<proto::Refused> {
    setting.map(|_| proto::Refused {})
}

/// A 32-bit integer, which JSON may carry as a string.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum NumberOrText {
        Number(i32),
        Text(String),
    }
    match NumberOrText::deserialize(deserializer)? {
        NumberOrText::Number(number) => Ok(number),
        NumberOrText::Text(text) => text.parse().map_err(de::Error::custom),
    }
}
