//! The traffic table of a service's URLs: the routes in effect, and the instances of the revisions
//! that they lead to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::pool::Pool;
use super::routes::Routes;

/// How long a request waits for a revision that is being restored, after a start of the local cloud
/// or because traffic has moved back to it.
const RESTORE_WAIT: Duration = Duration::from_secs(30);

/// A revision that can take requests.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) pool: Arc<Pool>,
    /// Timeout of one request.
    pub(super) timeout: Duration,
}

#[derive(Default)]
pub(super) struct TrafficTable(watch::Sender<State>);

#[derive(Default)]
struct State {
    routes: Routes,
    /// By full name of the revision.
    targets: HashMap<String, Target>,
    /// Revisions that are being restored.
    restoring: HashSet<String>,
}

impl TrafficTable {
    /// Replaces the routes of later requests.
    pub(super) fn set_routes(&self, routes: Routes) {
        self.0.send_if_modified(|state| {
            let differ = state.routes != routes;
            state.routes = routes;
            differ
        });
    }

    /// The revision that gets this request. Waits for a revision that is being restored. `None` if
    /// no revision is routed, or it is not restored in time.
    pub(super) async fn target(&self, tag: Option<&str>, random: u128) -> Option<Target> {
        let mut state = self.0.subscribe();
        let found = async {
            loop {
                let revision = state.borrow().routes.choose(tag, random)?.to_owned();
                let is_decided = |state: &State| {
                    state.targets.contains_key(&revision) || !state.routes.leads_to(&revision)
                };
                let state = state.wait_for(is_decided).await.ok()?;
                if let Some(target) = state.targets.get(&revision) {
                    return Some(target.clone());
                }
            }
        };
        timeout(RESTORE_WAIT, found).await.ok().flatten()
    }

    /// A revision can take requests.
    pub(super) fn offer(&self, revision: &str, target: Target) {
        self.0.send_modify(|state| {
            state.restoring.remove(revision);
            state.targets.insert(revision.to_owned(), target);
        });
    }

    /// Revisions that are routed but cannot take requests. The caller must restore them: each is
    /// returned once.
    pub(super) fn take_missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        self.0.send_if_modified(|State { routes, targets, restoring }| {
            let wanted = routes.revisions().filter(|revision| !targets.contains_key(*revision));
            missing = wanted
                .map(str::to_owned)
                .filter(|revision| restoring.insert(revision.clone()))
                .collect();
            false
        });
        missing
    }

    /// Whether a revision still has to be restored. If not, the caller must give up, and
    /// [`Self::take_missing`] may return it again.
    pub(super) fn still_needs(&self, revision: &str) -> bool {
        let mut awaited = false;
        self.0.send_if_modified(|State { routes, targets, restoring }| {
            awaited = routes.leads_to(revision) && !targets.contains_key(revision);
            if !awaited {
                restoring.remove(revision);
            }
            false
        });
        awaited
    }

    /// Removes the revisions that no route leads to.
    pub(super) fn take_unused(&self) -> Vec<Target> {
        let mut unused = Vec::new();
        self.0.send_if_modified(|State { routes, targets, .. }| {
            unused = targets
                .extract_if(|revision, _| !routes.leads_to(revision))
                .map(|(_, target)| target)
                .collect();
            false
        });
        unused
    }

    /// The instances of each revision, by its full name.
    pub(super) fn pools(&self) -> Vec<(String, Arc<Pool>)> {
        self.0
            .borrow()
            .targets
            .iter()
            .map(|(revision, target)| (revision.clone(), Arc::clone(&target.pool)))
            .collect()
    }
}
