//! The JSON resource of an object, for the JSON API and for notices:
//! <https://cloud.google.com/storage/docs/json_api/v1/objects>.
//!
//! 64-bit numbers are strings, times are RFC 3339, and empty fields are omitted.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ObjectRecord;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectResource {
    kind: &'static str,
    id: String,
    self_link: String,
    media_link: String,
    name: String,
    bucket: String,
    generation: String,
    metageneration: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    content_type: String,
    storage_class: String,
    size: String,
    crc32c: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    md5_hash: String,
    etag: String,
    time_created: String,
    updated: String,
    time_storage_class_updated: String,
    time_finalized: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    content_encoding: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    content_disposition: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    content_language: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    cache_control: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    component_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_deleted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_time: Option<String>,
    /// Of the version, not of the key.
    #[serde(skip_serializing_if = "String::is_empty")]
    kms_key_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    temporary_hold: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_based_hold: Option<bool>,
}

pub(super) fn object(record: ObjectRecord, base: &str) -> ObjectResource {
    let created = rfc3339(record.created_at);
    let path = format!("storage/v1/b/{}/o/{}", record.bucket, percent_encode(&record.name));
    ObjectResource {
        kind: "storage#object",
        id: format!("{}/{}/{}", record.bucket, record.name, record.generation),
        self_link: format!("{base}/{path}"),
        media_link: format!("{base}/download/{path}?generation={}&alt=media", record.generation),
        generation: record.generation.to_string(),
        metageneration: record.metageneration.to_string(),
        size: record.digest.size_bytes.to_string(),
        crc32c: record.digest.crc32c_base64(),
        md5_hash: record.digest.md5_base64(),
        etag: record.etag(),
        time_created: created.clone(),
        updated: rfc3339(record.updated_at()),
        time_storage_class_updated: created.clone(),
        time_finalized: created,
        name: record.name,
        bucket: record.bucket,
        content_type: record.attributes.content_type,
        storage_class: storage_class(record.attributes.storage_class),
        content_encoding: record.attributes.content_encoding,
        content_disposition: record.attributes.content_disposition,
        content_language: record.attributes.content_language,
        cache_control: record.attributes.cache_control,
        metadata: record.attributes.metadata,
        component_count: record.components,
        time_deleted: record.noncurrent_at.map(rfc3339),
        custom_time: record.attributes.custom_time.map(rfc3339),
        kms_key_name: record.kms_key_version,
        temporary_hold: record.attributes.temporary_hold,
        event_based_hold: record.attributes.event_based_hold,
    }
}

pub(super) fn storage_class(class: String) -> String {
    if class.is_empty() { "STANDARD".to_owned() } else { class }
}

pub(super) fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

/// Encodes a name as one segment of a path.
pub(super) fn percent_encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
