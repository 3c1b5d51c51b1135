//! Events of Firestore's documents: `DocumentEventData`, which Eventarc delivers as protobuf.
//! <https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto>

mod message;

use prost::Message as _;
use serde_json::{Value, json};

use self::message::DocumentEventData;
use super::{Context, EventError, Stamp};
use crate::time_text::rfc3339;

/// The beginning of the types.
pub(super) const FAMILY: &str = "google.cloud.firestore.document.";

/// The types.
pub(super) const TYPES: [&str; 4] = [
    "google.cloud.firestore.document.v1.created",
    "google.cloud.firestore.document.v1.deleted",
    "google.cloud.firestore.document.v1.updated",
    "google.cloud.firestore.document.v1.written",
];

pub(super) const CONTENT_TYPE: &str = "application/protobuf";

const SCHEMA: &str = "https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto";

/// Path of the document that an event names unless its data does.
const DOCUMENT: &str = "longshore/call";

/// Encodes the data, which is given in proto3's JSON. The name and the times of the documents are
/// added if they are missing, and the documents that an event of this type has.
///
/// # Errors
/// [`EventError::Document`] for a field that the message lacks, and for a value of another type.
pub(super) fn data(
    kind: &str,
    own: &Value,
    stamp: &Stamp,
    context: &mut Context,
) -> Result<Vec<u8>, EventError> {
    let mut data = DocumentEventData::from_json(own).map_err(EventError::Document)?;
    let (has_new, has_old) = match kind.rsplit('.').next() {
        Some("created" | "written") => (true, false),
        Some("deleted") => (false, true),
        _ => (true, true),
    };
    if has_new {
        data.value.get_or_insert_default();
    }
    if has_old {
        data.old_value.get_or_insert_default();
    }
    let default = format!("projects/{}/databases/(default)/documents/{DOCUMENT}", stamp.project);
    let names = [&data.value, &data.old_value].into_iter().flatten().map(|one| one.name.clone());
    let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or(default);
    let at = message::timestamp(&json!(rfc3339(stamp.at))).map_err(EventError::Document)?;
    for document in [&mut data.value, &mut data.old_value].into_iter().flatten() {
        if document.name.is_empty() {
            document.name.clone_from(&name);
        }
        document.create_time.get_or_insert(at);
        document.update_time.get_or_insert(at);
    }
    let (database, path) = name.split_once("/documents/").ok_or_else(|| {
        let rule = "must be projects/PROJECT/databases/DATABASE/documents/PATH";
        EventError::Document(format!("value.name {rule}, but it is `{name}`"))
    })?;
    context.set("source", format!("//firestore.googleapis.com/{database}"));
    context.set("subject", format!("documents/{path}"));
    context.set("document", path.to_owned());
    context.set("project", stamp.project.clone());
    context.set("database", database.rsplit('/').next().unwrap_or_default().to_owned());
    context.set("namespace", "(default)".to_owned());
    context.set("location", stamp.region.clone());
    context.set("dataschema", SCHEMA.to_owned());
    Ok(data.encode_to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{header, refused, sent};
    use super::*;

    fn decoded(kind: &str, own: &str) -> DocumentEventData {
        let body = sent(kind, Some(own), &[]);
        assert_eq!(body.content_type, CONTENT_TYPE);
        DocumentEventData::decode(body.content.as_slice()).unwrap()
    }

    #[test]
    fn an_event_names_its_document_and_carries_protobuf() {
        let name = "projects/p/databases/(default)/documents/users/ada";
        let own = json!({
            "value": {"name": name, "fields": {"original": {"stringValue": "x"}}},
            "updateMask": {"fieldPaths": ["original"]},
        });
        let kind = "google.cloud.firestore.document.v1.updated";
        let body = sent(kind, Some(&own.to_string()), &[]);
        for (attribute, value) in [
            ("ce-source", "//firestore.googleapis.com/projects/p/databases/(default)"),
            ("ce-subject", "documents/users/ada"),
            ("ce-document", "users/ada"),
            ("ce-database", "(default)"),
            ("ce-location", "r"),
        ] {
            assert_eq!(header(&body, attribute), Some(value), "{attribute}");
        }
        let data = decoded(kind, &own.to_string());
        assert_eq!(data.old_value.unwrap().name, name, "an update has both documents");
        assert_eq!(data.update_mask.unwrap().field_paths, ["original"]);
        let document = data.value.unwrap();
        assert_eq!(document.create_time.unwrap().seconds, 0);
        assert!(document.fields.contains_key("original"));
    }

    #[test]
    fn a_deletion_has_the_old_document_only() {
        let data = decoded("google.cloud.firestore.document.v1.deleted", "{}");
        assert_eq!(data.value, None);
        let name = data.old_value.unwrap().name;
        assert_eq!(name, "projects/p/databases/(default)/documents/longshore/call");
    }

    #[test]
    fn data_that_is_not_of_the_message_is_refused() {
        let kind = "google.cloud.firestore.document.v1.created";
        for (own, part) in [
            (r#"{"vale": {}}"#, "vale"),
            (r#"{"value": {"fields": {"a": {"stringValue": 7}}}}"#, "value.fields.a.stringValue"),
            (r#"{"value": {"fields": {"a": "plain"}}}"#, "value.fields.a"),
            (r#"{"value": {"name": "users/ada"}}"#, "projects/PROJECT/databases"),
        ] {
            let refused = refused(kind, own).to_string();
            assert!(refused.contains(part), "{own}: {refused}");
        }
    }
}
