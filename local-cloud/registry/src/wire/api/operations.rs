//! Long-running operations. They have finished when they are returned, and can be read again.

use google_cloud_artifactregistry_v1::model::OperationMetadata;
use google_cloud_longrunning::model;
use google_cloud_wkt::{Any, AnyError, Empty};
use serde_json::Value;
use uuid::Uuid;

use super::{document, views};
use crate::Service;
use crate::core::{Operation, OperationResult};
use longshore_local_kit::rest::RestError;

pub(super) fn new_id() -> String {
    Uuid::new_v4().to_string()
}

/// `GET operations/ID`.
///
/// # Errors
/// `NOT_FOUND` when it does not exist, or finished long ago.
pub(super) fn get(
    service: &Service,
    project: &str,
    location: &str,
    id: &str,
) -> Result<Value, RestError> {
    let operation = service.read(|registry| registry.operation(project, location, id).cloned());
    let operation = operation.ok_or_else(|| {
        RestError::not_found(format!(
            "operation projects/{project}/locations/{location}/operations/{id} does not exist"
        ))
    })?;
    view(&operation)
        .map_err(|error| RestError::internal(format!("cannot serialize the operation: {error}")))
        .and_then(document)
}

fn view(operation: &Operation) -> Result<model::Operation, AnyError> {
    let Operation { id, project, location, result } = operation;
    let response = match result {
        OperationResult::Created { key, settings, at } => {
            Any::from_msg(&views::new_repository(key, settings, *at))?
        }
        OperationResult::Deleted => Any::from_msg(&Empty::default())?,
    };
    Ok(model::Operation::new()
        .set_name(format!("projects/{project}/locations/{location}/operations/{id}"))
        .set_metadata(Any::from_msg(&OperationMetadata::new())?)
        .set_done(true)
        .set_response(response))
}
