//! The input of build-submitter.

use longshore_messages::{
    BuildRetryRequested, DeploymentId, FunctionRetryRequested, RetryRequested, SourceUploaded,
    StageMessage, Topic,
};
use longshore_runner::{Incoming, Input, InputError};

/// A source to build, or a build to retry.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    Uploaded(Box<SourceUploaded>),
    /// A build that the platform lost.
    Retry(Box<BuildRetryRequested>),
    /// A function that is not what its newest deployment wants.
    FunctionRetry(Box<FunctionRetryRequested>),
}

impl Input for Work {
    const TOPICS: &'static [&'static str] =
        &[Topic::SourceUploaded.as_str(), Topic::BuildRetryRequested.as_str()];

    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        if incoming.topic == Topic::SourceUploaded.as_str() {
            SourceUploaded::read(incoming).map(|uploaded| Self::Uploaded(Box::new(uploaded)))
        } else if incoming.topic == Topic::BuildRetryRequested.as_str() {
            RetryRequested::read(incoming).map(|retry| match retry {
                RetryRequested::Build(retry) => Self::Retry(retry),
                RetryRequested::Function(retry) => Self::FunctionRetry(retry),
            })
        } else {
            Err(InputError::Topic(incoming.topic.to_owned()))
        }
    }

    /// A retry has no deployment: any number of them may share the build, and a function may get
    /// another operation long after its deployment has ended.
    fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Uploaded(uploaded) => StageMessage::deployment(&**uploaded),
            Self::Retry(_) | Self::FunctionRetry(_) => None,
        }
    }

    fn recorded_by(&self) -> Option<&'static str> {
        match self {
            Self::Uploaded(_) => Topic::SourceUploaded.recorded_by(),
            // It is compared with the claim of its build, or with what this worker has recorded.
            Self::Retry(_) | Self::FunctionRetry(_) => None,
        }
    }
}
