//! All clients of one process.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::endpoints::Cloud;
use crate::google::{
    GoogleBuilds, GoogleBus, GoogleImages, GoogleLogs, GoogleObjects, GoogleSecrets,
    GoogleServices, OwnIdentity, Profile,
};
use crate::pacing::Pacer;
use crate::{
    Builds, Bus, ConnectError, Endpoints, Identity, Images, Logs, Objects, Secrets, Services,
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
    /// Cloud Logging.
    pub logs: Arc<dyn Logs>,
    /// Secret Manager.
    pub secrets: Arc<dyn Secrets>,
    /// Identity tokens.
    pub identity: Arc<dyn Identity>,
}

impl Clients {
    /// Sets up all clients. Must be called within a Tokio runtime.
    ///
    /// Sends no request: an unavailable service is noticed by the first call. `project` is the
    /// fleet's own and only logged; each call names its project.
    ///
    /// Boxed, so that Google's clients are compiled in this crate and not again in each crate that
    /// connects.
    ///
    /// # Errors
    /// Permanent: retrying does not help.
    pub fn connect<'a>(
        endpoints: &'a Endpoints,
        project: &'a str,
    ) -> BoxFuture<'a, Result<Self, ConnectError>> {
        Box::pin(Self::connect_all(endpoints, project))
    }

    async fn connect_all(endpoints: &Endpoints, project: &str) -> Result<Self, ConnectError> {
        let endpoints = Endpoints::local_or_google(endpoints.clone())?;
        let cloud = endpoints.cloud()?;
        let profile = Profile::of(cloud)?;
        let pacer = Arc::new(match cloud {
            Cloud::Local => Pacer::unlimited(),
            Cloud::Google => Pacer::new(),
        });
        let objects: Arc<dyn Objects> =
            Arc::new(GoogleObjects::connect(&profile, endpoints.storage.as_deref()).await?);
        let builds =
            GoogleBuilds::connect(&profile, &endpoints, Arc::clone(&objects), Arc::clone(&pacer))
                .await?;
        let clients = Self {
            bus: Arc::new(GoogleBus::connect(&profile, endpoints.pubsub.as_deref()).await?),
            objects,
            builds: Arc::new(builds),
            images: Arc::new(
                GoogleImages::connect(&profile, endpoints.artifact_registry.as_deref()).await?,
            ),
            services: Arc::new(
                GoogleServices::connect(&profile, endpoints.run.as_deref(), pacer).await?,
            ),
            logs: Arc::new(GoogleLogs::connect(&profile, endpoints.logging.as_deref()).await?),
            secrets: Arc::new(
                GoogleSecrets::connect(&profile, endpoints.secrets.as_deref()).await?,
            ),
            identity: Arc::new(
                OwnIdentity::new(endpoints.identity.clone()).map_err(ConnectError::Identity)?,
            ),
        };
        tracing::info!(project, local = cloud == Cloud::Local, "clients are set up");
        Ok(clients)
    }
}
