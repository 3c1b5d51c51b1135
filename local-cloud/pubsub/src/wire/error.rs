//! Maps each refusal to one canonical code, for REST and gRPC.

use prost::Message as _;
use serde_json::{Value, json};
use tonic::Status;

use super::rpc;
use crate::core::{AckFailure, Refusal};
use longshore_local_kit::rest::{Code, RestError};

/// `google.rpc.ErrorInfo` of acknowledgement ids that failed, as Google's clients expect it.
const ACK_FAILURE_REASON: &str = "EXACTLY_ONCE_ACKID_FAILURE";
const ACK_FAILURE_DOMAIN: &str = "pubsub.googleapis.com";
const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";

fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::InvalidArgument(_) | Refusal::AckIds(_) => Code::InvalidArgument,
        Refusal::FailedPrecondition(_) => Code::FailedPrecondition,
        Refusal::NotFound(_) => Code::NotFound,
        Refusal::AlreadyExists(_) => Code::AlreadyExists,
        Refusal::Aborted(_) => Code::Aborted,
        Refusal::Unserved(_) => Code::Unimplemented,
        Refusal::Journal(_) => Code::Internal,
    }
}

/// The outcome of each acknowledgement id, if the refusal has any.
fn outcomes(refusal: &Refusal) -> Option<&[(String, AckFailure)]> {
    match refusal {
        Refusal::AckIds(outcomes) => Some(outcomes),
        Refusal::InvalidArgument(_)
        | Refusal::FailedPrecondition(_)
        | Refusal::NotFound(_)
        | Refusal::AlreadyExists(_)
        | Refusal::Aborted(_)
        | Refusal::Unserved(_)
        | Refusal::Journal(_) => None,
    }
}

pub(super) fn rest_error(refusal: Refusal) -> RestError {
    let error = RestError::new(code(&refusal), refusal.to_string());
    let Some(outcomes) = outcomes(&refusal) else { return error };
    let metadata = outcomes.iter().map(|(id, why)| (id.clone(), Value::from(why.as_str())));
    error.with_detail(json!({
        "@type": ERROR_INFO,
        "reason": ACK_FAILURE_REASON,
        "domain": ACK_FAILURE_DOMAIN,
        "metadata": metadata.collect::<serde_json::Map<String, Value>>(),
    }))
}

/// The outcome of each acknowledgement id is in an `ErrorInfo` in the trailer
/// `grpc-status-details-bin`, where clients look for it.
pub(super) fn status(refusal: Refusal) -> Status {
    let (number, message) = (code(&refusal).number(), refusal.to_string());
    let Some(outcomes) = outcomes(&refusal) else { return Status::new(number.into(), message) };
    let info = rpc::ErrorInfo {
        reason: ACK_FAILURE_REASON.to_owned(),
        domain: ACK_FAILURE_DOMAIN.to_owned(),
        metadata: outcomes.iter().map(|(id, why)| (id.clone(), why.as_str().to_owned())).collect(),
    };
    let info = prost_types::Any { type_url: ERROR_INFO.to_owned(), value: info.encode_to_vec() };
    let details = rpc::Status { code: number, message: message.clone(), details: vec![info] };
    Status::with_details(number.into(), message, details.encode_to_vec().into())
}
