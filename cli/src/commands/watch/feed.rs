//! What is watched, read again and again by a task of its own, so that the network never delays a key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use longshore_console_model::detail::Detail;
use longshore_console_model::index::entry::Entry;
use longshore_console_model::index::snapshot::Snapshot;
use longshore_console_model::index::{Ages, Index};
use longshore_console_model::{ledger_trace, why};
use longshore_ledger::Ledger;
use longshore_messages::DeploymentId;
use longshore_trace_store::{Trace, read_trace};
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::batch::{self, BatchStatus};
use crate::cloud_target::CloudTarget;

/// Age of a sentence or of a batch's status after which it is read again, in ages of the index. A
/// sentence takes some ten requests.
const AGES: u32 = 3;

/// Sentences that are read at the same time.
const AT_ONCE: usize = 8;

/// What is seen at one time.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) snapshot: Arc<Snapshot>,
    /// Why deployments wait, as far as that was wanted and is known.
    pub(super) reasons: BTreeMap<DeploymentId, String>,
    /// The batches that have not ended, in the order of their ids.
    pub(super) batches: Vec<Arc<BatchStatus>>,
    /// The deployment that was wanted, and its trace.
    pub(super) opened: Option<(DeploymentId, Arc<Trace>)>,
}

impl Seen {
    pub(super) fn of(snapshot: Arc<Snapshot>) -> Self {
        Self { snapshot, reasons: BTreeMap::new(), batches: Vec::new(), opened: None }
    }
}

/// What is read besides the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Open deployments whose reason to wait is shown.
    pub(super) reasons: Vec<DeploymentId>,
    /// The deployment whose waterfall is shown.
    pub(super) opened: Option<DeploymentId>,
    /// Whether the batches in progress are shown.
    pub(super) batches: bool,
}

/// The reader. It stops when this is dropped.
pub(super) struct Feed {
    pub(super) seen: watch::Receiver<Seen>,
    pub(super) ledger: Ledger,
    wanted: watch::Sender<Wanted>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Feed {
    pub(super) fn start(target: CloudTarget, store: PathBuf) -> Self {
        let ages = if target.local { Ages::LOCAL } else { Ages::GOOGLE };
        let index = Index::new(target.ledger.clone(), ages);
        let (sender, seen) = watch::channel(Seen::of(index.current()));
        let (wanted, wants) = watch::channel(Wanted::default());
        let (loaded, ledger) = (Arc::clone(&index), target.ledger.clone());
        let loading = tokio::spawn(async move { loaded.load().await });
        let reader = Reader { index, target, store, reasons: BTreeMap::new(), batches_at: None };
        let reading = tokio::spawn(reader.run(sender, wants));
        Self { seen, ledger, wanted, tasks: [loading, reading] }
    }

    /// Changes what is read besides the index.
    pub(super) fn want(&self, next: Wanted) {
        self.wanted.send_if_modified(|wanted| {
            let is_other = *wanted != next;
            *wanted = next;
            is_other
        });
    }
}

struct Reader {
    index: Arc<Index>,
    target: CloudTarget,
    /// The directory of the trace store of this machine.
    store: PathBuf,
    /// Each sentence, and when it was read.
    reasons: BTreeMap<DeploymentId, (Instant, String)>,
    batches_at: Option<Instant>,
}

impl Reader {
    async fn run(mut self, sender: watch::Sender<Seen>, mut wants: watch::Receiver<Wanted>) {
        loop {
            let wanted = wants.borrow_and_update().clone();
            let snapshot = self.index.fresh().await;
            // What is read next takes longer, and the first screen should not wait for it.
            sender.send_modify(|seen| seen.snapshot = Arc::clone(&snapshot));
            let reasons = self.reasons(&snapshot, &wanted).await;
            let batches = self.batches(&snapshot, &wanted).await;
            let opened = match wanted.opened {
                Some(id) => Some((id, Arc::new(self.trace(id, snapshot.entry(id)).await))),
                None => None,
            };
            if wanted != Wanted::default() {
                sender.send_modify(|seen| {
                    seen.reasons = reasons;
                    seen.opened = opened;
                    if let Some(batches) = batches {
                        seen.batches = batches;
                    }
                });
            }
            tokio::select! {
                () = tokio::time::sleep(self.index.age()) => {}
                changed = wants.changed() => if changed.is_err() { return },
            }
        }
    }

    fn age(&self) -> Duration {
        self.index.age() * AGES
    }

    /// The sentences that are wanted. One that cannot be read now is missing until the next time.
    async fn reasons(
        &mut self,
        snapshot: &Snapshot,
        wanted: &Wanted,
    ) -> BTreeMap<DeploymentId, String> {
        let is_open =
            |id: &DeploymentId| snapshot.entry(*id).is_some_and(|entry| entry.state.is_open());
        let open: Vec<DeploymentId> = wanted.reasons.iter().copied().filter(is_open).collect();
        let age = self.age();
        self.reasons.retain(|id, _| open.contains(id));
        let is_due = |id: &DeploymentId| {
            self.reasons.get(id).is_none_or(|(read_at, _)| read_at.elapsed() >= age)
        };
        let due: Vec<DeploymentId> = open.into_iter().filter(is_due).collect();
        let ledger = &self.target.ledger;
        let read = stream::iter(due).map(async |id| (id, why::of(ledger, id).await));
        let read: Vec<_> = read.buffer_unordered(AT_ONCE).collect().await;
        for (id, sentence) in read {
            if let Ok(Some(sentence)) = sentence {
                self.reasons.insert(id, (Instant::now(), sentence));
            }
        }
        self.reasons.iter().map(|(id, (_, sentence))| (*id, sentence.clone())).collect()
    }

    /// The batches in progress, or `None` if what is known is recent enough.
    async fn batches(
        &mut self,
        snapshot: &Snapshot,
        wanted: &Wanted,
    ) -> Option<Vec<Arc<BatchStatus>>> {
        let age = self.age();
        if !wanted.batches || self.batches_at.is_some_and(|at| at.elapsed() < age) {
            return None;
        }
        self.batches_at = Some(Instant::now());
        let target = &self.target;
        let ids: Vec<_> = snapshot.feeding.keys().copied().collect();
        let read = stream::iter(ids);
        let read = read.map(async |id| batch::status(target, id).await.ok().map(Arc::new));
        let read: Vec<_> = read.buffered(AT_ONCE).collect().await;
        Some(read.into_iter().flatten().filter(|status| !status.ended).collect())
    }

    /// The spans of a deployment, from the store of this machine or from the ledger's records.
    async fn trace(&self, id: DeploymentId, entry: Option<&Arc<Entry>>) -> Trace {
        let detail = Detail::read(&self.target.ledger, &self.target.clients, id).await;
        let stored = stored(&self.store, &detail, id);
        let entry = entry.map(|entry| &**entry);
        let of_ledger = || ledger_trace::of(id, entry, &detail, OffsetDateTime::now_utc());
        stored.or_else(of_ledger).unwrap_or_default()
    }
}

fn stored(store: &Path, detail: &Detail, id: DeploymentId) -> Option<Trace> {
    let trace_id = detail.trace_id().unwrap_or_else(|| id.to_string()).parse().ok()?;
    let trace = Trace::from_otlp(read_trace(store, trace_id).ok()??);
    let own = trace.of_deployment(&id.to_string());
    (!own.spans.is_empty()).then_some(own)
}
