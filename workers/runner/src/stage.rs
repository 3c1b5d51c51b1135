//! All that the author of a stage must know.

use std::future::Future;

use longshore_messages::{
    DeploymentId, Failure, Outcome, StageMessage, Topic, TraceContext, WireMessage,
};
use time::OffsetDateTime;

use crate::{Delivery, Input};

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

/// What is handed on for one deployment.
#[derive(Debug)]
pub struct Handoff<M> {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its trace.
    pub trace: TraceContext,
    /// What comes next.
    pub next: Next<M>,
}

/// What comes next for a deployment.
#[derive(Debug)]
pub enum Next<M> {
    /// The next stage. Recorded once as this stage's output.
    Forward(M),
    /// The end. Recorded once as the deployment's outcome. Boxed: an outcome carries log lines, and
    /// is rare.
    Finish(Box<longshore_messages::DeploymentFinished>),
    /// A question to another stage that does not move the deployment itself. Not recorded; may be
    /// published more than once.
    Ask(M),
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
    /// One handoff for the deployment of the delivery.
    pub fn one(deployment: DeploymentId, trace: TraceContext, next: Next<M>) -> Self {
        Self::Emit(vec![Handoff { deployment, trace, next }])
    }

    /// Ends the deployment of `message`.
    pub fn finish(
        delivery: &Delivery,
        deployment: longshore_messages::Deployment,
        function: String,
        outcome: Outcome,
    ) -> Self {
        let finished = longshore_messages::DeploymentFinished {
            id: deployment.id,
            deployment: Some(deployment),
            function,
            outcome,
            finished_at: OffsetDateTime::now_utc(),
        };
        Self::one(finished.id, delivery.trace().clone(), Next::Finish(Box::new(finished)))
    }
}
