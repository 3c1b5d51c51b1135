//! The stage: look, plan, act, announce.

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{
    ConditionState, Kind, LiveService, Logs, Precondition, ServiceShape, Services,
};
use longshore_ledger::Ledger;
use longshore_messages::{Failure, FailureClass, ImagePublished, Outcome, Serving};
use longshore_runner::launch::Dependencies;
use longshore_runner::{Delivery, Stage, Step};
use time::OffsetDateTime;

use crate::plan::{Plan, plan};
use crate::shape::wanted;
use crate::{DeployError, NAME};

/// How often a write is planned anew because somebody else wrote in between. Two people or tools at
/// once are normal, more is a fight that an operator has to settle.
const PLANS_MAX: u32 = 4;

/// Longest time that Cloud Run is given to bring a revision up: its own limit for a start is four
/// minutes, and pulling a large image comes before that.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// First and longest time between two looks at a service that is coming up. Cloud Run allows 3000
/// reads a minute and region.
const SETTLE_POLL_MIN: Duration = Duration::from_millis(20);
const SETTLE_POLL_MAX: Duration = Duration::from_secs(2);

/// Lines of a function's log that a failed start carries.
const LOG_TAIL_LINES: usize = 20;

/// Makes services serve the images that were built for them.
pub struct ServiceDeployer {
    ledger: Ledger,
    services: Arc<dyn Services>,
    logs: Arc<dyn Logs>,
}

impl ServiceDeployer {
    /// A service-deployer on that dependencies.
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
    /// Nothing follows: every deployment that gets here ends here.
    type Out = longshore_messages::DeploymentFinished;
    type Error = DeployError;

    async fn handle(
        &self,
        published: ImagePublished,
        delivery: &Delivery,
    ) -> Result<Step<Self::Out>, DeployError> {
        let outcome = self.deploy(&published, delivery).await?;
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
            let (standing, live) =
                tokio::join!(self.ledger.standing(deployment, at), self.services.get(&service));
            let standing = standing.map_err(DeployError::Ledger)?;
            let live = live.map_err(DeployError::Look)?;
            match plan(
                deployment,
                standing,
                wanted(published),
                live.as_ref(),
                OffsetDateTime::now_utc(),
            ) {
                Plan::Supersede(by) => return Ok(Outcome::Superseded { by }),
                Plan::Cancel => return Ok(Outcome::Cancelled),
                Plan::GiveUp => return Ok(Outcome::Failed(too_late())),
                Plan::Unchanged => {
                    return Ok(live.map_or(Outcome::Superseded { by: None }, |live| {
                        Outcome::Unchanged(serving(live))
                    }));
                }
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

    /// Returns whether the write took place; `false` means that somebody else was faster, and that
    /// a new look is due.
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

    /// Waits until Cloud Run has finished with our write, and says how it ended.
    async fn follow(
        &self,
        published: &ImagePublished,
        delivery: &Delivery,
    ) -> Result<Outcome, DeployError> {
        let service = published.function.at.service();
        let settled = delivery
            .wait("Cloud Run to bring the revision up", settle(&*self.services, &service))
            .await?;
        let Some(live) = settled else { return Ok(Outcome::Failed(vanished(&service))) };
        match plan(
            &published.deployment,
            longshore_ledger::Standing::Current,
            wanted(published),
            Some(&live),
            OffsetDateTime::now_utc(),
        ) {
            Plan::Supersede(by) => return Ok(Outcome::Superseded { by }),
            Plan::Write(..) | Plan::Await | Plan::Unchanged | Plan::Cancel | Plan::GiveUp => {}
        }
        match live.condition.state {
            ConditionState::Succeeded => Ok(Outcome::Deployed(serving(live))),
            ConditionState::Failed | ConditionState::Pending => {
                Ok(Outcome::Failed(self.not_up(published, live).await))
            }
        }
    }

    /// The failure of a revision that does not come up, with what the function printed.
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
                "the function's log cannot be read"
            );
            Vec::new()
        });
        let reason = format!("revision {revision} did not come up: {}", live.condition.message);
        let advice = match live.latest_ready_revision.as_str() {
            "" => "correct what the function's log says and deploy again".to_owned(),
            ready => format!(
                "correct what the function's log says and deploy again; until then revision {ready} serves"
            ),
        };
        let log_tail = lines.into_iter().map(|line| line.text).collect();
        Failure::new(NAME, FailureClass::User, "revision-failed", reason, &advice)
            .with_log(log_tail, "")
    }
}

/// Looks until Cloud Run has finished with the newest write. `None`: the service is gone.
async fn settle(
    services: &dyn Services,
    service: &str,
) -> Result<Option<LiveService>, DeployError> {
    let looks = async {
        let mut pause = SETTLE_POLL_MIN;
        loop {
            match services.get(service).await.map_err(DeployError::Look)? {
                Some(live) if !live.settled => {}
                settled_or_gone => return Ok(settled_or_gone),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(SETTLE_POLL_MAX);
        }
    };
    let unsettled = |_elapsed| DeployError::Unsettled { service: service.to_owned() };
    tokio::time::timeout(SETTLE_TIMEOUT, looks).await.map_err(unsettled)?
}

fn serving(live: LiveService) -> Serving {
    Serving { url: live.url, revision: live.latest_ready_revision, image: live.shape.image }
}

fn vanished(service: &str) -> Failure {
    failure(
        "service-deleted",
        format!("somebody deleted {service} while it was coming up"),
        "deploy again when it was not meant",
    )
}

fn too_late() -> Failure {
    let reason = "the deployment's deadline passed before its service was written".to_owned();
    failure(
        "deadline-exceeded",
        reason,
        "deploy again, with a longer deadline if the fleet is busy",
    )
}

fn failure(code: &str, reason: String, advice: &str) -> Failure {
    Failure::new(NAME, FailureClass::System, code, reason, advice)
}
