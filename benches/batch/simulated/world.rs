//! A fleet and a cloud whose time is simulated.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use longshore_cloud::pacing::forecast::Work;
use longshore_cloud::pacing::{Api, Bucket, Key, OwnBuckets, Pacer, SharedBuckets, SharingError};
use longshore_local_kit::clock::{Clock, SharedClock};
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::catalog::{BUILD_CREATES, RUN_WRITES};
use longshore_local_kit::quotas::{Pace, Quota, QuotaSettings, Quotas};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

use super::{BUILD, READY, Setting};

const START_MS: u64 = 1_000_000_000;

/// Time to store a source, between two workers, and from a token to its call: on average half of the
/// first two, and at most the last.
const UPLOAD_MS: u64 = 4_000;
const HOP_MS: u64 = 600;
const LAG_MS: u64 = 400;
/// How long a round of batch-feeder takes at most to notice that there is room.
const ROUND_MS: u64 = 1_000;

/// How often the tasks that can go on are polled before time does.
const POLLS: usize = 50;

/// A clock that jumps to the next time that is waited for, once nothing else can go on.
#[derive(Default)]
pub(super) struct Simulated {
    now_ms: AtomicU64,
    waiting: Mutex<BTreeMap<(u64, u64), oneshot::Sender<()>>>,
    order: AtomicU64,
}

impl Simulated {
    fn now_ms(&self) -> u64 {
        START_MS + self.now_ms.load(Ordering::Relaxed)
    }

    async fn until(&self, at_ms: u64) {
        if at_ms <= self.now_ms() {
            return;
        }
        let (sender, receiver) = oneshot::channel();
        let order = self.order.fetch_add(1, Ordering::Relaxed);
        self.waiting.lock().insert((at_ms, order), sender);
        // Fails once the simulation has ended.
        let _ = receiver.await;
    }

    async fn pass(&self, time: Duration) {
        self.until(self.now_ms() + millis(time)).await;
    }

    pub(super) async fn run<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> T {
        let time_goes_on = async {
            loop {
                for _ in 0..POLLS {
                    tokio::task::yield_now().await;
                }
                let next = self.waiting.lock().pop_first();
                if let Some(((at_ms, _), waiting)) = next {
                    self.now_ms.fetch_max(at_ms - START_MS, Ordering::Relaxed);
                    // Fails if that caller gave up.
                    let _ = waiting.send(());
                }
            }
        };
        let tasks = tokio::task::LocalSet::new();
        tokio::select! {
            biased;
            done = tasks.run_until(work) => done,
            () = time_goes_on => unreachable!("time does not end"),
        }
    }
}

/// The ledger's part: buckets that take a write a second, by the simulated clock.
struct Ledger {
    clock: Arc<Simulated>,
    buckets: Arc<OwnBuckets>,
}

#[async_trait]
impl SharedBuckets for Ledger {
    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    async fn until(&self, at_ms: u64) {
        self.clock.until(at_ms).await;
    }

    fn between_writes_ms(&self) -> u64 {
        1_000
    }

    async fn read(&self, key: &Key) -> Result<Option<(i64, Bucket)>, SharingError> {
        self.buckets.read(key).await
    }

    async fn swap(
        &self,
        key: &Key,
        generation: Option<i64>,
        bucket: &Bucket,
    ) -> Result<Option<i64>, SharingError> {
        self.buckets.swap(key, generation, bucket).await
    }
}

/// The clock of the local cloud's quotas.
struct CloudClock(Arc<Simulated>);

#[async_trait]
impl Clock for CloudClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.0.now_ms())
    }

    async fn until(&self, time: SystemTime) {
        let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.0.until(millis(since_1970)).await;
    }
}

/// A fleet and a cloud.
pub(super) struct World {
    pub(super) clock: Arc<Simulated>,
    pacers: Vec<Pacer>,
    quotas: Quotas,
    slots: Semaphore,
    room: Semaphore,
    of_a_build: u32,
    writes: u32,
    /// Builds that have ended, and who waits for the others.
    builds: RefCell<BTreeMap<u32, Vec<oneshot::Sender<()>>>>,
    ended: RefCell<BTreeSet<u32>>,
    dice: Cell<u64>,
    pub(super) refused: Cell<u32>,
    ends: RefCell<Vec<Duration>>,
}

impl World {
    pub(super) fn new(setting: &Setting, replicas: usize) -> Self {
        let clock = Arc::new(Simulated::default());
        let buckets = Arc::new(OwnBuckets::default());
        let pacers = (0..replicas).map(|_| {
            let pacer = Pacer::new(None);
            let (clock, buckets) = (Arc::clone(&clock), Arc::clone(&buckets));
            pacer.share(Arc::new(Ledger { clock, buckets }));
            pacer
        });
        let pacers = pacers.collect();
        let pace = Pace {
            clock: SharedClock::new(Arc::new(CloudClock(Arc::clone(&clock)))),
            ..Pace::default()
        };
        let local = LocalProject { id: "p".to_owned(), number: 1 };
        let quotas = Quotas::new(QuotaSettings::google(), pace, local, "r".to_owned());
        Self {
            clock,
            pacers,
            quotas,
            slots: Semaphore::new(usize::try_from(setting.builds_at_once).unwrap_or(1)),
            room: Semaphore::new(usize::try_from(setting.window).unwrap_or(1)),
            of_a_build: setting.functions_of_a_build,
            writes: setting.writes_of_a_function,
            builds: RefCell::default(),
            ended: RefCell::default(),
            dice: Cell::new(0x2545_F491_4F6C_DD1D),
            refused: Cell::new(0),
            ends: RefCell::default(),
        }
    }

    /// When the functions of a batch end, in order.
    pub(super) async fn batch(self: Rc<Self>, work: Work) -> Vec<Duration> {
        let functions = (0..work.functions).map(|function| {
            let world = Rc::clone(&self);
            tokio::task::spawn_local(async move { world.deploy(function).await })
        });
        for function in functions.collect::<Vec<_>>() {
            // A task that panics ends the benchmark with its message.
            let _ = function.await;
        }
        self.ends.take()
    }

    fn below(&self, end: u64) -> u64 {
        let mut next = self.dice.get();
        next ^= next << 13;
        next ^= next >> 7;
        next ^= next << 17;
        self.dice.set(next);
        next % end
    }

    async fn some(&self, longest_ms: u64) {
        let time = self.below(longest_ms);
        self.clock.pass(Duration::from_millis(time)).await;
    }

    async fn deploy(&self, function: u32) {
        let Ok(_place) = self.room.acquire().await else { return };
        if self.clock.now_ms() > START_MS {
            self.some(ROUND_MS).await;
        }
        self.some(UPLOAD_MS).await;
        self.image(function).await;
        self.some(HOP_MS).await;
        let pacer = &self.pacers[function as usize % self.pacers.len()];
        for write in 0..self.writes {
            let key = Key { region: "r".to_owned(), ..Key::of_project("p", Api::RunWrites) };
            pacer.acquire(key).await;
            self.call(&RUN_WRITES).await;
            if write == 0 {
                self.clock.pass(READY).await;
            }
        }
        self.some(HOP_MS).await;
        let end = Duration::from_millis(self.clock.now_ms() - START_MS);
        self.ends.borrow_mut().push(end);
    }

    /// The image of a function: its build, or that of another function.
    async fn image(&self, function: u32) {
        let build = function / self.of_a_build;
        if self.ended.borrow().contains(&build) {
            return;
        }
        let waits = {
            let mut builds = self.builds.borrow_mut();
            match builds.get_mut(&build) {
                Some(waiting) => {
                    let (sender, receiver) = oneshot::channel();
                    waiting.push(sender);
                    Some(receiver)
                }
                None => {
                    builds.insert(build, Vec::new());
                    None
                }
            }
        };
        if let Some(ended) = waits {
            // The sender is kept until the build has ended.
            let _ = ended.await;
            return;
        }
        let pacer = &self.pacers[build as usize % self.pacers.len()];
        pacer.acquire(Key::of_project("p", Api::BuildSubmits)).await;
        self.call(&BUILD_CREATES).await;
        if let Ok(_slot) = self.slots.acquire().await {
            self.clock.pass(BUILD.of(&build.to_string())).await;
        }
        self.ended.borrow_mut().insert(build);
        let waiting = self.builds.borrow_mut().remove(&build).unwrap_or_default();
        for waiting in waiting {
            // Fails if that function is gone.
            let _ = waiting.send(());
        }
    }

    /// A call some time after its token. Google counts it when it arrives.
    async fn call(&self, quota: &'static Quota) {
        self.some(LAG_MS).await;
        if self.quotas.take(&[quota], "p", "r").is_err() {
            self.refused.set(self.refused.get() + 1);
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
