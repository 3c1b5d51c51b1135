//! `batch-finished`: how a batch ended.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ids::{BatchId, DeploymentId};
use crate::invalid::{Findings, Invalid};
use crate::stages::{Failure, read_failure, write_failure};
use crate::topics::Topic;
use crate::wire::StageMessage;
use crate::{proto, rules};

/// From batch-feeder to the requester and other subscribers.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchFinished {
    pub id: BatchId,
    /// Name of the batch, or empty.
    pub name: String,
    pub outcome: BatchOutcome,
    pub counts: BatchCounts,
    /// When it was accepted.
    pub started_at: OffsetDateTime,
    /// When the outcome was recorded.
    pub finished_at: OffsetDateTime,
}

/// The terminal state of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchOutcome {
    /// Every function was admitted, and has ended.
    Completed,
    /// More functions failed than are tolerated, or this gate failed.
    Stopped(Option<Failure>),
    Cancelled,
    /// The request is invalid.
    Rejected(Failure),
}

impl BatchOutcome {
    /// The name of the outcome, as in message attributes.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Stopped(_) => "stopped",
            Self::Cancelled => "cancelled",
            Self::Rejected(_) => "rejected",
        }
    }
}

/// Numbers of functions by how their deployments ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchCounts {
    pub deployed: u32,
    pub unchanged: u32,
    pub traffic_pinned: u32,
    pub failed: u32,
    pub superseded: u32,
    pub cancelled: u32,
    pub not_started: u32,
    #[serde(default)]
    pub parked: u32,
}

impl StageMessage for BatchFinished {
    const TOPIC: Topic = Topic::BatchFinished;
    type Proto = proto::BatchFinished;

    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let id = rules::parsed(&proto.batch_id, "batchId", &mut findings);
        let outcome = match proto::BatchOutcome::try_from(proto.outcome) {
            Ok(proto::BatchOutcome::Completed) => Some(BatchOutcome::Completed),
            Ok(proto::BatchOutcome::Stopped) => {
                let gate = proto.failure.map(|failure| read_failure(Some(failure), &mut findings));
                Some(BatchOutcome::Stopped(gate.flatten()))
            }
            Ok(proto::BatchOutcome::Cancelled) => Some(BatchOutcome::Cancelled),
            Ok(proto::BatchOutcome::Rejected) => {
                read_failure(proto.failure, &mut findings).map(BatchOutcome::Rejected)
            }
            Ok(proto::BatchOutcome::Unspecified) => {
                findings.missing("outcome");
                None
            }
            Err(_) => {
                findings.unknown_value("outcome", proto.outcome);
                None
            }
        };
        let started_at = rules::timestamp(proto.started_at, "startedAt", &mut findings);
        let finished_at = rules::timestamp(proto.finished_at, "finishedAt", &mut findings);
        let (Some(id), Some(outcome), Some(started_at), Some(finished_at)) =
            (id, outcome, started_at, finished_at)
        else {
            return findings.finish(None);
        };
        let counts = BatchCounts::from_proto(proto.counts.unwrap_or_default());
        let name = proto.name;
        findings.finish(Some(Self { id, name, outcome, counts, started_at, finished_at }))
    }

    fn to_proto(&self) -> Self::Proto {
        let (outcome, failure) = match &self.outcome {
            BatchOutcome::Completed => (proto::BatchOutcome::Completed, None),
            BatchOutcome::Stopped(gate) => {
                (proto::BatchOutcome::Stopped, gate.as_ref().map(write_failure))
            }
            BatchOutcome::Cancelled => (proto::BatchOutcome::Cancelled, None),
            BatchOutcome::Rejected(failure) => {
                (proto::BatchOutcome::Rejected, Some(write_failure(failure)))
            }
        };
        proto::BatchFinished {
            batch_id: self.id.to_string(),
            name: self.name.clone(),
            outcome: outcome.into(),
            counts: Some(self.counts.to_proto()),
            failure,
            started_at: Some(rules::to_timestamp(self.started_at)),
            finished_at: Some(rules::to_timestamp(self.finished_at)),
        }
    }

    fn deployment(&self) -> Option<DeploymentId> {
        None
    }

    fn function(&self) -> Option<String> {
        None
    }

    fn ce_id(&self) -> String {
        format!("{}/{}", self.id, Self::TOPIC)
    }

    fn extra_attributes(&self) -> Vec<(String, String)> {
        vec![
            ("batch".to_owned(), self.id.to_string()),
            ("outcome".to_owned(), self.outcome.as_str().to_owned()),
        ]
    }
}

impl BatchCounts {
    fn from_proto(proto: proto::BatchCounts) -> Self {
        let proto::BatchCounts {
            deployed,
            unchanged,
            traffic_pinned,
            failed,
            superseded,
            cancelled,
            not_started,
            parked,
        } = proto;
        Self {
            deployed,
            unchanged,
            traffic_pinned,
            failed,
            superseded,
            cancelled,
            not_started,
            parked,
        }
    }

    fn to_proto(self) -> proto::BatchCounts {
        let Self {
            deployed,
            unchanged,
            traffic_pinned,
            failed,
            superseded,
            cancelled,
            not_started,
            parked,
        } = self;
        proto::BatchCounts {
            deployed,
            unchanged,
            traffic_pinned,
            failed,
            superseded,
            cancelled,
            not_started,
            parked,
        }
    }
}
