//! The functions of open batches, as this process knows them. They never change, so they are read
//! once; what changes is read in every round.

use std::collections::BTreeMap;
use std::sync::Arc;

use longshore_ledger::{AcceptedBatch, Ledger, LedgerError, MemberState};
use longshore_messages::{BatchId, BatchTraffic, DeploymentId, FunctionRef, proto};
use parking_lot::Mutex;

/// A batch that is open.
pub(crate) struct OpenBatch {
    pub(crate) id: BatchId,
    pub(crate) accepted: AcceptedBatch,
    /// In the order of their admission.
    pub(crate) members: Vec<Member>,
    /// Position of each deployment.
    pub(crate) positions: BTreeMap<DeploymentId, usize>,
}

/// A function of a batch.
pub(crate) struct Member {
    pub(crate) request: proto::DeployRequested,
    /// `ce-id` of its request.
    pub(crate) ce_id: String,
    pub(crate) deployment: DeploymentId,
    /// Project and region.
    pub(crate) place: (String, String),
    /// What moves its traffic after the gates of its wave, if it does not move at once.
    pub(crate) release: Option<Release>,
}

/// The request that moves the traffic of a function to the revision of its deployment.
pub(crate) struct Release {
    pub(crate) request: proto::DeployRequested,
    /// `ce-id` of the request.
    pub(crate) ce_id: String,
    pub(crate) deployment: DeploymentId,
}

impl Member {
    /// The deployment that is in flight in a state, or would be the next one.
    pub(crate) fn deployment_in(&self, state: MemberState) -> DeploymentId {
        match &self.release {
            Some(release) if state == MemberState::Releasing => release.deployment,
            _ => self.deployment,
        }
    }

    /// The request that a state stands for, and its `ce-id`.
    pub(crate) fn request_in(&self, state: MemberState) -> (&proto::DeployRequested, &str) {
        match &self.release {
            Some(release) if state == MemberState::Releasing => (&release.request, &release.ce_id),
            _ => (&self.request, &self.ce_id),
        }
    }

    /// The state after a deployment has ended, or `None` if that is not the one of its state.
    pub(crate) fn after(
        &self,
        now: MemberState,
        ended: DeploymentId,
        end: MemberState,
    ) -> Option<MemberState> {
        match &self.release {
            Some(release) if release.deployment == ended => {
                let is_due = matches!(
                    now,
                    MemberState::Staged | MemberState::Releasing | MemberState::Parked
                );
                is_due.then_some(match end {
                    // The traffic was moved already.
                    MemberState::Unchanged => MemberState::Deployed,
                    MemberState::Staged => MemberState::TrafficPinned,
                    other => other,
                })
            }
            release => {
                let is_due = matches!(
                    now,
                    MemberState::Waiting | MemberState::Admitted | MemberState::Parked
                );
                is_due.then_some(match end {
                    MemberState::Staged if release.is_none() => MemberState::TrafficPinned,
                    other => other,
                })
            }
        }
    }

    /// Its deployments.
    fn deployments(&self) -> impl Iterator<Item = DeploymentId> {
        let release = self.release.as_ref().map(|release| release.deployment);
        std::iter::once(self.deployment).chain(release)
    }

    /// Name of the function.
    pub(crate) fn name(&self) -> &str {
        self.request.function.as_ref().map_or("", |function| function.name.as_str())
    }
}

#[derive(Default)]
pub(crate) struct Book {
    open: Mutex<BTreeMap<BatchId, Arc<OpenBatch>>>,
}

impl Book {
    /// Forgets all batches but these.
    pub(crate) fn retain(&self, ids: &[BatchId]) {
        self.open.lock().retain(|id, _| ids.contains(id));
    }

    /// An open batch, or `None` if it is being accepted at this moment.
    pub(crate) async fn get(
        &self,
        ledger: &Ledger,
        id: BatchId,
    ) -> Result<Option<Arc<OpenBatch>>, LedgerError> {
        if let Some(known) = self.open.lock().get(&id) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(accepted) = ledger.batch(id).await? else { return Ok(None) };
        let requests = ledger.batch_members(id, &accepted).await?;
        let batch = Arc::new(OpenBatch::new(id, accepted, requests));
        self.open.lock().insert(id, Arc::clone(&batch));
        Ok(Some(batch))
    }
}

impl OpenBatch {
    fn new(id: BatchId, accepted: AcceptedBatch, requests: Vec<proto::DeployRequested>) -> Self {
        let members: Vec<Member> = requests
            .into_iter()
            .map(|request| {
                let spec = request.function.clone().unwrap_or_default();
                let place = (spec.project.clone(), spec.region.clone());
                let at =
                    FunctionRef { project: spec.project, region: spec.region, name: spec.name };
                let ce_id = id.member(&at);
                let deployment =
                    DeploymentId::requested_by(&accepted.requester, &accepted.source, &ce_id);
                let release = match accepted.settings.traffic {
                    BatchTraffic::AtOnce => None,
                    BatchTraffic::AfterGate => Some(Release::new(id, &accepted, at, deployment)),
                };
                Member { request, ce_id, deployment, place, release }
            })
            .collect();
        let positions = members.iter().enumerate();
        let positions = positions
            .flat_map(|(position, one)| one.deployments().map(move |id| (id, position)))
            .collect();
        Self { id, accepted, members, positions }
    }
}

impl Release {
    fn new(id: BatchId, batch: &AcceptedBatch, at: FunctionRef, staged: DeploymentId) -> Self {
        let ce_id = id.release(&at);
        let deployment = DeploymentId::requested_by(&batch.requester, &batch.source, &ce_id);
        let earlier = proto::EarlierDeployment {
            deployment: staged.to_string(),
            reason: "the gates of its wave have passed".to_owned(),
            release: true,
            ..proto::EarlierDeployment::default()
        };
        let FunctionRef { project, region, name } = at;
        let function = proto::FunctionSpec {
            name,
            project,
            region,
            flavour: proto::Flavour::Run.into(),
            source: Some(proto::Source { place: Some(proto::source::Place::Earlier(earlier)) }),
            ..proto::FunctionSpec::default()
        };
        let request = proto::DeployRequested {
            function: Some(function),
            deadline: batch.settings.deadline.map(Into::into),
            batch: id.to_string(),
            ..proto::DeployRequested::default()
        };
        Self { request, ce_id, deployment }
    }
}

#[cfg(test)]
mod tests;
