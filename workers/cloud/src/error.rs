//! Errors: of one call, in terms that a worker can decide on, and of setting up the clients.

use std::error::Error;
use std::fmt;

use crate::endpoints::EndpointError;

/// A failed call.
///
/// `Display` names the operation, the resource and the kind; the client's own error is the
/// `source`.
#[derive(Debug, thiserror::Error)]
#[error("{operation} of {resource}: {kind}")]
pub struct CloudError {
    /// The operation, such as `get object`.
    pub operation: &'static str,
    pub resource: String,
    pub kind: Kind,
    /// `google.rpc.ErrorInfo.reason`, such as `SERVICE_DISABLED`, or empty.
    pub reason: String,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Kinds of failure, modelled on the canonical codes of `google.rpc.Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The resource, or a resource that it needs, does not exist.
    NotFound,
    /// A resource of that name exists.
    AlreadyExists,
    /// A precondition (generation, etag) did not hold.
    PreconditionFailed,
    /// The request is invalid. Retrying does not help.
    InvalidArgument,
    /// The caller lacks a permission.
    PermissionDenied,
    /// The caller has no valid credentials.
    Unauthenticated,
    /// A quota is used up (HTTP 429).
    ResourceExhausted,
    /// The service is unavailable, or the connection broke.
    Unavailable,
    /// There was no response in time.
    DeadlineExceeded,
    /// The service does not implement the method.
    Unimplemented,
    /// The call was cancelled.
    Cancelled,
    /// The service failed, or its response cannot be understood.
    Internal,
}

impl Kind {
    /// Whether a retry of the same call may succeed.
    #[must_use]
    pub fn is_transient(self) -> bool {
        match self {
            Self::ResourceExhausted
            | Self::Unavailable
            | Self::DeadlineExceeded
            | Self::Cancelled
            | Self::Internal => true,
            Self::NotFound
            | Self::AlreadyExists
            | Self::PreconditionFailed
            | Self::InvalidArgument
            | Self::PermissionDenied
            | Self::Unauthenticated
            | Self::Unimplemented => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::PreconditionFailed => "precondition failed",
            Self::InvalidArgument => "invalid argument",
            Self::PermissionDenied => "permission denied",
            Self::Unauthenticated => "no valid credentials",
            Self::ResourceExhausted => "quota exhausted",
            Self::Unavailable => "unavailable",
            Self::DeadlineExceeded => "no response in time",
            Self::Unimplemented => "not implemented by the service",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal error",
        })
    }
}

impl CloudError {
    /// A failure without a source.
    pub fn new(operation: &'static str, resource: impl Into<String>, kind: Kind) -> Self {
        Self { operation, resource: resource.into(), kind, reason: String::new(), source: None }
    }

    /// A failure with its source.
    pub fn caused(
        operation: &'static str,
        resource: impl Into<String>,
        kind: Kind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let (resource, source) = (resource.into(), Some(source.into()));
        Self { operation, resource, kind, reason: String::new(), source }
    }

    /// What Google says: the texts of all sources.
    pub(crate) fn message(&self) -> String {
        let mut texts = Vec::new();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            texts.push(error.to_string());
            source = error.source();
        }
        texts.join(": ")
    }
}

/// The clients cannot be set up. Retrying does not help: an operator has to correct what the error
/// names.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// An endpoint is invalid, or they do not belong to one cloud.
    #[error("the endpoints cannot be used")]
    Endpoints(#[from] EndpointError),
    /// There are no Application Default Credentials, or they cannot be read.
    #[error("cannot get Application Default Credentials")]
    Credentials(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The quota project is not the id of a project.
    #[error("cannot use the quota project")]
    QuotaProject(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// One of Google's clients.
    #[error("cannot set up the client of {service}")]
    Client {
        /// The service, named as in [`Endpoints`](crate::Endpoints).
        service: &'static str,
        /// The client's own error.
        source: google_cloud_gax::client_builder::Error,
    },
    /// The client that uploads to signed URLs.
    #[error("cannot set up the client of uploads")]
    Uploads(#[source] reqwest::Error),
    /// The client that reads quotas.
    #[error("cannot set up the client of serviceusage")]
    ServiceUsage(#[source] reqwest::Error),
    /// The client of the registry.
    #[error("cannot set up the client of the registry")]
    Registry(#[source] reqwest::Error),
    /// The client of methods that Google's clients lack.
    #[error("cannot set up the client of REST methods")]
    Plain(#[source] reqwest::Error),
    /// The client that gets identity tokens.
    #[error("cannot set up the client of identity")]
    Identity(#[source] reqwest::Error),
}

/// An error and its sources in one line: `a: b: c`.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
