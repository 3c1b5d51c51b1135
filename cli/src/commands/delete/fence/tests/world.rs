//! A ledger, Cloud Run and triggers in memory, and a fleet with a function.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use longshore_cloud::{
    Accepted, CloudError, Condition, ConditionState, Enqueuers, EventDestination, EventRoute,
    LiveTrigger, Objects, OperationState, Precondition, PushBody, ScheduledCall, ScheduledRetry,
    ServiceShape, TaskQueue, TaskRetry, TopicPush, TriggerState,
};
use longshore_ledger::{Open, Record, Request};
use longshore_messages::{
    Attempts, DEPLOYMENT_ANNOTATION, EventEncoding, GENERATION_ANNOTATION, Method, Rate,
    WireMessage,
};

use super::super::*;
use super::bucket::{Bucket, unused};
use crate::error::CliError;

/// Cloud Run with one service, which other processes change `changes` times.
#[derive(Default)]
pub(super) struct Run {
    pub(super) live: Mutex<Option<LiveService>>,
    pub(super) changes: AtomicUsize,
    pub(super) deletions: AtomicUsize,
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

pub(super) fn at() -> FunctionRef {
    FunctionRef {
        project: "demo-project".into(),
        region: "europe-west1".into(),
        name: "hello".into(),
    }
}

pub(super) fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

pub(super) fn service(writer: &str, generation: u64) -> LiveService {
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

pub(super) fn message() -> WireMessage {
    WireMessage { data: Bytes::new(), attributes: BTreeMap::new() }
}

/// A fleet with a function.
pub(super) struct Fleet {
    pub(super) bucket: Arc<Bucket>,
    pub(super) ledger: Ledger,
    pub(super) run: Run,
    pub(super) pushes: Arc<Triggered<TopicPush>>,
    pub(super) events: Arc<Triggered<EventRoute>>,
    pub(super) jobs: Arc<Triggered<ScheduledCall>>,
    pub(super) queues: Arc<Triggered<TaskQueue>>,
    pub(super) triggers: TriggerClients,
}

/// Triggers of one kind.
pub(super) struct Triggered<S>(pub(super) Mutex<Vec<LiveTrigger<S>>>);

impl<S> Default for Triggered<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: TriggerShape> Triggered<S> {
    pub(super) fn set(&self, shapes: impl IntoIterator<Item = S>) {
        let live = |shape| LiveTrigger { shape, state: TriggerState::Active, last: None };
        *self.0.lock().unwrap() = shapes.into_iter().map(live).collect();
    }

    pub(super) fn names(&self) -> Vec<String> {
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
pub(super) struct NoEnqueuers;

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

pub(super) fn push(name: &str, labels: BTreeMap<String, String>) -> TopicPush {
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

pub(super) fn job(name: String) -> ScheduledCall {
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

pub(super) fn queue(name: String) -> TaskQueue {
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

pub(super) fn event(name: &str, labels: BTreeMap<String, String>) -> EventRoute {
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
    pub(super) fn new(live: Option<LiveService>) -> Self {
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
    pub(super) async fn admitted(&self, name: &str) -> u64 {
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

    pub(super) fn record(stage: &str) -> Record {
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

    pub(super) async fn ended(&self, name: &str) {
        self.ledger.record_outcome(id(name), &Self::record("service-deployer")).await.unwrap();
        self.ledger.close(id(name)).await.unwrap();
    }

    pub(super) async fn remove(&self, force: bool) -> Result<Removed, CliError> {
        let fence = Fence {
            ledger: &self.ledger,
            services: &self.run,
            triggers: &self.triggers,
            fleet: "longshore",
            poll: Duration::from_millis(1),
        };
        fence.remove(&at(), force).await
    }

    pub(super) fn deletions(&self) -> usize {
        self.run.deletions.load(Ordering::SeqCst)
    }
}
