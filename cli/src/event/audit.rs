//! Events of audit logs: `LogEntryData`.
//! <https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/audit/v1/data.proto>

use serde_json::{Value, json};

use super::{Context, Stamp, merged, text};
use crate::time_text::rfc3339;

/// The beginning of the type.
pub(super) const FAMILY: &str = "google.cloud.audit.log.";

/// The only type.
pub(super) const WRITTEN: &str = "google.cloud.audit.log.v1.written";

const SCHEMA: &str = "https://googleapis.github.io/google-cloudevents/jsonschema/google/events/cloud/audit/v1/LogEntryData.json";

/// The call that an event is about unless its data names another one.
const SERVICE: &str = "storage.googleapis.com";
const METHOD: &str = "storage.buckets.create";
const RESOURCE: &str = "projects/_/buckets/longshore-call";

/// The fields that `own` lacks are those of a call that has just succeeded. The attributes repeat
/// what the data says.
pub(super) fn data(own: Value, stamp: &Stamp, context: &mut Context) -> Value {
    let (at, project) = (rfc3339(stamp.at), &stamp.project);
    let part = |path: &str, default: &str| text(&own, path).unwrap_or(default).to_owned();
    let service = part("/protoPayload/serviceName", SERVICE);
    let method = part("/protoPayload/methodName", METHOD);
    let resource = part("/protoPayload/resourceName", RESOURCE);
    let activity = format!("projects/{project}/logs/cloudaudit.googleapis.com%2Factivity");
    let log_name = part("/logName", &activity);
    let log = log_name.rsplit_once("%2F").map_or("activity", |(_, log)| log);
    context.set("source", format!("//cloudaudit.googleapis.com/projects/{project}/logs/{log}"));
    context.set("subject", format!("{service}/{resource}"));
    context.set("servicename", service.clone());
    context.set("methodname", method.clone());
    context.set("resourcename", resource.clone());
    context.set("recordedtime", at.clone());
    context.set("dataschema", SCHEMA.to_owned());
    let entry = json!({
        "insertId": stamp.id,
        "logName": log_name,
        "protoPayload": {
            "authenticationInfo": {"principalEmail": "longshore-call@localhost"},
            "methodName": method,
            "requestMetadata": {
                "callerIp": "127.0.0.1",
                "callerSuppliedUserAgent": "longshore",
                "requestAttributes": {"time": at, "auth": {}},
                "destinationAttributes": {},
            },
            "resourceLocation": {"currentLocations": [stamp.region]},
            "resourceName": resource,
            "serviceName": service,
            "status": {},
        },
        "receiveTimestamp": at,
        "resource": {"type": "audited_resource", "labels": {
            "project_id": project, "service": service, "method": method,
        }},
        "severity": "NOTICE",
        "timestamp": at,
    });
    merged(entry, own)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{header, json_of, sent};
    use super::*;

    #[test]
    fn the_attributes_repeat_the_call_that_the_data_names() {
        let own = json!({"protoPayload": {
            "serviceName": "pubsub.googleapis.com",
            "methodName": "google.pubsub.v1.Publisher.CreateTopic",
            "resourceName": "projects/p/topics/t",
            "authenticationInfo": {"principalEmail": "me@example.com"},
        }});
        let body = sent(WRITTEN, Some(&own.to_string()), &[]);
        let entry = json_of(&body);
        let payload = &entry["protoPayload"];
        assert_eq!(payload["authenticationInfo"]["principalEmail"], "me@example.com");
        assert_eq!(payload["requestMetadata"]["callerIp"], "127.0.0.1");
        assert_eq!(entry["resource"]["labels"]["service"], "pubsub.googleapis.com");
        for (name, value) in [
            ("ce-source", "//cloudaudit.googleapis.com/projects/p/logs/activity"),
            ("ce-subject", "pubsub.googleapis.com/projects/p/topics/t"),
            ("ce-servicename", "pubsub.googleapis.com"),
            ("ce-methodname", "google.pubsub.v1.Publisher.CreateTopic"),
            ("ce-resourcename", "projects/p/topics/t"),
        ] {
            assert_eq!(header(&body, name), Some(value), "{name}");
        }
    }

    #[test]
    fn an_entry_of_another_log_has_its_source() {
        let own = r#"{"logName": "projects/p/logs/cloudaudit.googleapis.com%2Fdata_access"}"#;
        let body = sent(WRITTEN, Some(own), &[]);
        let source = "//cloudaudit.googleapis.com/projects/p/logs/data_access";
        assert_eq!(header(&body, "ce-source"), Some(source));
        assert_eq!(header(&body, "ce-methodname"), Some(METHOD));
    }
}
