//! Handles requests to cancel a deployment.

use longshore_ledger::{Cancel, Ledger};
use longshore_messages::{CancelRequest, DeploymentId, Failure, Outcome, SourceUploaded};
use longshore_runner::{Delivery, Handoff, Step};
use time::OffsetDateTime;

use crate::error::{invalid_request, not_its_own};
use crate::{Request, UploadError};

/// Records the request to cancel. It may arrive before the request that it cancels, because Pub/Sub
/// does not keep their order, so that one does not have to be in the ledger.
///
/// A request that has no effect ends as failed, under an id of its own.
pub(crate) async fn cancel(
    ledger: &Ledger,
    request: &Request,
    delivery: &Delivery,
) -> Result<Step<SourceUploaded>, UploadError> {
    let deployment = match CancelRequest::read(&request.message, &request.requester) {
        Ok(CancelRequest::Own(deployment)) => deployment,
        Ok(CancelRequest::Any(deployment)) if is_its_own(ledger, request, deployment).await? => {
            deployment
        }
        Ok(CancelRequest::Any(deployment)) => {
            return Ok(refuse(request, delivery, not_its_own(&request.requester, deployment)));
        }
        Err(error) => return Ok(refuse(request, delivery, invalid_request(&error))),
    };
    let cancel = Cancel { asked_at: OffsetDateTime::now_utc() };
    ledger.cancel(deployment, &cancel).await.map_err(UploadError::Ledger)?;
    tracing::info!(%deployment, requester = request.requester, "cancellation requested");
    Ok(Step::Waiting("the deployment ends at its next stage"))
}

/// Whether the deployment was requested by the same requester. One that does not exist was not, so
/// that the outcome does not tell which ones exist.
async fn is_its_own(
    ledger: &Ledger,
    request: &Request,
    deployment: DeploymentId,
) -> Result<bool, UploadError> {
    let first = ledger.request(deployment).await.map_err(UploadError::Ledger)?;
    Ok(first.is_some_and(|first| first.requester == request.requester))
}

fn refuse(request: &Request, delivery: &Delivery, failure: Failure) -> Step<SourceUploaded> {
    let (trace, outcome) = (delivery.trace().clone(), Outcome::Failed(failure));
    Step::Emit(vec![Handoff::finish_by_id(request.id, String::new(), trace, outcome)])
}
