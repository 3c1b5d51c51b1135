//! Topics.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::SchemaSettingsJson;
use super::{Enums, duration, field_mask, refused};
use crate::wire::proto;
use longshore_local_kit::rest::RestError;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct TopicJson {
    name: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing, alias = "message_storage_policy")]
    message_storage_policy: Option<Value>,
    #[serde(skip_serializing_if = "String::is_empty", alias = "kms_key_name")]
    kms_key_name: String,
    #[serde(skip_serializing_if = "Option::is_none", alias = "schema_settings")]
    schema_settings: Option<SchemaSettingsJson>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "message_retention_duration")]
    message_retention_duration: Option<String>,
    #[serde(skip_serializing, alias = "ingestion_data_source_settings")]
    ingestion_data_source_settings: Option<Value>,
    #[serde(skip_serializing, alias = "message_transforms")]
    message_transforms: Vec<Value>,
    /// Output only: ignored in requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Value>,
}

impl TopicJson {
    pub(crate) fn into_wire(self, name: String) -> Result<proto::Topic, RestError> {
        Ok(proto::Topic {
            name,
            labels: self.labels,
            message_storage_policy: refused(self.message_storage_policy),
            kms_key_name: self.kms_key_name,
            schema_settings: self.schema_settings.map(SchemaSettingsJson::into_wire).transpose()?,
            message_retention_duration: duration(self.message_retention_duration)?,
            state: 0,
            ingestion_data_source_settings: refused(self.ingestion_data_source_settings),
            message_transforms: self.message_transforms.iter().map(|_| proto::Refused {}).collect(),
        })
    }

    pub(crate) fn from_wire(topic: proto::Topic, enums: Enums) -> Self {
        Self {
            name: topic.name,
            labels: topic.labels,
            kms_key_name: topic.kms_key_name,
            schema_settings: topic
                .schema_settings
                .map(|settings| SchemaSettingsJson::from_wire(settings, enums)),
            message_retention_duration: topic
                .message_retention_duration
                .map(|duration| duration.to_string()),
            state: enums.active(),
            ..Self::default()
        }
    }
}

/// The body of a `PATCH`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct TopicPatch {
    topic: TopicJson,
    #[serde(alias = "update_mask")]
    update_mask: String,
}

impl TopicPatch {
    pub(crate) fn into_wire(self, name: String) -> Result<proto::UpdateTopicRequest, RestError> {
        let topic = self.topic.into_wire(name)?;
        Ok(proto::UpdateTopicRequest {
            topic: Some(topic),
            update_mask: Some(field_mask(&self.update_mask)),
        })
    }
}
