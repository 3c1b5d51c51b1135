//! One delivery, from its arrival to its settlement.

use std::sync::Arc;

use longshore_cloud::Received;
use longshore_ledger::{Cause, LedgerError};
use longshore_messages::{DeploymentFinished, DeploymentId, Outcome};
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use super::Runner;
use crate::delivery::{input_id, trace_of};
use crate::handoff::publisher::{HandoffError, Origin};
use crate::park::DELIVERIES_MAX;
use crate::{
    Delivery, Disposition, Handoff, Incoming, Input, InputError, Stage, StageError, Step, telemetry,
};

/// Why an input was not handled. `conclude` logs it, once, and settles the input.
#[derive(Debug, thiserror::Error)]
enum Unhandled<E: std::error::Error + 'static> {
    #[error("cannot read the message")]
    Input(#[source] InputError),
    #[error("the message was delivered too often")]
    DeliveredTooOften,
    #[error("cannot handle the message")]
    Stage(#[source] E),
    #[error("cannot hand off the result")]
    Handoff(#[source] HandoffError),
    #[error("handling timed out")]
    Timeout,
}

/// How an input is settled.
enum Settlement {
    Ack,
    Nack,
}

impl<S: Stage> Runner<S> {
    pub(super) async fn process(
        self: Arc<Self>,
        received: Received,
        topic: &'static str,
        subscription: &str,
        permit: OwnedSemaphorePermit,
    ) {
        let incoming = Incoming {
            topic,
            message: &received.message,
            message_id: &received.message_id,
            published_at: received.published_at,
        };
        let input = S::In::read(&incoming);
        let deployment = input.as_ref().ok().and_then(Input::deployment);
        let trace = trace_of(&received, deployment);
        let span = telemetry::stage_span(S::NAME, topic, &trace, &received, deployment);
        let delivery = Delivery::new(
            input_id(&received),
            uuid::Uuid::new_v4().to_string(),
            telemetry::context_of(&span).unwrap_or_else(|| trace.clone()),
            received.published_at,
            received.attempt,
            Arc::clone(&self.slots),
            permit,
        );
        let settled = async {
            let started_at = OffsetDateTime::now_utc();
            match self.attempt(input, deployment, &received, &delivery, started_at).await {
                Ok(()) => Settlement::Ack,
                Err(unhandled) => {
                    self.conclude(
                        unhandled,
                        deployment,
                        subscription,
                        &received,
                        &delivery,
                        started_at,
                    )
                    .await
                }
            }
        };
        match settled.instrument(span).await {
            Settlement::Ack => received.settle.ack(),
            Settlement::Nack => received.settle.nack(),
        }
    }

    /// Takes an input to its confirmed output.
    async fn attempt(
        &self,
        input: Result<S::In, InputError>,
        deployment: Option<DeploymentId>,
        received: &Received,
        delivery: &Delivery,
        started_at: OffsetDateTime,
    ) -> Result<(), Unhandled<S::Error>> {
        if received.attempt.is_some_and(|attempt| attempt > DELIVERIES_MAX) {
            return Err(Unhandled::DeliveredTooOften);
        }
        let input = input.map_err(Unhandled::Input)?;
        if let Some(deployment) = deployment {
            let again = self.handoffs.publish_again(deployment).await;
            if again.map_err(Unhandled::Handoff)? {
                tracing::debug!(%deployment, "already handled at an earlier delivery");
                return Ok(());
            }
        }
        let handled =
            tokio::time::timeout(self.limits.handle_timeout, self.stage.handle(input, delivery))
                .await;
        match handled.map_err(|_elapsed| Unhandled::Timeout)?.map_err(Unhandled::Stage)? {
            Step::Waiting(reason) => {
                tracing::debug!(reason, "nothing to hand off");
                Ok(())
            }
            Step::Emit(handoffs) => {
                let origin = Origin::of(delivery, received, started_at);
                self.handoffs.publish(&handoffs, &origin).await.map_err(Unhandled::Handoff)
            }
        }
    }

    /// Decides what happens to an input that was not handled. The reason is logged here, or where
    /// the message is parked.
    async fn conclude(
        &self,
        unhandled: Unhandled<S::Error>,
        deployment: Option<DeploymentId>,
        subscription: &str,
        received: &Received,
        delivery: &Delivery,
        started_at: OffsetDateTime,
    ) -> Settlement {
        let (disposition, cause) = match &unhandled {
            Unhandled::Input(_) => (Disposition::Park, Cause::Unreadable),
            Unhandled::DeliveredTooOften => (Disposition::Park, Cause::DeliveredTooOften),
            Unhandled::Stage(error) => (error.disposition(), Cause::Failed),
            Unhandled::Handoff(error) => (error.disposition(), Cause::Failed),
            Unhandled::Timeout => (Disposition::Retry, Cause::Failed),
        };
        let error = telemetry::chain(&unhandled);
        match (disposition, deployment) {
            (Disposition::Retry, _) => {
                tracing::warn!(error, attempt = received.attempt, "message will be retried");
                Settlement::Nack
            }
            (Disposition::Reject(failure), Some(deployment)) => {
                tracing::info!(error, code = failure.code, "deployment failed");
                let function = received.message.attributes.get("function").cloned();
                let (trace, outcome) = (delivery.trace().clone(), Outcome::Failed(*failure));
                let function = function.unwrap_or_default();
                let handoff = Handoff::finish_by_id(deployment, function, trace, outcome);
                let origin = Origin::of(delivery, received, started_at);
                settle_after(self.handoffs.publish::<DeploymentFinished>(&[handoff], &origin).await)
            }
            (Disposition::Reject(_) | Disposition::Park, _) => {
                settle_after(self.parking.park(cause, subscription, received, error).await)
            }
        }
    }
}

/// Acknowledges an input once its result is stored; otherwise it must be redelivered.
fn settle_after<E: std::error::Error>(safe: Result<(), E>) -> Settlement {
    match safe {
        Ok(()) => Settlement::Ack,
        Err(error) => {
            tracing::warn!(error = telemetry::chain(&error), "message will be retried");
            Settlement::Nack
        }
    }
}

impl HandoffError {
    fn disposition(&self) -> Disposition {
        let ledger = |error: &LedgerError| {
            if error.is_transient() { Disposition::Retry } else { Disposition::Park }
        };
        match self {
            Self::Requester(error) | Self::Record(error) | Self::Close(error) => ledger(error),
            Self::Publish(_) => Disposition::Retry,
        }
    }
}
