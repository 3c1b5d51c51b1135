//! Refusals and failures of the service as errors of Google's REST APIs.

use std::fmt::Display;
use std::io;

use crate::core::CancelError;
use crate::service::CancelFailure;
use longshore_local_kit::rest::RestError;

pub(super) fn not_cancelled(id: &str, failure: &CancelFailure) -> RestError {
    match failure {
        CancelFailure::Refused(CancelError::NotFound) => {
            RestError::not_found(format!("build `{id}` not found"))
        }
        CancelFailure::Refused(CancelError::Ended) => {
            RestError::failed_precondition(format!("build `{id}` has already ended"))
        }
        CancelFailure::Journal(error) => {
            RestError::internal(format!("cannot record that the build is cancelled: {error}"))
        }
    }
}

pub(super) fn not_recorded(error: &io::Error) -> RestError {
    RestError::internal(format!("cannot record the build: {error}"))
}

pub(super) fn unrenderable(error: impl Display) -> RestError {
    RestError::internal(format!("cannot write the build as JSON: {error}"))
}
