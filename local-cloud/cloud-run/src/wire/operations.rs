//! Long-running operations: get, list, wait, delete.

use std::sync::Arc;
use std::time::Duration;

use google_cloud_longrunning::model::WaitOperationRequest;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::page::page;
use crate::core::{Operation, Refusal};
use crate::service::Service;
use longshore_local_kit::filter::{Filter, FilterError, OPERATION_FIELDS};
use longshore_local_kit::rest::{Call, RestError};

/// Default and maximum timeout of `:wait`.
const WAIT_DEFAULT: Duration = Duration::from_secs(30);
const WAIT_MAX: Duration = Duration::from_secs(300);

/// `parent` is `projects/P/locations/L`, `rest` is what follows `operations` in the path.
pub(super) async fn answer(
    service: &Arc<Service>,
    call: &Call,
    parent: &str,
    rest: &[&str],
) -> Option<Result<Value, RestError>> {
    Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
        ("GET", [], None) => list(service, call, parent),
        ("GET", [id], None) => get(service, &format!("{parent}/operations/{id}")),
        ("DELETE", [id], None) => delete(service, &format!("{parent}/operations/{id}")),
        ("POST", [id], Some("wait")) => {
            wait(service, call, &format!("{parent}/operations/{id}")).await
        }
        _ => return None,
    })
}

fn get(service: &Service, name: &str) -> Result<Value, RestError> {
    let core = service.core();
    Ok(core.operation(name).map(Operation::wire).ok_or_else(|| unknown(name))?)
}

fn list(service: &Service, call: &Call, parent: &str) -> Result<Value, RestError> {
    call.check_partial()?;
    let filter =
        Filter::parse(call.query("filter"), &OPERATION_FIELDS).map_err(FilterError::into_rest)?;
    let core = service.core();
    let selected = filter.select(core.operations_under(parent), |operation| operation.wire());
    let (operations, token) = page(call, selected, |operation| &operation.name)?;
    let operations: Vec<Value> = operations.iter().map(Operation::wire).collect();
    Ok(json!({"operations": operations, "nextPageToken": token}))
}

/// The caller has no more interest in the operation; the change itself continues.
fn delete(service: &Arc<Service>, name: &str) -> Result<Value, RestError> {
    Ok(service.commit(|core, _| {
        Ok((json!({}), core.delete_operation(name).ok_or_else(|| unknown(name))?))
    })?)
}

/// Returns the operation once it is done, or as it is at the timeout.
async fn wait(service: &Service, call: &Call, name: &str) -> Result<Value, RestError> {
    call.check_fields(&["name", "timeout"])?;
    let request: WaitOperationRequest = call.message()?;
    let seconds = request.timeout.as_ref().map(google_cloud_wkt::Duration::seconds);
    let limit = seconds
        .map_or(WAIT_DEFAULT, |seconds| Duration::from_secs(seconds.unsigned_abs()).min(WAIT_MAX));
    let mut commits = service.commits();
    // Every commit wakes every waiting call, so only the last look makes a response.
    let done = async { while is_pending(service, name) && commits.changed().await.is_ok() {} };
    // The response is the same at the timeout.
    let _ = timeout(limit, done).await;
    get(service, name)
}

fn is_pending(service: &Service, name: &str) -> bool {
    service.core().operation(name).is_some_and(Operation::is_pending)
}

fn unknown(name: &str) -> Refusal {
    Refusal::NotFound(format!("Operation '{name}' was not found."))
}
