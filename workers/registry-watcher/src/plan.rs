//! Decides what the end of a build means. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore_cloud::refusals::{self, Subject};
use longshore_cloud::{Build, BuildStatus, build_id};
use longshore_ledger::{ATTEMPTS_MAX, Claim, PendingBuild, SUBMISSION_GRACE, Submission};
use longshore_messages::{BuildRef, DeploymentId, Failure, FailureClass};
use time::OffsetDateTime;

use crate::NAME;

/// Time after the end of a successful build until its image counts as missing. Artifact Registry
/// may show an image seconds after it was pushed; the rest is for clocks that differ.
const IMAGE_GRACE: Duration = Duration::from_secs(5 * 60);

/// Time after which a mark without a claim is removed: its worker died before it claimed the build.
/// Longer than a worker handles a message.
const CLAIM_GRACE: Duration = Duration::from_secs(3_600);

/// Time after which a submitted build that Cloud Build does not know is lost. Longer than any
/// deployment waits, and than Cloud Build's longest timeout (24 h).
const PENDING_MAX: Duration = Duration::from_secs(48 * 3_600);

/// `google.devtools.cloudbuild.v1.Build.FailureInfo.FailureType`: the source could not be fetched.
pub(crate) const FETCH_SOURCE_FAILED: &str = "FETCH_SOURCE_FAILED";

/// The attempts of a claimed build, as the ledger has them, oldest first.
pub(crate) type Attempts = [Submission];

/// Whether the ledger says that a build in Cloud Build is an attempt of the claim: it is noted, or
/// nothing is noted yet and the build is what the claimant would have submitted. Anyone who may
/// start builds in the project can copy the tags and the image, but cannot choose the id.
pub(crate) fn is_believed(
    build: BuildRef,
    claim: &Claim,
    attempts: &Attempts,
    fleet_tag: &str,
    seen: &Build,
) -> bool {
    if attempts.is_empty() {
        return claim.could_be(build, fleet_tag, seen);
    }
    let is_noted = |noted: &Submission| build_id(&noted.build_name) == seen.id();
    claim.is_in_place(seen) && attempts.iter().any(is_noted)
}

/// The build that decides how a claimed build ended: one that succeeded, or else the latest attempt
/// if it has ended. All of them are believed.
pub(crate) fn deciding<'a>(attempts: &Attempts, believed: &[&'a Build]) -> Option<&'a Build> {
    let succeeded = believed.iter().find(|seen| seen.status == BuildStatus::Success);
    let latest = || {
        let last = attempts.last().map(|noted| build_id(&noted.build_name));
        believed.iter().find(|seen| last.is_none_or(|last| last == seen.id()))
    };
    succeeded.or_else(latest).filter(|seen| seen.status.is_terminal()).copied()
}

/// Whether a sweep reads what the ledger says about a pending build. `seen` are the builds in Cloud
/// Build that carry its tag; `open` are the deployments that have not ended.
pub(crate) fn needs_attention(
    pending: &PendingBuild,
    seen: &[Build],
    open: &BTreeSet<DeploymentId>,
    now: OffsetDateTime,
) -> bool {
    if !seen.is_empty() {
        return seen.iter().any(|seen| seen.status.is_terminal());
    }
    let claimant_is_open = pending.claimant.is_some_and(|claimant| open.contains(&claimant));
    !claimant_is_open || now >= pending.marked_at + SUBMISSION_GRACE
}

/// What becomes of a pending build that has neither a submission nor a build in Cloud Build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsubmitted {
    /// Its claimant may still submit it.
    Wait,
    /// Another worker submits it.
    Submit,
    /// No one waits for it.
    Forget,
}

pub(crate) fn unsubmitted(
    pending: &PendingBuild,
    claimant: DeploymentId,
    waiting: &[DeploymentId],
    open: &BTreeSet<DeploymentId>,
    now: OffsetDateTime,
) -> Unsubmitted {
    let claimant_is_open = open.contains(&claimant);
    if claimant_is_open && now < pending.marked_at + SUBMISSION_GRACE {
        Unsubmitted::Wait
    } else if claimant_is_open || waiting.iter().any(|waiting| open.contains(waiting)) {
        Unsubmitted::Submit
    } else {
        Unsubmitted::Forget
    }
}

/// Whether a mark without a claim is left over.
pub(crate) fn is_left_over(pending: &PendingBuild, now: OffsetDateTime) -> bool {
    now >= pending.marked_at + CLAIM_GRACE
}

/// Whether a submitted build that Cloud Build does not know is lost.
pub(crate) fn is_lost(pending: &PendingBuild, now: OffsetDateTime) -> bool {
    now >= pending.marked_at + PENDING_MAX
}

/// Whether an image that the registry does not show may still appear.
pub(crate) fn may_appear(seen: &Build, now: OffsetDateTime) -> bool {
    let ended_at = seen.finished_at.or(seen.created_at);
    ended_at.is_some_and(|ended_at| now < ended_at + IMAGE_GRACE)
}

/// What the state of a build means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The build has not ended.
    UnderWay,
    /// The build succeeded and pushed this digest; `None` if it does not name the digest.
    Image(Option<String>),
    /// The build failed for good.
    Failed(Failure),
    /// The platform failed, for this reason, and the build gets another attempt.
    TryAgain(String),
}

/// Judges a build. `image` is the image that it pushes, without tag; `key` is the key of Cloud KMS
/// that protects its source and its image, or empty; `attempts` is the number of submitted
/// attempts.
pub(crate) fn verdict(
    build: &Build,
    image: &str,
    key: &str,
    attempts: u32,
    log_tail: Vec<String>,
) -> Verdict {
    let detail = build.failure.as_ref().map_or("", |failure| failure.detail.as_str());
    let failed = |class, code: &str, reason: String, advice: &str| {
        Verdict::Failed(
            Failure::new(NAME, class, code, reason, advice)
                .with_log(log_tail.clone(), &build.log_url),
        )
    };
    let account_lacks_role = refusals::of_build(build);
    // Whatever failed, another attempt fails as well until the key can be used.
    if build.status == BuildStatus::Failure
        && let Some(refusal) = refusals::of_build_key(build, &Subject { key, ..Subject::default() })
    {
        let reason = format!("the build cannot use a key: {detail}");
        return failed(refusal.class, refusal.code, reason, &refusal.advice);
    }
    if build.status == BuildStatus::Failure
        && !is_platforms_fault(build)
        && let Some(refusal) = refusals::of_build_machine(build)
    {
        let reason = format!("the build failed: {detail}");
        return failed(refusal.class, refusal.code, reason, &refusal.advice);
    }
    match build.status {
        BuildStatus::Queued | BuildStatus::Working | BuildStatus::Unknown => Verdict::UnderWay,
        BuildStatus::Success => Verdict::Image(pushed_digest(build, image)),
        BuildStatus::Timeout => failed(
            FailureClass::User,
            "build-timeout",
            "the build exceeded its timeout".to_owned(),
            "look for the step that hangs in the build's log; fewer or prebuilt dependencies build \
             faster",
        ),
        BuildStatus::Cancelled => failed(
            FailureClass::System,
            "build-cancelled",
            "the build was cancelled".to_owned(),
            "deploy again if the cancellation was a mistake",
        ),
        BuildStatus::Failure if account_lacks_role.is_some() => {
            let advice = account_lacks_role.map(|refusal| refusal.advice).unwrap_or_default();
            let reason = format!("the build's service account lacks a role: {detail}");
            failed(FailureClass::System, "build-account-role", reason, &advice)
        }
        BuildStatus::Failure if !is_platforms_fault(build) => failed(
            FailureClass::User,
            "build-failed",
            if detail.is_empty() {
                "the build failed".to_owned()
            } else {
                format!("the build failed: {detail}")
            },
            "fix the error in the build's log and deploy again",
        ),
        BuildStatus::Failure | BuildStatus::InternalError | BuildStatus::Expired => {
            let reason = platform_reason(build, detail);
            if attempts < ATTEMPTS_MAX {
                Verdict::TryAgain(reason)
            } else {
                failed(
                    FailureClass::System,
                    "build-lost",
                    reason,
                    "deploy again; if the error persists, check the status of Cloud Build",
                )
            }
        }
    }
}

/// The failure of a build that succeeded without leaving an image.
pub(crate) fn no_image(image: &str, log_url: &str) -> Failure {
    let reason = format!("the build succeeded, but {image} is not in the registry");
    let advice = "find out what deletes images in the registry, and deploy again";
    Failure::new(NAME, FailureClass::System, "image-missing", reason, advice)
        .with_log(Vec::new(), log_url)
}

/// The failure of a build that Cloud Build does not know any more.
pub(crate) fn unknown(build_name: &str) -> Failure {
    let reason = format!("Cloud Build does not know {build_name}");
    Failure::new(NAME, FailureClass::System, "build-lost", reason, "deploy again")
}

/// The failure of a deployment whose deadline passed before it ended.
pub(crate) fn too_late() -> Failure {
    let advice = "see where the time went with `longshore trace`, and deploy again";
    Failure::new(
        NAME,
        FailureClass::System,
        "deadline-exceeded",
        "the deployment's deadline passed",
        advice,
    )
}

/// The failure of a deployment whose deadline passed while its message to the worker that alone may
/// end it was parked.
pub(crate) fn stuck(worker: &str) -> Failure {
    let reason = format!(
        "the deployment's deadline passed while its message to {worker} was parked; its service may \
         have been written"
    );
    let advice = "see why it was parked with `longshore parked list`, look at the service in Cloud \
                  Run, and deploy again";
    Failure::new(NAME, FailureClass::System, "deadline-exceeded", reason, advice)
}

/// Whether the `FailureInfo.FailureType` means that a retry may help, or does not blame the source.
fn is_platforms_fault(build: &Build) -> bool {
    let kind = build.failure.as_ref().map_or("", |failure| failure.kind.as_str());
    matches!(kind, "LOGGING_FAILURE" | "PUSH_FAILED" | FETCH_SOURCE_FAILED)
}

fn platform_reason(build: &Build, detail: &str) -> String {
    let what = match build.status {
        BuildStatus::Expired => "the build expired in Cloud Build's queue",
        _ => "Cloud Build failed",
    };
    if detail.is_empty() { what.to_owned() } else { format!("{what}: {detail}") }
}

fn pushed_digest(build: &Build, image: &str) -> Option<String> {
    let of_image = |name: &str| {
        name.strip_prefix(image).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    build.images.iter().find(|pushed| of_image(&pushed.name)).map(|pushed| pushed.digest.clone())
}

#[cfg(test)]
mod tests;
