//! What earlier deliveries of a message have left in the ledger.

use longshore_ledger::Record;
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
    /// `recorded_by` must have recorded.
    pub(crate) async fn earlier(
        &self,
        deployment: DeploymentId,
        message: &WireMessage,
        recorded_by: Option<&'static str>,
        skip: Skip,
    ) -> Result<Earlier, HandoffError> {
        let recorded = async {
            let Some(stage) = recorded_by else { return Ok(true) };
            let record = self.ledger.stage_record(deployment, stage).await?;
            // The data says it all. Pub/Sub and its clients may add attributes.
            Ok(record.is_some_and(|record| record.message.data == message.data))
        };
        let own = async {
            if skip.record {
                return Ok(None);
            }
            self.ledger.stage_record(deployment, self.stage).await
        };
        let outcome = async {
            if skip.outcome {
                return Ok(None);
            }
            self.ledger.outcome(deployment).await
        };
        let (outcome, own, recorded) = tokio::join!(outcome, own, recorded);
        if !recorded.map_err(HandoffError::Record)? {
            return Ok(Earlier::Unverified);
        }
        let (outcome, own) =
            (outcome.map_err(HandoffError::Record)?, own.map_err(HandoffError::Record)?);
        Ok(match (outcome, own) {
            (Some(outcome), _) => Earlier::Finished(outcome),
            (None, Some(own)) => Earlier::HandedOff(own),
            (None, None) => Earlier::Nothing,
        })
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
