//! The sweep: finds builds that ended without a notification, and deployments past their deadline.

use std::collections::{BTreeMap, BTreeSet};

use longshore_cloud::Build;
use longshore_ledger::{Ledger, Open};
use longshore_messages::{BuildRef, DeploymentId, Outcome, TraceContext};
use longshore_runner::Handoff;
use parking_lot::Mutex;
use time::OffsetDateTime;

use crate::plan::too_late;
use crate::{WatchError, WatcherOutput};

/// What a sweep remembers, so that it reads every entry only once. Bounded by the number of open
/// deployments.
#[derive(Default)]
pub(crate) struct Memory {
    open: Mutex<BTreeMap<DeploymentId, Open>>,
    concluded: Mutex<BTreeSet<BuildRef>>,
}

impl Memory {
    /// All open deployments. Takes one list call per thousand, and one read per new deployment.
    pub(crate) async fn open(
        &self,
        ledger: &Ledger,
    ) -> Result<BTreeMap<DeploymentId, Open>, WatchError> {
        let mut known = std::mem::take(&mut *self.open.lock());
        let mut open = BTreeMap::new();
        for (id, _) in ledger.list_open().await.map_err(WatchError::Ledger)? {
            let entry = match known.remove(&id) {
                Some(entry) => Some(entry),
                None => ledger.open(id).await.map_err(WatchError::Ledger)?,
            };
            open.extend(entry.map(|entry| (id, entry)));
        }
        self.open.lock().clone_from(&open);
        Ok(open)
    }

    /// The ended builds of a listing that this process has not concluded yet.
    pub(crate) fn unseen(&self, builds: Vec<Build>) -> Vec<(BuildRef, Build)> {
        let concluded = self.concluded.lock();
        let ended = builds.into_iter().filter(|build| build.status.is_terminal());
        let ours = ended.filter_map(|build| {
            Some((build.tags.iter().find_map(|tag| BuildRef::from_tag(tag))?, build))
        });
        ours.filter(|(build, _)| !concluded.contains(build)).collect()
    }

    pub(crate) fn remember(&self, build: BuildRef) {
        self.concluded.lock().insert(build);
    }

    /// Forgets all builds: without open deployments there is nothing to remember.
    pub(crate) fn forget(&self) {
        self.concluded.lock().clear();
    }
}

/// The deployments past their deadline.
pub(crate) fn overdue(
    open: &BTreeMap<DeploymentId, Open>,
    now: OffsetDateTime,
) -> impl Iterator<Item = (DeploymentId, &Open)> {
    open.iter().filter(move |(_, entry)| now >= entry.deadline_at).map(|(id, entry)| (*id, entry))
}

/// Ends a deployment past its deadline.
pub(crate) fn give_up(
    id: DeploymentId,
    entry: &Open,
    trace: TraceContext,
) -> Handoff<WatcherOutput> {
    let outcome = Outcome::Failed(too_late());
    Handoff::finish_by_id(id, entry.function.to_string(), trace, outcome)
}

/// The projects and regions with open deployments.
pub(crate) fn regions(open: &BTreeMap<DeploymentId, Open>) -> BTreeSet<(String, String)> {
    open.values()
        .map(|entry| (entry.function.project.clone(), entry.function.region.clone()))
        .collect()
}
