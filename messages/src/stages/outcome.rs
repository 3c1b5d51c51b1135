//! How a deployment ends.

use serde::{Deserialize, Serialize};

use crate::ids::DeploymentId;
use crate::invalid::Findings;
use crate::{proto, rules};

/// The terminal state of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new revision serves.
    Deployed(Serving),
    /// The requested service already serves.
    Unchanged(Serving),
    Failed(Failure),
    /// A newer request for the same function replaced it.
    Superseded {
        /// The deployment of that request, if known.
        by: Option<DeploymentId>,
    },
    /// It was cancelled in time.
    Cancelled,
}

impl Outcome {
    /// The name of the outcome, as in message attributes.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Deployed(_) => "deployed",
            Self::Unchanged(_) => "unchanged",
            Self::Failed(_) => "failed",
            Self::Superseded { .. } => "superseded",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The revision that serves after a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    pub url: String,
    pub revision: String,
    /// `NAME@sha256:…`.
    pub image: String,
}

/// Why a deployment failed, and what to do about it. The ledger stores it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The worker that reports the failure.
    pub stage: String,
    /// The party at fault.
    pub class: FailureClass,
    /// A short code for programs, such as `build-failed`.
    pub code: String,
    /// One sentence for people.
    pub reason: String,
    /// What to do next.
    pub advice: String,
    /// The last lines of the relevant log.
    pub log_tail: Vec<String>,
    /// URL of the whole log, or empty.
    pub log_url: String,
}

/// The operating system's text for a full disk. Errors of other programs, such as the local cloud,
/// contain it too.
pub const DISK_FULL: &str = "No space left on device";

/// What to do about a full disk.
pub const FREE_SPACE: &str = "the disk is full: free space on it and try again";

impl Failure {
    /// A failure without a log. If its reason is a full disk, the advice is to free space.
    pub fn new(
        stage: &str,
        class: FailureClass,
        code: &str,
        reason: impl Into<String>,
        advice: &str,
    ) -> Self {
        let reason = reason.into();
        let advice = if reason.contains(DISK_FULL) { FREE_SPACE } else { advice };
        Self {
            stage: stage.to_owned(),
            class,
            code: code.to_owned(),
            reason,
            advice: advice.to_owned(),
            log_tail: Vec::new(),
            log_url: String::new(),
        }
    }

    /// Adds the relevant log.
    #[must_use]
    pub fn with_log(self, log_tail: Vec<String>, log_url: &str) -> Self {
        Self { log_tail, log_url: log_url.to_owned(), ..self }
    }
}

/// The party at fault for a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The request or the source. An unchanged retry fails again.
    User,
    /// The platform or the fleet. A retry may succeed.
    System,
}

/// A message with only the fields of the outcome.
pub(super) fn write(outcome: &Outcome) -> proto::DeploymentFinished {
    let (number, serving, failure, by) = match outcome {
        Outcome::Deployed(serving) => (proto::Outcome::Deployed, Some(serving), None, None),
        Outcome::Unchanged(serving) => (proto::Outcome::Unchanged, Some(serving), None, None),
        Outcome::Failed(failure) => (proto::Outcome::Failed, None, Some(failure), None),
        Outcome::Superseded { by } => (proto::Outcome::Superseded, None, None, *by),
        Outcome::Cancelled => (proto::Outcome::Cancelled, None, None, None),
    };
    proto::DeploymentFinished {
        outcome: number.into(),
        serving: serving.map(write_serving),
        failure: failure.map(write_failure),
        superseded_by: by.map(|id| id.to_string()).unwrap_or_default(),
        ..proto::DeploymentFinished::default()
    }
}

fn write_serving(serving: &Serving) -> proto::ServingRevision {
    proto::ServingRevision {
        url: serving.url.clone(),
        revision: serving.revision.clone(),
        image: serving.image.clone(),
    }
}

fn write_failure(failure: &Failure) -> proto::Failure {
    let class = match failure.class {
        FailureClass::User => proto::FailureClass::User,
        FailureClass::System => proto::FailureClass::System,
    };
    proto::Failure {
        stage: failure.stage.clone(),
        class: class.into(),
        code: failure.code.clone(),
        reason: failure.reason.clone(),
        advice: failure.advice.clone(),
        log_tail: failure.log_tail.clone(),
        log_url: failure.log_url.clone(),
    }
}

/// Returns `None` only with a finding.
pub(super) fn read(
    number: i32,
    serving: Option<proto::ServingRevision>,
    failure: Option<proto::Failure>,
    superseded_by: String,
    findings: &mut Findings,
) -> Option<Outcome> {
    match proto::Outcome::try_from(number) {
        Ok(proto::Outcome::Deployed) => read_serving(serving, findings).map(Outcome::Deployed),
        Ok(proto::Outcome::Unchanged) => read_serving(serving, findings).map(Outcome::Unchanged),
        Ok(proto::Outcome::Failed) => read_failure(failure, findings).map(Outcome::Failed),
        Ok(proto::Outcome::Superseded) => {
            let by = rules::optional(superseded_by)
                .and_then(|by| rules::parsed(&by, "supersededBy", findings));
            Some(Outcome::Superseded { by })
        }
        Ok(proto::Outcome::Cancelled) => Some(Outcome::Cancelled),
        Ok(proto::Outcome::Unspecified) => {
            findings.missing("outcome");
            None
        }
        Err(_) => {
            findings.add("outcome", &number.to_string(), rules::KNOWN_VALUE);
            None
        }
    }
}

fn read_serving(proto: Option<proto::ServingRevision>, findings: &mut Findings) -> Option<Serving> {
    let Some(proto) = proto else {
        findings.missing("serving");
        return None;
    };
    Some(Serving { url: proto.url, revision: proto.revision, image: proto.image })
}

fn read_failure(proto: Option<proto::Failure>, findings: &mut Findings) -> Option<Failure> {
    let Some(proto) = proto else {
        findings.missing("failure");
        return None;
    };
    let class = match proto::FailureClass::try_from(proto.class) {
        Ok(proto::FailureClass::User) => FailureClass::User,
        Ok(proto::FailureClass::System) => FailureClass::System,
        Ok(proto::FailureClass::Unspecified) => {
            findings.missing("failure.class");
            return None;
        }
        Err(_) => {
            findings.add("failure.class", &proto.class.to_string(), rules::KNOWN_VALUE);
            return None;
        }
    };
    let proto::Failure { stage, code, reason, advice, log_tail, log_url, class: _ } = proto;
    Some(Failure { stage, class, code, reason, advice, log_tail, log_url })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_for_a_full_disk_is_to_free_space() {
        let of = |reason: String| {
            Failure::new("stage", FailureClass::System, "code", reason, "check the settings").advice
        };
        let full = std::io::Error::from_raw_os_error(28);
        assert_eq!(of(format!("cannot unpack the source: {full}")), FREE_SPACE);
        assert_eq!(of("cannot unpack the source".to_owned()), "check the settings");
    }
}
