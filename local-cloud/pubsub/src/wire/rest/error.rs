//! Refusals as REST answers them.

use serde_json::{Value, json};

use crate::core::Refusal;
use crate::wire::{ACK_FAILURE_DOMAIN, ACK_FAILURE_REASON};
use longshore_local_kit::rest::RestError;

pub(super) fn rest_error(refusal: Refusal) -> RestError {
    let text = refusal.to_string();
    match refusal {
        Refusal::InvalidArgument(message) => RestError::invalid(message),
        Refusal::FailedPrecondition(message) => RestError::failed_precondition(message),
        Refusal::NotFound(message) => RestError::not_found(message),
        Refusal::AlreadyExists(message) => RestError::already_exists(message),
        Refusal::Aborted(message) => RestError::aborted(message),
        Refusal::AckIds(failed) => {
            let metadata = failed.into_iter().map(|(id, why)| (id, Value::from(why.as_str())));
            RestError::invalid(text).with_detail(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": ACK_FAILURE_REASON,
                "domain": ACK_FAILURE_DOMAIN,
                "metadata": metadata.collect::<serde_json::Map<String, Value>>(),
            }))
        }
        Refusal::Unserved(what) => RestError::unimplemented(what),
        Refusal::Journal(_) => RestError::internal(text),
    }
}
