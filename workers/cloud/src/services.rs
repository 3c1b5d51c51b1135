//! Cloud Run services as the fleet uses them: look, write with a precondition, look again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use longshore_messages::ServiceSettings;

use crate::CloudError;

/// Services of the Cloud Run Admin API v2. A service is named `projects/P/locations/R/services/S`.
#[async_trait]
pub trait Services: Send + Sync {
    /// The service as it is, or `None`.
    async fn get(&self, name: &str) -> Result<Option<LiveService>, CloudError>;

    /// Asks for a service that looks like `shape`, writing only the fields that `shape` sets, and
    /// returns once the request is accepted (not once it serves: that is seen by
    /// [`Services::get`]).
    ///
    /// `PreconditionFailed`: it existed already, or its etag had changed; look and plan again.
    async fn write(
        &self,
        name: &str,
        shape: &ServiceShape,
        precondition: Precondition,
    ) -> Result<(), CloudError>;

    /// All services of a project and region with their names, other people's among them. One list
    /// call for each page.
    async fn list(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<(String, LiveService)>, CloudError>;

    /// Asks for the deletion of the service that has this etag, with all its revisions, and returns
    /// once the request is accepted (not once it is gone: that is seen by [`Services::get`]). One
    /// that is not there is fine.
    ///
    /// `PreconditionFailed`: its etag had changed; look again.
    async fn delete(&self, name: &str, etag: &str) -> Result<(), CloudError>;
}

/// What must hold for a write to take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// The service does not exist.
    Absent,
    /// The service has this etag.
    Etag(String),
}

/// The fields of a service that the fleet owns. In a write, an unset setting leaves the service's
/// value as it is; in an observation, it means that the service has none.
///
/// The environment and the secret volumes are owned as a whole: a write removes what it does not
/// name. Volumes of other kinds stay. A secret of the service's own project is named by its id
/// alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceShape {
    /// How the image is served.
    pub settings: ServiceSettings,
    /// `NAME@sha256:…` of the function's container.
    pub image: String,
    /// Annotations of the service whose names start with `longshore.dev/`.
    pub annotations: BTreeMap<String, String>,
    /// Annotations of the revision template whose names start with `longshore.dev/`.
    pub template_annotations: BTreeMap<String, String>,
    /// Origin of the image: `Service.build_config`.
    pub build: Option<BuildRecord>,
}

/// `google.cloud.run.v2.BuildConfig`: a record, it starts no build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildRecord {
    /// `gs://BUCKET/OBJECT#GENERATION`.
    pub source_location: String,
    /// The function that is called.
    pub function_target: String,
    /// Image name with tag.
    pub image: String,
    /// Base image, or empty.
    pub base_image: String,
    /// Build environment.
    pub environment: BTreeMap<String, String>,
    /// Build service account, or empty.
    pub service_account: String,
    /// Worker pool, or empty.
    pub worker_pool: String,
}

/// A service as Cloud Run shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveService {
    /// The fields that the fleet owns.
    pub shape: ServiceShape,
    /// For the next write's precondition.
    pub etag: String,
    /// URL.
    pub url: String,
    /// Whether Cloud Run has finished with the newest write: `reconciling` is off and the
    /// generation is observed.
    pub settled: bool,
    /// How it stands.
    pub condition: Condition,
    /// Name (last segment) of the newest revision, or empty.
    pub latest_created_revision: String,
    /// Name (last segment) of the newest revision that became ready, or empty.
    pub latest_ready_revision: String,
    /// Where requests go (`Service.traffic_statuses`).
    pub traffic: Vec<TrafficShare>,
}

/// `google.cloud.run.v2.TrafficTargetStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficShare {
    /// Name of the revision; empty: the newest that is ready.
    pub revision: String,
    /// Percent of all requests.
    pub percent: i32,
    /// Name under which the revision has a URL of its own, or empty.
    pub tag: String,
}

/// `Service.terminal_condition`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// State.
    pub state: ConditionState,
    /// Name of the reason, such as `HEALTH_CHECK_CONTAINER_ERROR`; empty when there is none.
    pub reason: String,
    /// Text for people.
    pub message: String,
}

/// `google.cloud.run.v2.Condition.State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionState {
    /// Under way.
    Pending,
    /// It serves.
    Succeeded,
    /// It will not come to serve by itself.
    Failed,
}
