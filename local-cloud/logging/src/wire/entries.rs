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
use longshore_local_kit::shape::{Field, Kind, Mismatch, checked_message};

const PARTIAL_ERRORS: &str = "type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors";

/// The fields of a list.
const LIST_FIELDS: [&str; 6] =
    ["resourceNames", "projectIds", "filter", "orderBy", "pageSize", "pageToken"];

pub(super) async fn list(service: Arc<Service>, call: &Call) -> Result<Value, RestError> {
    call.check_fields(&LIST_FIELDS)?;
    let request: ListLogEntriesRequest = call.message()?;
    let resources = [request.resource_names.clone(), of_project_ids(&call.message()?)?].concat();
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
    if !(1..=RESOURCES_MAX).contains(&resources.len()) {
        return Err(RestError::invalid(format!(
            "resource_names: 1 to {RESOURCES_MAX} are required"
        )));
    }
    let mut projects = BTreeSet::new();
    for resource in &resources {
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

/// The names of the projects in a deprecated field, which Google's type does not have.
fn of_project_ids(request: &Value) -> Result<Vec<String>, RestError> {
    let ids = request.get("projectIds").unwrap_or(&request["project_ids"]);
    let ids: &[Value] = match ids {
        Value::Null => &[],
        Value::Array(ids) => ids.as_slice(),
        _ => return Err(RestError::invalid("projectIds: not a list")),
    };
    let name = |id: &Value| match id.as_str() {
        Some(id) => Ok(format!("projects/{id}")),
        None => Err(RestError::invalid("projectIds: not a text")),
    };
    ids.iter().map(name).collect()
}

/// An invalid entry rejects the request, or, with `partialSuccess`, only itself. The error has one
/// detail for each invalid entry.
pub(super) async fn write(service: Arc<Service>, call: &Call) -> Result<Value, RestError> {
    let request: WriteLogEntriesRequest = call.message()?;
    check_fields(call.message()?)?;
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

/// Refuses fields that neither the request nor entries have, and wrong types of those that the
/// service sets. The types of Google's own client keep them.
fn check_fields(request: Value) -> Result<(), RestError> {
    checked_message(request, REQUEST).map(drop).map_err(Mismatch::into_rest)
}

const REQUEST: &[Field] = &[
    Field::taken("dryRun", Kind::Boolean),
    Field::taken("entries", Kind::List(&Kind::Message(ENTRY))),
    Field::taken("labels", Kind::TextMap),
    Field::taken("logName", Kind::Text),
    Field::taken("partialSuccess", Kind::Boolean),
    Field::taken("resource", Kind::Any),
];

/// Google's type has checked what is taken.
const ENTRY: &[Field] = &[
    Field::output("apphub", APPHUB),
    Field::output("apphubDestination", APPHUB),
    Field::output("apphubSource", APPHUB),
    Field::output("errorGroups", Kind::List(&Kind::Message(&[Field::output("id", Kind::Text)]))),
    Field::taken("httpRequest", Kind::Any),
    Field::taken("insertId", Kind::Any),
    Field::taken("jsonPayload", Kind::Any),
    Field::taken("labels", Kind::Any),
    Field::taken("logName", Kind::Any),
    Field::output(
        "metadata",
        Kind::Message(&[
            Field::output("systemLabels", Kind::Any),
            Field::output("userLabels", Kind::TextMap),
        ]),
    ),
    Field::taken("operation", Kind::Any),
    Field::taken("protoPayload", Kind::Any),
    Field::output("receiveTimestamp", Kind::Any),
    Field::taken("resource", Kind::Any),
    Field::taken("severity", Kind::Any),
    Field::taken("sourceLocation", Kind::Any),
    Field::taken("spanId", Kind::Any),
    Field::taken("split", Kind::Any),
    Field::taken("textPayload", Kind::Any),
    Field::taken("timestamp", Kind::Any),
    Field::taken("trace", Kind::Any),
    Field::taken("traceSampled", Kind::Any),
];

/// The application that an entry is about.
const APPHUB: Kind = Kind::Message(&[
    Field::output(
        "application",
        Kind::Message(&[
            Field::output("container", Kind::Text),
            Field::output("id", Kind::Text),
            Field::output("location", Kind::Text),
        ]),
    ),
    Field::output("service", COMPONENT),
    Field::output("workload", COMPONENT),
]);

const COMPONENT: Kind = Kind::Message(&[
    Field::output("criticalityType", Kind::Text),
    Field::output("environmentType", Kind::Text),
    Field::output("id", Kind::Text),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_entries_do_not_have_are_refused_by_name() {
        let request = json!({"entries": [{"log_name": "l", "textPayload": "t"}], "dry_run": true});
        assert_eq!(check_fields(request), Ok(()));
        for (bad, name) in [
            (json!({"colour": 1}), "colour"),
            (json!({"entries": [{"colour": 1}]}), "colour"),
            (json!({"entries": [{"metadata": {"userLabels": 1}}]}), "userLabels"),
        ] {
            let error = check_fields(bad).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
