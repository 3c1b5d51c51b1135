//! Cloud Run services as the fleet uses them: read, write with a precondition, and read again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use longshore_messages::{Access, ServiceSettings};

use crate::{CloudError, Kind};

/// Services of the Cloud Run Admin API v2, named `projects/P/locations/R/services/S`.
#[async_trait]
pub trait Services: Send + Sync {
    /// Returns the service as it is now, or `None` if it does not exist.
    async fn get(&self, name: &str) -> Result<Option<LiveService>, CloudError>;

    /// Waits for the write quota of the service's project and region, and returns how long that took.
    /// Wait before the last read that the write depends on.
    async fn pace_write(&self, name: &str) -> Duration;

    /// Creates or updates a service. Writes only the fields that `shape` sets, and returns once
    /// Cloud Run has accepted the request. Does not take its quota: call [`Services::pace_write`]
    /// before it. [`Services::wait`] returns when the operation has ended.
    ///
    /// `AlreadyExists` if the service was to be created and exists. `PreconditionFailed` if its etag
    /// had changed, and also for refusals that Cloud Run reports with the same codes, such as an
    /// organization policy: read again. An unchanged etag proves a refusal.
    async fn write(
        &self,
        name: &str,
        shape: &ServiceShape,
        precondition: Precondition,
    ) -> Result<Accepted, CloudError>;

    /// Sets who may call the service that has this etag, and nothing else, and returns once Cloud Run
    /// has accepted the request. Makes no revision.
    ///
    /// `PreconditionFailed` if its etag had changed: read again.
    async fn set_access(
        &self,
        name: &str,
        access: Access,
        etag: &str,
    ) -> Result<Accepted, CloudError>;

    /// What a revision of a service runs: its image, its key, and those of its settings that belong to
    /// a revision. `None` if it does not exist.
    async fn revision(
        &self,
        service: &str,
        _revision: &str,
    ) -> Result<Option<ServiceShape>, CloudError> {
        Err(CloudError::new("get revision", service, Kind::Unimplemented))
    }

    /// Waits until an operation has ended, for `limit` at most. Cloud Run may return earlier.
    async fn wait(&self, operation: &str, limit: Duration) -> Result<OperationState, CloudError>;

    /// Returns all services of a project and region with their names, including those of other
    /// tools. Each page is one list call.
    async fn list(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<(String, LiveService)>, CloudError>;

    /// Lets everyone call a service by its IAM policy (`allUsers` has `roles/run.invoker`), or no
    /// longer. The other bindings stay. Idempotent.
    ///
    /// `PreconditionFailed` if others keep changing the policy, and also for the refusal of an
    /// organization policy.
    async fn set_public(&self, name: &str, is_public: bool) -> Result<(), CloudError>;

    /// The principals that the IAM policy of a service lets call it, without a condition.
    async fn invokers(&self, name: &str) -> Result<BTreeSet<String>, CloudError> {
        Err(CloudError::new("get service policy", name, Kind::Unimplemented))
    }

    /// Adds principals to those that may call a service, and removes others. The rest of its IAM
    /// policy stays. Idempotent.
    ///
    /// `PreconditionFailed` if others keep changing the policy.
    async fn change_invokers(
        &self,
        name: &str,
        _add: &BTreeSet<String>,
        _remove: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        Err(CloudError::new("set service policy", name, Kind::Unimplemented))
    }

    /// Deletes the service that has this etag, with all its revisions, and returns once Cloud Run
    /// has accepted the request. Poll [`Services::get`] to see when it is gone. Succeeds if the
    /// service does not exist.
    ///
    /// `PreconditionFailed` if its etag had changed: read again.
    async fn delete(&self, name: &str, etag: &str) -> Result<(), CloudError>;
}

/// A write that Cloud Run has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// `projects/P/locations/R/operations/O`.
    pub operation: String,
    /// Generation of the service that the write made, if the operation says so.
    pub generation: Option<i64>,
}

/// The state of an operation of Cloud Run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationState {
    InProgress,
    Succeeded,
    Failed {
        /// A later write or a deletion ended it (`ABORTED`).
        aborted: bool,
        /// Cloud Run's message.
        message: String,
    },
    /// Cloud Run does not know the operation. It deletes operations some time after their end.
    Unknown,
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
    /// Key of Cloud KMS that protects the image and the instances:
    /// `RevisionTemplate.encryption_key`.
    pub encryption_key: Option<String>,
    /// Annotations of the service whose names start with `longshore.dev/`.
    pub annotations: BTreeMap<String, String>,
    /// Annotations of the revision template whose names start with `longshore.dev/`.
    pub template_annotations: BTreeMap<String, String>,
    /// Origin of the image: `Service.build_config`.
    pub build: Option<BuildRecord>,
    /// Which revisions get requests. `None` leaves the traffic as it is, and in every observation.
    pub traffic: Option<Traffic>,
}

/// Which revisions of a service get requests: `Service.traffic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// The newest ready revision gets all requests, also that of a later write. Targets that only have
    /// a tag stay.
    Newest,
    /// These targets by the names of their revisions, and no others.
    Pinned(Vec<TrafficTarget>),
    /// What follows the newest revision stays at another one, and the newest one has a tag.
    Held(HeldTraffic),
    /// What [`Traffic::Held`] has left at another revision follows the newest one again, without the tag.
    Released(HeldTraffic),
}

/// A tag of the newest revision, and the revision that has its requests instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTraffic {
    pub tag: String,
    /// Name of the revision (its last segment).
    pub revision: String,
}

impl HeldTraffic {
    /// Whether a share of the traffic is what the newest revision would have had.
    fn is_at(&self, share: &TrafficShare) -> bool {
        !share.follows_latest
            && share.revision == self.revision
            && share.percent > 0
            && share.tag.is_empty()
    }

    /// Whether the traffic of a service is held in this way, and nothing has moved it since.
    #[must_use]
    pub fn holds(&self, live: &LiveService) -> bool {
        Traffic::Held(self.clone()).is_met_by(live)
            && live.traffic.iter().any(|share| self.is_at(share))
    }
}

/// A target of a service's traffic, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficTarget {
    /// Name of the revision (its last segment).
    pub revision: String,
    /// Share of all requests, in percent.
    pub percent: i32,
    /// Name that gives the revision its own URL, or empty.
    pub tag: String,
}

impl Traffic {
    /// Whether the traffic of a service is this.
    #[must_use]
    pub fn is_met_by(&self, live: &LiveService) -> bool {
        match self {
            Self::Newest => {
                let newest = live.traffic.iter().filter(|share| share.follows_latest);
                newest.map(|share| share.percent).sum::<i32>() == 100
            }
            Self::Pinned(targets) => {
                let is_target = |share: &TrafficShare| {
                    !share.follows_latest
                        && targets.iter().any(|target| {
                            (&target.revision, target.percent, &target.tag)
                                == (&share.revision, share.percent, &share.tag)
                        })
                };
                live.traffic.len() == targets.len() && live.traffic.iter().all(is_target)
            }
            Self::Held(held) => {
                let is_tag = |share: &TrafficShare| share.tag == held.tag;
                let follows = |share: &TrafficShare| share.follows_latest && share.percent > 0;
                let has_tag = live
                    .traffic
                    .iter()
                    .any(|share| is_tag(share) && share.follows_latest && share.percent == 0);
                has_tag && !live.traffic.iter().any(follows)
            }
            Self::Released(held) => {
                let left = |share: &TrafficShare| share.tag == held.tag || held.is_at(share);
                !live.traffic.iter().any(left)
            }
        }
    }
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
    /// `Service.generation`: increases with every write.
    pub generation: i64,
    pub url: String,
    /// Whether Cloud Run has finished the newest write: it is not `reconciling`, and has observed
    /// the generation.
    pub reconciled: bool,
    pub condition: Condition,
    /// Name of the newest revision (its last segment), or empty.
    pub latest_created_revision: String,
    /// Name of the newest ready revision (its last segment), or empty.
    pub latest_ready_revision: String,
    /// The traffic in effect: `Service.traffic_statuses`, or what `Service.traffic` requests until
    /// Cloud Run reports it. Empty if no revision has ever been ready.
    pub traffic: Vec<TrafficShare>,
}

impl LiveService {
    /// The share of all requests that a revision gets, in percent.
    #[must_use]
    pub fn percent_of(&self, revision: &str) -> i32 {
        let shares = self.traffic.iter().filter(|share| share.revision == revision);
        shares.map(|share| share.percent).sum()
    }

    /// Whether the Cloud Functions API manages the service. Its label is empty after the service was
    /// detached from its function.
    #[must_use]
    pub fn is_of_function(&self) -> bool {
        let manager = self.shape.settings.labels.get("goog-managed-by");
        manager.is_some_and(|manager| manager == "cloudfunctions")
    }
}

/// `google.cloud.run.v2.TrafficTargetStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficShare {
    /// Name of the revision (its last segment).
    pub revision: String,
    /// Whether the target is not that revision by name, but the newest ready one at any time.
    pub follows_latest: bool,
    /// Share of all requests, in percent.
    pub percent: i32,
    /// Name that gives the revision its own URL, or empty.
    pub tag: String,
    /// URL of the tag, or empty.
    pub url: String,
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
