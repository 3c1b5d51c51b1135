//! Internal errors as Google's REST APIs return them.

use crate::core::Refusal;
use crate::machine::NoRoomForUrl;
use crate::service::CommitError;
use longshore_local_kit::rest::RestError;

impl From<Refusal> for RestError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::InvalidArgument(message) => Self::invalid(message),
            Refusal::FailedPrecondition(message) => Self::failed_precondition(message),
            Refusal::NotFound(message) => Self::not_found(message),
            Refusal::AlreadyExists(message) => Self::already_exists(message),
            Refusal::Aborted(message) => Self::aborted(message),
            Refusal::Unsupported(feature) => Self::unimplemented(feature),
            Refusal::Internal(message) => Self::internal(message),
        }
    }
}

impl From<CommitError> for RestError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Refused(refusal) => refusal.into(),
            CommitError::Journal(source) => {
                Self::internal(format!("cannot write the journal: {source}"))
            }
        }
    }
}

impl From<NoRoomForUrl> for RestError {
    fn from(error: NoRoomForUrl) -> Self {
        Self::resource_exhausted(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn every_refusal_has_its_canonical_code() {
        let text = || "text".to_owned();
        for (refusal, status) in [
            (Refusal::InvalidArgument(text()), "INVALID_ARGUMENT"),
            (Refusal::FailedPrecondition(text()), "FAILED_PRECONDITION"),
            (Refusal::NotFound(text()), "NOT_FOUND"),
            (Refusal::AlreadyExists(text()), "ALREADY_EXISTS"),
            (Refusal::Aborted(text()), "ABORTED"),
            (Refusal::Unsupported(text()), "UNIMPLEMENTED"),
            (Refusal::Internal(text()), "INTERNAL"),
        ] {
            assert_eq!(RestError::from(CommitError::from(refusal)).status(), status);
        }
        let journal = RestError::from(CommitError::Journal(io::Error::other("disk full")));
        assert_eq!(journal.to_string(), "INTERNAL: cannot write the journal: disk full");
    }
}
