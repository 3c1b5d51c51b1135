use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::*;
use crate::pacing::limits::ReportedLimit;
use crate::pacing::waiting::{TakenToken, Waits};
use crate::pacing::{Bucket, SharingError};

fn key(project: &str, region: &str, api: Api) -> Key {
    Key { project: project.to_owned(), region: region.to_owned(), api }
}

fn rule(api: Api, project: &str, per_minute: u32) -> QuotaRule {
    let (api, project) = (api.name().to_owned(), project.to_owned());
    QuotaRule { api, per_minute, project, region: String::new() }
}

/// Shared buckets with a clock that jumps to the next time that is waited for.
struct Driven {
    buckets: OwnBuckets,
    now_ms: AtomicU64,
    waiting: Mutex<BTreeMap<(u64, u64), oneshot::Sender<()>>>,
    between_writes_ms: u64,
}

impl Driven {
    fn new(between_writes_ms: u64) -> Arc<Self> {
        Arc::new(Self {
            buckets: OwnBuckets::default(),
            now_ms: AtomicU64::new(1_000_000),
            waiting: Mutex::default(),
            between_writes_ms,
        })
    }

    /// Runs work to its end. Whenever nothing can go on, time does.
    async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let time_goes_on = async {
            loop {
                for _ in 0..200 {
                    tokio::task::yield_now().await;
                }
                let next = self.waiting.lock().pop_first();
                if let Some(((at_ms, _), waiting)) = next {
                    self.now_ms.fetch_max(at_ms, Ordering::Relaxed);
                    // Fails if that caller gave up.
                    let _ = waiting.send(());
                }
            }
        };
        tokio::select! {
            done = work => done,
            () = time_goes_on => unreachable!("time does not end"),
        }
    }

    fn pacer(self: &Arc<Self>, reported: Option<Arc<dyn ReportedQuotas>>) -> Pacer {
        let pacer = Pacer::new(reported);
        pacer.share(Arc::<Self>::clone(self));
        pacer
    }
}

#[async_trait]
impl SharedBuckets for Driven {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    async fn until(&self, at_ms: u64) {
        static ORDER: AtomicU64 = AtomicU64::new(0);
        if at_ms <= self.now_ms() {
            return;
        }
        let (sender, receiver) = oneshot::channel();
        let order = ORDER.fetch_add(1, Ordering::Relaxed);
        self.waiting.lock().insert((at_ms, order), sender);
        // Fails once the test has ended.
        let _ = receiver.await;
    }

    fn between_writes_ms(&self) -> u64 {
        self.between_writes_ms
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

#[tokio::test]
async fn a_bucket_is_for_one_project_region_and_api() {
    let clock = Driven::new(0);
    let pacer = clock.pacer(None);
    let busy = key("p", "r", Api::BuildSubmits);
    let work = async {
        let mut waited = Duration::ZERO;
        for _ in 0..11 {
            waited = pacer.acquire(busy.clone()).await;
        }
        assert!(waited > Duration::from_secs(5), "{waited:?}");
        for other in [
            key("q", "r", Api::BuildSubmits),
            key("p", "s", Api::BuildSubmits),
            key("p", "r", Api::RunWrites),
        ] {
            assert!(pacer.acquire(other.clone()).await.is_zero(), "{other:?}");
        }
    };
    clock.run(work).await;
}

#[tokio::test]
async fn an_unlimited_pacer_never_delays_a_call() {
    let pacer = Pacer::unlimited();
    for _ in 0..1_000 {
        assert!(pacer.acquire(key("p", "r", Api::RunWrites)).await.is_zero());
    }
    assert_eq!(pacer.buckets(), []);
}

#[tokio::test]
async fn callers_proceed_in_the_order_of_their_arrival() {
    let clock = Driven::new(0);
    let pacer = clock.pacer(None);
    pacer.configure(vec![rule(Api::RunWrites, "", 1)]);
    let order = Mutex::new(Vec::new());
    let callers = (0..4).map(async |caller| {
        pacer.acquire(key("p", "r", Api::RunWrites)).await;
        order.lock().push(caller);
    });
    clock.run(futures::future::join_all(callers)).await;
    assert_eq!(*order.lock(), [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_saturated_project_delays_no_other() {
    let clock = Driven::new(1_000);
    let pacer = clock.pacer(None);
    pacer.configure(vec![rule(Api::RunWrites, "slow", 1)]);
    let ended = Mutex::new(Vec::new());
    let callers = (0..20).map(async |caller| {
        let project = if caller % 2 == 0 { "slow" } else { "quick" };
        pacer.acquire(key(project, "r", Api::RunWrites)).await;
        ended.lock().push((project, clock.now_ms() - 1_000_000));
    });
    clock.run(futures::future::join_all(callers)).await;
    let last = |project: &str| {
        let ended = ended.lock();
        ended.iter().filter(|(of, _)| *of == project).map(|(_, at)| *at).max().unwrap()
    };
    assert!(last("quick") < 2_000, "{}", last("quick"));
    assert!(last("slow") >= 9 * 60_000, "{}", last("slow"));
}

/// What Service Usage says about two names of one project.
struct Reports;

#[async_trait]
impl ReportedQuotas for Reports {
    async fn read(&self, project: &str, service: &str) -> Result<ServiceQuotas, CloudError> {
        if project == "secret" {
            return Err(CloudError::new("list quotas", project, Kind::PermissionDenied));
        }
        let limit = ReportedLimit {
            metric: format!("{service}/write_regional"),
            region: String::new(),
            per_minute: Some(7),
        };
        Ok(ServiceQuotas { project_number: "42".to_owned(), limits: vec![limit] })
    }
}

#[tokio::test]
async fn a_project_has_one_bucket_under_both_of_its_names() {
    let pacer = Pacer::of_reported(Arc::new(Reports));
    pacer.acquire(key("p", "r", Api::RunWrites)).await;
    pacer.acquire(key("42", "r", Api::RunWrites)).await;
    let buckets = pacer.buckets();
    assert_eq!(buckets.len(), 1, "{buckets:?}");
    assert_eq!((buckets[0].ceiling, buckets[0].turns), (7, 2));
    assert!(pacer.acquire(key("p", "r", Api::BuildGets)).await.is_zero(), "no limit is reported");
}

#[tokio::test]
async fn settings_come_before_reports_and_defaults_after_them() {
    let pacer = Pacer::new(Some(Arc::new(Reports)));
    pacer.configure(vec![rule(Api::RunWrites, "special", 180)]);
    let per_minute = async |project, api| pacer.per_minute(&key(project, "r", api)).await;
    assert_eq!(per_minute("special", Api::RunWrites).await, Some(180));
    assert_eq!(per_minute("p", Api::RunWrites).await, Some(7));
    assert_eq!(per_minute("secret", Api::RunWrites).await, Some(60));
    assert_eq!(per_minute("p", Api::SchedulerWrites).await, Some(500));
}

#[tokio::test]
async fn a_wait_on_behalf_of_a_delivery_is_the_deliverys_own() {
    #[derive(Default)]
    struct Noted(Mutex<Vec<&'static str>>);
    impl Waits for Noted {
        fn wait<'a>(
            &'a self,
            reason: &'static str,
            awaited: futures::future::BoxFuture<'a, ()>,
        ) -> futures::future::BoxFuture<'a, ()> {
            self.0.lock().push(reason);
            awaited
        }

        fn taken(&self, _: &TakenToken) {}
    }
    let (pacer, noted) = (Pacer::new(None), Arc::new(Noted::default()));
    let call = pacer.acquire(key("p", "r", Api::RunWrites));
    waiting::with(Arc::<Noted>::clone(&noted), call).await;
    assert_eq!(*noted.0.lock(), ["write quota of Cloud Run"]);
}

#[tokio::test]
async fn replicas_share_one_bucket() {
    let clock = Driven::new(1_000);
    let times = Mutex::new(Vec::new());
    let replicas = (0..3).map(async |_| {
        let pacer = clock.pacer(None);
        let callers = (0..60).map(async |_| {
            pacer.acquire(key("p", "r", Api::RunWrites)).await;
            times.lock().push(clock.now_ms());
        });
        futures::future::join_all(callers).await;
    });
    clock.run(futures::future::join_all(replicas)).await;
    let times = times.lock();
    assert_eq!(times.len(), 180);
    for begin in times.iter() {
        let within = times.iter().filter(|at| (*begin..begin + 60_000).contains(*at)).count();
        assert!(within <= 60, "{within} from {begin}");
    }
    let took = times.iter().max().unwrap() - times.iter().min().unwrap();
    assert!(took < 3 * 61_000, "the whole quota is used: {took} ms");
}

#[tokio::test]
async fn a_refusal_of_one_replica_slows_the_others() {
    let clock = Driven::new(1_000);
    let (one, other) = (clock.pacer(None), clock.pacer(None));
    let writes = key("p", "r", Api::RunWrites);
    let work = async {
        one.acquire(writes.clone()).await;
        let refused = CloudError {
            reason: "RATE_LIMIT_EXCEEDED".to_owned(),
            ..CloudError::new("write service", "s", Kind::ResourceExhausted)
        };
        one.note::<()>(&writes, Err(refused)).unwrap_err();
        // The refusal is written before the next token is taken.
        one.acquire(writes.clone()).await;
        let waited = other.acquire(writes.clone()).await;
        assert!(waited < Duration::from_secs(10), "{waited:?}");
        other.buckets()
    };
    let buckets = clock.run(work).await;
    assert_eq!((buckets[0].limit, buckets[0].ceiling), (42, 60));
}
