//! What a request's body must be.

use axum::http::{HeaderMap, header};
use http_body_util::LengthLimitError;

use super::RestError;

/// Why a body was not read. The text for one above the limit is Google's.
#[must_use]
pub fn body_error(error: &axum::Error, limit_bytes: usize) -> RestError {
    // A layer before the API may have read the body, and pass on its error.
    let first: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut causes = std::iter::successors(first, |error| error.source());
    if causes.any(|error| error.is::<LengthLimitError>()) {
        let text = format!("Request payload size exceeds the limit: {limit_bytes} bytes.");
        return RestError::invalid(text);
    }
    RestError::invalid(format!("request body: {error}"))
}

/// Whether the content type is JSON. A web page cannot send it to another origin without asking
/// first (a CORS preflight), unlike `text/plain` or no content type.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The error for a request whose body is not JSON.
pub const WANTS_JSON: &str = "a request body must be JSON, with Content-Type: application/json";
