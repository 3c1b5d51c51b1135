//! What build-submitter takes.

use longshore_messages::{BuildRetryRequested, DeploymentId, SourceUploaded, StageMessage, Topic};
use longshore_runner::{Incoming, Input, InputError};

/// A source to build, or a build to try again.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// A source that was uploaded for a deployment.
    Uploaded(Box<SourceUploaded>),
    /// A build that ended by the platform's fault.
    Retry(Box<BuildRetryRequested>),
}

impl Input for Work {
    const TOPICS: &'static [&'static str] =
        &[Topic::SourceUploaded.as_str(), Topic::BuildRetryRequested.as_str()];

    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        if incoming.topic == Topic::SourceUploaded.as_str() {
            SourceUploaded::read(incoming).map(|uploaded| Self::Uploaded(Box::new(uploaded)))
        } else if incoming.topic == Topic::BuildRetryRequested.as_str() {
            BuildRetryRequested::read(incoming).map(|retry| Self::Retry(Box::new(retry)))
        } else {
            Err(InputError::Topic(incoming.topic.to_owned()))
        }
    }

    /// A retry is about a build that any number of deployments may share.
    fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Uploaded(uploaded) => StageMessage::deployment(&**uploaded),
            Self::Retry(_) => None,
        }
    }
}
