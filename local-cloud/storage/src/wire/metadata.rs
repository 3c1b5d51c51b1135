//! The JSON documents that clients send: parsing, checking and patching.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::StorageError;
use longshore_local_kit::shape::{self, Field, Mismatch};

/// Parses a document, in which a `null` field counts as missing. An empty body is an empty
/// document.
///
/// # Errors
/// As for [`document`].
pub(super) fn parse<T: DeserializeOwned>(body: &[u8], fields: &[Field]) -> Result<T, StorageError> {
    patched(Value::Object(Map::new()), document(body, fields)?)
}

/// Parses a document of these fields, and removes those that only the service sets.
///
/// # Errors
/// [`StorageError::Invalid`], with the position or the field, when it is malformed;
/// [`StorageError::Unimplemented`] for a field that is not served.
pub(super) fn document(body: &[u8], fields: &[Field]) -> Result<Value, StorageError> {
    let document: Value = if body.is_empty() {
        Value::Object(Map::new())
    } else {
        serde_json::from_slice(body).map_err(invalid)?
    };
    if !document.is_object() {
        return Err(StorageError::Invalid("metadata: not a JSON object".to_owned()));
    }
    shape::checked(document, fields).map_err(|mismatch| match mismatch {
        Mismatch::Type { .. } => StorageError::Invalid(format!("metadata: {mismatch}")),
        Mismatch::Unknown { .. } | Mismatch::Unserved(_) => {
            StorageError::Unimplemented(format!("the field {}", mismatch.path()))
        }
    })
}

/// A document after a patch, in which `null` removes a field (RFC 7396).
///
/// # Errors
/// [`StorageError::Invalid`].
pub(super) fn patched<T: DeserializeOwned>(
    present: Value,
    patch: Value,
) -> Result<T, StorageError> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::{BUCKET, OBJECT};
    use super::*;

    #[test]
    fn a_patch_changes_adds_and_removes_fields() {
        let present = json!({"labels": {"a": "1", "b": "2"}, "cors": [1, 2], "kept": true});
        let patch = json!({
            "labels": {"a": null, "c": "3"}, "cors": [{"y": null}], "new": {"x": null},
        });
        let patched: Value = patched(present, patch).unwrap();
        assert_eq!(
            patched,
            json!({"labels": {"b": "2", "c": "3"}, "cors": [{}], "kept": true, "new": {}})
        );
    }

    #[test]
    fn what_is_not_a_document_is_rejected() {
        assert!(matches!(document(b"[]", BUCKET), Err(StorageError::Invalid(_))));
        assert!(matches!(document(b"{", BUCKET), Err(StorageError::Invalid(_))));
        assert_eq!(document(b"", BUCKET).unwrap(), json!({}));
    }

    #[test]
    fn each_field_is_taken_or_refused_by_name() {
        let refused =
            |body: Value, fields: &[Field]| match document(body.to_string().as_bytes(), fields) {
                Err(error @ (StorageError::Invalid(_) | StorageError::Unimplemented(_))) => {
                    error.to_string()
                }
                other => panic!("{body}: {other:?}"),
            };
        for (body, name) in [
            (json!({"cors": [{"maxAgeSeconds": "long"}]}), "cors[0].maxAgeSeconds"),
            (
                json!({"lifecycle": {"rule": [{"condition": {"createdBefore": "soon"}}]}}),
                "lifecycle.rule[0].condition.createdBefore",
            ),
            (json!({"website": {"mainPage": "index.html"}}), "website.mainPage"),
            (json!({"versioning": {"enabled": "yes"}}), "versioning.enabled"),
            (json!({"timeCreated": 7}), "timeCreated"),
        ] {
            let text = refused(body, BUCKET);
            assert!(text.contains(name), "{name}: {text}");
        }
        let text = refused(json!({"retention": {"mode": "Locked"}}), OBJECT);
        assert_eq!(text, "the local cloud does not serve the field retention");
        let body = br#"{"metadata": {"a": null}, "size": 7, "etag": "e", "acl": []}"#;
        assert_eq!(document(body, OBJECT).unwrap(), json!({"metadata": {"a": null}}));
    }
}
