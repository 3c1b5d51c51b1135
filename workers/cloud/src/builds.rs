//! Cloud Build as the fleet uses it: builds are submitted through Cloud Run's `builds:submit` and
//! observed through Cloud Build.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use longshore_messages::{Builder, StorageObject};
use time::OffsetDateTime;

use crate::{BuildPart, CloudError};

/// Builds that turn source into images.
#[async_trait]
pub trait Builds: Send + Sync {
    /// Waits for the quota of submissions of a project, and returns how long that took. Wait before
    /// the last read that a submission depends on, and before a build is claimed.
    async fn pace_submit(&self, project: &str) -> Duration;

    /// Starts a build. Does not take its quota: call [`Builds::pace_submit`] before it.
    ///
    /// After an `Err` a build may be running, because Google accepts no request id here. Look for
    /// it by its tag before submitting again.
    async fn submit(&self, request: &BuildRequest) -> Result<SubmittedBuild, CloudError>;

    /// Returns a build, or `None` if it does not exist.
    async fn get(&self, name: &str) -> Result<Option<Build>, CloudError>;

    /// Returns all builds of a project and region that carry the tag, newest first. Each page is
    /// one list call.
    async fn list_by_tag(
        &self,
        project: &str,
        region: &str,
        tag: &str,
    ) -> Result<Vec<Build>, CloudError>;

    /// Returns the builds of a project and region that carry the tag and were created after `since`,
    /// newest first, but no more than a few pages of them. Each page is one list call.
    async fn list_recent(
        &self,
        project: &str,
        region: &str,
        tag: &str,
        since: OffsetDateTime,
    ) -> Result<Vec<Build>, CloudError>;

    /// Returns the last `lines` lines of a build's log, or none if the log does not exist (yet, or
    /// any more). Long lines are cut. `InvalidArgument` if the log is larger than 16 MiB.
    async fn log_tail(&self, build: &Build, lines: usize) -> Result<Vec<String>, CloudError>;
}

/// A build to submit. Meaning and limits of the fields: `google.cloud.run.v2.SubmitBuildRequest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRequest {
    pub project: String,
    pub region: String,
    /// Source archive, with its generation.
    pub source: StorageObject,
    /// Image to push: `HOST/PROJECT/REPOSITORY/IMAGE:TAG`.
    pub image: String,
    /// The function that the build checks for, and that the image calls by default.
    pub function_target: String,
    pub environment: BTreeMap<String, String>,
    /// A runtime's id (`python312`), `STACK/ID`, or an image's name. May be empty.
    pub base_image: String,
    /// `projects/P/serviceAccounts/EMAIL`, or empty.
    pub service_account: String,
    /// May be empty.
    pub worker_pool: String,
    /// May be empty.
    pub machine_type: String,
    /// Tags by which the build is found later.
    pub tags: Vec<String>,
}

/// A build that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmittedBuild {
    /// `projects/P/locations/R/builds/ID`.
    pub name: String,
    /// The base image as Cloud Run resolved it: `SubmitBuildResponse.base_image_uri`. Empty if it
    /// is not known.
    pub base_image: String,
}

impl From<String> for SubmittedBuild {
    /// A build that was found by its tag, whose base image is not known.
    fn from(name: String) -> Self {
        Self { name, base_image: String::new() }
    }
}

/// A build as Cloud Build reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// `projects/P/locations/R/builds/ID`.
    pub name: String,
    pub status: BuildStatus,
    pub tags: Vec<String>,
    /// The images that the build is to push, with their tags, whether it has pushed them or not.
    pub targets: Vec<String>,
    /// The images that a successful build has pushed.
    pub images: Vec<BuiltDigest>,
    /// The reason of a failure, if Cloud Build reports one.
    pub failure: Option<BuildFailure>,
    /// Google's web page that shows the log.
    pub log_url: String,
    /// Bucket of the log, `gs://BUCKET`, or empty.
    pub logs_bucket: String,
    pub created_at: Option<OffsetDateTime>,
    /// When a worker took the build from the queue.
    pub started_at: Option<OffsetDateTime>,
    /// `FETCHSOURCE`, `BUILD` and `PUSH`, in the order in which they began.
    pub phases: Vec<BuildPart>,
    /// The steps of the request.
    pub steps: Vec<BuildPart>,
    /// When the build ended.
    pub finished_at: Option<OffsetDateTime>,
    /// What has built the image. Cloud Build does not know the base image.
    pub builder: Builder,
}

impl Build {
    /// The id of the build, which is unique. The names that Google uses for one build differ: some
    /// have the project's id, others its number.
    #[must_use]
    pub fn id(&self) -> &str {
        build_id(&self.name)
    }
}

/// The id in a build's resource name.
#[must_use]
pub fn build_id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// `google.devtools.cloudbuild.v1.Build.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildStatus {
    /// Waiting for a worker.
    Queued,
    /// Running.
    Working,
    /// Succeeded; its images are pushed.
    Success,
    /// A step or a push failed.
    Failure,
    /// Failed by a fault of Cloud Build.
    InternalError,
    /// Exceeded its time limit.
    Timeout,
    /// Cancelled by a user.
    Cancelled,
    /// Exceeded its time limit in the queue.
    Expired,
    /// A status that this version does not know. Not terminal.
    Unknown,
}

impl BuildStatus {
    /// Whether the build, or a step of it, has ended without success.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self.is_terminal() && self != Self::Success
    }

    /// Whether the build has ended.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Success
            | Self::Failure
            | Self::InternalError
            | Self::Timeout
            | Self::Cancelled
            | Self::Expired => true,
            Self::Queued | Self::Working | Self::Unknown => false,
        }
    }
}

/// An image that a build pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltDigest {
    /// Name with tag, as requested.
    pub name: String,
    /// `sha256:…`.
    pub digest: String,
}

/// `Build.failure_info`, with the buildpacks' messages from `Build.results.build_step_outputs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFailure {
    /// Name of the `FailureInfo.FailureType`, such as `USER_BUILD_STEP`, or empty.
    pub kind: String,
    /// Human-readable text.
    pub detail: String,
}
