//! An index of all deployments, so that pages about thousands of them take no request each.
//!
//! It is read from the ledger by list calls. What has ended never changes, so it is read once; what
//! is open is listed again while a page is open. Nothing is kept on disk, and nothing is written: a
//! console that is killed loses nothing, and no deployment notices.
//!
//! **Bounds.** The newest [`ENTRIES_MAX`] deployments are kept, about a kilobyte each. A refresh
//! lists at most `OPEN_PER_REFRESH` open deployments, those that were not looked at the longest
//! first.
//!
//! - `refresh`: what is read of deployments, and when. `parked`: the parked messages.
//!   `batches`: the batches that are being fed.

mod batches;
pub mod entry;
mod parked;
mod refresh;
pub mod snapshot;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::chain;
use longshore_ledger::{Ledger, ListedBatch, ListedDeployment, MoreParked, PARTS};
use longshore_messages::{BatchId, DeploymentId, FunctionRef};
use parking_lot::RwLock;
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::entry::Entry;
use self::snapshot::{Feeding, ParkedEntry, Snapshot};

/// What is counted beside the parked messages, and the batches.
type Lists = (Arc<[MoreParked]>, Arc<[ListedBatch]>);

/// Maximum number of deployments in the index.
pub const ENTRIES_MAX: usize = 50_000;

/// Maximum number of concurrent requests of a refresh.
const AT_ONCE: usize = 32;

/// Maximum number of concurrent list calls while the index is read for the first time: each returns
/// up to thousands of objects.
const PARTS_AT_ONCE: usize = 4;

/// How old what is shown may be, and how often what is rarely missed is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Ages {
    /// Age of a snapshot after which a request refreshes it.
    pub snapshot: Duration,
    /// Time between two looks at the functions' newest deployments, which finds deployments that
    /// began and ended between two refreshes, and those before them.
    pub heads: Duration,
    /// Time without a request after which the next one looks at the newest deployments at once.
    pub pause: Duration,
    /// Time between two looks at a sixteenth of all deployments, which finds the rest: requests
    /// that were rejected at once.
    pub part: Duration,
}

impl Ages {
    /// A list call of the local cloud takes a millisecond.
    pub const LOCAL: Self = Self {
        snapshot: Duration::from_millis(700),
        heads: Duration::from_secs(3),
        pause: Duration::from_secs(2),
        part: Duration::from_secs(1),
    };

    /// Cloud Storage charges list calls as class A operations
    /// (<https://cloud.google.com/storage/pricing#operations-by-class>).
    pub const GOOGLE: Self = Self {
        snapshot: Duration::from_secs(4),
        heads: Duration::from_secs(60),
        pause: Duration::from_secs(15),
        part: Duration::from_secs(120),
    };
}

/// The index.
pub struct Index {
    ledger: Ledger,
    ages: Ages,
    known: Mutex<Known>,
    current: RwLock<Arc<Snapshot>>,
}

/// What the index has read. Locked during a refresh, so that concurrent requests share one.
struct Known {
    entries: HashMap<DeploymentId, (Arc<Entry>, ListedDeployment)>,
    parked: BTreeMap<(String, i64), ParkedEntry>,
    feeding: BTreeMap<BatchId, Feeding>,
    /// When each open deployment was last listed.
    looked_at: HashMap<DeploymentId, Instant>,
    refreshed_at: Option<Instant>,
    heads_at: Option<Instant>,
    /// The generation of each function up to which all deployments are known, as of the last look at
    /// the newest ones. `None` before the first look.
    complete: Option<HashMap<FunctionRef, u64>>,
    part_at: Instant,
    next_part: usize,
    loaded: usize,
}

impl Index {
    #[must_use]
    pub fn new(ledger: Ledger, ages: Ages) -> Arc<Self> {
        let known = Known {
            entries: HashMap::new(),
            parked: BTreeMap::new(),
            feeding: BTreeMap::new(),
            looked_at: HashMap::new(),
            refreshed_at: None,
            heads_at: None,
            complete: None,
            part_at: Instant::now(),
            next_part: 0,
            loaded: 0,
        };
        Arc::new(Self {
            ledger,
            ages,
            known: Mutex::new(known),
            current: RwLock::new(Arc::new(Snapshot::empty(OffsetDateTime::now_utc()))),
        })
    }

    /// What is known now, however old.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read())
    }

    /// How long a snapshot is shown before it is refreshed.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.ages.snapshot
    }

    /// What is known, refreshed unless it is recent. If the ledger cannot be read, the snapshot is
    /// the last one, with the problem.
    pub async fn fresh(&self) -> Arc<Snapshot> {
        let mut known = self.known.lock().await;
        if known.refreshed_at.is_none_or(|at| at.elapsed() >= self.ages.snapshot) {
            let refreshed = self.refresh(&mut known).await;
            known.refreshed_at = Some(Instant::now());
            if let Err(error) = refreshed {
                tracing::warn!(error = %chain(&error), "cannot refresh the index");
                let problem = Some(chain(&error));
                self.publish(|before| Snapshot { problem, ..before });
            }
        }
        self.current()
    }

    /// Reads all deployments for the first time, in parts, so that the first pages show something
    /// soon. Failed parts are read again by later refreshes.
    pub async fn load(&self) {
        let parts = stream::iter(PARTS).map(|part| self.ledger.list_deployments(part));
        let mut parts = std::pin::pin!(parts.buffer_unordered(PARTS_AT_ONCE));
        while let Some(listed) = parts.next().await {
            let listed = match listed {
                Ok(listed) => listed,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "cannot list a part of the ledger");
                    continue;
                }
            };
            let mut known = self.known.lock().await;
            self.take_in(&mut known, listed).await;
            known.loaded += 1;
            // Otherwise the next refresh publishes it.
            if known.refreshed_at.is_some() {
                self.publish_known(&known, None);
            }
        }
        let mut known = self.known.lock().await;
        known.loaded = PARTS.len();
        known.refreshed_at = None;
    }

    fn publish_known(&self, known: &Known, lists: Option<Lists>) {
        let entries = known.entries.values().map(|(entry, _)| Arc::clone(entry));
        let entries: Vec<_> = entries.collect();
        let mut parked: Vec<_> = known.parked.values().cloned().collect();
        parked.sort_by_key(|parked| parked.at);
        let (feeding, loaded) = (Arc::new(known.feeding.clone()), known.loaded);
        self.publish(|before| {
            let (more_parked, batches) = lists
                .unwrap_or_else(|| (Arc::clone(&before.more_parked), Arc::clone(&before.batches)));
            let next = Snapshot { more_parked, batches, feeding, loaded, problem: None, ..before };
            next.with_entries(entries, parked, ENTRIES_MAX)
        });
    }

    /// Replaces the snapshot, and says so if it differs.
    fn publish(&self, change: impl FnOnce(Snapshot) -> Snapshot) {
        let before = self.current();
        let next = change((*before).clone());
        let is_same = next.entries == before.entries
            && next.parked == before.parked
            && next.more_parked == before.more_parked
            && next.batches == before.batches
            && next.feeding == before.feeding
            && next.loaded == before.loaded
            && next.problem == before.problem;
        let version = if is_same { before.version } else { before.version + 1 };
        let at = OffsetDateTime::now_utc();
        *self.current.write() = Arc::new(Snapshot { version, at, ..next });
    }
}
