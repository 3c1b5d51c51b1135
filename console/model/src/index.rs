//! An index of all deployments, so that pages about thousands of them take no request each.
//!
//! It is read from the ledger by list calls. What has ended never changes, so it is read once; what
//! is open is listed again while a page is open. Nothing is kept on disk, and nothing is written: a
//! console that is killed loses nothing, and no deployment notices.
//!
//! **Bounds.** The newest [`ENTRIES_MAX`] deployments are kept, about a kilobyte each. A refresh
//! lists at most `OPEN_PER_REFRESH` open deployments, those that were not looked at the longest
//! first.

pub mod entry;
pub mod snapshot;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::chain;
use longshore_ledger::{
    BatchControl, Cause, Ledger, LedgerError, ListedBatch, ListedDeployment, MemberState,
    MoreParked, PARTS, Parked, names,
};
use longshore_messages::{
    BatchId, DEFAULT_REQUESTER, DeploymentFinished, DeploymentId, Event, Topic,
};
use parking_lot::RwLock;
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::entry::{Entry, State};
use self::snapshot::{Feeding, ParkedEntry, Snapshot};

/// What is counted beside the parked messages, and the batches.
type Lists = (Arc<[MoreParked]>, Arc<[ListedBatch]>);

/// Maximum number of deployments in the index.
pub const ENTRIES_MAX: usize = 50_000;

/// Maximum number of open deployments that one refresh lists.
const OPEN_PER_REFRESH: usize = 512;

/// Maximum number of deployments before the newest ones that one refresh looks for.
const MISSED_MAX: usize = 128;

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
    /// Time between two looks at a sixteenth of all deployments, which finds the rest: requests
    /// that were rejected at once.
    pub part: Duration,
}

impl Ages {
    /// A list call of the local cloud takes a millisecond.
    pub const LOCAL: Self = Self {
        snapshot: Duration::from_millis(700),
        heads: Duration::from_secs(3),
        part: Duration::from_secs(1),
    };

    /// Cloud Storage charges list calls as class A operations
    /// (<https://cloud.google.com/storage/pricing#operations-by-class>).
    pub const GOOGLE: Self = Self {
        snapshot: Duration::from_secs(4),
        heads: Duration::from_secs(60),
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

    async fn refresh(&self, known: &mut Known) -> Result<(), LedgerError> {
        let (open, parked, more, batches) = tokio::join!(
            self.ledger.list_open(),
            self.parked(&known.parked),
            self.ledger.list_more_parked(),
            self.ledger.list_batches(),
        );
        let (open, batches) = (open?, batches?);
        let mut ids: BTreeSet<DeploymentId> = open.iter().map(|open| open.id).collect();
        let closed = known.entries.values().filter(|(entry, _)| entry.state.is_open());
        ids.extend(closed.map(|(entry, _)| entry.id));
        if known.heads_at.is_none_or(|at| at.elapsed() >= self.ages.heads) {
            let surveyed = self.ledger.survey_functions().await?;
            let heads = surveyed.iter().filter_map(|one| one.head.as_ref().ok());
            let new: Vec<_> =
                heads.filter(|head| !known.entries.contains_key(&head.deployment)).collect();
            ids.extend(new.iter().map(|head| head.deployment));
            // While the history is being read, it is not missing.
            if known.loaded == PARTS.len() {
                let previous = new.iter().filter_map(|head| head.admission.previous);
                ids.extend(self.missed(known, previous.collect()).await?);
            }
            known.heads_at = Some(Instant::now());
        }
        let mut due: Vec<DeploymentId> = ids.into_iter().collect();
        due.sort_by_key(|id| known.looked_at.get(id).copied());
        due.truncate(OPEN_PER_REFRESH);
        let listed = stream::iter(due).map(|id| self.ledger.listed_deployment(id));
        let listed: Vec<_> = listed.buffer_unordered(AT_ONCE).collect().await;
        let listed: Vec<_> = listed.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.take_in(known, listed.into_iter().flatten().collect()).await;
        if known.loaded == PARTS.len() && known.part_at.elapsed() >= self.ages.part {
            let listed = self.ledger.list_deployments(PARTS[known.next_part]).await?;
            self.take_in(known, listed).await;
            known.next_part = (known.next_part + 1) % PARTS.len();
            known.part_at = Instant::now();
        }
        for open in open {
            if let Some((entry, _)) = known.entries.get_mut(&open.id)
                && entry.function.is_none()
                && open.function.is_some()
            {
                *entry = Arc::new(Entry { function: open.function, ..(**entry).clone() });
            }
        }
        known.parked = parked?;
        known.feeding = self.feeding().await?;
        let more: Arc<[_]> = more?.into();
        let batches: Arc<[_]> = batches.into();
        self.publish_known(known, Some((more, batches)));
        Ok(())
    }

    /// The deployments among these, and among those of the same functions before them, that began and
    /// ended between two looks. Takes a read of each.
    async fn missed(
        &self,
        known: &Known,
        mut next: Vec<DeploymentId>,
    ) -> Result<BTreeSet<DeploymentId>, LedgerError> {
        let mut missed = BTreeSet::new();
        while let Some(id) = next.pop() {
            if !known.entries.contains_key(&id) && missed.len() < MISSED_MAX && missed.insert(id) {
                let admission = self.ledger.admission(id).await?;
                next.extend(admission.and_then(|admission| admission.previous));
            }
        }
        Ok(missed)
    }

    /// Adds what was listed, and reads the outcomes that the list does not describe.
    async fn take_in(&self, known: &mut Known, listed: Vec<ListedDeployment>) {
        let mut fresh = Vec::new();
        for listed in listed {
            known.looked_at.insert(listed.id, Instant::now());
            let before = known.entries.get(&listed.id);
            if before.is_some_and(|(entry, before)| *before == listed && !entry.needs_outcome()) {
                continue;
            }
            let entry = Entry::of(listed.clone(), before.map(|(entry, _)| &**entry));
            fresh.push((entry, listed));
        }
        let read = stream::iter(fresh).map(async |(mut entry, listed)| {
            if entry.needs_outcome()
                && let Ok(Some(record)) = self.ledger.outcome(entry.id).await
                && let Ok(finished) =
                    longshore_messages::decode::<DeploymentFinished>(&record.message)
            {
                entry.read(finished);
            }
            if entry.function.is_none() {
                entry.function = self.function_of(&entry).await;
            }
            (entry, listed)
        });
        let read: Vec<_> = read.buffer_unordered(AT_ONCE).collect().await;
        for (entry, listed) in read {
            if !entry.state.is_open() {
                known.looked_at.remove(&entry.id);
            }
            known.entries.insert(entry.id, (Arc::new(entry), listed));
        }
        if known.entries.len() > ENTRIES_MAX + ENTRIES_MAX / 8 {
            forget_oldest(&mut known.entries);
        }
    }

    /// The function of a deletion, or of an open deployment whose mark an older worker wrote.
    async fn function_of(&self, entry: &Entry) -> Option<longshore_messages::FunctionRef> {
        match entry.state {
            State::Deletion => Some(self.ledger.deletion(entry.id).await.ok().flatten()?.function),
            State::In(_) => Some(self.ledger.open(entry.id).await.ok().flatten()?.function),
            _ => None,
        }
    }

    /// The parked messages, of which only new ones are read.
    async fn parked(
        &self,
        known: &BTreeMap<(String, i64), ParkedEntry>,
    ) -> Result<BTreeMap<(String, i64), ParkedEntry>, LedgerError> {
        let listed = self.ledger.list_parked().await?;
        let read = stream::iter(listed).map(async |meta| {
            let key = (meta.name.clone(), meta.generation);
            if let Some(before) = known.get(&key) {
                return Ok(Some((key, before.clone())));
            }
            let parked = match self.ledger.parked(&meta.name).await {
                Ok(Some(parked)) => parked,
                Ok(None) => return Ok(None),
                Err(LedgerError::Unreadable { .. }) => unreadable(),
                Err(error) => return Err(error),
            };
            Ok(Some((key, parked_entry(&meta.name, meta.created_at, parked))))
        });
        let read: Vec<Result<_, LedgerError>> = read.buffered(AT_ONCE).collect().await;
        let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn feeding(&self) -> Result<BTreeMap<BatchId, Feeding>, LedgerError> {
        let ids = self.ledger.list_feeding().await?;
        let read = stream::iter(ids).map(async |id| {
            let progress = self.ledger.batch_progress(id).await?;
            Ok::<_, LedgerError>(progress.map(|(progress, _)| (id, feeding_of(&progress))))
        });
        let read: Vec<_> = read.buffered(AT_ONCE).collect().await;
        let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(read.into_iter().flatten().collect())
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

fn forget_oldest(entries: &mut HashMap<DeploymentId, (Arc<Entry>, ListedDeployment)>) {
    let mut ended: Vec<_> = entries
        .values()
        .filter(|(entry, _)| !entry.state.is_open())
        .map(|(entry, _)| (entry.requested_at, entry.id))
        .collect();
    ended.sort();
    let surplus = entries.len().saturating_sub(ENTRIES_MAX);
    for (_, id) in ended.into_iter().take(surplus) {
        entries.remove(&id);
    }
}

fn feeding_of(progress: &longshore_ledger::BatchProgress) -> Feeding {
    let count = |state| progress.count(state);
    let (waiting, in_flight) = (count(MemberState::Waiting), count(MemberState::Admitted));
    Feeding {
        waiting,
        in_flight,
        done: progress.members.len() - waiting - in_flight,
        failed: count(MemberState::Failed),
        is_paused: progress.control == BatchControl::Paused,
    }
}

fn unreadable() -> Parked {
    Parked {
        stage: String::new(),
        subscription: String::new(),
        message: longshore_messages::WireMessage::default(),
        reason: "the ledger's entry of this message cannot be read".to_owned(),
    }
}

fn parked_entry(name: &str, at: OffsetDateTime, parked: Parked) -> ParkedEntry {
    let deployment = deployment_of(&parked);
    ParkedEntry {
        id: name.strip_prefix(names::PARKED).unwrap_or(name).to_owned(),
        at,
        cause: Cause::of(name),
        sender: parked.sender().to_owned(),
        deployment,
        stage: parked.stage,
        subscription: parked.subscription,
        reason: parked.reason,
    }
}

/// The deployment of a parked message: the one that it states, or that of the request, whose topic
/// says who the requester is.
fn deployment_of(parked: &Parked) -> Option<DeploymentId> {
    let attributes = &parked.message.attributes;
    if let Some(stated) = attributes.get("deployment") {
        return stated.parse().ok();
    }
    let event = Event::of(attributes).ok()?;
    let topic = parked.subscription.split_once(&format!(".{}.", parked.stage));
    let requester = topic.and_then(|(_, topic)| Topic::from_requester(topic));
    let requester = requester.map_or(DEFAULT_REQUESTER, |(_, requester)| requester);
    Some(DeploymentId::requested_by(requester, &event.source, &event.id))
}
