//! Recording and publishing what a stage hands on.

use std::sync::Arc;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::{Bus, CloudError};
use longshore_ledger::{Ledger, LedgerError, Record};
use longshore_messages::{
    DeploymentFinished, DeploymentId, Requester, StageMessage as _, Topic, WireMessage,
    encode_outcome,
};
use time::OffsetDateTime;

use crate::{Handoff, Next, Output};

/// Handoffs of one input that are recorded and published at once: enough to move a thousand waiters
/// in seconds, few enough to leave the bus and the ledger to others.
const HANDOFFS_AT_ONCE: usize = 32;

/// Records, then publishes. The only place that may do either for a stage.
#[derive(Clone)]
pub(crate) struct Announcer {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) ledger: Ledger,
    pub(crate) fleet: String,
    pub(crate) project: String,
    pub(crate) stage: &'static str,
}

/// What is known of the input that the handoffs come from; goes into their records.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) input: String,
    pub(crate) published_at: OffsetDateTime,
    pub(crate) started_at: OffsetDateTime,
    pub(crate) attempt: Option<u32>,
    pub(crate) waited_ms: u64,
    pub(crate) waited_for: Option<String>,
    /// The input's sender, when it is a request.
    pub(crate) requester: Option<Requester>,
}

/// Why handoffs could not be announced. The input must be delivered again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnnounceError {
    #[error("cannot read who asked")]
    Requester(#[source] LedgerError),
    #[error("cannot record what follows")]
    Record(#[source] LedgerError),
    #[error("cannot publish what follows")]
    Publish(#[source] CloudError),
    #[error("cannot take the deployment off the list")]
    Close(#[source] LedgerError),
}

impl Announcer {
    /// Records and publishes all handoffs of one input.
    ///
    /// On `Err` some may have been published; doing it again for the same input completes the rest
    /// and repeats the same messages.
    pub(crate) async fn announce<M: Output>(
        &self,
        handoffs: &[Handoff<M>],
        origin: &Origin,
    ) -> Result<(), AnnounceError> {
        let all: Vec<_> =
            handoffs.iter().map(|handoff| self.announce_one(handoff, origin)).collect();
        stream::iter(all).buffer_unordered(HANDOFFS_AT_ONCE).try_collect().await
    }

    async fn announce_one<M: Output>(
        &self,
        handoff: &Handoff<M>,
        origin: &Origin,
    ) -> Result<(), AnnounceError> {
        let Encoded { deployment, kind, record } = self.encode(handoff, origin).await?;
        let input = &origin.input;
        match kind {
            Kind::Forward => {
                let recorded = self
                    .ledger
                    .record_stage(deployment, &record)
                    .await
                    .map_err(AnnounceError::Record)?;
                self.publish_if_mine(recorded.record, input).await
            }
            Kind::Finish(outcome) => {
                let recorded = self
                    .ledger
                    .record_outcome(deployment, &record)
                    .await
                    .map_err(AnnounceError::Record)?;
                if recorded.ours {
                    tracing::info!(%deployment, outcome, "deployment finished");
                }
                self.publish_if_mine(recorded.record, input).await?;
                self.ledger.close(deployment).await.map_err(AnnounceError::Close)
            }
            Kind::Ask => self.publish(record).await,
        }
    }

    /// What this stage handed on for the deployment at an earlier delivery, or how the deployment
    /// ended: published again, exactly as it was.
    ///
    /// Returns whether the deployment needs no further handling.
    pub(crate) async fn announce_again(
        &self,
        deployment: DeploymentId,
    ) -> Result<bool, AnnounceError> {
        let (outcome, own) = tokio::join!(
            self.ledger.outcome(deployment),
            self.ledger.stage_record(deployment, self.stage)
        );
        if let Some(outcome) = outcome.map_err(AnnounceError::Record)? {
            self.publish(outcome).await?;
            self.ledger.close(deployment).await.map_err(AnnounceError::Close)?;
            return Ok(true);
        }
        match own.map_err(AnnounceError::Record)? {
            Some(own) => self.publish(own).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Two inputs may move the same deployment at the same time, as an announcement and the
    /// waiter's own message do. The one whose record counts publishes it, and is not acknowledged
    /// before that: the other has nothing to do.
    async fn publish_if_mine(&self, record: Record, input: &str) -> Result<(), AnnounceError> {
        if record.input == input { self.publish(record).await } else { Ok(()) }
    }

    async fn publish(&self, record: Record) -> Result<(), AnnounceError> {
        self.bus
            .publish(&record.topic, record.message)
            .await
            .map(drop)
            .map_err(AnnounceError::Publish)
    }

    async fn encode<M: Output>(
        &self,
        handoff: &Handoff<M>,
        origin: &Origin,
    ) -> Result<Encoded, AnnounceError> {
        let (deployment, now) = (handoff.deployment, OffsetDateTime::now_utc());
        let encoded = |message: &M| {
            (message.topic(), message.encode(self.stage, &self.fleet, &handoff.trace, now))
        };
        let (kind, (topic, message)) = match &handoff.next {
            Next::Forward(message) => (Kind::Forward, encoded(message)),
            Next::Finish(finished) => {
                let requester = self.requester(deployment, origin).await?;
                let message = encode_outcome(
                    finished,
                    requester.as_ref(),
                    self.stage,
                    &self.fleet,
                    &handoff.trace,
                    now,
                );
                (Kind::Finish(finished.outcome.as_str()), (DeploymentFinished::TOPIC, message))
            }
            Next::Ask(message) => (Kind::Ask, encoded(message)),
        };
        Ok(Encoded { deployment, kind, record: self.record(topic, message, origin, now) })
    }

    /// Who asked for a deployment: the input itself says so when it is the request; else the
    /// request is in the ledger.
    async fn requester(
        &self,
        deployment: DeploymentId,
        origin: &Origin,
    ) -> Result<Option<Requester>, AnnounceError> {
        if origin.requester.is_some() {
            return Ok(origin.requester.clone());
        }
        let kept = self.ledger.request(deployment).await.map_err(AnnounceError::Requester)?;
        Ok(kept.and_then(|request| Requester::of(&request.message.attributes)))
    }

    fn record(
        &self,
        topic: Topic,
        message: WireMessage,
        origin: &Origin,
        now: OffsetDateTime,
    ) -> Record {
        Record {
            stage: self.stage.to_owned(),
            input: origin.input.clone(),
            topic: topic.full_name(&self.project, &self.fleet),
            message,
            published_at: origin.published_at,
            started_at: origin.started_at,
            finished_at: now,
            attempt: origin.attempt,
            waited_ms: origin.waited_ms,
            waited_for: origin.waited_for.clone(),
        }
    }
}

/// A handoff, ready to be recorded and published.
struct Encoded {
    deployment: DeploymentId,
    kind: Kind,
    record: Record,
}

/// What a handoff means for its deployment.
enum Kind {
    Forward,
    Finish(&'static str),
    Ask,
}
