//! The stage: read, plan, act, hand off.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::pacing::STALE;
use longshore_cloud::refusals;
use longshore_cloud::{
    Accepted, Functions, Images, Keys, LiveService, Logs, Objects, Precondition, ProjectRoles,
    ServiceShape, Services, TriggerClients,
};
use longshore_ledger::{BuildResult, Concluded, Delay, Ledger, LedgerError, Standing, names};
use longshore_messages::{
    Access, BuiltImage, Deployment, DeploymentFinished, DeploymentId, ImagePublished, Outcome,
    Published, decode,
};
use longshore_runner::launch::Dependencies;
use longshore_runner::telemetry::chain;
use longshore_runner::{Delivery, Disposition, Stage, StageError as _, Step};
use time::OffsetDateTime;

use crate::access::{self, Policy};
use crate::contention::{Next, Refusals, may_be_contention};
use crate::plan::{Plan, Target, given_up, plan};
use crate::rollout;
use crate::{DeployError, NAME, refusal};

/// Makes services serve the images that were built for them.
pub struct ServiceDeployer {
    pub(crate) ledger: Ledger,
    pub(crate) services: Arc<dyn Services>,
    pub(crate) functions: Arc<dyn Functions>,
    pub(crate) images: Arc<dyn Images>,
    pub(crate) logs: Arc<dyn Logs>,
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) triggers: TriggerClients,
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) project_roles: Arc<dyn ProjectRoles>,
    /// Whether it gives roles on projects.
    pub(crate) grants_roles: bool,
    /// Name of the fleet, which its triggers carry.
    pub(crate) fleet: String,
}

impl ServiceDeployer {
    #[must_use]
    pub fn new(dependencies: &Dependencies) -> Self {
        Self {
            ledger: dependencies.ledger.clone(),
            services: Arc::clone(&dependencies.clients.services),
            functions: Arc::clone(&dependencies.clients.functions),
            images: Arc::clone(&dependencies.clients.images),
            logs: Arc::clone(&dependencies.clients.logs),
            objects: Arc::clone(&dependencies.clients.objects),
            triggers: dependencies.clients.triggers.clone(),
            keys: Arc::clone(&dependencies.clients.keys),
            project_roles: Arc::clone(&dependencies.clients.project_roles),
            grants_roles: dependencies.settings.grant_project_roles,
            fleet: dependencies.settings.fleet.clone(),
        }
    }
}

impl Stage for ServiceDeployer {
    const NAME: &'static str = NAME;
    /// It looks for the end itself, at the last moment before a write.
    const BEARS_THE_END: bool = true;
    type In = Published;
    /// Nothing follows: every deployment that arrives here ends here.
    type Out = DeploymentFinished;
    type Error = DeployError;

    async fn handle(
        &self,
        published: Published,
        delivery: &Delivery,
    ) -> Result<Step<Self::Out>, DeployError> {
        let (deployment, function, builder) = match &published {
            Published::Shared(published) => {
                (&published.deployment, &published.function, &published.image.builder)
            }
            Published::Function(published) => {
                (&published.deployment, &published.function, &published.image.builder)
            }
        };
        let deployed = match &published {
            Published::Shared(published) => self.deploy(published, delivery).await,
            Published::Function(published) => self.verify(published, delivery).await,
        };
        let wired = match deployed {
            Ok(outcome) if rollout::leaves_triggers(function, &outcome) => Ok(outcome),
            Ok(outcome) => self.wire(deployment, function, outcome, delivery).await,
            Err(error) => Err(error),
        };
        let outcome = match wired {
            Ok(outcome) => outcome,
            Err(error) => match refusal::failure(error, deployment, function, &self.ledger).await {
                Ok(failure) => Outcome::Failed(failure),
                Err(error) => {
                    self.note_delay(deployment.id, &error).await;
                    return Err(error);
                }
            },
        };
        Ok(Step::finish(delivery, deployment.clone(), &function.at, outcome.built_by(builder)))
    }
}

/// What follows from a write.
enum Written {
    /// The deployment has ended.
    Ended(Outcome),
    /// Read and plan again after this pause, before jitter.
    PlanAgain(Duration),
    /// An organization policy forbids that the service does not check who calls it.
    NotUnchecked,
}

/// What a deployment finds.
enum Look {
    /// It has ended.
    Ended(Outcome),
    /// Whether it may continue, and the service.
    At(Standing, Option<Box<LiveService>>),
}

impl ServiceDeployer {
    async fn deploy(
        &self,
        published: &ImagePublished,
        delivery: &Delivery,
    ) -> Result<Outcome, DeployError> {
        let (deployment, at) = (&published.deployment, &published.function.at);
        let (shape, moves) = self.desired(published).await?;
        let mut target = Target { deployment, at, shape, moves };
        let service = at.service();
        let (mut refusals, mut has_quota) = (Refusals::default(), false);
        self.confirm(&published.image).await?;
        if let Some(outcome) = self.reserve_ending(deployment).await? {
            return Ok(outcome);
        }
        loop {
            let (standing, live) = match self.look(&target).await? {
                Look::Ended(outcome) => return Ok(outcome),
                Look::At(standing, live) => (standing, live),
            };
            let policy = access::policy(&mut target.shape, live.as_deref());
            if policy == Policy::Closes && standing == Standing::Current {
                self.services.set_public(&service, false).await.map_err(DeployError::Policy)?;
            }
            let now = self.ledger.now();
            let delayed = self.delayed(deployment, &refusals, now).await?;
            let written = match plan(&target, standing, live.as_deref(), now, delayed.as_deref()) {
                Plan::End(outcome) => Written::Ended(outcome),
                Plan::Await => self.follow_or_plan(&target, None, &mut refusals, delivery).await?,
                // What was read before a wait may be stale.
                Plan::Write(..) if !has_quota && self.waited_for_quota(&target).await => {
                    has_quota = true;
                    Written::PlanAgain(Duration::ZERO)
                }
                Plan::Write(shape, precondition) => {
                    has_quota = false;
                    self.note_before(deployment.id, live.as_deref()).await?;
                    self.write(&target, &shape, precondition, &mut refusals, delivery).await?
                }
            };
            match written {
                Written::Ended(outcome) => {
                    if policy == Policy::Opens && is_success(&outcome) {
                        let opened = self.services.set_public(&service, true).await;
                        opened.map_err(DeployError::Policy)?;
                    }
                    return Ok(outcome);
                }
                Written::NotUnchecked => {
                    tracing::warn!(
                        service,
                        "an organization policy forbids services that do not check their callers; \
                         the IAM policy of the service lets everyone call it instead"
                    );
                    access::by_policy(&mut target.shape);
                }
                Written::PlanAgain(Duration::ZERO) => {}
                Written::PlanAgain(pause) => {
                    let pause = tokio::time::sleep(jittered(pause));
                    delivery.wait("other writers of the service", pause).await;
                }
            }
        }
    }

    /// Checks that the result of the image's build, in the ledger, is this image.
    async fn confirm(&self, image: &BuiltImage) -> Result<(), DeployError> {
        let result = self.ledger.result(image.build).await.map_err(DeployError::Ledger)?;
        let is_image =
            result.is_some_and(|BuildResult { build_name, concluded, builder, .. }| {
                build_name == image.build_name
                    && concluded == Concluded::Image { digest: image.digest.clone() }
                    && (image.builder.is_unknown() || image.builder == builder)
            });
        if is_image { Ok(()) } else { Err(DeployError::Image { build: image.build }) }
    }

    /// Reads what decides the next step. Also finds the end of a deployment whose message was
    /// published twice: the runner does not look for it.
    async fn look(&self, target: &Target<'_>) -> Result<Look, DeployError> {
        let service = target.at.service();
        let (standing, live) = tokio::join!(
            self.ledger.standing_unless_ended(target.deployment, target.at),
            self.services.get(&service)
        );
        match standing.map_err(DeployError::Ledger)? {
            Some(standing) => Ok(Look::At(standing, live.map_err(DeployError::Get)?.map(Box::new))),
            None => self.end_of(target.deployment.id).await.map(Look::Ended),
        }
    }

    /// How a deployment has ended.
    pub(crate) async fn end_of(&self, id: DeploymentId) -> Result<Outcome, DeployError> {
        let missing = || LedgerError::Missing { name: names::outcome(id) };
        let record = self.ledger.outcome(id).await.and_then(|record| record.ok_or_else(missing));
        let record = record.map_err(DeployError::Ledger)?;
        let finished = decode::<DeploymentFinished>(&record.message).map_err(LedgerError::Message);
        finished.map(|finished| finished.outcome).map_err(DeployError::Ledger)
    }

    /// Makes this worker the only one that may end the deployment, before it is looked at. Returns
    /// how it ended if another worker was first.
    ///
    /// A request to cancel or to delete is written before the mark is read, and the mark is written
    /// before the requests are read: one of the two sides sees the other.
    async fn reserve_ending(
        &self,
        deployment: &Deployment,
    ) -> Result<Option<Outcome>, DeployError> {
        let ending = self.ledger.reserve_ending(deployment.id, NAME, self.ledger.now()).await;
        let is_ours = ending.map_err(DeployError::Ledger)?.by == NAME;
        Ok(if is_ours { None } else { given_up(deployment) })
    }

    /// Waits for the write quota of Cloud Run. Returns whether what was read before may be stale.
    async fn waited_for_quota(&self, target: &Target<'_>) -> bool {
        self.services.pace_write(&target.at.service()).await >= STALE
    }

    async fn write(
        &self,
        target: &Target<'_>,
        shape: &ServiceShape,
        precondition: Precondition,
        refusals: &mut Refusals,
        delivery: &Delivery,
    ) -> Result<Written, DeployError> {
        match self.services.write(&target.at.service(), shape, precondition.clone()).await {
            Ok(accepted) => self.follow_or_plan(target, Some(&accepted), refusals, delivery).await,
            Err(error)
                if shape.settings.access == Some(Access::Public)
                    && refusals::forbids_unchecked_access(&error) =>
            {
                Ok(Written::NotUnchecked)
            }
            Err(error) if may_be_contention(&error) => {
                tracing::info!(error = chain(&error), "the write was refused");
                match refusals.refused(precondition, &error) {
                    Next::After(pause) => Ok(Written::PlanAgain(pause)),
                    Next::Refused => Err(DeployError::Refused(error)),
                    Next::GiveUp => Err(DeployError::Contended(Some(error))),
                }
            }
            Err(error) => Err(DeployError::Write(error)),
        }
    }

    async fn follow_or_plan(
        &self,
        target: &Target<'_>,
        accepted: Option<&Accepted>,
        refusals: &mut Refusals,
        delivery: &Delivery,
    ) -> Result<Written, DeployError> {
        if let Some(outcome) = self.follow(target, accepted, delivery).await? {
            return Ok(Written::Ended(outcome));
        }
        match refusals.replaced() {
            Next::After(pause) => Ok(Written::PlanAgain(pause)),
            Next::Refused | Next::GiveUp => Err(DeployError::Contended(None)),
        }
    }

    /// Why the deployment is late: the last refusal of this delivery, or what an earlier delivery
    /// noted. Read only after the deadline, when it goes into the outcome.
    async fn delayed(
        &self,
        deployment: &Deployment,
        refusals: &Refusals,
        now: OffsetDateTime,
    ) -> Result<Option<String>, DeployError> {
        if now < deployment.deadline_at {
            return Ok(None);
        }
        if let Some(reason) = refusals.last_reason() {
            return Ok(Some(reason.to_owned()));
        }
        let last = self.ledger.last_delay(deployment.id).await.map_err(DeployError::Ledger)?;
        Ok(last.map(|delay| delay.reason))
    }

    /// Notes why the message goes back to Pub/Sub. The note only makes an outcome clearer, so a
    /// failure to write it is logged and nothing else.
    async fn note_delay(&self, id: DeploymentId, error: &DeployError) {
        if !matches!(error.disposition(), Disposition::Retry) {
            return;
        }
        let delay = Delay { reason: chain(error), at: self.ledger.now() };
        if let Err(error) = self.ledger.note_delay(id, &delay).await {
            tracing::warn!(error = chain(&error), deployment = %id, "cannot note the delay");
        }
    }
}

/// Whether the service runs what was requested, as far as the deployment can tell.
fn is_success(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Deployed(_) | Outcome::Unchanged(_) | Outcome::TrafficPinned { .. } => true,
        Outcome::Failed(_) | Outcome::Superseded { .. } | Outcome::Cancelled => false,
    }
}

/// Between half of a pause and one and a half of it, so that writers that collided do not collide
/// again.
fn jittered(pause: Duration) -> Duration {
    // Every `RandomState` has random keys.
    let random = RandomState::new().hash_one(0_u8) % 1_000;
    let permille = u32::try_from(random).unwrap_or_default();
    pause / 2 + pause * permille / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_spreads_a_pause_around_its_length() {
        let pause = Duration::from_secs(2);
        for _ in 0..1_000 {
            let spread = jittered(pause);
            assert!(spread >= pause / 2 && spread < pause * 3 / 2, "{spread:?}");
        }
    }
}
