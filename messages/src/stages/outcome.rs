//! How a deployment ends.

use serde::{Deserialize, Serialize};

use super::builder::{self, Builder};
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
    /// The revision is ready, but does not get all requests, because the traffic of the service is
    /// pinned.
    TrafficPinned {
        /// The revision that is ready.
        ready: Serving,
        traffic: PinnedTraffic,
    },
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
            Self::TrafficPinned { .. } => "traffic-pinned",
        }
    }

    /// The outcome with what built the image of the revision, if there is one.
    #[must_use]
    pub fn built_by(mut self, builder: &Builder) -> Self {
        match &mut self {
            Self::Deployed(serving)
            | Self::Unchanged(serving)
            | Self::TrafficPinned { ready: serving, .. } => serving.builder.clone_from(builder),
            Self::Failed(_) | Self::Superseded { .. } | Self::Cancelled => {}
        }
        self
    }
}

/// The revision that serves after a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    pub url: String,
    pub revision: String,
    /// `NAME@sha256:…`.
    pub image: String,
    /// What built the image.
    pub builder: Builder,
}

/// The traffic of a service that is not distributed to the newest revision alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedTraffic {
    /// Share of all requests that the revision of the deployment gets, in percent: less than 100.
    pub percent: i32,
    /// All targets, in the order in which Cloud Run reports them.
    pub targets: Vec<RevisionTraffic>,
    /// The command that moves all traffic to the revision of the deployment.
    pub command: String,
}

/// A target of a service's traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionTraffic {
    pub revision: String,
    /// Share of all requests, in percent. 0 for a target that only has a tag.
    pub percent: i32,
    /// Tag that gives the revision a URL of its own, or empty.
    pub tag: String,
    /// URL of the tag, or empty.
    pub url: String,
}

impl PinnedTraffic {
    /// The targets that get requests, such as `90% f-1, 10% f-2`.
    #[must_use]
    pub fn distribution(&self) -> String {
        let shares = self.targets.iter().filter(|target| target.percent > 0);
        let shares = shares.map(|target| format!("{}% {}", target.percent, target.revision));
        shares.collect::<Vec<_>>().join(", ")
    }
}

/// Maximum length of a line of the log in a failure, and of the advice, in bytes: they are for people.
const LINE_LIMIT_BYTES: usize = 4 * 1024;

/// Maximum length of the reason of a failure, in bytes. It may repeat the output of a build's steps.
const REASON_LIMIT_BYTES: usize = 16 * 1024;

/// Maximum length of all texts of a failure together, in bytes: far below the 10 MB of a Pub/Sub
/// message, so that an outcome can always be published.
const FAILURE_LIMIT_BYTES: usize = 64 * 1024;

/// Why a deployment failed, and what to do about it. The ledger stores it as JSON.
///
/// [`Failure::new`] and [`Failure::with_log`] cut long texts, and so does the encoding.
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
        .bounded()
    }

    /// Adds the relevant log. Keeps as many of its last lines as fit.
    #[must_use]
    pub fn with_log(self, log_tail: Vec<String>, log_url: &str) -> Self {
        Self { log_tail, log_url: log_url.to_owned(), ..self }.bounded()
    }

    /// Cuts long texts, and leaves out the first lines of a long log.
    #[must_use]
    fn bounded(mut self) -> Self {
        for line in &mut self.log_tail {
            cut(line, LINE_LIMIT_BYTES);
        }
        for text in [&mut self.stage, &mut self.code, &mut self.advice, &mut self.log_url] {
            cut(text, LINE_LIMIT_BYTES);
        }
        cut(&mut self.reason, REASON_LIMIT_BYTES);
        let texts = [&self.stage, &self.code, &self.advice, &self.log_url, &self.reason];
        let mut left = FAILURE_LIMIT_BYTES - texts.iter().map(|text| text.len()).sum::<usize>();
        let fitting = self.log_tail.iter().rev().take_while(|line| {
            let fits = line.len() <= left;
            left = left.saturating_sub(line.len());
            fits
        });
        let kept = fitting.count();
        self.log_tail.drain(..self.log_tail.len() - kept);
        self
    }
}

/// Cuts a text at a character boundary.
fn cut(text: &mut String, limit_bytes: usize) {
    text.truncate(text.floor_char_boundary(limit_bytes));
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
    let mut finished = proto::DeploymentFinished::default();
    let number = match outcome {
        Outcome::Deployed(serving) => {
            finished.serving = Some(write_serving(serving));
            proto::Outcome::Deployed
        }
        Outcome::Unchanged(serving) => {
            finished.serving = Some(write_serving(serving));
            proto::Outcome::Unchanged
        }
        Outcome::Failed(failure) => {
            finished.failure = Some(write_failure(failure));
            proto::Outcome::Failed
        }
        Outcome::Superseded { by } => {
            finished.superseded_by = by.map(|id| id.to_string()).unwrap_or_default();
            proto::Outcome::Superseded
        }
        Outcome::Cancelled => proto::Outcome::Cancelled,
        Outcome::TrafficPinned { ready, traffic } => {
            finished.serving = Some(write_serving(ready));
            finished.pinned_traffic = Some(write_traffic(traffic));
            proto::Outcome::TrafficPinned
        }
    };
    finished.outcome = number.into();
    finished
}

fn write_traffic(traffic: &PinnedTraffic) -> proto::PinnedTraffic {
    let targets = traffic.targets.iter().map(|target| proto::RevisionTraffic {
        revision: target.revision.clone(),
        percent: target.percent,
        tag: target.tag.clone(),
        url: target.url.clone(),
    });
    proto::PinnedTraffic {
        percent: traffic.percent,
        targets: targets.collect(),
        command: traffic.command.clone(),
    }
}

fn write_serving(serving: &Serving) -> proto::ServingRevision {
    proto::ServingRevision {
        url: serving.url.clone(),
        revision: serving.revision.clone(),
        image: serving.image.clone(),
        builder: serving.builder.to_proto(),
    }
}

pub(crate) fn write_failure(failure: &Failure) -> proto::Failure {
    let failure = failure.clone().bounded();
    let class = match failure.class {
        FailureClass::User => proto::FailureClass::User,
        FailureClass::System => proto::FailureClass::System,
    };
    proto::Failure {
        stage: failure.stage,
        class: class.into(),
        code: failure.code,
        reason: failure.reason,
        advice: failure.advice,
        log_tail: failure.log_tail,
        log_url: failure.log_url,
    }
}

/// The outcome of a message. Returns `None` only with a finding.
pub(super) fn read(
    finished: &mut proto::DeploymentFinished,
    findings: &mut Findings,
) -> Option<Outcome> {
    let (number, serving) = (finished.outcome, finished.serving.take());
    match proto::Outcome::try_from(number) {
        Ok(proto::Outcome::Deployed) => read_serving(serving, findings).map(Outcome::Deployed),
        Ok(proto::Outcome::Unchanged) => read_serving(serving, findings).map(Outcome::Unchanged),
        Ok(proto::Outcome::Failed) => {
            read_failure(finished.failure.take(), findings).map(Outcome::Failed)
        }
        Ok(proto::Outcome::Superseded) => {
            let by = rules::optional(std::mem::take(&mut finished.superseded_by))
                .and_then(|by| rules::parsed(&by, "supersededBy", findings));
            Some(Outcome::Superseded { by })
        }
        Ok(proto::Outcome::Cancelled) => Some(Outcome::Cancelled),
        Ok(proto::Outcome::TrafficPinned) => {
            let ready = read_serving(serving, findings);
            let traffic = read_traffic(finished.pinned_traffic.take(), findings);
            Some(Outcome::TrafficPinned { ready: ready?, traffic: traffic? })
        }
        Ok(proto::Outcome::Unspecified) => {
            findings.missing("outcome");
            None
        }
        Err(_) => {
            findings.unknown_value("outcome", number);
            None
        }
    }
}

fn read_serving(proto: Option<proto::ServingRevision>, findings: &mut Findings) -> Option<Serving> {
    let Some(proto) = proto else {
        findings.missing("serving");
        return None;
    };
    let proto::ServingRevision { url, revision, image, builder } = proto;
    Some(Serving { url, revision, image, builder: builder::read(builder) })
}

fn read_traffic(
    proto: Option<proto::PinnedTraffic>,
    findings: &mut Findings,
) -> Option<PinnedTraffic> {
    let Some(proto) = proto else {
        findings.missing("pinnedTraffic");
        return None;
    };
    let targets = proto.targets.into_iter().map(|target| RevisionTraffic {
        revision: target.revision,
        percent: target.percent,
        tag: target.tag,
        url: target.url,
    });
    Some(PinnedTraffic {
        percent: proto.percent,
        targets: targets.collect(),
        command: proto.command,
    })
}

pub(crate) fn read_failure(
    proto: Option<proto::Failure>,
    findings: &mut Findings,
) -> Option<Failure> {
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
            findings.unknown_value("failure.class", proto.class);
            return None;
        }
    };
    let proto::Failure { stage, code, reason, advice, log_tail, log_url, class: _ } = proto;
    Some(Failure { stage, class, code, reason, advice, log_tail, log_url })
}

#[cfg(test)]
mod tests;
