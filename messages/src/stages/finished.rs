//! `deployment-finished`: the outcome of a deployment, from the stage that ended it.

use time::OffsetDateTime;

use super::deployment::Deployment;
use super::outcome::Outcome;
use super::{deployment, outcome};
use crate::ids::DeploymentId;
use crate::invalid::{Findings, Invalid};
use crate::topics::Topic;
use crate::wire::{StageMessage, once};
use crate::{proto, rules};

/// From any stage to the requester and other subscribers.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentFinished {
    /// `None` if the request was rejected before admission.
    pub deployment: Option<Deployment>,
    /// Also set for a rejected request.
    pub id: DeploymentId,
    /// The requested function, `PROJECT/REGION/NAME`, as far as the request could be read.
    pub function: String,
    pub outcome: Outcome,
    /// When the outcome was recorded.
    pub finished_at: OffsetDateTime,
}

impl StageMessage for DeploymentFinished {
    const TOPIC: Topic = Topic::DeploymentFinished;
    type Proto = proto::DeploymentFinished;

    fn from_proto(mut proto: Self::Proto) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let id = rules::parsed(&proto.deployment_id, "deploymentId", &mut findings);
        let deployment =
            proto.deployment.take().and_then(|proto| deployment::read(Some(proto), &mut findings));
        if let (Some(id), Some(deployment)) = (id, &deployment)
            && id != deployment.id
        {
            findings.add("deploymentId", &proto.deployment_id, "must equal deployment.id");
        }
        let outcome = outcome::read(&mut proto, &mut findings);
        let finished_at = rules::timestamp(proto.finished_at, "finishedAt", &mut findings);
        let (Some(id), Some(outcome), Some(finished_at)) = (id, outcome, finished_at) else {
            return findings.finish(None);
        };
        findings.finish(Some(Self {
            deployment,
            id,
            function: proto.function,
            outcome,
            finished_at,
        }))
    }

    fn to_proto(&self) -> Self::Proto {
        proto::DeploymentFinished {
            deployment: self.deployment.as_ref().map(Deployment::to_proto),
            deployment_id: self.id.to_string(),
            function: self.function.clone(),
            finished_at: Some(rules::to_timestamp(self.finished_at)),
            ..outcome::write(&self.outcome)
        }
    }

    fn deployment(&self) -> Option<DeploymentId> {
        Some(self.id)
    }

    fn function(&self) -> Option<String> {
        rules::optional(self.function.clone())
    }

    fn ce_id(&self) -> String {
        once(self.id, Self::TOPIC)
    }

    fn extra_attributes(&self) -> Vec<(String, String)> {
        vec![("outcome".to_owned(), self.outcome.as_str().to_owned())]
    }
}
