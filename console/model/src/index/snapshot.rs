//! What the index knows at one time. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use longshore_ledger::{Cause as ParkedCause, ListedBatch, MoreParked};
use longshore_messages::{BatchId, DeploymentId};
use time::{Duration, OffsetDateTime};

use super::entry::{Entry, Stage, State};

/// Deployments from which the typical time in a stage is taken.
const TYPICAL_OF: usize = 200;

/// How much longer than the typical time a deployment may be in a stage before it is shown as slow,
/// and how long at least: what takes a second more is not worth a look.
const SLOW_FACTOR: i32 = 3;
const SLOW_AT_LEAST: Duration = Duration::seconds(30);

/// Time in a stage after which a deployment is shown as stuck.
const STUCK_AFTER: Duration = Duration::minutes(15);

/// What the index knows at one time.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Increases with every change.
    pub version: u64,
    pub at: OffsetDateTime,
    /// Newest first.
    pub entries: Arc<[Arc<Entry>]>,
    pub(crate) by_id: Arc<HashMap<DeploymentId, Arc<Entry>>>,
    /// Oldest first.
    pub parked: Arc<[ParkedEntry]>,
    pub more_parked: Arc<[MoreParked]>,
    /// Newest first.
    pub batches: Arc<[ListedBatch]>,
    /// How far the batches that have not ended are.
    pub feeding: Arc<BTreeMap<BatchId, Feeding>>,
    /// The share of the ledger that was read at least once, from 0 to 16.
    pub loaded: usize,
    /// Why the last refresh failed, as a sentence.
    pub problem: Option<String>,
}

/// A parked message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedEntry {
    /// As `longshore parked replay` takes it.
    pub id: String,
    pub at: OffsetDateTime,
    pub cause: Option<ParkedCause>,
    pub stage: String,
    pub subscription: String,
    pub reason: String,
    /// The deployment that waits for it, as far as the message says so.
    pub deployment: Option<DeploymentId>,
    /// The sender that the message claims.
    pub sender: String,
}

impl ParkedEntry {
    /// The stage in which the deployment of the message waits.
    fn holds_up(&self) -> Option<Stage> {
        let is_genuine = self.cause.is_none_or(ParkedCause::is_genuine);
        let retries_a_build = self.subscription.ends_with("build-retry-requested");
        let stage = Stage::named(&self.stage).filter(|_| is_genuine)?;
        let is_retry = stage == Stage::BuildSubmitter && retries_a_build;
        Some(if is_retry { Stage::RegistryWatcher } else { stage })
    }
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feeding {
    pub waiting: usize,
    pub in_flight: usize,
    pub done: usize,
    pub failed: usize,
    pub is_paused: bool,
}

/// A station of the road.
#[derive(Clone, Debug)]
pub struct Station {
    pub stage: Stage,
    /// The deployments in the stage, those that have been there longest first.
    pub inside: Vec<Arc<Entry>>,
    /// How many of them wait, as far as a list says.
    pub waiting: usize,
    /// How many of them wait for an operator.
    pub parked: usize,
    /// How many of them have been there longer than is usual.
    pub slow: usize,
    /// How many were handed off in the last hour.
    pub done_last_hour: usize,
    /// How many failed there in the last hour.
    pub failed_last_hour: usize,
    /// The same in the last five minutes, for each minute.
    pub per_minute: f64,
    /// Half of the last deployments took no longer. `None` if there were none.
    pub typical: Option<Duration>,
}

impl Snapshot {
    /// Before anything was read.
    #[must_use]
    pub fn empty(at: OffsetDateTime) -> Self {
        Self {
            version: 0,
            at,
            entries: Arc::from(Vec::new()),
            by_id: Arc::default(),
            parked: Arc::from(Vec::new()),
            more_parked: Arc::from(Vec::new()),
            batches: Arc::from(Vec::new()),
            feeding: Arc::default(),
            loaded: 0,
            problem: None,
        }
    }

    /// With these deployments, of which the newest `limit` are kept. Marks those that wait for a
    /// parked message.
    #[must_use]
    pub fn with_entries(
        self,
        entries: impl IntoIterator<Item = Arc<Entry>>,
        parked: Vec<ParkedEntry>,
        limit: usize,
    ) -> Self {
        let held_up: HashMap<DeploymentId, Stage> = parked
            .iter()
            .filter_map(|parked| Some((parked.deployment?, parked.holds_up()?)))
            .collect();
        let marked = |entry: Arc<Entry>| {
            let (State::In(stage) | State::Parked(stage)) = entry.state else { return entry };
            let state = match held_up.get(&entry.id) {
                Some(held) if *held == stage => State::Parked(stage),
                Some(_) | None => State::In(stage),
            };
            if state == entry.state { entry } else { Arc::new(Entry { state, ..(*entry).clone() }) }
        };
        let mut entries: Vec<Arc<Entry>> = entries.into_iter().map(marked).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse((entry.requested_at, entry.id)));
        entries.truncate(limit);
        let by_id = entries.iter().map(|entry| (entry.id, Arc::clone(entry))).collect();
        Self { entries: entries.into(), by_id: Arc::new(by_id), parked: parked.into(), ..self }
    }

    #[must_use]
    pub fn entry(&self, id: DeploymentId) -> Option<&Arc<Entry>> {
        self.by_id.get(&id)
    }

    /// The stations of the road at `now`.
    #[must_use]
    pub fn stations(&self, now: OffsetDateTime) -> Vec<Station> {
        Stage::ALL.into_iter().map(|stage| self.station(stage, now)).collect()
    }

    fn station(&self, stage: Stage, now: OffsetDateTime) -> Station {
        let mut inside: Vec<_> =
            self.entries.iter().filter(|entry| entry.state.stage() == Some(stage)).collect();
        inside.sort_by_key(|entry| entry.in_stage_since());
        let typical = self.typical(stage);
        let left_at = |entry: &&Arc<Entry>| match stage {
            Stage::Uploader => entry.handed_off[0],
            Stage::BuildSubmitter => entry.handed_off[1],
            Stage::RegistryWatcher => entry.handed_off[2],
            Stage::ServiceDeployer => entry.handed_off[2].and(entry.ended_at),
        };
        let left_within = |span: Duration| {
            let left = self.entries.iter().filter_map(|entry| left_at(&entry));
            left.filter(|left| now - *left <= span).count()
        };
        let last_minutes = left_within(Duration::minutes(5));
        Station {
            stage,
            waiting: inside.iter().filter(|one| one.is_waiting()).count(),
            parked: inside.iter().filter(|one| matches!(one.state, State::Parked(_))).count(),
            slow: inside.iter().filter(|one| is_slow(one, typical, now)).count(),
            inside: inside.into_iter().cloned().collect(),
            done_last_hour: left_within(Duration::HOUR),
            failed_last_hour: self.failed_within(stage, now, Duration::HOUR),
            per_minute: f64::from(u32::try_from(last_minutes).unwrap_or(u32::MAX)) / 5.0,
            typical,
        }
    }

    fn failed_within(&self, stage: Stage, now: OffsetDateTime, span: Duration) -> usize {
        let failed = self.entries.iter().filter(|entry| {
            entry.cause.as_ref().is_some_and(|cause| cause.stage == stage.as_str())
                && entry.ended_at.is_some_and(|at| now - at <= span)
        });
        failed.count()
    }

    /// The time that half of the last deployments took at most in a stage.
    #[must_use]
    pub fn typical(&self, stage: Stage) -> Option<Duration> {
        let took = self.entries.iter().filter_map(|entry| entry.took_in(stage));
        median(took.take(TYPICAL_OF).collect())
    }

    /// The time that half of the last deployments took that serve now.
    #[must_use]
    pub fn typical_whole(&self) -> Option<Duration> {
        let good = self.entries.iter().filter(|entry| entry.state.is_good());
        median(good.take(TYPICAL_OF).map(|entry| entry.took(self.at)).collect())
    }

    /// Whether a newer deployment of the same function has changed what serves.
    #[must_use]
    pub fn has_newer(&self, entry: &Entry) -> bool {
        self.entries.iter().take_while(|other| other.id != entry.id).any(|other| {
            other.function.is_some()
                && other.function == entry.function
                && other.state == State::Deployed
        })
    }

    /// The deployment of the same function before this one that serves, if there is one.
    #[must_use]
    pub fn last_good_before(&self, entry: &Entry) -> Option<&Arc<Entry>> {
        let same = |other: &&Arc<Entry>| {
            other.function.is_some()
                && other.function == entry.function
                && other.requested_at < entry.requested_at
        };
        let mut before = self.entries.iter().filter(same);
        before.find(|other| other.state == State::Deployed)
    }
}

/// Whether a deployment has been in its stage for longer than is usual there.
#[must_use]
pub fn is_slow(entry: &Entry, typical: Option<Duration>, now: OffsetDateTime) -> bool {
    let limit = typical.map_or(STUCK_AFTER, |typical| typical * SLOW_FACTOR).max(SLOW_AT_LEAST);
    entry.state.is_open() && now - entry.in_stage_since() > limit
}

/// Whether a deployment waits for an operator, or has been in its stage for a quarter of an hour.
#[must_use]
pub fn is_stuck(entry: &Entry, now: OffsetDateTime) -> bool {
    let is_late = entry.state.is_open() && now - entry.in_stage_since() > STUCK_AFTER;
    is_late || matches!(entry.state, State::Parked(_))
}

fn median(mut took: Vec<Duration>) -> Option<Duration> {
    took.sort();
    took.get(took.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::{at, ended, listed};
    use super::*;

    fn snapshot(entries: Vec<Entry>, parked: Vec<ParkedEntry>) -> Snapshot {
        let entries = entries.into_iter().map(Arc::new);
        Snapshot::empty(at(0)).with_entries(entries, parked, 100)
    }

    fn parked(deployment: DeploymentId, stage: &str, cause: ParkedCause) -> ParkedEntry {
        ParkedEntry {
            id: "1".to_owned(),
            at: at(0),
            cause: Some(cause),
            stage: stage.to_owned(),
            subscription: format!("projects/p/subscriptions/f.{stage}.topic"),
            reason: String::new(),
            deployment: Some(deployment),
            sender: String::new(),
        }
    }

    #[test]
    fn a_deployment_waits_for_a_genuine_parked_message_to_its_own_stage() {
        let open = Entry::of(listed(1, 0, 3), None);
        for (stage, cause, is_parked) in [
            ("service-deployer", ParkedCause::Failed, true),
            ("service-deployer", ParkedCause::Unverified, false),
            ("uploader", ParkedCause::Failed, false),
        ] {
            let parked = parked(open.id, stage, cause);
            let snapshot = snapshot(vec![open.clone()], vec![parked]);
            let state = &snapshot.entry(open.id).unwrap().state;
            assert_eq!(matches!(state, State::Parked(_)), is_parked, "{stage} {cause:?}");
        }
    }

    #[test]
    fn a_deployment_is_slow_if_it_takes_three_times_as_long_as_others() {
        let mut entries: Vec<_> = (0..9).map(|n| ended(n, 0, "deployed", 70)).collect();
        entries.push(Entry::of(listed(10, 100, 3), None));
        let snapshot = snapshot(entries, Vec::new());
        let slow = |second| snapshot.stations(at(second))[3].slow;
        assert_eq!(snapshot.typical(Stage::ServiceDeployer), Some(Duration::seconds(40)));
        assert_eq!((slow(130 + 120), slow(130 + 121)), (0, 1));
    }

    #[test]
    fn the_newest_deployments_are_kept() {
        let entries = (0..9).map(|n| Arc::new(ended(n, i64::from(n), "deployed", 1)));
        let snapshot = Snapshot::empty(at(0)).with_entries(entries, Vec::new(), 4);
        let kept: Vec<_> = snapshot.entries.iter().map(|entry| entry.name()).collect();
        assert_eq!(kept, ["f-8", "f-7", "f-6", "f-5"]);
    }

    #[test]
    fn the_last_good_deployment_is_the_newest_of_the_function_that_changed_something() {
        let function =
            |entry: Entry| Entry { function: "project-a/europe-west1/f".parse().ok(), ..entry };
        let entries: Vec<_> = ["deployed", "unchanged", "failed", "failed"]
            .iter()
            .zip(0..)
            .map(|(outcome, n)| function(ended(n, i64::from(n), outcome, 1)))
            .collect();
        let (first, last) = (entries[0].id, entries[3].clone());
        let snapshot = snapshot(entries, Vec::new());
        assert_eq!(snapshot.last_good_before(&last).map(|good| good.id), Some(first));
    }
}
