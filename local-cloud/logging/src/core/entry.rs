//! Which entries are accepted, and what they are stored as:
//! `google.logging.v2.WriteLogEntriesRequest` and `LogEntry`.

use std::collections::HashMap;

use google_cloud_logging_v2::model::LogEntry;
use google_cloud_wkt::Timestamp;
use serde_json::{Map, Value, json};

use super::names::LogName;
use super::page::time_of;
use longshore_local_kit::severity;

/// Maximum size of an entry, in bytes: <https://cloud.google.com/logging/quotas#log-limits>.
const ENTRY_BYTES: usize = 256 * 1024;

/// Maximum length of an insert id, in characters.
const INSERT_ID_CHARS: usize = 512;

/// Entries that are older, or further in the future, are accepted and dropped, as Google does.
const RETENTION_SECONDS: i64 = 30 * 24 * 3600;
const FUTURE_SECONDS: i64 = 24 * 3600;

/// Fields that the service fills in, whatever a client sends.
const OUTPUT_ONLY: [&str; 6] =
    ["receiveTimestamp", "metadata", "errorGroups", "apphub", "apphubDestination", "apphubSource"];

/// What entries get that do not have it themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) log_name: String,
    /// A `google.api.MonitoredResource`.
    pub(crate) resource: Option<Value>,
    pub(crate) labels: HashMap<String, String>,
}

/// When an entry was received, and its number. Entries that are received at the same time keep
/// their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    pub(crate) at: Timestamp,
    pub(crate) number: u64,
}

/// An entry to be stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Accepted {
    pub(crate) project: String,
    pub(crate) entry: Value,
}

/// Completes an entry. `None` for one whose time is out of bounds.
///
/// # Errors
/// When the entry is invalid, with the reason for the caller.
pub(crate) fn accept(
    given: &LogEntry,
    defaults: &Defaults,
    receipt: Receipt,
) -> Result<Option<Accepted>, String> {
    let Ok(Value::Object(mut entry)) = serde_json::to_value(given) else {
        return Err("the entry cannot be written as JSON".to_owned());
    };
    OUTPUT_ONLY.iter().for_each(|field| drop(entry.remove(*field)));
    let name = match given.log_name.as_str() {
        "" => &defaults.log_name,
        own => own,
    };
    if name.is_empty() {
        return Err("logName is missing in the entry and in the request".to_owned());
    }
    let name = LogName::parse(name).map_err(|error| error.to_string())?;
    entry.insert("logName".to_owned(), name.text().into());
    complete_resource(&mut entry, defaults, &name.project)?;
    complete_labels(&mut entry, defaults);
    let level = given.severity.value().and_then(severity::name);
    let level = level.ok_or_else(|| format!("{:?} is not a severity", given.severity))?;
    // By name, as Google writes it: gcloud cannot read a number.
    entry.insert("severity".to_owned(), level.into());
    let now = json!(receipt.at);
    entry.entry("timestamp").or_insert_with(|| now.clone());
    entry.insert("receiveTimestamp".to_owned(), now);
    let Receipt { at, number } = receipt;
    let own_id = || format!("{:011}{:09}-{number:06}", at.seconds().max(0), at.nanos());
    let id = entry.entry("insertId").or_insert_with(|| own_id().into());
    if id.as_str().is_none_or(|id| id.chars().count() > INSERT_ID_CHARS) {
        return Err(format!("insertId has more than {INSERT_ID_CHARS} characters"));
    }
    let entry = Value::Object(entry);
    let bytes = entry.to_string().len();
    if bytes > ENTRY_BYTES {
        return Err(format!(
            "Log entry with size {bytes} bytes exceeds maximum size of {ENTRY_BYTES} bytes"
        ));
    }
    let (seconds, _) = time_of(&entry);
    let bounds = (at.seconds() - RETENTION_SECONDS)..=(at.seconds() + FUTURE_SECONDS);
    Ok(bounds.contains(&seconds).then_some(Accepted { project: name.project, entry }))
}

fn complete_resource(
    entry: &mut Map<String, Value>,
    defaults: &Defaults,
    project: &str,
) -> Result<(), String> {
    let given = entry.remove("resource").or_else(|| defaults.resource.clone());
    let mut resource =
        given.ok_or("resource is missing in the entry and in the request".to_owned())?;
    let is_type = |of: &str| {
        !of.is_empty()
            && of.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/'))
    };
    if !resource["type"].as_str().is_some_and(is_type) {
        return Err(format!("resource.type: {} is not a type of resources", resource["type"]));
    }
    if resource["labels"]["project_id"].is_null() {
        resource["labels"]["project_id"] = project.into();
    }
    entry.insert("resource".to_owned(), resource);
    Ok(())
}

/// The entry's own labels come before those of the request.
fn complete_labels(entry: &mut Map<String, Value>, defaults: &Defaults) {
    if defaults.labels.is_empty() {
        return;
    }
    let labels = entry.entry("labels").or_insert_with(|| json!({}));
    for (name, value) in &defaults.labels {
        if labels[name].is_null() {
            labels[name] = value.clone().into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(entry: Value, defaults: &Defaults) -> Result<Option<Accepted>, String> {
        let at = Timestamp::clamp(1_800_000_000, 5);
        let entry: LogEntry = serde_json::from_value(entry).unwrap();
        accept(&entry, defaults, Receipt { at, number: 7 })
    }

    fn defaults() -> Defaults {
        Defaults {
            log_name: "projects/p/logs/a%2Fb".to_owned(),
            resource: Some(json!({"type": "global"})),
            labels: [("a".to_owned(), "request".to_owned())].into(),
        }
    }

    #[test]
    fn an_entry_is_completed() {
        let stored = accepted(json!({"textPayload": "hello"}), &defaults()).unwrap().unwrap();
        let at = "2027-01-15T08:00:00.000000005Z";
        let expected = json!({
            "logName": "projects/p/logs/a%2Fb",
            "resource": {"type": "global", "labels": {"project_id": "p"}},
            "labels": {"a": "request"},
            "severity": "DEFAULT",
            "timestamp": at,
            "receiveTimestamp": at,
            "insertId": "01800000000000000005-000007",
            "textPayload": "hello",
        });
        assert_eq!((stored.project.as_str(), stored.entry), ("p", expected));
    }

    #[test]
    fn what_an_entry_has_itself_stays() {
        let own = json!({
            "logName": "projects/q/logs/own",
            "resource": {"type": "gce_instance", "labels": {"project_id": "r", "zone": "z"}},
            "labels": {"a": "own", "b": "c"},
            "severity": "ERROR",
            "timestamp": "2027-01-14T10:00:00Z",
            "insertId": "i",
            "jsonPayload": {"message": "m", "n": 1.5},
            "httpRequest": {
                "requestMethod": "GET", "status": 200, "responseSize": "7", "latency": "1.500s",
            },
            "trace": "projects/p/traces/t",
            "spanId": "s",
            "traceSampled": true,
            "sourceLocation": {"file": "f", "line": "9"},
            "operation": {"id": "o", "first": true},
        });
        let stored = accepted(own.clone(), &defaults()).unwrap().unwrap();
        let mut entry = stored.entry;
        let received = entry.as_object_mut().unwrap().remove("receiveTimestamp");
        assert_eq!(received.unwrap(), "2027-01-15T08:00:00.000000005Z");
        entry["httpRequest"]["latency"] = "1.500s".into();
        assert_eq!((stored.project.as_str(), entry), ("q", own));
    }

    #[test]
    fn an_entry_needs_a_log_a_resource_and_a_known_severity() {
        let none = Defaults::default();
        for (entry, defaults, complaint) in [
            (json!({"resource": {"type": "global"}}), &none, "logName"),
            (json!({"logName": "projects/p/logs/l"}), &none, "resource"),
            (json!({"logName": "logs/l"}), &defaults(), "logs/l"),
            (json!({"resource": {"type": "a b"}}), &defaults(), "resource.type"),
            (json!({"severity": "LOUD"}), &defaults(), "severity"),
            (json!({"severity": 150}), &defaults(), "severity"),
            (json!({"insertId": "x".repeat(513)}), &defaults(), "insertId"),
            (json!({"textPayload": "x".repeat(ENTRY_BYTES)}), &defaults(), "maximum size"),
        ] {
            let error = accepted(entry.clone(), defaults).unwrap_err();
            assert!(error.contains(complaint), "{entry}: {error}");
        }
    }

    #[test]
    fn an_entry_of_another_time_is_dropped() {
        for (time, is_kept) in [
            ("2026-12-16T08:00:00Z", true),
            ("2026-12-16T07:59:59Z", false),
            ("2027-01-16T08:00:00Z", true),
            ("2027-01-16T08:00:01Z", false),
        ] {
            let stored = accepted(json!({"timestamp": time}), &defaults()).unwrap();
            assert_eq!(stored.is_some(), is_kept, "{time}");
        }
    }
}
