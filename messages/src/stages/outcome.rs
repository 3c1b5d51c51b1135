//! How a deployment ends.

use serde::{Deserialize, Serialize};

use crate::ids::DeploymentId;
use crate::invalid::Findings;
use crate::{proto, rules};

/// The one terminal state of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new revision serves.
    Deployed(Serving),
    /// What was asked for already served.
    Unchanged(Serving),
    /// It did not work.
    Failed(Failure),
    /// A newer request for the same function took its place.
    Superseded {
        /// That request's deployment, when it is known.
        by: Option<DeploymentId>,
    },
    /// Somebody asked to stop it in time.
    Cancelled,
}

impl Outcome {
    /// The outcome's name, in messages' attributes and everywhere else.
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

/// What serves after a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// URL of the service.
    pub url: String,
    /// Name of the revision.
    pub revision: String,
    /// `NAME@sha256:…`.
    pub image: String,
}

/// Why a deployment failed, and what to do about it. The ledger keeps it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The worker that found out.
    pub stage: String,
    /// Whose fault it is.
    pub class: FailureClass,
    /// A short code for programs, such as `build-failed`.
    pub code: String,
    /// One sentence for people.
    pub reason: String,
    /// What to do next.
    pub advice: String,
    /// The last lines of the log that shows it.
    pub log_tail: Vec<String>,
    /// Where the whole log is; may be empty.
    pub log_url: String,
}

impl Failure {
    /// A failure without a log.
    pub fn new(
        stage: &str,
        class: FailureClass,
        code: &str,
        reason: impl Into<String>,
        advice: &str,
    ) -> Self {
        Self {
            stage: stage.to_owned(),
            class,
            code: code.to_owned(),
            reason: reason.into(),
            advice: advice.to_owned(),
            log_tail: Vec::new(),
            log_url: String::new(),
        }
    }

    /// The same with the log that shows it.
    #[must_use]
    pub fn with_log(self, log_tail: Vec<String>, log_url: &str) -> Self {
        Self { log_tail, log_url: log_url.to_owned(), ..self }
    }
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The request's or the source's: doing it again unchanged fails again.
    User,
    /// The platform's or the fleet's: doing it again may succeed.
    System,
}

/// The outcome's own fields of a message that is otherwise empty.
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

/// `None` only together with a finding.
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
