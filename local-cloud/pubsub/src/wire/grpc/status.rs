//! Refusals as gRPC answers them.

use prost::Message as _;
use tonic::{Code, Status};

use crate::core::{AckFailure, Refusal};
use crate::wire::{ACK_FAILURE_DOMAIN, ACK_FAILURE_REASON, rpc};

/// The status that a refusal is answered with.
pub(crate) fn status(refusal: Refusal) -> Status {
    let message = refusal.to_string();
    match refusal {
        Refusal::InvalidArgument(_) => Status::invalid_argument(message),
        Refusal::FailedPrecondition(_) => Status::failed_precondition(message),
        Refusal::NotFound(_) => Status::not_found(message),
        Refusal::AlreadyExists(_) => Status::already_exists(message),
        Refusal::Aborted(_) => Status::aborted(message),
        Refusal::AckIds(failed) => ack_ids_status(message, &failed),
        Refusal::Unserved(_) => Status::unimplemented(message),
        Refusal::Journal(_) => Status::internal(message),
    }
}

/// What became of each id is in an `ErrorInfo`, in the trailer `grpc-status-details-bin`: clients
/// take it from there.
fn ack_ids_status(message: String, failed: &[(String, AckFailure)]) -> Status {
    let info = rpc::ErrorInfo {
        reason: ACK_FAILURE_REASON.to_owned(),
        domain: ACK_FAILURE_DOMAIN.to_owned(),
        metadata: failed.iter().map(|(id, why)| (id.clone(), why.as_str().to_owned())).collect(),
    };
    let info = prost_types::Any {
        type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(),
        value: info.encode_to_vec(),
    };
    let code = Code::InvalidArgument;
    let details = rpc::Status { code: code.into(), message: message.clone(), details: vec![info] };
    Status::with_details(code, message, details.encode_to_vec().into())
}
