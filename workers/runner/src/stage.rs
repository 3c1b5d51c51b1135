//! All that the author of a stage must know.

use std::future::Future;

use longshore_messages::{
    Deployment, DeploymentId, Failure, FunctionRef, Outcome, StageMessage, Topic, TraceContext,
    WireMessage,
};
use time::OffsetDateTime;

use crate::{Delivery, Handoff, Input};

/// One step of the road. The work has four beats in every stage: look, plan (pure), act, announce.
pub trait Stage: Send + Sync + 'static {
    /// Name of the worker: in spans, logs, the ledger and subscriptions.
    const NAME: &'static str;
    /// Whether [`Stage::sweep`] is called.
    const SWEEPS: bool = false;
    /// What it takes.
    type In: Input;
    /// What it hands on.
    type Out: Output;
    /// What it fails with.
    type Error: StageError;

    /// Handles one input. May be called again with the same input, also while an earlier call is
    /// still running.
    fn handle(
        &self,
        input: Self::In,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<Step<Self::Out>, Self::Error>> + Send;

    /// Looks for what was never announced. Called at every tick of the runner's sweep; what it
    /// returns is recorded and published like the output of an input.
    fn sweep(&self) -> impl Future<Output = Result<Vec<Handoff<Self::Out>>, Self::Error>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// What comes of an input.
#[derive(Debug)]
pub enum Step<M> {
    /// Nothing to hand on now; says why. Something else will move the deployment.
    Waiting(&'static str),
    /// To be recorded and published: for nobody, one, or a thousand deployments.
    Emit(Vec<Handoff<M>>),
}

/// What a stage can hand on: one message, or one of several kinds.
pub trait Output: Send + Sync + 'static {
    /// The topic it goes to.
    fn topic(&self) -> Topic;
    /// The message as it travels.
    fn encode(
        &self,
        worker: &str,
        fleet: &str,
        trace: &TraceContext,
        at: OffsetDateTime,
    ) -> WireMessage;
}

impl<M: StageMessage + Send + Sync + 'static> Output for M {
    fn topic(&self) -> Topic {
        M::TOPIC
    }

    fn encode(
        &self,
        worker: &str,
        fleet: &str,
        trace: &TraceContext,
        at: OffsetDateTime,
    ) -> WireMessage {
        longshore_messages::encode(self, worker, fleet, trace, at)
    }
}

/// What a stage fails with.
pub trait StageError: std::error::Error + Send + Sync + 'static {
    /// What is to become of the input: an exhaustive match, without `_`.
    fn disposition(&self) -> Disposition;
}

/// What is to become of an input that could not be handled.
#[derive(Debug)]
pub enum Disposition {
    /// Deliver it again after the subscription's backoff.
    Retry,
    /// End the deployment with this failure: doing it again fails again. Boxed: it carries log
    /// lines.
    Reject(Box<Failure>),
    /// Put it aside for an operator: nobody can say what it is.
    Park,
}

impl<M> Step<M> {
    /// Passes the delivery's deployment on to the next stage.
    pub fn forward(delivery: &Delivery, deployment: DeploymentId, message: M) -> Self {
        Self::Emit(vec![Handoff::forward(deployment, delivery.trace().clone(), message)])
    }

    /// Ends the delivery's deployment.
    pub fn finish(
        delivery: &Delivery,
        deployment: Deployment,
        function: &FunctionRef,
        outcome: Outcome,
    ) -> Self {
        let trace = delivery.trace().clone();
        Self::Emit(vec![Handoff::finish(deployment, function, trace, outcome)])
    }
}
