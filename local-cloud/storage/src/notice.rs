//! Publishing what a bucket's notification configurations request.
//!
//! The form is that of <https://cloud.google.com/storage/docs/pubsub-notifications>: attributes,
//! and the object's JSON resource as the data.

use longshore_local_kit::Announce;

use crate::core::Notice;
use crate::resource;

/// Links in notices start here, as they do at Google, whatever the local port.
const LINK_BASE: &str = "https://www.googleapis.com";

/// Publishes a notice with the attributes of
/// <https://cloud.google.com/storage/docs/pubsub-notifications#attributes>.
pub(super) fn announce(notice: Notice, port: &dyn Announce) {
    let Notice { config, event_type, object, overwritten_by, overwrote } = notice;
    let mut attributes = config.custom_attributes.clone();
    let event_time = object.noncurrent_at.unwrap_or_else(|| object.updated_at());
    let own = [
        (
            "notificationConfig",
            format!("projects/_/buckets/{}/notificationConfigs/{}", config.bucket, config.id),
        ),
        ("eventType", event_type.as_str().to_owned()),
        ("payloadFormat", config.payload_format().to_owned()),
        ("bucketId", object.bucket.clone()),
        ("objectId", object.name.clone()),
        ("objectGeneration", object.generation.to_string()),
        ("eventTime", resource::rfc3339(event_time)),
    ];
    attributes.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
    attributes.extend(
        overwritten_by.map(|other| ("overwrittenByGeneration".to_owned(), other.to_string())),
    );
    attributes.extend(overwrote.map(|other| ("overwroteGeneration".to_owned(), other.to_string())));
    let payload = if config.with_payload {
        serde_json::to_vec(&resource::object(object, LINK_BASE))
    } else {
        Ok(Vec::new())
    };
    match payload {
        Ok(payload) => port.announce(&config.topic, attributes, payload.into()),
        Err(error) => tracing::error!(%error, "cannot serialize a notice"),
    }
}
