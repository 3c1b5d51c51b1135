//! What Cloud Functions needs from the other services. The composition root implements these ports,
//! so that no service imports another.
//!
//! Each call may be repeated after a restart of the local cloud, and after a response was lost, so
//! each is idempotent: a repetition returns what the first one did.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

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

impl PortError {
    /// A permanent error.
    pub fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::Refused { code, message: message.into() }
    }
}

impl From<RestError> for PortError {
    fn from(error: RestError) -> Self {
        match error.code() {
            Code::Internal => Self::Unavailable(error.message().to_owned()),
            code => Self::Refused { code, message: error.message().to_owned() },
        }
    }
}

/// An object in Cloud Storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its name.
    pub name: String,
    /// 0: the newest generation.
    pub generation: i64,
}

/// Where an object is to be written. The bucket is created if it does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Id of the project that owns the bucket.
    pub project: String,
    /// Region of the bucket.
    pub location: String,
    /// The bucket.
    pub bucket: String,
    /// The object.
    pub object: String,
    /// Key of Cloud KMS that protects the object, or empty.
    pub kms_key: String,
}

/// Cloud Storage.
#[async_trait]
pub trait Sources: Send + Sync {
    /// The number of a project that is named by its id or its number.
    fn project_number(&self, project: &str) -> u64;

    /// The id of a project that is named by its id or its number. A number that belongs to no known
    /// project is returned as it is.
    fn project_id(&self, project: &str) -> String;

    /// A URL at which one archive can be uploaded with `PUT` and without credentials, for half an
    /// hour. The caller must send `content-type: application/zip`.
    ///
    /// # Errors
    /// [`PortError`].
    async fn upload_url(&self, place: &Place, signer: &str) -> Result<String, PortError>;

    /// A URL at which an object can be read without credentials, for half an hour.
    ///
    /// # Errors
    /// [`PortError`].
    async fn download_url(&self, object: &Object, signer: &str) -> Result<String, PortError>;

    /// The object with its generation.
    ///
    /// # Errors
    /// [`PortError::Refused`] with `NOT_FOUND` if it does not exist.
    async fn find(&self, object: &Object) -> Result<Object, PortError>;

    /// Copies an object and returns the new generation.
    ///
    /// # Errors
    /// As for [`Sources::find`].
    async fn copy(&self, from: &Object, to: &Place) -> Result<Object, PortError>;
}

/// Artifact Registry. Repositories are named in full.
#[async_trait]
pub trait Repositories: Send + Sync {
    /// Creates a Docker repository if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn ensure(&self, repository: &str) -> Result<(), PortError>;

    /// Checks that a Docker repository exists.
    ///
    /// # Errors
    /// [`PortError::Refused`] with `NOT_FOUND` if it does not.
    async fn check(&self, repository: &str) -> Result<(), PortError>;

    /// Deletes a package with all its versions. No-op if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn delete_package(&self, repository: &str, package: &str) -> Result<(), PortError>;
}

/// A build to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildOrder {
    /// Id that the build gets. A build with this id is started only once.
    pub id: String,
    /// Project of the build.
    pub project: String,
    /// Region of the build.
    pub location: String,
    /// The archive of the source.
    pub source: Object,
    /// `HOST/PROJECT/REPOSITORY/IMAGE:TAG`.
    pub image: String,
    /// Id of the runtime, such as `python312`.
    pub runtime: String,
    /// Name of the function in the source.
    pub entry_point: String,
    /// Environment of the build.
    pub environment: BTreeMap<String, String>,
    /// Account that the build runs as; empty: the default.
    pub service_account: String,
    /// Private pool; empty: none.
    pub worker_pool: String,
    /// Tags of the build.
    pub tags: Vec<String>,
}

/// What has become of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildState {
    /// It waits or runs.
    Running,
    /// Its image is in the registry.
    Succeeded,
    /// It ended without an image.
    Failed {
        /// Name of its status, such as `FAILURE`.
        status: String,
        /// Why.
        message: String,
    },
}

/// Cloud Build.
#[async_trait]
pub trait Builds: Send + Sync {
    /// Starts a build, and returns its full name.
    ///
    /// # Errors
    /// [`PortError`].
    async fn start(&self, order: &BuildOrder) -> Result<String, PortError>;

    /// The state of a build.
    ///
    /// # Errors
    /// [`PortError::Refused`] with `NOT_FOUND` if it does not exist.
    async fn state(&self, name: &str) -> Result<BuildState, PortError>;
}

/// What a Cloud Run service looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// Its newest revision is starting.
    Pending,
    /// Its newest revision serves.
    Ready {
        /// Id of the revision.
        revision: String,
        /// URL of the service.
        uri: String,
    },
    /// Its newest revision failed.
    Failed {
        /// Why.
        message: String,
    },
}

/// Cloud Run. Services are named in full; their documents are those of its Admin API v2.
#[async_trait]
pub trait Services: Send + Sync {
    /// The service; `None` if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn get(&self, name: &str) -> Result<Option<Value>, PortError>;

    /// Creates the service, or replaces the fields that `update_mask` names.
    ///
    /// # Errors
    /// [`PortError`].
    async fn apply(&self, name: &str, document: &Value, update_mask: &str)
    -> Result<(), PortError>;

    /// The state of the newest revision.
    ///
    /// # Errors
    /// [`PortError::Refused`] with `NOT_FOUND` if the service does not exist.
    async fn state(&self, name: &str) -> Result<ServiceState, PortError>;

    /// Deletes the service. No-op if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn delete(&self, name: &str) -> Result<(), PortError>;
}

/// The trigger of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriggerOrder {
    /// Full name of the trigger.
    pub name: String,
    /// Full name of the function.
    pub function: String,
    /// Full name of its service.
    pub service: String,
    /// The event type.
    pub event_type: String,
    /// Attribute, value and operator of each further filter.
    pub filters: Vec<(String, String, String)>,
    /// Full name of the topic that the caller chose; empty: one that Eventarc makes.
    pub topic: String,
    /// Email of the account that calls the function.
    pub account: String,
    /// Full name of the channel; empty: none.
    pub channel: String,
    /// Whether events that the function fails to handle are delivered again.
    pub retries: bool,
}

/// Eventarc.
#[async_trait]
pub trait Triggers: Send + Sync {
    /// Checks that a trigger can be made. Its service need not exist yet.
    ///
    /// # Errors
    /// [`PortError::Refused`] in the words of Cloud Functions.
    async fn check(&self, order: &TriggerOrder) -> Result<(), PortError>;

    /// Creates or updates a trigger, and returns the full name of its topic.
    ///
    /// # Errors
    /// [`PortError`].
    async fn apply(&self, order: &TriggerOrder) -> Result<String, PortError>;

    /// Deletes a trigger. No-op if it does not exist.
    ///
    /// # Errors
    /// [`PortError`].
    async fn delete(&self, name: &str) -> Result<(), PortError>;
}

/// Customer-managed keys.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Checks that `agent` can encrypt and decrypt with the key
    /// (`projects/P/locations/L/keyRings/R/cryptoKeys/K`).
    ///
    /// # Errors
    /// [`PortError::Refused`] with the reason, and the key's name in its message.
    async fn check(&self, key: &str, agent: &str) -> Result<(), PortError>;
}

/// A cloud without keys: every key is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

#[async_trait]
impl Keys for NoKeys {
    async fn check(&self, key: &str, _agent: &str) -> Result<(), PortError> {
        Err(PortError::refused(Code::NotFound, format!("CryptoKey {key} not found.")))
    }
}
