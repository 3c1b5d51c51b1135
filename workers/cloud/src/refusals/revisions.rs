//! Failures of revisions.

use longshore_messages::FailureClass::{self, System, User};

use super::{Refusal, Subject, contains, fill, keys, secrets};
use crate::{Agent, Condition};

/// One meaning of conditions.
struct Row {
    /// `google.cloud.run.v2.Condition.reason` or `revision_reason`. None: any.
    reasons: &'static [&'static str],
    /// Part of the message, in lower case. Empty: any.
    message: &'static str,
    class: FailureClass,
    code: &'static str,
    advice: &'static str,
}

/// Code of the failures of Google's platform. Only these are repeated: any other failure has a cause
/// that the same revision would meet again.
const PLATFORM_ERROR: &str = "platform-error";

/// A service often has the reason `REVISION_FAILED` alone, so the messages are read first. They are
/// those of <https://cloud.google.com/run/docs/troubleshooting>.
const ROWS: &[Row] = &[
    Row {
        reasons: &[],
        message: "permission denied on secret",
        class: System,
        code: "secret-role",
        advice: SECRET_ADVICE,
    },
    Row {
        reasons: &[],
        message: "must have permission to read the image",
        class: System,
        code: "image-pull-role",
        advice: PULL_ADVICE,
    },
    Row {
        reasons: &["SECRETS_ACCESS_CHECK_FAILED"],
        message: "",
        class: System,
        code: "secret-role",
        advice: SECRET_ADVICE,
    },
    Row {
        reasons: &["CONTAINER_PERMISSION_DENIED"],
        message: "",
        class: System,
        code: "image-pull-role",
        advice: PULL_ADVICE,
    },
    Row {
        reasons: &["CONTAINER_MISSING"],
        message: "",
        class: System,
        code: "image-missing",
        advice: "find out what deletes images in the registry, and deploy again",
    },
    Row {
        reasons: &["CONTAINER_IMAGE_UNAUTHORIZED", "CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED"],
        message: "",
        class: System,
        code: "image-unauthorized",
        advice: "let an administrator admit the image in the project's Binary Authorization \
                 policy, which `gcloud container binauthz policy export --project {project}` shows",
    },
    Row {
        reasons: &["ENCRYPTION_KEY_PERMISSION_DENIED", "ENCRYPTION_KEY_CHECK_FAILED"],
        message: "",
        class: System,
        code: "key-role",
        advice: KEY_ROLE,
    },
    Row {
        reasons: &["ACTIVE_REVISION_LIMIT_REACHED"],
        message: "",
        class: System,
        code: "revision-limit",
        advice: "delete revisions that are not needed; `gcloud run revisions list --project \
                 {project} --region {region}` lists them",
    },
    Row {
        reasons: &["MIN_INSTANCES_NOT_PROVISIONED", "MIN_INSTANCES_WARMING"],
        message: "",
        class: System,
        code: "no-capacity",
        advice: "set fewer minimum instances, or raise the project's CPU and memory quotas of \
                 Cloud Run in the region",
    },
    Row {
        reasons: &[
            "INTERNAL",
            "WAITING_FOR_OPERATION",
            "IMMEDIATE_RETRY",
            "POSTPONED_RETRY",
            "RETIRED",
            "RETIRING",
            "RECREATING",
        ],
        message: "",
        class: System,
        code: PLATFORM_ERROR,
        advice: "deploy again; if the error persists, check the status of Cloud Run",
    },
    Row {
        reasons: &["VPC_NETWORK_NOT_FOUND"],
        message: "",
        class: User,
        code: "network-not-found",
        advice: "name a VPC network that exists and deploy again; `gcloud compute networks list \
                 --project {project}` lists them",
    },
    Row {
        reasons: &[],
        message: "",
        class: User,
        code: "revision-failed",
        advice: "fix the error in the function's log and deploy again",
    },
];

/// Stands for the grant that Cloud Run's service agent needs, whose command depends on the key.
const KEY_ROLE: &str = "";

pub(super) const PULL_ADVICE: &str = "let Cloud Run's service agent read the image's repository with `gcloud projects \
     add-iam-policy-binding IMAGE_PROJECT --member \"serviceAccount:service-$(gcloud projects \
     describe {project} --format='value(projectNumber)')\
     @serverless-robot-prod.iam.gserviceaccount.com\" --role roles/artifactregistry.reader`";

const SECRET_ADVICE: &str = "let the function's service account read the secret with `gcloud secrets \
     add-iam-policy-binding SECRET --project {project} --member serviceAccount:{account} --role \
     roles/secretmanager.secretAccessor`";

/// The meaning of the condition of a revision that did not come up. By default the function is at
/// fault: its container did not start, or exited.
#[must_use]
pub fn of_revision(condition: &Condition, subject: &Subject<'_>) -> Refusal {
    if let Some(refusal) = keys::of_words(&condition.message, Agent::Run, subject) {
        return Refusal { propagates: false, ..refusal };
    }
    if let Some(refusal) = secrets::missing(&condition.message, subject) {
        return refusal;
    }
    let matches = |row: &&Row| {
        (row.reasons.is_empty() || row.reasons.contains(&condition.reason.as_str()))
            && contains(&condition.message, row.message)
    };
    let [.., default] = ROWS else { unreachable!("the table has a last row") };
    let row = ROWS.iter().find(matches).unwrap_or(default);
    Refusal {
        class: row.class,
        code: row.code,
        advice: match row.advice {
            KEY_ROLE => keys::role_advice(subject.key, Agent::Run, subject.project),
            advice => fill(advice, subject),
        },
        propagates: false,
        is_platforms: row.code == PLATFORM_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConditionState;

    #[test]
    fn only_failures_of_the_platform_are_repeated() {
        for (reason, message, is_platforms) in [
            ("INTERNAL", "an internal error occurred", true),
            ("WAITING_FOR_OPERATION", "", true),
            ("IMMEDIATE_RETRY", "", true),
            ("POSTPONED_RETRY", "", true),
            ("RECREATING", "", true),
            ("HEALTH_CHECK_CONTAINER_ERROR", "no port", false),
            ("REVISION_FAILED", "exited", false),
            ("CONTAINER_MISSING", "", false),
            ("INTERNAL", "Permission denied on secret: s", false),
            ("MIN_INSTANCES_NOT_PROVISIONED", "", false),
            ("", "", false),
        ] {
            assert_eq!(meaning(reason, message).is_platforms, is_platforms, "{reason} {message}");
        }
    }

    fn meaning(reason: &str, message: &str) -> Refusal {
        let condition = Condition {
            state: ConditionState::Failed,
            reason: reason.to_owned(),
            message: message.to_owned(),
        };
        let subject = Subject { project: "p", region: "r", account: "fn@p", ..Subject::default() };
        of_revision(&condition, &subject)
    }

    #[test]
    fn every_reason_has_a_party_at_fault_and_advice() {
        let on_secret = "Permission denied on secret: projects/1/secrets/s for Revision s";
        let no_secret = "env[0].value_from: Secret projects/p/secrets/s/versions/3 was not found";
        let on_key = "projects/p/locations/r/keyRings/r/cryptoKeys/k/cryptoKeyVersions/2 is not \
                      enabled, current state is: DISABLED.";
        let on_image = "Google Cloud Run Service Agent must have permission to read the image, x";
        for (reason, message, class, code, advice) in [
            ("HEALTH_CHECK_CONTAINER_ERROR", "no port", User, "revision-failed", "log"),
            ("PROGRESS_DEADLINE_EXCEEDED", "", User, "revision-failed", "log"),
            ("REVISION_FAILED", "exited", User, "revision-failed", "log"),
            ("", "", User, "revision-failed", "log"),
            ("UNKNOWN", "", User, "revision-failed", "log"),
            ("REVISION_FAILED", on_secret, System, "secret-role", "serviceAccount:fn@p --role"),
            ("REVISION_FAILED", on_image, System, "image-pull-role", "@serverless-robot-prod"),
            ("SECRETS_ACCESS_CHECK_FAILED", "", System, "secret-role", "secretAccessor"),
            ("SECRETS_ACCESS_CHECK_FAILED", no_secret, User, "secret-not-found", "secrets set s"),
            ("REVISION_FAILED", no_secret, User, "secret-not-found", "version 3"),
            ("CONTAINER_PERMISSION_DENIED", "", System, "image-pull-role", "describe p "),
            ("CONTAINER_MISSING", "", System, "image-missing", "registry"),
            ("CONTAINER_IMAGE_UNAUTHORIZED", "", System, "image-unauthorized", "binauthz"),
            (
                "CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED",
                "",
                System,
                "image-unauthorized",
                "binauthz",
            ),
            ("ENCRYPTION_KEY_PERMISSION_DENIED", "", System, "key-role", "gcloud kms"),
            ("ENCRYPTION_KEY_CHECK_FAILED", "", System, "key-role", "gcloud kms"),
            ("ENCRYPTION_KEY_CHECK_FAILED", on_key, System, "key-unusable", "versions enable 2"),
            ("REVISION_FAILED", on_key, System, "key-unusable", "versions enable 2"),
            ("ACTIVE_REVISION_LIMIT_REACHED", "", System, "revision-limit", "--region r"),
            ("MIN_INSTANCES_NOT_PROVISIONED", "", System, "no-capacity", "quotas"),
            ("MIN_INSTANCES_WARMING", "", System, "no-capacity", "quotas"),
            ("INTERNAL", "", System, "platform-error", "deploy again"),
            ("WAITING_FOR_OPERATION", "", System, "platform-error", "deploy again"),
            ("IMMEDIATE_RETRY", "", System, "platform-error", "deploy again"),
            ("POSTPONED_RETRY", "", System, "platform-error", "deploy again"),
            ("RETIRED", "", System, "platform-error", "deploy again"),
            ("RETIRING", "", System, "platform-error", "deploy again"),
            ("RECREATING", "", System, "platform-error", "deploy again"),
            ("VPC_NETWORK_NOT_FOUND", "", User, "network-not-found", "networks list --project p"),
        ] {
            let refusal = meaning(reason, message);
            assert_eq!((refusal.class, refusal.code), (class, code), "{reason} {message}");
            assert_eq!(refusal.is_platforms, code == "platform-error", "{reason} {message}");
            assert!(refusal.advice.contains(advice), "{reason}: {}", refusal.advice);
        }
    }
}
