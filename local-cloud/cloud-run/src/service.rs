//! Cloud Run as a running service: the core with its journal, and one listener and one reconciler
//! for each service.

mod logs;
mod state;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use google_cloud_wkt::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::chain::with_sources;
use super::core::{Event, Moment, Refusal, ServiceName, Services};
use super::front::{self, Front};
use super::gate::{OnProject, ProjectGrants};
use super::gone::{Gone, close};
use super::image::Images;
use super::inside::{Inside, OpenUrl, Reach, Urls};
use super::instance::{Host, HostToolchains, InstanceSecrets};
use super::logs::LogStore;
use super::machine::{Bounds, Machine, NoRoomForUrl};
use super::routes::Routes;
use super::shared::Shared;
use super::site::Site;
use super::tuning::Tuning;
use longshore_local_identity::Signer;
use longshore_local_kit::Seldom;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::keys::CustomerKeys;
use longshore_local_kit::listen::{self, Access};
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::Pace;
use longshore_local_sandbox::Launcher;
use longshore_local_secrets as secrets;

/// How long [`Service::stop`] waits for requests and instances, in addition to the grace period of
/// instances.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// At a start, all services may lack descriptors or ports.
static CANNOT_LISTEN: Seldom = Seldom::new();

/// What Cloud Run needs from its surroundings.
#[derive(Clone)]
pub struct Deps {
    /// The image registry: OCI distribution over plain HTTP. It gets
    /// `REGION-docker.pkg.dev/P/REPO/IMG@sha256:…` as `/v2/P/REPO/IMG/…` with `Host:
    /// REGION-docker.pkg.dev`.
    pub registry: SocketAddr,
    /// Starts the instances.
    pub launcher: Launcher,
    /// Fail to open where functions cannot be sandboxed.
    pub require_isolation: bool,
    /// Numbers of projects, which are part of the names of their default service accounts.
    pub projects: LocalProject,
    /// How long a revision takes to start.
    pub pace: Pace,
    /// Verifies the tokens of callers.
    pub signer: Arc<Signer>,
    /// Source of the values of secrets.
    pub secrets: Arc<secrets::Service>,
    /// The keys that protect revisions.
    pub keys: Arc<dyn CustomerKeys>,
    /// Who may call the services of a project. `None`: only a service's own policy counts.
    pub grants: Option<Arc<dyn ProjectGrants>>,
    /// What instances reach from networks of their own. `None`: they share this machine's.
    pub reach: Option<Reach>,
}

/// Cloud Run, with its state in one data directory.
pub struct Service {
    core: Mutex<Durable<Services>>,
    /// Notifies waiting callers of every commit.
    committed: watch::Sender<()>,
    sites: Mutex<HashMap<String, Arc<Site>>>,
    pub(super) shared: Shared,
    pub(super) images: Images,
    pub(super) host: Arc<Host>,
    pub(super) pace: Pace,
    signer: Arc<Signer>,
    grants: Option<Arc<dyn ProjectGrants>>,
    stopping: CancellationToken,
    gone: Gone,
}

/// Why a change was not made. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("cannot write the journal")]
    Journal(#[source] io::Error),
}

impl Service {
    /// Opens the state under `dir`, listens on the URLs of all services, and resumes interrupted
    /// reconciliations. Instances start at the first request.
    ///
    /// # Errors
    /// Fails if the directory or its journal cannot be read or written, or if isolation is required
    /// and unavailable. Retrying does not help.
    pub async fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        Self::open_with(dir, deps, Tuning::default()).await
    }

    pub(super) async fn open_with(dir: &Path, deps: Deps, tuning: Tuning) -> io::Result<Arc<Self>> {
        let Deps { launcher, .. } = deps;
        if let Some(why) = launcher.missing_sandbox() {
            if deps.require_isolation {
                return Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    format!("isolation is required, but {why}"),
                ));
            }
            tracing::warn!(
                "functions run without a sandbox, as plain processes of this user: {why}"
            );
        }
        let wants_network = deps.require_isolation && deps.reach.is_some();
        if let (true, Some(why)) = (wants_network, launcher.missing_networks()) {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("isolation is required, but {why}"),
            ));
        }
        let bounds = tuning.bounds.unwrap_or_else(Bounds::of_this_machine);
        let shares_listener = tuning.shares_listener && listen::bind_whole_loopback(None).is_ok();
        let tuning = Tuning { shares_listener, ..tuning };
        let reach = deps.reach.filter(|_| launcher.missing_networks().is_none());
        if let Some(weakness) = launcher.weakness() {
            tracing::warn!("functions run in a weaker sandbox: {weakness}");
        }
        if !launcher.cgroups().limit_memory() {
            tracing::info!(
                "memory limits are polled, not enforced by the kernel: this process cannot create control groups"
            );
        }
        std::fs::create_dir_all(dir)?;
        let secrets = InstanceSecrets::open(deps.secrets, &dir.join("secrets"))?;
        let core = Durable::open(&dir.join("journal"), Services::new(deps.projects.clone()))?;
        let logs = Arc::new(LogStore::new(dir.join("logs")));
        let needed = core.is_complete().then(|| core.digests());
        let images =
            Images::open(dir.join("images"), deps.registry, launcher.clone(), needed.as_ref())?;
        let service = Arc::new(Self {
            core: Mutex::new(core),
            committed: watch::Sender::new(()),
            sites: Mutex::default(),
            shared: Shared::default(),
            images,
            host: Arc::new(Host {
                launcher,
                inside: reach.map(|reach| Inside {
                    reach,
                    signer: Arc::clone(&deps.signer),
                    projects: deps.projects,
                    urls: Urls::new(bounds.urls_inside()),
                }),
                toolchains: HostToolchains::find(dir.parent().unwrap_or(dir).to_owned()),
                logs,
                secrets,
                keys: deps.keys,
                tuning,
                machine: Machine::new(bounds),
                tasks: TaskTracker::new(),
            }),
            pace: deps.pace,
            signer: deps.signer,
            grants: deps.grants,
            stopping: CancellationToken::new(),
            gone: Gone::default(),
        });
        let names: Vec<String> = service.core().all().map(|(name, _)| name.clone()).collect();
        for name in names {
            service.serve(&name).await;
        }
        Ok(service)
    }

    /// Closes the URLs and stops every instance: SIGTERM, ten seconds, SIGKILL. Returns once all
    /// have exited, or after a time limit.
    pub async fn stop(&self) {
        self.stopping.cancel();
        let sites: Vec<Arc<Site>> = self.sites().drain().map(|(_, site)| site).collect();
        futures::future::join_all(sites.iter().map(|site| close(site))).await;
        self.host.tasks.close();
        if tokio::time::timeout(self.host.tuning.stop_grace + STOP_LIMIT, self.host.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("Cloud Run stopped before all requests finished");
        }
    }

    /// Decides, writes the events to the journal, applies them, and notifies the reconcilers of the
    /// services that they change, and everyone who waits for commits. Nothing is acknowledged before
    /// it is written.
    pub(super) fn commit<T>(
        self: &Arc<Self>,
        decide: impl FnOnce(&Services, &Moment) -> Result<(T, Vec<Event>), Refusal>,
    ) -> Result<T, CommitError> {
        let moment = now();
        let mut core = self.core();
        let (answer, events) = decide(&core, &moment)?;
        let changed: BTreeSet<String> = events.iter().filter_map(changed_service).collect();
        core.commit(events).map_err(CommitError::Journal)?;
        for name in &changed {
            let Some(site) = self.sites().get(name).cloned() else { continue };
            // Before the answer: once a caller learns that traffic has moved, requests are routed
            // accordingly.
            if let Some(entry) = core.entry(name) {
                site.front.traffic.set_routes(Routes::of(entry));
            }
            site.changed.send_replace(());
        }
        drop(core);
        self.committed.send_replace(());
        Ok(answer)
    }

    pub(super) fn core(&self) -> MutexGuard<'_, Durable<Services>> {
        self.core.lock()
    }

    pub(super) fn commits(&self) -> watch::Receiver<()> {
        self.committed.subscribe()
    }

    /// Checks that the service has a URL, or that one can be opened.
    ///
    /// # Errors
    /// [`NoRoomForUrl`].
    pub(super) fn check_room(&self, name: &str) -> Result<(), NoRoomForUrl> {
        if self.sites().contains_key(name) || self.host.tuning.shares_listener {
            return Ok(());
        }
        // A URL that only says that its service was deleted gives way to the next attempt. It closes
        // in the background, so this one is refused, and callers retry.
        self.host.machine.url().map(drop).inspect_err(|_| self.gone.release())
    }

    /// Cancelled when the local cloud stops.
    pub(super) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Opens the service's listener and starts the task that reconciles it. No-op if both exist.
    pub(super) async fn serve(self: &Arc<Self>, name: &str) {
        let site = {
            let mut sites = self.sites();
            if self.stopping.is_cancelled() || sites.contains_key(name) {
                return;
            }
            let site = Arc::new(Site {
                name: name.to_owned(),
                front: Arc::new(Front::new(Arc::clone(&self.signer), self.on_project(name))),
                closed: self.stopping.child_token(),
                listener: self.stopping.child_token(),
                changed: watch::Sender::new(()),
            });
            sites.insert(name.to_owned(), Arc::clone(&site));
            site
        };
        self.refresh(&site);
        self.restore_missing(&site);
        if let Err(error) = self.listen(&site).await
            && let Some(omitted) = CANNOT_LISTEN.due()
        {
            let error = with_sources(&error);
            tracing::error!(service = name, error, omitted, "cannot serve the URL of a service");
        }
        self.host.tasks.spawn(Arc::clone(self).reconcile(site));
    }

    fn on_project(&self, service: &str) -> Option<OnProject> {
        let grants = Arc::clone(self.grants.as_ref()?);
        Some(OnProject { project: ServiceName::parse(service)?.project, grants })
    }

    /// Listens on the port from before the restart. If another process has taken it, listens on a
    /// new one, and the URL changes.
    async fn listen(self: &Arc<Self>, site: &Site) -> io::Result<()> {
        let before = self.core().entry(&site.name).and_then(|entry| entry.address);
        let was_shared = before.is_some_and(|address| *address.ip() != Ipv4Addr::LOCALHOST);
        let (machine, may_share) = (&self.host.machine, self.host.tuning.shares_listener);
        let is_to_share = was_shared || (before.is_none() && machine.shares_listener());
        let room = match machine.url() {
            Ok(room) if !(may_share && is_to_share) => room,
            Err(error) if !may_share => return Err(io::Error::other(error)),
            Ok(_) | Err(_) => {
                let address = self.share(site, before).await?;
                return self.record_address(site, address);
            }
        };
        let wanted = before.filter(|_| !was_shared).map(|address| address.port());
        let listener = listen::bind_preferring(wanted).await?;
        let port = listener.local_addr()?.port();
        self.record_address(site, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
        let serving = listen::serve(
            listener,
            front::router(Arc::clone(&site.front), None),
            Access::to_a_function(),
            site.listener.clone().cancelled_owned(),
        );
        let inside = self.open_inside(port);
        self.host.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the listener of a service failed");
            }
            drop((room, inside));
        });
        Ok(())
    }

    fn record_address(self: &Arc<Self>, site: &Site, address: SocketAddrV4) -> io::Result<()> {
        self.commit(|core, _| Ok(((), core.record_address(&site.name, address))))
            .map_err(io::Error::other)
    }

    /// Lets instances reach a URL that is open on this port.
    pub(super) fn open_inside(&self, port: u16) -> Option<OpenUrl> {
        self.host.inside.as_ref().map(|inside| inside.urls.open(port))
    }

    /// Closes a deleted service. Its URL answers that it does not exist, until others need the port.
    pub(super) fn close(self: &Arc<Self>, name: &str) {
        if let Some(site) = self.sites().remove(name) {
            site.front.delete();
            self.gone.keep(site.listener.clone());
            self.host.tasks.spawn(async move { close(&site).await });
        }
    }

    fn sites(&self) -> MutexGuard<'_, HashMap<String, Arc<Site>>> {
        self.sites.lock()
    }

    #[cfg(test)]
    pub(super) fn site(&self, name: &str) -> Option<Arc<Site>> {
        self.sites().get(name).cloned()
    }
}

/// The service that an event changes. Its operations are not part of it.
fn changed_service(event: &Event) -> Option<String> {
    match event {
        Event::Service(service) => Some(service.name.clone()),
        Event::Revision(revision) => owner(&revision.name),
        Event::RevisionDeleted { revision } => owner(revision),
        Event::Policy { service, .. }
        | Event::Port { service, .. }
        | Event::TagPort { service, .. }
        | Event::ServiceDeleted { service } => Some(service.clone()),
        Event::Operation(_) | Event::OperationDeleted { .. } | Event::Reset(_) => None,
    }
}

fn owner(revision: &str) -> Option<String> {
    ServiceName::parse(revision).map(|service| service.to_string())
}

fn now() -> Moment {
    Moment {
        now: Timestamp::try_from(SystemTime::now()).unwrap_or_default(),
        random: Uuid::new_v4().as_u128(),
    }
}
