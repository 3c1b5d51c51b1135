//! Update masks: what a call over gRPC changes in a document.

use serde_json::{Map, Value};

use crate::StorageError;

/// A field that can be changed: its name in the proto and in the JSON document.
pub(super) type Name = (&'static str, &'static str);

/// Sets the fields that a mask names to what `given` has there, and removes those that it does not
/// have. `fields` are those that can be changed, with all that is in them.
///
/// # Errors
/// [`StorageError::Invalid`] for a path that no mask can have; [`StorageError::Unimplemented`] for a
/// field of `refused`.
pub(super) fn apply(
    present: &mut Value,
    given: &Value,
    mask: Option<&prost_types::FieldMask>,
    fields: &[Name],
    refused: &[&str],
) -> Result<(), StorageError> {
    let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
    if paths.is_empty() {
        return Err(StorageError::Invalid("update_mask: required".to_owned()));
    }
    for path in paths {
        if path == "*" {
            fields.iter().for_each(|(_, name)| copy(present, given, &[name]));
            continue;
        }
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if refused.contains(&first) {
            return Err(StorageError::Unimplemented(format!("the field {path} (update_mask)")));
        }
        let Some((_, name)) = fields.iter().find(|(name, _)| *name == first) else {
            let text = format!("update_mask: {path} is no field that can be changed");
            return Err(StorageError::Invalid(text));
        };
        let is_map = matches!(first, "labels" | "metadata");
        let inner: Vec<String> = if rest.is_empty() {
            Vec::new()
        } else if is_map {
            vec![rest.to_owned()]
        } else {
            rest.split('.').map(in_json).collect()
        };
        let whole: Vec<&str> =
            std::iter::once(*name).chain(inner.iter().map(String::as_str)).collect();
        copy(present, given, &whole);
    }
    Ok(())
}

/// The name of a field in a message, as JSON has it.
fn in_json(name: &str) -> String {
    if name == "default_kms_key" {
        return "defaultKmsKeyName".to_owned();
    }
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        text + &capital.into_iter().chain(letters).collect::<String>()
    })
}

fn copy(present: &mut Value, given: &Value, path: &[&str]) {
    let Some((name, rest)) = path.split_first() else { return };
    if !present.is_object() {
        *present = Value::Object(Map::new());
    }
    let Some(fields) = present.as_object_mut() else { return };
    match given.get(name) {
        Some(value) if rest.is_empty() => drop(fields.insert((*name).to_owned(), value.clone())),
        None if rest.is_empty() => drop(fields.remove(*name)),
        value => {
            let inner = fields.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            copy(inner, value.unwrap_or(&Value::Null), rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: &[Name] =
        &[("labels", "labels"), ("content_type", "contentType"), ("iam", "iamConfig")];

    fn changed(given: &Value, paths: &[&str]) -> Result<Value, String> {
        let mut present = json!({
            "labels": {"a": "1", "b": "2"}, "contentType": "text/plain", "kept": 7,
            "iamConfig": {"uniformAccess": {"enabled": true}, "prevention": "inherited"},
        });
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let mask = prost_types::FieldMask { paths };
        let applied = apply(&mut present, given, Some(&mask), FIELDS, &["acl"]);
        applied.map(|()| present).map_err(|error| error.to_string())
    }

    #[test]
    fn only_what_a_mask_names_is_changed() {
        let given = json!({
            "labels": {"c": "3"}, "iamConfig": {"uniformAccess": {"enabled": false}}, "kept": 8,
        });
        let whole = changed(&given, &["labels", "content_type"]).unwrap();
        assert_eq!((&whole["labels"], whole.get("contentType")), (&json!({"c": "3"}), None));
        assert_eq!(whole["kept"], 7);
        let one = changed(&given, &["labels.c", "labels.a", "labels.x.y"]).unwrap();
        assert_eq!(one["labels"], json!({"b": "2", "c": "3"}));
        let inner = changed(&given, &["iam.uniform_access.enabled"]).unwrap();
        let expected = json!({"uniformAccess": {"enabled": false}, "prevention": "inherited"});
        assert_eq!(inner["iamConfig"], expected);
        let all = changed(&given, &["*"]).unwrap();
        let expected = json!({
            "labels": {"c": "3"}, "iamConfig": {"uniformAccess": {"enabled": false}}, "kept": 7,
        });
        assert_eq!(all, expected);
    }

    #[test]
    fn a_mask_that_cannot_be_applied_is_refused() {
        for (paths, text) in [
            (&[][..], "update_mask: required"),
            (&["generation"], "generation is no field that can be changed"),
            (&["acl"], "does not serve the field acl"),
        ] {
            let refused = changed(&json!({}), paths).unwrap_err();
            assert!(refused.contains(text), "{refused}");
        }
    }
}
