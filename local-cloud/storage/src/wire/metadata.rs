//! The JSON documents that clients send: reading, patching, and refusing what is not done.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::StorageError;

/// Fields that a client may send back as it got them; they are computed here.
const OUTPUT_ONLY: [&str; 25] = [
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
    "projectNumber",
    "locationType",
    "owner",
    "acl",
    "defaultObjectAcl",
    "satisfiesPZS",
    "satisfiesPZI",
    "retentionExpirationTime",
    "softDeleteTime",
    "hardDeleteTime",
];

/// Reads a document; none is an empty one.
///
/// # Errors
/// [`StorageError::Invalid`], with the place, when it has another form.
pub(super) fn parse<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, StorageError> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(invalid)
}

/// Reads a document without the fields that are `null`, which stand for "nothing".
///
/// # Errors
/// [`StorageError::Invalid`], with the place, when it has another form.
pub(super) fn parse_whole<T: DeserializeOwned>(body: &[u8]) -> Result<T, StorageError> {
    patched(Value::Object(Map::new()), body)
}

/// Reads a document as a patch of another one: a `null` takes a field away (RFC 7396).
///
/// # Errors
/// [`StorageError::Invalid`], with the place, when it has another form.
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
        // A list takes the place of another; its documents are whole.
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

/// A field with a value that asks for nothing (`false`, `null`, an empty list or document) is fine.
///
/// # Errors
/// [`StorageError::Unimplemented`] for the first other one.
pub(super) fn refuse_rest(rest: &BTreeMap<String, Value>) -> Result<(), StorageError> {
    let refused = rest
        .iter()
        .find(|(name, value)| !OUTPUT_ONLY.contains(&name.as_str()) && asks_for_something(value));
    refused
        .map_or(Ok(()), |(name, _)| Err(StorageError::Unimplemented(format!("the field {name}"))))
}

pub(super) fn asks_for_something(value: &Value) -> bool {
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
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_adds_and_takes_away() {
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
    fn a_patch_that_is_no_document_is_refused() {
        assert!(matches!(patched::<Value>(json!({}), b"[]"), Err(StorageError::Invalid(_))));
        assert!(matches!(patched::<Value>(json!({}), b"{"), Err(StorageError::Invalid(_))));
    }
}
