//! The four stages, each with its own runner, and in-memory fakes of everything around them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::fake_functions::FakeFunctions;
use super::fake_projects::FakeProjects;
use super::fake_services::FakeServices;
use super::fake_triggers::{FakeEnqueuers, FakeTriggers};
use super::fakes::{FakeBuilds, FakeImages, Unused};
use super::post::{Post, Settled};
use super::sim::SimObjects;
use longshore_build_submitter::BuildSubmitter;
use longshore_cloud::pacing::Pacer;
use longshore_cloud::{
    Build, BuildStatus, Clients, CountedObjects, EventRoute, Objects as _, ScheduledCall,
    TaskQueue, TopicPush, TriggerClients,
};
use longshore_ledger::{Admit, Admitted, Cause, Ledger, Open, Record, Refused, names};
use longshore_messages::{
    BuildRef, BuildRetryRequested, BuildSettings, BuildSubmitted, CLOUD_BUILDS_TOPIC, Deployment,
    DeploymentFinished, DeploymentId, FailureClass, Flavour, Function, FunctionRef, ImagePublished,
    Outcome, Published, REGISTRY_TOPIC, Received, RetryRequested, ServiceSettings, Signature,
    Source, SourceUploaded, StageMessage, StorageObject, StoredSource, Submitted, Topic,
    TraceContext, WireMessage, decode, encode, source_bucket, source_object, subscription_id,
};
use longshore_registry_watcher::RegistryWatcher;
use longshore_runner::health::Health;
use longshore_runner::launch::Dependencies;
use longshore_runner::{Input, Limits, Runner, Settings, Stage, Sweeper};
use longshore_service_deployer::ServiceDeployer;
use longshore_uploader::Uploader;
use time::OffsetDateTime;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) const PROJECT: &str = "demo-project";
pub(crate) const REGION: &str = "europe-west1";
const FLEET: &str = "longshore";
const HOUR: Duration = Duration::from_secs(3_600);

/// One process with all stages. It ends when this is dropped.
pub(crate) struct Stages {
    pub(crate) builds: Arc<FakeBuilds>,
    pub(crate) images: Arc<FakeImages>,
    pub(crate) services: Arc<FakeServices>,
    pub(crate) functions: Arc<FakeFunctions>,
    pub(crate) triggers: Arc<FakeTriggers<TopicPush>>,
    pub(crate) events: Arc<FakeTriggers<EventRoute>>,
    pub(crate) schedules: Arc<FakeTriggers<ScheduledCall>>,
    pub(crate) queues: Arc<FakeTriggers<TaskQueue>>,
    pub(crate) enqueuers: Arc<FakeEnqueuers>,
    pub(crate) projects: Arc<FakeProjects>,
    pub(crate) ledger: Ledger,
    pub(crate) objects: SimObjects,
    /// Counts the requests of the stages to the ledger.
    pub(crate) requests: Arc<CountedObjects>,
    pub(crate) post: Arc<Post>,
    dependencies: Dependencies,
    sweeper: Sweeper<RegistryWatcher>,
    _running: DropGuard,
}

/// What calls services, of each kind.
#[derive(Default)]
struct Triggers {
    topics: Arc<FakeTriggers<TopicPush>>,
    events: Arc<FakeTriggers<EventRoute>>,
    schedules: Arc<FakeTriggers<ScheduledCall>>,
    queues: Arc<FakeTriggers<TaskQueue>>,
    enqueuers: Arc<FakeEnqueuers>,
    /// Who has the roles that they need.
    projects: Arc<FakeProjects>,
}

/// A message that a stage published, and a summary of it.
pub(crate) struct Said {
    pub(crate) words: String,
    pub(crate) topic: Topic,
    pub(crate) message: WireMessage,
}

impl Stages {
    pub(crate) fn start() -> Self {
        Self::start_on(SimObjects::new(), Arc::default())
    }

    /// A process with this bucket and this Cloud Build.
    pub(crate) fn start_on(objects: SimObjects, builds: Arc<FakeBuilds>) -> Self {
        Self::start_all(objects, builds, Self::settings())
    }

    /// A process with these settings, which are changed [`Stages::settings`].
    pub(crate) fn start_with(settings: Settings) -> Self {
        Self::start_all(SimObjects::new(), Arc::default(), settings)
    }

    pub(crate) fn settings() -> Settings {
        Settings {
            fleet: FLEET.to_owned(),
            project: PROJECT.to_owned(),
            region: REGION.to_owned(),
            ..Settings::default()
        }
    }

    /// Another process on this bucket, with the same cloud.
    pub(crate) fn start_beside(&self, objects: SimObjects) -> Self {
        let (builds, services) = (Arc::clone(&self.builds), Arc::clone(&self.services));
        let functions = Arc::clone(&self.functions);
        let triggers = Triggers {
            topics: Arc::clone(&self.triggers),
            events: Arc::clone(&self.events),
            schedules: Arc::clone(&self.schedules),
            queues: Arc::clone(&self.queues),
            enqueuers: Arc::clone(&self.enqueuers),
            projects: Arc::clone(&self.projects),
        };
        Self::start_sharing(objects, builds, services, functions, triggers, Self::settings())
    }

    fn start_all(objects: SimObjects, builds: Arc<FakeBuilds>, settings: Settings) -> Self {
        let services = Arc::new(FakeServices::default());
        let functions = FakeFunctions::new(Arc::clone(&services), Arc::clone(&builds));
        let functions = Arc::new(functions);
        Self::start_sharing(objects, builds, services, functions, Triggers::default(), settings)
    }

    fn start_sharing(
        objects: SimObjects,
        builds: Arc<FakeBuilds>,
        services: Arc<FakeServices>,
        functions: Arc<FakeFunctions>,
        triggers: Triggers,
        settings: Settings,
    ) -> Self {
        let (post, images) = (Arc::new(Post::default()), Arc::new(FakeImages::default()));
        let requests = Arc::new(CountedObjects::new(Arc::new(objects.clone())));
        let ledger = Ledger::new(Arc::clone(&requests) as _, "ledger");
        let clients = Clients {
            bus: Arc::clone(&post) as _,
            objects: Arc::new(objects.clone()),
            builds: Arc::clone(&builds) as _,
            images: Arc::clone(&images) as _,
            services: Arc::clone(&services) as _,
            functions: Arc::clone(&functions) as _,
            estate: Arc::new(Unused),
            logs: Arc::new(Unused),
            secrets: Arc::new(Unused),
            identity: Arc::new(Unused),
            triggers: TriggerClients {
                topics: Arc::clone(&triggers.topics) as _,
                events: Arc::clone(&triggers.events) as _,
                schedules: Arc::clone(&triggers.schedules) as _,
                queues: Arc::clone(&triggers.queues) as _,
                enqueuers: Arc::clone(&triggers.enqueuers) as _,
            },
            keys: Arc::clone(&triggers.projects) as _,
            project_roles: Arc::clone(&triggers.projects) as _,
            pacer: Pacer::unlimited(),
        };
        let dependencies = Dependencies { clients, ledger, settings };
        let ledger = objects.ledger();
        let shutdown = CancellationToken::new();
        run(Uploader::new(&dependencies), &dependencies, &shutdown);
        run(BuildSubmitter::new(&dependencies), &dependencies, &shutdown);
        run(RegistryWatcher::new(&dependencies), &dependencies, &shutdown);
        run(ServiceDeployer::new(&dependencies), &dependencies, &shutdown);
        let _running = shutdown.drop_guard();
        let sweeper = sweeper(&dependencies);
        Self {
            builds,
            images,
            services,
            functions,
            triggers: triggers.topics,
            events: triggers.events,
            schedules: triggers.schedules,
            queues: triggers.queues,
            enqueuers: triggers.enqueuers,
            projects: triggers.projects,
            ledger,
            objects,
            requests,
            post,
            dependencies,
            sweeper,
            _running,
        }
    }

    /// Admits a deployment of the function `name` with this source, and records what the uploader
    /// hands off for it.
    pub(crate) async fn admit(&self, name: &str, region: &str, source: u32) -> SourceUploaded {
        self.admit_with(name, region, source, |_| {}).await
    }

    /// Like [`Stages::admit`], with a changed function.
    pub(crate) async fn admit_with(
        &self,
        name: &str,
        region: &str,
        source: u32,
        change: impl FnOnce(&mut Function),
    ) -> SourceUploaded {
        self.admit_named(name, name, region, source, change).await
    }

    /// Like [`Stages::admit_with`], for a deployment that is not named as its function.
    pub(crate) async fn admit_named(
        &self,
        deployment: &str,
        name: &str,
        region: &str,
        source: u32,
        change: impl FnOnce(&mut Function),
    ) -> SourceUploaded {
        let (at, id) = (function(name, region), id(deployment));
        let now = OffsetDateTime::now_utc();
        let deadline_at = now + HOUR;
        let open = Open { function: at.clone(), opened_at: now, deadline_at };
        self.ledger.write_open(id, &open).await.unwrap();
        let admitted = self
            .ledger
            .admit(&Admit { id, function: &at, now, deadline_at, seed: Some(0) })
            .await
            .unwrap();
        let Admitted::As(admission) = admitted else { panic!("the seed was given") };
        let deployment =
            Deployment { id, generation: admission.generation, admitted_at: now, deadline_at };
        let sha256 = format!("{source:064x}");
        let object = StorageObject {
            bucket: source_bucket(PROJECT, region),
            object: source_object(&sha256),
            generation: 1,
        };
        let mut function = Function {
            at,
            flavour: Flavour::Run,
            runtime: Some("python312".to_owned()),
            entry_point: "hello".to_owned(),
            signature: Signature::Http,
            source: Source::Storage(object.clone()),
            build: BuildSettings::default(),
            service: ServiceSettings::default(),
            encryption: None,
            triggers: Vec::new(),
            callers: std::collections::BTreeSet::new(),
            rollout: None,
            received: Received::default(),
        };
        change(&mut function);
        let source = StoredSource { object, sha256, size_bytes: 1 };
        let uploaded = SourceUploaded { deployment, function, source };
        self.record("uploader", &uploaded).await;
        uploaded
    }

    /// How a deployment ended.
    pub(crate) async fn outcome(&self, name: &str) -> Outcome {
        let record =
            self.ledger.outcome(id(name)).await.unwrap().expect("the deployment has ended");
        decode::<DeploymentFinished>(&record.message).unwrap().outcome
    }

    /// Replaces what a stage recorded for the deployment of a message by the message.
    pub(crate) async fn record_again<M: StageMessage>(&self, stage: &str, message: &M) {
        let name = names::stage(message.deployment().unwrap(), stage);
        self.objects.delete("ledger", &name).await.unwrap();
        self.record(stage, message).await;
    }

    /// Records a message as the handoff of a stage.
    pub(crate) async fn record<M: StageMessage>(&self, stage: &str, message: &M) {
        let record = record(stage, M::TOPIC, wire(message));
        self.ledger.record_stage(message.deployment().unwrap(), &record).await.unwrap();
    }

    /// Replaces an object of the ledger by one without metadata, as an older worker wrote it.
    pub(crate) async fn undescribe(&self, name: &str) {
        let (_, content) = self.objects.get("ledger", name).await.unwrap().unwrap();
        self.objects.delete("ledger", name).await.unwrap();
        self.objects.create("ledger", name, content).await.unwrap();
    }

    /// The message that a stage recorded for a deployment.
    pub(crate) async fn recorded(&self, name: &str, stage: &str) -> WireMessage {
        self.ledger.stage_record(id(name), stage).await.unwrap().unwrap().message
    }

    /// Changes the data of the message that a stage recorded for a deployment, and returns it.
    pub(crate) async fn record_changed(
        &self,
        name: &str,
        stage: &str,
        change: impl FnOnce(&[u8]) -> bytes::Bytes,
    ) -> WireMessage {
        let mut record = self.ledger.stage_record(id(name), stage).await.unwrap().unwrap();
        record.message.data = change(&record.message.data);
        self.objects.delete("ledger", &names::stage(id(name), stage)).await.unwrap();
        self.ledger.record_stage(id(name), &record).await.unwrap();
        record.message
    }

    /// Marks a deployment as open.
    pub(crate) async fn open(&self, name: &str, region: &str, deadline_at: OffsetDateTime) {
        let open =
            Open { function: function(name, region), opened_at: deadline_at - HOUR, deadline_at };
        self.ledger.write_open(id(name), &open).await.unwrap();
    }

    /// Compares the clock of the stages with the bucket's.
    pub(crate) async fn measure_clock(&self) {
        self.dependencies.ledger.measure_clock().await.unwrap();
    }

    /// Delivers a source to build-submitter.
    pub(crate) async fn upload(&self, uploaded: &SourceUploaded) -> Settled {
        self.send(uploaded).await
    }

    /// Delivers a message to the stage that listens to its topic. It may be forged.
    pub(crate) async fn send<M: StageMessage>(&self, message: &M) -> Settled {
        self.deliver(listener(M::TOPIC), M::TOPIC.as_str(), &wire(message)).await
    }

    /// Delivers a request to the uploader.
    pub(crate) async fn request(&self, message: &WireMessage) -> Settled {
        self.deliver("uploader", Topic::DeployRequested.as_str(), message).await
    }

    /// Takes a deployment to the point where it waits for a build, and returns that build.
    pub(crate) async fn wait_for_build(&self, uploaded: &SourceUploaded) -> BuildRef {
        assert_eq!(self.upload(uploaded).await, Settled::Ack);
        let said = self.take();
        let [submitted] = said.as_slice() else { panic!("{:?}", words(&said)) };
        let build = decode::<BuildSubmitted>(&submitted.message).unwrap().build.build;
        assert_eq!(self.pass_on(submitted).await, Settled::Ack);
        build
    }

    /// Delivers a message of one stage to the next.
    pub(crate) async fn pass_on(&self, said: &Said) -> Settled {
        self.deliver(listener(said.topic), said.topic.as_str(), &said.message).await
    }

    /// Delivers a message of one stage to the next, as this delivery attempt.
    pub(crate) async fn pass_on_at(&self, said: &Said, attempt: u32) -> Settled {
        let worker = listener(said.topic);
        let id = subscription_id(FLEET, worker, said.topic.as_str());
        let subscription = format!("projects/{PROJECT}/subscriptions/{id}");
        self.post.deliver_at(&subscription, &said.message, attempt).await
    }

    /// The messages of the deployments that wait for a build: of its waiters, and of its claimant
    /// if that waits without one.
    pub(crate) async fn waiting(&self, build: BuildRef) -> Vec<WireMessage> {
        let waiters = self.ledger.waiters(build).await.unwrap();
        let mut waiting: Vec<_> =
            waiters.into_iter().map(|(_, waiter)| waiter.unwrap().submitted).collect();
        let first = self.ledger.submission(build, 1).await.unwrap();
        if first.is_some_and(|first| first.claimant_waits) {
            waiting.push(self.ledger.claim_of(build).await.unwrap().unwrap().submitted);
        }
        waiting
    }

    /// Takes a deployment to the image of its build, and returns the message that says so.
    pub(crate) async fn build(&self, uploaded: &SourceUploaded) -> Said {
        self.wait_for_build(uploaded).await;
        let running = self.builds.latest();
        self.builds.end(&running.name, BuildStatus::Success);
        let mut said = self.announce(&running).await;
        assert_eq!(said.len(), 1, "{:?}", words(&said));
        said.remove(0)
    }

    /// `STAGE CAUSE` of each parked message, and removes them.
    pub(crate) async fn take_parked(&self) -> Vec<String> {
        let mut parked = Vec::new();
        for meta in self.ledger.list_parked().await.unwrap() {
            let message = self.ledger.parked(&meta.name).await.unwrap().unwrap();
            parked.push(format!("{} {}", message.stage, Cause::of(&meta.name).unwrap().as_str()));
            self.ledger.unpark(&meta.name).await.unwrap();
        }
        parked
    }

    /// Sends a notification of a build as Cloud Build does, and returns what the watcher publishes.
    pub(crate) async fn announce(&self, build: &Build) -> Vec<Said> {
        self.notify_of_build(&build.name, &build.tags).await
    }

    /// Sends a notification of a build, and leaves what the watcher publishes where it is.
    pub(crate) async fn announce_quietly(&self, build: &Build) {
        let notice = serde_json::json!({ "name": build.name, "tags": build.tags });
        let message = WireMessage { attributes: BTreeMap::new(), data: notice.to_string().into() };
        let settled = self.deliver("registry-watcher", CLOUD_BUILDS_TOPIC, &message).await;
        assert_eq!(settled, Settled::Ack);
    }

    /// Sends a `cloud-builds` notification, which may be forged.
    pub(crate) async fn notify_of_build(&self, name: &str, tags: &[String]) -> Vec<Said> {
        self.notify(
            CLOUD_BUILDS_TOPIC,
            &serde_json::json!({ "name": name, "tags": tags, "status": "SUCCESS" }),
        )
        .await
    }

    /// Sends a notification that a build has this status.
    pub(crate) async fn notify_of_status(&self, build: &Build, status: &str) -> Vec<Said> {
        let notice =
            serde_json::json!({ "name": build.name, "tags": build.tags, "status": status });
        self.notify(CLOUD_BUILDS_TOPIC, &notice).await
    }

    /// Sends a `gcr` notification, which may be forged.
    pub(crate) async fn notify_of_image(&self, image: &str) -> Vec<Said> {
        self.notify(REGISTRY_TOPIC, &serde_json::json!({ "action": "INSERT", "tag": image })).await
    }

    async fn notify(&self, topic: &str, notice: &serde_json::Value) -> Vec<Said> {
        let message = WireMessage { attributes: BTreeMap::new(), data: notice.to_string().into() };
        assert_eq!(self.deliver("registry-watcher", topic, &message).await, Settled::Ack);
        self.take()
    }

    pub(crate) async fn deliver(
        &self,
        worker: &str,
        topic: &str,
        message: &WireMessage,
    ) -> Settled {
        let subscription =
            format!("projects/{PROJECT}/subscriptions/{}", subscription_id(FLEET, worker, topic));
        self.post.deliver(&subscription, message).await
    }

    /// What the stages published since the last call, sorted by its summary.
    pub(crate) fn take(&self) -> Vec<Said> {
        sorted(self.post.take_published().into_iter().map(|(topic, message)| {
            let named =
                Topic::ALL.into_iter().find(|named| named.full_name(PROJECT, FLEET) == topic);
            said(named.expect("a topic of the fleet"), message)
        }))
    }

    /// Runs one sweep of registry-watcher, and returns what it publishes.
    pub(crate) async fn sweep(&self) -> Vec<Said> {
        self.sweeper.sweep().await;
        self.take()
    }

    /// The number of items that the last sweeps could not handle.
    pub(crate) fn failing(&self) -> usize {
        self.sweeper.log().failing()
    }

    /// Another replica of registry-watcher, which sweeps on request.
    pub(crate) fn replica(&self) -> Sweeper<RegistryWatcher> {
        sweeper(&self.dependencies)
    }

    /// Ends a deployment as cancelled.
    pub(crate) async fn cancel(&self, uploaded: &SourceUploaded) {
        self.ends(uploaded.deployment.id, &uploaded.function.at).await;
    }

    /// Records that a deployment ended as cancelled.
    pub(crate) async fn ends(&self, id: DeploymentId, at: &FunctionRef) {
        let finished = DeploymentFinished {
            deployment: None,
            id,
            function: at.to_string(),
            outcome: Outcome::Cancelled,
            finished_at: OffsetDateTime::now_utc(),
        };
        let record = record("test", Topic::DeploymentFinished, wire(&finished));
        self.ledger.record_outcome(id, &record).await.unwrap();
    }

    /// Makes the first refusal of a deployment's calls an hour older, so that no grant is waited for.
    pub(crate) async fn age_refusal(&self, name: &str, stage: &str) {
        let name = names::refused(id(name), stage);
        let refused = Refused { at: OffsetDateTime::now_utc() - HOUR };
        self.objects.delete("ledger", &name).await.unwrap();
        let content = serde_json::to_vec(&refused).unwrap().into();
        self.objects.create("ledger", &name, content).await.unwrap();
    }

    /// Makes the record of a stage an hour older.
    pub(crate) async fn age_record(&self, id: DeploymentId, stage: &str) {
        let mut record = self.ledger.stage_record(id, stage).await.unwrap().expect("recorded");
        record.finished_at -= HOUR;
        self.objects.delete("ledger", &names::stage(id, stage)).await.unwrap();
        self.ledger.record_stage(id, &record).await.unwrap();
    }

    /// Makes a claim an hour older, so that a duplicate does not wait for its claimant.
    pub(crate) async fn age_claim(&self, build: BuildRef) {
        let mut claim = self.ledger.claim_of(build).await.unwrap().expect("claimed");
        claim.claimed_at -= HOUR;
        self.objects.delete("ledger", &names::claim(build)).await.unwrap();
        self.ledger.claim(build, &claim).await.unwrap();
    }
}

/// The summaries of messages.
pub(crate) fn words(said: &[Said]) -> Vec<&str> {
    said.iter().map(|said| said.words.as_str()).collect()
}

pub(crate) fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

fn wire<M: StageMessage>(message: &M) -> WireMessage {
    encode(message, "test", FLEET, &TraceContext::default(), OffsetDateTime::now_utc())
}

fn record(stage: &str, topic: Topic, message: WireMessage) -> Record {
    let now = OffsetDateTime::now_utc();
    Record {
        stage: stage.to_owned(),
        input: "test".to_owned(),
        topic: topic.full_name(PROJECT, FLEET),
        message,
        published_at: now,
        started_at: now,
        finished_at: now,
        attempt: None,
        waited_ms: 0,
        waited_for: None,
    }
}

/// The worker that listens to a topic.
fn listener(topic: Topic) -> &'static str {
    match topic {
        Topic::DeployRequested | Topic::CancelRequested => "uploader",
        Topic::SourceUploaded | Topic::BuildRetryRequested => "build-submitter",
        Topic::BuildSubmitted => "registry-watcher",
        Topic::ImagePublished => "service-deployer",
        Topic::BatchRequested
        | Topic::DeploymentFinished
        | Topic::BatchFinished
        | Topic::DeploymentEvents
        | Topic::DeadLetters => panic!("no stage of a deployment listens to {topic}"),
    }
}

pub(crate) fn function(name: &str, region: &str) -> FunctionRef {
    FunctionRef { project: PROJECT.to_owned(), region: region.to_owned(), name: name.to_owned() }
}

fn sweeper(dependencies: &Dependencies) -> Sweeper<RegistryWatcher> {
    let (bus, ledger) = (Arc::clone(&dependencies.clients.bus), dependencies.ledger.clone());
    Sweeper::new(Arc::new(RegistryWatcher::new(dependencies)), bus, ledger, FLEET, PROJECT)
}

fn run<S: Stage>(stage: S, dependencies: &Dependencies, shutdown: &CancellationToken) {
    let limits = Limits {
        handling: 4,
        held: 10,
        handle_timeout: HOUR,
        drain_timeout: HOUR,
        sweep_interval: None,
    };
    let (bus, ledger) = (Arc::clone(&dependencies.clients.bus), dependencies.ledger.clone());
    let topics = S::In::topics(&dependencies.settings);
    let health = Health::of_topics(&topics);
    let runner = Runner::new(stage, bus, ledger, FLEET, PROJECT, limits, health);
    let runner = runner.with_topics(&topics);
    tokio::spawn(runner.run(shutdown.clone()));
}

fn sorted(said: impl Iterator<Item = Said>) -> Vec<Said> {
    let mut said = Vec::from_iter(said);
    said.sort_by(|a, b| a.words.cmp(&b.words));
    said
}

fn said(topic: Topic, message: WireMessage) -> Said {
    let words = match topic {
        Topic::BuildSubmitted => match decode(&message).unwrap() {
            Submitted::Shared(submitted) => {
                let BuildSubmitted { function, build, .. } = *submitted;
                format!("{} waits for build {}", function.at.name, build.build.number)
            }
            Submitted::Function(started) => {
                let what = match (&started.operation.name, started.operation.unchanged) {
                    (_, true) => "is unchanged",
                    (Some(_), false) => "waits for its operation",
                    (None, false) => "waits for an operation without a name",
                };
                format!("{} {what}", started.function.at.name)
            }
        },
        Topic::BuildRetryRequested => match decode(&message).unwrap() {
            RetryRequested::Build(retry) => {
                let BuildRetryRequested { submitted, attempt, .. } = *retry;
                format!("build {} deserves attempt {attempt}", submitted.build.build.number)
            }
            RetryRequested::Function(retry) => {
                format!("{} is to be deployed again", retry.started.function.at.name)
            }
        },
        Topic::ImagePublished => match decode(&message).unwrap() {
            Published::Shared(published) => {
                let ImagePublished { function, image, .. } = *published;
                format!("{} gets {}", function.at.name, image.name.rsplit('/').next().unwrap())
            }
            Published::Function(published) => {
                format!("{} is built", published.function.at.name)
            }
        },
        Topic::DeploymentFinished => ending(&decode(&message).unwrap()),
        Topic::SourceUploaded => {
            let SourceUploaded { function, .. } = decode(&message).unwrap();
            format!("{} is uploaded", function.at.name)
        }
        Topic::DeployRequested
        | Topic::CancelRequested
        | Topic::BatchRequested
        | Topic::BatchFinished
        | Topic::DeploymentEvents
        | Topic::DeadLetters => panic!("no stage of a deployment writes to {topic}"),
    };
    Said { words, topic, message }
}

fn ending(finished: &DeploymentFinished) -> String {
    let name = finished.function.rsplit('/').next().unwrap();
    match &finished.outcome {
        Outcome::Failed(failure) => {
            let class = match failure.class {
                FailureClass::User => "user",
                FailureClass::System => "system",
            };
            format!("{name} failed: {class} {}", failure.code)
        }
        other => format!("{name} ended {}", other.as_str()),
    }
}
