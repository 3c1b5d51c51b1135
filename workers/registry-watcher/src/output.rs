//! The output of registry-watcher.

use longshore_messages::{
    BuildRetryRequested, FunctionPublished, FunctionRetryRequested, ImagePublished, Topic,
    TraceContext, WireMessage,
};
use longshore_runner::Output;
use time::OffsetDateTime;

/// An image for a deployment, or a build to retry.
#[derive(Clone, Debug, PartialEq)]
pub enum WatcherOutput {
    Published(Box<ImagePublished>),
    Retry(Box<BuildRetryRequested>),
    /// Functions flavour: the function exists, with its image.
    Function(Box<FunctionPublished>),
    /// Functions flavour: a function to write again.
    FunctionRetry(Box<FunctionRetryRequested>),
}

impl Output for WatcherOutput {
    fn topic(&self) -> Topic {
        match self {
            Self::Published(published) => published.topic(),
            Self::Retry(retry) => retry.topic(),
            Self::Function(published) => published.topic(),
            Self::FunctionRetry(retry) => retry.topic(),
        }
    }

    fn encode(
        &self,
        worker: &str,
        fleet: &str,
        trace: &TraceContext,
        at: OffsetDateTime,
    ) -> WireMessage {
        match self {
            Self::Published(published) => {
                longshore_messages::encode(&**published, worker, fleet, trace, at)
            }
            Self::Retry(retry) => longshore_messages::encode(&**retry, worker, fleet, trace, at),
            Self::Function(published) => {
                longshore_messages::encode(&**published, worker, fleet, trace, at)
            }
            Self::FunctionRetry(retry) => {
                longshore_messages::encode(&**retry, worker, fleet, trace, at)
            }
        }
    }
}
