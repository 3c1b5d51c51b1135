//! All clients of one process.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::endpoints::Cloud;
use crate::google::{
    GoogleBuilds, GoogleBus, GoogleEstate, GoogleEventTriggers, GoogleFunctions, GoogleImages,
    GoogleKeys, GoogleLogs, GoogleObjects, GoogleQueueTriggers, GoogleScheduleTriggers,
    GoogleSecrets, GoogleServices, GoogleTopicTriggers, OwnIdentity, Profile, ServiceUsage,
};
use crate::pacing::Pacer;
use crate::{
    Builds, Bus, ConnectError, Endpoints, Enqueuers, Estate, EventRoute, Functions, Identity,
    Images, Keys, Logs, Objects, ProjectRoles, ScheduledCall, Secrets, Services, TaskQueue,
    TopicPush, Triggers,
};

/// One client of each kind, ready to use. A stage takes the ones that it needs.
#[derive(Clone)]
pub struct Clients {
    /// Pub/Sub.
    pub bus: Arc<dyn Bus>,
    /// Cloud Storage.
    pub objects: Arc<dyn Objects>,
    /// Cloud Build.
    pub builds: Arc<dyn Builds>,
    /// Artifact Registry.
    pub images: Arc<dyn Images>,
    /// Cloud Run.
    pub services: Arc<dyn Services>,
    /// Cloud Functions.
    pub functions: Arc<dyn Functions>,
    /// What is deployed in projects, by whatever tool.
    pub estate: Arc<dyn Estate>,
    /// Cloud Logging.
    pub logs: Arc<dyn Logs>,
    /// Secret Manager.
    pub secrets: Arc<dyn Secrets>,
    /// Identity tokens.
    pub identity: Arc<dyn Identity>,
    /// What calls services.
    pub triggers: TriggerClients,
    /// Who may use keys.
    pub keys: Arc<dyn Keys>,
    /// Who has roles on projects.
    pub project_roles: Arc<dyn ProjectRoles>,
    /// The quotas of the calls.
    pub pacer: Pacer,
}

/// What calls services: a client for each kind of trigger.
#[derive(Clone)]
pub struct TriggerClients {
    /// Push subscriptions of Pub/Sub.
    pub topics: Arc<dyn Triggers<TopicPush>>,
    /// Triggers of Eventarc.
    pub events: Arc<dyn Triggers<EventRoute>>,
    /// Jobs of Cloud Scheduler.
    pub schedules: Arc<dyn Triggers<ScheduledCall>>,
    /// Queues of Cloud Tasks.
    pub queues: Arc<dyn Triggers<TaskQueue>>,
    /// Who may add tasks to the queues.
    pub enqueuers: Arc<dyn Enqueuers>,
}

impl Clients {
    /// Sets up all clients. Must be called within a Tokio runtime.
    ///
    /// Sends no request: an unavailable service is noticed by the first call. `project` is the
    /// fleet's own and only logged; each call names its project. `quota_project` is charged for all
    /// calls (`x-goog-user-project`); without one, the credentials decide.
    ///
    /// Boxed, so that Google's clients are compiled in this crate and not again in each crate that
    /// connects.
    ///
    /// # Errors
    /// Permanent: retrying does not help.
    pub fn connect<'a>(
        endpoints: &'a Endpoints,
        project: &'a str,
        quota_project: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Self, ConnectError>> {
        Box::pin(Self::connect_all(endpoints, project, quota_project))
    }

    async fn connect_all(
        endpoints: &Endpoints,
        project: &str,
        quota_project: Option<&str>,
    ) -> Result<Self, ConnectError> {
        let endpoints = Endpoints::local_or_google(endpoints.clone())?;
        let cloud = endpoints.cloud()?;
        let profile = match quota_project {
            Some(charged) => Profile::of(cloud)?.charged_to(charged)?,
            None => Profile::of(cloud)?,
        };
        let usage = ServiceUsage::new(&profile, endpoints.resource_manager.as_deref());
        let usage = Arc::new(usage.map_err(ConnectError::ServiceUsage)?);
        let pacer = match cloud {
            Cloud::Local => Pacer::of_reported(usage),
            Cloud::Google => Pacer::new(Some(usage)),
        };
        let objects: Arc<dyn Objects> =
            Arc::new(GoogleObjects::connect(&profile, endpoints.storage.as_deref()).await?);
        let builds =
            GoogleBuilds::connect(&profile, &endpoints, Arc::clone(&objects), pacer.clone())
                .await?;
        let schedules = GoogleScheduleTriggers::connect(
            &profile,
            endpoints.scheduler.as_deref(),
            pacer.clone(),
        )
        .await?;
        let queues = Arc::new(
            GoogleQueueTriggers::connect(&profile, endpoints.tasks.as_deref(), pacer.clone())
                .await?,
        );
        let keys = Arc::new(GoogleKeys::new(
            &profile,
            endpoints.kms.as_deref(),
            endpoints.resource_manager.as_deref(),
        )?);
        let clients = Self {
            bus: Arc::new(GoogleBus::connect(&profile, endpoints.pubsub.as_deref()).await?),
            objects,
            builds: Arc::new(builds),
            images: Arc::new(
                GoogleImages::connect(
                    &profile,
                    endpoints.artifact_registry.as_deref(),
                    endpoints.registry.as_deref(),
                )
                .await?,
            ),
            services: Arc::new(
                GoogleServices::connect(&profile, endpoints.run.as_deref(), pacer.clone()).await?,
            ),
            functions: Arc::new(
                GoogleFunctions::connect(&profile, endpoints.functions.as_deref(), pacer.clone())
                    .await?,
            ),
            estate: Arc::new(GoogleEstate::connect(&profile, &endpoints, cloud).await?),
            logs: Arc::new(GoogleLogs::connect(&profile, endpoints.logging.as_deref()).await?),
            secrets: Arc::new(
                GoogleSecrets::connect(&profile, endpoints.secrets.as_deref()).await?,
            ),
            identity: Arc::new(
                OwnIdentity::new(endpoints.identity.clone()).map_err(ConnectError::Identity)?,
            ),
            triggers: TriggerClients {
                topics: Arc::new(
                    GoogleTopicTriggers::connect(&profile, endpoints.pubsub.as_deref()).await?,
                ),
                events: Arc::new(
                    GoogleEventTriggers::connect(
                        &profile,
                        endpoints.eventarc.as_deref(),
                        pacer.clone(),
                    )
                    .await?,
                ),
                schedules: Arc::new(schedules),
                queues: Arc::clone(&queues) as _,
                enqueuers: queues,
            },
            keys: Arc::clone(&keys) as _,
            project_roles: keys,
            pacer,
        };
        tracing::info!(project, local = cloud == Cloud::Local, "clients are set up");
        Ok(clients)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use longshore_messages::{TriggerOwner, WireMessage};

    use super::*;
    use crate::google::fake::Fake;

    /// A part of the path of each call, over REST and over gRPC.
    const CALLED: [&str; 16] = [
        "StreamingPull",
        "Publish",
        "/topics/t",
        "/b/b/o",
        "ListObjects",
        "builds",
        "repositories",
        "services",
        "functions",
        "entries:list",
        "secrets",
        "triggers",
        "locations/r/jobs",
        "locations/r/queues",
        "cryptoKeys",
        "/v3/projects/p",
    ];

    /// Calls each service until the server has seen all calls. It knows nothing, so no call
    /// succeeds, and some are repeated for long.
    async fn call_everything(clients: &Clients, seen: impl Fn(&str) -> bool) {
        let message = WireMessage { attributes: [].into(), data: Bytes::new() };
        let owner = TriggerOwner::fleet("f", "p").in_region("r");
        let calls = async {
            tokio::join!(
                async {
                    let stream = clients.bus.subscribe("projects/p/subscriptions/s", 1).await;
                    drop(stream.unwrap().next().await);
                },
                clients.bus.publish("projects/p/topics/t", message),
                clients.bus.ensure_topic("projects/p/topics/t", ""),
                clients.objects.get("b", "o"),
                clients.objects.list("b", ""),
                clients.builds.get("projects/p/locations/r/builds/b"),
                clients.images.has_digest("r-docker.pkg.dev/p/repo/i", "sha256:1"),
                clients.services.get("projects/p/locations/r/services/s"),
                clients.functions.get("projects/p/locations/r/functions/f"),
                clients.logs.service_tail("p", "r", "s", None, 1),
                clients.secrets.list("p"),
                clients.triggers.events.delete("projects/p/locations/r/triggers/t"),
                clients.triggers.schedules.list(&owner),
                clients.triggers.queues.list(&owner),
                clients.keys.policy("projects/p/locations/r/keyRings/r/cryptoKeys/k"),
                clients.keys.project_number("p"),
            )
        };
        let all_seen = async {
            while !CALLED.iter().all(|part| seen(part)) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = async { drop(calls.await); std::future::pending().await } => {}
            () = all_seen => {}
        }
    }

    #[tokio::test]
    async fn every_call_is_charged_to_the_quota_project() {
        for quota_project in [Some("charged-project"), None] {
            let fake = Fake::answering([]).await;
            let all = Some(fake.endpoint.clone());
            let endpoints = Endpoints {
                pubsub: all.clone(),
                storage: all.clone(),
                run: all.clone(),
                functions: all.clone(),
                eventarc: all.clone(),
                scheduler: all.clone(),
                tasks: all.clone(),
                build: all.clone(),
                artifact_registry: all.clone(),
                registry: all.clone(),
                logging: all.clone(),
                secrets: all.clone(),
                identity: all.clone(),
                kms: all.clone(),
                resource_manager: all,
            };
            let clients = Clients::connect(&endpoints, "p", quota_project).await.unwrap();
            let seen = |part: &str| fake.requests().iter().any(|one| one.path.contains(part));
            call_everything(&clients, seen).await;
            for one in fake.requests() {
                assert_eq!(one.quota_project.as_deref(), quota_project, "{}", one.path);
            }
        }
    }

    #[test]
    fn a_quota_project_that_no_header_can_carry_is_rejected() {
        let profile = Profile::of(Cloud::Local).unwrap();
        assert!(matches!(profile.charged_to("a\nb"), Err(ConnectError::QuotaProject(_))));
    }
}
