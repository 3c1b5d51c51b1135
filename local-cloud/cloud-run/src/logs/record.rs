//! One line that an instance wrote.

use std::collections::BTreeMap;

use google_cloud_wkt::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::core::ServiceName;

/// The severities of Cloud Logging and their numbers (`google/logging/type/log_severity.proto`).
const SEVERITIES: [(&str, i32); 9] = [
    ("DEFAULT", 0),
    ("DEBUG", 100),
    ("INFO", 200),
    ("NOTICE", 300),
    ("WARNING", 400),
    ("ERROR", 500),
    ("CRITICAL", 600),
    ("ALERT", 700),
    ("EMERGENCY", 800),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stream {
    Stdout,
    Stderr,
    /// Messages of the platform about an instance.
    System,
}

/// The instance that writes a line.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) service: ServiceName,
    pub(crate) revision: String,
    pub(crate) instance: String,
    /// Labels of the revision, which each of its entries has.
    pub(crate) labels: BTreeMap<String, String>,
}

/// A line as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) timestamp: Timestamp,
    /// Unique within a service, and in the order of writing.
    pub(crate) insert_id: String,
    pub(crate) stream: Stream,
    pub(crate) revision: String,
    pub(crate) instance: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    severity: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json: Option<Map<String, Value>>,
}

impl Record {
    /// Parses a line as Cloud Run does: a JSON object is a structured payload, its `severity` sets
    /// the severity, and if `message` is its only other field, that becomes the text payload.
    pub(crate) fn new(
        source: &Source,
        stream: Stream,
        line: &str,
        timestamp: Timestamp,
        insert_id: String,
    ) -> Self {
        let mut record = Self {
            timestamp,
            insert_id,
            stream,
            revision: source.revision.clone(),
            instance: source.instance.clone(),
            labels: source.labels.clone(),
            severity: 0,
            text: None,
            json: None,
        };
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(mut map) => {
                record.severity = map.remove("severity").as_ref().and_then(severity).unwrap_or(0);
                match (map.len(), map.get("message")) {
                    (1, Some(Value::String(text))) => record.text = Some(text.clone()),
                    _ => record.json = Some(map),
                }
            }
            Err(_) => record.text = Some(line.to_owned()),
        }
        record
    }

    /// The `google.logging.v2.LogEntry`.
    pub(crate) fn wire(&self, service: &ServiceName) -> Value {
        let log = match self.stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
            Stream::System => "varlog%2Fsystem",
        };
        let mut entry = json!({
            "logName": format!("projects/{}/logs/run.googleapis.com%2F{log}", service.project),
            "resource": {
                "type": "cloud_run_revision",
                "labels": {
                    "project_id": service.project,
                    "location": service.location,
                    "service_name": service.service,
                    "configuration_name": service.service,
                    "revision_name": self.revision,
                },
            },
            "timestamp": self.timestamp,
            "receiveTimestamp": self.timestamp,
            // By name, as Google writes it: gcloud cannot read a number.
            "severity": severity_name(self.severity),
            "insertId": self.insert_id,
            "labels": self.labels,
        });
        entry["labels"]["instanceId"] = json!(self.instance);
        if let Some(map) = &self.json {
            entry["jsonPayload"] = Value::Object(map.clone());
        } else {
            entry["textPayload"] = json!(self.text);
        }
        entry
    }
}

fn severity(value: &Value) -> Option<i32> {
    severity_number(value.as_str()?)
}

fn severity_name(number: i32) -> &'static str {
    SEVERITIES.iter().find(|(_, known)| *known == number).map_or("DEFAULT", |(name, _)| *name)
}

/// The number of a severity, whose name may be in lower case.
pub(super) fn severity_number(name: &str) -> Option<i32> {
    let name = name.to_ascii_uppercase();
    SEVERITIES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use google_cloud_logging_v2::model::LogEntry;

    use super::*;

    fn entry(line: &str) -> LogEntry {
        let service = ServiceName::new("p", "r", "hello");
        let source = Source {
            service: service.clone(),
            revision: "hello-1".to_owned(),
            instance: "i".to_owned(),
            labels: [("team".to_owned(), "a".to_owned())].into(),
        };
        let record =
            Record::new(&source, Stream::Stderr, line, Timestamp::clamp(7, 0), "1".to_owned());
        serde_json::from_value(record.wire(&service)).unwrap()
    }

    #[test]
    fn a_plain_line_has_the_default_severity_on_stderr_too() {
        let entry = entry("oh no");
        assert_eq!(entry.severity.value(), Some(0));
        assert_eq!(entry.text_payload().unwrap(), "oh no");
        assert_eq!(entry.log_name, "projects/p/logs/run.googleapis.com%2Fstderr");
        assert_eq!(entry.labels["team"], "a");
        assert_eq!(entry.labels["instanceId"], "i");
        assert_eq!(entry.resource.unwrap().labels["revision_name"], "hello-1");
    }

    #[test]
    fn a_structured_line_sets_its_severity() {
        let structured = entry(r#"{"severity":"warning","message":"careful","user":7}"#);
        assert_eq!(structured.severity.value(), Some(400));
        assert_eq!(structured.json_payload().unwrap()["user"], 7);
        let message = entry(r#"{"severity":"ERROR","message":"alone"}"#);
        assert_eq!(
            (message.severity.value(), message.text_payload().unwrap().as_str()),
            (Some(500), "alone")
        );
    }

    #[test]
    fn json_that_is_not_an_object_is_text() {
        assert_eq!(entry("[1]").text_payload().unwrap(), "[1]");
    }
}
