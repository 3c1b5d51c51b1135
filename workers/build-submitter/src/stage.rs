//! The stage: read, plan, act, hand off.

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::refusals::PROPAGATION_WINDOW;
use longshore_cloud::{Builds, CloudError, Images, SubmittedBuild};
use longshore_ledger::{ATTEMPTS_MAX, BuildResult, Claim, Claimed, Concluded, Ledger, Submission};
use longshore_messages::{
    BuildKey, BuildRef, BuildRetryRequested, BuildSubmitted, Failure, Outcome, SharedBuild,
    SourceUploaded, TraceContext,
};
use longshore_runner::launch::Dependencies;
use longshore_runner::{Delivery, Handoff, Stage, Step, wake};
use time::OffsetDateTime;

use crate::error::refused;
use crate::key::build_key;
use crate::plan::{Known, Plan, plan};
use crate::repository::Repository;
use crate::submit::{Attempt, attempt, find, other_submission, request};
use crate::{NAME, SubmitError, Work};

/// Starts one build for each distinct build key.
pub struct BuildSubmitter {
    ledger: Ledger,
    builds: Arc<dyn Builds>,
    images: Arc<dyn Images>,
    fleet: String,
    reuse: Duration,
}

impl BuildSubmitter {
    #[must_use]
    pub fn new(dependencies: &Dependencies) -> Self {
        Self {
            ledger: dependencies.ledger.clone(),
            builds: Arc::clone(&dependencies.clients.builds),
            images: Arc::clone(&dependencies.clients.images),
            fleet: dependencies.settings.fleet.clone(),
            reuse: Duration::from_secs(dependencies.settings.image_reuse_s),
        }
    }
}

impl Stage for BuildSubmitter {
    const NAME: &'static str = NAME;
    type In = Work;
    type Out = BuildSubmitted;
    type Error = SubmitError;

    async fn handle(
        &self,
        work: Work,
        delivery: &Delivery,
    ) -> Result<Step<BuildSubmitted>, SubmitError> {
        match work {
            Work::Uploaded(uploaded) => self.build(*uploaded, delivery).await,
            Work::Retry(retry) => self.try_again(&retry, delivery).await,
        }
    }
}

impl BuildSubmitter {
    async fn build(
        &self,
        uploaded: SourceUploaded,
        delivery: &Delivery,
    ) -> Result<Step<BuildSubmitted>, SubmitError> {
        if !uploaded.source.is_named_by_digest(&uploaded.function.at) {
            return Err(SubmitError::Source { object: uploaded.source.object });
        }
        let key = build_key(&uploaded.function, &uploaded.source);
        let standing = self
            .ledger
            .standing(&uploaded.deployment, &uploaded.function.at)
            .await
            .map_err(SubmitError::Ledger)?;
        let known = self.known(key).await?;
        let now = self.ledger.now();
        match plan(&uploaded.deployment, key, standing, known, self.reuse, now) {
            Plan::End(outcome) => {
                Ok(Step::finish(delivery, uploaded.deployment, &uploaded.function.at, outcome))
            }
            Plan::Join(build) => Ok(forward(submitted(uploaded, build), delivery)),
            Plan::Complete { build, claimed_at } => {
                self.complete(submitted(uploaded, build), claimed_at, delivery).await
            }
            Plan::Claim(build) => {
                let image = Repository::of(&uploaded.function).image(&uploaded.function);
                let build = SharedBuild { build, image };
                self.claim(submitted(uploaded, build), delivery).await
            }
        }
    }

    /// What the ledger says about the newest build of a key.
    async fn known(&self, key: BuildKey) -> Result<Option<Known>, SubmitError> {
        let Some(build) = self.ledger.latest_build(key).await.map_err(SubmitError::Ledger)? else {
            return Ok(None);
        };
        let (claim, result) = tokio::join!(self.ledger.claim_of(build), self.ledger.result(build));
        let result = result.map_err(SubmitError::Ledger)?;
        let Some(claim) = claim.map_err(SubmitError::Ledger)? else { return Ok(None) };
        let abandoned = result.is_none() && self.is_abandoned(build, &claim).await?;
        Ok(Some(Known { build, claim, result, abandoned }))
    }

    /// Whether a claimant ended without submitting its build. If it submits after all, the cost is
    /// a second build.
    async fn is_abandoned(&self, build: BuildRef, claim: &Claim) -> Result<bool, SubmitError> {
        if self.ledger.attempts(build).await.map_err(SubmitError::Ledger)? > 0 {
            return Ok(false);
        }
        Ok(self.ledger.outcome(claim.deployment).await.map_err(SubmitError::Ledger)?.is_some())
    }

    async fn claim(
        &self,
        submitted: BuildSubmitted,
        delivery: &Delivery,
    ) -> Result<Step<BuildSubmitted>, SubmitError> {
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
        match self.ledger.claim(build, &claim).await.map_err(SubmitError::Ledger)? {
            Claimed::Ours => self.submit(submitted, 1, delivery).await,
            Claimed::Theirs(theirs) if theirs.deployment == submitted.deployment.id => {
                self.complete(submitted, theirs.claimed_at, delivery).await
            }
            Claimed::Theirs(theirs) => {
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
    async fn complete(
        &self,
        submitted: BuildSubmitted,
        claimed_at: OffsetDateTime,
        delivery: &Delivery,
    ) -> Result<Step<BuildSubmitted>, SubmitError> {
        let build = submitted.build.build;
        let other = other_submission(&self.ledger, build, claimed_at);
        let found =
            delivery.wait("another handling of this message to submit the build", other).await;
        if found.map_err(SubmitError::Ledger)?.is_some() {
            return Ok(forward(submitted, delivery));
        }
        let request = request(&submitted, &self.fleet);
        match find(&*self.builds, &request, &build.tag()).await {
            Ok(Some(build_name)) => {
                self.note(build, 1, build_name.into()).await?;
                Ok(forward(submitted, delivery))
            }
            Ok(None) => self.submit(submitted, 1, delivery).await,
            Err(error) if error.kind.is_transient() => Err(SubmitError::Find(error)),
            Err(error) => {
                let failure = self.judge(error, &submitted).await?;
                self.fail(&submitted, failure, delivery.trace()).await
            }
        }
    }

    async fn submit(
        &self,
        submitted: BuildSubmitted,
        attempt: u32,
        delivery: &Delivery,
    ) -> Result<Step<BuildSubmitted>, SubmitError> {
        match self.builds.submit(&request(&submitted, &self.fleet)).await {
            Ok(started) => {
                let deployment = submitted.deployment.id;
                let base_image = &started.base_image;
                tracing::info!(%deployment, build = started.name, base_image, "build submitted");
                self.note(submitted.build.build, attempt, started).await?;
                Ok(forward(submitted, delivery))
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
    async fn judge(
        &self,
        error: CloudError,
        submitted: &BuildSubmitted,
    ) -> Result<Failure, SubmitError> {
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
    async fn fail(
        &self,
        submitted: &BuildSubmitted,
        failure: Failure,
        trace: &TraceContext,
    ) -> Result<Step<BuildSubmitted>, SubmitError> {
        let build = submitted.build.build;
        let result = BuildResult {
            build_name: String::new(),
            concluded: Concluded::Failed(Box::new(failure)),
            concluded_at: self.ledger.now(),
        };
        let counts = self.ledger.write_result(build, &result).await.map_err(SubmitError::Ledger)?;
        let Concluded::Failed(failure) = counts.concluded else {
            // An earlier attempt succeeded after all, and everyone gets its image.
            let forward =
                Handoff::forward(submitted.deployment.id, trace.clone(), submitted.clone());
            return Ok(Step::Emit(vec![forward]));
        };
        let claimant = submitted.deployment.id;
        let mut handoffs = vec![failed(submitted.clone(), trace.clone(), &failure)];
        let woken = wake(&self.ledger, build, |waiting, trace| failed(waiting, trace, &failure));
        let woken = woken.await.map_err(SubmitError::Ledger)?;
        handoffs.extend(woken.into_iter().filter(|handoff| handoff.deployment != claimant));
        Ok(Step::Emit(handoffs))
    }

    /// Submits another attempt of a build that the platform lost. The message is only a hint: the
    /// claim, the recorded attempts and the builds themselves decide.
    async fn try_again(
        &self,
        retry: &BuildRetryRequested,
        delivery: &Delivery,
    ) -> Result<Step<BuildSubmitted>, SubmitError> {
        let build = retry.submitted.build.build;
        let (result, claim, attempts) = tokio::join!(
            self.ledger.result(build),
            self.ledger.claim_of(build),
            self.ledger.attempts(build)
        );
        let (result, claim, attempts) = (
            result.map_err(SubmitError::Ledger)?,
            claim.map_err(SubmitError::Ledger)?,
            attempts.map_err(SubmitError::Ledger)?,
        );
        if !follows(retry, claim.as_ref(), attempts)? {
            return Err(SubmitError::Retry { build, attempt: retry.attempt });
        }
        if result.is_some() || attempts >= retry.attempt {
            return Ok(Step::Waiting("the build was retried already"));
        }
        let request = request(&retry.submitted, &self.fleet);
        let submitted = match attempt(&*self.builds, &request, &build.tag(), retry.attempt).await {
            Ok(Attempt::Submitted(build_name)) => Ok(build_name.into()),
            Ok(Attempt::NotDue) => return Ok(Step::Waiting("the earlier attempt has not failed")),
            Ok(Attempt::Due) => self.builds.submit(&request).await.map_err(SubmitError::Submit),
            Err(error) => Err(SubmitError::Find(error)),
        };
        let started = match submitted {
            Ok(started) => started,
            Err(SubmitError::Find(error) | SubmitError::Submit(error))
                if !error.kind.is_transient() =>
            {
                let failure = self.judge(error, &retry.submitted).await?;
                return self.fail(&retry.submitted, failure, delivery.trace()).await;
            }
            Err(error) => return Err(error),
        };
        tracing::info!(
            build = started.name,
            attempt = retry.attempt,
            reason = retry.reason,
            "build resubmitted"
        );
        self.note(build, retry.attempt, started).await?;
        Ok(Step::Waiting("the build was resubmitted"))
    }

    async fn note(
        &self,
        build: BuildRef,
        attempt: u32,
        started: SubmittedBuild,
    ) -> Result<(), SubmitError> {
        let submission = Submission {
            build_name: started.name,
            base_image: started.base_image,
            submitted_at: self.ledger.now(),
        };
        self.ledger
            .write_submission(build, attempt, &submission)
            .await
            .map(drop)
            .map_err(SubmitError::Ledger)
    }
}

/// Whether a request for another attempt repeats the message of its build's claim, and asks for no
/// more than the attempt after the last one. An attempt is recorded after it is submitted, so the
/// first may not be recorded yet.
fn follows(
    retry: &BuildRetryRequested,
    claim: Option<&Claim>,
    attempts: u32,
) -> Result<bool, SubmitError> {
    let Some(claim) = claim else { return Ok(false) };
    let (submitted, _) = claim.decode().map_err(SubmitError::Ledger)?;
    let in_turn = (2..=ATTEMPTS_MAX.min(attempts.max(1) + 1)).contains(&retry.attempt);
    Ok(in_turn && submitted == retry.submitted)
}

fn submitted(uploaded: SourceUploaded, build: SharedBuild) -> BuildSubmitted {
    let SourceUploaded { deployment, function, source } = uploaded;
    BuildSubmitted { deployment, function, source, build }
}

fn forward(submitted: BuildSubmitted, delivery: &Delivery) -> Step<BuildSubmitted> {
    Step::forward(delivery, submitted.deployment.id, submitted)
}

fn failed(
    submitted: BuildSubmitted,
    trace: TraceContext,
    failure: &Failure,
) -> Handoff<BuildSubmitted> {
    let outcome = Outcome::Failed(failure.clone());
    Handoff::finish(submitted.deployment, &submitted.function.at, trace, outcome)
}
