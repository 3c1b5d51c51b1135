//! Builds the clients.

use futures::future::BoxFuture;
use google_cloud_gax::client_builder::Error;

/// Builds a client, as the `build` of its builder does.
pub trait Connect {
    type Client;

    /// Fails if the configuration of the client is invalid: retrying does not help. Sends no request.
    fn connect(self) -> BoxFuture<'static, Result<Self::Client, Error>>;
}

macro_rules! connect {
    ($($builder:path => $client:path,)*) => { $(
        impl Connect for $builder {
            type Client = $client;

            fn connect(self) -> BoxFuture<'static, Result<Self::Client, Error>> {
                Box::pin(self.build())
            }
        }
    )* };
}

connect! {
    google_cloud_artifactregistry_v1::builder::artifact_registry::ClientBuilder
        => google_cloud_artifactregistry_v1::client::ArtifactRegistry,
    google_cloud_build_v1::builder::cloud_build::ClientBuilder
        => google_cloud_build_v1::client::CloudBuild,
    google_cloud_eventarc_v1::builder::eventarc::ClientBuilder
        => google_cloud_eventarc_v1::client::Eventarc,
    google_cloud_tasks_v2::builder::cloud_tasks::ClientBuilder
        => google_cloud_tasks_v2::client::CloudTasks,
    google_cloud_scheduler_v1::builder::cloud_scheduler::ClientBuilder
        => google_cloud_scheduler_v1::client::CloudScheduler,
    google_cloud_functions_v2::builder::function_service::ClientBuilder
        => google_cloud_functions_v2::client::FunctionService,
    google_cloud_logging_v2::builder::logging_service_v_2::ClientBuilder
        => google_cloud_logging_v2::client::LoggingServiceV2,
    google_cloud_pubsub::builder::subscription_admin::ClientBuilder
        => google_cloud_pubsub::client::SubscriptionAdmin,
    google_cloud_pubsub::builder::topic_admin::ClientBuilder
        => google_cloud_pubsub::client::TopicAdmin,
    google_cloud_run_v2::builder::builds::ClientBuilder => google_cloud_run_v2::client::Builds,
    google_cloud_run_v2::builder::revisions::ClientBuilder
        => google_cloud_run_v2::client::Revisions,
    google_cloud_run_v2::builder::services::ClientBuilder => google_cloud_run_v2::client::Services,
    google_cloud_secretmanager_v1::builder::secret_manager_service::ClientBuilder
        => google_cloud_secretmanager_v1::client::SecretManagerService,
    google_cloud_storage::builder::storage_control::ClientBuilder
        => google_cloud_storage::client::StorageControl,
}
