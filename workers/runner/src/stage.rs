//! The contract between a stage and the runner.

use std::future::Future;

use longshore_messages::{Deployment, DeploymentId, Failure, FunctionRef, Outcome};

use crate::{Delivery, Found, Handoff, Input, Output, SweepLog, Wake};

/// One stage of a deployment. Every stage works in four steps: read, plan (pure), act, hand off.
pub trait Stage: Send + Sync + 'static {
    /// Name of the worker: in spans, logs, the ledger and subscriptions.
    const NAME: &'static str;
    /// Whether [`Stage::sweep`] is called.
    const SWEEPS: bool = false;
    /// Whether the worker counts, after each sweep, what is open in the ledger, for metrics.
    const CENSUS: bool = false;
    /// Whether [`Stage::handle`] has no effect that matters if the deployment has ended, so that the
    /// runner need not look for the outcome on the first delivery of a message.
    const BEARS_THE_END: bool = false;
    type In: Input;
    type Out: Output;
    type Error: StageError;

    /// Checks an input before anything else is done with it, also before the result of an earlier
    /// delivery is published again. May complete the input with what it finds. Must be idempotent,
    /// as [`Stage::handle`].
    fn check(
        &self,
        _input: &mut Self::In,
        _delivery: &Delivery,
    ) -> impl Future<Output = Result<Checked<Self::Out>, Self::Error>> + Send {
        async { Ok(Checked::Known) }
    }

    /// Handles one input. Must be idempotent: it may be called again with the same input, even
    /// while an earlier call is still running.
    fn handle(
        &self,
        input: Self::In,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<Step<Self::Out>, Self::Error>> + Send;

    /// Finds events for which no notification arrived. Called at every sweep interval; what it finds
    /// is recorded and published like the result of an input. It must start from what the ledger
    /// says is open, because another replica may sweep at the same time, and the next sweep after a
    /// crash must find the same again.
    ///
    /// `Err` only if nothing can be swept. The error of one item goes to the log, and must not keep
    /// the others waiting.
    fn sweep(
        &self,
        _log: &SweepLog,
    ) -> impl Future<Output = Result<Vec<Found<Self::Out>>, Self::Error>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// What the check of an input found.
#[derive(Debug)]
pub enum Checked<M> {
    /// The input may have been handled before.
    Known,
    /// The input is new: no earlier delivery has left anything in the ledger.
    New,
    /// This is done instead of all that follows.
    Instead(Step<M>),
}

/// The result of handling an input.
#[derive(Debug)]
pub enum Step<M> {
    /// Nothing to hand off now, for this reason. Another input will move the deployment.
    Waiting(&'static str),
    /// Handoffs to record and publish, for any number of deployments.
    Emit(Vec<Handoff<M>>),
    /// A build has ended: handoffs for all deployments that waited for it, after which no one waits
    /// any more.
    Wake(Wake<M>),
}

/// The error of a stage.
pub trait StageError: std::error::Error + Send + Sync + 'static {
    /// What happens to the input. Implement it as an exhaustive match, without `_`.
    fn disposition(&self) -> Disposition;
}

/// What happens to an input that could not be handled.
#[derive(Debug)]
pub enum Disposition {
    /// Redeliver it after the subscription's backoff.
    Retry,
    /// End the deployment with this failure: the error is permanent. Boxed: it carries log lines.
    Reject(Box<Failure>),
    /// Park it for an operator: neither a retry nor the requester can fix it.
    Park,
    /// Park it as forged: the ledger does not say what it says.
    Distrust,
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
