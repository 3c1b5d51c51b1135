//! Cloud Run services as the fleet uses them: read, write with a precondition, and read again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use longshore_messages::ServiceSettings;

use crate::CloudError;

/// Services of the Cloud Run Admin API v2, named `projects/P/locations/R/services/S`.
#[async_trait]
pub trait Services: Send + Sync {
    /// Returns the service as it is now, or `None` if it does not exist.
    async fn get(&self, name: &str) -> Result<Option<LiveService>, CloudError>;

    /// Creates or updates a service. Writes only the fields that `shape` sets, and returns once
    /// Cloud Run has accepted the request. Poll [`Services::get`] to see when the service serves.
    ///
    /// `PreconditionFailed` if the service already existed or its etag had changed: read and plan
    /// again.
    async fn write(
        &self,
        name: &str,
        shape: &ServiceShape,
        precondition: Precondition,
    ) -> Result<(), CloudError>;

    /// Returns all services of a project and region with their names, including those of other
    /// tools. Each page is one list call.
    async fn list(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<(String, LiveService)>, CloudError>;

    /// Deletes the service that has this etag, with all its revisions, and returns once Cloud Run
    /// has accepted the request. Poll [`Services::get`] to see when it is gone. Succeeds if the
    /// service does not exist.
    ///
    /// `PreconditionFailed` if its etag had changed: read again.
    async fn delete(&self, name: &str, etag: &str) -> Result<(), CloudError>;
}

/// Precondition of a write.
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

/// `google.cloud.run.v2.BuildConfig`. A record: writing it does not start a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildRecord {
    /// `gs://BUCKET/OBJECT#GENERATION`.
    pub source_location: String,
    pub function_target: String,
    /// Image name with tag.
    pub image: String,
    /// May be empty.
    pub base_image: String,
    pub environment: BTreeMap<String, String>,
    /// May be empty.
    pub service_account: String,
    /// May be empty.
    pub worker_pool: String,
}

/// A service as Cloud Run reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveService {
    /// The fields that the fleet owns.
    pub shape: ServiceShape,
    /// Precondition of the next write.
    pub etag: String,
    pub url: String,
    /// Whether Cloud Run has finished the newest write: it is not `reconciling`, and has observed
    /// the generation.
    pub reconciled: bool,
    pub condition: Condition,
    /// Name of the newest revision (its last segment), or empty.
    pub latest_created_revision: String,
    /// Name of the newest ready revision (its last segment), or empty.
    pub latest_ready_revision: String,
    /// `Service.traffic_statuses`.
    pub traffic: Vec<TrafficShare>,
}

/// `google.cloud.run.v2.TrafficTargetStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficShare {
    /// Name of the revision. Empty for the newest ready one.
    pub revision: String,
    /// Share of all requests, in percent.
    pub percent: i32,
    /// Name that gives the revision its own URL, or empty.
    pub tag: String,
}

/// `Service.terminal_condition`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub state: ConditionState,
    /// Name of the reason, such as `HEALTH_CHECK_CONTAINER_ERROR`, or empty.
    pub reason: String,
    /// Human-readable text.
    pub message: String,
}

/// `google.cloud.run.v2.Condition.State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionState {
    /// In progress.
    Pending,
    /// The service serves.
    Succeeded,
    /// The service failed, and does not recover on its own.
    Failed,
}
