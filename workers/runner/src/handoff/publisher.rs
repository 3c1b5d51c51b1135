//! Records handoffs, then publishes them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::{Bus, CloudError, Received};
use longshore_ledger::{Ledger, LedgerError, Record};
use longshore_messages::{
    DeploymentFinished, DeploymentId, Requester, StageMessage as _, Topic, WireMessage,
    encode_outcome,
};
use time::OffsetDateTime;

use super::Wait;
use crate::telemetry::chain;
use crate::{Delivery, Handoff, Metrics, Next, Output, Wake, traces};

/// Maximum number of handoffs of one input in progress: enough to move a thousand waiters in
/// seconds, few enough to leave the bus and the ledger to others.
const HANDOFFS_AT_ONCE: usize = 32;

/// Age of a record, by the clocks of two workers, after which its writer is taken for dead if the
/// ledger does not say that the record was published. Well above the time of publishing a thousand
/// messages. If the writer is only slow, the message is published twice.
const PUBLISH_GRACE: Duration = Duration::from_secs(2 * 60);

/// Records handoffs, then publishes them. Nothing else does either for a stage.
#[derive(Clone)]
pub(crate) struct HandoffPublisher {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) ledger: Ledger,
    pub(crate) fleet: String,
    pub(crate) project: String,
    pub(crate) stage: &'static str,
    pub(crate) metrics: Metrics,
    /// Whether it was logged that no events are published.
    pub(super) has_no_events: Arc<AtomicBool>,
}

/// The input that handoffs come from, as it goes into their records.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) input: String,
    pub(crate) published_at: OffsetDateTime,
    pub(crate) started_at: OffsetDateTime,
    pub(crate) attempt: Option<u32>,
    pub(crate) waited_ms: u64,
    pub(crate) waited_for: Option<String>,
    /// The sender, if the input is a request. Only a message of that topic can be one, whatever its
    /// attributes say.
    pub(crate) requester: Option<Requester>,
    /// The deployment of the input and its requester, as the ledger says.
    pub(crate) noted_requester: Option<(DeploymentId, Requester)>,
    /// Whether this is a sweep, which is never redelivered.
    pub(crate) is_sweep: bool,
}

impl Origin {
    pub(crate) fn of(
        delivery: &Delivery,
        received: &Received,
        topic: &str,
        started_at: OffsetDateTime,
    ) -> Self {
        let (waited, waited_for) = delivery.waited();
        let requester = Topic::from_requester(topic).map(|(_, requester)| requester);
        Self {
            input: delivery.input().to_owned(),
            published_at: delivery.published_at(),
            started_at,
            attempt: delivery.attempt(),
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
            waited_for: waited_for.map(str::to_owned),
            requester: requester.and_then(|name| Requester::of(&received.message, name)),
            noted_requester: delivery
                .happened()
                .and_then(|happened| Some((happened.id, happened.requester.clone()?))),
            is_sweep: false,
        }
    }
}

/// Why a handoff could not be recorded or published. The input must be delivered again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandoffError {
    #[error("cannot read the requester")]
    Requester(#[source] LedgerError),
    #[error("cannot record the handoff")]
    Record(#[source] LedgerError),
    #[error("cannot publish the handoff")]
    Publish(#[source] CloudError),
    #[error("cannot remove the deployment from those that are open or wait")]
    Close(#[source] LedgerError),
    #[error("cannot remove the mark of the build")]
    Unmark(#[source] LedgerError),
}

impl HandoffPublisher {
    /// The full name of a topic, if it is the fleet's own.
    pub(crate) fn own_topic(&self, name: &str) -> Option<String> {
        let is_own = Topic::ALL.into_iter().any(|topic| topic.as_str() == name)
            || Topic::from_requester(name).is_some();
        is_own.then(|| format!("projects/{}/topics/{}.{name}", self.project, self.fleet))
    }

    pub(crate) fn new(
        bus: Arc<dyn Bus>,
        ledger: Ledger,
        fleet: &str,
        project: &str,
        stage: &'static str,
    ) -> Self {
        let (fleet, project) = (fleet.to_owned(), project.to_owned());
        let (metrics, has_no_events) = (Metrics::unexported(stage), Arc::default());
        Self { bus, ledger, fleet, project, stage, metrics, has_no_events }
    }

    /// Records and publishes all handoffs of one input. The error of one does not affect the others.
    ///
    /// On `Err` some may have been published. A retry for the same input publishes the same
    /// messages again, and the rest.
    pub(crate) async fn publish<M: Output>(
        &self,
        handoffs: &[Handoff<M>],
        origin: &Origin,
    ) -> Result<(), HandoffError> {
        let published = self.publish_each(handoffs, origin).await;
        published.into_iter().try_for_each(|(_, published)| published.map(drop))
    }

    /// Hands off all deployments that waited for a build. If all of them are known to be handed off,
    /// removes the mark of the build; otherwise another worker is at it, and a sweep looks again.
    pub(crate) async fn wake<M: Output>(
        &self,
        wake: &Wake<M>,
        origin: &Origin,
    ) -> Result<(), HandoffError> {
        let published = self.publish_each(&wake.handoffs, origin).await;
        if published.iter().all(|(_, published)| matches!(published, Ok(true))) {
            let unmarked = self.ledger.unmark_pending(&wake.project, &wake.region, wake.build);
            return unmarked.await.map_err(HandoffError::Unmark);
        }
        // It has no waiter whose absence says so.
        if published
            .iter()
            .any(|(has_waiter, published)| !has_waiter && matches!(published, Ok(true)))
        {
            self.ledger.note_woken(wake.build).await.map_err(HandoffError::Unmark)?;
        }
        published.into_iter().try_for_each(|(_, published)| published.map(drop))
    }

    /// Returns for each handoff whether its deployment had a waiter, or waited for nothing, and whether
    /// it is known to be published.
    async fn publish_each<M: Output>(
        &self,
        handoffs: &[Handoff<M>],
        origin: &Origin,
    ) -> Vec<(bool, Result<bool, HandoffError>)> {
        let all = handoffs.iter().map(|handoff| async move {
            let has_waiter = handoff.wait.as_ref().is_none_or(|wait| wait.has_waiter);
            (has_waiter, self.publish_one(handoff, origin).await)
        });
        let all: Vec<_> = all.collect();
        stream::iter(all).buffer_unordered(HANDOFFS_AT_ONCE).collect().await
    }

    /// Returns whether the handoff is known to be published.
    async fn publish_one<M: Output>(
        &self,
        handoff: &Handoff<M>,
        origin: &Origin,
    ) -> Result<bool, HandoffError> {
        let Encoded { deployment, kind, record } = self.encode(handoff, origin).await?;
        match kind {
            Kind::Forward => {
                let recorded = match handoff.waits_by_claim {
                    true => self.ledger.record_claimant(deployment, &record).await,
                    false => self.ledger.record_stage(deployment, &record).await,
                };
                let recorded = recorded.map_err(HandoffError::Record)?;
                let sent = self.send_if_due(recorded.record, handoff, origin).await?;
                self.end_wait(handoff, sent).await
            }
            Kind::Finish(outcome) => {
                let recorded = self
                    .ledger
                    .record_outcome(deployment, &record)
                    .await
                    .map_err(HandoffError::Record)?;
                if recorded.ours {
                    self.count_end(handoff);
                    tracing::info!(%deployment, outcome, "deployment finished");
                }
                let record = recorded.record;
                let sent = self.send_if_due(record.clone(), handoff, origin).await?;
                // The publisher of the outcome closes the deployment. Until then a sweep finds it.
                if sent == Sent::Here {
                    if let Next::Finish(finished) = &handoff.next {
                        let batch = record.message.attributes.get("batch");
                        let batch = batch.and_then(|batch| batch.parse().ok());
                        traces::finished(finished, batch, &handoff.trace);
                    }
                    self.close(deployment, &record).await?;
                }
                self.end_wait(handoff, sent).await
            }
            Kind::Ask => self.send(record).await.map(|()| true),
        }
    }

    fn count_end<M>(&self, handoff: &Handoff<M>) {
        if let Next::Finish(finished) = &handoff.next {
            let admitted_at = finished.deployment.as_ref().map(|own| own.admitted_at);
            let took =
                admitted_at.and_then(|at| Duration::try_from(finished.finished_at - at).ok());
            self.metrics.ended(&finished.outcome, took, &handoff.trace);
        }
    }

    /// Removes the waiter that a handoff has woken, so that no later pass finds it: several workers
    /// may wake the waiters of one build, each of them some. Returns whether the handoff is known to
    /// be published.
    async fn end_wait<M>(&self, handoff: &Handoff<M>, sent: Sent) -> Result<bool, HandoffError> {
        if let (Some(wait @ Wait { has_waiter: true, .. }), Sent::Here) = (&handoff.wait, sent) {
            let stopped = self.ledger.stop_waiting(wait.build, handoff.deployment).await;
            stopped.map_err(HandoffError::Close)?;
        }
        Ok(sent.is_published())
    }

    /// Two inputs may move the same deployment at the same time, as a notification and the waiter's
    /// own message do. The input whose record was first publishes it before it is acknowledged, so
    /// the other one has nothing to do.
    ///
    /// A sweep is never redelivered. So its record is published by another worker if it is old and the
    /// deployment is still open, or still waits. A claimant without a waiter is found by each wake of
    /// its build, so what follows in the ledger says whether it still waits.
    async fn send_if_due<M>(
        &self,
        record: Record,
        handoff: &Handoff<M>,
        origin: &Origin,
    ) -> Result<Sent, HandoffError> {
        let is_ours = record.input == origin.input;
        let wait = handoff.wait.as_ref();
        let is_waiters = wait.is_some_and(|wait| wait.input.as_ref() == Some(&record.input));
        let revives = origin.is_sweep || wait.is_some();
        let is_old = record.finished_at + PUBLISH_GRACE <= OffsetDateTime::now_utc();
        if !is_ours && wait.is_some_and(|wait| !wait.has_waiter) {
            let happened = self.ledger.happened(handoff.deployment).await;
            if happened.map_err(HandoffError::Record)?.is_ending() {
                return Ok(Sent::ByItsInput);
            }
        }
        if is_ours || (revives && !is_waiters && is_old) {
            self.send(record).await?;
            return Ok(Sent::Here);
        }
        // The waiter's own message is redelivered until its handoff is published.
        Ok(if is_waiters || wait.is_none() { Sent::ByItsInput } else { Sent::Perhaps })
    }

    async fn encode<M: Output>(
        &self,
        handoff: &Handoff<M>,
        origin: &Origin,
    ) -> Result<Encoded, HandoffError> {
        let (deployment, now) = (handoff.deployment, OffsetDateTime::now_utc());
        let encoded = |message: &M| {
            (message.topic(), message.encode(self.stage, &self.fleet, &handoff.trace, now))
        };
        let (kind, (topic, message)) = match &handoff.next {
            Next::Forward(message) => (Kind::Forward, encoded(message)),
            Next::Finish(finished) => {
                let requester = self.requester(deployment, origin).await?;
                let message = encode_outcome(
                    &**finished,
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

    /// The requester of a deployment: from the input if that is the request, otherwise from the
    /// request in the ledger. A request that cannot be read must not keep a deployment from ending.
    async fn requester(
        &self,
        deployment: DeploymentId,
        origin: &Origin,
    ) -> Result<Option<Requester>, HandoffError> {
        if origin.requester.is_some() {
            return Ok(origin.requester.clone());
        }
        if let Some((_, requester)) =
            origin.noted_requester.as_ref().filter(|(noted, _)| *noted == deployment)
        {
            return Ok(Some(requester.clone()));
        }
        match self.ledger.request(deployment).await {
            Ok(kept) => {
                Ok(kept.and_then(|request| Requester::of(&request.message, &request.requester)))
            }
            Err(error) if error.is_transient() => Err(HandoffError::Requester(error)),
            Err(error) => {
                let error = chain(&error);
                tracing::error!(error, %deployment, "the outcome does not name its request");
                Ok(None)
            }
        }
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

/// Whether a recorded message is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// By this call.
    Here,
    /// By another input, which is redelivered until it is.
    ByItsInput,
    /// Another worker may have died after it recorded the message.
    Perhaps,
}

impl Sent {
    fn is_published(self) -> bool {
        match self {
            Self::Here | Self::ByItsInput => true,
            Self::Perhaps => false,
        }
    }
}

/// A handoff, encoded.
struct Encoded {
    deployment: DeploymentId,
    kind: Kind,
    record: Record,
}

/// The kind of a handoff, without its message.
enum Kind {
    Forward,
    Finish(&'static str),
    Ask,
}
