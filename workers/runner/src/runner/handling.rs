//! One delivery, from its arrival to its settlement.

use std::sync::Arc;
use std::time::{Duration, Instant};

use longshore_cloud::Received;
use longshore_cloud::pacing::waiting;
use longshore_ledger::{Cause, LedgerError};
use longshore_messages::{DeploymentFinished, DeploymentId, Failure, FailureClass, Outcome};
use opentelemetry::trace::Status;
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::Runner;
use super::attempts::{is_early, is_last_attempt};
use crate::deaths::{self, Ending, Records};
use crate::delivery::input_id;
use crate::handoff::earlier::{Earlier, Skip};
use crate::handoff::publisher::{HandoffError, Origin};
use crate::metrics::{Handled, Settled, error_kind};
use crate::traces::TaskResult;
use crate::waits::Waits;
use crate::{
    Checked, Delivery, Disposition, Handoff, Incoming, Input, InputError, Stage, StageError, Step,
    telemetry, traces,
};

/// A message that has arrived.
struct Arrival<'a> {
    topic: &'a str,
    subscription: &'a str,
    received: &'a Received,
    /// The deployment that the message names.
    deployment: Option<DeploymentId>,
    started_at: OffsetDateTime,
}

impl Arrival<'_> {
    fn origin(&self, delivery: &Delivery) -> Origin {
        Origin::of(delivery, self.received, self.topic, self.started_at)
    }
}

/// Why an input was not handled. `conclude` logs it, once, and settles the input.
#[derive(Debug, thiserror::Error)]
enum Unhandled<E: std::error::Error + 'static> {
    #[error("cannot read the message")]
    Input(#[source] InputError),
    #[error("cannot count the workers that ended with the message")]
    Deaths(#[source] LedgerError),
    /// Holds their number, without those of the first deliveries.
    #[error("{0} workers ended while they handled the message")]
    DeliveredTooOften(usize),
    #[error("{worker} did not record this message for its deployment")]
    Unverified { worker: &'static str },
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
        topic: &str,
        subscription: &str,
        permit: OwnedSemaphorePermit,
        aborts: &CancellationToken,
    ) {
        let incoming = Incoming {
            topic,
            message: &received.message,
            message_id: &received.message_id,
            published_at: received.published_at,
        };
        let input = S::In::read(&incoming);
        let deployment = input.as_ref().ok().and_then(Input::deployment);
        let trace = match input.as_ref().ok().and_then(Input::batch) {
            Some(batch) => traces::of_batch(batch),
            None => traces::rooted(&received, topic, deployment),
        };
        let full_topic = self.handoffs.own_topic(topic).unwrap_or_else(|| topic.to_owned());
        let from = traces::Delivered::of(&full_topic, subscription);
        traces::queued(topic, &from, &trace, &received, OffsetDateTime::now_utc());
        let span = traces::stage_span(S::NAME, topic, &from, &trace, &received, deployment);
        let context = telemetry::context_of(&span).unwrap_or_else(|| trace.clone());
        let metrics = self.handoffs.metrics.clone();
        let _held = metrics.hold();
        let (began, ledger) = (Instant::now(), self.handoffs.ledger.clone());
        let waits = Waits::new(metrics.clone(), context.clone(), ledger, S::NAME, deployment);
        let waits = Arc::new(waits);
        let delivery = Delivery::new(
            input_id(&received),
            uuid::Uuid::new_v4().to_string(),
            context,
            received.published_at,
            received.attempt,
            Arc::clone(&waits),
            Arc::clone(&self.slots),
            permit,
        );
        let started_at = OffsetDateTime::now_utc();
        // Boxed: each wrapper around it would hold another copy, and the future of a stage is large.
        let settled = Box::pin(async {
            let arrival =
                Arrival { topic, subscription, received: &received, deployment, started_at };
            // Without the records, the message may be one that kills this worker.
            let began = deaths::begin(&self.handoffs.ledger, S::NAME, &received, &delivery).await;
            let (records, counted) = match began {
                Ok(records) if records.are_too_many() => {
                    let deaths = records.deaths();
                    (records, Err(Unhandled::DeliveredTooOften(deaths)))
                }
                Ok(records) => (records, Ok(())),
                Err(error) => (Records::default(), Err(Unhandled::Deaths(error))),
            };
            let handled = async {
                let attempted = match counted {
                    Ok(()) => self.attempt(input, &arrival, &delivery).await,
                    Err(unhandled) => Err(unhandled),
                };
                match attempted {
                    Ok(result) => {
                        result.note(&Span::current());
                        Settlement::Ack
                    }
                    Err(unhandled) => self.conclude(unhandled, &arrival, &delivery).await,
                }
            };
            let settlement = aborts.run_until_cancelled(handled).await;
            let ending = match settlement {
                Some(Settlement::Ack) => Ending::Done,
                Some(Settlement::Nack) => Ending::Again,
                None => Ending::Aborted,
            };
            deaths::end(&self.handoffs.ledger, records, ending).await;
            settlement
        });
        let settled = waiting::with(delivery.quota_waits(), waits.noting(settled));
        let settled = settled.instrument(span.clone()).await;
        if settled.is_none() {
            TaskResult::Cancellation.note(&span);
        }
        // It ends here, and not with the last use of this function.
        drop(span);
        metrics.handled(&Handled {
            topic,
            attempt: received.attempt,
            settled: match settled {
                Some(Settlement::Ack) => Settled::Done,
                Some(Settlement::Nack) => Settled::Retry,
                None => Settled::Aborted,
            },
            age: Duration::try_from(started_at - received.published_at).unwrap_or_default(),
            took: began.elapsed(),
            waited: delivery.waited().0,
            is_extended: received.lease.is_extended(),
            trace: delivery.trace(),
        });
        match settled {
            Some(Settlement::Ack) => received.settle.ack(),
            Some(Settlement::Nack) => received.settle.nack(),
            // Dropped unsettled, so the message is delivered again.
            None => {}
        }
    }

    /// Takes an input to its confirmed output.
    async fn attempt(
        &self,
        input: Result<S::In, InputError>,
        arrival: &Arrival<'_>,
        delivery: &Delivery,
    ) -> Result<TaskResult, Unhandled<S::Error>> {
        let mut input = input.map_err(Unhandled::Input)?;
        let step = match self.look_back(&mut input, arrival, delivery).await? {
            LookBack::Done => return Ok(TaskResult::Skip),
            LookBack::Instead(step) => step,
            LookBack::Handle => {
                let handled = self.stage.handle(input, delivery);
                let handled = tokio::time::timeout(self.limits.handle_timeout, handled).await;
                handled.map_err(|_elapsed| Unhandled::Timeout)?.map_err(Unhandled::Stage)?
            }
        };
        let origin = arrival.origin(delivery);
        let handed_off = match step {
            Step::Waiting(reason) => {
                tracing::debug!(reason, "nothing to hand off");
                Ok(())
            }
            Step::Emit(handoffs) => self.handoffs.publish(&handoffs, &origin).await,
            Step::Wake(wake) => self.handoffs.wake(&wake, &origin).await,
        };
        handed_off.map(|()| TaskResult::Success).map_err(Unhandled::Handoff)
    }

    /// Verifies an input, and looks for the result of an earlier delivery. In this order: a message
    /// that the ledger does not confirm has no effect at all.
    async fn look_back(
        &self,
        input: &mut S::In,
        arrival: &Arrival<'_>,
        delivery: &Delivery,
    ) -> Result<LookBack<S>, Unhandled<S::Error>> {
        let Some(deployment) = arrival.deployment else { return Ok(LookBack::Handle) };
        let recorded_by = input.recorded_by();
        let checked = self.stage.check(input, delivery).await;
        if matches!(checked, Ok(Checked::New)) {
            return Ok(LookBack::Handle);
        }
        // A request may be published twice, and fetching its source again is expensive. A stage that
        // sweeps has records of other inputs, which no handoff of this one publishes.
        let is_first = arrival.received.attempt == Some(1) && recorded_by.is_some();
        let skip = Skip { record: is_first && !S::SWEEPS, outcome: is_first && S::BEARS_THE_END };
        let message = &arrival.received.message;
        let happened = self.handoffs.ledger.happened(deployment).await;
        let happened = happened.map_err(|error| Unhandled::Handoff(HandoffError::Record(error)))?;
        let happened = delivery.note_happened(happened);
        let earlier = self.handoffs.earlier(happened, message, recorded_by, skip).await;
        let earlier = earlier.map_err(Unhandled::Handoff)?;
        if let (Earlier::Unverified, Some(worker)) = (&earlier, recorded_by) {
            return Err(Unhandled::Unverified { worker });
        }
        match checked.map_err(Unhandled::Stage)? {
            Checked::Instead(step) => return Ok(LookBack::Instead(step)),
            Checked::Known | Checked::New => {}
        }
        if let Earlier::HandedOff(own) = &earlier
            && is_first
            && own.input != delivery.input()
        {
            // Published by that input, or by a sweep as long as the deployment waits.
            tracing::debug!(%deployment, "already handed off by another input");
            self.handoffs.metrics.duplicate();
            return Ok(LookBack::Done);
        }
        let again = self.handoffs.publish_again(deployment, earlier).await;
        if again.map_err(Unhandled::Handoff)? {
            tracing::debug!(%deployment, "already handled at an earlier delivery");
            self.handoffs.metrics.duplicate();
            return Ok(LookBack::Done);
        }
        Ok(LookBack::Handle)
    }

    /// Decides what happens to an input that was not handled. The reason is logged here, or where
    /// the message is parked.
    async fn conclude(
        &self,
        unhandled: Unhandled<S::Error>,
        arrival: &Arrival<'_>,
        delivery: &Delivery,
    ) -> Settlement {
        let received = arrival.received;
        let (disposition, cause) = match &unhandled {
            Unhandled::Input(error) if error.is_from_newer() && is_early(received) => {
                (Disposition::Retry, Cause::Unreadable)
            }
            Unhandled::Input(_) => (Disposition::Park, Cause::Unreadable),
            Unhandled::DeliveredTooOften(_) => (Disposition::Park, Cause::DeliveredTooOften),
            Unhandled::Deaths(error) if error.is_transient() => (Disposition::Retry, Cause::Failed),
            Unhandled::Deaths(_) => (Disposition::Park, Cause::Failed),
            Unhandled::Unverified { .. } => (Disposition::Distrust, Cause::Unverified),
            Unhandled::Stage(error) => (error.disposition(), Cause::Failed),
            Unhandled::Handoff(error) => (error.disposition(), Cause::Failed),
            Unhandled::Timeout => (Disposition::Retry, Cause::Failed),
        };
        if !matches!(disposition, Disposition::Reject(_)) {
            self.handoffs.metrics.error(error_kind(&unhandled));
        }
        let error = telemetry::chain(&unhandled);
        let span = Span::current();
        result_of(&unhandled, &disposition).note(&span);
        span.set_attribute("error.type", error_kind(&unhandled));
        span.set_status(Status::error(error.clone()));
        let cause = match (disposition, arrival.deployment) {
            (Disposition::Retry, _) if !is_last_attempt(received) => {
                tracing::warn!(error, attempt = received.attempt, "message will be retried");
                delivery.waits().note_backoff(&error, received.attempt).await;
                return Settlement::Nack;
            }
            (Disposition::Retry, _) => match self.handoffs.own_topic(arrival.topic) {
                Some(topic) => {
                    tracing::warn!(error, topic, "message will be retried as a copy");
                    let copy = received.message.clone();
                    let published = self.handoffs.bus.publish(&topic, copy).await;
                    return settle_after(published.map(drop));
                }
                // Google's announcements are hints, and the sweep finds what they announce.
                None => cause,
            },
            (Disposition::Reject(failure), Some(deployment)) => {
                tracing::info!(error, code = failure.code, "deployment failed");
                return settle_after(self.reject(deployment, *failure, arrival, delivery).await);
            }
            (Disposition::Reject(_) | Disposition::Park, _) => cause,
            (Disposition::Distrust, _) => Cause::Unverified,
        };
        let (subscription, handling) =
            (arrival.subscription, (arrival.deployment, delivery.trace()));
        self.handoffs.metrics.parked(cause);
        settle_after(self.parking.park(cause, subscription, received, handling, error).await)
    }

    /// Ends a deployment as failed. The ledger says which function it is of.
    async fn reject(
        &self,
        deployment: DeploymentId,
        failure: Failure,
        arrival: &Arrival<'_>,
        delivery: &Delivery,
    ) -> Result<(), HandoffError> {
        let open = self.handoffs.ledger.open(deployment).await.map_err(HandoffError::Record)?;
        let function = open.map(|open| open.function.to_string()).unwrap_or_default();
        let (trace, outcome) = (delivery.trace().clone(), Outcome::Failed(failure));
        let handoff = Handoff::finish_by_id(deployment, function, trace, outcome);
        let origin = arrival.origin(delivery);
        self.handoffs.publish::<DeploymentFinished>(&[handoff], &origin).await
    }
}

/// What an earlier delivery and the check of an input leave to do.
enum LookBack<S: Stage> {
    /// Nothing: the result of an earlier delivery is published again.
    Done,
    /// Handle the input.
    Handle,
    /// This, without handling the input.
    Instead(Step<S::Out>),
}

/// How an input that was not handled counts in the trace.
fn result_of<E: std::error::Error>(
    unhandled: &Unhandled<E>,
    disposition: &Disposition,
) -> TaskResult {
    match (unhandled, disposition) {
        (Unhandled::Timeout, _) => TaskResult::Timeout,
        (_, Disposition::Reject(failure)) => match failure.class {
            FailureClass::User => TaskResult::Failure,
            FailureClass::System => TaskResult::Error,
        },
        (_, Disposition::Retry | Disposition::Park | Disposition::Distrust) => TaskResult::Error,
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
            Self::Requester(error)
            | Self::Record(error)
            | Self::Close(error)
            | Self::Unmark(error) => ledger(error),
            Self::Publish(_) => Disposition::Retry,
        }
    }
}
