//! What Eventarc needs from the other services. The composition root implements it, so that no
//! service imports another.
//!
//! Each call may be repeated after a restart of the local cloud, so each is idempotent.

use async_trait::async_trait;

use longshore_local_kit::rest::{Code, RestError};

/// Why a port did not do what it was called for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The other service refuses. Permanent: the operation fails with this code and message.
    #[error("{message}")]
    Refused {
        /// Canonical code of the refusal.
        code: Code,
        /// What the other service says.
        message: String,
    },
    /// Transient: this machine failed, for example because its disk is full. The call is repeated.
    #[error("{0}")]
    Unavailable(String),
}

impl From<RestError> for PortError {
    fn from(error: RestError) -> Self {
        match error.code() {
            Code::Internal => Self::Unavailable(error.message().to_owned()),
            code => Self::Refused { code, message: error.message().to_owned() },
        }
    }
}

/// The push subscription of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// `projects/P/subscriptions/S`.
    pub name: String,
    /// `projects/P/topics/T`.
    pub topic: String,
    /// URL of the service with the path and the mode.
    pub endpoint: String,
    /// URL of the service.
    pub audience: String,
    /// Email of the account whose token each request carries; empty: none.
    pub account: String,
    /// Whether an event is delivered once, whatever the service answers.
    pub once: bool,
    /// Full name of the service.
    pub service: String,
}

/// The services around Eventarc.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// The id of a project that is named by its id or its number.
    fn project_id(&self, project: &str) -> String;

    /// Whether a topic exists.
    ///
    /// # Errors
    /// [`PortError`].
    async fn has_topic(&self, topic: &str) -> Result<bool, PortError>;

    /// Creates a topic if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn ensure_topic(&self, topic: &str) -> Result<(), PortError>;

    /// Deletes a topic. No-op if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn delete_topic(&self, topic: &str) -> Result<(), PortError>;

    /// Creates a push subscription with Eventarc's settings. Of one that exists, only where and how
    /// it pushes is changed, so that changes by users, such as a dead-letter topic, are kept.
    ///
    /// # Errors
    /// [`PortError`].
    async fn ensure_subscription(&self, subscription: &Subscription) -> Result<(), PortError>;

    /// Deletes a subscription. No-op if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn delete_subscription(&self, subscription: &str) -> Result<(), PortError>;

    /// The location of a bucket in lower case, such as `europe-west1` or `eu`; `None` if there is no
    /// such bucket in the project.
    ///
    /// # Errors
    /// [`PortError`].
    async fn bucket_location(
        &self,
        project: &str,
        bucket: &str,
    ) -> Result<Option<String>, PortError>;

    /// Has a bucket publish its notifications of a type, such as `OBJECT_FINALIZE`, to a topic.
    ///
    /// # Errors
    /// [`PortError`].
    async fn ensure_notification(
        &self,
        bucket: &str,
        event_type: &str,
        topic: &str,
    ) -> Result<(), PortError>;

    /// Ends all notifications of a bucket to a topic. No-op if there are none, or no bucket.
    ///
    /// # Errors
    /// [`PortError`].
    async fn delete_notifications(&self, bucket: &str, topic: &str) -> Result<(), PortError>;

    /// The URL of a Cloud Run service, which is named in full; `None` if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn service_url(&self, service: &str) -> Result<Option<String>, PortError>;
}
