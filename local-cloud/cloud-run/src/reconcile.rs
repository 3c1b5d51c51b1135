//! Reconciliation: one task for each service starts the revisions that the core waits for.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use google_cloud_run_v2::model::{ExecutionEnvironment, Revision};
use tokio::time::Instant;

use super::chain::with_sources;
use super::core::{
    DEFAULT_CPU, DEFAULT_PORT, Entry, FailureReason, ImageRef, ServiceName, Verdict, memory_bytes,
    milli_cpus, project_of, short,
};
use super::gate::Admission;
use super::image::PullError;
use super::instance::{Recipe, SecretError, StartError};
use super::pool::{Limits, Pool};
use super::routes::Routes;
use super::service::Service;
use super::site::Site;
use super::tags::OpenTags;
use super::traffic_table::Target;
use longshore_local_kit::keys::{KeyError, KeyUser};
use longshore_local_kit::quotas::Pace;
use longshore_local_kit::{Seldom, disk};

/// Pause before a retry after a transient error: a full disk, a registry that is still starting.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// When this machine is out of something, many revisions find out.
static CANNOT_START: Seldom = Seldom::new();

/// A revision with its image on the disk.
struct Prepared {
    pool: Arc<Pool>,
    digest: String,
    timeout: Duration,
}

struct Failure {
    reason: FailureReason,
    message: String,
}

impl Service {
    /// Reconciles one service until it is deleted or the local cloud stops.
    pub(super) async fn reconcile(self: Arc<Self>, site: Arc<Site>) {
        let closed = site.closed.clone();
        closed.run_until_cancelled(self.follow(&site)).await;
    }

    async fn follow(self: &Arc<Self>, site: &Arc<Site>) {
        let mut changes = site.changes();
        let mut tick = tokio::time::interval(self.host.tuning.tick);
        let mut tags = OpenTags::new();
        loop {
            self.apply_settings(site, &mut tags).await;
            if let Some(revision) = self.pending_revision(site) {
                tokio::select! {
                    () = self.bring_up(site, &revision) => {}
                    () = self.superseded(site, &revision.name, &mut tags) => {}
                }
                continue;
            }
            tokio::select! {
                _ = changes.changed() => {}
                _ = tick.tick() => for (_, pool) in site.front.traffic.pools() {
                    self.host.tasks.spawn(async move { pool.scale(Instant::now()).await });
                },
            }
        }
    }

    /// Applies everything except a new revision: routes, tags, and what [`Service::refresh`]
    /// applies.
    async fn apply_settings(self: &Arc<Self>, site: &Arc<Site>, tags: &mut OpenTags) {
        self.refresh(site);
        self.open_tags(site, tags).await;
        self.restore_missing(site);
        for Target { pool, timeout } in site.front.traffic.take_unused() {
            self.host.tasks.spawn(async move { pool.retire(timeout).await });
        }
    }

    /// Applies the settings that need no new revision: who may call, the routes, and the limits of
    /// instances.
    pub(super) fn refresh(&self, site: &Site) {
        let core = self.core();
        let Some(entry) = core.entry(&site.name) else { return };
        site.front.gate.set(Admission::of(entry));
        site.front.traffic.set_routes(Routes::of(entry));
        for (name, pool) in site.front.traffic.pools() {
            if let Some(revision) = entry.revisions.get(&name) {
                pool.set_limits(limits(entry, revision, self.host.tuning.instances_max));
            }
        }
    }

    fn pending_revision(&self, site: &Site) -> Option<Revision> {
        self.core().pending_revision(&site.name).cloned()
    }

    /// Returns once this is no longer the pending revision of the service. Meanwhile, applies other
    /// changes.
    async fn superseded(self: &Arc<Self>, site: &Arc<Site>, revision: &str, tags: &mut OpenTags) {
        let mut changes = site.changes();
        while self.pending_revision(site).is_some_and(|pending| pending.name == revision) {
            if changes.changed().await.is_err() {
                return;
            }
            self.apply_settings(site, tags).await;
        }
    }

    /// Starts the revision, and records whether it serves. Retries what failed because of this
    /// machine, for a while.
    async fn bring_up(self: &Arc<Self>, site: &Site, revision: &Revision) {
        let Pace { latency, clock } = &self.pace;
        let ready_at = clock.now() + latency.revision;
        let patience = Instant::now() + self.host.tuning.machine_patience;
        loop {
            let Failure { reason, message } = match self.start(revision).await {
                Ok(prepared) => {
                    clock.reach(ready_at).await;
                    return self.start_serving(site, revision, prepared).await;
                }
                Err(failure) => failure,
            };
            let revision_id = short(&revision.name);
            if reason != FailureReason::Internal || Instant::now() >= patience {
                tracing::info!(revision = revision_id, %reason, message, "a revision failed");
                return self.record(revision, &Verdict::Failed { reason, message }).await;
            }
            if let Some(omitted) = CANNOT_START.due() {
                tracing::warn!(
                    revision = revision_id,
                    message,
                    omitted,
                    "cannot start a revision yet"
                );
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn start(&self, revision: &Revision) -> Result<Prepared, Failure> {
        // Before the image is pulled: the same key may protect its repository.
        if !revision.encryption_key.is_empty() {
            let user = KeyUser::run(project_of(&revision.name));
            let usable = self.host.keys.usable_version(&revision.encryption_key, user);
            usable.map_err(StartError::from)?;
        }
        let prepared = self.prepare(revision).await?;
        prepared.pool.start_first().await?;
        Ok(prepared)
    }

    /// Makes the revision available to traffic, and records that it serves.
    async fn start_serving(self: &Arc<Self>, site: &Site, revision: &Revision, prepared: Prepared) {
        let manner = self.host.missing_isolation().map(|manner| format!("runs {manner}"));
        let ignored = self.ignored_settings(revision).join(", ");
        let ignored =
            (!ignored.is_empty()).then(|| format!("no effect in the local cloud: {ignored}"));
        let note = manner.into_iter().chain(ignored).collect::<Vec<_>>().join("; ");
        let Prepared { pool, digest, timeout } = prepared;
        site.front.traffic.offer(&revision.name, Target { pool, timeout });
        self.record(revision, &Verdict::Serves { digest, note }).await;
    }

    async fn record(self: &Arc<Self>, revision: &Revision, verdict: &Verdict) {
        let recorded = self
            .commit(|core, moment| Ok(((), core.record_verdict(&revision.name, verdict, moment))));
        if let Err(error) = recorded {
            // The service keeps reconciling: after a pause the revision is started again.
            let error = with_sources(&error);
            tracing::error!(
                revision = revision.name,
                error,
                "cannot record the outcome of a revision"
            );
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// Restores the routed revisions that cannot take requests, after a start of the local cloud or
    /// when traffic has moved back to one. Their instances start at the first request.
    pub(super) fn restore_missing(self: &Arc<Self>, site: &Arc<Site>) {
        for name in site.front.traffic.take_missing() {
            let (service, site) = (Arc::clone(self), Arc::clone(site));
            self.host.tasks.spawn(async move {
                let closed = site.closed.clone();
                closed.run_until_cancelled(service.restore(&site, &name)).await;
            });
        }
    }

    async fn restore(&self, site: &Site, name: &str) {
        let known =
            self.core().entry(&site.name).and_then(|entry| entry.revisions.get(name)).cloned();
        let Some(revision) = &known else { return };
        while site.front.traffic.still_needs(name) {
            match self.prepare(revision).await {
                Ok(Prepared { pool, timeout, .. }) => {
                    site.front.traffic.offer(name, Target { pool, timeout });
                    return;
                }
                Err(failure) => {
                    if let Some(omitted) = CANNOT_START.due() {
                        tracing::warn!(
                            revision = revision.name,
                            failure.message,
                            omitted,
                            "cannot restore a revision yet"
                        );
                    }
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    fn ignored_settings(&self, revision: &Revision) -> Vec<&'static str> {
        let launcher = &self.host.launcher;
        let has_accounts = self.host.inside.is_some();
        ignored_settings(revision, launcher.cgroups().limit_cpus(), has_accounts)
    }

    /// Unpacks the image and creates the pool.
    async fn prepare(&self, revision: &Revision) -> Result<Prepared, Failure> {
        let internal = |message: &str| Failure {
            reason: FailureReason::Internal,
            message: message.to_owned(),
        };
        let service = ServiceName::parse(&revision.name)
            .ok_or_else(|| internal("the revision has an invalid name"))?;
        let container = revision
            .containers
            .first()
            .cloned()
            .ok_or_else(|| internal("the revision has no container"))?;
        let image = ImageRef::parse(&container.image)
            .ok_or_else(|| internal("the revision has an invalid image"))?;
        let digest = match image.digest() {
            Some(digest) => digest.to_owned(),
            None => self.images.resolve(&image).await?,
        };
        let unpacked = self.images.unpacked(&image, &digest).await?;
        let limit = |name: &str| container.resources.as_ref()?.limits.get(name);
        let memory = limit("memory").and_then(|memory| memory_bytes(memory));
        let cpus = limit("cpu").and_then(|cpus| milli_cpus(cpus));
        let recipe = Recipe {
            service: service.clone(),
            revision: short(&revision.name).to_owned(),
            labels: revision.labels.clone().into_iter().collect(),
            image: unpacked,
            service_account: revision.service_account.clone(),
            startup: startup(revision),
            memory_bytes: memory,
            milli_cpus: cpus,
            declared_port: container.ports.first().map_or(DEFAULT_PORT, |port| port.container_port),
            volumes: revision.volumes.clone(),
            encryption_key: revision.encryption_key.clone(),
            ignored_settings: self.ignored_settings(revision),
            container,
        };
        let limits = {
            let core = self.core();
            let entry = core
                .entry(&service.to_string())
                .ok_or_else(|| internal("the service was deleted"))?;
            limits(entry, revision, self.host.tuning.instances_max)
        };
        let timeout = revision.timeout.as_ref().map_or(0, google_cloud_wkt::Duration::seconds);
        let timeout = Duration::from_secs(timeout.unsigned_abs());
        Ok(Prepared { pool: Pool::new(Arc::clone(&self.host), recipe, limits), digest, timeout })
    }
}

impl From<PullError> for Failure {
    fn from(error: PullError) -> Self {
        disk::report_if_full(&error);
        let reason = match &error {
            PullError::Missing(_)
            | PullError::OtherPlatform(_)
            | PullError::TooLarge { .. }
            | PullError::Malformed { .. } => FailureReason::ContainerMissing,
            PullError::Disk(error) if is_of_the_image(error) => FailureReason::ContainerMissing,
            // The registry accepts only what matches its digest, so its disk has changed it.
            PullError::Registry(..) | PullError::Corrupt { .. } | PullError::Disk(_) => {
                FailureReason::Internal
            }
        };
        Self { reason, message: with_sources(&error) }
    }
}

/// Whether an image cannot be unpacked because of what it contains, rather than because of this
/// machine.
fn is_of_the_image(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::Unsupported
    )
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let reason = match error {
            StartError::Launch(_) | StartError::NeverListened { .. } => FailureReason::HealthCheck,
            StartError::Secret(SecretError::Disk(_)) => FailureReason::Internal,
            StartError::Secret(_) => FailureReason::Secrets,
            StartError::Key(KeyError::Unavailable(_)) => FailureReason::Internal,
            StartError::Key(KeyError::Denied(_)) => FailureReason::EncryptionKeyPermission,
            StartError::Key(_) => FailureReason::EncryptionKey,
            StartError::Spawn(_) | StartError::NoRoom => FailureReason::Internal,
        };
        Self { reason, message: with_sources(&error) }
    }
}

/// The time after which the startup probe gives up.
fn startup(revision: &Revision) -> Duration {
    let probe = revision.containers.first().and_then(|container| container.startup_probe.as_ref());
    let seconds = probe.map_or(0, |probe| {
        let tries = probe.failure_threshold.saturating_sub(1).saturating_mul(probe.period_seconds);
        probe.initial_delay_seconds.saturating_add(tries).saturating_add(probe.timeout_seconds)
    });
    Duration::from_secs(u64::from(seconds.unsigned_abs()))
}

/// Settings of the revision that have no effect on one machine.
fn ignored_settings(
    revision: &Revision,
    limits_cpus: bool,
    has_accounts: bool,
) -> Vec<&'static str> {
    let resources = revision.containers.first().and_then(|container| container.resources.as_ref());
    let is_default_account =
        revision.service_account.ends_with("-compute@developer.gserviceaccount.com");
    let asked = [
        (
            revision.execution_environment != ExecutionEnvironment::Unspecified,
            "execution environment",
        ),
        (resources.is_some_and(|resources| resources.startup_cpu_boost), "CPU boost"),
        (
            !limits_cpus
                && resources.is_some_and(|resources| {
                    resources.limits.get("cpu").is_some_and(|cpu| cpu != DEFAULT_CPU)
                }),
            "CPU limit",
        ),
        (revision.vpc_access.is_some(), "VPC access"),
        (!is_default_account && !has_accounts, "service account"),
    ];
    asked.into_iter().filter(|(asked, _)| *asked).map(|(_, name)| name).collect()
}

/// The stricter limits of the service and the revision, and at most `machine_max` instances.
fn limits(entry: &Entry, revision: &Revision, machine_max: usize) -> Limits {
    let count = |number: i32| usize::try_from(number).unwrap_or(0);
    let of_revision = revision.scaling.as_ref();
    let of_service = entry.service.scaling.as_ref();
    let max = [
        of_revision.map_or(0, |scaling| scaling.max_instance_count),
        of_service.map_or(0, |scaling| scaling.max_instance_count),
    ]
    .into_iter()
    .map(count)
    .filter(|max| *max > 0)
    .fold(machine_max, usize::min);
    let min = of_revision
        .map_or(0, |scaling| scaling.min_instance_count)
        .max(of_service.map_or(0, |scaling| scaling.min_instance_count));
    Limits {
        min: count(min).min(max),
        max,
        concurrency: count(revision.max_instance_request_concurrency).max(1),
    }
}
