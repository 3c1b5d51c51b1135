//! Why a call is refused.

use longshore_local_kit::filter::FilterError;
use longshore_local_kit::rest::{Code, RestError};

use crate::json::JsonError;
use crate::ports::PortError;

/// Google's text for a change while another one is under way. Clients search for it.
const BUSY: &str = "unable to queue the operation";

/// A refusal. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// A field of the request is missing or malformed.
    #[error("{0}")]
    Invalid(String),
    /// No resource has this full name.
    #[error("Resource '{0}' was not found")]
    NotFound(String),
    /// A resource has this full name already.
    #[error("Resource '{0}' already exists")]
    AlreadyExists(String),
    /// An operation on the function is under way. Retrying helps once it has ended.
    #[error("{BUSY}")]
    Busy,
    /// The etag of a policy is stale, or the function changed while the call was checked.
    #[error("{0}")]
    Conflict(String),
    /// The local cloud does less than Google here.
    #[error("the local cloud does not serve {0}")]
    Unserved(String),
    /// Another service refuses what the call needs.
    #[error("{message}")]
    Elsewhere {
        /// Its canonical code.
        code: Code,
        /// What it says.
        message: String,
    },
    /// This machine failed.
    #[error("{0}")]
    Internal(String),
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::InvalidArgument,
            Self::NotFound(_) => Code::NotFound,
            Self::AlreadyExists(_) => Code::AlreadyExists,
            Self::Busy | Self::Conflict(_) => Code::Aborted,
            Self::Unserved(_) => Code::Unimplemented,
            Self::Elsewhere { code, .. } => *code,
            Self::Internal(_) => Code::Internal,
        }
    }
}

impl From<PortError> for Refusal {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Refused { code, message } => Self::Elsewhere { code, message },
            PortError::Unavailable(message) => Self::Internal(message),
        }
    }
}

impl From<FilterError> for Refusal {
    fn from(error: FilterError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self::Invalid(format!("Invalid JSON payload received. {error}"))
    }
}

/// What the kit refuses for all services.
impl From<RestError> for Refusal {
    fn from(error: RestError) -> Self {
        Self::Elsewhere { code: error.code(), message: error.message().to_owned() }
    }
}
