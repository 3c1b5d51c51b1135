//! The stage: read, plan, act, hand off.

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::pacing::STALE;
use longshore_cloud::{Builds, Functions, Images, Objects, Services};
use longshore_ledger::{BuildResult, BuildState, Claim, Concluded, Ledger, Standing};
use longshore_messages::{
    BuildKey, BuildSubmitted, Deployment, Flavour, FunctionRef, SharedBuild, Source,
    SourceUploaded, Submitted,
};
use longshore_runner::launch::Dependencies;
use longshore_runner::{BuildUse, Delivery, Stage, Step};

use crate::functions::Beginner;
use crate::key::build_key;
use crate::plan::{Known, Plan, plan};
use crate::repository::Repository;
use crate::{NAME, SubmitError, Work};

/// Starts one build for each distinct build key.
pub struct BuildSubmitter {
    pub(crate) ledger: Ledger,
    pub(crate) builds: Arc<dyn Builds>,
    pub(crate) images: Arc<dyn Images>,
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) functions: Arc<dyn Functions>,
    pub(crate) services: Arc<dyn Services>,
    pub(crate) fleet: String,
    pub(crate) reuse: Duration,
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
        if !uploaded.source.is_named_by_digest(&uploaded.function) {
            return Err(SubmitError::Source { object: uploaded.source.object });
        }
        if let Source::Earlier(earlier) = &uploaded.function.source {
            let earlier = earlier.clone();
            return self.go_back(uploaded, &earlier, delivery).await;
        }
        let key = build_key(&uploaded.function, &uploaded.source);
        let (deployment, at) = (&uploaded.deployment, &uploaded.function.at);
        let standing = self.standing(deployment, at, delivery).await?;
        let known = self.known(key).await?;
        let mut planned = plan(deployment, key, standing, known, self.reuse, self.ledger.now());
        // Before the claim, which would be held while this deployment waits.
        if matches!(planned, Plan::Claim(_)) && self.builds.pace_submit(&at.project).await >= STALE
        {
            let standing = self.ledger.standing(deployment, at).await;
            let standing = standing.map_err(SubmitError::Ledger)?;
            let known = self.known(key).await?;
            planned = plan(deployment, key, standing, known, self.reuse, self.ledger.now());
        }
        match planned {
            Plan::End(outcome) => {
                Ok(Step::finish(delivery, uploaded.deployment, &uploaded.function.at, outcome))
            }
            Plan::Join { build, has_ended } => {
                delivery.note_build(if has_ended { BuildUse::Reused } else { BuildUse::Joined });
                Ok(forward(submitted(uploaded, build), delivery))
            }
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

    /// Whether a deployment may continue.
    pub(crate) async fn standing(
        &self,
        deployment: &Deployment,
        at: &FunctionRef,
        delivery: &Delivery,
    ) -> Result<Standing, SubmitError> {
        let standing = match delivery.happened() {
            Some(happened) => self.ledger.standing_after(happened, deployment, at).await,
            None => self.ledger.standing(deployment, at).await,
        };
        standing.map_err(SubmitError::Ledger)
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
    pub(crate) async fn has_ended(&self, claim: &Claim) -> Result<bool, SubmitError> {
        let outcome = self.ledger.outcome(claim.deployment).await;
        Ok(outcome.map_err(SubmitError::Ledger)?.is_some())
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
}

pub(crate) fn submitted(uploaded: SourceUploaded, build: SharedBuild) -> BuildSubmitted {
    let SourceUploaded { deployment, function, source } = uploaded;
    BuildSubmitted { deployment, function, source, build }
}

pub(crate) fn forward(submitted: BuildSubmitted, delivery: &Delivery) -> Step<Submitted> {
    Step::forward(delivery, submitted.deployment.id, shared(submitted))
}

pub(crate) fn shared(submitted: BuildSubmitted) -> Submitted {
    Submitted::Shared(Box::new(submitted))
}
