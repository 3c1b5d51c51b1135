//! What the front answers in place of an instance, worded as by Google's front end.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::protocol::Protocol;
use crate::pool::Unavailable;
use longshore_local_kit::listen::BodyFault;

pub(super) fn refused(unavailable: &Unavailable) -> Response {
    match unavailable {
        Unavailable::Busy => text(
            StatusCode::TOO_MANY_REQUESTS,
            "Rate exceeded. The request was aborted because there was no available instance.",
        ),
        Unavailable::CannotStart(why) => {
            text(StatusCode::SERVICE_UNAVAILABLE, &format!("Service Unavailable: {why}"))
        }
        Unavailable::Stopped => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Unavailable: the service is being stopped.",
        ),
    }
}

pub(super) fn bad_request(fault: BodyFault) -> Response {
    match fault {
        BodyFault::Stalled => {
            text(StatusCode::REQUEST_TIMEOUT, &format!("Request Timeout: {fault}"))
        }
        BodyFault::Malformed => text(StatusCode::BAD_REQUEST, &format!("Bad Request: {fault}")),
    }
}

pub(super) fn request_too_large() -> Response {
    text(
        StatusCode::PAYLOAD_TOO_LARGE,
        "Request Entity Too Large: your client issued a request that was too large.",
    )
}

pub(super) fn response_too_large() -> Response {
    tracing::debug!("a response was too large");
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Response size was too large. Please consider reducing response size.",
    )
}

pub(super) fn timed_out() -> Response {
    let message = "upstream request timeout: the request has been terminated because it has reached the maximum request timeout.";
    text(StatusCode::GATEWAY_TIMEOUT, message)
}

/// The instance closed the connection, or did not speak HTTP.
pub(super) fn no_answer(protocol: Protocol) -> Response {
    let message = "The request failed because either the HTTP response was malformed or connection to the instance had an error.";
    let hint = match protocol {
        Protocol::Http1 => "",
        Protocol::Http2 => {
            " The front speaks HTTP/2 to this container: its port is named h2c, or the request is \
             gRPC. Does the container speak it?"
        }
    };
    text(StatusCode::SERVICE_UNAVAILABLE, &format!("{message}{hint}"))
}

pub(super) fn no_websocket() -> Response {
    text(
        StatusCode::NOT_IMPLEMENTED,
        "WebSockets to containers that speak HTTP/2 are unsupported in the local cloud. Deploy the \
         service without HTTP/2 (--no-use-http2).",
    )
}

pub(in super::super) fn text(status: StatusCode, message: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{message}\n"))
        .into_response()
}
