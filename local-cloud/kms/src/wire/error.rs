//! Maps each refusal to one canonical code, for REST and gRPC.

use longshore_local_kit::rest::{Code, RestError};
use prost::Message as _;
use serde_json::json;
use tonic::Status;

use super::rpc;
use crate::{Refusal, ServiceError};

const PRECONDITION_FAILURE: &str = "type.googleapis.com/google.rpc.PreconditionFailure";

fn code(error: &ServiceError) -> Code {
    match error {
        ServiceError::Refused(refusal) => match refusal {
            Refusal::Invalid(_) => Code::InvalidArgument,
            Refusal::NotFound { .. } => Code::NotFound,
            Refusal::AlreadyExists { .. } => Code::AlreadyExists,
            Refusal::NotEnabled { .. } | Refusal::State(_) => Code::FailedPrecondition,
            Refusal::Etag => Code::Aborted,
            Refusal::Unimplemented(_) => Code::Unimplemented,
        },
        ServiceError::Disk(_) => Code::Internal,
    }
}

/// Type and subject of the violation that Google adds when a version is disabled.
fn violation(error: &ServiceError) -> Option<(&'static str, &str)> {
    match error {
        ServiceError::Refused(Refusal::NotEnabled { version, state: "DISABLED" }) => {
            Some(("KEY_DISABLED", version))
        }
        ServiceError::Refused(_) | ServiceError::Disk(_) => None,
    }
}

fn message(error: &ServiceError) -> String {
    match error {
        ServiceError::Refused(refusal) => refusal.to_string(),
        ServiceError::Disk(cause) => format!("{error}: {cause}"),
    }
}

pub(super) fn rest_error(error: &ServiceError) -> RestError {
    let rest = RestError::new(code(error), message(error));
    match violation(error) {
        Some((kind, subject)) => rest.with_detail(json!({
            "@type": PRECONDITION_FAILURE,
            "violations": [{"type": kind, "subject": subject}],
        })),
        None => rest,
    }
}

pub(super) fn status(error: &ServiceError) -> Status {
    let (number, message) = (code(error).number(), message(error));
    let Some((kind, subject)) = violation(error) else {
        return Status::new(number.into(), message);
    };
    let violation = rpc::precondition_failure::Violation {
        r#type: kind.to_owned(),
        subject: subject.to_owned(),
        description: String::new(),
    };
    let failure = rpc::PreconditionFailure { violations: vec![violation] };
    let failure = pbjson_types::Any {
        type_url: PRECONDITION_FAILURE.to_owned(),
        value: failure.encode_to_vec().into(),
    };
    let details = rpc::Status { code: number, message: message.clone(), details: vec![failure] };
    Status::with_details(number.into(), message, details.encode_to_vec().into())
}
