//! The composition root: opens every service on the data directory, and listens.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::middleware::map_request;
use futures::future::BoxFuture;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::audit::Audit;
use crate::before::{Before, STORAGE};
use crate::logging_ports::Instances;
use crate::loops::ServiceLogs;
use crate::ports::Ports;
use crate::scheduling::{TargetTokens, Topics};
use crate::testing::{self, Layers};
use crate::{
    Endpoints, Options, StartError, build_ports, eventarc_ports, functions_ports, gateway, inside,
    lead, open_files, project_ports, sandbox_of,
};
use longshore_local_cloud_build as build;
use longshore_local_cloud_run as run;
use longshore_local_eventarc as eventarc;
use longshore_local_firebase as firebase;
use longshore_local_functions as functions;
use longshore_local_identity as identity;
use longshore_local_kit::clock::LeadingClock;
use longshore_local_kit::keys::CustomerKeys;
use longshore_local_kit::lineage::Deliveries;
use longshore_local_kit::listen::{Access, serve};
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::{Count, Quotas};
use longshore_local_kit::{Announce, private, rest};
use longshore_local_kms as kms;
use longshore_local_logging as logging;
use longshore_local_projects as projects;
use longshore_local_pubsub as pubsub;
use longshore_local_registry as registry;
use longshore_local_scheduler as scheduler;
use longshore_local_secrets as secrets;
use longshore_local_storage as storage;
use longshore_local_tasks as tasks;

/// A running local cloud. If it is dropped without [`LocalCloud::stop`], its listeners close at
/// once and the guards kill its functions.
pub struct LocalCloud {
    endpoints: Endpoints,
    pubsub: Arc<pubsub::Service>,
    build: Arc<build::Service>,
    run: Arc<run::Service>,
    logging: Arc<logging::Service>,
    functions: Arc<functions::Service>,
    eventarc: Arc<eventarc::Service>,
    scheduler: Arc<scheduler::Service>,
    tasks: Arc<tasks::Service>,
    quotas: Quotas,
    shutdown: CancellationToken,
    listeners: JoinSet<()>,
}

impl LocalCloud {
    /// Starts every service. When it returns, all of them answer.
    ///
    /// The future is boxed, like that of [`LocalCloud::stop`], so that the servers are compiled
    /// once in this crate and not again in every crate that starts them.
    pub fn start(options: Options) -> BoxFuture<'static, Result<Self, StartError>> {
        Box::pin(Self::start_all(options))
    }

    async fn start_all(options: Options) -> Result<Self, StartError> {
        open_files::raise_limit();
        private::create_dir(&options.data_dir)
            .map_err(|source| StartError::DataDir { path: options.data_dir.clone(), source })?;
        if let Some(path) = &options.build_cache {
            private::create_own_dir(path)
                .map_err(|source| StartError::BuildCache { path: path.clone(), source })?;
        }
        let (ports, endpoints) = Ports::bind(&options.data_dir).await?;

        let folder = |service: &'static str| prepare(&options.data_dir, service);
        let open = |service: &'static str| move |source| StartError::Open { service, source };
        let signer = identity::open_key(&folder("identity")?)
            .map_err(io::Error::other)
            .map_err(open("identities"))?;
        let signer = Arc::new(signer);
        let deliveries = Arc::new(Deliveries::default());
        let service_logs = ServiceLogs::default();
        let deps = pubsub::Deps {
            tokens: Some(Arc::new(PushTokens(Arc::clone(&signer)))),
            deliveries: Arc::clone(&deliveries),
            loops: Some(Arc::new(service_logs.clone())),
        };
        let pubsub = pubsub::Service::open(&folder("pubsub")?, deps).map_err(open("Pub/Sub"))?;
        let announce: Arc<dyn Announce> = Arc::<pubsub::Service>::clone(&pubsub);
        let deps =
            kms::Deps { project: options.project.clone(), project_number: options.project_number };
        let kms = kms::Service::open(&folder("kms")?, deps).map_err(open("Cloud KMS"))?;
        let keys: Arc<dyn CustomerKeys> = Arc::<kms::Service>::clone(&kms);
        let deps = storage::Deps {
            project: options.project.clone(),
            project_number: options.project_number,
            announce: Arc::clone(&announce),
            keys: Arc::clone(&keys),
        };
        let storage =
            storage::Service::open(&folder("storage")?, deps).map_err(open("Cloud Storage"))?;
        let registry =
            registry::Service::open(&folder("registry")?, Arc::clone(&announce), Arc::clone(&keys))
                .map_err(open("Artifact Registry"))?;
        let deps = secrets::Deps {
            project: options.project.clone(),
            project_number: options.project_number,
        };
        let secrets =
            secrets::Service::open(&folder("secrets")?, deps).map_err(open("Secret Manager"))?;
        let local = LocalProject { id: options.project.clone(), number: options.project_number };
        let (limits, pace) = (options.quotas.clone(), options.pace.clone());
        let quotas = Quotas::new(limits, pace, local.clone(), options.region.clone());
        let deps = projects::Deps {
            project: options.project.clone(),
            quotas: quotas.clone(),
            numbers: Arc::new(project_ports::Numbers(Arc::clone(&storage))),
        };
        let projects =
            projects::Service::open(&folder("projects")?, deps).map_err(open("the projects"))?;
        let shutdown = CancellationToken::new();
        let mut listeners = JoinSet::new();
        let access = Access::to_apis(&options.allowed_origins);
        let mut served = Vec::new();
        let mut listen = |listener: TcpListener, router: Router| {
            served.extend(listener.local_addr().map(|address| (address, router.clone())));
            listeners.spawn(listen_until(listener, router, access.clone(), shutdown.clone()));
        };
        let layers = Layers::default();
        let testing = layers.clone();
        let before = Before { audit: Audit::new(&options.project), quotas, testing };
        let router = pubsub::router(Arc::clone(&pubsub));
        listen(ports.pubsub, before.over(router, "pubsub.googleapis.com", &[pubsub::METHODS]));
        let router = storage::router(Arc::clone(&storage), endpoints.storage);
        listen(ports.storage, before.over(router, STORAGE, &[storage::METHODS]));
        let router = rest::routes(vec![registry::api(Arc::clone(&registry))]);
        let router = before.over(router, "artifactregistry.googleapis.com", &[registry::METHODS]);
        listen(ports.artifact_registry, router);
        listen(ports.registry, registry::distribution_router(Arc::clone(&registry)));
        let apis = vec![identity::api(Arc::clone(&signer)), identity::accounts_api(local.clone())];
        let router = rest::routes(apis);
        let router = before.unwatched(router, "iamcredentials.googleapis.com", identity::METHODS);
        listen(ports.identity, router);
        let router = rest::routes(vec![secrets::api(Arc::clone(&secrets))]);
        let router = before.over(router, "secretmanager.googleapis.com", &[secrets::METHODS]);
        listen(ports.secrets, router);
        let router = kms::router(Arc::clone(&kms));
        listen(ports.kms, before.over(router, "cloudkms.googleapis.com", &[kms::METHODS]));
        let router = rest::routes(vec![projects::api(Arc::clone(&projects))]);
        let router =
            before.over(router, "cloudresourcemanager.googleapis.com", &[projects::METHODS]);
        listen(ports.projects, router);
        let buckets = Arc::new(project_ports::Buckets(Arc::clone(&storage)));
        let deps = firebase::Deps { project: local.clone(), buckets };
        let apis = vec![firebase::api(deps)];
        let router = rest::routes(apis);
        let router = before.unwatched(router, "firebase.googleapis.com", firebase::METHODS);
        listen(ports.firebase, router);

        let (stored, images) = (Arc::clone(&storage), Arc::clone(&registry));
        let (secret_values, policies) = (Arc::clone(&secrets), Arc::clone(&projects));
        let guard = options.guard.clone();
        let launcher = tokio::task::spawn_blocking(move || sandbox_of(&guard))
            .await
            .map_err(io::Error::other)
            .map_err(open("the sandbox"))?;

        let tokens = Arc::new(TargetTokens(Arc::clone(&signer)));

        // Opened last: these two resume what was in progress when the cloud last stopped, and need
        // the registry for that.
        let deps = build::Deps {
            source: Arc::new(build_ports::StoredSources(Arc::clone(&storage))),
            secrets: Arc::new(build_ports::Secrets(Arc::clone(&secrets))),
            announce: Arc::clone(&announce),
            registry: endpoints.registry,
            launcher: Some(launcher.clone()),
            require_isolation: options.require_isolation,
            projects: local.clone(),
            pace: options.pace.clone(),
            cache_dir: folder("build-cache")?,
            shared_cache_dir: options.build_cache.clone(),
        };
        let build = build::Service::open(&folder("build")?, deps).map_err(open("Cloud Build"))?;
        let deps = run::Deps {
            registry: endpoints.registry,
            launcher,
            require_isolation: options.require_isolation,
            projects: local.clone(),
            pace: options.pace.clone(),
            signer,
            secrets,
            keys: Arc::clone(&keys),
            grants: Some(Arc::new(project_ports::Grants(projects))),
            reach: (!options.share_network).then(|| {
                let reserved = &options.reserved;
                run::Reach::new(inside::apis(endpoints, reserved, &pubsub, &storage, &deliveries))
            }),
        };
        let run = run::Service::open(&folder("run")?, deps).await.map_err(open("Cloud Run"))?;
        service_logs.to(Arc::clone(&run));
        let router = rest::routes(vec![build::api(Arc::clone(&build))]);
        listen(ports.build, before.over(router, "cloudbuild.googleapis.com", &[build::METHODS]));
        let router = rest::routes(vec![
            build::submit_api(Arc::clone(&build)),
            run::api(Arc::clone(&run)),
            run::knative_api(Arc::clone(&run)),
        ])
        .layer(map_request(async |request| run::with_region(request)));
        let methods = [run::METHODS, run::KNATIVE_METHODS];
        listen(ports.run, before.over(router, "run.googleapis.com", &methods));
        let sources = vec![Arc::new(Instances(Arc::clone(&run))) as Arc<dyn logging::LogSource>];
        let deps = logging::Deps { projects: local, sources };
        let logging =
            logging::Service::open(&folder("logging")?, deps).map_err(open("Cloud Logging"))?;
        let router = rest::routes(vec![logging::api(Arc::clone(&logging))]);
        let router = before.unwatched(router, "logging.googleapis.com", logging::METHODS);
        listen(ports.logging, router);
        let project = (options.project.clone(), options.project_number);
        let around = eventarc_ports::Around::new(
            Arc::clone(&pubsub),
            Arc::clone(&storage),
            Arc::clone(&run),
            project.clone(),
        );
        let deps = eventarc::Deps { cloud: Arc::new(around), announce };
        let eventarc =
            eventarc::Service::open(&folder("eventarc")?, deps).map_err(open("Eventarc"))?;
        before.audit.to(Arc::clone(&eventarc));
        let router = eventarc::router(Arc::clone(&eventarc));
        let router = before.over(router, "eventarc.googleapis.com", &[eventarc::METHODS]);
        listen(ports.eventarc, router);
        let deps = functions_ports::deps(functions_ports::Parts {
            storage,
            storage_address: endpoints.storage,
            registry,
            build: Arc::clone(&build),
            run: Arc::clone(&run),
            eventarc: Arc::clone(&eventarc),
            keys,
            project,
        });
        let functions = functions::Service::open(&folder("functions")?, deps)
            .map_err(open("Cloud Functions"))?;
        let router = functions::router(Arc::clone(&functions));
        let methods = [functions::METHODS];
        listen(ports.functions, before.over(router, "cloudfunctions.googleapis.com", &methods));
        // Opened after the functions that they call.
        let clock = Arc::new(LeadingClock::default());
        let deps = scheduler::Deps {
            project: options.project.clone(),
            project_number: options.project_number,
            clock: Arc::<LeadingClock>::clone(&clock),
            tokens: Arc::<TargetTokens>::clone(&tokens),
            publisher: Arc::new(Topics(Arc::clone(&pubsub))),
        };
        let scheduler = scheduler::Service::open(&folder("scheduler")?, deps)
            .map_err(open("Cloud Scheduler"))?;
        let router = scheduler::router(Arc::clone(&scheduler));
        let router = router.merge(lead::router(Arc::clone(&clock)));
        let methods = [scheduler::METHODS];
        listen(ports.scheduler, before.over(router, "cloudscheduler.googleapis.com", &methods));
        let deps = tasks::Deps {
            project: options.project.clone(),
            project_number: options.project_number,
            clock: Arc::<LeadingClock>::clone(&clock),
            tokens,
        };
        let tasks = tasks::Service::open(&folder("tasks")?, deps).map_err(open("Cloud Tasks"))?;
        let router = tasks::router(Arc::clone(&tasks)).merge(lead::router(Arc::clone(&clock)));
        let methods = [tasks::METHODS];
        listen(ports.tasks, before.over(router, "cloudtasks.googleapis.com", &methods));
        listen(
            ports.testing,
            testing::router(testing::Deps {
                services: vec![
                    // As they are opened.
                    Arc::<pubsub::Service>::clone(&pubsub),
                    kms,
                    stored,
                    images,
                    secret_values,
                    policies,
                    Arc::<build::Service>::clone(&build),
                    Arc::<run::Service>::clone(&run),
                    Arc::<logging::Service>::clone(&logging),
                    Arc::<eventarc::Service>::clone(&eventarc),
                    Arc::<functions::Service>::clone(&functions),
                    Arc::<scheduler::Service>::clone(&scheduler),
                    Arc::<tasks::Service>::clone(&tasks),
                ],
                folder: options.data_dir.join("snapshots"),
                layers,
                quotas: before.quotas.clone(),
                clock,
                pubsub: Arc::clone(&pubsub),
            }),
        );
        let gateway = gateway::router(served);
        listeners.spawn(listen_until(ports.gateway, gateway, access, shutdown.clone()));
        Ok(Self {
            endpoints,
            pubsub,
            build,
            run,
            logging,
            functions,
            eventarc,
            scheduler,
            tasks,
            quotas: before.quotas,
            shutdown,
            listeners,
        })
    }

    /// Where each service listens.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        self.endpoints
    }

    /// The quotas of requests, with the calls that they have counted.
    #[must_use]
    pub fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// Stops functions and builds, waits for requests in progress, and closes the listeners. Builds
    /// resume at the next start.
    pub fn stop(self) -> BoxFuture<'static, ()> {
        Box::pin(self.stop_all())
    }

    async fn stop_all(mut self) {
        tokio::join!(self.scheduler.stop(), self.tasks.stop());
        self.functions.stop().await;
        self.eventarc.stop().await;
        self.run.stop().await;
        self.build.stop().await;
        self.pubsub.stop();
        self.logging.stop();
        for (metric, Count { served, refused }) in self.quotas.counts() {
            tracing::info!(metric, served, refused, "calls that a quota counted");
        }
        self.shutdown.cancel();
        while self.listeners.join_next().await.is_some() {}
    }
}

async fn listen_until(
    listener: TcpListener,
    router: Router,
    access: Access,
    shutdown: CancellationToken,
) {
    let address = listener.local_addr().ok();
    if let Err(error) = serve(listener, router, access, shutdown.cancelled_owned()).await {
        tracing::error!(%error, ?address, "a listener failed");
    }
}

fn prepare(data_dir: &Path, service: &str) -> Result<PathBuf, StartError> {
    let path = data_dir.join(service);
    match fs::create_dir_all(&path) {
        Ok(()) => Ok(path),
        Err(source) => Err(StartError::DataDir { path, source }),
    }
}

/// Signs the identity tokens of Pub/Sub's push requests.
struct PushTokens(Arc<identity::Signer>);

impl pubsub::TokenSource for PushTokens {
    fn id_token(
        &self,
        email: &str,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<String, pubsub::TokenError> {
        self.0
            .id_token(email, audience, now.into())
            .map_err(|error| pubsub::TokenError(error.to_string()))
    }
}
