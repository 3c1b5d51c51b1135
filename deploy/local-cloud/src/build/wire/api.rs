//! The Cloud Build API v1: get, list and cancel builds, and their operations.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde_json::{Value, json};

use super::render::{build_json, operation_json};
use crate::build::core::{CancelError, Filter, Record};
use crate::build::service::{CancelFailure, Service};
use crate::rest::{Call, RestApi, RestError};

/// Builds on a page when the caller names no number, and at most.
const DEFAULT_PAGE: usize = 50;
const LARGEST_PAGE: usize = 1000;

/// In a path without a location: every region.
const ANY_REGION: &str = "-";

/// The API.
pub(crate) struct BuildApi(pub(crate) Arc<Service>);

#[async_trait]
impl RestApi for BuildApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        route(&self.0, call)
    }
}

fn route(service: &Arc<Service>, call: &Call) -> Option<Result<Value, RestError>> {
    let get = call.method == Method::GET && call.verb.is_none();
    let cancel = call.method == Method::POST && call.verb.as_deref() == Some("cancel");
    match call.segments().as_slice() {
        ["v1", "projects", project, "builds"] if get => Some(list(service, project, ANY_REGION, call)),
        ["v1", "projects", project, "locations", region, "builds"] if get => Some(list(service, project, region, call)),
        ["v1", "projects", project, "builds", id] => one_build(service, project, ANY_REGION, id, get, cancel),
        ["v1", "projects", project, "locations", region, "builds", id] => one_build(service, project, region, id, get, cancel),
        ["v1", "projects", project, "locations", region, "operations", id] if get => {
            Some(find(service, project, region, id).and_then(|record| operation_json(service.names(), &record)))
        }
        ["v1", "operations", id] if get => {
            let missing = || RestError::not_found(format!("operation `{id}` not found"));
            Some(service.get(id).ok_or_else(missing).and_then(|record| operation_json(service.names(), &record)))
        }
        _ => None,
    }
}

fn one_build(
    service: &Arc<Service>,
    project: &str,
    region: &str,
    id: &str,
    get: bool,
    cancel: bool,
) -> Option<Result<Value, RestError>> {
    let found = || find(service, project, region, id);
    if get {
        Some(found().and_then(|record| build_json(service.names(), &record)))
    } else if cancel {
        Some(found().and_then(|record| cancel_build(service, &record)))
    } else {
        None
    }
}

fn find(service: &Service, project: &str, region: &str, id: &str) -> Result<Record, RestError> {
    let found = service.get(id).filter(|record| service.names().owns(record, project, region));
    found.ok_or_else(|| RestError::not_found(format!("build `{id}` not found in project `{project}`, location `{region}`")))
}

fn cancel_build(service: &Arc<Service>, record: &Record) -> Result<Value, RestError> {
    match service.cancel(&record.id) {
        Ok(cancelled) => build_json(service.names(), &cancelled),
        Err(CancelFailure::Refused(CancelError::NotFound)) => Err(RestError::not_found(format!("build `{}` not found", record.id))),
        Err(CancelFailure::Refused(CancelError::Ended)) => {
            Err(RestError::failed_precondition(format!("build `{}` has already ended", record.id)))
        }
        Err(CancelFailure::Journal(error)) => {
            Err(RestError::internal(format!("cannot record that the build is cancelled: {error}")))
        }
    }
}

fn list(service: &Service, project: &str, region: &str, call: &Call) -> Result<Value, RestError> {
    let filter = Filter::parse(call.query("filter")).map_err(|error| RestError::invalid(error.to_string()))?;
    let size = page_size(call.query("pageSize"))?;
    let before = page_token(call.query("pageToken"))?;
    let names = service.names();
    let page = service.newest(before, size, |record| names.owns(record, project, region) && filter.matches(record));
    let builds: Vec<Value> = page.records.iter().map(|record| build_json(names, record)).collect::<Result<_, _>>()?;
    let token = page.next.map(|position| position.to_string()).unwrap_or_default();
    Ok(json!({"builds": builds, "nextPageToken": token}))
}

fn page_size(text: &str) -> Result<usize, RestError> {
    match text.parse() {
        _ if text.is_empty() => Ok(DEFAULT_PAGE),
        Ok(0) => Ok(DEFAULT_PAGE),
        Ok(size) => Ok(LARGEST_PAGE.min(size)),
        Err(_) => Err(RestError::invalid(format!("page_size: `{text}` is not a number of builds"))),
    }
}

fn page_token(text: &str) -> Result<Option<u64>, RestError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| RestError::invalid("page_token: not one that this service handed out"))
}
