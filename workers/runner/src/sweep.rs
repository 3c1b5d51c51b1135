//! The sweep: what it finds is handed off item by item, so that one that fails keeps nothing else
//! waiting.

use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::Bus;
use longshore_ledger::Ledger;
use time::OffsetDateTime;
use tracing::Instrument as _;

use crate::handoff::publisher::{HandoffError, HandoffPublisher, Origin};
use crate::health::Health;
use crate::{Found, Stage, SweepLog, traces};

/// Maximum number of items in progress. A build with many waiters is one item.
const ITEMS_AT_ONCE: usize = 8;

/// Sweeps for a stage.
pub struct Sweeper<S> {
    stage: Arc<S>,
    handoffs: HandoffPublisher,
    log: SweepLog,
    /// Tells the records of this process from those of other replicas.
    replica: uuid::Uuid,
}

impl<S: Stage> Sweeper<S> {
    /// `project` is the project of the fleet's topics.
    pub fn new(
        stage: Arc<S>,
        bus: Arc<dyn Bus>,
        ledger: Ledger,
        fleet: &str,
        project: &str,
    ) -> Self {
        let handoffs = HandoffPublisher::new(bus, ledger, fleet, project, S::NAME);
        Self::of(stage, handoffs, Health::default())
    }

    pub(crate) fn of(stage: Arc<S>, handoffs: HandoffPublisher, health: Health) -> Self {
        Self { stage, handoffs, log: SweepLog::of(health), replica: uuid::Uuid::new_v4() }
    }

    /// Sweeps once. Every error is logged and retried by a later sweep.
    pub async fn sweep(&self) {
        const WHOLE: &str = "everything";
        self.log.swept();
        let found = match self.stage.sweep(&self.log).await {
            Ok(found) => found,
            Err(error) => return self.log.failed(WHOLE, &error),
        };
        self.log.succeeded(WHOLE);
        let items = stream::iter(found).for_each_concurrent(ITEMS_AT_ONCE, async |found| {
            let item = name(&found);
            if !self.log.is_due(&item) {
                return;
            }
            let (what, deployments) = match &found {
                Found::Handoff(handoff) => ("deployment", std::slice::from_ref(handoff)),
                Found::Wake(wake) => ("build", &wake.handoffs[..]),
            };
            let span = traces::swept(what, &item, deployments.iter().map(|one| &one.trace));
            self.handoffs.metrics.recovered(what);
            let moved = async {
                tracing::info!(item, "found by the sweep");
                match self.publish(found).await {
                    Ok(()) => self.log.succeeded(&item),
                    Err(error) => self.log.failed(&item, &error),
                }
            };
            moved.instrument(span).await;
        });
        items.await;
        self.log.report();
        self.handoffs.metrics.sweep_failing(self.log.failing());
    }

    /// What fails in the sweeps of this process.
    #[must_use]
    pub fn log(&self) -> &SweepLog {
        &self.log
    }

    async fn publish(&self, found: Found<S::Out>) -> Result<(), HandoffError> {
        let now = OffsetDateTime::now_utc();
        let origin = Origin {
            input: format!("sweep/{}", self.replica),
            published_at: now,
            started_at: now,
            attempt: None,
            waited_ms: 0,
            waited_for: None,
            requester: None,
            noted_requester: None,
            is_sweep: true,
        };
        match found {
            Found::Handoff(handoff) => self.handoffs.publish(&[handoff], &origin).await,
            Found::Wake(wake) => self.handoffs.wake(&wake, &origin).await,
        }
    }
}

/// The name of an item in logs. The same for every sweep that finds it.
fn name<M>(found: &Found<M>) -> String {
    match found {
        Found::Handoff(handoff) => format!("deployment {}", handoff.deployment),
        Found::Wake(wake) => format!("waiters of build {}", wake.build),
    }
}
