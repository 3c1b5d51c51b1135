//! The version of HTTP that a container gets a request in.
//!
//! Google's front end speaks HTTP/1 to containers, unless their port is named `h2c`. Native gRPC
//! stays HTTP/2 in any case. <https://cloud.google.com/run/docs/configuring/http2>

use axum::extract::Request;
use axum::http::{HeaderMap, Version, header};

const GRPC: &str = "application/grpc";

/// The version of HTTP between the front and a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    /// Without TLS and without an upgrade (RFC 9113, 3.3: prior knowledge).
    Http2,
}

impl Protocol {
    pub(super) fn of(request: &Request, is_port_http2: bool) -> Self {
        let is_native_grpc = request.version() == Version::HTTP_2 && is_grpc(request.headers());
        if is_port_http2 || is_native_grpc { Self::Http2 } else { Self::Http1 }
    }
}

/// Whether a request is gRPC's own protocol, and not gRPC-Web.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type
        .and_then(|value| value.trim().strip_prefix(GRPC))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';', ' ']))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn native_grpc_and_containers_with_h2c_get_http2() {
        let (one, two) = (Version::HTTP_11, Version::HTTP_2);
        for (version, content_type, is_port_http2, expected) in [
            (one, "text/plain", false, Protocol::Http1),
            (two, "text/plain", false, Protocol::Http1),
            (one, "text/plain", true, Protocol::Http2),
            (two, "text/plain", true, Protocol::Http2),
            (two, "application/grpc", false, Protocol::Http2),
            (two, "application/grpc+proto", false, Protocol::Http2),
            (two, "application/grpc; charset=utf-8", false, Protocol::Http2),
            (two, "application/grpc-web+proto", false, Protocol::Http1),
            (one, "application/grpc", false, Protocol::Http1),
        ] {
            let request = Request::builder().version(version).header("content-type", content_type);
            let request = request.body(Body::empty()).unwrap();
            let got = Protocol::of(&request, is_port_http2);
            assert_eq!(got, expected, "{version:?} {content_type} {is_port_http2}");
        }
    }
}
