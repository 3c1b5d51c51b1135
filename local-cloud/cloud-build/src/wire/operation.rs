//! The long-running operation of a build.

use google_cloud_build_v1::model::BuildOperationMetadata;
use google_cloud_wkt::Any;
use serde_json::{Value, json};

use super::error::unrenderable;
use crate::core::{Record, Status};
use crate::names::BuildNames;
use crate::resource::{model, name_enums};
use longshore_local_kit::rest::RestError;

/// The build's long-running operation, which is done when the build has ended.
pub(crate) fn operation_json(names: BuildNames<'_>, record: &Record) -> Result<Value, RestError> {
    let build = model(names, record).map_err(unrenderable)?;
    let metadata = BuildOperationMetadata::new().set_build(build.clone());
    let mut operation = json!({
        "name": names.operation(record),
        "metadata": Any::from_msg(&metadata).map_err(unrenderable)?,
        "done": record.status.is_terminal(),
    });
    if record.status == Status::Success {
        operation["response"] = json!(Any::from_msg(&build).map_err(unrenderable)?);
    } else if let Some(code) = error_code(record.status) {
        let detail = record.end.as_ref().map(|end| end.detail.as_str()).unwrap_or_default();
        operation["error"] = json!({"code": code, "message": format!("Build failed; check build logs for details: {detail}")});
    }
    for location in ["/metadata/build", "/response"] {
        if let Some(build) = operation.pointer_mut(location) {
            name_enums(build, record);
        }
    }
    Ok(operation)
}

/// `google.rpc.Code` of the operation of a build with this status.
fn error_code(status: Status) -> Option<i32> {
    match status {
        Status::Queued | Status::Working | Status::Success => None,
        Status::Cancelled => Some(1),
        Status::Failure => Some(2),
        Status::Timeout | Status::Expired => Some(4),
        Status::InternalError => Some(13),
    }
}
