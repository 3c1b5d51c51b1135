//! Maps a client's error to a [`Kind`]. Nothing else interprets Google's codes.

use std::error::Error as _;

use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::{Code, StatusDetails};
use google_cloud_pubsub::error::PublishError;

use crate::Kind;

/// The kind of a failed call.
///
/// The order matters. Cloud Storage's JSON errors have no canonical code (the client reports
/// `UNKNOWN`), so only their HTTP status identifies a failed precondition (412). The client's retry
/// loop wraps the error that ended it.
pub(crate) fn kind(error: &Error) -> Kind {
    let code = error.status().and_then(|status| of_code(status.code));
    if let Some(kind) = code.or_else(|| error.http_status_code().map(of_http)) {
        return kind;
    }
    if error.status().is_some() || error.is_deserialization() {
        return Kind::Internal;
    }
    if error.is_authentication() {
        return if error.is_transient_and_before_rpc() {
            Kind::Unavailable
        } else {
            Kind::Unauthenticated
        };
    }
    if error.is_exhausted() {
        return last_error(error).map_or(Kind::DeadlineExceeded, kind);
    }
    if error.is_timeout() {
        return Kind::DeadlineExceeded;
    }
    if error.is_binding() || error.is_serialization() {
        return Kind::InvalidArgument;
    }
    // The remaining errors had no response: no connection, or one that broke.
    Kind::Unavailable
}

/// The reason of the error's `ErrorInfo`, or empty.
pub(crate) fn reason(error: &Error) -> String {
    let details = error.status().map(|status| status.details.as_slice()).unwrap_or_default();
    let reason = details.iter().find_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(info.reason.clone()),
        _ => None,
    });
    reason.unwrap_or_default()
}

/// The kind of a failed write that had a precondition: every form in which Cloud Run reports a
/// concurrent write is a failed precondition. The code for a stale etag is not documented; ABORTED
/// and FAILED_PRECONDITION have been observed, both with and without HTTP 409.
pub(crate) fn conditional_write_kind(error: &Error) -> Kind {
    let contended = error.status().is_some_and(|status| {
        matches!(status.code, Code::Aborted | Code::AlreadyExists | Code::FailedPrecondition)
    });
    if contended || matches!(error.http_status_code(), Some(409 | 412)) {
        Kind::PreconditionFailed
    } else {
        kind(error)
    }
}

/// The kind of an operation's error, by its canonical code.
pub(crate) fn kind_of_code(code: i32) -> Kind {
    of_code(Code::from(code)).unwrap_or(Kind::Internal)
}

/// The kind of a failed publish.
pub(crate) fn publish_kind(error: &PublishError) -> Kind {
    match error {
        PublishError::Rpc(error) => kind(error),
        PublishError::Shutdown => Kind::Cancelled,
        // Ordering keys are not used; the enum may also grow.
        _ => Kind::Internal,
    }
}

fn last_error(error: &Error) -> Option<&Error> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(found) = inner.downcast_ref::<Error>() {
            return Some(found);
        }
        source = inner.source();
    }
    None
}

fn of_code(code: Code) -> Option<Kind> {
    Some(match code {
        Code::Cancelled => Kind::Cancelled,
        Code::InvalidArgument | Code::OutOfRange => Kind::InvalidArgument,
        Code::DeadlineExceeded => Kind::DeadlineExceeded,
        Code::NotFound => Kind::NotFound,
        Code::AlreadyExists => Kind::AlreadyExists,
        Code::PermissionDenied => Kind::PermissionDenied,
        Code::ResourceExhausted => Kind::ResourceExhausted,
        Code::FailedPrecondition => Kind::PreconditionFailed,
        // "The client should retry at a higher level". For calls without a precondition, that is a
        // retry of the same call.
        Code::Aborted | Code::Unavailable => Kind::Unavailable,
        Code::Unimplemented => Kind::Unimplemented,
        Code::Internal | Code::DataLoss => Kind::Internal,
        Code::Unauthenticated => Kind::Unauthenticated,
        // Unspecific: the HTTP status may say more. The enum may also grow.
        _ => return None,
    })
}

fn of_http(status: u16) -> Kind {
    match status {
        401 => Kind::Unauthenticated,
        403 => Kind::PermissionDenied,
        404 => Kind::NotFound,
        408 | 504 => Kind::DeadlineExceeded,
        409 => Kind::AlreadyExists,
        412 => Kind::PreconditionFailed,
        429 => Kind::ResourceExhausted,
        400..=498 => Kind::InvalidArgument,
        499 => Kind::Cancelled,
        501 => Kind::Unimplemented,
        502 | 503 => Kind::Unavailable,
        _ => Kind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use google_cloud_gax::error::rpc::{Code, Status};
    use google_cloud_gax::error::{CredentialsError, Error};

    use super::{conditional_write_kind, kind};
    use crate::Kind;

    fn service(code: Code) -> Error {
        Error::service(Status::default().set_code(code).set_message("no"))
    }

    fn service_over_http(code: Code, http: u16) -> Error {
        Error::service_with_http_metadata(Status::default().set_code(code), Some(http), None)
    }

    #[test]
    fn a_canonical_code_decides() {
        for (code, expected) in [
            (Code::Cancelled, Kind::Cancelled),
            (Code::Unknown, Kind::Internal),
            (Code::InvalidArgument, Kind::InvalidArgument),
            (Code::OutOfRange, Kind::InvalidArgument),
            (Code::DeadlineExceeded, Kind::DeadlineExceeded),
            (Code::NotFound, Kind::NotFound),
            (Code::AlreadyExists, Kind::AlreadyExists),
            (Code::PermissionDenied, Kind::PermissionDenied),
            (Code::ResourceExhausted, Kind::ResourceExhausted),
            (Code::FailedPrecondition, Kind::PreconditionFailed),
            (Code::Aborted, Kind::Unavailable),
            (Code::Unimplemented, Kind::Unimplemented),
            (Code::Internal, Kind::Internal),
            (Code::Unavailable, Kind::Unavailable),
            (Code::DataLoss, Kind::Internal),
            (Code::Unauthenticated, Kind::Unauthenticated),
        ] {
            assert_eq!(kind(&service(code)), expected, "{code:?}");
        }
    }

    #[test]
    fn the_http_status_decides_where_the_code_says_nothing() {
        for (http, expected) in [
            (400, Kind::InvalidArgument),
            (401, Kind::Unauthenticated),
            (403, Kind::PermissionDenied),
            (404, Kind::NotFound),
            (408, Kind::DeadlineExceeded),
            (409, Kind::AlreadyExists),
            (412, Kind::PreconditionFailed),
            (413, Kind::InvalidArgument),
            (429, Kind::ResourceExhausted),
            (499, Kind::Cancelled),
            (500, Kind::Internal),
            (501, Kind::Unimplemented),
            (502, Kind::Unavailable),
            (503, Kind::Unavailable),
            (504, Kind::DeadlineExceeded),
            (302, Kind::Internal),
        ] {
            assert_eq!(
                kind(&service_over_http(Code::Unknown, http)),
                expected,
                "{http} with UNKNOWN"
            );
            assert_eq!(
                kind(&Error::http(http, Default::default(), Default::default())),
                expected,
                "{http} without a body"
            );
        }
        assert_eq!(kind(&service_over_http(Code::ResourceExhausted, 400)), Kind::ResourceExhausted);
    }

    #[test]
    fn an_error_without_an_answer_is_judged_by_its_cause() {
        for (error, expected) in [
            (Error::timeout("late"), Kind::DeadlineExceeded),
            (Error::io("reset"), Kind::Unavailable),
            (Error::connect("refused"), Kind::Unavailable),
            (Error::transport(Default::default(), "h2"), Kind::Unavailable),
            (Error::ser("bad"), Kind::InvalidArgument),
            (Error::binding("bad"), Kind::InvalidArgument),
            (Error::deser("bad"), Kind::Internal),
            (
                Error::authentication(CredentialsError::from_msg(false, "no key")),
                Kind::Unauthenticated,
            ),
            (
                Error::authentication(CredentialsError::from_msg(true, "metadata server")),
                Kind::Unavailable,
            ),
            (Error::exhausted("gave up"), Kind::DeadlineExceeded),
            (Error::exhausted(service(Code::ResourceExhausted)), Kind::ResourceExhausted),
        ] {
            assert_eq!(kind(&error), expected, "{error}");
        }
    }

    #[test]
    fn contention_of_a_conditional_write_is_a_failed_precondition() {
        for error in [
            service(Code::Aborted),
            service(Code::AlreadyExists),
            service(Code::FailedPrecondition),
            service_over_http(Code::Unknown, 409),
            service_over_http(Code::Unknown, 412),
        ] {
            assert_eq!(conditional_write_kind(&error), Kind::PreconditionFailed, "{error}");
        }
        assert_eq!(conditional_write_kind(&service(Code::Unavailable)), Kind::Unavailable);
        assert_eq!(conditional_write_kind(&service(Code::NotFound)), Kind::NotFound);
    }
}
