//! Refusals and failures as errors of Google's REST APIs.

use crate::core::Refusal;
use crate::service::ServiceError;
use longshore_local_kit::rest::RestError;

impl From<Refusal> for RestError {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::Invalid(_) => Self::invalid(message),
            Refusal::NoSecret(_) | Refusal::NoVersion(_) => Self::not_found(message),
            Refusal::SecretExists(_) => Self::already_exists(message),
            Refusal::State { .. } => Self::failed_precondition(message),
            Refusal::Etag(_) | Refusal::StalePolicy => Self::aborted(message),
            Refusal::Unimplemented(what) => Self::unimplemented(what),
        }
    }
}

impl From<ServiceError> for RestError {
    fn from(error: ServiceError) -> Self {
        match &error {
            ServiceError::Refused(refusal) => refusal.clone().into(),
            ServiceError::Disk(cause) => Self::internal(format!("{error}: {cause}")),
        }
    }
}
