//! The JSON documents that clients send: parsing, patching, and rejecting unsupported fields.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::StorageError;

/// Output-only fields. A client may send them back; they are ignored.
const OUTPUT_ONLY: [&str; 24] = [
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
    "timeDeleted",
    "updated",
    "timeStorageClassUpdated",
    "timeFinalized",
    "componentCount",
    "customerEncryption",
    "projectNumber",
    "locationType",
    "owner",
    "satisfiesPZS",
    "satisfiesPZI",
    "retentionExpirationTime",
    "softDeleteTime",
    "hardDeleteTime",
];

/// Parses a document; an empty body is an empty document.
///
/// # Errors
/// [`StorageError::Invalid`], with the position, when it is malformed.
pub(super) fn parse<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, StorageError> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(invalid)
}

/// Parses a document, in which a `null` field counts as missing.
///
/// # Errors
/// [`StorageError::Invalid`], with the position, when it is malformed.
pub(super) fn parse_whole<T: DeserializeOwned>(body: &[u8]) -> Result<T, StorageError> {
    patched(Value::Object(Map::new()), body)
}

/// Parses a document as a patch of another one, in which `null` removes a field (RFC 7396).
///
/// # Errors
/// [`StorageError::Invalid`], with the position, when it is malformed.
pub(super) fn patched<T: DeserializeOwned>(present: Value, body: &[u8]) -> Result<T, StorageError> {
    let patch: Value = if body.is_empty() {
        Value::Object(Map::new())
    } else {
        serde_json::from_slice(body).map_err(invalid)?
    };
    if !patch.is_object() {
        return Err(StorageError::Invalid("metadata: not a JSON object".to_owned()));
    }
    serde_json::from_value(merge(present, patch)).map_err(invalid)
}

fn merge(present: Value, patch: Value) -> Value {
    let patch = match patch {
        Value::Object(patch) => patch,
        // A list replaces another one; its documents are not patches.
        Value::Array(values) => {
            return values.into_iter().map(|value| merge(Value::Null, value)).collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return patch,
    };
    let mut fields = if let Value::Object(fields) = present { fields } else { Map::new() };
    for (name, change) in patch {
        if change.is_null() {
            fields.remove(&name);
        } else {
            let present = fields.remove(&name).unwrap_or(Value::Null);
            fields.insert(name, merge(present, change));
        }
    }
    Value::Object(fields)
}

fn invalid(error: serde_json::Error) -> StorageError {
    StorageError::Invalid(format!("metadata: {error}"))
}

/// Rejects unsupported fields, unless they are output-only or unset (`false`, `null`, an empty list
/// or document).
///
/// # Errors
/// [`StorageError::Unimplemented`] for the first such field.
pub(super) fn refuse_rest(rest: &BTreeMap<String, Value>) -> Result<(), StorageError> {
    let refused =
        rest.iter().find(|(name, value)| !OUTPUT_ONLY.contains(&name.as_str()) && is_set(value));
    refused
        .map_or(Ok(()), |(name, _)| Err(StorageError::Unimplemented(format!("the field {name}"))))
}

pub(super) fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0"),
        Value::Array(values) => values.iter().any(is_set),
        Value::Object(fields) => fields.values().any(is_set),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_adds_and_removes_fields() {
        let present = json!({"labels": {"a": "1", "b": "2"}, "cors": [1, 2], "kept": true});
        let patched: Value = patched(
            present,
            br#"{"labels": {"a": null, "c": "3"}, "cors": [{"y": null}], "new": {"x": null}}"#,
        )
        .unwrap();
        assert_eq!(
            patched,
            json!({"labels": {"b": "2", "c": "3"}, "cors": [{}], "kept": true, "new": {}})
        );
    }

    #[test]
    fn a_patch_that_is_not_a_document_is_rejected() {
        assert!(matches!(patched::<Value>(json!({}), b"[]"), Err(StorageError::Invalid(_))));
        assert!(matches!(patched::<Value>(json!({}), b"{"), Err(StorageError::Invalid(_))));
    }
}
