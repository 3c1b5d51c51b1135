//! Subscriptions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::push::PushConfigJson;
use super::{Enums, duration, field_mask, integer, refused};
use crate::wire::proto;
use longshore_local_kit::rest::RestError;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct SubscriptionJson {
    name: String,
    topic: String,
    #[serde(skip_serializing_if = "Option::is_none", alias = "push_config")]
    push_config: Option<PushConfigJson>,
    #[serde(deserialize_with = "integer", alias = "ack_deadline_seconds")]
    ack_deadline_seconds: i32,
    #[serde(skip_serializing_if = "std::ops::Not::not", alias = "retain_acked_messages")]
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
    #[serde(skip_serializing_if = "std::ops::Not::not", alias = "enable_exactly_once_delivery")]
    enable_exactly_once_delivery: bool,
    /// Output only, like `topic_message_retention_duration` and `state`: ignored in requests.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    detached: bool,
    #[serde(skip_serializing_if = "Option::is_none", alias = "topic_message_retention_duration")]
    topic_message_retention_duration: Option<String>,
    #[serde(skip_serializing, alias = "bigquery_config")]
    bigquery_config: Option<Value>,
    #[serde(skip_serializing, alias = "cloud_storage_config")]
    cloud_storage_config: Option<Value>,
    #[serde(skip_serializing, alias = "bigtable_config")]
    bigtable_config: Option<Value>,
    #[serde(skip_serializing, alias = "message_transforms")]
    message_transforms: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Value>,
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
    pub(crate) fn into_wire(self, name: String) -> Result<proto::Subscription, RestError> {
        let dead_letter_policy = self.dead_letter_policy.map(|policy| proto::DeadLetterPolicy {
            dead_letter_topic: policy.dead_letter_topic,
            max_delivery_attempts: policy.max_delivery_attempts,
        });
        let retry_policy = self.retry_policy.map(|retry| {
            let (minimum_backoff, maximum_backoff) =
                (duration(retry.minimum_backoff)?, duration(retry.maximum_backoff)?);
            Ok(proto::RetryPolicy { minimum_backoff, maximum_backoff })
        });
        let expiration_policy = self
            .expiration_policy
            .map(|policy| Ok(proto::ExpirationPolicy { ttl: duration(policy.ttl)? }));
        Ok(proto::Subscription {
            name,
            topic: self.topic,
            push_config: self.push_config.map(PushConfigJson::into_wire),
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
            detached: false,
            topic_message_retention_duration: None,
            cloud_storage_config: refused(self.cloud_storage_config),
            message_transforms: self.message_transforms.iter().map(|_| proto::Refused {}).collect(),
            bigtable_config: refused(self.bigtable_config),
        })
    }

    pub(crate) fn from_wire(subscription: proto::Subscription, enums: Enums) -> Self {
        Self {
            name: subscription.name,
            topic: subscription.topic,
            push_config: subscription.push_config.map(PushConfigJson::from_wire),
            ack_deadline_seconds: subscription.ack_deadline_seconds,
            message_retention_duration: subscription
                .message_retention_duration
                .map(|duration| duration.to_string()),
            labels: subscription.labels,
            enable_message_ordering: subscription.enable_message_ordering,
            retain_acked_messages: subscription.retain_acked_messages,
            expiration_policy: subscription
                .expiration_policy
                .map(|policy| ExpirationJson { ttl: policy.ttl.map(|ttl| ttl.to_string()) }),
            filter: subscription.filter,
            dead_letter_policy: subscription.dead_letter_policy.map(|policy| DeadLetterJson {
                dead_letter_topic: policy.dead_letter_topic,
                max_delivery_attempts: policy.max_delivery_attempts,
            }),
            retry_policy: subscription.retry_policy.map(|retry| RetryJson {
                minimum_backoff: retry.minimum_backoff.map(|duration| duration.to_string()),
                maximum_backoff: retry.maximum_backoff.map(|duration| duration.to_string()),
            }),
            enable_exactly_once_delivery: subscription.enable_exactly_once_delivery,
            detached: subscription.detached,
            topic_message_retention_duration: subscription
                .topic_message_retention_duration
                .map(|kept| kept.to_string()),
            state: enums.active(),
            ..Self::default()
        }
    }
}

/// The body of a `PATCH`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct SubscriptionPatch {
    subscription: SubscriptionJson,
    #[serde(alias = "update_mask")]
    update_mask: String,
}

impl SubscriptionPatch {
    pub(crate) fn into_wire(
        self,
        name: String,
    ) -> Result<proto::UpdateSubscriptionRequest, RestError> {
        let subscription = self.subscription.into_wire(name)?;
        let update_mask = Some(field_mask(&self.update_mask));
        Ok(proto::UpdateSubscriptionRequest { subscription: Some(subscription), update_mask })
    }
}
