//! How a build ended, and what that means for a deployment that waits for it.

use longshore_cloud::refusals::missing_source;
use longshore_cloud::{Build, Builds, Images, Kind, Objects, build_id};
use longshore_ledger::{BuildHistory, BuildResult, Claim, Concluded, Ledger, Submission};
use longshore_messages::{
    BuildRef, BuildRetryRequested, BuildSubmitted, Builder, BuiltImage, Failure, ImagePublished,
    Outcome, TraceContext,
};
use longshore_runner::{Handoff, Wake, wake};

use crate::plan::{
    FETCH_SOURCE_FAILED, Verdict, deciding, is_believed, may_appear, no_image, unknown, verdict,
};
use crate::{NAME, WatchError, WatcherOutput, trace};

/// Maximum number of log lines in the failure of a build: enough for the error and its context.
const LOG_TAIL_LINES: usize = 120;

/// Determines how a build ended.
pub(crate) struct Concluder<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) builds: &'a dyn Builds,
    pub(crate) images: &'a dyn Images,
    pub(crate) objects: &'a dyn Objects,
    pub(crate) fleet_tag: &'a str,
}

/// What the ledger says about a build.
pub(crate) struct Facts {
    pub(crate) build: BuildRef,
    pub(crate) claim: Claim,
    /// Oldest first.
    pub(crate) attempts: Vec<Submission>,
    pub(crate) result: Option<BuildResult>,
    /// Whether the claimant waits without a waiter. `None` if the first submission was not noted
    /// when it was looked for, before the result was written.
    claimant_waits: Option<bool>,
}

/// How a build ended, as far as is known.
pub(crate) enum BuildEnd {
    NotYet,
    /// It succeeded, but the registry does not show the image yet.
    NoImageYet,
    As(BuildResult),
    /// The platform lost the build; this requests another attempt.
    TryAgain(Box<Handoff<WatcherOutput>>),
}

impl Concluder<'_> {
    /// What the ledger says about a build, or `None` if it is not claimed. Reads the claim first:
    /// nothing else about a build is believed without it.
    pub(crate) async fn facts(&self, build: BuildRef) -> Result<Option<Facts>, WatchError> {
        let claim = self.ledger.claim_of(build).await.map_err(WatchError::Ledger)?;
        let Some(claim) = claim else { return Ok(None) };
        let history = self.ledger.build_history(build).await.map_err(WatchError::Ledger)?;
        let BuildHistory { attempts, has_result, claimant_waits } = history;
        if has_result {
            let result = self.ledger.result(build).await.map_err(WatchError::Ledger)?;
            return Ok(Some(Facts { build, claim, attempts: Vec::new(), result, claimant_waits }));
        }
        Ok(Some(Facts { build, claim, attempts, result: None, claimant_waits }))
    }

    /// How a claimed build ended, by the ledger or otherwise by these builds in Cloud Build, of
    /// which it may believe none. Records the result.
    pub(crate) async fn conclude(
        &self,
        facts: &Facts,
        seen: &[Build],
    ) -> Result<BuildEnd, WatchError> {
        let Facts { build, claim, attempts, result, .. } = facts;
        if let Some(result) = result {
            return Ok(BuildEnd::As(result.clone()));
        }
        let believed: Vec<&Build> = seen
            .iter()
            .filter(|seen| is_believed(*build, claim, attempts, self.fleet_tag, seen))
            .collect();
        let Some(seen) = deciding(attempts, &believed) else { return Ok(BuildEnd::NotYet) };
        // A submission is noted after it is made, so the build may end before the note.
        let number = u32::try_from(attempts.len()).unwrap_or(u32::MAX).max(1);
        let key = key_of(seen, claim)?;
        let concluded = match verdict(seen, &claim.image, &key, number, Vec::new()) {
            Verdict::UnderWay => return Ok(BuildEnd::NotYet),
            Verdict::TryAgain(_) if self.has_lost_its_source(seen, claim).await? => {
                Concluded::Failed(Box::new(self.source_gone(claim, &seen.log_url)?))
            }
            Verdict::TryAgain(reason) => {
                return ask_for_attempt(claim, number + 1, reason).map(BuildEnd::TryAgain);
            }
            Verdict::Failed(failure) => {
                let log_tail = self.builds.log_tail(seen, LOG_TAIL_LINES).await.unwrap_or_default();
                Concluded::Failed(Box::new(failure.with_log(log_tail, &seen.log_url)))
            }
            Verdict::Image(digest) => match self.confirm(*build, &claim.image, digest).await? {
                Some(digest) => Concluded::Image { digest },
                None if may_appear(seen, self.ledger.now()) => {
                    return Ok(BuildEnd::NoImageYet);
                }
                None => Concluded::Failed(Box::new(no_image(&claim.image, &seen.log_url))),
            },
        };
        let builder = builder(seen, attempts);
        let recorded = self.record(*build, seen.name.clone(), concluded, builder).await?;
        trace::built(*build, claim, seen, self.ledger.now());
        Ok(BuildEnd::As(recorded))
    }

    /// Whether a build that could not fetch its source has none: another attempt cannot fetch it
    /// either. Google's detail is free text, so the bucket is asked.
    async fn has_lost_its_source(&self, seen: &Build, claim: &Claim) -> Result<bool, WatchError> {
        if seen.failure.as_ref().is_none_or(|failure| failure.kind != FETCH_SOURCE_FAILED) {
            return Ok(false);
        }
        let (submitted, _) = claim.decode().map_err(WatchError::Ledger)?;
        match self.objects.has_lost(&submitted.source.object).await {
            Ok(is_lost) => Ok(is_lost),
            // Whatever this worker cannot see, another attempt may.
            Err(error) if error.kind == Kind::PermissionDenied => Ok(false),
            Err(error) => Err(WatchError::Source(error)),
        }
    }

    fn source_gone(&self, claim: &Claim, log_url: &str) -> Result<Failure, WatchError> {
        let (submitted, _) = claim.decode().map_err(WatchError::Ledger)?;
        let failure = missing_source(NAME, &submitted.source.object);
        Ok(failure.with_log(Vec::new(), log_url))
    }

    /// Records that Cloud Build does not know the last attempt of a build any more.
    pub(crate) async fn lose(&self, facts: &Facts, name: &str) -> Result<BuildEnd, WatchError> {
        let concluded = Concluded::Failed(Box::new(unknown(name)));
        let builder = Builder::default();
        self.record(facts.build, name.to_owned(), concluded, builder).await.map(BuildEnd::As)
    }

    /// The handoffs of all deployments that wait for a build whose result is in the ledger. A
    /// claimant notes that it waits *and then* reads the result, so either it finds the result, or
    /// its note is found here.
    pub(crate) async fn wake(
        &self,
        facts: &Facts,
        result: &BuildResult,
    ) -> Result<Wake<WatcherOutput>, WatchError> {
        let next = |submitted, trace| move_on(submitted, result, trace);
        let claimant_waits = match facts.claimant_waits {
            Some(waits) => waits,
            None => {
                let first = self.ledger.submission(facts.build, 1).await;
                first.map_err(WatchError::Ledger)?.is_some_and(|first| first.claimant_waits)
            }
        };
        let woken = wake(self.ledger, facts.build, &facts.claim, claimant_waits, next).await;
        woken.map_err(WatchError::Ledger)
    }

    async fn record(
        &self,
        build: BuildRef,
        build_name: String,
        concluded: Concluded,
        builder: Builder,
    ) -> Result<BuildResult, WatchError> {
        let concluded_at = self.ledger.now();
        let result = BuildResult { build_name, concluded, builder, concluded_at };
        self.ledger.write_result(build, &result).await.map_err(WatchError::Ledger)
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

/// What has built an image: what the build says, and what was noted when it was submitted.
fn builder(seen: &Build, attempts: &[Submission]) -> Builder {
    let noted = attempts.iter().find(|noted| build_id(&noted.build_name) == seen.id());
    let base_image = noted.map(|noted| noted.base_image.clone()).unwrap_or_default();
    Builder { base_image, ..seen.builder.clone() }
}

/// The key of Cloud KMS that protects what a failed build reads and writes, or empty.
fn key_of(seen: &Build, claim: &Claim) -> Result<String, WatchError> {
    if seen.failure.is_none() {
        return Ok(String::new());
    }
    let (submitted, _) = claim.decode().map_err(WatchError::Ledger)?;
    Ok(submitted.function.kms_key().unwrap_or_default().to_owned())
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
                builder: result.builder.clone(),
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

/// Asks build-submitter for an attempt, with the message of the claim.
pub(crate) fn ask_for_attempt(
    claim: &Claim,
    attempt: u32,
    reason: String,
) -> Result<Box<Handoff<WatcherOutput>>, WatchError> {
    let (submitted, trace) = claim.decode().map_err(WatchError::Ledger)?;
    let retry = BuildRetryRequested { submitted, attempt, reason };
    Ok(Box::new(Handoff::ask(claim.deployment, trace, WatcherOutput::Retry(Box::new(retry)))))
}
