//! The JSON documents that clients send, and what of them is refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::storage::{BucketAttributes, ExpectedChecksums, ObjectAttributes, StorageError};

/// Fields that a client may send back as it got them; they are computed here.
const OUTPUT_ONLY: [&str; 22] = [
    "kind",
    "id",
    "selfLink",
    "mediaLink",
    "bucket",
    "generation",
    "metageneration",
    "size",
    "etag",
    "timeCreated",
    "updated",
    "timeStorageClassUpdated",
    "timeFinalized",
    "componentCount",
    "projectNumber",
    "locationType",
    "owner",
    "acl",
    "defaultObjectAcl",
    "satisfiesPZS",
    "satisfiesPZI",
    "rpo",
];

/// An object's metadata, as an upload begins with it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ObjectDocument {
    pub(super) name: String,
    content_type: String,
    content_encoding: String,
    content_disposition: String,
    content_language: String,
    cache_control: String,
    storage_class: String,
    metadata: BTreeMap<String, String>,
    crc32c: String,
    md5_hash: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

impl ObjectDocument {
    /// Attributes and expected checksums.
    ///
    /// # Errors
    /// [`StorageError::Unimplemented`] for a field that is not served; [`StorageError::Invalid`] for a bad checksum.
    pub(super) fn into_parts(self) -> Result<(ObjectAttributes, ExpectedChecksums), StorageError> {
        refuse_rest(&self.rest)?;
        let expected = ExpectedChecksums::from_base64(&self.crc32c, &self.md5_hash)?;
        let attributes = ObjectAttributes {
            content_type: self.content_type,
            content_encoding: self.content_encoding,
            content_disposition: self.content_disposition,
            content_language: self.content_language,
            cache_control: self.cache_control,
            storage_class: self.storage_class,
            metadata: self.metadata,
        };
        Ok((attributes, expected))
    }
}

/// A bucket to be made.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct BucketDocument {
    pub(super) name: String,
    location: String,
    storage_class: String,
    labels: BTreeMap<String, String>,
    iam_configuration: IamConfiguration,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IamConfiguration {
    uniform_bucket_level_access: Switch,
    public_access_prevention: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Switch {
    enabled: bool,
}

impl BucketDocument {
    /// The bucket's attributes.
    ///
    /// # Errors
    /// [`StorageError::Unimplemented`] for a field that is not served.
    pub(super) fn into_attributes(self) -> Result<BucketAttributes, StorageError> {
        refuse_rest(&self.rest)?;
        Ok(BucketAttributes {
            location: self.location,
            storage_class: self.storage_class,
            labels: self.labels,
            uniform_access: self.iam_configuration.uniform_bucket_level_access.enabled,
            public_access_prevention: self.iam_configuration.public_access_prevention,
        })
    }
}

/// Reads a document; none is an empty one.
///
/// # Errors
/// [`StorageError::Invalid`], with the place, when it has another form.
pub(super) fn parse<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, StorageError> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| StorageError::Invalid(format!("metadata: {error}")))
}

/// A field with a value that asks for nothing (`false`, `null`, an empty list or document) is fine.
fn refuse_rest(rest: &BTreeMap<String, Value>) -> Result<(), StorageError> {
    let refused = rest.iter().find(|(name, value)| !OUTPUT_ONLY.contains(&name.as_str()) && asks_for_something(value));
    refused.map_or(Ok(()), |(name, _)| Err(StorageError::Unimplemented(format!("the field {name}"))))
}

fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0"),
        Value::Array(values) => values.iter().any(asks_for_something),
        Value::Object(fields) => fields.values().any(asks_for_something),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_asks_for_what_is_not_done_is_refused_by_name() {
        let refused = [
            (r#"{"lifecycle": {"rule": [{"action": {"type": "Delete"}}]}}"#, "lifecycle"),
            (r#"{"versioning": {"enabled": true}}"#, "versioning"),
            (r#"{"encryption": {"defaultKmsKeyName": "k"}}"#, "encryption"),
            (r#"{"softDeletePolicy": {"retentionDurationSeconds": "604800"}}"#, "softDeletePolicy"),
        ];
        for (document, field) in refused {
            let error = parse::<BucketDocument>(document.as_bytes()).unwrap().into_attributes().unwrap_err();
            assert_eq!(error.to_string(), format!("the local cloud does not serve the field {field}"));
        }
    }

    #[test]
    fn a_field_that_asks_for_nothing_is_fine() {
        let document = r#"{"versioning": {"enabled": false}, "softDeletePolicy": {"retentionDurationSeconds": "0"}, "id": "x",
            "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}, "labels": {"used-by": "cloudrun"}}"#;
        let attributes = parse::<BucketDocument>(document.as_bytes()).unwrap().into_attributes().unwrap();
        assert!(attributes.uniform_access);
        assert_eq!(attributes.labels["used-by"], "cloudrun");
    }

    #[test]
    fn a_checksum_that_is_none_is_refused() {
        let document: ObjectDocument = parse(br#"{"crc32c": "AAAA"}"#).unwrap();
        assert!(matches!(document.into_parts(), Err(StorageError::Invalid(_))));
    }
}
