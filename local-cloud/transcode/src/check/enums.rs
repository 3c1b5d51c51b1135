//! The enums in the body of a request.
//!
//! Google's APIs take the name of an enum's value or its number, and refuse names that the enum does
//! not have. The API gets names. A number that has no name stays: proto3 keeps it as it is.

use std::collections::HashSet;

use longshore_local_kit::rest::RestError;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

use super::{invalid_value, refused};
use crate::descriptors::Body;

/// The body of a method, which has an enum somewhere.
#[derive(Debug)]
pub(super) struct Enums {
    message: MessageDescriptor,
    /// The path of the body in the request.
    path: String,
}

/// What was found in a body.
#[derive(Debug, Default, PartialEq)]
struct Found {
    /// Whether a number became a name.
    is_changed: bool,
    /// A field violation for each name that its enum does not have.
    violations: Vec<Value>,
}

impl Enums {
    /// `None` if the body can have no enum.
    pub(super) fn in_body(request: &MessageDescriptor, body: &Body) -> Option<Self> {
        let (message, path) = match body {
            Body::None => return None,
            Body::Whole => (request.clone(), String::new()),
            Body::Field(name) => {
                let field = request.get_field_by_name(name)?;
                (field.kind().as_message()?.clone(), name.clone())
            }
        };
        has_enum(&message, &mut HashSet::new()).then_some(Self { message, path })
    }

    /// A body with the names of all enums. `None`: it has them, or it is not JSON, which the API
    /// reports.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with all names that no enum has.
    pub(super) fn named(&self, body: &[u8]) -> Result<Option<String>, RestError> {
        let Ok(mut document) = serde_json::from_slice(body) else { return Ok(None) };
        let found = self.name(&mut document);
        if !found.violations.is_empty() {
            return Err(refused(found.violations));
        }
        Ok(found.is_changed.then(|| document.to_string()))
    }

    fn name(&self, document: &mut Value) -> Found {
        let mut found = Found::default();
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
        let Some(field) = field.or_else(|| message.get_field_by_name(name)) else { continue };
        let path = match path {
            "" => field.name().to_owned(),
            path => format!("{path}.{}", field.name()),
        };
        in_field(&field, value, &path, found);
    }
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

    fn named(request: &str, body: &Body, mut document: Value) -> (Value, Found) {
        let request = pool().get_message_by_name(request).unwrap();
        let found = Enums::in_body(&request, body).unwrap().name(&mut document);
        (document, found)
    }

    const CREATE: &str = "google.devtools.artifactregistry.v1.CreateRepositoryRequest";

    fn repository(document: Value) -> (Value, Found) {
        named(CREATE, &Body::Field("repository".to_owned()), document)
    }

    #[test]
    fn numbers_become_names_wherever_they_are() {
        let (document, found) = repository(json!({
            "format": 1, "mode": "1", "name": 1, "size_bytes": "7", "labels": {"format": 1},
            "cleanupPolicies": {"k": {"action": 2, "condition": {"tag_state": 1}}},
        }));
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
            assert_eq!(repository(document.clone()), (document, Found::default()));
        }
    }

    #[test]
    fn names_that_an_enum_does_not_have_are_violations() {
        let (_, found) = repository(json!({
            "format": "docker", "cleanupPolicies": {"k": {"action": "BURN"}},
        }));
        let text = "Invalid value at 'repository.format' (type.googleapis.com/google.devtools.artifactregistry.v1.Repository.Format), \"docker\"";
        let violations: Vec<_> =
            found.violations.iter().map(|it| it["description"].clone()).collect();
        assert!(violations.contains(&json!(text)), "{violations:?}");
        assert_eq!(violations.len(), 2, "{violations:?}");
    }

    #[test]
    fn a_body_without_enums_is_not_looked_at() {
        let request =
            pool().get_message_by_name("google.cloud.secretmanager.v1.AddSecretVersionRequest");
        assert!(Enums::in_body(&request.unwrap(), &Body::Whole).is_none());
        let request = pool().get_message_by_name(CREATE).unwrap();
        assert!(Enums::in_body(&request, &Body::None).is_none());
    }
}
