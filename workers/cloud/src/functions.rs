//! Functions of the Cloud Functions API v2 as the fleet uses them: upload a source, write the function,
//! and follow the operation.
//!
//! The API has no etag and no request id. It runs one operation on a function at a time and refuses
//! another write meanwhile, so the labels of the function say whose write it shows.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use longshore_messages::{
    DEPLOYMENT_LABEL, DeploymentId, EventFilter, GENERATION_LABEL, ServiceSettings, StorageObject,
};
use time::OffsetDateTime;

use crate::{CloudError, Kind};

/// Functions of the Cloud Functions API v2, named `projects/P/locations/R/functions/F`.
#[async_trait]
pub trait Functions: Send + Sync {
    /// Asks where to upload a source, which this key protects (none: Google's). The answer is valid
    /// for 30 minutes.
    async fn upload_place(
        &self,
        project: &str,
        region: &str,
        kms_key: Option<&str>,
    ) -> Result<UploadPlace, CloudError>;

    /// Uploads an archive to a place, and returns the object with its generation. `PermissionDenied`
    /// also while the grants of a new project spread, and `InvalidArgument` if the archive is too
    /// large.
    async fn upload(
        &self,
        place: &UploadPlace,
        archive: &Path,
    ) -> Result<StorageObject, CloudError>;

    /// Returns the function as it is now, or `None` if it does not exist.
    async fn get(&self, name: &str) -> Result<Option<LiveFunction>, CloudError>;

    /// Returns all functions of a project and region, including those of other tools. Each page, of
    /// up to 1000 functions, is one list call.
    async fn list(&self, project: &str, region: &str) -> Result<Vec<LiveFunction>, CloudError>;

    /// Waits for the write quota of the function's project and region, and returns how long that took.
    /// Wait before the last read that the write depends on.
    async fn pace_write(&self, name: &str) -> Duration;

    /// Creates a function, and returns the name of the operation once the API has accepted the
    /// request. Does not take its quota: call [`Functions::pace_write`] before it.
    ///
    /// `AlreadyExists` if the function exists, and `PreconditionFailed` if another operation runs on
    /// it: read again. After a transient error the operation may be running.
    async fn create(&self, name: &str, shape: &FunctionShape) -> Result<String, CloudError>;

    /// Writes these fields of a function, and returns as [`Functions::create`] does.
    ///
    /// `PreconditionFailed` if another operation runs on it.
    async fn update(
        &self,
        name: &str,
        shape: &FunctionShape,
        fields: &[FunctionField],
    ) -> Result<String, CloudError>;

    /// Deletes a function with its service, and returns the name of the operation, or `None` if the
    /// function does not exist.
    ///
    /// `PreconditionFailed` if another operation runs on it.
    async fn delete(&self, name: &str) -> Result<Option<String>, CloudError>;

    /// Detaches a function from the Cloud Functions API, and returns the name of the operation, or
    /// `None` if the function does not exist. Its service stays as it is, with its URL and its
    /// triggers, and belongs to Cloud Run alone. Cannot be undone.
    ///
    /// `PreconditionFailed` if another operation runs on it.
    async fn detach(&self, name: &str) -> Result<Option<String>, CloudError> {
        Err(CloudError::new("detach function", name, Kind::Unimplemented))
    }

    /// Returns the runtimes that a project and region offer, of the second generation, with those
    /// that are ended.
    async fn runtimes(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<OfferedRuntime>, CloudError>;

    /// Returns an operation, or `None` if the API does not know it (any more).
    async fn operation(&self, name: &str) -> Result<Option<FunctionProgress>, CloudError>;

    /// Returns the operations of a project and region on functions, but no more than a few pages of
    /// them.
    async fn operations(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<FunctionProgress>, CloudError>;
}

/// Where a source is uploaded.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadPlace {
    /// A signed URL, which is as good as a credential.
    pub url: String,
    pub bucket: String,
    pub object: String,
}

impl std::fmt::Debug for UploadPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UploadPlace(gs://{}/{})", self.bucket, self.object)
    }
}

/// The fields of a function that the fleet owns. An empty text and an unset setting leave the
/// function's value as it is.
///
/// A secret of the function's own project is named by its id alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionShape {
    /// Google's id of the runtime.
    pub runtime: String,
    pub entry_point: String,
    /// The source of the build, with its generation.
    pub source: StorageObject,
    pub build_environment: BTreeMap<String, String>,
    /// `projects/P/serviceAccounts/EMAIL`.
    pub build_account: String,
    /// `projects/P/locations/R/workerPools/W`.
    pub worker_pool: String,
    /// `projects/P/locations/R/repositories/NAME`.
    pub repository: String,
    /// Key of Cloud KMS that protects the source, the image and the instances.
    pub kms_key: String,
    /// How the image is served. Its labels are empty; `access` is a setting of the service.
    pub settings: ServiceSettings,
    /// All labels of the function. A write replaces them as a whole.
    pub labels: BTreeMap<String, String>,
    /// The function's own trigger. `None`: it is called over HTTP.
    pub event: Option<FunctionEvent>,
}

/// The event trigger of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionEvent {
    pub event_type: String,
    /// Conditions on other attributes, sorted.
    pub filters: Vec<EventFilter>,
    /// Location of the trigger. Cannot be changed.
    pub region: String,
    /// `projects/P/topics/T`. Of messages it is where they are published, and cannot be changed; an
    /// update must not name it. Of other events it is the API's own.
    pub topic: String,
    /// Email address of the account that the requests are made as. Empty: the API's default.
    pub account: String,
    /// `projects/P/locations/L/channels/C`, or empty.
    pub channel: String,
    pub retries: bool,
}

/// A field of [`FunctionShape`] in an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FunctionField {
    Description,
    Labels,
    Runtime,
    EntryPoint,
    Source,
    BuildEnvironment,
    BuildAccount,
    WorkerPool,
    Repository,
    KmsKey,
    Memory,
    Cpu,
    Timeout,
    Concurrency,
    MinInstances,
    MaxInstances,
    ServiceAccount,
    Environment,
    SecretEnvironment,
    SecretVolumes,
    Ingress,
    Connector,
    EventTrigger,
}

impl FunctionField {
    /// The path of the field in an update mask. Maps cannot be updated in part.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Labels => "labels",
            Self::Runtime => "build_config.runtime",
            Self::EntryPoint => "build_config.entry_point",
            Self::Source => "build_config.source",
            Self::BuildEnvironment => "build_config.environment_variables",
            Self::BuildAccount => "build_config.service_account",
            Self::WorkerPool => "build_config.worker_pool",
            Self::Repository => "build_config.docker_repository",
            Self::KmsKey => "kms_key_name",
            Self::Memory => "service_config.available_memory",
            Self::Cpu => "service_config.available_cpu",
            Self::Timeout => "service_config.timeout_seconds",
            Self::Concurrency => "service_config.max_instance_request_concurrency",
            Self::MinInstances => "service_config.min_instance_count",
            Self::MaxInstances => "service_config.max_instance_count",
            Self::ServiceAccount => "service_config.service_account_email",
            Self::Environment => "service_config.environment_variables",
            Self::SecretEnvironment => "service_config.secret_environment_variables",
            Self::SecretVolumes => "service_config.secret_volumes",
            Self::Ingress => "service_config.ingress_settings",
            Self::Connector => "service_config.vpc_connector",
            Self::EventTrigger => "event_trigger",
        }
    }
}

/// A function as the API reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveFunction {
    /// `projects/P/locations/R/functions/F`.
    pub name: String,
    pub state: FunctionState,
    /// Whether it is a function of the first generation, which this API shows and cannot write.
    pub is_first_generation: bool,
    /// What the API says about the state.
    pub messages: Vec<String>,
    /// The fields that the fleet owns. Its source is where the API keeps it.
    pub shape: FunctionShape,
    /// Resource name of the last build in Cloud Build, or empty.
    pub build: String,
    /// Resource name of the Cloud Run service, or empty if there was never one.
    pub service: String,
    pub url: String,
    /// Name of the revision, or empty.
    pub revision: String,
}

impl LiveFunction {
    /// The deployment that wrote the function, if its label names one.
    #[must_use]
    pub fn written_by(&self) -> Option<DeploymentId> {
        self.shape.labels.get(DEPLOYMENT_LABEL)?.parse().ok()
    }

    /// The generation of that deployment.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        self.shape.labels.get(GENERATION_LABEL)?.parse().ok()
    }
}

/// `google.cloud.functions.v2.Function.State`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FunctionState {
    /// The function serves.
    Active,
    /// The last operation failed.
    Failed,
    /// The last operation failed, and so did its roll-back: what serves is undefined. "The function
    /// should be updated or deleted to move it out of this state" (`functions.proto`, `UNKNOWN`).
    Undefined,
    /// An operation runs on it.
    Deploying,
    /// It is being deleted.
    Deleting,
    /// A state that this version does not know.
    #[default]
    Unknown,
}

impl FunctionState {
    /// Whether the function is as its last operation left it.
    #[must_use]
    pub fn is_settled(self) -> bool {
        match self {
            Self::Active | Self::Failed | Self::Undefined => true,
            Self::Deploying | Self::Deleting | Self::Unknown => false,
        }
    }
}

/// A runtime, as `runtimes.list` returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedRuntime {
    /// Such as `python313`.
    pub id: String,
    pub stage: RuntimeStage,
}

/// `google.cloud.functions.v2.ListRuntimesResponse.RuntimeStage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeStage {
    /// Development, alpha or beta.
    Preview,
    /// Generally available.
    Ga,
    /// Can still be deployed.
    Deprecated,
    /// Cannot be deployed any more.
    Decommissioned,
    /// A stage that this version does not know.
    Unknown,
}

/// An operation on a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionProgress {
    /// `projects/P/locations/R/operations/O`.
    pub name: String,
    /// The function, `projects/P/locations/R/functions/F`.
    pub target: String,
    pub is_creation: bool,
    pub started_at: Option<OffsetDateTime>,
    pub end: OperationEnd,
    /// In order.
    pub stages: Vec<FunctionStage>,
    /// Resource name of the build in Cloud Build, or empty.
    pub build: String,
}

/// Whether and how an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationEnd {
    InProgress,
    Succeeded,
    Failed { kind: Kind, message: String },
}

/// `google.cloud.functions.v2.Stage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionStage {
    pub name: StageName,
    pub is_complete: bool,
    /// Its errors.
    pub errors: Vec<String>,
}

/// `google.cloud.functions.v2.Stage.Name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageName {
    ArtifactRegistry,
    Build,
    Service,
    Trigger,
    ServiceRollback,
    TriggerRollback,
    Unknown,
}
