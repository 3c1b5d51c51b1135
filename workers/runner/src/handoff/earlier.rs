//! What earlier deliveries of a message have left in the ledger.

use longshore_ledger::{Happened, LedgerError, Noted, Record};
use longshore_messages::{DeploymentId, WireMessage};

use super::publisher::{HandoffError, HandoffPublisher};

/// What the ledger holds about a deployment when one of its messages arrives.
pub(crate) enum Earlier {
    /// The message is not the one that was recorded for the deployment.
    Unverified,
    Nothing,
    /// What this stage handed off at an earlier delivery.
    HandedOff(Record),
    /// The outcome.
    Finished(Record),
}

/// What is not looked for on the first delivery of a message, because it hardly ever exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skip {
    /// This stage's own record. If there is one, the handoff finds it and publishes it.
    pub(crate) record: bool,
    pub(crate) outcome: bool,
}

impl HandoffPublisher {
    /// What the ledger holds about a deployment before this stage handles `message`, which the worker
    /// `recorded_by` must have recorded. Reads only what `happened` says is there.
    pub(crate) async fn earlier(
        &self,
        happened: &Happened,
        message: &WireMessage,
        recorded_by: Option<&'static str>,
        skip: Skip,
    ) -> Result<Earlier, HandoffError> {
        if let Some(stage) = recorded_by {
            let recorded = self.is_recorded(happened, message, stage).await;
            if !recorded.map_err(HandoffError::Record)? {
                return Ok(Earlier::Unverified);
            }
        }
        if happened.has_ended && !skip.outcome {
            let outcome = self.ledger.outcome(happened.id).await.map_err(HandoffError::Record)?;
            if let Some(outcome) = outcome {
                return Ok(Earlier::Finished(outcome));
            }
        }
        if happened.noted(self.stage).is_some() && !skip.record {
            let own = self.ledger.stage_record(happened.id, self.stage).await;
            return Ok(own
                .map_err(HandoffError::Record)?
                .map_or(Earlier::Nothing, Earlier::HandedOff));
        }
        Ok(Earlier::Nothing)
    }

    /// Whether a worker has recorded a message for a deployment. The data says it all: Pub/Sub and
    /// its clients may add attributes.
    async fn is_recorded(
        &self,
        happened: &Happened,
        message: &WireMessage,
        worker: &str,
    ) -> Result<bool, LedgerError> {
        match happened.noted(worker) {
            None => Ok(false),
            Some(Noted { sha256: Some(sha256), .. }) => Ok(*sha256 == message.sha256()),
            // An older worker wrote it.
            Some(Noted { sha256: None, .. }) => {
                let record = self.ledger.stage_record(happened.id, worker).await?;
                Ok(record.is_some_and(|record| record.message.data == message.data))
            }
        }
    }

    /// Publishes again, unchanged, the deployment's outcome or what this stage recorded for it at
    /// an earlier delivery.
    ///
    /// Returns `true` if there was one, so that the delivery needs no handling.
    pub(crate) async fn publish_again(
        &self,
        deployment: DeploymentId,
        earlier: Earlier,
    ) -> Result<bool, HandoffError> {
        match earlier {
            Earlier::Finished(outcome) => {
                self.send(outcome.clone()).await?;
                self.close(deployment, &outcome).await?;
                Ok(true)
            }
            Earlier::HandedOff(own) => self.send(own).await.map(|()| true),
            Earlier::Nothing | Earlier::Unverified => Ok(false),
        }
    }
}
