//! Cross-origin requests of the pages that a setting allows.
//!
//! A browser asks first (a preflight), and shows the page a response only if the response permits
//! it: <https://fetch.spec.whatwg.org/#http-cors-protocol>.

use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// What Chromium asks before a page of the internet reaches this machine.
const REQUEST_LOCAL_NETWORK: [(HeaderName, HeaderName); 2] = [
    (
        HeaderName::from_static("access-control-request-private-network"),
        HeaderName::from_static("access-control-allow-private-network"),
    ),
    (
        HeaderName::from_static("access-control-request-local-network"),
        HeaderName::from_static("access-control-allow-local-network"),
    ),
];

/// The answer to a preflight from an allowed origin; `None` for any other request.
pub(super) fn preflight(request: &Request) -> Option<Response> {
    let headers = request.headers();
    let method = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    if request.method() != Method::OPTIONS {
        return None;
    }
    let mut answer = StatusCode::NO_CONTENT.into_response();
    let allowed = answer.headers_mut();
    allowed.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(names) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        allowed.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    for (requested, granted) in REQUEST_LOCAL_NETWORK {
        if headers.contains_key(requested) {
            allowed.insert(granted, HeaderValue::from_static("true"));
        }
    }
    Some(answer)
}

/// Lets the pages of an allowed origin read a response.
pub(super) fn permit(origin: HeaderValue, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
