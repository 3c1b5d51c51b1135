//! The functions of a batch, with their deployments and how far they are.

use longshore_ledger::MemberState;
use longshore_messages::{BatchId, BatchTraffic, DeploymentId, FunctionRef, proto};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;

/// A function of a batch.
#[derive(Clone, Debug)]
pub(crate) struct MemberOf {
    pub(crate) at: FunctionRef,
    /// Its deployment, which exists once it is admitted.
    pub(crate) deployment: DeploymentId,
    /// The deployment that moves its traffic after a gate, which exists once that has passed. `None` if
    /// the traffic moves at once.
    pub(crate) release: Option<DeploymentId>,
    pub(crate) state: MemberState,
    /// Its wave, from 1.
    pub(crate) wave: usize,
}

/// The functions of a batch, in the order of their admission. Empty if the request was rejected.
pub(crate) async fn members(target: &CloudTarget, id: BatchId) -> Result<Vec<MemberOf>, CliError> {
    let ledger = &target.ledger;
    let (accepted, progress) = tokio::join!(ledger.batch(id), ledger.batch_progress(id));
    let (accepted, progress) =
        (accepted.map_err(CliError::ledger)?, progress.map_err(CliError::ledger)?);
    let (Some(accepted), Some((progress, _))) = (accepted, progress) else {
        return Ok(Vec::new());
    };
    let requests = ledger.batch_members(id, &accepted).await.map_err(CliError::ledger)?;
    let members = requests.into_iter().zip(progress.members).enumerate();
    let member = |(position, (request, state)): (usize, (proto::DeployRequested, _))| {
        let proto::FunctionSpec { project, region, name, .. } =
            request.function.unwrap_or_default();
        let at = FunctionRef { project, region, name };
        let (requester, source) = (&accepted.requester, &accepted.source);
        let of = |ce_id: &str| DeploymentId::requested_by(requester, source, ce_id);
        let deployment = of(&id.member(&at));
        let release = match accepted.settings.traffic {
            BatchTraffic::AtOnce => None,
            BatchTraffic::AfterGate => Some(of(&id.release(&at))),
        };
        let wave = accepted.settings.wave_of(position) + 1;
        MemberOf { at, deployment, release, state, wave }
    };
    Ok(members.map(member).collect())
}
