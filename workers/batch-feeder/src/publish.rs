//! What the worker publishes: requests for functions, and outcomes of batches.
//!
//! Both follow from what the ledger holds: a request from the functions of the batch, an outcome from
//! its record. So each of them can be published again, unchanged.

use std::sync::Arc;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::Bus;
use longshore_ledger::{Ledger, Record, Request};
use longshore_messages::{
    BatchFinished, Requester, StageMessage as _, Topic, TraceContext, encode_outcome,
    encode_request, proto,
};
use longshore_runner::traces;
use time::OffsetDateTime;

use crate::book::OpenBatch;
use crate::{FeedError, NAME};

/// Maximum number of requests that are published at the same time.
const PUBLISHED_AT_ONCE: usize = 32;

/// Publishes for the worker.
pub(crate) struct Publisher {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) ledger: Ledger,
    pub(crate) fleet: String,
    /// Project of the fleet's topics.
    pub(crate) project: String,
}

impl Publisher {
    fn topic(&self, name: &str) -> String {
        format!("projects/{}/topics/{}.{name}", self.project, self.fleet)
    }

    /// `ce-source` of the requests for functions.
    pub(crate) fn source(&self) -> String {
        format!("//longshore/{}/{NAME}", self.fleet)
    }

    /// Publishes requests for functions of a batch, each with its `ce-id`, by the topic of its requester.
    pub(crate) async fn request(
        &self,
        batch: &OpenBatch,
        requests: &[(&proto::DeployRequested, &str)],
    ) -> Result<(), FeedError> {
        let topic = self.topic(&Topic::DeployRequested.of_requester(&batch.accepted.requester));
        let (topic, source) = (topic.as_str(), batch.accepted.source.as_str());
        let published = requests.iter().map(|(request, ce_id)| {
            // Without a trace of its own, a deployment's trace is its id.
            let trace = TraceContext::default();
            let now = OffsetDateTime::now_utc();
            let message = encode_request(request, source, ce_id, &trace, now);
            async move { self.bus.publish(topic, message).await.map(drop) }
        });
        let published: Vec<_> = published.collect();
        let published = stream::iter(published).buffer_unordered(PUBLISHED_AT_ONCE);
        published.try_collect::<Vec<()>>().await.map(drop).map_err(FeedError::Publish)
    }

    /// Records how a batch ended, publishes what is recorded, and closes the batch.
    pub(crate) async fn finish(
        &self,
        finished: &BatchFinished,
        request: &Request,
    ) -> Result<(), FeedError> {
        let now = OffsetDateTime::now_utc();
        let requester = Requester::of(&request.message, &request.requester);
        let trace = TraceContext::from_attributes(&request.message.attributes);
        let message = encode_outcome(finished, requester.as_ref(), NAME, &self.fleet, &trace, now);
        let record = Record {
            stage: NAME.to_owned(),
            input: finished.id.to_string(),
            topic: BatchFinished::TOPIC.full_name(&self.project, &self.fleet),
            message,
            published_at: request.published_at,
            started_at: finished.started_at,
            finished_at: now,
            attempt: None,
            waited_ms: 0,
            waited_for: None,
        };
        let outcome = finished.outcome.as_str();
        let recorded = self.ledger.record_batch_outcome(finished.id, &record, outcome).await;
        let recorded = recorded.map_err(FeedError::Ledger)?;
        if recorded.ours {
            tracing::info!(batch = %finished.id, outcome, "batch finished");
            traces::batch_finished(finished, request.published_at, &trace);
        }
        self.announce(recorded.record).await?;
        self.ledger.end_feeding(finished.id).await.map_err(FeedError::Ledger)
    }

    /// Publishes a recorded outcome.
    pub(crate) async fn announce(&self, record: Record) -> Result<(), FeedError> {
        let published = self.bus.publish(&record.topic, record.message).await;
        published.map(drop).map_err(FeedError::Publish)
    }
}
