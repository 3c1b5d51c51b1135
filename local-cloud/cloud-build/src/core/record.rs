//! One build: its request, its status, and its end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::QUEUE_TTL;

/// `google.devtools.cloudbuild.v1.Build.Status`, limited to the values that occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Queued,
    Working,
    Success,
    Failure,
    InternalError,
    Timeout,
    Cancelled,
    Expired,
}

impl Status {
    /// Google's name for the status.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Working => "WORKING",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::InternalError => "INTERNAL_ERROR",
            Self::Timeout => "TIMEOUT",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }

    pub(crate) fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Working => false,
            Self::Success
            | Self::Failure
            | Self::InternalError
            | Self::Timeout
            | Self::Cancelled
            | Self::Expired => true,
        }
    }
}

/// Default timeout, the same as Google's. A build that takes longer has hung: pip installs anything
/// that fits on this machine in less time.
pub(crate) const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(10);

/// The specification of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// Project as the caller wrote it: id or number.
    pub(crate) project: String,
    pub(crate) region: String,
    pub(crate) bucket: String,
    pub(crate) object: String,
    /// 0 means the newest at the time of the build.
    pub(crate) generation: i64,
    /// `HOST/PROJECT/REPOSITORY/IMAGE:TAG`.
    pub(crate) image: String,
    pub(crate) environment: BTreeMap<String, String>,
    /// Versions of secrets by the names of their variables: `projects/P/secrets/S/versions/V`.
    /// Their values are never recorded.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) service_account: String,
    pub(crate) machine_type: String,
    pub(crate) tags: Vec<String>,
    /// Only for a build created through the Cloud Build API.
    #[serde(default)]
    pub(crate) request: Option<Box<Request>>,
}

/// The parts of a request to the Cloud Build API that are returned to the caller, or needed for a
/// retry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The `Build` as received, from which a retry starts.
    pub(crate) build: Value,
    /// Its steps after substitution.
    pub(crate) steps: Vec<Value>,
    /// Index of the step that runs the buildpacks.
    pub(crate) build_step: usize,
    /// 0 means the default.
    pub(crate) timeout_seconds: u64,
    /// 0 means the default.
    #[serde(default)]
    pub(crate) queue_ttl_seconds: u64,
    /// Empty means the default bucket.
    pub(crate) logs_bucket: String,
}

impl Spec {
    /// Maximum duration of the work.
    pub(crate) fn timeout(&self) -> std::time::Duration {
        match self.request.as_ref().map_or(0, |request| request.timeout_seconds) {
            0 => TIMEOUT,
            seconds => std::time::Duration::from_secs(seconds),
        }
    }

    /// How long it may wait in the queue.
    pub(crate) fn queue_ttl(&self) -> Duration {
        match self.request.as_ref().map_or(0, |request| request.queue_ttl_seconds) {
            0 => QUEUE_TTL,
            seconds => Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)),
        }
    }

    /// A part of the build as it was received.
    pub(crate) fn requested(&self, pointer: &str) -> Option<&Value> {
        self.request.as_ref()?.build.pointer(pointer).filter(|part| !part.is_null())
    }
}

/// An interval of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) from: OffsetDateTime,
    pub(crate) to: OffsetDateTime,
}

/// A pushed image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) name: String,
    /// `sha256:…`.
    pub(crate) digest: String,
    pub(crate) push: Span,
}

/// `Build.FailureInfo.FailureType`, limited to the values that occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum FailureKind {
    FetchSourceFailed,
    UserBuildStep,
    PushFailed,
}

impl FailureKind {
    /// Google's name for the failure.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FetchSourceFailed => "FETCH_SOURCE_FAILED",
            Self::UserBuildStep => "USER_BUILD_STEP",
            Self::PushFailed => "PUSH_FAILED",
        }
    }

    /// Status of the build step when this failure happens.
    pub(crate) fn status_of_step(self) -> Status {
        match self {
            Self::FetchSourceFailed => Status::Queued,
            Self::UserBuildStep => Status::Failure,
            Self::PushFailed => Status::Success,
        }
    }
}

/// `Build.failure_info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) detail: String,
}

/// The end of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) status: Status,
    /// `Build.status_detail`.
    pub(crate) detail: String,
    pub(crate) failure: Option<Failure>,
    pub(crate) image: Option<Image>,
    /// `BuilderOutput` of the buildpacks, as JSON.
    pub(crate) output: Option<String>,
    /// `Build.timing`, with the keys `FETCHSOURCE`, `BUILD` and `PUSH`.
    pub(crate) phases: BTreeMap<String, Span>,
    /// `None` if no source was found.
    #[serde(default)]
    pub(crate) provenance: Option<Provenance>,
}

/// The source that was read: `Build.source_provenance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    pub(crate) generation: i64,
    /// Base64; `None` if the storage knows none.
    pub(crate) md5: Option<String>,
}

impl End {
    /// An end without any results of the work.
    pub(crate) fn without_work(status: Status, detail: &str) -> Self {
        Self {
            status,
            detail: detail.to_owned(),
            failure: None,
            image: None,
            output: None,
            phases: BTreeMap::new(),
            provenance: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) spec: Spec,
    pub(crate) status: Status,
    pub(crate) created_at: OffsetDateTime,
    /// Start of its current time in the queue.
    pub(crate) queued_at: OffsetDateTime,
    pub(crate) started_at: Option<OffsetDateTime>,
    pub(crate) ended_at: Option<OffsetDateTime>,
    pub(crate) end: Option<End>,
    /// How often the process stopped while it worked on the build.
    #[serde(default)]
    pub(crate) interruptions: u32,
}

impl Record {
    pub(crate) fn queued(id: String, spec: Spec, at: OffsetDateTime) -> Self {
        Self {
            id,
            spec,
            status: Status::Queued,
            created_at: at,
            queued_at: at,
            started_at: None,
            ended_at: None,
            end: None,
            interruptions: 0,
        }
    }
}
