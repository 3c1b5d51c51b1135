//! The events of audit logs: <https://cloud.google.com/eventarc/docs/cloudevents>. The attributes are
//! those of the examples in <https://github.com/googleapis/google-cloudevents>.

use std::collections::BTreeMap;
use std::time::SystemTime;

use prost_types::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::catalogue::{self, AUDIT_LOG};
use crate::service::Service;

const SCHEMA: &str = "https://googleapis.github.io/google-cloudevents/jsonschema/google/events/cloud/audit/v1/LogEntryData.json";

/// Who calls the local cloud, which does not know its callers.
const PRINCIPAL: &str = "local@localhost";

/// A call that changed a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditLog {
    /// Id of the project.
    pub project: String,
    /// Such as `pubsub.googleapis.com`.
    pub service: String,
    /// Google's name for the method in audit logs.
    pub method: String,
    /// Full name of the resource.
    pub resource: String,
    /// The location of the resource; empty: `global`.
    pub location: String,
    /// The client.
    pub user_agent: String,
}

impl Service {
    /// Publishes the event of a call to the topics of the triggers that want it. When this returns,
    /// Pub/Sub has recorded it.
    pub fn audit(&self, log: &AuditLog) {
        let topics = self.core().audit_topics(|attribute| match attribute {
            catalogue::TYPE => Some(AUDIT_LOG.to_owned()),
            catalogue::SERVICE_NAME => Some(log.service.clone()),
            catalogue::METHOD_NAME => Some(log.method.clone()),
            catalogue::RESOURCE_NAME => Some(log.resource.clone()),
            _ => None,
        });
        if topics.is_empty() {
            return;
        }
        let (attributes, data) = event(log, SystemTime::now().into(), &Uuid::new_v4());
        for topic in topics {
            self.deps.announce.announce(&topic, attributes.clone(), data.clone().into());
        }
    }
}

/// The attributes and the data of a message in CloudEvents' binding to Pub/Sub.
fn event(log: &AuditLog, now: Timestamp, id: &Uuid) -> (BTreeMap<String, String>, Vec<u8>) {
    let AuditLog { project, service, method, resource, location, user_agent } = log;
    let (insert_id, time) = (id.simple().to_string(), now.to_string());
    let log_name = format!("projects/{project}/logs/cloudaudit.googleapis.com%2Factivity");
    let location = if location.is_empty() { "global" } else { location };
    let data = json!({
        "insertId": insert_id,
        "logName": log_name,
        "protoPayload": {
            "authenticationInfo": {"principalEmail": PRINCIPAL},
            "methodName": method,
            "requestMetadata": {
                "callerIp": "127.0.0.1",
                "callerSuppliedUserAgent": user_agent,
                "destinationAttributes": {},
                "requestAttributes": {"time": time, "auth": {}},
            },
            "resourceLocation": {"currentLocations": [location]},
            "resourceName": resource,
            "serviceName": service,
            "status": {},
        },
        "receiveTimestamp": time,
        "resource": {"type": "audited_resource", "labels": {
            "project_id": project, "service": service, "method": method,
        }},
        "severity": "NOTICE",
        "timestamp": time,
    });
    let attributes = [
        ("ce-specversion", "1.0".to_owned()),
        ("ce-type", AUDIT_LOG.to_owned()),
        ("ce-id", format!("{log_name}{insert_id}")),
        ("ce-source", format!("//cloudaudit.googleapis.com/projects/{project}/logs/activity")),
        ("ce-subject", format!("{service}/{resource}")),
        ("ce-time", time.clone()),
        ("ce-recordedtime", time),
        ("ce-servicename", service.clone()),
        ("ce-methodname", method.clone()),
        ("ce-resourcename", resource.clone()),
        ("ce-dataschema", SCHEMA.to_owned()),
        ("content-type", "application/json; charset=utf-8".to_owned()),
    ];
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
    (attributes.collect(), data.to_string().into_bytes())
}
