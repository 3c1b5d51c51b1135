//! The loop around a stage: pull, handle, hand off, acknowledge.

mod attempts;
mod handling;

pub use attempts::COPIED_AT_ATTEMPT;

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{Bus, CloudError, Deliveries};
use longshore_ledger::Ledger;
use longshore_messages::subscription_id;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::handoff::publisher::HandoffPublisher;
use crate::health::Health;
use crate::metrics::Counted;
use crate::park::{COUNT_INTERVAL, Parking};
use crate::{Input, Limits, Metrics, Stage, Sweeper, subscription, telemetry};

/// Delay before a broken stream of deliveries is reopened: long enough not to spin, short enough
/// that a repair takes effect at once.
const REOPEN_WAIT: Duration = Duration::from_secs(1);

/// Why a worker cannot go on. Start it again.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    #[error("a task of the worker ended")]
    Ended,
    #[error("a task of the worker panicked")]
    Panicked(#[source] tokio::task::JoinError),
}

/// Runs a stage.
pub struct Runner<S> {
    stage: Arc<S>,
    handoffs: HandoffPublisher,
    parking: Parking,
    limits: Limits,
    health: Health,
    slots: Arc<Semaphore>,
    topics: Vec<Arc<str>>,
}

impl<S: Stage> Runner<S> {
    /// `project` is the project of the fleet's topics and subscriptions.
    pub fn new(
        stage: S,
        bus: Arc<dyn Bus>,
        ledger: Ledger,
        fleet: &str,
        project: &str,
        limits: Limits,
        health: Health,
    ) -> Self {
        let parking = Parking::new(ledger.clone(), S::NAME);
        let handoffs = HandoffPublisher::new(bus, ledger, fleet, project, S::NAME);
        let slots = Arc::new(Semaphore::new(limits.handling));
        let topics = S::In::TOPICS.iter().map(|topic| Arc::from(*topic)).collect();
        Self { stage: Arc::new(stage), handoffs, parking, limits, health, slots, topics }
    }

    /// Pulls from these topics, named as in [`Input::TOPICS`], instead of the stage's own.
    #[must_use]
    pub fn with_topics(self, topics: &[String]) -> Self {
        Self { topics: topics.iter().map(|topic| Arc::from(topic.as_str())).collect(), ..self }
    }

    /// Records in these metrics, instead of some that are never exported.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.handoffs.metrics = metrics;
        self
    }

    /// Runs until `shutdown` is cancelled, then stops pulling, finishes the inputs in progress and
    /// returns. Inputs that do not finish within the drain timeout go back to Pub/Sub.
    ///
    /// Fails if one of its tasks ends by itself or panics. Then the others have stopped as if
    /// `shutdown` had been cancelled, and the process must end, so that it is started again.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RunnerError> {
        let runner = Arc::new(self);
        let stop = shutdown.child_token();
        let mut tasks = JoinSet::new();
        for topic in runner.topics.iter() {
            tasks.spawn(Arc::clone(&runner).pull(Arc::clone(topic), stop.clone()));
        }
        if let Some(interval) = runner.limits.sweep_interval {
            tasks.spawn(Arc::clone(&runner).sweep(interval, stop.clone()));
        }
        tasks.spawn(Arc::clone(&runner).write_counts(stop.clone()));
        let mut result = tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            ended = tasks.join_next() => match ended {
                Some(Err(error)) => Err(RunnerError::Panicked(error)),
                Some(Ok(())) | None => Err(RunnerError::Ended),
            },
        };
        runner.health.draining();
        stop.cancel();
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                result = result.and(Err(RunnerError::Panicked(error)));
            }
        }
        runner.parking.write_counts().await;
        // A task that ends because of the shutdown may be joined before the shutdown is noticed.
        match result {
            Err(RunnerError::Ended) if shutdown.is_cancelled() => Ok(()),
            result => result,
        }
    }

    async fn pull(self: Arc<Self>, topic: Arc<str>, shutdown: CancellationToken) {
        let id = subscription_id(&self.handoffs.fleet, S::NAME, &topic);
        let subscription = format!("projects/{}/subscriptions/{id}", self.handoffs.project);
        let (bus, metrics) = (Arc::clone(&self.handoffs.bus), self.handoffs.metrics.clone());
        tokio::spawn(subscription::check(bus, subscription.clone(), metrics));
        let drains = TaskTracker::new();
        let aborts = CancellationToken::new();
        while !shutdown.is_cancelled() {
            let opened = tokio::select! {
                opened = self.handoffs.bus.subscribe(&subscription, self.limits.held) => opened,
                () = shutdown.cancelled() => break,
            };
            match opened {
                Ok(mut deliveries) => {
                    self.health.pulling(&topic);
                    let under_way = TaskTracker::new();
                    let ended = self
                        .pull_from(
                            &mut *deliveries,
                            &topic,
                            &subscription,
                            &under_way,
                            &aborts,
                            &shutdown,
                        )
                        .await;
                    // Beside the next stream: what is held may take minutes, and other messages
                    // must not wait for it.
                    let (runner, aborts, shutdown) =
                        (Arc::clone(&self), aborts.clone(), shutdown.clone());
                    drains.spawn(async move {
                        runner.drain(&under_way, &aborts, &shutdown).await;
                        deliveries.close().await;
                    });
                    if let Err(error) = ended {
                        let error = telemetry::chain(&error);
                        tracing::warn!(error, %subscription, "deliveries broke; reopening");
                    }
                }
                Err(error) => {
                    let error = telemetry::chain(&error);
                    tracing::warn!(error, %subscription, "cannot open the subscription; retrying");
                }
            }
            self.health.not_pulling(&topic);
            tokio::select! {
                () = tokio::time::sleep(REOPEN_WAIT) => {}
                () = shutdown.cancelled() => {}
            }
        }
        drains.close();
        drains.wait().await;
    }

    /// Takes deliveries until the stream breaks (`Err`) or `shutdown` is cancelled (`Ok`). The
    /// stream limits how many are held, and the slots limit how many are handled. A delivery
    /// without a slot on shutdown goes back to Pub/Sub.
    async fn pull_from(
        self: &Arc<Self>,
        deliveries: &mut dyn Deliveries,
        topic: &Arc<str>,
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
            let (runner, received) = (Arc::clone(self), received?);
            let (topic, subscription) = (Arc::clone(topic), subscription.to_owned());
            let (aborts, shutdown) = (aborts.clone(), shutdown.clone());
            under_way.spawn(async move {
                let slot =
                    shutdown.run_until_cancelled(Arc::clone(&runner.slots).acquire_owned()).await;
                let Some(Ok(slot)) = slot else { return };
                // If it is aborted or panics, it is dropped unsettled, and the message is
                // redelivered.
                runner.process(received, &topic, &subscription, slot, &aborts).await;
            });
        }
    }

    /// Waits for the inputs of one stream that are in progress; on shutdown, no longer than the
    /// drain timeout.
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
                let unfinished = under_way.len();
                tracing::warn!(unfinished, "drain timeout: unfinished messages go back to Pub/Sub");
                aborts.cancel();
                under_way.wait().await;
            }
        }
    }

    /// Writes the counts of messages that were parked but not kept. The last ones are written on
    /// shutdown.
    async fn write_counts(self: Arc<Self>, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(COUNT_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            self.parking.write_counts().await;
        }
    }

    /// Counts what is open, for metrics. What cannot be counted keeps its last numbers.
    async fn take_census(&self) {
        match Counted::read(&self.handoffs.ledger).await {
            Ok(counted) => self.handoffs.metrics.counted(counted),
            Err(error) => {
                tracing::debug!(error = telemetry::chain(&error), "cannot count what is open");
            }
        }
    }

    async fn sweep(self: Arc<Self>, interval: Duration, shutdown: CancellationToken) {
        let health = self.health.clone();
        health.sweeps(interval);
        let sweeper = Sweeper::of(Arc::clone(&self.stage), self.handoffs.clone(), health);
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let forever = async {
            loop {
                ticks.tick().await;
                sweeper.sweep().await;
                if S::CENSUS {
                    self.take_census().await;
                }
            }
        };
        let _: Option<()> = shutdown.run_until_cancelled(forever).await;
    }
}
