//! The stage: read, plan, act, hand off.

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::refusals::PROPAGATION_WINDOW;
use longshore_cloud::{Builds, CloudError, Functions, Images, Objects, Services, SubmittedBuild};
use longshore_ledger::{
    ATTEMPTS_MAX, BuildHistory, BuildResult, BuildState, Claim, Claimed, Concluded, Ledger, Retry,
    SUBMISSION_GRACE, Submission,
};
use longshore_messages::{
    BuildKey, BuildRef, BuildRetryRequested, BuildSubmitted, Failure, Flavour, Outcome,
    SharedBuild, SourceUploaded, Submitted, TraceContext, fleet_tag,
};
use longshore_runner::launch::Dependencies;
use longshore_runner::{Delivery, Handoff, Stage, Step, wake};
use time::OffsetDateTime;

use crate::error::{refused, source_gone};
use crate::functions::Beginner;
use crate::key::build_key;
use crate::plan::{Known, Plan, plan};
use crate::repository::Repository;
use crate::submit::{
    Attempt, find, has_lost_its_source, look_for_attempt, other_submission, request,
};
use crate::{NAME, SubmitError, Work};

/// Starts one build for each distinct build key.
pub struct BuildSubmitter {
    ledger: Ledger,
    builds: Arc<dyn Builds>,
    images: Arc<dyn Images>,
    objects: Arc<dyn Objects>,
    functions: Arc<dyn Functions>,
    services: Arc<dyn Services>,
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
            objects: Arc::clone(&dependencies.clients.objects),
            functions: Arc::clone(&dependencies.clients.functions),
            services: Arc::clone(&dependencies.clients.services),
            fleet: dependencies.settings.fleet.clone(),
            reuse: Duration::from_secs(dependencies.settings.image_reuse_s),
        }
    }
}

impl Stage for BuildSubmitter {
    const NAME: &'static str = NAME;
    type In = Work;
    type Out = Submitted;
    type Error = SubmitError;

    async fn handle(
        &self,
        work: Work,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        match work {
            Work::Uploaded(uploaded) => match uploaded.function.flavour {
                Flavour::Run => self.build(*uploaded, delivery).await,
                Flavour::Functions => self.beginner().begin(*uploaded, delivery).await,
            },
            Work::Retry(retry) => self.try_again(&retry, delivery).await,
            Work::FunctionRetry(retry) => self.beginner().begin_again(*retry, delivery).await,
        }
    }
}

impl BuildSubmitter {
    fn beginner(&self) -> Beginner<'_> {
        Beginner { ledger: &self.ledger, functions: &*self.functions, services: &*self.services }
    }

    async fn build(
        &self,
        uploaded: SourceUploaded,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        if !uploaded.source.is_named_by_digest(&uploaded.function.at) {
            return Err(SubmitError::Source { object: uploaded.source.object });
        }
        let key = build_key(&uploaded.function, &uploaded.source);
        let (deployment, at) = (&uploaded.deployment, &uploaded.function.at);
        let standing = match delivery.happened() {
            Some(happened) => self.ledger.standing_after(happened, deployment, at).await,
            None => self.ledger.standing(deployment, at).await,
        };
        let standing = standing.map_err(SubmitError::Ledger)?;
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

    /// What the ledger and the registry say about the newest build of a key.
    async fn known(&self, key: BuildKey) -> Result<Option<Known>, SubmitError> {
        let latest = self.ledger.latest_build(key).await.map_err(SubmitError::Ledger)?;
        let Some(BuildState { build, attempts, has_result }) = latest else { return Ok(None) };
        let result = async { if has_result { self.ledger.result(build).await } else { Ok(None) } };
        let (claim, result) = tokio::join!(self.ledger.claim_of(build), result);
        let result = result.map_err(SubmitError::Ledger)?;
        let Some(claim) = claim.map_err(SubmitError::Ledger)? else { return Ok(None) };
        let abandoned = result.is_none() && attempts == 0 && self.has_ended(&claim).await?;
        let image_is_gone = self.image_is_gone(&claim, result.as_ref()).await?;
        Ok(Some(Known { build, claim, result, abandoned, image_is_gone }))
    }

    /// Whether a claimant ended. If it did so without submitting its build, the build is abandoned;
    /// if it submits after all, the cost is a second build.
    async fn has_ended(&self, claim: &Claim) -> Result<bool, SubmitError> {
        let outcome = self.ledger.outcome(claim.deployment).await;
        Ok(outcome.map_err(SubmitError::Ledger)?.is_some())
    }

    /// Whether another deployment's message may submit the build in the claimant's place.
    async fn is_abandoned(&self, claim: &Claim) -> Result<bool, SubmitError> {
        let is_old = self.ledger.now() >= claim.claimed_at + SUBMISSION_GRACE;
        Ok(is_old || self.has_ended(claim).await?)
    }

    /// Whether the image of a build that could be reused was deleted from the registry.
    async fn image_is_gone(
        &self,
        claim: &Claim,
        result: Option<&BuildResult>,
    ) -> Result<bool, SubmitError> {
        let Some(BuildResult { concluded: Concluded::Image { digest }, concluded_at, .. }) = result
        else {
            return Ok(false);
        };
        if self.ledger.now() >= *concluded_at + self.reuse {
            return Ok(false);
        }
        let found = self.images.has_digest(&claim.image, digest).await;
        found.map(|found| !found).map_err(SubmitError::Image)
    }

    async fn claim(
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
            Ok(None) => self.submit(submitted, delivery).await,
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
    async fn judge(
        &self,
        error: CloudError,
        submitted: &BuildSubmitted,
    ) -> Result<Failure, SubmitError> {
        if has_lost_its_source(&*self.objects, &error, submitted).await? {
            return Ok(source_gone(&submitted.source.object));
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
    async fn fail(
        &self,
        submitted: &BuildSubmitted,
        failure: Failure,
        trace: &TraceContext,
    ) -> Result<Step<Submitted>, SubmitError> {
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

    /// Submits another attempt of a build that the platform lost. The message is only a hint: the
    /// claim, the recorded attempts and the builds themselves decide.
    async fn try_again(
        &self,
        retry: &BuildRetryRequested,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        let build = retry.submitted.build.build;
        let (history, claim) =
            tokio::join!(self.ledger.build_history(build), self.ledger.claim_of(build));
        let BuildHistory { attempts: noted, has_result, .. } =
            history.map_err(SubmitError::Ledger)?;
        let attempts = u32::try_from(noted.len()).unwrap_or(u32::MAX);
        let claim = claim.map_err(SubmitError::Ledger)?;
        let Some(claim) = follows(retry, claim, attempts)? else {
            return Err(SubmitError::Retry { build, attempt: retry.attempt });
        };
        if has_result || attempts >= retry.attempt {
            return Ok(Step::Waiting("the build was retried already"));
        }
        if attempts == 0 && retry.attempt == 1 && !self.is_abandoned(&claim).await? {
            return Ok(Step::Waiting("the claimant may still submit the build"));
        }
        if self.is_retried_elsewhere(build, retry.attempt, delivery).await? {
            return Ok(Step::Waiting("another handling retries the build"));
        }
        let tag = fleet_tag(&self.fleet);
        let found =
            look_for_attempt(&*self.builds, &claim, build, &tag, retry.attempt, &noted).await;
        let submitted = match found {
            Ok(Attempt::Submitted(build_name)) => Ok(build_name.into()),
            Ok(Attempt::NotDue) => return Ok(Step::Waiting("the earlier attempt has not failed")),
            Ok(Attempt::Due) => {
                let request = request(&retry.submitted, &self.fleet);
                self.builds.submit(&request).await.map_err(SubmitError::Submit)
            }
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
        self.note(build, retry.attempt, started, false).await?;
        Ok(Step::Waiting("the build was resubmitted"))
    }

    /// Claims an attempt, because several replicas may ask for it at the same time. If another
    /// handling has claimed it, waits until that one has submitted it, and returns whether it has.
    async fn is_retried_elsewhere(
        &self,
        build: BuildRef,
        attempt: u32,
        delivery: &Delivery,
    ) -> Result<bool, SubmitError> {
        let ours = Retry { handler: delivery.handler().to_owned(), claimed_at: self.ledger.now() };
        let first = self.ledger.claim_retry(build, attempt, &ours).await;
        let first = first.map_err(SubmitError::Ledger)?;
        if first.handler == ours.handler {
            return Ok(false);
        }
        let other = other_submission(&self.ledger, build, attempt, first.claimed_at);
        let found =
            delivery.wait("another handling to submit the next attempt of the build", other).await;
        Ok(found.map_err(SubmitError::Ledger)?.is_some())
    }

    /// Records an attempt, unless it is recorded, and returns the record. `claimant_waits`: whether
    /// the claimant submitted it.
    async fn note(
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

/// The claim of the build, if a request for another attempt repeats its message and asks for no more
/// than the attempt after the last one. An attempt is recorded after it is submitted, so the first
/// may not be recorded yet.
fn follows(
    retry: &BuildRetryRequested,
    claim: Option<Claim>,
    attempts: u32,
) -> Result<Option<Claim>, SubmitError> {
    let Some(claim) = claim else { return Ok(None) };
    let (submitted, _) = claim.decode().map_err(SubmitError::Ledger)?;
    let in_turn = (1..=ATTEMPTS_MAX.min(attempts.max(1) + 1)).contains(&retry.attempt);
    Ok((in_turn && submitted == retry.submitted).then_some(claim))
}

fn submitted(uploaded: SourceUploaded, build: SharedBuild) -> BuildSubmitted {
    let SourceUploaded { deployment, function, source } = uploaded;
    BuildSubmitted { deployment, function, source, build }
}

fn forward(submitted: BuildSubmitted, delivery: &Delivery) -> Step<Submitted> {
    Step::forward(delivery, submitted.deployment.id, shared(submitted))
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

fn shared(submitted: BuildSubmitted) -> Submitted {
    Submitted::Shared(Box::new(submitted))
}

fn failed(submitted: BuildSubmitted, trace: TraceContext, failure: &Failure) -> Handoff<Submitted> {
    let outcome = Outcome::Failed(failure.clone());
    Handoff::finish(submitted.deployment, &submitted.function.at, trace, outcome)
}
