//! The JSON document of an object as clients send it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::resource::{self, rfc3339};
use crate::{ExpectedChecksums, ObjectAttributes, ObjectRecord, StorageError};

/// An object's metadata, in an upload or in a change.
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
    #[serde(with = "time::serde::rfc3339::option")]
    custom_time: Option<OffsetDateTime>,
    temporary_hold: Option<bool>,
    event_based_hold: Option<bool>,
    crc32c: String,
    md5_hash: String,
    kms_key_name: String,
}

impl ObjectDocument {
    /// The Cloud KMS key to protect the object with. A client that sends back what it has read names
    /// the version of the former generation, which is ignored.
    pub(super) fn kms_key(&self) -> &str {
        if self.kms_key_name.contains("/cryptoKeyVersions/") { "" } else { &self.kms_key_name }
    }

    /// Checks that a change of metadata changes neither the name nor the content nor what only a
    /// rewrite changes. Clients send back what they have read.
    ///
    /// # Errors
    /// [`StorageError::Invalid`].
    pub(super) fn check_unchanged(&self, record: &ObjectRecord) -> Result<(), StorageError> {
        let class = resource::storage_class(record.attributes.storage_class.clone());
        let fixed = [
            ("name", &self.name, &record.name),
            ("storageClass", &self.storage_class, &class),
            ("crc32c", &self.crc32c, &record.digest.crc32c_base64()),
            ("md5Hash", &self.md5_hash, &record.digest.md5_base64()),
            ("kmsKeyName", &self.kms_key_name, &record.kms_key_version),
        ];
        match fixed.iter().find(|(_, given, is)| !given.is_empty() && given != is) {
            Some((name, given, is)) => Err(StorageError::Invalid(format!(
                "{name}: it cannot be changed from '{is}' to '{given}'; rewrite the object"
            ))),
            None => Ok(()),
        }
    }

    /// Attributes and expected checksums.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] for a malformed checksum.
    pub(super) fn into_parts(self) -> Result<(ObjectAttributes, ExpectedChecksums), StorageError> {
        let expected = ExpectedChecksums::from_base64(&self.crc32c, &self.md5_hash)?;
        let attributes = ObjectAttributes {
            content_type: self.content_type,
            content_encoding: self.content_encoding,
            content_disposition: self.content_disposition,
            content_language: self.content_language,
            cache_control: self.cache_control,
            storage_class: self.storage_class,
            metadata: self.metadata,
            custom_time: self.custom_time,
            temporary_hold: self.temporary_hold,
            event_based_hold: self.event_based_hold,
        };
        Ok((attributes, expected))
    }
}

/// The document that a patch applies to: the fields that can be changed. The storage class only
/// changes with a rewrite.
pub(super) fn changeable(record: &ObjectRecord) -> Value {
    let attributes = &record.attributes;
    let mut fields = Map::new();
    let texts = [
        ("contentType", &attributes.content_type),
        ("contentEncoding", &attributes.content_encoding),
        ("contentDisposition", &attributes.content_disposition),
        ("contentLanguage", &attributes.content_language),
        ("cacheControl", &attributes.cache_control),
        ("storageClass", &attributes.storage_class),
    ];
    fields.extend(texts.into_iter().map(|(name, text)| (name.to_owned(), json!(text))));
    fields.insert("metadata".to_owned(), json!(attributes.metadata));
    let holds = [
        ("temporaryHold", attributes.temporary_hold),
        ("eventBasedHold", attributes.event_based_hold),
    ];
    let holds = holds.into_iter().filter_map(|(name, hold)| Some((name.to_owned(), hold?.into())));
    fields.extend(holds);
    fields
        .extend(attributes.custom_time.map(|time| ("customTime".to_owned(), rfc3339(time).into())));
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::super::fields::OBJECT;
    use super::super::metadata::parse;
    use super::*;

    #[test]
    fn a_malformed_checksum_is_rejected() {
        let document: ObjectDocument = parse(br#"{"crc32c": "AAAA"}"#, OBJECT).unwrap();
        assert!(matches!(document.into_parts(), Err(StorageError::Invalid(_))));
    }

    #[test]
    fn an_unsupported_field_is_rejected_by_name() {
        for (document, field) in [
            (r#"{"retention": {"mode": "Locked"}}"#, "retention"),
            (r#"{"acl": [{"entity": "allUsers"}]}"#, "acl"),
        ] {
            let error = parse::<ObjectDocument>(document.as_bytes(), OBJECT).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the local cloud does not serve the field {field}")
            );
        }
    }
}
