//! Errors of build-submitter, and what happens to the input.

use longshore_cloud::refusals::{self, Subject};
use longshore_cloud::{CloudError, Kind};
use longshore_ledger::LedgerError;
use longshore_messages::{BuildRef, DeploymentId, Failure, FailureClass, Function, StorageObject};
use longshore_runner::{Disposition, StageError};

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("cannot use the ledger")]
    Ledger(#[source] LedgerError),
    /// Any other object may have any content, whatever digest the message claims.
    #[error("source {object} is not the object that is named by its digest")]
    Source { object: StorageObject },
    /// The uploader read what is missing now.
    #[error("the ledger has no image of deployment {deployment}")]
    Earlier { deployment: DeploymentId },
    /// The message is forged, or of a claim that was deleted.
    #[error("attempt {attempt} of build {build} does not follow from the build's claim")]
    Retry { build: BuildRef, attempt: u32 },
    /// A repository that the requester names is not created.
    #[error("the image repository {name} does not exist")]
    NoRepository { name: String },
    /// Claims are not deleted while deployments depend on them.
    #[error("the claim of build {build} is missing")]
    Claim { build: BuildRef },
    #[error("cannot list builds")]
    Find(#[source] CloudError),
    #[error("cannot look up the image")]
    Image(#[source] CloudError),
    #[error("cannot use the image repository")]
    Repository(#[source] CloudError),
    #[error("cannot look for the source of the build")]
    Stored(#[source] CloudError),
    /// The operation may be running all the same; the retry finds it by the function's labels.
    #[error("cannot read or write the function")]
    Function(#[source] CloudError),
    /// The message is forged: this worker did not record it.
    #[error("the ledger does not confirm that {function} is to be deployed again")]
    Again { function: String },
    /// Another operation, which this deployment waits for.
    #[error("another operation still runs on {function}")]
    Busy { function: String },
    /// A role is missing, or its grant is not effective yet.
    #[error("Google Cloud refuses the call; a grant may take minutes to become effective")]
    Propagating(#[source] CloudError),
    /// A build may be running all the same; the retry finds it by its tag.
    #[error("cannot submit the build")]
    Submit(#[source] CloudError),
}

impl StageError for SubmitError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) | Self::Claim { .. } | Self::Earlier { .. } => Disposition::Park,
            Self::Propagating(_) | Self::Stored(_) | Self::Busy { .. } => Disposition::Retry,
            Self::Source { .. } | Self::Retry { .. } | Self::Again { .. } => Disposition::Distrust,
            Self::NoRepository { name } => Disposition::Reject(Box::new(no_repository(name))),
            // The stage turns permanent errors of these calls into failures. A retry is right for
            // what it did not.
            Self::Find(_)
            | Self::Image(_)
            | Self::Repository(_)
            | Self::Submit(_)
            | Self::Function(_) => Disposition::Retry,
        }
    }
}

/// The failure of a build whose repository does not exist.
fn no_repository(name: &str) -> Failure {
    let create = match name.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", region, "repositories", id] => format!(
            "gcloud artifacts repositories create {id} --project {project} --location {region} \
             --repository-format docker"
        ),
        _ => "gcloud artifacts repositories create".to_owned(),
    };
    let reason = format!("the image repository {name} does not exist");
    let advice = format!("name a repository that exists, or create it with `{create}`");
    Failure::new(crate::NAME, FailureClass::User, "repository-missing", reason, &advice)
}

/// What a rejected call means.
pub(crate) struct Refused {
    pub(crate) failure: Failure,
    /// Whether a grant of a moment ago may still mend it.
    pub(crate) propagates: bool,
}

/// The failure of a build that Google Cloud rejects.
pub(crate) fn refused(error: &CloudError, function: &Function) -> Refused {
    let account = function.build.service_account.rsplit('/').next().unwrap_or_default();
    let subject = Subject {
        project: &function.at.project,
        region: &function.at.region,
        service: &function.at.name,
        account,
        key: function.kms_key().unwrap_or_default(),
        ..Subject::default()
    };
    let failure = |class, code, advice: &str| {
        Failure::new(crate::NAME, class, code, longshore_runner::telemetry::chain(error), advice)
    };
    if let Some(refusal) = refusals::of_call(error, &subject) {
        let failure = failure(refusal.class, refusal.code, &refusal.advice);
        return Refused { failure, propagates: refusal.propagates };
    }
    let (class, advice) = match error.kind {
        Kind::InvalidArgument | Kind::PreconditionFailed | Kind::AlreadyExists => {
            (FailureClass::User, "fix the build settings that the reason names and deploy again")
        }
        Kind::NotFound | Kind::Unimplemented => (
            FailureClass::System,
            "enable the Cloud Run, Cloud Build and Artifact Registry APIs in the project, and \
             check the region",
        ),
        Kind::PermissionDenied
        | Kind::Unauthenticated
        | Kind::ResourceExhausted
        | Kind::Unavailable
        | Kind::DeadlineExceeded
        | Kind::Cancelled
        | Kind::Internal => (FailureClass::System, "deploy again"),
    };
    Refused { failure: failure(class, "build-refused", advice), propagates: false }
}
