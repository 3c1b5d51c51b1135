//! Maps each refusal to one canonical code, for REST and gRPC.

use serde_json::json;
use tonic::Status;

use crate::core::Refusal;
use crate::json::pack;
use crate::proto::rpc;
use longshore_local_kit::rest::{Code, RestError};
use prost::Message as _;

const DOMAIN: &str = "googleapis.com";
const RATE_LIMIT: &str = "RATE_LIMIT_EXCEEDED";
const SERVICE: &str = "cloudfunctions.googleapis.com";

impl From<Refusal> for RestError {
    fn from(refusal: Refusal) -> Self {
        let error = Self::new(refusal.code(), refusal.to_string());
        match reason(refusal.code()) {
            Some(reason) => error.with_detail(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": reason,
                "domain": DOMAIN,
                "metadata": {"service": SERVICE},
            })),
            None => error,
        }
    }
}

pub(super) fn status(refusal: Refusal) -> Status {
    let (number, message) = (refusal.code().number(), refusal.to_string());
    let Some(reason) = reason(refusal.code()) else { return Status::new(number.into(), message) };
    let info = rpc::ErrorInfo {
        reason: reason.to_owned(),
        domain: DOMAIN.to_owned(),
        metadata: [("service".to_owned(), SERVICE.to_owned())].into(),
    };
    let details =
        rpc::Status { code: number, message: message.clone(), details: vec![pack(&info)] };
    Status::with_details(number.into(), message, details.encode_to_vec().into())
}

/// The reason that clients look for beside the code.
fn reason(code: Code) -> Option<&'static str> {
    (code == Code::ResourceExhausted).then_some(RATE_LIMIT)
}
