//! Notification configurations over the JSON API.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fields::NOTIFICATION;
use super::metadata;
use super::shell::Shell;
use crate::StorageError;
use crate::core::{EventType, NotificationConfig};

/// The prefix of topic names in configurations. gcloud sends none.
const TOPIC_PREFIX: &str = "//pubsub.googleapis.com/";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NotificationDocument {
    topic: String,
    payload_format: String,
    event_types: Vec<String>,
    object_name_prefix: String,
    custom_attributes: BTreeMap<String, String>,
}

impl NotificationDocument {
    fn into_config(self, bucket: String) -> Result<NotificationConfig, StorageError> {
        let invalid = |text: String| Err(StorageError::Invalid(text));
        let topic = self.topic.strip_prefix(TOPIC_PREFIX).unwrap_or(&self.topic);
        if !matches!(topic.split('/').collect::<Vec<_>>().as_slice(), ["projects", project, "topics", name] if !project.is_empty() && !name.is_empty())
        {
            return invalid(format!(
                "topic must be {TOPIC_PREFIX}projects/PROJECT/topics/TOPIC, not '{}'",
                self.topic
            ));
        }
        let with_payload = match self.payload_format.as_str() {
            "JSON_API_V1" => true,
            "NONE" => false,
            other => {
                return invalid(format!(
                    "payload_format must be JSON_API_V1 or NONE, not '{other}'"
                ));
            }
        };
        let event_types = self.event_types.iter().map(|name| {
            let strange = || StorageError::Invalid(format!("event_types: '{name}' is none"));
            EventType::of(name).ok_or_else(strange)
        });
        Ok(NotificationConfig {
            bucket,
            id: 0,
            topic: topic.to_owned(),
            event_types: event_types.collect::<Result<_, _>>()?,
            object_name_prefix: self.object_name_prefix,
            custom_attributes: self.custom_attributes,
            with_payload,
        })
    }
}

pub(super) async fn insert(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    body: Bytes,
) -> Result<Response, StorageError> {
    let config =
        metadata::parse::<NotificationDocument>(&body, NOTIFICATION)?.into_config(bucket)?;
    let config = shell.with_service(move |service| service.create_notification(config)).await?;
    Ok(Json(document(&config, &shell.base)).into_response())
}

pub(super) async fn list(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
) -> Result<Json<Value>, StorageError> {
    let configs = shell.with_service(move |service| service.notifications(&bucket)).await?;
    let items: Vec<Value> = configs.iter().map(|config| document(config, &shell.base)).collect();
    let mut answer = json!({"kind": "storage#notifications"});
    if !items.is_empty() {
        answer["items"] = items.into();
    }
    Ok(Json(answer))
}

pub(super) async fn get(
    State(shell): State<Shell>,
    Path((bucket, id)): Path<(String, String)>,
) -> Result<Json<Value>, StorageError> {
    let config = shell.with_service(move |service| service.notification(&bucket, &id)).await?;
    Ok(Json(document(&config, &shell.base)))
}

pub(super) async fn delete(
    State(shell): State<Shell>,
    Path((bucket, id)): Path<(String, String)>,
) -> Result<StatusCode, StorageError> {
    shell.with_service(move |service| service.delete_notification(&bucket, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The JSON resource. Empty fields are omitted.
fn document(config: &NotificationConfig, base: &str) -> Value {
    let mut fields = Map::new();
    fields.insert("kind".to_owned(), "storage#notification".into());
    fields.insert("id".to_owned(), config.id.to_string().into());
    fields.insert("etag".to_owned(), config.id.to_string().into());
    let link = format!("{base}/storage/v1/b/{}/notificationConfigs/{}", config.bucket, config.id);
    fields.insert("selfLink".to_owned(), link.into());
    fields.insert("topic".to_owned(), format!("{TOPIC_PREFIX}{}", config.topic).into());
    fields.insert("payload_format".to_owned(), config.payload_format().into());
    if !config.event_types.is_empty() {
        let types: Vec<&str> =
            config.event_types.iter().map(|event_type| event_type.as_str()).collect();
        fields.insert("event_types".to_owned(), json!(types));
    }
    if !config.object_name_prefix.is_empty() {
        fields.insert("object_name_prefix".to_owned(), config.object_name_prefix.clone().into());
    }
    if !config.custom_attributes.is_empty() {
        fields.insert("custom_attributes".to_owned(), json!(config.custom_attributes));
    }
    Value::Object(fields)
}
