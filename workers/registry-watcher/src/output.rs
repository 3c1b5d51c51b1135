//! The output of registry-watcher.

use longshore_messages::{BuildRetryRequested, ImagePublished, Topic, TraceContext, WireMessage};
use longshore_runner::Output;
use time::OffsetDateTime;

/// An image for a deployment, or a build to retry.
#[derive(Clone, Debug, PartialEq)]
pub enum WatcherOutput {
    Published(Box<ImagePublished>),
    Retry(Box<BuildRetryRequested>),
}

impl Output for WatcherOutput {
    fn topic(&self) -> Topic {
        match self {
            Self::Published(published) => published.topic(),
            Self::Retry(retry) => retry.topic(),
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
        }
    }
}
