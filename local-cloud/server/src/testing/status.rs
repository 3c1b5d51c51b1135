//! The canonical codes that a fault can have, and the responses with them
//! (<https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

/// A code that is not `OK`: its name, its number over gRPC, and the HTTP status that it maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) name: &'static str,
    number: i32,
    http: u16,
}

/// All codes.
const ALL: [Status; 16] = [
    Status { name: "CANCELLED", number: 1, http: 499 },
    Status { name: "UNKNOWN", number: 2, http: 500 },
    Status { name: "INVALID_ARGUMENT", number: 3, http: 400 },
    Status { name: "DEADLINE_EXCEEDED", number: 4, http: 504 },
    Status { name: "NOT_FOUND", number: 5, http: 404 },
    Status { name: "ALREADY_EXISTS", number: 6, http: 409 },
    Status { name: "PERMISSION_DENIED", number: 7, http: 403 },
    Status { name: "RESOURCE_EXHAUSTED", number: 8, http: 429 },
    Status { name: "FAILED_PRECONDITION", number: 9, http: 400 },
    Status { name: "ABORTED", number: 10, http: 409 },
    Status { name: "OUT_OF_RANGE", number: 11, http: 400 },
    Status { name: "UNIMPLEMENTED", number: 12, http: 501 },
    Status { name: "INTERNAL", number: 13, http: 500 },
    Status { name: "UNAVAILABLE", number: 14, http: 503 },
    Status { name: "DATA_LOSS", number: 15, http: 500 },
    Status { name: "UNAUTHENTICATED", number: 16, http: 401 },
];

impl Status {
    pub(super) fn named(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|status| status.name == name)
    }

    /// The names, separated by commas.
    pub(super) fn names() -> String {
        ALL.map(|status| status.name).join(", ")
    }

    pub(super) fn response(self, message: &str, is_grpc: bool) -> Response {
        if is_grpc { self.grpc(message) } else { self.rest(message) }
    }

    /// The list `errors` is what clients of Cloud Storage read.
    fn rest(self, message: &str) -> Response {
        let code = StatusCode::from_u16(self.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"error": {
            "code": self.http,
            "message": message,
            "status": self.name,
            "errors": [{"domain": "global", "reason": "injectedFault", "message": message}],
        }});
        (code, axum::Json(body)).into_response()
    }

    /// Headers without a message.
    fn grpc(self, message: &str) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert("grpc-status", self.number.into());
        if let Ok(message) = HeaderValue::from_str(&percent_encoded(message)) {
            headers.insert("grpc-message", message);
        }
        response
    }
}

/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses>
fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_both_forms() {
        let status = Status::named("UNAVAILABLE").unwrap();
        assert_eq!(status.response("later", false).status(), StatusCode::SERVICE_UNAVAILABLE);
        let grpc = status.response("100% später", true);
        assert_eq!(grpc.status(), StatusCode::OK);
        assert_eq!(grpc.headers()["grpc-status"], "14");
        assert_eq!(grpc.headers()["grpc-message"], "100%25 sp%C3%A4ter");
        assert_eq!(Status::named("OK"), None);
        for (position, status) in ALL.iter().enumerate() {
            assert_eq!(usize::try_from(status.number).unwrap(), position + 1);
            assert!(StatusCode::from_u16(status.http).is_ok(), "{}", status.name);
        }
    }
}
