//! The sweep: finds builds that ended without a notification, builds that no one submits, and
//! deployments past their deadline.
//!
//! It starts from the marks in the ledger and not from Cloud Build's history, so builds that have
//! ended cost nothing, and any replica finds the same after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::Build;
use longshore_ledger::{Open, OpenDeployment, PendingBuild};
use longshore_messages::{
    BuildRef, BuildSubmitted, DeploymentId, Failure, Outcome, TraceContext, decode,
};
use longshore_runner::{Found, Handoff, SweepLog};
use time::OffsetDateTime;

use crate::conclude::{BuildEnd, Concluder, Facts, ask_for_attempt};
use crate::plan::{
    Unsubmitted, is_left_over, is_lost, needs_attention, stuck, too_late, unsubmitted,
};
use crate::{NAME, WatchError, WatcherOutput};

/// Maximum number of projects and regions, and of builds and deployments in each, that are handled
/// concurrently.
const AT_ONCE: usize = 8;

/// Time before the oldest mark from which builds are listed. Clocks differ, and a mark may be written
/// again while its build is in progress.
const LIST_MARGIN: Duration = Duration::from_secs(5 * 60);

/// Age of a mark beyond which it does not extend the list, which would return more ended builds. Its
/// build is read by its id.
const LIST_AGE_MAX: Duration = Duration::from_secs(2 * 3_600);

/// Maximum number of builds that one sweep reads by their ids, because they are not in the lists.
/// With a sweep every 30 s, half of Cloud Build's quota is left to notifications.
const LOOKUPS_MAX: usize = 15;

/// One sweep.
pub(crate) struct Sweep<'a> {
    concluder: Concluder<'a>,
    log: &'a SweepLog,
    now: OffsetDateTime,
    lookups_left: AtomicUsize,
}

impl<'a> Sweep<'a> {
    pub(crate) fn new(concluder: Concluder<'a>, log: &'a SweepLog, now: OffsetDateTime) -> Self {
        Self { concluder, log, now, lookups_left: AtomicUsize::new(LOOKUPS_MAX) }
    }

    /// Everything that is due. `Err` only if the ledger cannot be listed.
    pub(crate) async fn run(&self) -> Result<Vec<Found<WatcherOutput>>, WatchError> {
        let ledger = self.concluder.ledger;
        // In this order: a claimant that is missing among the open deployments has ended.
        let pending = ledger.list_pending().await.map_err(WatchError::Ledger)?;
        let open = ledger.list_open().await.map_err(WatchError::Ledger)?;
        let ids: BTreeSet<DeploymentId> = open.iter().map(|open| open.id).collect();
        let (overdue, ended) =
            tokio::join!(self.overdue(open), self.all_places(by_place(pending), &ids));
        Ok(overdue.into_iter().map(Found::Handoff).chain(ended).collect())
    }

    /// Ends the deployments past their deadline. None, if this machine's clock is not sound.
    async fn overdue(&self, open: Vec<OpenDeployment>) -> Vec<Handoff<WatcherOutput>> {
        if !self.concluder.ledger.is_clock_sound() {
            return Vec::new();
        }
        let ended = stream::iter(open).map(async |open| {
            if open.deadline_at.is_some_and(|deadline_at| self.now < deadline_at) {
                return None;
            }
            let item = format!("deadline of {}", open.id);
            self.log.item(&item, self.end_if_overdue(open.id)).await.flatten()
        });
        ended.buffered(AT_ONCE).filter_map(async |ended| ended).collect().await
    }

    async fn end_if_overdue(
        &self,
        id: DeploymentId,
    ) -> Result<Option<Handoff<WatcherOutput>>, WatchError> {
        let ledger = self.concluder.ledger;
        let entry = ledger.open(id).await.map_err(WatchError::Ledger)?;
        let Some(entry) = entry.filter(|entry| self.now >= entry.deadline_at) else {
            return Ok(None);
        };
        // The worker that writes the service is the only one that knows how this ends.
        let ending = ledger.reserve_ending(id, NAME, self.now).await;
        let by = ending.map_err(WatchError::Ledger)?.by;
        let failure = match by.as_str() {
            NAME => too_late(),
            // It will not end the deployment, unless an operator publishes the message again.
            by if ledger.is_parked(id, by).await.map_err(WatchError::Ledger)? => stuck(by),
            _ => return Ok(None),
        };
        let trace = match ledger.request(id).await {
            Ok(Some(request)) => TraceContext::from_attributes(&request.message.attributes),
            Err(error) if error.is_transient() => return Err(WatchError::Ledger(error)),
            Ok(None) | Err(_) => TraceContext::default(),
        };
        self.stop_waiting(id).await?;
        Ok(Some(give_up(id, &entry, failure, trace)))
    }

    /// Removes a deployment from the waiters of its build, which must not wake it after its end.
    async fn stop_waiting(&self, id: DeploymentId) -> Result<(), WatchError> {
        let ledger = self.concluder.ledger;
        let record = match ledger.stage_record(id, SUBMITTER).await {
            Ok(record) => record,
            Err(error) if error.is_transient() => return Err(WatchError::Ledger(error)),
            // It must end, even if what it waits for cannot be read.
            Err(_) => return Ok(()),
        };
        let submitted = record.and_then(|record| decode::<BuildSubmitted>(&record.message).ok());
        let Some(submitted) = submitted else { return Ok(()) };
        ledger.stop_waiting(submitted.build.build, id).await.map_err(WatchError::Ledger)
    }

    async fn all_places(
        &self,
        places: BTreeMap<(String, String), Vec<PendingBuild>>,
        open: &BTreeSet<DeploymentId>,
    ) -> Vec<Found<WatcherOutput>> {
        let found = stream::iter(places).map(async |((project, region), pending)| {
            self.place(&project, &region, pending, open).await
        });
        found.buffered(AT_ONCE).concat().await
    }

    /// What is due in one project and region. Takes one list of builds.
    async fn place(
        &self,
        project: &str,
        region: &str,
        pending: Vec<PendingBuild>,
        open: &BTreeSet<DeploymentId>,
    ) -> Vec<Found<WatcherOutput>> {
        let item = format!("builds of {project}/{region}");
        let listed = self.log.item(&item, self.list(project, region, &pending)).await;
        let Some(mut listed) = listed else { return Vec::new() };
        let due = pending.into_iter().filter_map(|pending| {
            let seen = listed.remove(&pending.build).unwrap_or_default();
            needs_attention(&pending, &seen, open, self.now).then_some((pending, seen))
        });
        let found = stream::iter(due.collect::<Vec<_>>()).map(async |(pending, seen)| {
            let item = format!("build {}", pending.build);
            self.log.item(&item, self.check(&pending, seen, open)).await.flatten()
        });
        found.buffered(AT_ONCE).filter_map(async |found| found).collect().await
    }

    /// The builds in Cloud Build that may belong to these marks.
    async fn list(
        &self,
        project: &str,
        region: &str,
        pending: &[PendingBuild],
    ) -> Result<BTreeMap<BuildRef, Vec<Build>>, WatchError> {
        let young = pending.iter().filter(|one| self.now < one.marked_at + LIST_AGE_MAX);
        let mut by_build: BTreeMap<BuildRef, Vec<Build>> = BTreeMap::new();
        let Some(oldest) = young.map(|one| one.marked_at).min() else { return Ok(by_build) };
        let Concluder { builds, fleet_tag, .. } = &self.concluder;
        let listed = builds.list_recent(project, region, fleet_tag, oldest - LIST_MARGIN).await;
        for build in listed.map_err(WatchError::Build)? {
            let of = build.tags.iter().find_map(|tag| BuildRef::from_tag(tag));
            if let Some(of) = of {
                by_build.entry(of).or_default().push(build);
            }
        }
        Ok(by_build)
    }

    /// Concludes a build in progress, has it submitted, or leaves it alone.
    async fn check(
        &self,
        pending: &PendingBuild,
        mut seen: Vec<Build>,
        open: &BTreeSet<DeploymentId>,
    ) -> Result<Option<Found<WatcherOutput>>, WatchError> {
        let Some(facts) = self.concluder.facts(pending.build).await? else {
            if is_left_over(pending, self.now) {
                self.forget(pending).await?;
            }
            return Ok(None);
        };
        let last = facts.attempts.last().map(|noted| noted.build_name.clone());
        let is_missing = |name: &String| seen.iter().all(|seen| seen.name != *name);
        if let Some(name) = last.filter(is_missing) {
            match self.look_up(&name).await? {
                Lookup::Found(build) => seen.push(*build),
                Lookup::Unknown if is_lost(pending, self.now) => {
                    let end = self.concluder.lose(&facts, &name).await?;
                    return self.after(&facts, end).await;
                }
                Lookup::Unknown | Lookup::Later => return Ok(None),
            }
        }
        let end = self.concluder.conclude(&facts, &seen).await?;
        let is_unsubmitted = facts.attempts.is_empty() && facts.result.is_none();
        if matches!(end, BuildEnd::NotYet) && is_unsubmitted {
            return self.unsubmitted(pending, &facts, open).await;
        }
        self.after(&facts, end).await
    }

    async fn after(
        &self,
        facts: &Facts,
        end: BuildEnd,
    ) -> Result<Option<Found<WatcherOutput>>, WatchError> {
        Ok(match end {
            BuildEnd::NotYet | BuildEnd::NoImageYet => None,
            BuildEnd::As(result) => Some(Found::Wake(self.concluder.wake(facts, &result).await?)),
            BuildEnd::TryAgain(request) => Some(Found::Handoff(*request)),
        })
    }

    /// What becomes of a build that was claimed and not submitted.
    async fn unsubmitted(
        &self,
        pending: &PendingBuild,
        facts: &Facts,
        open: &BTreeSet<DeploymentId>,
    ) -> Result<Option<Found<WatcherOutput>>, WatchError> {
        let ledger = self.concluder.ledger;
        let waiting = ledger.waiting_for(pending.build).await.map_err(WatchError::Ledger)?;
        match unsubmitted(pending, facts.claim.deployment, &waiting, open, self.now) {
            Unsubmitted::Wait => Ok(None),
            Unsubmitted::Submit => {
                let reason = "the deployment that claimed the build did not submit it".to_owned();
                let ask = ask_for_attempt(&facts.claim, 1, reason)?;
                Ok(Some(Found::Handoff(*ask)))
            }
            Unsubmitted::Forget => self.forget(pending).await.map(|()| None),
        }
    }

    async fn look_up(&self, name: &str) -> Result<Lookup, WatchError> {
        let taken = self
            .lookups_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if taken.is_err() {
            return Ok(Lookup::Later);
        }
        let found = self.concluder.builds.get(name).await.map_err(WatchError::Build)?;
        Ok(found.map_or(Lookup::Unknown, |build| Lookup::Found(Box::new(build))))
    }

    async fn forget(&self, pending: &PendingBuild) -> Result<(), WatchError> {
        let PendingBuild { project, region, build, .. } = pending;
        let forgotten = self.concluder.ledger.unmark_pending(project, region, *build).await;
        forgotten.map_err(WatchError::Ledger)
    }
}

/// A build that was looked up by its id.
enum Lookup {
    Found(Box<Build>),
    Unknown,
    /// Not in this sweep.
    Later,
}

/// The worker whose record names the build that a deployment waits for.
pub(crate) const SUBMITTER: &str = "build-submitter";

/// Ends a deployment past its deadline.
pub(crate) fn give_up(
    id: DeploymentId,
    entry: &Open,
    failure: Failure,
    trace: TraceContext,
) -> Handoff<WatcherOutput> {
    let outcome = Outcome::Failed(failure);
    Handoff::finish_by_id(id, entry.function.to_string(), trace, outcome)
}

/// The marks of each project and region.
fn by_place(pending: Vec<PendingBuild>) -> BTreeMap<(String, String), Vec<PendingBuild>> {
    let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for one in pending {
        places.entry((one.project.clone(), one.region.clone())).or_default().push(one);
    }
    places
}
