//! What follows when the outcome of a deployment is published.

use longshore_ledger::{Ended, Record};
use longshore_messages::{DeploymentFinished, DeploymentId, FunctionRef, Outcome, decode};

use super::publisher::{HandoffError, HandoffPublisher};

impl HandoffPublisher {
    /// Notes how a deployment ended, for reports about all functions, and removes it from the open
    /// ones. Call this after the outcome is published.
    pub(super) async fn close(
        &self,
        deployment: DeploymentId,
        outcome: &Record,
    ) -> Result<(), HandoffError> {
        // What a newer version wrote is read from the outcome itself.
        let finished = decode::<DeploymentFinished>(&outcome.message).ok();
        if let Some(DeploymentFinished { deployment: Some(own), function, outcome: how, .. }) =
            finished
            && let Ok(function) = function.parse::<FunctionRef>()
        {
            let ended = Ended { outcome: how.as_str().to_owned(), ended_at: outcome.finished_at };
            let ended = is_up_after(&how).then_some(&ended);
            let noted = self.ledger.note_end(&function, deployment, own.generation, ended).await;
            noted.map_err(HandoffError::Close)?;
        }
        self.ledger.close(deployment).await.map_err(HandoffError::Close)
    }
}

/// Whether the requested revision is up after this outcome.
fn is_up_after(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Deployed(_) | Outcome::Unchanged(_) | Outcome::TrafficPinned { .. } => true,
        Outcome::Failed(_) | Outcome::Superseded { .. } | Outcome::Cancelled => false,
    }
}
