use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use async_trait::async_trait;
use bytes::Bytes;
use longshore_cloud::{
    Accepted, BucketOwner, BucketSpec, CloudError, Condition, ConditionState, CountedObjects,
    Created, Enqueuers, EventDestination, EventRoute, LiveTrigger, ObjectMeta, Objects,
    OperationState, Precondition, PushBody, Replaced, ScheduledCall, ScheduledRetry, ServiceShape,
    TaskQueue, TaskRetry, TopicPush, TriggerState,
};
use longshore_ledger::{Open, Record, Request, Standing};
use longshore_messages::{
    Attempts, DEPLOYMENT_ANNOTATION, Deployment, EventEncoding, GENERATION_ANNOTATION, Method,
    Rate, ScheduleRetry, ScheduleTrigger, WireMessage,
};

use crate::error::CliError;

/// A ledger's bucket.
#[derive(Default)]
struct Bucket(Mutex<BTreeMap<String, (i64, Bytes)>>);

fn meta(name: &str, generation: i64) -> ObjectMeta {
    ObjectMeta {
        name: name.to_owned(),
        generation,
        size_bytes: 0,
        created_at: OffsetDateTime::UNIX_EPOCH,
        metadata: BTreeMap::new(),
        kms_key_version: String::new(),
    }
}

fn unused(operation: &'static str) -> CloudError {
    CloudError::new(operation, "this test", Kind::Unimplemented)
}

#[async_trait]
impl Objects for Bucket {
    async fn get(&self, _: &str, name: &str) -> Result<Option<(i64, Bytes)>, CloudError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }
    async fn head(&self, bucket: &str, name: &str) -> Result<Option<ObjectMeta>, CloudError> {
        Ok(self.get(bucket, name).await?.map(|(generation, _)| meta(name, generation)))
    }
    async fn create(&self, _: &str, name: &str, content: Bytes) -> Result<Created, CloudError> {
        let mut objects = self.0.lock().unwrap();
        if objects.contains_key(name) {
            return Ok(Created::Exists);
        }
        objects.insert(name.to_owned(), (1, content));
        Ok(Created::New(1))
    }
    async fn create_described(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
        _: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        self.create(bucket, name, content).await
    }
    async fn replace(
        &self,
        _: &str,
        name: &str,
        generation: i64,
        content: Bytes,
    ) -> Result<Replaced, CloudError> {
        match self.0.lock().unwrap().get_mut(name) {
            Some(object) if object.0 == generation => {
                *object = (generation + 1, content);
                Ok(Replaced::New(generation + 1))
            }
            _ => Ok(Replaced::Conflict),
        }
    }
    async fn replace_described(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
        _: BTreeMap<String, String>,
    ) -> Result<Replaced, CloudError> {
        self.replace(bucket, name, generation, content).await
    }
    async fn list(&self, _: &str, prefix: &str) -> Result<Vec<ObjectMeta>, CloudError> {
        let objects = self.0.lock().unwrap();
        Ok(objects
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, (generation, _))| meta(name, *generation))
            .collect())
    }
    async fn delete(&self, _: &str, name: &str) -> Result<(), CloudError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
    async fn upload(
        &self,
        _: &str,
        _: &str,
        _: &Path,
        _: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        Err(unused("upload"))
    }
    async fn download(
        &self,
        _: &str,
        _: &str,
        _: i64,
        _: &Path,
        _: u64,
    ) -> Result<ObjectMeta, CloudError> {
        Err(unused("download"))
    }
    async fn ensure_bucket(&self, _: &BucketSpec) -> Result<(), CloudError> {
        Err(unused("ensure bucket"))
    }
    async fn bucket_owner(&self, _: &str, _: &str) -> Result<BucketOwner, CloudError> {
        Err(unused("list buckets"))
    }
    async fn default_key(&self, _: &str) -> Result<Option<String>, CloudError> {
        Err(unused("get bucket"))
    }
}

/// Cloud Run with one service, which other processes change `changes` times.
#[derive(Default)]
struct Run {
    live: Mutex<Option<LiveService>>,
    changes: AtomicUsize,
    deletions: AtomicUsize,
}

#[async_trait]
impl Services for Run {
    async fn get(&self, _: &str) -> Result<Option<LiveService>, CloudError> {
        Ok(self.live.lock().unwrap().clone())
    }
    async fn pace_write(&self, _: &str) -> Duration {
        Duration::ZERO
    }
    async fn write(
        &self,
        _: &str,
        _: &ServiceShape,
        _: Precondition,
    ) -> Result<Accepted, CloudError> {
        Err(unused("write"))
    }
    async fn set_access(
        &self,
        _: &str,
        _: longshore_messages::Access,
        _: &str,
    ) -> Result<Accepted, CloudError> {
        Err(unused("write"))
    }
    async fn wait(&self, _: &str, _: Duration) -> Result<OperationState, CloudError> {
        Err(unused("wait"))
    }
    async fn list(&self, _: &str, _: &str) -> Result<Vec<(String, LiveService)>, CloudError> {
        Err(unused("list"))
    }
    async fn set_public(&self, _: &str, _: bool) -> Result<(), CloudError> {
        Err(unused("set service policy"))
    }
    async fn delete(&self, name: &str, etag: &str) -> Result<(), CloudError> {
        let mut live = self.live.lock().unwrap();
        if self.changes.load(Ordering::SeqCst) > 0 {
            self.changes.fetch_sub(1, Ordering::SeqCst);
            live.as_mut().unwrap().etag.push('+');
        }
        if live.as_ref().is_some_and(|live| live.etag != etag) {
            return Err(CloudError::new("delete", name, Kind::PreconditionFailed));
        }
        self.deletions.fetch_add(1, Ordering::SeqCst);
        *live = None;
        Ok(())
    }
}

fn at() -> FunctionRef {
    FunctionRef {
        project: "demo-project".into(),
        region: "europe-west1".into(),
        name: "hello".into(),
    }
}

fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

fn service(writer: &str, generation: u64) -> LiveService {
    let annotations = [
        (GENERATION_ANNOTATION.to_owned(), generation.to_string()),
        (DEPLOYMENT_ANNOTATION.to_owned(), id(writer).to_string()),
    ];
    LiveService {
        shape: ServiceShape {
            annotations: annotations.into(),
            image: "image@sha256:1".into(),
            ..ServiceShape::default()
        },
        etag: "e".into(),
        generation: 1,
        url: "http://u".into(),
        reconciled: true,
        condition: Condition {
            state: ConditionState::Succeeded,
            reason: String::new(),
            message: String::new(),
        },
        latest_created_revision: "hello-1".into(),
        latest_ready_revision: "hello-1".into(),
        traffic: Vec::new(),
    }
}

fn message() -> WireMessage {
    WireMessage { data: Bytes::new(), attributes: BTreeMap::new() }
}

/// A fleet with a function.
struct Fleet {
    bucket: Arc<Bucket>,
    ledger: Ledger,
    run: Run,
    pushes: Arc<Triggered<TopicPush>>,
    events: Arc<Triggered<EventRoute>>,
    jobs: Arc<Triggered<ScheduledCall>>,
    queues: Arc<Triggered<TaskQueue>>,
    triggers: TriggerClients,
}

/// Triggers of one kind.
struct Triggered<S>(Mutex<Vec<LiveTrigger<S>>>);

impl<S> Default for Triggered<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: TriggerShape> Triggered<S> {
    fn set(&self, shapes: impl IntoIterator<Item = S>) {
        let live = |shape| LiveTrigger { shape, state: TriggerState::Active, last: None };
        *self.0.lock().unwrap() = shapes.into_iter().map(live).collect();
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|live| live.shape.name().to_owned()).collect()
    }
}

#[async_trait]
impl<S: TriggerShape> Triggers<S> for Triggered<S> {
    async fn list(&self, owner: &TriggerOwner<'_>) -> Result<Vec<LiveTrigger<S>>, CloudError> {
        let is_one = |live: &&LiveTrigger<S>| live.shape.is_of(owner);
        Ok(self.0.lock().unwrap().iter().filter(is_one).cloned().collect())
    }
    async fn create(&self, _: &S) -> Result<(), CloudError> {
        Err(unused("create trigger"))
    }
    async fn update(&self, _: &S, _: &[S::Field]) -> Result<(), CloudError> {
        Err(unused("update trigger"))
    }
    async fn delete(&self, name: &str) -> Result<(), CloudError> {
        self.0.lock().unwrap().retain(|live| live.shape.name() != name);
        Ok(())
    }
}

/// A deletion asks nothing of them: a policy is deleted with its queue.
struct NoEnqueuers;

#[async_trait]
impl Enqueuers for NoEnqueuers {
    async fn enqueuers(&self, _: &str) -> Result<BTreeSet<String>, CloudError> {
        Err(unused("get queue policy"))
    }
    async fn change_enqueuers(
        &self,
        _: &str,
        _: &BTreeSet<String>,
        _: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        Err(unused("set queue policy"))
    }
}

fn push(name: &str, labels: BTreeMap<String, String>) -> TopicPush {
    TopicPush {
        name: name.to_owned(),
        topic: "projects/p/topics/t".to_owned(),
        filter: String::new(),
        ordered: false,
        labels,
        endpoint: "https://f".to_owned(),
        account: "a@p.iam.gserviceaccount.com".to_owned(),
        audience: "https://f".to_owned(),
        body: PushBody::Wrapped,
        ack_deadline: Duration::from_secs(600),
        backoff: None,
        dead_letters: None,
    }
}

fn job(name: String) -> ScheduledCall {
    ScheduledCall {
        name,
        description: String::new(),
        schedule: "0 9 * * *".to_owned(),
        time_zone: "Etc/UTC".to_owned(),
        url: "https://f/".to_owned(),
        method: Method::Post,
        headers: BTreeMap::new(),
        body: Vec::new(),
        account: "a@p.iam.gserviceaccount.com".to_owned(),
        audience: "https://f".to_owned(),
        attempt_deadline: Duration::from_secs(180),
        retry: ScheduledRetry {
            count: 0,
            max_duration: Duration::ZERO,
            minimum_backoff: Duration::from_secs(5),
            maximum_backoff: Duration::from_secs(3_600),
            max_doublings: 5,
        },
    }
}

fn queue(name: String) -> TaskQueue {
    TaskQueue {
        name,
        url: "https://f".to_owned(),
        account: "a@p.iam.gserviceaccount.com".to_owned(),
        audience: "https://f".to_owned(),
        rate: Rate::MAX,
        concurrent: 1_000,
        retry: TaskRetry {
            max_attempts: Attempts::Unlimited,
            max_duration: Duration::ZERO,
            minimum_backoff: Duration::from_secs(1),
            maximum_backoff: Duration::from_secs(3_600),
            max_doublings: 16,
        },
    }
}

fn event(name: &str, labels: BTreeMap<String, String>) -> EventRoute {
    EventRoute {
        name: name.to_owned(),
        event_type: "google.cloud.storage.object.v1.finalized".to_owned(),
        filters: Vec::new(),
        topic: None,
        channel: None,
        labels,
        account: "a@p.iam.gserviceaccount.com".to_owned(),
        destination: EventDestination::default(),
        retries: false,
        encoding: EventEncoding::Json,
    }
}

impl Fleet {
    fn new(live: Option<LiveService>) -> Self {
        let run = Run { live: Mutex::new(live), ..Run::default() };
        let bucket = Arc::<Bucket>::default();
        let ledger = Ledger::new(Arc::clone(&bucket) as Arc<dyn Objects>, "ledger");
        let pushes = Arc::<Triggered<TopicPush>>::default();
        let events = Arc::<Triggered<EventRoute>>::default();
        let jobs = Arc::<Triggered<ScheduledCall>>::default();
        let queues = Arc::<Triggered<TaskQueue>>::default();
        let triggers = TriggerClients {
            topics: Arc::clone(&pushes) as _,
            events: Arc::clone(&events) as _,
            schedules: Arc::clone(&jobs) as _,
            queues: Arc::clone(&queues) as _,
            enqueuers: Arc::new(NoEnqueuers),
        };
        Self { bucket, ledger, run, pushes, events, jobs, queues, triggers }
    }

    /// Requests and admits a deployment, which does not end.
    async fn admitted(&self, name: &str) -> u64 {
        let (now, at) = (OffsetDateTime::now_utc(), at());
        let requester = "default".to_owned();
        let request = Request { message: message(), requester, published_at: now };
        self.ledger.write_request(id(name), &request).await.unwrap();
        let open = Open { function: at.clone(), opened_at: now, deadline_at: now + WAIT_MAX };
        self.ledger.write_open(id(name), &open).await.unwrap();
        let admit =
            Admit { id: id(name), function: &at, now, deadline_at: now + WAIT_MAX, seed: Some(0) };
        match self.ledger.admit(&admit).await.unwrap() {
            Admitted::As(admission) => admission.generation,
            other => panic!("{other:?}"),
        }
    }

    fn record(stage: &str) -> Record {
        let now = OffsetDateTime::now_utc();
        Record {
            stage: stage.to_owned(),
            input: "input".into(),
            topic: "topic".into(),
            message: message(),
            published_at: now,
            started_at: now,
            finished_at: now,
            attempt: None,
            waited_ms: 0,
            waited_for: None,
        }
    }

    async fn ended(&self, name: &str) {
        self.ledger.record_outcome(id(name), &Self::record("service-deployer")).await.unwrap();
        self.ledger.close(id(name)).await.unwrap();
    }

    async fn remove(&self, force: bool) -> Result<Removed, CliError> {
        let fence = Fence {
            ledger: &self.ledger,
            services: &self.run,
            triggers: &self.triggers,
            fleet: "longshore",
            poll: Duration::from_millis(1),
        };
        fence.remove(&at(), force).await
    }

    fn deletions(&self) -> usize {
        self.run.deletions.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_deletion_takes_a_generation_and_later_deployments_continue_from_it() {
    let fleet = Fleet::new(Some(service("a", 1)));
    assert_eq!(fleet.admitted("a").await, 1);
    fleet.ended("a").await;
    let removed = fleet.remove(false).await.unwrap();
    assert_eq!((removed.generation, removed.kept.image.as_deref()), (2, Some("image@sha256:1")));
    assert!(matches!(fleet.remove(false).await, Err(CliError::NoFunction(_))), "it was deleted");
    assert_eq!(fleet.admitted("b").await, 3);
    assert_eq!(fleet.deletions(), 1);
}

#[tokio::test]
async fn the_triggers_of_the_function_are_deleted_and_no_others() {
    let fleet = Fleet::new(Some(service("a", 1)));
    fleet.admitted("a").await;
    fleet.ended("a").await;
    for kind in TriggerKind::ALL {
        fleet.ledger.mark_triggers(&at(), kind).await.unwrap();
    }
    let ada = "user:ada@example.com";
    fleet.ledger.mark_caller(&at(), ada).await.unwrap();
    fleet.ledger.mark_enqueuer(&at(), "q", ada).await.unwrap();
    let labels = |fleet| TriggerOwner::function(fleet, &at()).labels();
    fleet.pushes.set([push("ours", labels("longshore")), push("foreign", labels("other"))]);
    fleet.events.set([event("event", labels("longshore"))]);
    let (ours, foreign) = (schedule().job("longshore", &at()), schedule().job("other", &at()));
    let queue_of = |name: &str| queue(name.replace("/jobs/", "/queues/"));
    fleet.queues.set([queue_of(&ours), queue_of(&foreign)]);
    fleet.jobs.set([job(ours), job(foreign.clone())]);
    fleet.remove(false).await.unwrap();
    assert_eq!((fleet.pushes.names(), fleet.deletions()), (vec!["foreign".to_owned()], 1));
    assert!(fleet.events.names().is_empty());
    assert_eq!(fleet.jobs.names(), std::slice::from_ref(&foreign));
    assert_eq!(fleet.queues.names(), [foreign.replace("/jobs/", "/queues/")]);
    let left = fleet.ledger.wired(&at()).await.unwrap();
    assert!(left.callers.is_empty() && left.enqueuers.is_empty(), "{left:?}");
}

fn schedule() -> ScheduleTrigger {
    ScheduleTrigger {
        name: "1".to_owned(),
        schedule: "0 9 * * *".to_owned(),
        time_zone: None,
        method: Method::Post,
        path: "/".to_owned(),
        body: Vec::new(),
        headers: BTreeMap::new(),
        attempt_deadline: None,
        retry: ScheduleRetry::default(),
        account: None,
    }
}

#[tokio::test]
async fn a_deployment_in_progress_is_superseded_by_the_deletion() {
    let fleet = Fleet::new(None);
    let generation = fleet.admitted("a").await;
    let removed = fleet.remove(false).await.unwrap();
    assert_eq!(removed.superseded, [id("a")]);
    let now = OffsetDateTime::now_utc();
    let deployment = Deployment { id: id("a"), generation, admitted_at: now, deadline_at: now };
    assert_eq!(
        fleet.ledger.standing(&deployment, &at()).await.unwrap(),
        Standing::Superseded { by: removed.deletion }
    );
}

#[tokio::test]
async fn a_deployment_that_is_writing_the_service_finishes_before_the_service_is_deleted() {
    let fleet = Fleet::new(None);
    fleet.admitted("a").await;
    fleet.ledger.record_stage(id("a"), &Fleet::record("registry-watcher")).await.unwrap();
    let now = OffsetDateTime::now_utc();
    fleet.ledger.reserve_ending(id("a"), "service-deployer", now).await.unwrap();
    let writes = async {
        while fleet.ledger.head(&at()).await.unwrap().unwrap().deployment == id("a") {
            tokio::task::yield_now().await;
        }
        *fleet.run.live.lock().unwrap() = Some(service("a", 1));
        fleet.ended("a").await;
    };
    let (removed, ()) = tokio::join!(fleet.remove(false), writes);
    assert_eq!(removed.unwrap().generation, 2);
    assert_eq!((fleet.deletions(), fleet.run.live.lock().unwrap().is_none()), (1, true));
}

#[tokio::test]
async fn a_deployment_that_must_read_the_fence_again_before_it_writes_is_not_waited_for() {
    let fleet = Fleet::new(Some(service("a", 1)));
    fleet.admitted("a").await;
    fleet.ended("a").await;
    fleet.admitted("b").await;
    fleet.ledger.record_stage(id("b"), &Fleet::record("registry-watcher")).await.unwrap();
    let removed = tokio::time::timeout(Duration::from_secs(60), fleet.remove(false)).await;
    assert_eq!(removed.unwrap().unwrap().superseded, [id("b")]);
}

#[tokio::test]
async fn a_service_of_another_owner_is_deleted_only_if_forced() {
    let mut foreign = service("a", 1);
    foreign.shape.annotations.clear();
    for live in [foreign, service("of another fleet", 1)] {
        let fleet = Fleet::new(Some(live));
        fleet.admitted("a").await;
        fleet.ended("a").await;
        assert!(matches!(fleet.remove(false).await, Err(CliError::NotOurs(_))));
        assert_eq!(fleet.deletions(), 0);
        fleet.remove(true).await.unwrap();
        assert_eq!(fleet.deletions(), 1);
    }
}

#[tokio::test]
async fn a_service_that_changes_concurrently_is_read_again() {
    for (changes, deleted) in [(1, true), (3, true), (4, false)] {
        let fleet = Fleet::new(Some(service("a", 1)));
        fleet.admitted("a").await;
        fleet.ended("a").await;
        fleet.run.changes.store(changes, Ordering::SeqCst);
        assert_eq!(fleet.remove(false).await.is_ok(), deleted, "{changes}");
        assert_eq!(fleet.deletions(), usize::from(deleted), "{changes}");
    }
}

#[tokio::test]
async fn a_service_written_by_a_later_deployment_is_kept() {
    let fleet = Fleet::new(Some(service("a", 7)));
    fleet.admitted("a").await;
    fleet.ended("a").await;
    assert!(matches!(fleet.remove(false).await, Err(CliError::DeletionSuperseded(_))));
    assert_eq!(fleet.deletions(), 0);
}

#[tokio::test]
async fn an_unreadable_open_deployment_does_not_hold_up_a_deletion() {
    let unreadable = |fleet: &Fleet, name: &str| {
        let entry = (1, Bytes::from_static(b"{}"));
        let open = longshore_ledger::names::open(id(name));
        fleet.bucket.0.lock().unwrap().insert(open, entry);
    };
    let record = |function: &str| {
        let mut record = Fleet::record("registry-watcher");
        record.message.attributes.insert("function".to_owned(), function.to_owned());
        record
    };
    let fleet = Fleet::new(Some(service("a", 1)));
    fleet.admitted("a").await;
    fleet.ended("a").await;
    unreadable(&fleet, "not admitted");
    unreadable(&fleet, "of another function");
    let other = record("demo-project/europe-west1/other");
    fleet.ledger.record_stage(id("of another function"), &other).await.unwrap();
    assert_eq!(fleet.remove(false).await.unwrap().superseded, []);

    // One that may be writing this function's service is waited for.
    let fleet = Fleet::new(Some(service("a", 1)));
    fleet.admitted("a").await;
    fleet.ledger.record_stage(id("a"), &record(&at().to_string())).await.unwrap();
    fleet.ledger.record_outcome(id("a"), &Fleet::record("service-deployer")).await.unwrap();
    unreadable(&fleet, "a");
    assert_eq!(fleet.remove(false).await.unwrap().superseded, [id("a")]);
}

#[tokio::test]
async fn a_deletion_costs_the_same_beside_any_number_of_other_deployments() {
    let mut costs = Vec::new();
    for others in [0, 300] {
        let mut fleet = Fleet::new(Some(service("a", 1)));
        fleet.admitted("a").await;
        fleet.ended("a").await;
        let other = FunctionRef { name: "other".into(), ..at() };
        let now = OffsetDateTime::now_utc();
        for number in 0..others {
            let open =
                Open { function: other.clone(), opened_at: now, deadline_at: now + WAIT_MAX };
            fleet.ledger.write_open(id(&format!("other-{number}")), &open).await.unwrap();
        }
        let counted = Arc::new(CountedObjects::new(Arc::clone(&fleet.bucket) as _));
        fleet.ledger = Ledger::new(Arc::clone(&counted) as _, "ledger");
        fleet.remove(false).await.unwrap();
        costs.push(counted.take());
    }
    assert_eq!(costs[0], costs[1]);
}

#[tokio::test]
async fn all_older_deployments_in_progress_are_superseded() {
    let fleet = Fleet::new(None);
    for name in ["a", "b", "c"] {
        fleet.admitted(name).await;
    }
    fleet.ended("b").await;
    assert_eq!(fleet.remove(false).await.unwrap().superseded, [id("a"), id("c")]);
}

#[tokio::test]
async fn an_unknown_function_does_not_exist() {
    assert!(matches!(Fleet::new(None).remove(false).await, Err(CliError::NoFunction(_))));
}
