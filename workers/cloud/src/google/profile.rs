//! How the clients are set up: credentials, time limits, policies. Every number that they are given
//! is here.

use std::time::Duration;

use google_cloud_auth::credentials::{Builder as DefaultCredentials, Credentials, anonymous};
use google_cloud_gax::client_builder::ClientBuilder;
use google_cloud_gax::polling_backoff_policy::PollingBackoffPolicy;
use google_cloud_gax::polling_state::PollingState;
use google_cloud_gax::retry_policy::{NeverRetry, RetryPolicyExt as _};

use crate::endpoints::Cloud;
use crate::error::ConnectError;

/// One request of an API: Google's own configuration gives Cloud Run's reads 10 s and its writes 15
/// s (`google/cloud/run/v2/*_grpc_service_config.json`); a list of builds takes longer.
pub(crate) const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// One document of at most 16 MiB, there or back.
pub(crate) const DOCUMENT_LIMIT: Duration = Duration::from_secs(30);
/// One archive: the largest that Cloud Run's own upload takes (250 MiB) at half a megabyte a
/// second.
pub(crate) const TRANSFER_LIMIT: Duration = Duration::from_secs(500);
/// One publish with its retries: Pub/Sub's own limit for one try (60 s), so that an outage is seen
/// before the lease is over.
pub(crate) const PUBLISH_LIMIT: Duration = Duration::from_secs(60);
/// A new repository; it is there after some seconds.
pub(crate) const REPOSITORY_LIMIT: Duration = Duration::from_secs(120);

/// The client of Cloud Storage resumes an upload itself, which nobody outside of it can do.
const UPLOAD_RETRY_LIMIT: Duration = Duration::from_secs(60);
/// A download resumes from where it broke; so often on one object means that something else is
/// wrong.
const DOWNLOAD_RESUMES: u32 = 5;

/// What Google asks of pollers: once a second at most (the clients' own beginning).
const GOOGLE_POLLING: Duration = Duration::from_secs(1);
/// Local operations take milliseconds, and nobody counts requests.
const LOCAL_POLLING: Duration = Duration::from_millis(50);

/// How far ahead the client keeps a delivery's lease: the client's own value. A killed worker's
/// messages come back after it.
const GOOGLE_LEASE: Duration = Duration::from_secs(60);
/// The shortest that Pub/Sub knows. The client extends every 3 s, so on one machine it is three
/// chances; and whoever tries out what happens when a worker is killed does not wait a minute for
/// it.
const LOCAL_LEASE: Duration = Duration::from_secs(10);

/// The set-up that all clients share.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    credentials: Credentials,
    polling: Duration,
    /// How far ahead the lease of a delivery is kept.
    pub(crate) lease: Duration,
}

impl Profile {
    /// `Err` where there are no Application Default Credentials to be found; a local cloud never
    /// sees any.
    pub(crate) fn of(cloud: Cloud) -> Result<Self, ConnectError> {
        crate::install_tls_provider();
        Ok(match cloud {
            Cloud::Local => Self {
                credentials: anonymous::Builder::new().build(),
                polling: LOCAL_POLLING,
                lease: LOCAL_LEASE,
            },
            Cloud::Google => {
                let credentials = DefaultCredentials::default()
                    .build()
                    .map_err(|error| ConnectError::Credentials(error.into()))?;
                Self { credentials, polling: GOOGLE_POLLING, lease: GOOGLE_LEASE }
            }
        })
    }

    /// Sets up the builder of an API client. It tries once: retries are [`crate::retry`]'s.
    pub(crate) fn api<F>(
        &self,
        builder: ClientBuilder<F, Credentials>,
        endpoint: Option<&str>,
    ) -> ClientBuilder<F, Credentials> {
        let builder = builder
            .with_credentials(self.credentials.clone())
            .with_attempt_timeout(REQUEST_LIMIT)
            .with_retry_policy(NeverRetry)
            .with_polling_backoff_policy(Steady(self.polling));
        match endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint),
            None => builder,
        }
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
            .with_read_resume_policy(Recommended.with_attempt_limit(DOWNLOAD_RESUMES));
        match endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint),
            None => builder,
        }
    }
}

/// Polls a long-running operation at a steady pace.
#[derive(Debug)]
struct Steady(Duration);

impl PollingBackoffPolicy for Steady {
    fn wait_period(&self, _state: &PollingState) -> Duration {
        self.0
    }
}
