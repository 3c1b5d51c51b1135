//! The body of a request.
//!
//! Google's APIs refuse a field that its message does not have. They take the name of an enum's value
//! or its number, and refuse names that the enum does not have. The API gets names. A number that has
//! no name stays: proto3 keeps it as it is.

use std::collections::HashSet;

use longshore_local_kit::rest::RestError;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::{invalid_value, refused};
use crate::descriptors::Body;

/// What the body of a method may be.
#[derive(Debug)]
pub(super) struct Document {
    message: MessageDescriptor,
    /// The path of the body in the request.
    path: String,
    /// Whether its fields are checked here, and not by the API.
    has_fields_checked: bool,
}

/// What was found in a body.
#[derive(Debug, Default, PartialEq)]
struct Found {
    has_fields_checked: bool,
    /// Whether a number became a name.
    is_changed: bool,
    /// A field violation for each field and each name of an enum that does not exist.
    violations: Vec<Value>,
}

impl Document {
    /// `None` if there is nothing to check: the API checks the fields itself, and none is an enum.
    pub(super) fn of(
        request: &MessageDescriptor,
        body: &Body,
        has_fields_checked: bool,
    ) -> Option<Self> {
        let (message, path) = match body {
            Body::None => return None,
            Body::Whole => (request.clone(), String::new()),
            Body::Field(name) => {
                let field = request.get_field_by_name(name)?;
                (field.kind().as_message()?.clone(), name.clone())
            }
        };
        let is_checked = has_fields_checked || has_enum(&message, &mut HashSet::new());
        is_checked.then_some(Self { message, path, has_fields_checked })
    }

    /// A body with the names of all enums. `None`: it has them, or it is not JSON, which the API
    /// reports.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with all fields and names of enums that do not exist.
    pub(super) fn checked(&self, body: &[u8]) -> Result<Option<String>, RestError> {
        let Ok(mut document) = serde_json::from_slice(body) else { return Ok(None) };
        let found = self.check(&mut document);
        if !found.violations.is_empty() {
            return Err(refused(found.violations));
        }
        Ok(found.is_changed.then(|| document.to_string()))
    }

    fn check(&self, document: &mut Value) -> Found {
        let has_fields_checked = self.has_fields_checked;
        let mut found = Found { has_fields_checked, ..Found::default() };
        in_message(&self.message, document, &self.path, &mut found);
        found
    }
}

fn has_enum(message: &MessageDescriptor, seen: &mut HashSet<String>) -> bool {
    is_walked(message)
        && seen.insert(message.full_name().to_owned())
        && message.fields().any(|field| match field.kind() {
            Kind::Enum(_) => true,
            Kind::Message(inner) => has_enum(&inner, seen),
            _ => false,
        })
}

/// The JSON of Google's own types is not that of their fields.
fn is_walked(message: &MessageDescriptor) -> bool {
    !message.full_name().starts_with("google.protobuf.")
}

fn in_message(message: &MessageDescriptor, document: &mut Value, path: &str, found: &mut Found) {
    let Value::Object(fields) = document else { return };
    for (name, value) in fields {
        let field = message.get_field_by_json_name(name);
        let Some(field) = field.or_else(|| message.get_field_by_name(name)) else {
            if found.has_fields_checked && !value.is_null() {
                found.violations.push(unknown(name, path));
            }
            continue;
        };
        let path = match path {
            "" => field.name().to_owned(),
            path => format!("{path}.{}", field.name()),
        };
        in_field(&field, value, &path, found);
    }
}

/// The field violation of a field that its message does not have.
fn unknown(name: &str, path: &str) -> Value {
    let at = if path.is_empty() { String::new() } else { format!(" at '{path}'") };
    let text =
        format!("Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field.");
    json!({"field": path, "description": text})
}

fn in_field(field: &FieldDescriptor, value: &mut Value, path: &str, found: &mut Found) {
    let kind = field.kind();
    let entry = kind.as_message().filter(|_| field.is_map());
    match (entry, value) {
        (Some(entry), Value::Object(entries)) => {
            let kind = entry.map_entry_value_field().kind();
            for (key, value) in entries {
                in_value(&kind, value, &format!("{path}[{key}]"), found);
            }
        }
        (None, Value::Array(items)) if field.is_list() => {
            for (at, item) in items.iter_mut().enumerate() {
                in_value(&kind, item, &format!("{path}[{at}]"), found);
            }
        }
        (None, value) => in_value(&kind, value, path, found),
        (Some(_), _) => {}
    }
}

fn in_value(kind: &Kind, value: &mut Value, path: &str, found: &mut Found) {
    match kind {
        Kind::Enum(of) => in_enum(of, value, path, found),
        Kind::Message(inner) if is_walked(inner) => in_message(inner, value, path, found),
        _ => {}
    }
}

fn in_enum(of: &EnumDescriptor, value: &mut Value, path: &str, found: &mut Found) {
    let number = match value {
        Value::String(name) if of.get_value_by_name(name).is_some() => return,
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        _ => return,
    };
    match number.and_then(|number| of.get_value(number)) {
        Some(named) => {
            *value = named.name().into();
            found.is_changed = true;
        }
        None => {
            let Value::String(name) = value else { return };
            found.violations.push(invalid_value(path, &Kind::Enum(of.clone()), name));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::descriptors::pool;

    const CREATE: &str = "google.devtools.artifactregistry.v1.CreateRepositoryRequest";

    fn repository(mut document: Value, has_fields_checked: bool) -> (Value, Found) {
        let request = pool().get_message_by_name(CREATE).unwrap();
        let body = Body::Field("repository".to_owned());
        let checks = Document::of(&request, &body, has_fields_checked).unwrap();
        let found = checks.check(&mut document);
        (document, found)
    }

    fn texts(found: &Found) -> Vec<&str> {
        found.violations.iter().map(|it| it["description"].as_str().unwrap()).collect()
    }

    #[test]
    fn numbers_become_names_wherever_they_are() {
        let document = json!({
            "format": 1, "mode": "1", "name": 1, "size_bytes": "7", "labels": {"format": 1},
            "cleanupPolicies": {"k": {"action": 2, "condition": {"tag_state": 1}}},
        });
        let (document, found) = repository(document, true);
        let expected = json!({
            "format": "DOCKER", "mode": "STANDARD_REPOSITORY", "name": 1, "size_bytes": "7",
            "labels": {"format": 1},
            "cleanupPolicies": {"k": {"action": "KEEP", "condition": {"tag_state": "TAGGED"}}},
        });
        assert_eq!(document, expected);
        assert!(found.is_changed && found.violations.is_empty(), "{found:?}");
    }

    #[test]
    fn names_stay_and_so_do_numbers_without_one() {
        for document in
            [json!({"format": "DOCKER"}), json!({"format": 99}), json!({"format": null}), json!([])]
        {
            let unchanged = (document.clone(), Found::default());
            assert_eq!(repository(document, false), unchanged);
        }
    }

    #[test]
    fn names_that_an_enum_does_not_have_are_violations() {
        let document = json!({"format": "docker", "cleanupPolicies": {"k": {"action": "BURN"}}});
        let (_, found) = repository(document, false);
        let text = "Invalid value at 'repository.format' (type.googleapis.com/google.devtools.artifactregistry.v1.Repository.Format), \"docker\"";
        assert!(texts(&found).contains(&text), "{found:?}");
        assert_eq!(found.violations.len(), 2, "{found:?}");
    }

    #[test]
    fn fields_that_a_message_does_not_have_are_violations() {
        let document = json!({
            "colour": "blue", "nothing": null, "labels": {"any": "key"},
            "cleanupPolicies": {"k": {"burn": true}},
        });
        let (_, found) = repository(document.clone(), true);
        let expected = [
            "Invalid JSON payload received. Unknown name \"burn\" at 'repository.cleanup_policies[k]': Cannot find field.",
            "Invalid JSON payload received. Unknown name \"colour\" at 'repository': Cannot find field.",
        ];
        assert_eq!(texts(&found), expected);
        assert!(repository(document, false).1.violations.is_empty(), "the API checks them");
    }

    #[test]
    fn a_body_with_nothing_to_check_is_not_looked_at() {
        let secret = "google.cloud.secretmanager.v1.AddSecretVersionRequest";
        let request = pool().get_message_by_name(secret).unwrap();
        assert!(Document::of(&request, &Body::Whole, false).is_none());
        assert!(Document::of(&request, &Body::Whole, true).is_some());
        assert!(Document::of(&request, &Body::None, true).is_none());
    }
}
