//! A local cloud and a fleet for a test: real processes on ports that the system chooses, which all
//! end with the test.

pub(crate) mod fake_functions;
pub(crate) mod fake_projects;
pub(crate) mod fake_services;
pub(crate) mod fake_triggers;
pub(crate) mod fakes;
pub(crate) mod folder;
pub(crate) mod post;
pub(crate) mod rest;
pub(crate) mod sim;
pub(crate) mod stages;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{Clients, Deliveries, SubscriptionSpec};
use longshore_ledger::Ledger;
use longshore_messages::{
    DeploymentFinished, DeploymentId, Topic, TraceContext, WireMessage, decode, encode_request,
    proto,
};
use longshore_runner::Settings;
use rustix::process::Signal;
use time::OffsetDateTime;

/// Maximum time for anything that a test waits for: a first build installs the framework from the
/// package index.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The programs of the four workers that a deployment passes, in order.
pub(crate) const WORKERS: [(&str, &str); 4] = [
    ("uploader", env!("CARGO_BIN_EXE_uploader")),
    ("build-submitter", env!("CARGO_BIN_EXE_build-submitter")),
    ("registry-watcher", env!("CARGO_BIN_EXE_registry-watcher")),
    ("service-deployer", env!("CARGO_BIN_EXE_service-deployer")),
];

/// The directory in which all local clouds of tests keep what their builds share.
pub(crate) const BUILD_CACHE: (&str, &str) =
    ("LONGSHORE_BUILD_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/build-cache"));

/// File with the quotas of a cloud, beside its data directory.
const QUOTAS: &str = "quotas.toml";

/// The program of the worker that feeds them with batches.
pub(crate) const FEEDER: (&str, &str) = ("batch-feeder", env!("CARGO_BIN_EXE_batch-feeder"));

/// A local cloud, provisioned for a fleet.
pub(crate) struct Cloud {
    folder: tempfile::TempDir,
    flags: &'static [&'static str],
    process: Option<Child>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) clients: Clients,
    pub(crate) ledger: Ledger,
    pub(crate) settings: Settings,
}

impl Cloud {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts it with these flags of `longshore cloud`, which a restart repeats.
    pub(crate) async fn start_with(flags: &'static [&'static str]) -> Self {
        Self::start_in(folder::temporary(), flags).await
    }

    /// A cloud with these quotas, as `longshore cloud --quotas` reads them.
    pub(crate) async fn with_quotas(quotas: &str) -> Self {
        let folder = folder::temporary();
        fs::write(folder.path().join(QUOTAS), quotas).unwrap();
        Self::start_in(folder, &[]).await
    }

    async fn start_in(folder: tempfile::TempDir, flags: &'static [&'static str]) -> Self {
        let (process, environment) = start_cloud(&folder.path().join("data"), flags);
        let provisioned = longshore(&environment).arg("provision").output().unwrap();
        assert!(provisioned.status.success(), "{}", String::from_utf8_lossy(&provisioned.stderr));
        let settings = Settings::read(None, environment.clone()).unwrap();
        let clients = Clients::connect(&settings.endpoints().unwrap(), &settings.project, None)
            .await
            .unwrap();
        let ledger = Ledger::new(Arc::clone(&clients.objects), settings.ledger_bucket());
        let process = Some(process);
        Self { folder, flags, process, environment, clients, ledger, settings }
    }

    /// A directory that is removed after the test.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of every listener of the cloud, by the name of its service.
    pub(crate) fn listeners(&self) -> BTreeMap<String, std::net::SocketAddr> {
        serde_json::from_slice(&fs::read(self.folder.path().join("data/cloud/ports.json")).unwrap())
            .unwrap()
    }

    /// The standard error of the cloud.
    pub(crate) fn log_of_the_cloud(&self) -> String {
        fs::read_to_string(self.folder.path().join("cloud.log")).unwrap()
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// Kills the cloud, and starts it again on the same state.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    /// Sends SIGKILL to the cloud, and waits for its end.
    pub(crate) fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Starts the cloud again on the same state after [`Cloud::kill`].
    pub(crate) fn restart(&mut self) {
        let (process, environment) = start_cloud(&self.folder.path().join("data"), self.flags);
        self.process = Some(process);
        assert_eq!(environment, self.environment, "the cloud restarted at another address");
    }

    /// Sends SIGSTOP to the cloud.
    pub(crate) fn freeze(&self) {
        signal(self.process.as_ref().unwrap(), Signal::STOP);
    }

    /// Continues the cloud after [`Cloud::freeze`].
    pub(crate) fn thaw(&self) {
        signal(self.process.as_ref().unwrap(), Signal::CONT);
    }

    /// Starts the program of one worker.
    pub(crate) fn worker(&self, name: &str) -> Worker {
        self.worker_with(name, &BTreeMap::new())
    }

    /// Starts the program of one worker with other settings than the environment's.
    pub(crate) fn worker_with(&self, name: &str, settings: &BTreeMap<String, String>) -> Worker {
        let (_, program) =
            WORKERS.iter().chain([&FEEDER]).find(|(worker, _)| *worker == name).unwrap();
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join(format!("{name}.log")))
            .unwrap();
        let child = Command::new(program)
            .envs(&self.environment)
            .env("LONGSHORE_SWEEP_INTERVAL_MS", "1000")
            .envs(settings)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Worker(child)
    }

    /// Lets the default requester name more than belongs to the project of its function. `rules` are
    /// lines of its table in the settings of workers that start later.
    pub(crate) fn trust(&mut self, rules: &str) {
        let settings = self.folder.path().join("longshore.toml");
        let table = format!("[[requesters]]\nname = \"default\"\n{rules}");
        fs::write(&settings, table).unwrap();
        self.environment.insert("LONGSHORE_CONFIG".to_owned(), settings.display().to_string());
    }

    /// Starts the four workers that a deployment passes.
    pub(crate) fn fleet(&self) -> Vec<Worker> {
        WORKERS.iter().map(|(name, _)| self.worker(name)).collect()
    }

    pub(crate) fn topic(&self, topic: Topic) -> String {
        topic.full_name(&self.settings.project, &self.settings.fleet)
    }

    /// Listens to a topic from now on.
    pub(crate) async fn listen(&self, topic: Topic) -> Listener {
        let name =
            format!("projects/{}/subscriptions/test-{topic}-{}", self.settings.project, uuid());
        let spec = SubscriptionSpec {
            name: name.clone(),
            topic: self.topic(topic),
            ack_deadline: Duration::from_secs(60),
            minimum_backoff: Duration::from_millis(100),
            maximum_backoff: Duration::from_secs(1),
            retention: Duration::from_secs(3600),
            expires_after: None,
            dead_letter_topic: None,
            max_delivery_attempts: 5,
            filter: String::new(),
        };
        self.clients.bus.ensure_subscription(&spec).await.unwrap();
        Listener { deliveries: self.clients.bus.subscribe(&name, 100).await.unwrap() }
    }

    pub(crate) async fn publish(&self, topic: Topic, message: &WireMessage) {
        self.clients.bus.publish(&self.topic(topic), message.clone()).await.unwrap();
    }

    /// Packs and stages a directory as the command line does, and returns the staged source.
    pub(crate) async fn stage(&self, directory: &Path) -> proto::Source {
        let packed = longshore_source_archive::pack_directory(
            directory,
            &longshore_source_archive::Limits::default(),
        )
        .unwrap();
        self.stage_file(packed.file.path()).await
    }

    /// Stages an archive as it is.
    pub(crate) async fn stage_file(&self, archive: &Path) -> proto::Source {
        let bucket = longshore_cloud::BucketSpec {
            name: format!("{}-staging", self.settings.project),
            project: self.settings.project.clone(),
            location: self.settings.region.clone(),
            labels: BTreeMap::new(),
            default_key: String::new(),
        };
        self.clients.objects.ensure_bucket(&bucket).await.unwrap();
        let object = format!("{}.zip", uuid());
        self.clients.objects.upload(&bucket.name, &object, archive, BTreeMap::new()).await.unwrap();
        let staged = proto::StorageObject { bucket: bucket.name, object, generation: 0 };
        proto::Source { place: Some(proto::source::Place::Storage(staged)) }
    }

    /// Publishes a request with a unique identity, and returns the id of its deployment.
    pub(crate) async fn request(&self, spec: proto::FunctionSpec) -> DeploymentId {
        let (id, wire) = request(spec, TraceContext::default());
        self.publish(Topic::DeployRequested, &wire).await;
        id
    }

    /// Waits until the ledger has the outcome of a deployment.
    pub(crate) async fn end_of(&self, id: DeploymentId) -> DeploymentFinished {
        let outcome = async {
            loop {
                if let Some(record) = self.ledger.outcome(id).await.unwrap() {
                    return decode(&record.message).unwrap();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, outcome).await {
            Ok(finished) => finished,
            Err(_) => panic!("deployment {id} did not end\n{}", self.logs()),
        }
    }

    /// The number of builds in the cloud.
    pub(crate) async fn builds(&self) -> usize {
        let tag = longshore_messages::fleet_tag(&self.settings.fleet);
        let (project, region) = (&self.settings.project, &self.settings.region);
        self.clients.builds.list_by_tag(project, region, &tag).await.unwrap().len()
    }

    /// Calls a function. Returns whether that succeeded, and the body.
    pub(crate) fn call(&self, function: &str) -> (bool, String) {
        let output = longshore(&self.environment).args(["call", function]).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    }

    /// The logs of all processes, for a test that fails.
    pub(crate) fn logs(&self) -> String {
        let entries = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let logs =
            entries.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.map(|path| format!("== {}\n{}", path.display(), fs::read_to_string(&path).unwrap()))
            .collect()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            signal(&process, Signal::TERM);
            process.wait().unwrap();
        }
    }
}

/// The process of a worker, killed when this is dropped.
pub(crate) struct Worker(Child);

impl Worker {
    /// Sends SIGKILL, and waits for the end.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Sends SIGSTOP. The process keeps its connections and its leases, but does nothing.
    pub(crate) fn freeze(&self) {
        signal(&self.0, Signal::STOP);
    }

    /// Sends SIGCONT.
    pub(crate) fn thaw(&self) {
        signal(&self.0, Signal::CONT);
    }

    /// Sends SIGTERM, and returns whether the worker stopped gracefully.
    pub(crate) fn stop(mut self) -> bool {
        signal(&self.0, Signal::TERM);
        self.0.wait().unwrap().success()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Fails if the test has ended the process.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A subscription of the test to a topic.
pub(crate) struct Listener {
    deliveries: Box<dyn Deliveries>,
}

impl Listener {
    /// The next message.
    pub(crate) async fn next(&mut self) -> WireMessage {
        let received = tokio::time::timeout(PATIENCE, self.deliveries.next()).await;
        let received = received
            .expect("no message in time")
            .expect("the stream ended")
            .expect("the stream failed");
        received.settle.ack();
        received.message
    }
}

/// A request with a unique identity.
pub(crate) fn request(
    spec: proto::FunctionSpec,
    trace: TraceContext,
) -> (DeploymentId, WireMessage) {
    let request =
        proto::DeployRequested { function: Some(spec), ..proto::DeployRequested::default() };
    let id = uuid();
    let wire = encode_request(&request, "//test", &id, &trace, OffsetDateTime::now_utc());
    (DeploymentId::of("//test", &id), wire)
}

/// A function for tests that need nothing special.
pub(crate) fn spec(name: &str, source: proto::Source) -> proto::FunctionSpec {
    proto::FunctionSpec {
        name: name.to_owned(),
        entry_point: "hello".to_owned(),
        source: Some(source),
        service: Some(proto::ServiceSettings {
            access: proto::Access::Public.into(),
            ..proto::ServiceSettings::default()
        }),
        runtime: "python3".to_owned(),
        ..proto::FunctionSpec::default()
    }
}

/// A directory with a function that responds with `text`.
pub(crate) fn function(folder: &Path, text: &str) -> PathBuf {
    let directory = folder.join(uuid());
    fs::create_dir(&directory).unwrap();
    let main = format!(
        "import functions_framework\n\n\n@functions_framework.http\ndef hello(request):\n    return {text:?}\n"
    );
    fs::write(directory.join("main.py"), main).unwrap();
    directory
}

/// The `longshore` program, set up for a cloud.
pub(crate) fn longshore(environment: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    command.envs(environment).env(BUILD_CACHE.0, BUILD_CACHE.1).stdin(Stdio::null());
    command
}

pub(crate) fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn start_cloud(data_dir: &Path, flags: &[&str]) -> (Child, BTreeMap<String, String>) {
    let log = data_dir.with_file_name("cloud.log");
    let log = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    let quotas = data_dir.with_file_name(QUOTAS);
    let quotas = quotas.exists().then_some(quotas);
    let mut child = Command::new(env!("CARGO_BIN_EXE_longshore"))
        .arg("--data-dir")
        .arg(data_dir)
        .args(["--output", "json", "cloud"])
        .env(BUILD_CACHE.0, BUILD_CACHE.1)
        .args(quotas.iter().flat_map(|quotas| [Path::new("--quotas"), quotas]))
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).expect("the cloud did not start"))
}

fn signal(child: &Child, signal: Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    // Fails only if the process has ended.
    let _ = rustix::process::kill_process(pid, signal);
}
