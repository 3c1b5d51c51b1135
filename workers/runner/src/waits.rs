//! Notes long waits of a delivery in the ledger, so that everyone can read why a deployment waits.
//!
//! A note costs a request, so only a wait gets one that an operator would notice. Nothing depends
//! on a note: one that cannot be written is logged, and the delivery goes on.

use std::convert::Infallible;
use std::time::Duration;

use longshore_cloud::pacing::waiting::TakenToken;
use longshore_ledger::{Ledger, NotedWait, WaitCause};
use longshore_messages::{DeploymentId, TraceContext};
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Metrics;
use crate::telemetry::chain;

/// Shortest wait for a quota, and shortest backoff, that is noted: shorter ones are over before
/// anyone has asked.
const KNOWN_WAIT_MIN: Duration = Duration::from_secs(5);

/// Time after which any other wait is noted: most revisions are up by then, so most deployments
/// have no note.
const UNKNOWN_WAIT_MIN: Duration = Duration::from_secs(20);

/// Pause after which a wait for the same thing is another wait. A stage looks between two waits,
/// which takes some calls.
const SAME_WAIT_PAUSE: Duration = Duration::from_secs(5);

/// The backoff of the fleet's subscriptions, as `deploy/fleet.toml` sets it. It about doubles with
/// each delivery (<https://cloud.google.com/pubsub/docs/handling-failures#exponential_backoff>).
const BACKOFF_MIN: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(600);

/// Maximum length of a noted error, in characters.
const ERROR_CHARS_MAX: usize = 500;

/// The waits of one delivery.
pub(crate) struct Waits {
    metrics: Metrics,
    trace: TraceContext,
    ledger: Ledger,
    stage: &'static str,
    /// `None` for a delivery without a deployment, whose waits cannot be looked up.
    deployment: Option<DeploymentId>,
    current: Mutex<Option<Current>>,
    changed: Notify,
}

/// A wait in progress, or the last one.
struct Current {
    wait: NotedWait,
    /// When it is noted.
    due: Instant,
    is_noted: bool,
    ended: Option<Instant>,
}

impl Waits {
    pub(crate) fn new(
        metrics: Metrics,
        trace: TraceContext,
        ledger: Ledger,
        stage: &'static str,
        deployment: Option<DeploymentId>,
    ) -> Self {
        let (current, changed) = (Mutex::default(), Notify::new());
        Self { metrics, trace, ledger, stage, deployment, current, changed }
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The delivery begins to wait for something that takes an unknown time.
    pub(crate) fn begin(&self, awaited: &'static str) {
        let (now, since) = (Instant::now(), self.ledger.now());
        let cause = WaitCause::Other { awaited: awaited.to_owned() };
        let mut current = self.current.lock();
        match &mut *current {
            // A token that was taken says more than the wait for it.
            Some(Current { wait: NotedWait { until: Some(until), .. }, .. }) if *until > since => {
                return;
            }
            Some(same)
                if same.wait.cause == cause
                    && same.ended.is_none_or(|ended| now < ended + SAME_WAIT_PAUSE) =>
            {
                same.ended = None;
            }
            _ => {
                let wait = NotedWait { cause, since, until: None };
                let due = now + UNKNOWN_WAIT_MIN;
                *current = Some(Current { wait, due, is_noted: false, ended: None });
            }
        }
        self.changed.notify_one();
    }

    /// The delivery goes on.
    pub(crate) fn end(&self) {
        if let Some(current) = &mut *self.current.lock() {
            current.ended = Some(Instant::now());
        }
    }

    /// Runs the handling of the delivery, and notes its long waits meanwhile.
    pub(crate) async fn noting<T>(&self, handled: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            result = handled => result,
            never = self.note_long_ones() => match never {},
        }
    }

    /// Notes that the message is delivered again, after a backoff, because of an error.
    pub(crate) async fn note_backoff(&self, error: &str, attempt: Option<u32>) {
        let backoff = attempt.map_or(Duration::ZERO, backoff);
        if backoff < KNOWN_WAIT_MIN {
            return;
        }
        let since = self.ledger.now();
        let error = error.chars().take(ERROR_CHARS_MAX).collect();
        let cause = WaitCause::Backoff { error, attempt };
        self.write(&NotedWait { cause, since, until: Some(since + backoff) }).await;
    }

    async fn note_long_ones(&self) -> Infallible {
        loop {
            let Some(due) = self.due() else {
                self.changed.notified().await;
                continue;
            };
            tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                () = self.changed.notified() => continue,
            }
            if let Some(wait) = self.take_due() {
                self.write(&wait).await;
            }
        }
    }

    /// When the current wait is to be noted.
    fn due(&self) -> Option<Instant> {
        let current = self.current.lock();
        let current = current.as_ref().filter(|wait| !wait.is_noted && wait.ended.is_none());
        current.map(|current| current.due)
    }

    fn take_due(&self) -> Option<NotedWait> {
        let now = Instant::now();
        let mut current = self.current.lock();
        let current = current.as_mut()?;
        if current.is_noted || current.ended.is_some() || now < current.due {
            return None;
        }
        current.is_noted = true;
        Some(current.wait.clone())
    }

    async fn write(&self, wait: &NotedWait) {
        let Some(deployment) = self.deployment else { return };
        if let Err(error) = self.ledger.note_wait(deployment, self.stage, wait).await {
            tracing::debug!(error = chain(&error), %deployment, "cannot note a wait");
        }
    }

    /// A call of the delivery took a token.
    pub(crate) fn taken(&self, taken: &TakenToken) {
        self.metrics.token(taken, &self.trace);
        if taken.wait < KNOWN_WAIT_MIN {
            return;
        }
        let since = self.ledger.now();
        let cause = WaitCause::Quota {
            quota: taken.key.api.quota().to_owned(),
            project: taken.key.project.clone(),
            region: taken.key.region.clone(),
            position: taken.position,
        };
        let until: Option<OffsetDateTime> = Some(since + taken.wait);
        let wait = NotedWait { cause, since, until };
        let current = Current { wait, due: Instant::now(), is_noted: false, ended: None };
        *self.current.lock() = Some(current);
        self.changed.notify_one();
    }
}

/// The backoff before the delivery after this one, about.
fn backoff(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    (BACKOFF_MIN * 2_u32.pow(doublings)).min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backoff_doubles_up_to_its_maximum() {
        let seconds: Vec<u64> = [1, 2, 3, 4, 10, 11, 80]
            .into_iter()
            .map(|attempt| backoff(attempt).as_secs())
            .collect();
        assert_eq!(seconds, [1, 2, 4, 8, 512, 600, 600]);
    }
}
