//! How a build ended, and what that means for a deployment that waits for it.

use longshore_cloud::{Build, BuildStatus, Builds, Images};
use longshore_ledger::{BuildResult, Claim, Concluded, Ledger};
use longshore_messages::{
    BuildRef, BuildRetryRequested, BuildSubmitted, BuiltImage, ImagePublished, Outcome,
    TraceContext,
};
use longshore_runner::Handoff;

use crate::plan::{Verdict, no_image, verdict};
use crate::{WatchError, WatcherOutput};

/// Maximum number of log lines in the failure of a build: enough for the error and its context.
const LOG_TAIL_LINES: usize = 20;

/// Determines how a build ended.
pub(crate) struct Concluder<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) builds: &'a dyn Builds,
    pub(crate) images: &'a dyn Images,
}

/// How a build ended, as far as is known.
pub(crate) enum BuildEnd {
    NotYet,
    As(BuildResult),
    /// The platform lost the build; this requests another attempt.
    TryAgain(Box<Handoff<WatcherOutput>>),
}

impl Concluder<'_> {
    /// Reads how a build ended, from the ledger or otherwise from Cloud Build and the registry, and
    /// records it.
    pub(crate) async fn conclude(
        &self,
        build: BuildRef,
        seen: &Build,
        claim: &Claim,
    ) -> Result<BuildEnd, WatchError> {
        if let Some(result) = self.ledger.result(build).await.map_err(WatchError::Ledger)? {
            return Ok(BuildEnd::As(result));
        }
        if !seen.status.is_terminal() {
            return Ok(BuildEnd::NotYet);
        }
        // A submission is recorded after it is made, so a notification may arrive before the
        // record.
        let attempts = self.ledger.attempts(build).await.map_err(WatchError::Ledger)?.max(1);
        if seen.status != BuildStatus::Success
            && !self.is_latest_attempt(build, attempts, seen).await?
        {
            return Ok(BuildEnd::NotYet);
        }
        let concluded = match verdict(seen, &claim.image, attempts, Vec::new()) {
            Verdict::UnderWay => return Ok(BuildEnd::NotYet),
            Verdict::TryAgain(reason) => {
                return try_again(claim, attempts + 1, reason).map(BuildEnd::TryAgain);
            }
            Verdict::Failed(failure) => {
                let tail = self.builds.log_tail(seen, LOG_TAIL_LINES).await.unwrap_or_default();
                Concluded::Failed(Box::new(failure.with_log(tail, &seen.log_url)))
            }
            Verdict::Image(digest) => match self.confirm(build, &claim.image, digest).await? {
                Some(digest) => Concluded::Image { digest },
                None => Concluded::Failed(Box::new(no_image(&claim.image, &seen.log_url))),
            },
        };
        let result = BuildResult {
            build_name: seen.name.clone(),
            concluded,
            concluded_at: self.ledger.now(),
        };
        self.ledger.write_result(build, &result).await.map(BuildEnd::As).map_err(WatchError::Ledger)
    }

    /// Whether a build is the latest attempt. The end of an earlier attempt does not matter, unless
    /// it succeeded.
    async fn is_latest_attempt(
        &self,
        build: BuildRef,
        attempts: u32,
        seen: &Build,
    ) -> Result<bool, WatchError> {
        let latest = self.ledger.submission(build, attempts).await.map_err(WatchError::Ledger)?;
        // One name has the project's id and another its number. The build's own id is unique.
        let id = |name: &str| name.rsplit('/').next().map(str::to_owned);
        Ok(latest.is_none_or(|latest| id(&latest.build_name) == id(&seen.name)))
    }

    /// The digest of the image, if the registry has it: the one that the build names, or the one of
    /// the tag that only this build uses.
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
}

/// The handoff of a deployment whose build has ended.
pub(crate) fn move_on(
    submitted: BuildSubmitted,
    result: &BuildResult,
    trace: TraceContext,
) -> Handoff<WatcherOutput> {
    let BuildSubmitted { deployment, function, source, build } = submitted;
    match &result.concluded {
        Concluded::Image { digest } => {
            let image = BuiltImage {
                name: build.image,
                digest: digest.clone(),
                build_name: result.build_name.clone(),
                build: build.build,
            };
            let id = deployment.id;
            let published = ImagePublished { deployment, function, source, image };
            Handoff::forward(id, trace, WatcherOutput::Published(Box::new(published)))
        }
        Concluded::Failed(failure) => {
            let outcome = Outcome::Failed((**failure).clone());
            Handoff::finish(deployment, &function.at, trace, outcome)
        }
    }
}

fn try_again(
    claim: &Claim,
    attempt: u32,
    reason: String,
) -> Result<Box<Handoff<WatcherOutput>>, WatchError> {
    let (submitted, trace) = claim.decode().map_err(WatchError::Ledger)?;
    let retry = BuildRetryRequested { submitted, attempt, reason };
    Ok(Box::new(Handoff::ask(claim.deployment, trace, WatcherOutput::Retry(Box::new(retry)))))
}
