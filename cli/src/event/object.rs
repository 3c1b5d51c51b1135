//! Events of Cloud Storage's objects: `StorageObjectData`.
//! <https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/storage/v1/data.proto>

use serde_json::{Value, json};

use super::{Context, Stamp, merged, text};
use crate::time_text::rfc3339;

/// The beginning of the types.
pub(super) const FAMILY: &str = "google.cloud.storage.object.";

/// The types.
pub(super) const TYPES: [&str; 4] = [
    "google.cloud.storage.object.v1.archived",
    "google.cloud.storage.object.v1.deleted",
    "google.cloud.storage.object.v1.finalized",
    "google.cloud.storage.object.v1.metadataUpdated",
];

/// What an event names unless its data does.
const BUCKET: &str = "longshore-call";
const OBJECT: &str = "example.txt";

/// The fields that `own` lacks are those of an empty object that was just written.
pub(super) fn data(kind: &str, own: Value, stamp: &Stamp, context: &mut Context) -> Value {
    let bucket = text(&own, "/bucket").unwrap_or(BUCKET).to_owned();
    let name = text(&own, "/name").unwrap_or(OBJECT).to_owned();
    let at = rfc3339(stamp.at);
    let generation = (stamp.at.unix_timestamp_nanos() / 1_000).to_string();
    let url = "https://www.googleapis.com";
    let path = format!("v1/b/{bucket}/o/{}", super::percent_encoded(&name));
    let mut object = json!({
        "kind": "storage#object",
        "id": format!("{bucket}/{name}/{generation}"),
        "selfLink": format!("{url}/storage/{path}"),
        "mediaLink": format!("{url}/download/storage/{path}?generation={generation}&alt=media"),
        "bucket": bucket,
        "name": name,
        "generation": generation,
        "metageneration": "1",
        "contentType": "text/plain",
        "size": "0",
        "md5Hash": "1B2M2Y8AsgTpgAmY7PhCfg==",
        "crc32c": "AAAAAA==",
        "storageClass": "STANDARD",
        "timeCreated": at,
        "updated": at,
        "timeStorageClassUpdated": at,
    });
    if kind.ends_with(".archived") {
        object["timeDeleted"] = at.into();
    }
    context.set("source", format!("//storage.googleapis.com/projects/_/buckets/{bucket}"));
    context.set("subject", format!("objects/{name}"));
    context.set("bucket", bucket);
    merged(object, own)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{header, json_of, sent};
    use super::*;

    #[test]
    fn an_event_names_its_bucket_and_the_object_and_has_every_field_that_functions_read() {
        let kind = "google.cloud.storage.object.v1.finalized";
        let body = sent(kind, Some(r#"{"bucket": "b", "name": "a/ö o", "size": "5"}"#), &[]);
        let object = json_of(&body);
        assert_eq!((&object["name"], &object["size"]), (&json!("a/ö o"), &json!("5")));
        assert_eq!(object["timeCreated"], "1970-01-01T00:00:00Z");
        assert_eq!(object["metageneration"], "1");
        assert!(object["selfLink"].as_str().unwrap().ends_with("/b/b/o/a%2F%C3%B6%20o"));
        assert!(object.get("timeDeleted").is_none());
        let source = "//storage.googleapis.com/projects/_/buckets/b";
        assert_eq!(header(&body, "ce-source"), Some(source));
        assert_eq!(header(&body, "ce-subject"), Some("objects/a/%C3%B6%20o"));
        assert_eq!(header(&body, "ce-bucket"), Some("b"));
    }

    #[test]
    fn an_event_without_data_is_that_of_an_example() {
        let body = sent("google.cloud.storage.object.v1.archived", None, &[]);
        let object = json_of(&body);
        assert_eq!((&object["bucket"], &object["name"]), (&json!(BUCKET), &json!(OBJECT)));
        assert_eq!(object["timeDeleted"], "1970-01-01T00:00:00Z");
        assert_eq!(header(&body, "ce-bucket"), Some(BUCKET));
    }
}
