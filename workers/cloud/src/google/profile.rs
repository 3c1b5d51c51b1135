//! How the clients are set up: credentials, time limits and policies, with all their numbers.

use std::time::Duration;

use google_cloud_auth::credentials::{Builder as DefaultCredentials, Credentials, anonymous};
use google_cloud_gax::client_builder::ClientBuilder;
use google_cloud_gax::polling_backoff_policy::PollingBackoffPolicy;
use google_cloud_gax::polling_state::PollingState;
use google_cloud_gax::retry_policy::{NeverRetry, RetryPolicyExt as _};
use longshore_google_clients::Connect;

use super::late::Late;
use super::quota_project::ChargedTo;
use crate::endpoints::Cloud;
use crate::error::ConnectError;

/// Time limit of one API request. Google's configuration gives Cloud Run's reads 10 s and its
/// writes 15 s (`google/cloud/run/v2/*_grpc_service_config.json`); a list of builds takes longer.
pub(crate) const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// Time limit of reading or writing one document, which has at most 16 MiB.
pub(crate) const DOCUMENT_LIMIT: Duration = Duration::from_secs(30);
/// Time limit of transferring one archive: the largest that Cloud Run's own upload accepts (250
/// MiB) at half a megabyte a second.
pub(crate) const TRANSFER_LIMIT: Duration = Duration::from_secs(500);
/// Time limit of one publish with its retries: Pub/Sub's own limit for one attempt (60 s), so that
/// an outage is noticed before the lease expires.
pub(crate) const PUBLISH_LIMIT: Duration = Duration::from_secs(60);
/// Time limit of creating a repository, which takes some seconds.
pub(crate) const REPOSITORY_LIMIT: Duration = Duration::from_secs(120);

/// Time limit of a write of a trigger of Eventarc, which takes seconds, and up to two minutes until
/// the agents of a new project exist.
pub(crate) const TRIGGER_LIMIT: Duration = Duration::from_secs(150);

/// Time limit of resuming an upload, which only Cloud Storage's client can do.
const UPLOAD_RETRY_LIMIT: Duration = Duration::from_secs(60);
/// Maximum number of resumptions of one download. More breaks than this mean a different problem.
const DOWNLOAD_RESUMES: u32 = 5;

/// Polling interval on Google Cloud: the initial interval of Google's clients.
const GOOGLE_POLLING: Duration = Duration::from_secs(1);
/// Local operations take milliseconds, and there are no quotas.
const LOCAL_POLLING: Duration = Duration::from_millis(50);

/// Lease that the client keeps on a delivery: the client's default. The messages of a killed worker
/// are redelivered after it.
const GOOGLE_LEASE: Duration = Duration::from_secs(60);
/// The shortest lease that Pub/Sub accepts, so that the messages of a worker killed in an
/// experiment are soon redelivered. The client extends it every 3 s, so one machine has three
/// chances to do so.
const LOCAL_LEASE: Duration = Duration::from_secs(10);

/// The configuration that all clients share.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    credentials: Credentials,
    polling: Duration,
    pub(crate) lease: Duration,
    cloud: Cloud,
}

impl Profile {
    /// `Err` if there are no Application Default Credentials. A local cloud needs none.
    pub(crate) fn of(cloud: Cloud) -> Result<Self, ConnectError> {
        crate::install_tls_provider();
        Ok(match cloud {
            Cloud::Local => Self {
                credentials: anonymous::Builder::new().build(),
                polling: LOCAL_POLLING,
                lease: LOCAL_LEASE,
                cloud,
            },
            Cloud::Google => {
                let credentials = DefaultCredentials::default()
                    .build()
                    .map_err(|error| ConnectError::Credentials(error.into()))?;
                Self { credentials, polling: GOOGLE_POLLING, lease: GOOGLE_LEASE, cloud }
            }
        })
    }

    /// Whether the clients are those of a local cloud, which speaks plain http.
    pub(crate) fn is_local(&self) -> bool {
        self.cloud == Cloud::Local
    }

    /// Charges all calls to the quotas of a project. `Err` if that is not a project's id.
    pub(crate) fn charged_to(self, project: &str) -> Result<Self, ConnectError> {
        let charged = ChargedTo::new(self.credentials, project);
        let charged = charged.map_err(|error| ConnectError::QuotaProject(error.into()))?;
        Ok(Self { credentials: charged.into(), ..self })
    }

    /// The credentials of all calls, with the project that is charged for them.
    pub(crate) fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    /// Configures the builder of an API client. The client tries once; [`crate::retry`] retries. It has
    /// spans for its requests, which the runner joins to those of the calls.
    pub(crate) fn api<F>(
        &self,
        builder: ClientBuilder<F, Credentials>,
        endpoint: Option<&str>,
    ) -> ClientBuilder<F, Credentials> {
        let builder = builder
            .with_credentials(self.credentials.clone())
            .with_attempt_timeout(REQUEST_LIMIT)
            .with_retry_policy(NeverRetry)
            .with_polling_backoff_policy(Steady(self.polling))
            .with_tracing();
        match endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint),
            None => builder,
        }
    }

    /// The client of an API that speaks HTTP. For Google it is built now, so that an invalid
    /// configuration is found at the start.
    ///
    /// # Errors
    /// [`ConnectError::Client`]: retrying does not help.
    pub(crate) async fn client<F, C>(
        &self,
        service: &'static str,
        builder: fn() -> ClientBuilder<F, Credentials>,
        endpoint: Option<&str>,
    ) -> Result<Late<C>, ConnectError>
    where
        ClientBuilder<F, Credentials>: Connect<Client = C>,
        F: 'static,
        C: 'static,
    {
        let (profile, endpoint) = (self.clone(), endpoint.map(str::to_owned));
        let late = Late::new(move || profile.api(builder(), endpoint.as_deref()).connect());
        if self.is_local() {
            return Ok(late);
        }
        late.built().await.map_err(|source| ConnectError::Client { service, source })
    }

    pub(crate) fn publisher(
        &self,
        endpoint: Option<&str>,
    ) -> google_cloud_pubsub::builder::publisher::BasePublisherBuilder {
        use google_cloud_pubsub::client::BasePublisher;
        use google_cloud_pubsub::retry_policy::RetryableErrors;
        let builder = BasePublisher::builder()
            .with_credentials(self.credentials.clone())
            .with_retry_policy(RetryableErrors.with_time_limit(PUBLISH_LIMIT));
        match endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint),
            None => builder,
        }
    }

    pub(crate) fn subscriber(
        &self,
        endpoint: Option<&str>,
    ) -> google_cloud_pubsub::builder::subscriber::ClientBuilder {
        let builder = google_cloud_pubsub::client::Subscriber::builder()
            .with_credentials(self.credentials.clone());
        match endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint),
            None => builder,
        }
    }

    pub(crate) fn storage(
        &self,
        endpoint: Option<&str>,
    ) -> google_cloud_storage::builder::storage::ClientBuilder {
        use google_cloud_storage::read_resume_policy::{ReadResumePolicyExt as _, Recommended};
        use google_cloud_storage::retry_policy::RetryableErrors;
        let builder = google_cloud_storage::client::Storage::builder()
            .with_credentials(self.credentials.clone())
            .with_retry_policy(RetryableErrors.with_time_limit(UPLOAD_RETRY_LIMIT))
            .with_read_resume_policy(Recommended.with_attempt_limit(DOWNLOAD_RESUMES))
            .with_tracing();
        match endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint),
            None => builder,
        }
    }
}

/// Polls a long-running operation at a fixed interval.
#[derive(Debug)]
struct Steady(Duration);

impl PollingBackoffPolicy for Steady {
    fn wait_period(&self, _state: &PollingState) -> Duration {
        self.0
    }
}
