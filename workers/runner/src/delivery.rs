//! The delivery that a stage handles.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use longshore_cloud::Received;
use longshore_cloud::pacing::waiting;
use longshore_ledger::Happened;
use longshore_messages::{Event, TraceContext};
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use crate::waits::Waits;
use crate::{BuildUse, traces};

/// One delivery of an input.
pub struct Delivery {
    input: String,
    handler: String,
    trace: TraceContext,
    published_at: OffsetDateTime,
    attempt: Option<u32>,
    slots: Arc<Slots>,
    happened: OnceLock<Happened>,
}

/// The worker's handling slots, of which this delivery holds one except while it waits.
struct Slots {
    all: Arc<Semaphore>,
    held: tokio::sync::Mutex<Option<tokio::sync::OwnedSemaphorePermit>>,
    waited: Mutex<Waited>,
    waits: Arc<Waits>,
}

#[derive(Clone, Copy, Default)]
struct Waited {
    total: Duration,
    longest_for: Option<(&'static str, Duration)>,
}

impl Delivery {
    #[expect(clippy::too_many_arguments, reason = "called in one place, with different types")]
    pub(crate) fn new(
        input: String,
        handler: String,
        trace: TraceContext,
        published_at: OffsetDateTime,
        attempt: Option<u32>,
        waits: Arc<Waits>,
        slots: Arc<Semaphore>,
        permit: tokio::sync::OwnedSemaphorePermit,
    ) -> Self {
        let held = tokio::sync::Mutex::new(Some(permit));
        let slots = Arc::new(Slots { all: slots, held, waited: Mutex::default(), waits });
        let happened = OnceLock::new();
        Self { input, handler, trace, published_at, attempt, slots, happened }
    }

    /// Identity of the input: the same for every delivery, even if it was published twice.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Unique identity of this handling.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.handler
    }

    /// The trace of the input, with the span of this handling as parent of what follows.
    #[must_use]
    pub fn trace(&self) -> &TraceContext {
        &self.trace
    }

    /// When Pub/Sub accepted the input.
    #[must_use]
    pub fn published_at(&self) -> OffsetDateTime {
        self.published_at
    }

    /// The number of this delivery attempt, from 1, if Pub/Sub counts them.
    #[must_use]
    pub fn attempt(&self) -> Option<u32> {
        self.attempt
    }

    /// What had happened to the deployment of the input when the runner verified it, if the input is
    /// of one. It may be stale, as any snapshot.
    #[must_use]
    pub fn happened(&self) -> Option<&Happened> {
        self.happened.get()
    }

    /// Notes what has happened to the deployment of the input. Only the first call has an effect.
    pub(crate) fn note_happened(&self, happened: Happened) -> &Happened {
        self.happened.get_or_init(|| happened)
    }

    /// Waits for something that takes no work here, and frees the handling slot meanwhile. The
    /// lease of the input is kept; the subscription's limit bounds the number of waiting
    /// deliveries.
    pub async fn wait<T>(
        &self,
        reason: &'static str,
        awaited: impl Future<Output = T> + Send,
    ) -> T {
        self.slots.wait(reason, awaited).await
    }

    /// How the calls of this handling wait for quotas: as [`Delivery::wait`] does.
    pub(crate) fn quota_waits(&self) -> Arc<dyn waiting::Waits> {
        Arc::<Slots>::clone(&self.slots)
    }

    /// Notes how the deployment of the input gets its image, for metrics.
    pub fn note_build(&self, how: BuildUse) {
        self.slots.waits.metrics().build(how);
    }

    /// What is noted about the waits of this delivery.
    pub(crate) fn waits(&self) -> &Arc<Waits> {
        &self.slots.waits
    }

    /// The total time that the stage waited, and the reason of the longest wait.
    pub(crate) fn waited(&self) -> (Duration, Option<&'static str>) {
        let waited = *self.slots.waited.lock();
        (waited.total, waited.longest_for.map(|(reason, _)| reason))
    }
}

impl Slots {
    async fn wait<T>(&self, reason: &'static str, awaited: impl Future<Output = T> + Send) -> T {
        let begun = Instant::now();
        drop(self.held.lock().await.take());
        let waiting = self.waits.metrics().wait();
        self.waits.begin(reason);
        let result = awaited.instrument(traces::waited(reason)).await;
        self.waits.end();
        drop(waiting);
        if let Ok(permit) = Arc::clone(&self.all).acquire_owned().await {
            *self.held.lock().await = Some(permit);
        }
        self.note_wait(reason, begun.elapsed());
        result
    }

    fn note_wait(&self, reason: &'static str, took: Duration) {
        let mut waited = self.waited.lock();
        waited.total += took;
        if waited.longest_for.is_none_or(|(_, longest)| took > longest) {
            waited.longest_for = Some((reason, took));
        }
    }
}

impl waiting::Waits for Slots {
    fn wait<'a>(&'a self, reason: &'static str, awaited: BoxFuture<'a, ()>) -> BoxFuture<'a, ()> {
        Box::pin(Slots::wait(self, reason, awaited))
    }

    fn taken(&self, taken: &waiting::TakenToken) {
        self.waits.taken(taken);
    }
}

/// Identity of an input. A CloudEvent keeps its identity when it is published twice; Google's
/// notifications have only the id of the Pub/Sub message.
pub(crate) fn input_id(received: &Received) -> String {
    event_input(&received.message.attributes)
        .unwrap_or_else(|| format!("pubsub {}", received.message_id))
}

/// Identity of an input that is a CloudEvent.
pub(crate) fn event_input(attributes: &BTreeMap<String, String>) -> Option<String> {
    let event = Event::of(attributes).ok()?;
    Some(format!("{} {}", event.source, event.id))
}
