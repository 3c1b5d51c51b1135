//! The functions of open batches, as this process knows them. They never change, so they are read
//! once; what changes is read in every round.

use std::collections::BTreeMap;
use std::sync::Arc;

use longshore_ledger::{AcceptedBatch, Ledger, LedgerError};
use longshore_messages::{BatchId, DeploymentId, FunctionRef, proto};
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
}

impl Member {
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
                Member { request, ce_id, deployment, place }
            })
            .collect();
        let positions = members.iter().enumerate();
        let positions = positions.map(|(position, one)| (one.deployment, position)).collect();
        Self { id, accepted, members, positions }
    }
}
