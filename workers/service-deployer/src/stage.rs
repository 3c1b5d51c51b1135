//! The stage: read, plan, act, hand off.

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{
    ConditionState, Kind, LiveService, Logs, Precondition, ServiceShape, Services,
};
use longshore_ledger::{BuildResult, Concluded, Ledger};
use longshore_messages::{BuiltImage, Failure, FailureClass, ImagePublished, Outcome};
use longshore_runner::launch::Dependencies;
use longshore_runner::{Delivery, Stage, Step};

use crate::plan::{Plan, newer_than, plan, serving};
use crate::shape::wanted;
use crate::{DeployError, NAME, refusal};

/// Maximum number of plans when concurrent writes get in the way. A few conflicts are normal; more
/// means that another tool keeps writing, which takes an operator.
const PLANS_MAX: u32 = 4;

/// Maximum time for Cloud Run to bring a revision up: its own limit for a start is four minutes,
/// and it pulls the image, which may be large, before that.
const RECONCILE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// First and maximum time between two reads of a service that is reconciling. Cloud Run allows 3000
/// reads per minute and region.
const RECONCILE_POLL_MIN: Duration = Duration::from_millis(20);
const RECONCILE_POLL_MAX: Duration = Duration::from_secs(2);

/// Maximum number of log lines in the failure of a revision that did not start.
const LOG_TAIL_LINES: usize = 20;

/// Makes services serve the images that were built for them.
pub struct ServiceDeployer {
    ledger: Ledger,
    services: Arc<dyn Services>,
    logs: Arc<dyn Logs>,
}

impl ServiceDeployer {
    #[must_use]
    pub fn new(dependencies: &Dependencies) -> Self {
        Self {
            ledger: dependencies.ledger.clone(),
            services: Arc::clone(&dependencies.clients.services),
            logs: Arc::clone(&dependencies.clients.logs),
        }
    }
}

impl Stage for ServiceDeployer {
    const NAME: &'static str = NAME;
    type In = ImagePublished;
    /// Nothing follows: every deployment that arrives here ends here.
    type Out = longshore_messages::DeploymentFinished;
    type Error = DeployError;

    async fn handle(
        &self,
        published: ImagePublished,
        delivery: &Delivery,
    ) -> Result<Step<Self::Out>, DeployError> {
        let outcome = match self.deploy(&published, delivery).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(refusal::failure(error, &published, &self.ledger).await?),
        };
        Ok(Step::finish(delivery, published.deployment, &published.function.at, outcome))
    }
}

impl ServiceDeployer {
    async fn deploy(
        &self,
        published: &ImagePublished,
        delivery: &Delivery,
    ) -> Result<Outcome, DeployError> {
        let (deployment, at) = (&published.deployment, &published.function.at);
        let service = at.service();
        for _ in 0..PLANS_MAX {
            let (confirmed, standing, live) = tokio::join!(
                self.confirm(&published.image),
                self.ledger.standing(deployment, at),
                self.services.get(&service)
            );
            confirmed?;
            let standing = standing.map_err(DeployError::Ledger)?;
            let live = live.map_err(DeployError::Get)?;
            match plan(deployment, standing, wanted(published), live.as_ref(), self.ledger.now()) {
                Plan::End(outcome) => return Ok(outcome),
                Plan::Unchanged(serving) => return Ok(Outcome::Unchanged(serving)),
                Plan::Await => return self.follow(published, delivery).await,
                Plan::Write(shape, precondition) => {
                    if self.write(&service, &shape, precondition).await? {
                        return self.follow(published, delivery).await;
                    }
                }
            }
        }
        Err(DeployError::Contended { service, times: PLANS_MAX })
    }

    /// Checks that the result of the image's build, in the ledger, is this image.
    async fn confirm(&self, image: &BuiltImage) -> Result<(), DeployError> {
        let result = self.ledger.result(image.build).await.map_err(DeployError::Ledger)?;
        let is_image = result.is_some_and(|BuildResult { build_name, concluded, .. }| {
            build_name == image.build_name
                && concluded == Concluded::Image { digest: image.digest.clone() }
        });
        if is_image { Ok(()) } else { Err(DeployError::Image { build: image.build }) }
    }

    /// Returns whether the write took place; `false` means that a concurrent write came first, and
    /// that the service has to be read again.
    async fn write(
        &self,
        service: &str,
        shape: &ServiceShape,
        precondition: Precondition,
    ) -> Result<bool, DeployError> {
        match self.services.write(service, shape, precondition).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind == Kind::PreconditionFailed => Ok(false),
            Err(error) => Err(DeployError::Write(error)),
        }
    }

    /// Waits until Cloud Run has reconciled this deployment's write, and returns how it ended.
    async fn follow(
        &self,
        published: &ImagePublished,
        delivery: &Delivery,
    ) -> Result<Outcome, DeployError> {
        let service = published.function.at.service();
        let reconciled = delivery
            .wait("Cloud Run to bring the revision up", reconciled(&*self.services, &service))
            .await?;
        let Some(live) = reconciled else { return Ok(Outcome::Failed(vanished(&service))) };
        if let Some(by) = newer_than(&published.deployment, &live) {
            return Ok(Outcome::Superseded { by });
        }
        match live.condition.state {
            ConditionState::Succeeded => Ok(Outcome::Deployed(serving(&live))),
            ConditionState::Failed | ConditionState::Pending => {
                Ok(Outcome::Failed(self.not_up(published, live).await))
            }
        }
    }

    /// The failure of a revision that did not start, with the end of the function's log.
    async fn not_up(&self, published: &ImagePublished, live: LiveService) -> Failure {
        let at = &published.function.at;
        let revision = live.latest_created_revision.as_str();
        let tail = self
            .logs
            .service_tail(&at.project, &at.region, &at.name, Some(revision), LOG_TAIL_LINES)
            .await;
        let lines = tail.unwrap_or_else(|error| {
            tracing::warn!(
                error = longshore_runner::telemetry::chain(&error),
                "cannot read the function's log"
            );
            Vec::new()
        });
        let log_tail = lines.into_iter().map(|line| line.text).collect();
        refusal::of_revision(published, &live).with_log(log_tail, "")
    }
}

/// Polls until Cloud Run has reconciled the newest write. `None`: the service does not exist.
async fn reconciled(
    services: &dyn Services,
    service: &str,
) -> Result<Option<LiveService>, DeployError> {
    let polls = async {
        let mut pause = RECONCILE_POLL_MIN;
        loop {
            match services.get(service).await.map_err(DeployError::Get)? {
                Some(live) if !live.reconciled => {}
                reconciled_or_gone => return Ok(reconciled_or_gone),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(RECONCILE_POLL_MAX);
        }
    };
    let timed_out = |_elapsed| DeployError::Reconciling { service: service.to_owned() };
    tokio::time::timeout(RECONCILE_TIMEOUT, polls).await.map_err(timed_out)?
}

fn vanished(service: &str) -> Failure {
    Failure::new(
        NAME,
        FailureClass::System,
        "service-deleted",
        format!("service {service} was deleted while its revision started"),
        "deploy again if the deletion was a mistake",
    )
}
