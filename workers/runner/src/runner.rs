//! The loop around a stage.

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{Bus, CloudError, Deliveries, Received};
use longshore_ledger::{Ledger, LedgerError};
use longshore_messages::{
    DeploymentFinished, DeploymentId, Event, Outcome, Requester, TraceContext, subscription_id,
};
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::handoff::publisher::{HandoffError, HandoffPublisher, Origin};
use crate::health::Health;
use crate::park::{DELIVERIES_MAX, park};
use crate::{
    Delivery, Disposition, Handoff, Incoming, Input, InputError, Stage, StageError, Step, telemetry,
};

/// Wait before a broken stream of deliveries is opened again, or a failed sweep announced again:
/// long enough not to spin, short enough that an operator who repairs something sees it taken up at
/// once.
const REOPEN_WAIT: Duration = Duration::from_secs(1);

/// How much a worker does at once, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Inputs that are worked on at once.
    pub handling: usize,
    /// Inputs that are held at once, working or waiting; more stay with Pub/Sub.
    pub held: usize,
    /// Longest time for one input. Longer than the longest wait of a stage, shorter than the
    /// client's longest lease (60 min).
    pub handle_timeout: Duration,
    /// Time to finish what is under way when told to stop. Cloud Run kills after 10 s.
    pub drain_timeout: Duration,
    /// Time between two sweeps; `None`: this worker does not sweep.
    pub sweep_interval: Option<Duration>,
}

/// A stage, and all that it takes to run it.
pub struct Runner<S> {
    stage: Arc<S>,
    handoffs: HandoffPublisher,
    limits: Limits,
    health: Health,
    slots: Arc<Semaphore>,
}

/// Why an input was not handled. The input is settled accordingly; logged once, there.
#[derive(Debug, thiserror::Error)]
enum Unhandled<E: std::error::Error + 'static> {
    #[error("input cannot be read")]
    Input(#[source] InputError),
    #[error("input was delivered too often")]
    DeliveredTooOften,
    #[error("input cannot be handled")]
    Stage(#[source] E),
    #[error("handoff cannot be recorded or published")]
    Handoff(#[source] HandoffError),
    #[error("input takes too long")]
    Timeout,
}

impl<S: Stage> Runner<S> {
    /// A runner for one worker of a fleet. `project` is where the fleet's topics and subscriptions
    /// are.
    pub fn new(
        stage: S,
        bus: Arc<dyn Bus>,
        ledger: Ledger,
        fleet: &str,
        project: &str,
        limits: Limits,
        health: Health,
    ) -> Self {
        let handoffs = HandoffPublisher {
            bus,
            ledger,
            fleet: fleet.to_owned(),
            project: project.to_owned(),
            stage: S::NAME,
        };
        let slots = Arc::new(Semaphore::new(limits.handling));
        Self { stage: Arc::new(stage), handoffs, limits, health, slots }
    }

    /// Runs until `shutdown`, then stops pulling, finishes what is under way and returns. What is
    /// not finished in time goes back to Pub/Sub.
    pub async fn run(self, shutdown: CancellationToken) {
        let runner = Arc::new(self);
        let pulls = S::In::TOPICS
            .iter()
            .map(|topic| tokio::spawn(Arc::clone(&runner).pull(topic, shutdown.clone())));
        let mut tasks: Vec<_> = pulls.collect();
        if let Some(interval) = runner.limits.sweep_interval {
            tasks.push(tokio::spawn(Arc::clone(&runner).sweep(interval, shutdown.clone())));
        }
        shutdown.cancelled().await;
        runner.health.draining();
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the runner broke");
            }
        }
    }

    async fn pull(self: Arc<Self>, topic: &'static str, shutdown: CancellationToken) {
        let id = subscription_id(&self.handoffs.fleet, S::NAME, topic);
        let subscription = format!("projects/{}/subscriptions/{id}", self.handoffs.project);
        let under_way = TaskTracker::new();
        let aborts = CancellationToken::new();
        while !shutdown.is_cancelled() {
            let opened = tokio::select! {
                opened = self.handoffs.bus.subscribe(&subscription, self.limits.held) => opened,
                () = shutdown.cancelled() => break,
            };
            match opened {
                Ok(mut deliveries) => {
                    self.health.pulling(topic);
                    let ended = self
                        .pull_from(
                            &mut *deliveries,
                            topic,
                            &subscription,
                            &under_way,
                            &aborts,
                            &shutdown,
                        )
                        .await;
                    self.drain(&under_way, &aborts, &shutdown).await;
                    deliveries.close().await;
                    if let Err(error) = ended {
                        tracing::warn!(error = telemetry::chain(&error), %subscription, "stream of deliveries broke; opening it again");
                    }
                }
                Err(error) => {
                    tracing::warn!(error = telemetry::chain(&error), %subscription, "cannot open subscription; trying again")
                }
            }
            self.health.not_pulling(topic);
            tokio::select! {
                () = tokio::time::sleep(REOPEN_WAIT) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Takes deliveries until the stream breaks (`Err`) or it is time to stop (`Ok`). How many are
    /// held is the stream's limit, how many are worked on the slots'; one that has no slot when it
    /// is time to stop goes back.
    async fn pull_from(
        self: &Arc<Self>,
        deliveries: &mut dyn Deliveries,
        topic: &'static str,
        subscription: &str,
        under_way: &TaskTracker,
        aborts: &CancellationToken,
        shutdown: &CancellationToken,
    ) -> Result<(), CloudError> {
        loop {
            let received = tokio::select! {
                received = deliveries.next() => received,
                () = shutdown.cancelled() => return Ok(()),
            };
            let Some(received) = received else { return Ok(()) };
            let (runner, subscription, received) =
                (Arc::clone(self), subscription.to_owned(), received?);
            let (aborts, shutdown) = (aborts.clone(), shutdown.clone());
            under_way.spawn(async move {
                let slot =
                    shutdown.run_until_cancelled(Arc::clone(&runner.slots).acquire_owned()).await;
                let Some(Ok(slot)) = slot else { return };
                // Dropped unsettled when it is aborted or panics: the message is delivered again.
                let process = runner.process(received, topic, &subscription, slot);
                let _ = aborts.run_until_cancelled(process).await;
            });
        }
    }

    /// Lets what is under way finish; when it is time to stop, only as long as the drain may take.
    async fn drain(
        &self,
        under_way: &TaskTracker,
        aborts: &CancellationToken,
        shutdown: &CancellationToken,
    ) {
        under_way.close();
        let in_time = async {
            shutdown.cancelled().await;
            tokio::time::sleep(self.limits.drain_timeout).await;
        };
        tokio::select! {
            () = under_way.wait() => {}
            () = in_time => {
                tracing::warn!(unfinished = under_way.len(), "not finished in time; giving the rest back");
                aborts.cancel();
                under_way.wait().await;
            }
        }
        under_way.reopen();
    }

    async fn process(
        self: Arc<Self>,
        received: Received,
        topic: &'static str,
        subscription: &str,
        permit: OwnedSemaphorePermit,
    ) {
        let incoming = Incoming {
            topic,
            message: &received.message,
            message_id: &received.message_id,
            published_at: received.published_at,
        };
        let input = S::In::read(&incoming);
        let deployment = input.as_ref().ok().and_then(Input::deployment);
        let trace = trace_of(&received, deployment);
        let span = telemetry::stage_span(S::NAME, topic, &trace, &received, deployment);
        let delivery = Delivery::new(
            input_id(&received),
            uuid::Uuid::new_v4().to_string(),
            telemetry::context_of(&span).unwrap_or_else(|| trace.clone()),
            received.published_at,
            received.attempt,
            Arc::clone(&self.slots),
            permit,
        );
        let settled = async {
            let started_at = OffsetDateTime::now_utc();
            match self.attempt(input, deployment, &received, &delivery, started_at).await {
                Ok(()) => Settlement::Ack,
                Err(unhandled) => {
                    self.conclude(
                        unhandled,
                        deployment,
                        subscription,
                        &received,
                        &delivery,
                        started_at,
                    )
                    .await
                }
            }
        };
        match settled.instrument(span).await {
            Settlement::Ack => received.settle.ack(),
            Settlement::Nack => received.settle.nack(),
        }
    }

    /// Everything between a readable input and its confirmed output.
    async fn attempt(
        &self,
        input: Result<S::In, InputError>,
        deployment: Option<DeploymentId>,
        received: &Received,
        delivery: &Delivery,
        started_at: OffsetDateTime,
    ) -> Result<(), Unhandled<S::Error>> {
        if received.attempt.is_some_and(|attempt| attempt > DELIVERIES_MAX) {
            return Err(Unhandled::DeliveredTooOften);
        }
        let input = input.map_err(Unhandled::Input)?;
        if let Some(deployment) = deployment {
            let again = self.handoffs.publish_again(deployment).await;
            if again.map_err(Unhandled::Handoff)? {
                tracing::debug!(%deployment, "done at an earlier delivery");
                return Ok(());
            }
        }
        let handled =
            tokio::time::timeout(self.limits.handle_timeout, self.stage.handle(input, delivery))
                .await;
        match handled.map_err(|_elapsed| Unhandled::Timeout)?.map_err(Unhandled::Stage)? {
            Step::Waiting(reason) => {
                tracing::debug!(reason, "nothing to hand on");
                Ok(())
            }
            Step::Emit(handoffs) => {
                let origin = origin(delivery, received, started_at);
                self.handoffs.publish(&handoffs, &origin).await.map_err(Unhandled::Handoff)
            }
        }
    }

    /// Decides what becomes of an input that was not handled: the one place that logs why.
    async fn conclude(
        &self,
        unhandled: Unhandled<S::Error>,
        deployment: Option<DeploymentId>,
        subscription: &str,
        received: &Received,
        delivery: &Delivery,
        started_at: OffsetDateTime,
    ) -> Settlement {
        let disposition = match &unhandled {
            Unhandled::Input(_) | Unhandled::DeliveredTooOften => Disposition::Park,
            Unhandled::Stage(error) => error.disposition(),
            Unhandled::Handoff(error) => error.disposition(),
            Unhandled::Timeout => Disposition::Retry,
        };
        let error = telemetry::chain(&unhandled);
        match (disposition, deployment) {
            (Disposition::Retry, _) => {
                tracing::warn!(error, attempt = received.attempt, "will be tried again");
                Settlement::Nack
            }
            (Disposition::Reject(failure), Some(deployment)) => {
                tracing::info!(error, code = failure.code, "deployment fails");
                let function = received.message.attributes.get("function").cloned();
                let (trace, outcome) = (delivery.trace().clone(), Outcome::Failed(*failure));
                let function = function.unwrap_or_default();
                let handoff = Handoff::finish_by_id(deployment, function, trace, outcome);
                let origin = origin(delivery, received, started_at);
                settle_after(self.handoffs.publish::<DeploymentFinished>(&[handoff], &origin).await)
            }
            (Disposition::Reject(_) | Disposition::Park, _) => {
                tracing::error!(
                    error,
                    message_id = received.message_id,
                    "message is parked for an operator"
                );
                settle_after(
                    park(&self.handoffs.ledger, S::NAME, subscription, received, error).await,
                )
            }
        }
    }

    async fn sweep(self: Arc<Self>, interval: Duration, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let forever = async {
            loop {
                ticks.tick().await;
                match self.stage.sweep().await {
                    Ok(handoffs) => self.publish_swept(handoffs).await,
                    Err(error) => tracing::warn!(
                        error = telemetry::chain(&error),
                        "sweep failed; the next one tries again"
                    ),
                }
            }
        };
        let _ = shutdown.run_until_cancelled(forever).await;
    }

    /// No message stands behind what a sweep found, so nobody would bring it again: announced here
    /// until it succeeds.
    async fn publish_swept(&self, handoffs: Vec<Handoff<S::Out>>) {
        for handoff in handoffs {
            let deployment = handoff.deployment;
            let now = OffsetDateTime::now_utc();
            let input = format!("sweep/{deployment}");
            let (published_at, started_at) = (now, now);
            let origin = Origin {
                input,
                published_at,
                started_at,
                attempt: None,
                waited_ms: 0,
                waited_for: None,
                requester: None,
            };
            tracing::info!(%deployment, "found by the sweep");
            while let Err(error) =
                self.handoffs.publish(std::slice::from_ref(&handoff), &origin).await
            {
                tracing::warn!(error = telemetry::chain(&error), %deployment, "cannot announce; trying again");
                tokio::time::sleep(REOPEN_WAIT).await;
            }
        }
    }
}

/// How an input leaves the worker.
enum Settlement {
    Ack,
    Nack,
}

/// An input may be acknowledged once what replaces it is safe; otherwise it has to come again.
fn settle_after<E: std::error::Error>(safe: Result<(), E>) -> Settlement {
    match safe {
        Ok(()) => Settlement::Ack,
        Err(error) => {
            tracing::warn!(error = telemetry::chain(&error), "will be tried again");
            Settlement::Nack
        }
    }
}

impl HandoffError {
    fn disposition(&self) -> Disposition {
        let ledger = |error: &LedgerError| {
            if error.is_transient() { Disposition::Retry } else { Disposition::Park }
        };
        match self {
            Self::Requester(error) | Self::Record(error) | Self::Close(error) => ledger(error),
            Self::Publish(_) => Disposition::Retry,
        }
    }
}

fn origin(delivery: &Delivery, received: &Received, started_at: OffsetDateTime) -> Origin {
    let (waited, waited_for) = delivery.waited();
    Origin {
        input: delivery.input().to_owned(),
        published_at: delivery.published_at(),
        started_at,
        attempt: delivery.attempt(),
        waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
        waited_for: waited_for.map(str::to_owned),
        requester: Requester::of(&received.message.attributes),
    }
}

/// Identity of an input. A CloudEvent has one that survives being published twice; Google's
/// notifications have Pub/Sub's only.
fn input_id(received: &Received) -> String {
    match Event::of(&received.message.attributes) {
        Ok(event) => format!("{} {}", event.source, event.id),
        Err(_) => format!("pubsub {}", received.message_id),
    }
}

/// The trace of an input: the one that it carries, or the deployment's own, so that every delivery
/// of a request without a trace belongs to the same one.
fn trace_of(received: &Received, deployment: Option<DeploymentId>) -> TraceContext {
    let carried = TraceContext::from_attributes(&received.message.attributes);
    match deployment {
        Some(deployment) if carried.traceparent.is_none() => {
            let id = deployment.to_string();
            TraceContext {
                traceparent: Some(format!("00-{id}-{}-01", &id[..16])),
                tracestate: None,
            }
        }
        Some(_) | None => carried,
    }
}
