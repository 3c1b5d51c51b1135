//! What has changed between two looks at the fleet. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use longshore_console_model::filter::Filter;
use longshore_console_model::index::entry::{Entry, Stage, State};
use longshore_console_model::index::snapshot::{Feeding, Snapshot, is_slow};
use longshore_messages::{BatchId, DeploymentId};
use time::OffsetDateTime;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A deployment is in another state.
    Moved { at: OffsetDateTime, entry: Arc<Entry>, state: State },
    /// A deployment is in its stage for longer than is usual there.
    Slow { at: OffsetDateTime, entry: Arc<Entry> },
    /// A batch has come further, or was paused or continued.
    Batch { at: OffsetDateTime, id: BatchId, name: String, functions: usize, feeding: Feeding },
    /// A batch has ended.
    BatchEnded { at: OffsetDateTime, id: BatchId, name: String, functions: usize, outcome: String },
}

/// What was seen so far.
pub(super) struct Changes {
    began_at: OffsetDateTime,
    entries: HashMap<DeploymentId, Arc<Entry>>,
    slow: HashSet<DeploymentId>,
    feeding: BTreeMap<BatchId, Feeding>,
}

impl Changes {
    pub(super) fn since(began_at: OffsetDateTime) -> Self {
        Self { began_at, entries: HashMap::new(), slow: HashSet::new(), feeding: BTreeMap::new() }
    }

    /// What is new in a snapshot, in the order of time. What had ended before the beginning is not: the
    /// index reads the history little by little.
    pub(super) fn next(
        &mut self,
        snapshot: &Snapshot,
        filter: &Filter,
        now: OffsetDateTime,
    ) -> Vec<Change> {
        let mut changes = self.batches(snapshot, now);
        for entry in filter.select(snapshot, now) {
            let before = self.entries.get(&entry.id);
            if before.is_some_and(|before| Arc::ptr_eq(before, &entry)) {
                continue;
            }
            let is_history = entry.ended_at.is_some_and(|at| at < self.began_at);
            if before.is_some() || !is_history {
                let moves = moves(before.map(|before| &**before), &entry, self.began_at);
                changes.extend(moves.into_iter().map(|(at, state)| {
                    let entry = Arc::clone(&entry);
                    Change::Moved { at: at.unwrap_or(now), entry, state }
                }));
            }
            self.entries.insert(entry.id, entry);
        }
        changes.extend(self.slow(snapshot, now));
        changes.sort_by_key(Change::at);
        changes
    }

    /// The deployments that became slow. One that moves on may become slow again.
    fn slow(&mut self, snapshot: &Snapshot, now: OffsetDateTime) -> Vec<Change> {
        let typical = Stage::ALL.map(|stage| snapshot.typical(stage));
        let slow = self.entries.values().filter(|entry| {
            let stage = entry.state.stage();
            let index = Stage::ALL.into_iter().position(|one| Some(one) == stage);
            index.is_some_and(|index| is_slow(entry, typical[index], now))
        });
        let slow: HashMap<DeploymentId, Arc<Entry>> =
            slow.map(|entry| (entry.id, Arc::clone(entry))).collect();
        self.slow.retain(|id| slow.contains_key(id));
        let new = slow.into_iter().filter(|(id, _)| self.slow.insert(*id));
        new.map(|(_, entry)| Change::Slow { at: now, entry }).collect()
    }

    fn batches(&mut self, snapshot: &Snapshot, now: OffsetDateTime) -> Vec<Change> {
        let mut changes = Vec::new();
        let listed = |id: &BatchId| snapshot.batches.iter().find(|batch| batch.id == *id);
        for (id, feeding) in snapshot.feeding.iter() {
            if self.feeding.insert(*id, *feeding) == Some(*feeding) {
                continue;
            }
            let (name, functions) =
                listed(id).map_or((String::new(), 0), |one| (one.name.clone(), one.functions));
            changes.push(Change::Batch { at: now, id: *id, name, functions, feeding: *feeding });
        }
        let known: Vec<BatchId> = self.feeding.keys().copied().collect();
        for id in known.into_iter().filter(|id| !snapshot.feeding.contains_key(id)) {
            // The list of batches may be older than its end.
            let Some((batch, outcome)) =
                listed(&id).and_then(|batch| Some((batch, batch.outcome.clone()?)))
            else {
                continue;
            };
            self.feeding.remove(&id);
            let (name, functions) = (batch.name.clone(), batch.functions);
            changes.push(Change::BatchEnded { at: now, id, name, functions, outcome });
        }
        changes
    }
}

impl Change {
    pub(super) fn at(&self) -> OffsetDateTime {
        match self {
            Self::Moved { at, .. }
            | Self::Slow { at, .. }
            | Self::Batch { at, .. }
            | Self::BatchEnded { at, .. } => *at,
        }
    }
}

/// The states that a deployment went through since it was seen, each with the time at which it
/// began, if the ledger says so. A deployment that is new and began earlier is only in its state.
fn moves(
    before: Option<&Entry>,
    entry: &Entry,
    since: OffsetDateTime,
) -> Vec<(Option<OffsetDateTime>, State)> {
    let [uploaded, submitted, published] = entry.handed_off;
    let began = [Some(entry.requested_at), uploaded, submitted, published];
    let seen = before.map_or(0, |before| {
        1 + before.handed_off.iter().filter(|handed_off| handed_off.is_some()).count()
    });
    let mut moves: Vec<(Option<OffsetDateTime>, State)> = Stage::ALL
        .into_iter()
        .zip(began)
        .skip(seen)
        .filter_map(|(stage, at)| Some((Some(at?), State::In(stage))))
        .filter(|(at, _)| before.is_some() || at.is_some_and(|at| at >= since))
        .collect();
    let is_same = before.is_some_and(|before| before.state == entry.state);
    let is_last = moves.last().is_some_and(|(_, state)| *state == entry.state);
    if !is_same && !is_last {
        moves.push((entry.ended_at, entry.state.clone()));
    }
    moves
}

#[cfg(test)]
mod tests;
