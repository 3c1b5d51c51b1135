//! The canonical error codes:
//! <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>.

use axum::http::StatusCode;

/// A canonical error code, one of those that the local cloud returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The request itself is wrong. Retrying does not help.
    InvalidArgument,
    /// A resource that the request names does not exist.
    NotFound,
    /// The resource to be created exists already.
    AlreadyExists,
    /// The caller, or the account that acts for it, may not do it.
    PermissionDenied,
    /// The resource is in a state that does not allow the operation.
    FailedPrecondition,
    /// A concurrent write came first. Retry the whole read-modify-write.
    Aborted,
    /// This machine has no room for it. Retrying helps once something was removed.
    ResourceExhausted,
    /// The local cloud does not support the operation.
    Unimplemented,
    /// The local cloud failed, for example because its disk is full.
    Internal,
}

impl Code {
    /// The name that REST errors carry, such as `NOT_FOUND`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::Aborted => "ABORTED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Internal => "INTERNAL",
        }
    }

    /// The number that gRPC statuses carry.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::InvalidArgument => 3,
            Self::NotFound => 5,
            Self::AlreadyExists => 6,
            Self::PermissionDenied => 7,
            Self::FailedPrecondition => 9,
            Self::Aborted => 10,
            Self::ResourceExhausted => 8,
            Self::Unimplemented => 12,
            Self::Internal => 13,
        }
    }

    /// The HTTP status that `code.proto` maps it to.
    #[must_use]
    pub const fn http(self) -> StatusCode {
        match self {
            Self::InvalidArgument | Self::FailedPrecondition => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::AlreadyExists | Self::Aborted => StatusCode::CONFLICT,
            Self::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
            Self::Unimplemented => StatusCode::NOT_IMPLEMENTED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
