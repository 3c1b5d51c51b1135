//! The deployment that a message belongs to.

use time::OffsetDateTime;

use crate::ids::DeploymentId;
use crate::invalid::Findings;
use crate::{proto, rules};

/// One admitted deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub id: DeploymentId,
    /// The generation of the function that it was admitted as, from 1.
    pub generation: u64,
    /// When the uploader admitted it.
    pub admitted_at: OffsetDateTime,
    /// Later than `admitted_at`.
    pub deadline_at: OffsetDateTime,
}

impl Deployment {
    pub(super) fn to_proto(&self) -> proto::Deployment {
        proto::Deployment {
            id: self.id.to_string(),
            generation: self.generation,
            admitted_at: Some(rules::to_timestamp(self.admitted_at)),
            deadline_at: Some(rules::to_timestamp(self.deadline_at)),
        }
    }
}

/// Returns `None` only with a finding.
pub(super) fn read(
    proto: Option<proto::Deployment>,
    findings: &mut Findings,
) -> Option<Deployment> {
    let Some(proto) = proto else {
        findings.missing("deployment");
        return None;
    };
    let id = rules::parsed(&proto.id, "deployment.id", findings);
    if proto.generation == 0 {
        findings.add("deployment.generation", "0", "must be at least 1");
    }
    let admitted_at = rules::timestamp(proto.admitted_at, "deployment.admittedAt", findings);
    let deadline_at = rules::timestamp(proto.deadline_at, "deployment.deadlineAt", findings);
    if let (Some(admitted_at), Some(deadline_at)) = (admitted_at, deadline_at)
        && deadline_at <= admitted_at
    {
        findings.add("deployment.deadlineAt", &deadline_at.to_string(), "must be after admittedAt");
    }
    Some(Deployment {
        id: id?,
        generation: proto.generation,
        admitted_at: admitted_at?,
        deadline_at: deadline_at?,
    })
}
