//! What a stage may know about the delivery that it handles.

use std::future::Future;
use std::time::{Duration, Instant};

use longshore_messages::TraceContext;
use std::sync::Arc;

use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

/// One delivery, as a stage sees it.
pub struct Delivery {
    input: String,
    handler: String,
    trace: TraceContext,
    published_at: OffsetDateTime,
    attempt: Option<u32>,
    slots: Slots,
    waited: Mutex<Waited>,
}

/// The worker's handling slots, of which this delivery holds one except while it waits.
struct Slots {
    all: Arc<Semaphore>,
    held: tokio::sync::Mutex<Option<tokio::sync::OwnedSemaphorePermit>>,
}

#[derive(Clone, Copy, Default)]
struct Waited {
    total: Duration,
    longest_for: Option<(&'static str, Duration)>,
}

impl Delivery {
    pub(crate) fn new(
        input: String,
        handler: String,
        trace: TraceContext,
        published_at: OffsetDateTime,
        attempt: Option<u32>,
        slots: Arc<Semaphore>,
        permit: tokio::sync::OwnedSemaphorePermit,
    ) -> Self {
        let slots = Slots { all: slots, held: tokio::sync::Mutex::new(Some(permit)) };
        Self { input, handler, trace, published_at, attempt, slots, waited: Mutex::default() }
    }

    /// Identity of the input: the same at every delivery of it, also when it was published twice.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Identity of this handling: no two are the same.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.handler
    }

    /// The trace that the input belongs to, with this handling's span as parent of what follows.
    #[must_use]
    pub fn trace(&self) -> &TraceContext {
        &self.trace
    }

    /// When Pub/Sub took the input.
    #[must_use]
    pub fn published_at(&self) -> OffsetDateTime {
        self.published_at
    }

    /// Which delivery attempt this is, from 1, where Pub/Sub counts.
    #[must_use]
    pub fn attempt(&self) -> Option<u32> {
        self.attempt
    }

    /// Waits for something that takes no work of ours: gives the handling slot to others meanwhile.
    /// The lease of the input is kept; the number of deliveries that wait is bounded by the
    /// subscription's limit.
    pub async fn wait<T>(
        &self,
        reason: &'static str,
        awaited: impl Future<Output = T> + Send,
    ) -> T {
        let begun = Instant::now();
        drop(self.slots.held.lock().await.take());
        let result = awaited.await;
        if let Ok(permit) = Arc::clone(&self.slots.all).acquire_owned().await {
            *self.slots.held.lock().await = Some(permit);
        }
        self.note_wait(reason, begun.elapsed());
        result
    }

    /// How long the stage waited in all, and what for, longest first.
    pub(crate) fn waited(&self) -> (Duration, Option<&'static str>) {
        let waited = *self.waited.lock();
        (waited.total, waited.longest_for.map(|(reason, _)| reason))
    }

    fn note_wait(&self, reason: &'static str, took: Duration) {
        let mut waited = self.waited.lock();
        waited.total += took;
        if waited.longest_for.is_none_or(|(_, longest)| took > longest) {
            waited.longest_for = Some((reason, took));
        }
    }
}
