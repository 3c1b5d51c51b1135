//! Follows operations while a delivery waits, with one list of functions for each project and region
//! and tick, however many deliveries wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{CloudError, Functions, LiveFunction};
use longshore_messages::FunctionRef;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Time between two lists of one project and region. Reads have a quota of 1200 per minute.
const TICK: Duration = Duration::from_secs(2);

/// How long a delivery follows its operation. An operation takes minutes; what takes longer is left to
/// the sweep, so that the delivery does not hold its place for ever.
pub(crate) const FOLLOWED_MAX: Duration = Duration::from_secs(10 * 60);

/// Maximum number of deliveries of one process that follow operations: half of what a worker holds, so
/// that deployments of the other flavour are not held up. The sweep follows the others.
const FOLLOWERS_MAX: usize = 128;

type Listed = Arc<Vec<LiveFunction>>;
type Place = Arc<tokio::sync::Mutex<Option<(Instant, Listed)>>>;

/// The lists that the deliveries of one process share.
#[derive(Default)]
pub(crate) struct Follower {
    places: Mutex<BTreeMap<(String, String), Place>>,
    followed: std::sync::atomic::AtomicUsize,
}

/// The place of one delivery among those that follow.
pub(crate) struct Seat<'a>(&'a Follower);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.followed.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Follower {
    /// A place among the deliveries that follow, or `None` if there are enough of them.
    pub(crate) fn seat(&self) -> Option<Seat<'_>> {
        use std::sync::atomic::Ordering::Relaxed;
        let taken = self
            .followed
            .fetch_update(Relaxed, Relaxed, |seats| (seats < FOLLOWERS_MAX).then_some(seats + 1));
        taken.is_ok().then_some(Seat(self))
    }

    /// Returns when no operation runs on the function, as far as a list shows. `Err` only from a list.
    pub(crate) async fn settled(
        &self,
        functions: &dyn Functions,
        at: &FunctionRef,
    ) -> Result<(), CloudError> {
        let name = at.function();
        loop {
            let listed = self.recent(functions, at).await?;
            let found = listed.iter().find(|function| function.name == name);
            if found.is_none_or(|function| function.state.is_settled()) {
                return Ok(());
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// A list that is not older than a tick. Callers that come while it is made wait for it.
    async fn recent(
        &self,
        functions: &dyn Functions,
        at: &FunctionRef,
    ) -> Result<Listed, CloudError> {
        let place = {
            let mut places = self.places.lock();
            Arc::clone(places.entry((at.project.clone(), at.region.clone())).or_default())
        };
        let mut newest = place.lock().await;
        if let Some((made_at, listed)) = &*newest
            && made_at.elapsed() < TICK
        {
            return Ok(Arc::clone(listed));
        }
        let listed = Arc::new(functions.list(&at.project, &at.region).await?);
        *newest = Some((Instant::now(), Arc::clone(&listed)));
        Ok(listed)
    }
}
