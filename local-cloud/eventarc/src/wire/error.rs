//! Maps each refusal to one canonical code, for REST and gRPC.

use longshore_local_kit::rest::RestError;
use tonic::Status;

use crate::core::Refusal;

impl From<Refusal> for RestError {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string())
    }
}

pub(super) fn status(refusal: &Refusal) -> Status {
    Status::new(refusal.code().number().into(), refusal.to_string())
}
