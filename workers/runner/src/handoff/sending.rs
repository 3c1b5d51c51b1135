//! Publishes what is recorded.

use std::sync::atomic::Ordering;

use longshore_cloud::{CloudError, Kind};
use longshore_ledger::Record;
use longshore_messages::{Topic, WireMessage};

use super::publisher::{HandoffError, HandoffPublisher};
use crate::events::event_of;
use crate::telemetry::chain;

impl HandoffPublisher {
    /// Publishes a record, and its event for reports.
    pub(super) async fn send(&self, record: Record) -> Result<(), HandoffError> {
        let event = event_of(&record, &self.fleet);
        let published = self.bus.publish(&record.topic, record.message);
        let (published, reported) = tokio::join!(published, self.report(event));
        published.map_err(HandoffError::Publish)?;
        reported.map_err(HandoffError::Publish)
    }

    /// Publishes an event. A fleet without the topic, or without a role on it, wants no events.
    async fn report(&self, event: Option<WireMessage>) -> Result<(), CloudError> {
        let Some(event) = event else { return Ok(()) };
        let topic = Topic::DeploymentEvents.full_name(&self.project, &self.fleet);
        match self.bus.publish(&topic, event).await {
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::PermissionDenied) => {
                if !self.has_no_events.swap(true, Ordering::Relaxed) {
                    let error = chain(&error);
                    tracing::warn!(
                        error,
                        topic,
                        "no events are published; `longshore provision` creates their topic"
                    );
                }
                Ok(())
            }
            published => published.map(drop),
        }
    }
}
