//! From the end of a build to everybody who waits for it.

use longshore_cloud::{Build, BuildStatus, Builds, Images};
use longshore_ledger::{BuildResult, Claim, Concluded, Ledger};
use longshore_messages::{
    BuildRef, BuildRetryRequested, BuildSubmitted, BuiltImage, DeploymentFinished, ImagePublished,
    Outcome, TraceContext,
};
use longshore_runner::{Handoff, Next};
use time::OffsetDateTime;

use crate::plan::{Verdict, no_image, verdict};
use crate::{WatchError, WatcherOutput};

/// Lines of a failed build's log that its deployments carry: enough for the error and what led to
/// it.
const LOG_TAIL_LINES: usize = 20;

/// What it takes to learn how a build ended.
pub(crate) struct Sources<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) builds: &'a dyn Builds,
    pub(crate) images: &'a dyn Images,
}

/// What came of a look at a build.
pub(crate) enum Ended {
    /// It has not ended.
    NotYet,
    /// It ended like this.
    As(BuildResult),
    /// The platform lost it; this asks for another attempt.
    TryAgain(Box<Handoff<WatcherOutput>>),
}

impl Sources<'_> {
    /// Learns how a build ended, from the ledger or else from the build and the registry
    /// themselves, and writes it down.
    pub(crate) async fn conclude(
        &self,
        build: BuildRef,
        seen: &Build,
        claim: &Claim,
    ) -> Result<Ended, WatchError> {
        if let Some(result) = self.ledger.result(build).await.map_err(WatchError::Ledger)? {
            return Ok(Ended::As(result));
        }
        if !seen.status.is_terminal() {
            return Ok(Ended::NotYet);
        }
        // A submission is written down after it was made: the build may be announced before that.
        let attempts = self.ledger.attempts(build).await.map_err(WatchError::Ledger)?.max(1);
        if seen.status != BuildStatus::Success
            && !self.is_latest_attempt(build, attempts, seen).await?
        {
            return Ok(Ended::NotYet);
        }
        let log_tail = self.builds.log_tail(seen, LOG_TAIL_LINES).await.unwrap_or_default();
        let concluded = match verdict(seen, &claim.image, attempts, log_tail) {
            Verdict::UnderWay => return Ok(Ended::NotYet),
            Verdict::TryAgain(reason) => {
                return try_again(claim, attempts + 1, reason).map(Ended::TryAgain);
            }
            Verdict::Failed(failure) => Concluded::Failed(Box::new(failure)),
            Verdict::Image(digest) => match self.confirm(build, &claim.image, digest).await? {
                Some(digest) => Concluded::Image { digest },
                None => Concluded::Failed(Box::new(no_image(&claim.image, &seen.log_url))),
            },
        };
        let result = BuildResult {
            build_name: seen.name.clone(),
            concluded,
            concluded_at: OffsetDateTime::now_utc(),
        };
        self.ledger.write_result(build, &result).await.map(Ended::As).map_err(WatchError::Ledger)
    }

    /// An attempt that another one has followed says nothing any more, unless it succeeded after
    /// all.
    async fn is_latest_attempt(
        &self,
        build: BuildRef,
        attempts: u32,
        seen: &Build,
    ) -> Result<bool, WatchError> {
        let latest = self.ledger.submission(build, attempts).await.map_err(WatchError::Ledger)?;
        // The project is named by its id in one place and by its number in another; a build's own
        // id is unique.
        let id = |name: &str| name.rsplit('/').next().map(str::to_owned);
        Ok(latest.is_none_or(|latest| id(&latest.build_name) == id(&seen.name)))
    }

    /// The digest that the registry really has: the one that the build names, or the one under the
    /// tag that only it uses.
    async fn confirm(
        &self,
        build: BuildRef,
        image: &str,
        digest: Option<String>,
    ) -> Result<Option<String>, WatchError> {
        let digest = match digest {
            Some(digest) => Some(digest),
            None => self
                .images
                .digest_of_tag(image, &build.to_string())
                .await
                .map_err(WatchError::Image)?,
        };
        let Some(digest) = digest else { return Ok(None) };
        let there = self.images.has_digest(image, &digest).await.map_err(WatchError::Image)?;
        Ok(there.then_some(digest))
    }

    /// One handoff for everybody who waits. To be called after the result was written down.
    pub(crate) async fn wake(
        &self,
        build: BuildRef,
        result: &BuildResult,
    ) -> Result<Vec<Handoff<WatcherOutput>>, WatchError> {
        let waiters = self.ledger.waiters(build).await.map_err(WatchError::Ledger)?;
        let woken = waiters.into_iter().map(|waiter| {
            let trace = TraceContext::from_attributes(&waiter.submitted.attributes);
            let submitted = longshore_messages::decode::<BuildSubmitted>(&waiter.submitted)
                .map_err(WatchError::Kept)?;
            Ok(move_on(submitted, result, trace))
        });
        woken.collect()
    }
}

/// What the end of its build means for one deployment.
pub(crate) fn move_on(
    submitted: BuildSubmitted,
    result: &BuildResult,
    trace: TraceContext,
) -> Handoff<WatcherOutput> {
    let BuildSubmitted { deployment, function, source, build } = submitted;
    let id = deployment.id;
    let next = match &result.concluded {
        Concluded::Image { digest } => {
            let image = BuiltImage {
                name: build.image,
                digest: digest.clone(),
                build_name: result.build_name.clone(),
                build: build.build,
            };
            Next::Forward(WatcherOutput::Published(Box::new(ImagePublished {
                deployment,
                function,
                source,
                image,
            })))
        }
        Concluded::Failed(failure) => Next::Finish(Box::new(DeploymentFinished {
            deployment: Some(deployment),
            id,
            function: function.at.to_string(),
            outcome: Outcome::Failed((**failure).clone()),
            finished_at: OffsetDateTime::now_utc(),
        })),
    };
    Handoff { deployment: id, trace, next }
}

fn try_again(
    claim: &Claim,
    attempt: u32,
    reason: String,
) -> Result<Box<Handoff<WatcherOutput>>, WatchError> {
    let trace = TraceContext::from_attributes(&claim.submitted.attributes);
    let submitted =
        longshore_messages::decode::<BuildSubmitted>(&claim.submitted).map_err(WatchError::Kept)?;
    let retry = BuildRetryRequested { submitted, attempt, reason };
    let next = Next::Ask(WatcherOutput::Retry(Box::new(retry)));
    Ok(Box::new(Handoff { deployment: claim.deployment, trace, next }))
}
