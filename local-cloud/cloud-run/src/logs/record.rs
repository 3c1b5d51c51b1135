//! One entry of a log: a line that an instance wrote, or a request that a revision answered.

use std::collections::BTreeMap;

use google_cloud_wkt::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::core::ServiceName;
use longshore_local_kit::severity;

/// The labels that a structured line gives its entry. The Functions Framework names the execution
/// here.
const LABELS: &str = "logging.googleapis.com/labels";

/// Checks the type of a field.
type IsValid = fn(&Value) -> bool;

/// Fields of a structured line that are fields of its entry, with their names there.
const OF_ENTRY: [(&str, &str, IsValid); 3] = [
    ("logging.googleapis.com/trace", "trace", Value::is_string),
    ("logging.googleapis.com/spanId", "spanId", Value::is_string),
    ("logging.googleapis.com/trace_sampled", "traceSampled", Value::is_boolean),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stream {
    Stdout,
    Stderr,
    /// Messages of the platform about an instance.
    System,
    /// One entry for each request.
    Requests,
}

/// A request and its answer: `google.logging.type.HttpRequest`, as far as it is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpRequest {
    pub(crate) request_method: String,
    pub(crate) request_url: String,
    pub(crate) status: u16,
    /// The 64-bit integers of proto3 are texts in JSON.
    pub(crate) response_size: String,
    pub(crate) user_agent: String,
    pub(crate) remote_ip: String,
    /// Seconds with a suffix, such as `0.012s`.
    pub(crate) latency: String,
    pub(crate) protocol: String,
}

impl HttpRequest {
    /// The severity of its entry: `INFO`, `WARNING` from 400 and `ERROR` from 500.
    fn severity(&self) -> i32 {
        match self.status {
            0..400 => 200,
            400..500 => 400,
            500.. => 500,
        }
    }
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
    /// Those of [`OF_ENTRY`], by their names in the entry.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    of_entry: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    http: Option<HttpRequest>,
}

impl Record {
    /// The entry of a request, in the log `run.googleapis.com/requests`. It has no payload.
    ///
    /// <https://cloud.google.com/run/docs/logging#request-logs>
    pub(crate) fn of_request(
        source: &Source,
        http: HttpRequest,
        timestamp: Timestamp,
        insert_id: String,
    ) -> Self {
        let severity = http.severity();
        Self {
            severity,
            http: Some(http),
            ..Self::empty(source, Stream::Requests, timestamp, insert_id)
        }
    }

    fn empty(source: &Source, stream: Stream, timestamp: Timestamp, insert_id: String) -> Self {
        Self {
            timestamp,
            insert_id,
            stream,
            revision: source.revision.clone(),
            instance: source.instance.clone(),
            labels: source.labels.clone(),
            severity: 0,
            of_entry: Map::new(),
            text: None,
            json: None,
            http: None,
        }
    }

    /// Parses a line as Cloud Run does: a JSON object is a structured payload, whose special fields
    /// become fields of the entry. If only `message` remains, it becomes the text payload. A special
    /// field of the wrong type stays in the payload.
    ///
    /// <https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields>
    pub(crate) fn new(
        source: &Source,
        stream: Stream,
        line: &str,
        timestamp: Timestamp,
        insert_id: String,
    ) -> Self {
        let mut record = Self::empty(source, stream, timestamp, insert_id);
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(mut map) => {
                record.severity =
                    map.remove("severity").as_ref().and_then(severity_of).unwrap_or(0);
                record.labels.extend(take_labels(&mut map));
                for (name, of_entry, is_valid) in OF_ENTRY {
                    if map.get(name).is_some_and(is_valid)
                        && let Some(value) = map.remove(name)
                    {
                        record.of_entry.insert(of_entry.to_owned(), value);
                    }
                }
                match (map.len(), map.get("message")) {
                    (1, Some(Value::String(text))) => {
                        // The Functions Framework for Node.js leaves the end of the line in it.
                        record.text = Some(text.strip_suffix('\n').unwrap_or(text).to_owned());
                    }
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
            Stream::Requests => "requests",
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
            "severity": severity::name(self.severity).unwrap_or("DEFAULT"),
            "insertId": self.insert_id,
            "labels": self.labels,
        });
        entry["labels"]["instanceId"] = json!(self.instance);
        for (name, value) in &self.of_entry {
            entry[name] = value.clone();
        }
        if let Some(http) = &self.http {
            entry["httpRequest"] = json!(http);
        } else if let Some(map) = &self.json {
            entry["jsonPayload"] = Value::Object(map.clone());
        } else {
            entry["textPayload"] = json!(self.text);
        }
        entry
    }
}

/// The labels of a structured line, without which it continues. None if one is not a string.
fn take_labels(line: &mut Map<String, Value>) -> BTreeMap<String, String> {
    let labels = line.get(LABELS).and_then(|labels| BTreeMap::deserialize(labels).ok());
    if labels.is_some() {
        line.remove(LABELS);
    }
    labels.unwrap_or_default()
}

fn severity_of(value: &Value) -> Option<i32> {
    severity::number(value.as_str()?)
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
    fn special_fields_of_a_structured_line_become_fields_of_its_entry() {
        let line = json!({
            "message": "hello\n",
            "logging.googleapis.com/labels": {"execution_id": "e", "team": "b"},
            "logging.googleapis.com/trace": "projects/p/traces/1",
            "logging.googleapis.com/spanId": "2",
            "logging.googleapis.com/trace_sampled": true,
        });
        let entry_of = |line: &Value| entry(&line.to_string());
        let lifted = entry_of(&line);
        assert_eq!(lifted.text_payload().unwrap(), "hello");
        assert_eq!(lifted.labels["execution_id"], "e");
        assert_eq!((&*lifted.labels["team"], &*lifted.labels["instanceId"]), ("b", "i"));
        assert_eq!((&*lifted.trace, &*lifted.span_id), ("projects/p/traces/1", "2"));
        assert!(lifted.trace_sampled);
        for wrong in [
            json!({"message": "m", "logging.googleapis.com/labels": {"execution_id": 7}}),
            json!({"message": "m", "logging.googleapis.com/spanId": 7}),
        ] {
            assert_eq!(entry_of(&wrong).json_payload().unwrap().len(), 2, "{wrong}");
        }
    }

    #[test]
    fn a_request_has_an_entry_without_a_payload_whose_severity_follows_from_its_status() {
        let service = ServiceName::new("p", "r", "hello");
        let source = Source {
            service: service.clone(),
            revision: "hello-1".to_owned(),
            instance: "i".to_owned(),
            labels: BTreeMap::new(),
        };
        for (status, severity) in [(204, 200), (302, 200), (404, 400), (500, 500), (503, 500)] {
            let http = HttpRequest {
                request_method: "GET".to_owned(),
                request_url: "http://localhost/a?b".to_owned(),
                status,
                response_size: "12".to_owned(),
                user_agent: "test".to_owned(),
                remote_ip: "127.0.0.1".to_owned(),
                latency: "0.012s".to_owned(),
                protocol: "HTTP/1.1".to_owned(),
            };
            let at = Timestamp::clamp(7, 0);
            let record = Record::of_request(&source, http, at, "1".to_owned());
            let entry: LogEntry = serde_json::from_value(record.wire(&service)).unwrap();
            assert_eq!(entry.log_name, "projects/p/logs/run.googleapis.com%2Frequests");
            assert_eq!(entry.severity.value(), Some(severity), "{status}");
            let request = entry.http_request.unwrap();
            assert_eq!((request.status, request.response_size), (i32::from(status), 12));
            assert!(entry.payload.is_none());
        }
    }

    #[test]
    fn json_that_is_not_an_object_is_text() {
        assert_eq!(entry("[1]").text_payload().unwrap(), "[1]");
    }
}
