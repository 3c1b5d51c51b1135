//! Cloud Build as the fleet uses it: submitted through Cloud Run's `builds:submit`, watched through
//! Cloud Build.

use std::collections::BTreeMap;

use async_trait::async_trait;
use longshore_messages::StorageObject;
use time::OffsetDateTime;

use crate::CloudError;

/// Builds that turn source into an image.
#[async_trait]
pub trait Builds: Send + Sync {
    /// Starts a build and returns its resource name, `projects/P/locations/R/builds/ID`.
    ///
    /// Google takes no request id here: after an `Err` a build may be running. Look for it by tag
    /// before submitting again.
    async fn submit(&self, request: &BuildRequest) -> Result<String, CloudError>;

    /// One build, or `None`.
    async fn get(&self, name: &str) -> Result<Option<Build>, CloudError>;

    /// All builds of a project and region that carry the tag, newest first. One list call for each
    /// page.
    async fn list_by_tag(
        &self,
        project: &str,
        region: &str,
        tag: &str,
    ) -> Result<Vec<Build>, CloudError>;

    /// The last `lines` lines of a build's log. Empty when the log is not there (yet, or any more);
    /// `InvalidArgument` when it is larger than a document may be (16 MiB).
    async fn log_tail(&self, build: &Build, lines: usize) -> Result<Vec<String>, CloudError>;
}

/// What to build. Field meanings and limits: `google.cloud.run.v2.SubmitBuildRequest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRequest {
    /// Project id.
    pub project: String,
    /// Region.
    pub region: String,
    /// The source archive; its generation is pinned.
    pub source: StorageObject,
    /// Image to push, with tag: `HOST/PROJECT/REPOSITORY/IMAGE:TAG`.
    pub image: String,
    /// Function that the build checks and the image calls by default.
    pub function_target: String,
    /// Build environment.
    pub environment: BTreeMap<String, String>,
    /// Base image, or empty.
    pub base_image: String,
    /// Build service account, `projects/P/serviceAccounts/EMAIL`, or empty.
    pub service_account: String,
    /// Worker pool, or empty.
    pub worker_pool: String,
    /// Machine type, or empty.
    pub machine_type: String,
    /// Tags, by which the build is found again.
    pub tags: Vec<String>,
}

/// A build as Cloud Build shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// `projects/P/locations/R/builds/ID`.
    pub name: String,
    /// Where it stands.
    pub status: BuildStatus,
    /// Its tags.
    pub tags: Vec<String>,
    /// Images that it pushed, once it succeeded.
    pub images: Vec<BuiltDigest>,
    /// Why it failed, where Cloud Build says so.
    pub failure: Option<BuildFailure>,
    /// Google's page with the log, for people.
    pub log_url: String,
    /// Bucket that holds the log, `gs://BUCKET` or empty.
    pub logs_bucket: String,
    /// When it was created.
    pub created_at: Option<OffsetDateTime>,
}

/// `google.devtools.cloudbuild.v1.Build.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildStatus {
    /// Waiting for a worker.
    Queued,
    /// Running.
    Working,
    /// Done, images pushed.
    Success,
    /// A step failed, or a push did.
    Failure,
    /// Cloud Build's own fault.
    InternalError,
    /// It took longer than it may.
    Timeout,
    /// Somebody cancelled it.
    Cancelled,
    /// It waited longer in the queue than it may.
    Expired,
    /// A status that this version does not know.
    Unknown,
}

impl BuildStatus {
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
    /// Name with tag, as it was asked for.
    pub name: String,
    /// `sha256:…`.
    pub digest: String,
}

/// `Build.failure_info`, with what the buildpacks said in `Build.results.build_step_outputs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFailure {
    /// Name of `FailureInfo.FailureType`, such as `USER_BUILD_STEP`; empty when there is none.
    pub kind: String,
    /// Text for people.
    pub detail: String,
}
