//! Submits another attempt of a build that the platform lost, or that its claimant did not submit.

use longshore_ledger::{ATTEMPTS_MAX, BuildHistory, Claim, Retry, SUBMISSION_GRACE};
use longshore_messages::{BuildRef, BuildRetryRequested, Submitted, fleet_tag};
use longshore_runner::{Delivery, Step};

use crate::SubmitError;
use crate::stage::BuildSubmitter;
use crate::submit::{Attempt, look_for_attempt, other_submission, request};

impl BuildSubmitter {
    /// Submits another attempt of a build that the platform lost. The message is only a hint: the
    /// claim, the recorded attempts and the builds themselves decide.
    pub(crate) async fn try_again(
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
        // Before the claim of the attempt, which would be held during the wait.
        self.builds.pace_submit(&retry.submitted.function.at.project).await;
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

    /// Whether another deployment's message may submit the build in the claimant's place.
    async fn is_abandoned(&self, claim: &Claim) -> Result<bool, SubmitError> {
        let is_old = self.ledger.now() >= claim.claimed_at + SUBMISSION_GRACE;
        Ok(is_old || self.has_ended(claim).await?)
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
