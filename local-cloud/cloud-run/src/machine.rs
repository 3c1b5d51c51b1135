//! What this machine has for all services together: how many instances may run at once, and how
//! many URLs may be open.
//!
//! An instance that finds no room replaces the one that was idle longest, whichever service that
//! belongs to. The stopped instance starts again at the next request of its service.

use std::fs;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use rustix::process::{Resource, getrlimit};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::inside;

/// Descriptors that neither URLs nor instances get: for the APIs and their connections, journals
/// and builds. At most half of all.
const RESERVED_DESCRIPTORS: u64 = 256;

/// Descriptors of one instance: its input and output, the handle of its guard, a few connections,
/// and the sockets in its network, apart from those for URLs.
const DESCRIPTORS_OF_INSTANCE: u64 = 8 + inside::DESCRIPTORS;

/// Each instance has a listener for each URL that it reaches, so these are limited: one for so many
/// descriptors.
const URLS_INSIDE_MAX: u64 = 32;
const DESCRIPTORS_PER_URL_INSIDE: u64 = 256;

/// URLs leave room for this many instances.
const INSTANCES_BESIDE_URLS: u64 = 3;

/// Where URLs can share a listener, this part of all descriptors goes to URLs with one of their
/// own; the rest is for instances.
const OWN_LISTENERS_SHARE: u64 = 8;

/// Processes and threads of one instance that does little: the guard, bubblewrap and the runtime of
/// the language.
const PROCESSES_OF_INSTANCE: u64 = 12;

/// Instances get this part of the processes that the user may have.
const PROCESSES_SHARE: u64 = 2;

/// No instance is added while less memory is available: this part of the machine's memory, and at
/// most this much.
const MEMORY_RESERVE_SHARE: u64 = 20;
const MEMORY_RESERVE_MAX_KIB: u64 = 512 * 1024;

/// What bounds instances and URLs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Maximum number of open files of this process.
    pub(crate) descriptors: u64,
    /// Maximum number of instances, whatever else there is room for.
    pub(crate) instances: u64,
}

impl Bounds {
    /// The bounds of this process and this user.
    pub(crate) fn of_this_machine() -> Self {
        let processes = [
            getrlimit(Resource::Nproc).current,
            number_in("/proc/sys/kernel/pid_max"),
            number_in("/proc/sys/kernel/threads-max"),
        ];
        let processes = processes.into_iter().flatten().min().unwrap_or(u64::MAX);
        Self {
            descriptors: getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX),
            instances: (processes / PROCESSES_SHARE / PROCESSES_OF_INSTANCE).max(1),
        }
    }

    fn usable_descriptors(self) -> u64 {
        self.descriptors - RESERVED_DESCRIPTORS.min(self.descriptors / 2)
    }

    /// In its network, each instance has a listener for each URL that it reaches.
    fn of_instance(self, urls: u64) -> u64 {
        DESCRIPTORS_OF_INSTANCE + urls.min(self.urls_inside())
    }

    /// Maximum number of URLs that an instance reaches.
    pub(crate) fn urls_inside(self) -> u64 {
        (self.descriptors / DESCRIPTORS_PER_URL_INSIDE).min(URLS_INSIDE_MAX)
    }

    fn urls_max(self) -> u64 {
        let instances = INSTANCES_BESIDE_URLS * self.of_instance(u64::MAX);
        self.usable_descriptors().saturating_sub(instances)
    }

    /// Maximum number of URLs with a listener of their own, where others can share one.
    fn own_listeners(self) -> u64 {
        self.descriptors / OWN_LISTENERS_SHARE
    }

    /// How many instances may run beside this many URLs. Never none.
    fn instances_beside(self, urls: u64) -> u64 {
        let left = self.usable_descriptors().saturating_sub(urls) / self.of_instance(urls);
        left.min(self.instances).max(1)
    }
}

/// The instances of a revision. Idle ones give way to those of other services.
#[async_trait]
pub(crate) trait Evictable: Send + Sync {
    /// Since when its least recently used instance has been idle, and before that, whether the
    /// revision needs it for its minimum. `None` if none is idle.
    fn idle_longest(&self) -> Option<(bool, Instant)>;

    /// Stops its least recently used instance, if one is idle.
    async fn stop_idle_longest(&self);
}

/// Shared by all services.
pub(crate) struct Machine {
    bounds: Bounds,
    state: Mutex<State>,
    /// Notifies instances that wait for room: one has ended or become idle.
    changed: Notify,
}

#[derive(Default)]
struct State {
    instances: u64,
    urls: u64,
    pools: Vec<Weak<dyn Evictable>>,
}

/// Room for one instance. Dropped once the instance has ended.
pub(crate) struct InstanceRoom(Arc<Machine>);

/// Room for one URL. Dropped once its listener is closed.
pub(crate) struct UrlRoom(Arc<Machine>);

/// Why no URL can be opened. Retrying helps after a service or a tag was deleted.
#[derive(Debug, thiserror::Error)]
#[error(
    "the limit of {descriptors} open files leaves no room for another URL: delete services, or raise \
     the limit (ulimit -n) and restart the local cloud"
)]
pub(crate) struct NoRoomForUrl {
    descriptors: u64,
}

impl Machine {
    pub(crate) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, state: Mutex::default(), changed: Notify::new() })
    }

    /// Lets instances of other services replace idle ones of this pool.
    pub(crate) fn register(&self, pool: Weak<dyn Evictable>) {
        let mut state = self.lock();
        state.pools.retain(|pool| pool.strong_count() > 0);
        state.pools.push(pool);
    }

    /// Room for an instance, if there is some without stopping another one.
    pub(crate) fn spare(self: &Arc<Self>) -> Option<InstanceRoom> {
        let mut state = self.lock();
        let is_first = state.instances == 0;
        let is_free = state.instances < self.bounds.instances_beside(state.urls);
        (is_free && (is_first || has_memory())).then(|| {
            state.instances += 1;
            InstanceRoom(Arc::clone(self))
        })
    }

    /// Room for an instance. Stops idle ones for it. `None` if all are busy for this long.
    pub(crate) async fn room(self: &Arc<Self>, patience: Duration) -> Option<InstanceRoom> {
        let found = async {
            loop {
                let mut changed = pin!(self.changed.notified());
                changed.as_mut().enable();
                if let Some(room) = self.spare() {
                    return room;
                }
                match self.idle_longest() {
                    Some(pool) => pool.stop_idle_longest().await,
                    None => changed.await,
                }
            }
        };
        timeout(patience, found).await.ok()
    }

    /// An instance has ended or become idle.
    pub(crate) fn notify(&self) {
        self.changed.notify_waiters();
    }

    /// # Errors
    /// [`NoRoomForUrl`].
    pub(crate) fn url(self: &Arc<Self>) -> Result<UrlRoom, NoRoomForUrl> {
        let mut state = self.lock();
        if state.urls >= self.bounds.urls_max() {
            return Err(NoRoomForUrl { descriptors: self.bounds.descriptors });
        }
        state.urls += 1;
        Ok(UrlRoom(Arc::clone(self)))
    }

    /// Whether there are enough URLs with a listener of their own.
    pub(crate) fn shares_listener(&self) -> bool {
        self.lock().urls >= self.bounds.own_listeners()
    }

    fn idle_longest(&self) -> Option<Arc<dyn Evictable>> {
        // Not under the lock: a pool that is dropped here gives its room back.
        let pools: Vec<Arc<dyn Evictable>> =
            self.lock().pools.iter().filter_map(Weak::upgrade).collect();
        let idle = pools.into_iter().filter_map(|pool| Some((pool.idle_longest()?, pool)));
        idle.min_by_key(|(idle, _)| *idle).map(|(_, pool)| pool)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Drop for InstanceRoom {
    fn drop(&mut self) {
        self.0.lock().instances -= 1;
        self.0.notify();
    }
}

impl Drop for UrlRoom {
    fn drop(&mut self) {
        self.0.lock().urls -= 1;
    }
}

/// Whether an instance can be added without taking the last memory. True where the system does not
/// say.
fn has_memory() -> bool {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    };
    match (kib("MemTotal:"), kib("MemAvailable:")) {
        (Some(total), Some(available)) => {
            available >= (total / MEMORY_RESERVE_SHARE).min(MEMORY_RESERVE_MAX_KIB)
        }
        _ => true,
    }
}

fn number_in(file: &str) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_instances_leave_descriptors_to_the_apis() {
        let of = |descriptors| Bounds { descriptors, instances: 1000 };
        for (descriptors, urls, instances) in
            [(1024, 100, 30), (1024, 702, 3), (1 << 20, 1600, 1000), (64, 0, 1), (64, 100, 1)]
        {
            assert_eq!(of(descriptors).instances_beside(urls), instances, "{descriptors} {urls}");
        }
        assert_eq!((of(1024).urls_max(), of(1024).own_listeners()), (702, 128));
        let machine = Machine::new(Bounds { descriptors: 124, instances: 10 });
        let urls: Vec<_> = std::iter::repeat_with(|| machine.url()).map_while(Result::ok).collect();
        assert_eq!(urls.len(), 8);
        drop(urls);
        assert!(machine.url().is_ok());
    }

    #[tokio::test]
    async fn an_instance_waits_for_room_until_another_one_ends() {
        let machine = Machine::new(Bounds { descriptors: 1024, instances: 1 });
        let first = machine.spare().unwrap();
        assert!(machine.spare().is_none());
        assert!(machine.room(Duration::from_millis(1)).await.is_none());
        let mut second = pin!(machine.room(Duration::from_secs(60)));
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        assert!(second.await.is_some());
    }
}
