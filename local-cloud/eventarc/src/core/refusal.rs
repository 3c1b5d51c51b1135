//! Why a call is refused.

use longshore_local_kit::filter::FilterError;
use longshore_local_kit::rest::{Code, RestError};

use crate::json::JsonError;
use crate::names::TriggerName;
use crate::ports::PortError;

/// Google's text for a change while another one is under way.
const BUSY: &str = "unable to queue the operation";

/// A refusal. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field of the request is missing or malformed.
    #[error("The request was invalid: {0}")]
    Invalid(String),
    /// The bucket is not where the trigger is.
    #[error(
        "The request was invalid: Bucket \"{bucket}\" location \"{location}\" does not match \
         trigger location \"{trigger}\". Try again by creating the trigger in \"{location}\"."
    )]
    BucketElsewhere {
        /// The bucket.
        bucket: String,
        /// Its location.
        location: String,
        /// The location of the trigger.
        trigger: String,
    },
    /// There is no such bucket in the project.
    #[error(
        "Permission \"storage.buckets.get\" denied on \"Bucket \\\"{0}\\\" could not be validated. \
         Please verify that the bucket exists and that the Eventarc service account has \
         permission.\""
    )]
    NoBucket(String),
    /// No resource has this full name.
    #[error("Resource '{0}' was not found")]
    NotFound(String),
    /// A resource has this full name already.
    #[error("Resource '{0}' already exists")]
    AlreadyExists(String),
    /// An operation on the trigger is under way. Retrying helps once it has ended.
    #[error("{BUSY}")]
    Busy,
    /// An etag is stale, or the trigger changed while the call was checked.
    #[error("{0}")]
    Conflict(String),
    /// The location has the maximum number of triggers.
    #[error("{0}")]
    Quota(String),
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

impl From<FilterError> for Refusal {
    fn from(error: FilterError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// The canonical code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid(_) | Self::BucketElsewhere { .. } => Code::InvalidArgument,
            Self::NoBucket(_) => Code::PermissionDenied,
            Self::NotFound(_) => Code::NotFound,
            Self::AlreadyExists(_) => Code::AlreadyExists,
            Self::Busy | Self::Conflict(_) => Code::Aborted,
            Self::Quota(_) => Code::ResourceExhausted,
            Self::Unserved(_) => Code::Unimplemented,
            Self::Elsewhere { code, .. } => *code,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// What Cloud Functions says when it cannot make the trigger of a function, in Google's words.
    #[must_use]
    pub fn for_function(&self, trigger: &str) -> String {
        let why = match self {
            Self::BucketElsewhere { bucket, location, trigger } => format!(
                "Bucket '{bucket}' is in location '{location}', but the trigger location is \
                 '{trigger}'. The trigger must be in the same location as the bucket. Try \
                 redeploying and changing the trigger location to '{location}'"
            ),
            other => other.to_string(),
        };
        format!("Validation failed for trigger {trigger}: {why}")
    }

    pub(crate) fn quota(name: &TriggerName, limit: usize) -> Self {
        Self::Quota(format!(
            "Quota exceeded: project {} has {limit} triggers in location {}, the maximum",
            name.location.project, name.location.id
        ))
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

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        let message = format!("Invalid JSON payload received. {error}");
        Self::Elsewhere { code: Code::InvalidArgument, message }
    }
}

/// What the kit refuses for all services.
impl From<RestError> for Refusal {
    fn from(error: RestError) -> Self {
        Self::Elsewhere { code: error.code(), message: error.message().to_owned() }
    }
}
