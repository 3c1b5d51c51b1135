//! Claims builds and submits them. A claimant always finishes: it submits its build, or ends it.

use longshore_cloud::refusals::{PROPAGATION_WINDOW, missing_source};
use longshore_cloud::{CloudError, SubmittedBuild};
use longshore_ledger::{BuildResult, Claim, Claimed, Concluded, Submission};
use longshore_messages::{
    BuildRef, BuildSubmitted, Builder, Failure, Outcome, SharedBuild, Submitted, TraceContext,
    fleet_tag,
};
use longshore_runner::{BuildUse, Delivery, Handoff, Step, wake};
use time::OffsetDateTime;

use crate::error::refused;
use crate::repository::Repository;
use crate::stage::{BuildSubmitter, forward, shared};
use crate::submit::{find, has_lost_its_source, other_submission, request};
use crate::{NAME, SubmitError};

impl BuildSubmitter {
    pub(crate) async fn claim(
        &self,
        submitted: BuildSubmitted,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        let (function, build) = (&submitted.function, submitted.build.build);
        let at = &function.at;
        match self.check_repository(Repository::of(function)).await {
            Err(SubmitError::Repository(error)) if !error.kind.is_transient() => {
                let failure = self.judge(error, &submitted).await?;
                let outcome = Outcome::Failed(failure);
                return Ok(Step::finish(delivery, submitted.deployment, at, outcome));
            }
            checked => checked?,
        }
        let now = self.ledger.now();
        let claim = Claim {
            deployment: submitted.deployment.id,
            function: at.clone(),
            handler: delivery.handler().to_owned(),
            claimed_at: now,
            image: submitted.build.image.clone(),
            submitted: longshore_messages::encode(
                &submitted,
                NAME,
                &self.fleet,
                delivery.trace(),
                now,
            ),
        };
        // Before the claim, so that there is no build in progress that a sweep does not see.
        self.ledger
            .mark_pending(&at.project, &at.region, build, claim.deployment)
            .await
            .map_err(SubmitError::Ledger)?;
        match self.ledger.claim(build, &claim).await.map_err(SubmitError::Ledger)? {
            Claimed::Ours => self.submit(submitted, delivery).await,
            Claimed::Theirs(theirs) if theirs.deployment == submitted.deployment.id => {
                self.complete(submitted, theirs.claimed_at, delivery).await
            }
            Claimed::Theirs(theirs) => {
                delivery.note_build(BuildUse::Joined);
                let build = SharedBuild { build, image: theirs.image };
                Ok(forward(BuildSubmitted { build, ..submitted }, delivery))
            }
        }
    }

    /// Makes sure that the repository exists. Only the default one is created.
    async fn check_repository(&self, repository: Repository<'_>) -> Result<(), SubmitError> {
        let Repository { project, region, id, is_named } = repository;
        if !is_named {
            let ensured = self.images.ensure_repository(project, region, id).await;
            return ensured.map_err(SubmitError::Repository);
        }
        match self.images.has_repository(project, region, id).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(SubmitError::NoRepository { name: repository.name() }),
            Err(error) => Err(SubmitError::Repository(error)),
        }
    }

    /// Makes sure that the build is submitted if another handling of this deployment's message made
    /// the claim. That handling may have crashed, or may be submitting the build now.
    pub(crate) async fn complete(
        &self,
        submitted: BuildSubmitted,
        claimed_at: OffsetDateTime,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        let build = submitted.build.build;
        let other = other_submission(&self.ledger, build, 1, claimed_at);
        let found =
            delivery.wait("another handling of this message to submit the build", other).await;
        if let Some(found) = found.map_err(SubmitError::Ledger)? {
            return Ok(forward_claimant(submitted, &found, delivery));
        }
        let claim = self.ledger.claim_of(build).await.map_err(SubmitError::Ledger)?;
        let Some(claim) = claim else { return Err(SubmitError::Claim { build }) };
        match find(&*self.builds, &claim, build, &fleet_tag(&self.fleet)).await {
            Ok(Some(build_name)) => {
                let noted = self.note(build, 1, build_name.into(), true).await?;
                Ok(forward_claimant(submitted, &noted, delivery))
            }
            Ok(None) => {
                self.builds.pace_submit(&submitted.function.at.project).await;
                self.submit(submitted, delivery).await
            }
            Err(error) if error.kind.is_transient() => Err(SubmitError::Find(error)),
            Err(error) => {
                let failure = self.judge(error, &submitted).await?;
                self.fail(&submitted, failure, delivery.trace()).await
            }
        }
    }

    /// Submits the build that the deployment has claimed.
    async fn submit(
        &self,
        submitted: BuildSubmitted,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        match self.builds.submit(&request(&submitted, &self.fleet)).await {
            Ok(started) => {
                let deployment = submitted.deployment.id;
                let base_image = &started.base_image;
                tracing::info!(%deployment, build = started.name, base_image, "build submitted");
                delivery.note_build(BuildUse::Submitted);
                let noted = self.note(submitted.build.build, 1, started, true).await?;
                Ok(forward_claimant(submitted, &noted, delivery))
            }
            Err(error) if error.kind.is_transient() => Err(SubmitError::Submit(error)),
            Err(error) => {
                let failure = self.judge(error, &submitted).await?;
                self.fail(&submitted, failure, delivery.trace()).await
            }
        }
    }

    /// The failure that a permanent error means. `Err` while a grant of a moment ago may still mend
    /// it: others may wait for this build, and would fail with it.
    pub(crate) async fn judge(
        &self,
        error: CloudError,
        submitted: &BuildSubmitted,
    ) -> Result<Failure, SubmitError> {
        if has_lost_its_source(&*self.objects, &error, submitted).await? {
            return Ok(missing_source(NAME, &submitted.source.object));
        }
        let refused = refused(&error, &submitted.function);
        if refused.propagates {
            let since = self.ledger.refused_for(submitted.deployment.id, NAME).await;
            if since.map_err(SubmitError::Ledger)? < PROPAGATION_WINDOW {
                return Err(SubmitError::Propagating(error));
            }
        }
        Ok(refused.failure)
    }

    /// Records a permanent error of the submission as the build's result, for later deployments,
    /// and ends the claimant and all waiters.
    pub(crate) async fn fail(
        &self,
        submitted: &BuildSubmitted,
        failure: Failure,
        trace: &TraceContext,
    ) -> Result<Step<Submitted>, SubmitError> {
        let build = submitted.build.build;
        let result = BuildResult {
            build_name: String::new(),
            concluded: Concluded::Failed(Box::new(failure)),
            builder: Builder::default(),
            concluded_at: self.ledger.now(),
        };
        let counts = self.ledger.write_result(build, &result).await.map_err(SubmitError::Ledger)?;
        let Concluded::Failed(failure) = counts.concluded else {
            // An earlier attempt succeeded after all, and everyone gets its image.
            let forward =
                Handoff::forward(submitted.deployment.id, trace.clone(), shared(submitted.clone()));
            return Ok(Step::Emit(vec![forward]));
        };
        let claimant = submitted.deployment.id;
        let claim = self.ledger.claim_of(build).await.map_err(SubmitError::Ledger)?;
        let Some(claim) = claim else { return Err(SubmitError::Claim { build }) };
        let next = |waiting, trace| failed(waiting, trace, &failure);
        let mut woken =
            wake(&self.ledger, build, &claim, false, next).await.map_err(SubmitError::Ledger)?;
        woken.handoffs.retain(|handoff| handoff.deployment != claimant);
        woken.handoffs.push(failed(submitted.clone(), trace.clone(), &failure));
        Ok(Step::Wake(woken))
    }

    /// Records an attempt, unless it is recorded, and returns the record. `claimant_waits`: whether
    /// the claimant submitted it.
    pub(crate) async fn note(
        &self,
        build: BuildRef,
        attempt: u32,
        started: SubmittedBuild,
        claimant_waits: bool,
    ) -> Result<Submission, SubmitError> {
        let submission = Submission {
            build_name: started.name,
            base_image: started.base_image,
            submitted_at: self.ledger.now(),
            claimant_waits,
        };
        let noted = self.ledger.write_submission(build, attempt, &submission).await;
        noted.map_err(SubmitError::Ledger)
    }
}

/// Passes the claimant of a build on. Without a waiter, if the submission says so: what concludes
/// the build looks for claimants there.
fn forward_claimant(
    submitted: BuildSubmitted,
    noted: &Submission,
    delivery: &Delivery,
) -> Step<Submitted> {
    let (id, trace) = (submitted.deployment.id, delivery.trace().clone());
    let handoff = Handoff::forward(id, trace, shared(submitted));
    Step::Emit(vec![if noted.claimant_waits { handoff.waiting_by_claim() } else { handoff }])
}

fn failed(submitted: BuildSubmitted, trace: TraceContext, failure: &Failure) -> Handoff<Submitted> {
    let outcome = Outcome::Failed(failure.clone());
    Handoff::finish(submitted.deployment, &submitted.function.at, trace, outcome)
}
