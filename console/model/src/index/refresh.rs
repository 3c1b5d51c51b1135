//! What is read of deployments when the index is refreshed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use longshore_ledger::{Head, LedgerError, ListedDeployment, PARTS};
use longshore_messages::{DeploymentFinished, DeploymentId, FunctionRef};
use tokio::time::Instant;

use super::entry::{Entry, State};
use super::{AT_ONCE, ENTRIES_MAX, Index, Known};

/// Maximum number of open deployments that one refresh lists.
const OPEN_PER_REFRESH: usize = 512;

/// Maximum number of deployments before the newest ones that one refresh reads.
const MISSED_MAX: usize = 128;

impl Index {
    pub(super) async fn refresh(&self, known: &mut Known) -> Result<(), LedgerError> {
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
        if self.are_heads_due(known) {
            let surveyed = self.ledger.survey_functions().await?.into_iter();
            let heads: Vec<(FunctionRef, Head)> =
                surveyed.filter_map(|one| Some((one.function, one.head.ok()?))).collect();
            let newest = heads.iter().map(|(_, head)| head.deployment);
            ids.extend(newest.filter(|id| !known.entries.contains_key(id)));
            // While the history is being read, it is not missing.
            if known.loaded == PARTS.len() {
                ids.extend(self.missed(known, &heads).await?);
                let generations = heads.into_iter();
                let generations = generations.map(|(of, head)| (of, head.admission.generation));
                known.complete = Some(generations.collect());
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

    /// Whether to look at the functions' newest deployments: at intervals while the index is read, and
    /// at once after a pause, so that a page that is opened shows what has just ended.
    fn are_heads_due(&self, known: &Known) -> bool {
        let is_older = |at: Option<Instant>, age| at.is_none_or(|at| at.elapsed() >= age);
        is_older(known.heads_at, self.ages.heads) || is_older(known.refreshed_at, self.ages.pause)
    }

    /// The deployments before the newest ones that began and ended between two looks. The newest of a
    /// function may be known already, as it is listed while it is open, and those before it not. Takes
    /// a read for each deployment since the last look but the newest.
    async fn missed(
        &self,
        known: &Known,
        heads: &[(FunctionRef, Head)],
    ) -> Result<BTreeSet<DeploymentId>, LedgerError> {
        let (mut missed, mut reads) = (BTreeSet::new(), 0);
        for (function, head) in heads {
            // Before the first look, what is known was listed with all that is older.
            let complete = known.complete.as_ref().map(|of| of.get(function).copied().unwrap_or(0));
            let (mut generation, mut previous) =
                (head.admission.generation, head.admission.previous);
            while let Some(id) = previous
                && reads < MISSED_MAX
                && complete.is_none_or(|complete| generation > complete + 1)
            {
                let is_known = known.entries.contains_key(&id);
                if is_known && complete.is_none() {
                    break;
                }
                if !is_known {
                    missed.insert(id);
                }
                reads += 1;
                let Some(admission) = self.ledger.admission(id).await? else { break };
                (generation, previous) = (admission.generation, admission.previous);
            }
        }
        Ok(missed)
    }

    /// Adds what was listed, and reads the outcomes that the list does not describe.
    pub(super) async fn take_in(&self, known: &mut Known, listed: Vec<ListedDeployment>) {
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
    async fn function_of(&self, entry: &Entry) -> Option<FunctionRef> {
        match entry.state {
            State::Deletion => Some(self.ledger.deletion(entry.id).await.ok().flatten()?.function),
            State::In(_) => Some(self.ledger.open(entry.id).await.ok().flatten()?.function),
            _ => None,
        }
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
