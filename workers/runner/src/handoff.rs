//! What a stage passes on for one deployment, and how it is recorded and published.

mod closing;
pub(crate) mod earlier;
pub(crate) mod publisher;
mod sending;

use longshore_messages::{
    BuildRef, Deployment, DeploymentFinished, DeploymentId, FunctionRef, Outcome, TraceContext,
};
use time::OffsetDateTime;

use crate::Delivery;

/// What a stage passes on for one deployment.
#[derive(Debug)]
pub struct Handoff<M> {
    pub deployment: DeploymentId,
    /// The deployment's trace.
    pub trace: TraceContext,
    pub next: Next<M>,
    /// What the deployment waits for, if this handoff wakes it.
    pub(crate) wait: Option<Wait>,
    /// Whether the deployment claimed the build of the message and waits for it without a waiter.
    pub(crate) waits_by_claim: bool,
}

/// The wait of a deployment for a build.
#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) build: BuildRef,
    /// Identity of the input by which the deployment began to wait.
    pub(crate) input: Option<String>,
    /// Whether it has a waiter. The claimant of a build may have none.
    pub(crate) has_waiter: bool,
}

/// The handoffs of all deployments that waited for a build.
#[derive(Debug)]
pub struct Wake<M> {
    /// The build, and its project and region.
    pub build: BuildRef,
    pub project: String,
    pub region: String,
    pub handoffs: Vec<Handoff<M>>,
}

/// What a sweep has found.
#[derive(Debug)]
pub enum Found<M> {
    /// One handoff.
    Handoff(Handoff<M>),
    /// A build that has ended.
    Wake(Wake<M>),
}

/// What comes next for a deployment.
#[derive(Debug)]
pub enum Next<M> {
    /// The message to the next stage. Recorded once, as this stage's output.
    Forward(M),
    /// The end. Recorded once, as the deployment's outcome. Boxed: an outcome carries log lines and
    /// is rare.
    Finish(Box<DeploymentFinished>),
    /// A question to another stage that does not move the deployment itself. Not recorded; may be
    /// published more than once.
    Ask(M),
}

impl<M> Handoff<M> {
    /// Passes a deployment on to the next stage.
    pub fn forward(deployment: DeploymentId, trace: TraceContext, message: M) -> Self {
        Self::new(deployment, trace, Next::Forward(message))
    }

    /// Says that this handoff wakes the deployment from its wait for a build, in which it is by the
    /// delivery's own input: it waits no more once the handoff is published.
    #[must_use]
    pub fn out_of(self, build: BuildRef, delivery: &Delivery, has_waiter: bool) -> Self {
        let wait = Some(Wait { build, input: Some(delivery.input().to_owned()), has_waiter });
        Self { wait, ..self }
    }

    /// Says that the deployment claimed the build of the message and waits for it without a waiter:
    /// its submission says so, too.
    #[must_use]
    pub fn waiting_by_claim(self) -> Self {
        Self { waits_by_claim: true, ..self }
    }

    /// Asks another stage something about a deployment.
    pub fn ask(deployment: DeploymentId, trace: TraceContext, question: M) -> Self {
        Self::new(deployment, trace, Next::Ask(question))
    }

    /// Ends an admitted deployment.
    pub fn finish(
        deployment: Deployment,
        function: &FunctionRef,
        trace: TraceContext,
        outcome: Outcome,
    ) -> Self {
        Self::end(deployment.id, Some(deployment), function.to_string(), trace, outcome)
    }

    /// Ends a deployment of which only the id is certain: it was never admitted, or its admission
    /// is not at hand. `function` is the function's name as far as it is known.
    pub fn finish_by_id(
        id: DeploymentId,
        function: String,
        trace: TraceContext,
        outcome: Outcome,
    ) -> Self {
        Self::end(id, None, function, trace, outcome)
    }

    fn end(
        id: DeploymentId,
        deployment: Option<Deployment>,
        function: String,
        trace: TraceContext,
        outcome: Outcome,
    ) -> Self {
        let finished_at = OffsetDateTime::now_utc();
        let finished = DeploymentFinished { deployment, id, function, outcome, finished_at };
        Self::new(id, trace, Next::Finish(Box::new(finished)))
    }

    fn new(deployment: DeploymentId, trace: TraceContext, next: Next<M>) -> Self {
        Self { deployment, trace, next, wait: None, waits_by_claim: false }
    }
}
