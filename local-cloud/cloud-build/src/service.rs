//! The running service: the journaled builds, and one task for each running build.

mod state;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::buildpack;
use crate::confinement::Confinement;
use crate::core::{Builds, CancelError, End, Event, RUNNING_AT_ONCE, Record, Spec};
use crate::image::{LayerCache, Registry, hex_digest};
use crate::names::BuildNames;
use crate::ports::{SecretSource, SourceStore};
use crate::resource::build_json;
use crate::work::{self, Worker};
use longshore_local_kit::Announce;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::in_progress::{InProgress, Work};
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::Pace;
use longshore_local_kit::trees;
use longshore_local_sandbox::Launcher;

/// Topic in the build's project to which Cloud Build publishes every change of a build's status.
/// <https://docs.cloud.google.com/build/docs/subscribe-build-notifications>
const TOPIC: &str = "cloud-builds";

/// The dependencies of the build service.
#[derive(Clone)]
pub struct Deps {
    /// Cloud Storage, from which sources are read and to which logs are written.
    pub source: Arc<dyn SourceStore>,
    /// Secret Manager, from which secrets of builds are read.
    pub secrets: Arc<dyn SecretSource>,
    /// Publishes to the topic `cloud-builds`.
    pub announce: Arc<dyn Announce>,
    /// The image registry, which speaks OCI distribution over plain HTTP.
    pub registry: SocketAddr,
    /// Runs the steps of builds, in the sandbox if this machine has one. `None` (for unit tests):
    /// steps are plain children of this process.
    pub launcher: Option<Launcher>,
    /// Refuse to start without a sandbox, instead of running builds without one.
    pub require_isolation: bool,
    /// The project numbers in the names of builds and of their log buckets.
    pub projects: LocalProject,
    /// How long builds take, and how many run at the same time.
    pub pace: Pace,
    /// Directory for the layers and the caches of functions. It may be deleted while the service is
    /// stopped.
    pub cache_dir: PathBuf,
    /// Directory for the layers that are made without a source, and a downloaded pip. Any number of
    /// services of this user may have the same one. `None`: they are in `cache_dir`, too.
    pub shared_cache_dir: Option<PathBuf>,
}

pub struct Service {
    builds: Mutex<Durable<Builds>>,
    running: Mutex<HashMap<String, CancellationToken>>,
    /// The running builds, by project.
    work: InProgress,
    worker: Arc<Worker>,
    /// Builds that use this machine, while others only take their time.
    machine: Semaphore,
    deps: Deps,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

/// Why a build was not cancelled.
#[derive(Debug)]
pub(crate) enum CancelFailure {
    Refused(CancelError),
    Journal(io::Error),
}

/// Part of a list of builds.
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    /// Position from which the next page continues; `None` on the last page.
    pub(crate) next: Option<u64>,
}

impl Service {
    /// Opens the service, and restarts every build that was accepted earlier and has not ended.
    /// Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// If the directories or the journal cannot be read or written, or if isolation is required and
    /// this machine has no sandbox. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        let shared = deps.shared_cache_dir.as_deref();
        let confinement = Confinement::open(deps.launcher.clone(), &deps.cache_dir, shared)?;
        if let Some(reason) = confinement.missing_sandbox() {
            if deps.require_isolation {
                let error = format!("isolation is required, but builds have none: {reason}");
                return Err(io::Error::new(io::ErrorKind::Unsupported, error));
            }
            tracing::warn!(
                "builds run without a sandbox, as plain processes of this user: {reason}"
            );
        }
        std::fs::create_dir_all(dir)?;
        let cache = Arc::new(LayerCache::open(&deps.cache_dir, String::new())?);
        let shared_cache = match shared {
            Some(shared) => {
                // A build without a sandbox could change what it leaves there.
                let is_confined = confinement.missing_sandbox().is_none();
                let settings = serde_json::json!([is_confined, buildpack::settings_of_host()]);
                let settings = hex_digest(settings.to_string().as_bytes());
                Arc::new(LayerCache::open(shared, settings)?)
            }
            None => Arc::clone(&cache),
        };
        let mut builds = Durable::open(&dir.join("journal"), Builds::default())?;
        builds.commit(builds.interrupted(OffsetDateTime::now_utc()))?;
        let worker = Arc::new(Worker {
            source: Arc::clone(&deps.source),
            secrets: Arc::clone(&deps.secrets),
            registry: Registry::new(deps.registry).map_err(io::Error::other)?,
            cache,
            shared_cache,
            confinement: Arc::new(confinement),
            dir: work_dir(dir)?,
        });
        let service = Arc::new(Self {
            builds: Mutex::new(builds),
            running: Mutex::default(),
            work: InProgress::default(),
            worker,
            machine: Semaphore::new(RUNNING_AT_ONCE),
            deps,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        });
        service.schedule();
        Ok(service)
    }

    /// Stops the running builds. They restart when the service is opened again.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) fn names(&self) -> BuildNames<'_> {
        BuildNames { projects: &self.deps.projects }
    }

    /// Accepts a build, and starts it if fewer than the maximum number of builds are running.
    ///
    /// # Errors
    /// If the build cannot be journaled; it is not accepted in that case.
    pub(crate) fn submit(self: &Arc<Self>, spec: Spec) -> io::Result<Record> {
        self.submit_as(new_id(), spec)
    }

    /// Like [`Service::submit`], with an id that may already occur in the specification.
    ///
    /// # Errors
    /// If the build cannot be journaled; it is not accepted in that case.
    pub(crate) fn submit_as(self: &Arc<Self>, id: String, spec: Spec) -> io::Result<Record> {
        {
            let mut builds = self.lock();
            let events = builds.submit(id.clone(), spec, OffsetDateTime::now_utc());
            self.commit(&mut builds, events)?;
        }
        self.schedule();
        self.get(&id).ok_or_else(|| io::Error::other("the accepted build is missing"))
    }

    pub(crate) fn get(&self, id: &str) -> Option<Record> {
        self.lock().get(id).cloned()
    }

    pub(crate) fn newest(
        &self,
        before: Option<u64>,
        size: usize,
        matches: impl Fn(&Record) -> bool,
    ) -> Page {
        let builds = self.lock();
        let mut found = builds.newest(before, matches);
        let mut last = None;
        let mut records = Vec::new();
        for (position, record) in found.by_ref().take(size) {
            last = Some(position);
            records.push(record.clone());
        }
        let more = found.next().is_some();
        Page { records, next: last.filter(|_| more) }
    }

    /// Ends a build immediately and kills its processes.
    pub(crate) fn cancel(self: &Arc<Self>, id: &str) -> Result<Record, CancelFailure> {
        let cancelled = {
            let mut builds = self.lock();
            let events =
                builds.cancel(id, OffsetDateTime::now_utc()).map_err(CancelFailure::Refused)?;
            self.commit(&mut builds, events).map_err(CancelFailure::Journal)?;
            builds.get(id).cloned().ok_or(CancelFailure::Refused(CancelError::NotFound))?
        };
        if let Some(token) = self.running().get(id) {
            token.cancel();
        }
        self.schedule();
        Ok(cancelled)
    }

    /// Starts queued builds up to the maximum number of running builds.
    fn schedule(self: &Arc<Self>) {
        if self.stopping.is_cancelled() {
            return;
        }
        let started: Vec<Record> = {
            let mut builds = self.lock();
            let events = builds
                .schedule(OffsetDateTime::now_utc(), self.deps.pace.latency.concurrent_builds);
            let ids: Vec<String> =
                events.iter().filter_map(started_id).map(str::to_owned).collect();
            if let Err(error) = self.commit(&mut builds, events) {
                tracing::error!(
                    %error,
                    "cannot journal the start of builds; they stay queued until the next change"
                );
                return;
            }
            ids.iter().filter_map(|id| builds.get(id).cloned()).collect()
        };
        for record in started {
            let project = format!("projects/{}", record.spec.project);
            let work = self.work.begin(&project, &self.stopping);
            self.running().insert(record.id.clone(), work.cancelled.clone());
            self.tasks.spawn(Arc::clone(self).work(record, work));
        }
    }

    async fn work(self: Arc<Self>, record: Record, work: Work) {
        let end = self.build(&record, &work.cancelled).await;
        drop(work);
        self.running().remove(&record.id);
        if let Some(end) = end {
            self.finish(&record.id, end);
        }
        self.schedule();
    }

    /// Does the work of a build, and lets it take its time. `None` if it was cancelled.
    async fn build(&self, record: &Record, cancelled: &CancellationToken) -> Option<End> {
        let Pace { latency, clock } = &self.deps.pace;
        let ends_at = latency.build.map(|range| clock.now() + range.of(&record.id));
        let end = {
            let _permit = cancelled.run_until_cancelled(self.machine.acquire()).await?.ok()?;
            work::run(&self.worker, self.names(), record, cancelled).await?
        };
        if let Some(ends_at) = ends_at {
            cancelled.run_until_cancelled(clock.reach(ends_at)).await?;
        }
        Some(end)
    }

    fn finish(&self, id: &str, end: End) {
        let mut builds = self.lock();
        let events = builds.finish(id, OffsetDateTime::now_utc(), end);
        if let Err(error) = self.commit(&mut builds, events) {
            tracing::error!(
                %error,
                build = id,
                "cannot journal the end of a build; the build runs again after a restart"
            );
        }
    }

    /// Journals events, then publishes the notifications. The lock is held throughout, so that
    /// notifications are published in the order of the changes.
    fn commit(&self, builds: &mut Durable<Builds>, events: Vec<Event>) -> io::Result<()> {
        let changed: Vec<String> =
            events.iter().filter_map(changed_id).map(str::to_owned).collect();
        builds.commit(events)?;
        for record in changed.iter().filter_map(|id| builds.get(id)) {
            self.announce(record);
        }
        Ok(())
    }

    fn announce(&self, record: &Record) {
        let data = match build_json(self.names(), record) {
            Ok(build) => Bytes::from(build.to_string()),
            Err(error) => {
                return tracing::error!(
                    %error,
                    build = record.id,
                    "cannot publish the notification of a build"
                );
            }
        };
        let topic = format!("projects/{}/topics/{TOPIC}", record.spec.project);
        let attributes = [("buildId", record.id.as_str()), ("status", record.status.name())];
        let attributes: BTreeMap<String, String> =
            attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        self.deps.announce.announce(&topic, attributes, data);
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, Durable<Builds>> {
        self.builds.lock()
    }

    fn running(&self) -> parking_lot::MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.running.lock()
    }
}

pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// An empty directory for running builds. What a killed process left in it is removed.
fn work_dir(dir: &Path) -> io::Result<PathBuf> {
    let work = dir.join("work");
    trees::remove(&work)?;
    std::fs::create_dir_all(&work)?;
    // A link in the path of a file of a build is one that a step has made.
    work.canonicalize()
}

fn started_id(event: &Event) -> Option<&str> {
    match event {
        Event::Started { id, .. } => Some(id),
        Event::Created { .. }
        | Event::Interrupted { .. }
        | Event::Ended { .. }
        | Event::Restored { .. }
        | Event::Reset { .. } => None,
    }
}

/// The build whose status an event changes, if Cloud Build publishes that change.
fn changed_id(event: &Event) -> Option<&str> {
    match event {
        Event::Created { id, .. } | Event::Started { id, .. } | Event::Ended { id, .. } => Some(id),
        Event::Interrupted { .. } | Event::Restored { .. } | Event::Reset { .. } => None,
    }
}
