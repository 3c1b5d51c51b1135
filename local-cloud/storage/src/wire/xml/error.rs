//! Errors of the XML API: <https://cloud.google.com/storage/docs/xml-api/reference-status>.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::error::{self, http_status};
use super::document::escape;
use super::policy::PolicyError;
use crate::signing::SignatureError;
use crate::{PartsError, StorageError};

/// Why a request of the XML API fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum XmlError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Parts of a multipart upload. Never [`PartsError::Storage`].
    #[error(transparent)]
    Parts(PartsError),
}

/// The error document.
struct Report {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    /// Further elements: name and text.
    details: Vec<(&'static str, String)>,
}

impl IntoResponse for XmlError {
    fn into_response(self) -> Response {
        let report = match &self {
            Self::Storage(error) => storage(error),
            Self::Signature(error) => signature(error),
            Self::Policy(error) => policy(error),
            Self::Parts(error) => parts(error),
        };
        if report.status == StatusCode::NOT_MODIFIED {
            return report.status.into_response();
        }
        let details: String = report
            .details
            .iter()
            .map(|(name, text)| format!("<{name}>{}</{name}>", escape(text)))
            .collect();
        let (code, message) = (report.code, report.message);
        let document = format!(
            "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message>{details}</Error>"
        );
        (report.status, [(header::CONTENT_TYPE, "application/xml; charset=UTF-8")], document)
            .into_response()
    }
}

fn signature(error: &SignatureError) -> Report {
    let details = vec![("Details", error.to_string())];
    let report = |status, code, message| Report { status, code, message, details: details.clone() };
    match error {
        SignatureError::Malformed(_) => {
            report(StatusCode::BAD_REQUEST, "InvalidArgument", "Invalid argument.")
        }
        SignatureError::Expired(_) => {
            report(StatusCode::BAD_REQUEST, "ExpiredToken", "The provided token has expired.")
        }
        SignatureError::Header(_) => report(
            StatusCode::BAD_REQUEST,
            "MalformedSecurityHeader",
            "Your request has a malformed header.",
        ),
        SignatureError::Credentials => {
            report(StatusCode::FORBIDDEN, "AccessDenied", "Access denied.")
        }
        SignatureError::NoKey(_) => report(
            StatusCode::FORBIDDEN,
            "InvalidSecurity",
            "The provided security credentials are not valid.",
        ),
        SignatureError::Mismatch { string_to_sign, canonical_request } => Report {
            status: StatusCode::FORBIDDEN,
            code: "SignatureDoesNotMatch",
            message: "Access denied.",
            details: vec![
                ("Details", error.to_string()),
                ("StringToSign", string_to_sign.clone()),
                ("CanonicalRequest", canonical_request.clone()),
            ],
        },
        SignatureError::Unimplemented(_) => report(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            "A header or query you provided requested a function that is not implemented.",
        ),
    }
}

fn policy(error: &PolicyError) -> Report {
    let (status, code, message) = match error {
        PolicyError::Malformed(_) => {
            (StatusCode::BAD_REQUEST, "InvalidPolicyDocument", "The policy document is invalid.")
        }
        PolicyError::Size { size_bytes, least, .. } if size_bytes < least => {
            (StatusCode::BAD_REQUEST, "EntityTooSmall", "The content is too small.")
        }
        PolicyError::Size { .. } => {
            (StatusCode::BAD_REQUEST, "EntityTooLarge", "The content is too large.")
        }
        PolicyError::Expired | PolicyError::Condition(_) | PolicyError::Extra(_) => {
            (StatusCode::FORBIDDEN, "AccessDenied", "Access denied.")
        }
    };
    Report { status, code, message, details: vec![("Details", error.to_string())] }
}

fn parts(error: &PartsError) -> Report {
    let (code, message) = match error {
        PartsError::Storage(error) => return storage(error),
        PartsError::Invalid(_) => ("InvalidPart", "A part was not found, or its tag differs."),
        PartsError::Order => ("InvalidPartOrder", "The parts are not in ascending order."),
        PartsError::Small { .. } => ("EntityTooSmall", "A part is too small."),
    };
    let details = vec![("Details", error.to_string())];
    Report { status: StatusCode::BAD_REQUEST, code, message, details }
}

fn storage(error: &StorageError) -> Report {
    use StorageError as E;
    let (code, message) = match error {
        E::Invalid(_) | E::Key(_) => ("InvalidArgument", "Invalid argument."),
        E::Checksum { .. } => (
            "BadDigest",
            "The Content-MD5 or x-goog-hash you specified did not match what we received.",
        ),
        E::Body(_) => ("IncompleteBody", "The request body ended early."),
        E::NoBucket(_) => ("NoSuchBucket", "The specified bucket does not exist."),
        E::NoObject { .. } => ("NoSuchKey", "The specified key does not exist."),
        E::NoUpload(_) | E::NotFound(_) => ("NoSuchUpload", "The requested upload was not found."),
        E::BucketExists(_) => {
            ("BucketNameUnavailable", "The requested bucket name is not available.")
        }
        E::ForeignBucket { .. } | E::Held { .. } => ("AccessDenied", "Access denied."),
        E::BucketNotEmpty(_) => ("BucketNotEmpty", "The bucket you tried to delete is not empty."),
        E::Precondition | E::PublicAccess => {
            ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
        }
        E::NotModified => ("NotModified", ""),
        E::Range { .. } => ("InvalidRange", "The requested range cannot be satisfied."),
        E::Unimplemented(_) => (
            "NotImplemented",
            "A header or query you provided requested a function that is not implemented.",
        ),
        E::Content(_) | E::Journal(_) => ("ServiceUnavailable", "Service is unavailable."),
    };
    let details = vec![("Details", error::message(error))];
    Report { status: http_status(error), code, message, details }
}
