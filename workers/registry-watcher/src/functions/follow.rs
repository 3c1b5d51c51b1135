//! Follows operations while a delivery waits, with one list of functions for each project and region
//! and tick, however many deliveries wait.
//!
//! The build is the longest part of an operation, and its end is announced, wherever its image lies.
//! From then on the lists of its project and region are made more often, for a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{CloudError, LiveFunction};
use longshore_messages::FunctionRef;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

/// Time between two lists of one project and region. Reads have a quota of 1200 per minute.
const TICK: Duration = Duration::from_secs(2);

/// The same once a build has ended there.
const TICK_NEAR: Duration = Duration::from_millis(500);

/// How long the end of an operation may be near after the end of a build: as long as a revision
/// usually takes to start.
const NEAR: Duration = Duration::from_secs(60);

/// How long a delivery follows its operation. An operation takes minutes; what takes longer is left to
/// the sweep, so that the delivery does not hold its place for ever.
pub(crate) const FOLLOWED_MAX: Duration = Duration::from_secs(10 * 60);

/// Maximum number of deliveries of one process that follow operations: half of what a worker holds, so
/// that deployments of the other flavour are not held up. The sweep follows the others.
const FOLLOWERS_MAX: usize = 128;

type Listed = Arc<Vec<LiveFunction>>;

/// What the deliveries of one process share about a project and region.
#[derive(Default)]
struct Place {
    newest: tokio::sync::Mutex<Option<(Instant, Listed)>>,
    /// Until when the end of an operation is near.
    near_until: watch::Sender<Option<Instant>>,
}

/// The lists that the deliveries of one process share.
pub(crate) struct Follower {
    places: Mutex<BTreeMap<(String, String), Arc<Place>>>,
    followed: std::sync::atomic::AtomicUsize,
    tick: Duration,
    tick_near: Duration,
}

impl Default for Follower {
    fn default() -> Self {
        let (places, followed) = Default::default();
        Self { places, followed, tick: TICK, tick_near: TICK_NEAR }
    }
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

    /// A build has ended, which may belong to an operation that is followed. Anyone who may publish
    /// notifications can cause a list with this, and nothing else.
    pub(crate) fn build_ended(&self, build: &str) {
        let mut parts = build.split('/');
        let (Some("projects"), Some(project), Some("locations"), Some(region)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        // Names of builds have the number of their project, which functions are not named by.
        let is_number = project.bytes().all(|byte| byte.is_ascii_digit());
        for ((of, at), place) in self.places.lock().iter() {
            if at == region && (is_number || of == project) {
                place.near_until.send_replace(Some(Instant::now() + NEAR));
            }
        }
    }

    /// Returns when no operation runs on the function, as far as a list shows. `Err` only from a list.
    pub(crate) async fn settled<F>(
        &self,
        at: &FunctionRef,
        list: impl Fn() -> F,
    ) -> Result<(), CloudError>
    where
        F: Future<Output = Result<Vec<LiveFunction>, CloudError>>,
    {
        let (name, place) = (at.function(), self.place(at));
        let mut near = place.near_until.subscribe();
        loop {
            let listed = self.recent(&place, &list).await?;
            let found = listed.iter().find(|function| function.name == name);
            if found.is_none_or(|function| function.state.is_settled()) {
                return Ok(());
            }
            let tick = tokio::time::sleep(self.tick_of(&place));
            tokio::select! {
                () = tick => {}
                // The place has the sender, so it does not fail.
                _ = near.changed() => {}
            }
        }
    }

    fn place(&self, at: &FunctionRef) -> Arc<Place> {
        let mut places = self.places.lock();
        Arc::clone(places.entry((at.project.clone(), at.region.clone())).or_default())
    }

    fn tick_of(&self, place: &Place) -> Duration {
        let is_near = place.near_until.borrow().is_some_and(|until| Instant::now() < until);
        if is_near { self.tick_near } else { self.tick }
    }

    /// A list that is not older than a tick. Callers that come while it is made wait for it.
    async fn recent<F>(&self, place: &Place, list: impl Fn() -> F) -> Result<Listed, CloudError>
    where
        F: Future<Output = Result<Vec<LiveFunction>, CloudError>>,
    {
        let mut newest = place.newest.lock().await;
        if let Some((made_at, listed)) = &*newest
            && made_at.elapsed() < self.tick_of(place)
        {
            return Ok(Arc::clone(listed));
        }
        let listed = Arc::new(list().await?);
        *newest = Some((Instant::now(), Arc::clone(&listed)));
        Ok(listed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use longshore_cloud::FunctionState;
    use tokio::sync::Notify;

    use super::*;

    /// The usual lists are made so rarely that only an announcement can lead to the next one.
    fn follower() -> Follower {
        Follower {
            tick: Duration::from_secs(86_400),
            tick_near: Duration::ZERO,
            ..Follower::default()
        }
    }

    fn at(function: &str) -> FunctionRef {
        format!("project-a/europe-west1/{function}").parse().unwrap()
    }

    fn function(name: &str, state: FunctionState) -> LiveFunction {
        LiveFunction { name: at(name).function(), state, ..LiveFunction::default() }
    }

    /// Follows a function that is deployed until the second list, and returns the number of lists. The
    /// builds end after the first list.
    async fn followed(builds: &[&str]) -> usize {
        let (follower, lists, listed) = (follower(), AtomicUsize::new(0), Notify::new());
        let list = || {
            let number = lists.fetch_add(1, Ordering::Relaxed);
            listed.notify_one();
            let state = if number == 0 { FunctionState::Deploying } else { FunctionState::Active };
            std::future::ready(Ok(vec![function("f", state)]))
        };
        let (at, ended) = (at("f"), async {
            listed.notified().await;
            builds.iter().for_each(|build| follower.build_ended(build));
            std::future::pending::<()>().await;
        });
        tokio::select! {
            settled = follower.settled(&at, list) => settled.unwrap(),
            () = ended => unreachable!("it is pending"),
        }
        lists.into_inner()
    }

    #[tokio::test]
    async fn the_end_of_a_build_leads_to_a_list_whatever_its_tags_and_images_are() {
        for build in [
            "projects/123456789012/locations/europe-west1/builds/b",
            "projects/project-a/locations/europe-west1/builds/b",
        ] {
            let others = ["projects/123456789012/locations/us-central1/builds/b", "b", build];
            assert_eq!(followed(&others).await, 2, "{build}");
        }
    }

    #[tokio::test]
    async fn builds_of_other_places_bring_no_end_nearer() {
        let follower = follower();
        let place = follower.place(&at("f"));
        for build in [
            "",
            "projects/1/locations",
            "projects/1/locations/us-central1/builds/b",
            "projects/project-b/locations/europe-west1/builds/b",
        ] {
            follower.build_ended(build);
            assert_eq!(follower.tick_of(&place), follower.tick, "{build}");
        }
        follower.build_ended("projects/1/locations/europe-west1/builds/b");
        assert_eq!(follower.tick_of(&place), follower.tick_near);
    }

    #[tokio::test]
    async fn followers_of_one_place_share_a_list() {
        let (follower, lists) = (follower(), AtomicUsize::new(0));
        let list = || {
            lists.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Ok(vec![function("f", FunctionState::Active)]))
        };
        let (f, g) = (at("f"), at("g"));
        let both = tokio::join!(follower.settled(&f, list), follower.settled(&g, list));
        assert!(both.0.is_ok() && both.1.is_ok());
        assert_eq!(lists.into_inner(), 1);
    }
}
