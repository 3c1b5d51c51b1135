//! Decides what the end of a build means. Pure.

use longshore_cloud::{Build, BuildStatus, refusals};
use longshore_ledger::ATTEMPTS_MAX;
use longshore_messages::{Failure, FailureClass};

use crate::NAME;

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

/// Judges a build. `image` is the image that it pushes, without tag; `attempts` is the number of
/// submitted attempts.
pub(crate) fn verdict(build: &Build, image: &str, attempts: u32, log_tail: Vec<String>) -> Verdict {
    let detail = build.failure.as_ref().map_or("", |failure| failure.detail.as_str());
    let failed = |class, code: &str, reason: String, advice: &str| {
        Verdict::Failed(
            Failure::new(NAME, class, code, reason, advice)
                .with_log(log_tail.clone(), &build.log_url),
        )
    };
    let account_lacks_role = refusals::of_build(build);
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

/// Whether the `FailureInfo.FailureType` means that a retry may help, or does not blame the source.
fn is_platforms_fault(build: &Build) -> bool {
    let kind = build.failure.as_ref().map_or("", |failure| failure.kind.as_str());
    matches!(kind, "LOGGING_FAILURE" | "PUSH_FAILED" | "FETCH_SOURCE_FAILED")
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
mod tests {
    use longshore_cloud::{BuildFailure, BuiltDigest};

    use super::*;

    const IMAGE: &str = "r-docker.pkg.dev/p/repo/f";

    fn build(status: BuildStatus, failure_kind: &str) -> Build {
        Build {
            name: "projects/p/locations/r/builds/b".into(),
            status,
            tags: Vec::new(),
            images: vec![BuiltDigest { name: format!("{IMAGE}:k-1"), digest: "sha256:1".into() }],
            failure: (!failure_kind.is_empty())
                .then(|| BuildFailure { kind: failure_kind.into(), detail: "why".into() }),
            log_url: "log".into(),
            logs_bucket: String::new(),
            targets: Vec::new(),
            created_at: None,
            finished_at: None,
        }
    }

    fn code(verdict: Verdict) -> String {
        match verdict {
            Verdict::UnderWay => "under way".into(),
            Verdict::Image(digest) => digest.unwrap_or_else(|| "some image".into()),
            Verdict::Failed(failure) => failure.code,
            Verdict::TryAgain(_) => "try again".into(),
        }
    }

    #[test]
    fn status_failure_kind_and_attempts_decide() {
        use BuildStatus::{
            Cancelled, Expired, Failure, InternalError, Queued, Success, Timeout, Unknown, Working,
        };
        for (status, kind, attempts, expected) in [
            (Queued, "", 1, "under way"),
            (Working, "", 1, "under way"),
            (Unknown, "", 1, "under way"),
            (Success, "", 1, "sha256:1"),
            (Failure, "USER_BUILD_STEP", 1, "build-failed"),
            (Failure, "", 1, "build-failed"),
            (Failure, "PUSH_NOT_AUTHORIZED", 1, "build-account-role"),
            (Failure, "LOGGING_FAILURE", 1, "try again"),
            (InternalError, "", 2, "try again"),
            (InternalError, "", 3, "build-lost"),
            (Expired, "", 1, "try again"),
            (Expired, "", 3, "build-lost"),
            (Timeout, "", 1, "build-timeout"),
            (Cancelled, "", 1, "build-cancelled"),
        ] {
            let judged = verdict(&build(status, kind), IMAGE, attempts, Vec::new());
            assert_eq!(code(judged), expected, "{status:?} {kind} {attempts}");
        }
    }

    #[test]
    fn the_digest_of_another_image_is_ignored() {
        let found = verdict(
            &build(BuildStatus::Success, ""),
            "r-docker.pkg.dev/p/repo/other",
            1,
            Vec::new(),
        );
        assert_eq!(found, Verdict::Image(None));
        let prefix =
            verdict(&build(BuildStatus::Success, ""), "r-docker.pkg.dev/p/repo/", 1, Vec::new());
        assert_eq!(prefix, Verdict::Image(None));
    }
}
