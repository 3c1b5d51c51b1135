//! `entries:list` and `entries:write`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use google_cloud_logging_v2::model::{ListLogEntriesRequest, WriteLogEntriesRequest};
use serde_json::{Map, Value, json};

use super::{PAGE_DEFAULT, PAGE_MAX, RESOURCES_MAX, blocking, list_of};
use crate::core::{Defaults, Filter, Page, accept, project_of};
use crate::service::{Service, now};
use longshore_local_kit::filter::FilterError;
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, Code, RestError};

const PARTIAL_ERRORS: &str = "type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors";

pub(super) async fn list(service: Arc<Service>, call: &Call) -> Result<Value, RestError> {
    let request: ListLogEntriesRequest = call.message()?;
    let filter = Filter::parse(&request.filter).map_err(FilterError::into_rest)?;
    let is_descending = match request.order_by.to_ascii_lowercase().as_str() {
        "" | "timestamp asc" | "timestamp" => false,
        "timestamp desc" => true,
        other => {
            return Err(RestError::invalid(format!(
                "order_by: '{other}' is invalid: use 'timestamp asc' or 'timestamp desc'"
            )));
        }
    };
    if !(1..=RESOURCES_MAX).contains(&request.resource_names.len()) {
        return Err(RestError::invalid(format!(
            "resource_names: 1 to {RESOURCES_MAX} are required"
        )));
    }
    let mut projects = BTreeSet::new();
    for resource in &request.resource_names {
        projects.insert(service.project_id(&project_of(resource)?));
    }
    let size = pages::size_of(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        .map_err(InvalidPage::into_rest)?;
    let before = pages::key_before(&request.page_token).map_err(InvalidPage::into_rest)?;
    let page = blocking(move || {
        let mut page = Page::new(size, is_descending, before);
        for project in &projects {
            service.read(project, &filter, &mut page)?;
        }
        Ok(page)
    });
    let (entries, last) = page.await?.finish();
    let next = last.map(|key| pages::token_after(&key)).unwrap_or_default();
    Ok(list_of("entries", entries.into(), next))
}

/// An invalid entry rejects the request, or, with `partialSuccess`, only itself. The error has one
/// detail for each invalid entry.
pub(super) async fn write(service: Arc<Service>, call: &Call) -> Result<Value, RestError> {
    let request: WriteLogEntriesRequest = call.message()?;
    check_fields(&call.json()?)?;
    let resource = serde_json::to_value(&request.resource)
        .map_err(|error| RestError::invalid(error.to_string()))?;
    let defaults = Defaults {
        log_name: request.log_name,
        resource: Some(resource).filter(|resource| !resource.is_null()),
        labels: request.labels,
    };
    let at = now();
    let (mut accepted, mut errors) = (Vec::new(), BTreeMap::new());
    for (index, entry) in request.entries.iter().enumerate() {
        match accept(entry, &defaults, service.receipt(at)) {
            Ok(entry) => accepted.extend(entry),
            Err(why) => drop(errors.insert(index, why)),
        }
    }
    for entry in &mut accepted {
        entry.project = service.project_id(&entry.project);
    }
    if !request.dry_run && (errors.is_empty() || request.partial_success) {
        blocking(move || service.write(&accepted)).await?;
    }
    match errors.first_key_value() {
        None => Ok(json!({})),
        Some((index, why)) => Err(RestError::invalid(format!("entries[{index}]: {why}"))
            .with_detail(partial_errors(&errors))),
    }
}

fn partial_errors(errors: &BTreeMap<usize, String>) -> Value {
    let status = |why: &String| json!({"code": Code::InvalidArgument.number(), "message": why});
    let statuses: Map<String, Value> =
        errors.iter().map(|(index, why)| (index.to_string(), status(why))).collect();
    json!({"@type": PARTIAL_ERRORS, "logEntryErrors": statuses})
}

/// Refuses fields that neither the request nor entries have. The types of Google's own client keep
/// them.
fn check_fields(request: &Value) -> Result<(), RestError> {
    let of = |value: &Value, known: &[&str], place: &str| {
        let fields = value.as_object().into_iter().flat_map(Map::keys);
        let mut unknown = fields.filter(|field| !is_known(field, known));
        match unknown.next() {
            Some(field) => Err(RestError::invalid(format!("{place} has no field {field:?}"))),
            None => Ok(()),
        }
    };
    of(request, &REQUEST_FIELDS, "WriteLogEntriesRequest")?;
    let entries = request["entries"].as_array().into_iter().flatten();
    entries.into_iter().try_for_each(|entry| of(entry, &ENTRY_FIELDS, "LogEntry"))
}

/// Fields may be spelled as in the proto.
fn is_known(field: &str, known: &[&str]) -> bool {
    let plain = field.replace('_', "");
    known.iter().any(|known| known.eq_ignore_ascii_case(&plain))
}

const REQUEST_FIELDS: [&str; 6] =
    ["logName", "resource", "labels", "entries", "partialSuccess", "dryRun"];

const ENTRY_FIELDS: [&str; 20] = [
    "logName",
    "resource",
    "protoPayload",
    "textPayload",
    "jsonPayload",
    "timestamp",
    "receiveTimestamp",
    "severity",
    "insertId",
    "httpRequest",
    "labels",
    "metadata",
    "operation",
    "trace",
    "spanId",
    "traceSampled",
    "sourceLocation",
    "split",
    "errorGroups",
    "apphub",
];

#[cfg(test)]
mod tests {
    use google_cloud_logging_v2::model::LogEntry;

    use super::*;

    #[test]
    fn the_fields_of_entries_are_those_of_googles_client() {
        let all: Map<String, Value> =
            ENTRY_FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
        let without_oneof = all.into_iter().filter(|(field, _)| !field.ends_with("Payload"));
        let entry = Value::Object(without_oneof.collect());
        assert!(serde_json::from_value::<LogEntry>(entry).is_ok());
        let request = json!({"entries": [{"log_name": "l", "textPayload": "t"}], "dry_run": true});
        assert_eq!(check_fields(&request), Ok(()));
        for bad in [json!({"colour": 1}), json!({"entries": [{"colour": 1}]})] {
            let error = check_fields(&bad).unwrap_err();
            assert!(error.to_string().contains("colour"), "{error}");
        }
    }
}
