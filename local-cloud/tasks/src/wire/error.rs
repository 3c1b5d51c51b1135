//! Maps each refusal to one canonical code, for REST and gRPC.

use longshore_local_kit::rest::{Code, RestError};
use tonic::Status;

use crate::{Refusal, ServiceError};

fn code(error: &ServiceError) -> Code {
    match error {
        ServiceError::Refused(refusal) => match refusal {
            Refusal::Invalid(_) => Code::InvalidArgument,
            Refusal::NoQueue | Refusal::NotFound | Refusal::TaskGone | Refusal::NoLocation(_) => {
                Code::NotFound
            }
            Refusal::QueueExists | Refusal::TaskExists | Refusal::TaskNameUsed => {
                Code::AlreadyExists
            }
            Refusal::Etag => Code::Aborted,
            Refusal::Unimplemented(_) => Code::Unimplemented,
        },
        ServiceError::Disk(_) => Code::Internal,
    }
}

fn message(error: &ServiceError) -> String {
    match error {
        ServiceError::Refused(refusal) => refusal.to_string(),
        ServiceError::Disk(cause) => format!("{error}: {cause}"),
    }
}

pub(super) fn rest_error(error: &ServiceError) -> RestError {
    RestError::new(code(error), message(error))
}

pub(super) fn status(error: &ServiceError) -> Status {
    Status::new(code(error).number().into(), message(error))
}
