//! The stage: read, plan, act, hand off.

use std::sync::Arc;

use longshore_cloud::{Build, Builds, Images};
use longshore_ledger::{Claim, Ledger, Waiter};
use longshore_messages::{
    BuildRef, BuildSubmitted, FunctionRef, TraceContext, WireMessage, fleet_tag,
};
use longshore_runner::launch::Dependencies;
use longshore_runner::telemetry::chain;
use longshore_runner::{Delivery, Handoff, Stage, Step, wake};

use crate::conclude::{BuildEnd, Concluder, move_on};
use crate::sweep::{Memory, give_up, overdue, regions};
use crate::{Announcement, NAME, WatchError, WatcherOutput};

/// Waits for builds and images, and wakes the deployments that wait for them.
pub struct RegistryWatcher {
    ledger: Ledger,
    builds: Arc<dyn Builds>,
    images: Arc<dyn Images>,
    fleet_tag: String,
    memory: Memory,
}

impl RegistryWatcher {
    #[must_use]
    pub fn new(dependencies: &Dependencies) -> Self {
        Self {
            ledger: dependencies.ledger.clone(),
            builds: Arc::clone(&dependencies.clients.builds),
            images: Arc::clone(&dependencies.clients.images),
            fleet_tag: fleet_tag(&dependencies.settings.fleet),
            memory: Memory::default(),
        }
    }
}

impl Stage for RegistryWatcher {
    const NAME: &'static str = NAME;
    const SWEEPS: bool = true;
    type In = Announcement;
    type Out = WatcherOutput;
    type Error = WatchError;

    async fn handle(
        &self,
        announcement: Announcement,
        delivery: &Delivery,
    ) -> Result<Step<WatcherOutput>, WatchError> {
        match announcement {
            Announcement::Submitted { submitted, wire } => {
                self.wait(*submitted, wire, delivery).await
            }
            Announcement::Build(notice) => match notice.build(&self.fleet_tag) {
                Some(build) => self.check(build, &notice.name).await,
                None => Ok(Step::Waiting("a build of another fleet")),
            },
            Announcement::Image(notice) => match notice.build() {
                Some(build) => self.pushed(build).await,
                None => Ok(Step::Waiting("not an image of this fleet")),
            },
            Announcement::Foreign => Ok(Step::Waiting("a notification in an unknown format")),
        }
    }

    async fn sweep(&self) -> Result<Vec<Handoff<WatcherOutput>>, WatchError> {
        let open = self.memory.open(&self.ledger).await?;
        if open.is_empty() {
            self.memory.forget();
            return Ok(Vec::new());
        }
        let now = self.ledger.now();
        let mut handoffs = Vec::new();
        let may_end = self.ledger.is_clock_sound();
        for (id, entry) in overdue(&open, now).filter(|_| may_end) {
            let request = self.ledger.request(id).await.map_err(WatchError::Ledger)?;
            let trace =
                request.map(|request| TraceContext::from_attributes(&request.message.attributes));
            handoffs.push(give_up(id, entry, trace.unwrap_or_default()));
        }
        for (project, region) in regions(&open) {
            match self.sweep_region(&project, &region).await {
                Ok(woken) => handoffs.extend(woken),
                // An error in one region must not keep the sweep from other regions or from
                // deadlines.
                Err(error) => {
                    tracing::warn!(
                        error = chain(&error),
                        project,
                        region,
                        "cannot sweep builds; the next sweep retries"
                    )
                }
            }
        }
        Ok(handoffs)
    }
}

impl RegistryWatcher {
    /// Handoffs for the builds that have ended in one project and region. Takes one list call.
    async fn sweep_region(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<Handoff<WatcherOutput>>, WatchError> {
        let listed = self
            .builds
            .list_by_tag(project, region, &self.fleet_tag)
            .await
            .map_err(WatchError::Build)?;
        let mut handoffs = Vec::new();
        for (build, seen) in self.memory.unseen(listed) {
            match self.swept(build, &seen).await {
                Ok((ended, woken)) => {
                    // The end of an attempt is not the end of its build: another may be in
                    // progress.
                    if ended {
                        self.memory.remember(build);
                    }
                    handoffs.extend(woken);
                }
                // Returning would lose the handoffs of other builds, which are remembered by now.
                Err(error) => {
                    let error = chain(&error);
                    tracing::warn!(error, %build, "cannot sweep the build; the next sweep retries");
                }
            }
        }
        Ok(handoffs)
    }

    /// Concludes a build that the sweep found. A build without a claim is not the fleet's.
    async fn swept(
        &self,
        build: BuildRef,
        seen: &Build,
    ) -> Result<(bool, Vec<Handoff<WatcherOutput>>), WatchError> {
        match self.ledger.claim_of(build).await.map_err(WatchError::Ledger)? {
            Some(claim) => self.ended(build, seen, &claim).await,
            None => Ok((false, Vec::new())),
        }
    }

    /// Adds the deployment to the waiters of its build, *then* reads the result.
    async fn wait(
        &self,
        submitted: BuildSubmitted,
        wire: WireMessage,
        delivery: &Delivery,
    ) -> Result<Step<WatcherOutput>, WatchError> {
        let deployment = &submitted.deployment;
        let standing = self
            .ledger
            .standing(deployment, &submitted.function.at)
            .await
            .map_err(WatchError::Ledger)?;
        if let Some(outcome) = standing.outcome() {
            return Ok(Step::finish(
                delivery,
                submitted.deployment,
                &submitted.function.at,
                outcome,
            ));
        }
        let build = submitted.build.build;
        let waiter = Waiter { submitted: wire };
        self.ledger.wait_for(build, deployment.id, &waiter).await.map_err(WatchError::Ledger)?;
        match self.ledger.result(build).await.map_err(WatchError::Ledger)? {
            Some(result) => {
                Ok(Step::Emit(vec![move_on(submitted, &result, delivery.trace().clone())]))
            }
            None => Ok(Step::Waiting("the build is in progress")),
        }
    }

    /// Reads a build that a notification says has changed. It is looked up where its claim says that
    /// it runs: whoever forges a notification can make a build with any tags in a project of their
    /// own.
    async fn check(&self, build: BuildRef, name: &str) -> Result<Step<WatcherOutput>, WatchError> {
        let Some(claim) = self.ledger.claim_of(build).await.map_err(WatchError::Ledger)? else {
            return Ok(Step::Waiting("the build was not claimed"));
        };
        let id = name.rsplit('/').next().unwrap_or_default();
        let FunctionRef { project, region, .. } = &claim.function;
        let name = format!("projects/{project}/locations/{region}/builds/{id}");
        let Some(seen) = self.builds.get(&name).await.map_err(WatchError::Build)? else {
            return Ok(Step::Waiting("the build does not exist"));
        };
        if !seen.tags.contains(&build.tag()) || !seen.tags.contains(&self.fleet_tag) {
            tracing::warn!(%build, name, "notification names a foreign build: forged, or a bug");
            return Ok(Step::Waiting("the build contradicts its notification"));
        }
        Ok(Step::Emit(self.ended(build, &seen, &claim).await?.1))
    }

    /// Checks the build of a pushed image, which has ended or is about to.
    async fn pushed(&self, build: BuildRef) -> Result<Step<WatcherOutput>, WatchError> {
        let attempt = self.ledger.attempts(build).await.map_err(WatchError::Ledger)?;
        match self.ledger.submission(build, attempt).await.map_err(WatchError::Ledger)? {
            Some(submission) => self.check(build, &submission.build_name).await,
            None => Ok(Step::Waiting("the build was not submitted")),
        }
    }

    /// Concludes a build. Returns whether it has a result, and the handoffs that follow.
    async fn ended(
        &self,
        build: BuildRef,
        seen: &Build,
        claim: &Claim,
    ) -> Result<(bool, Vec<Handoff<WatcherOutput>>), WatchError> {
        let concluder =
            Concluder { ledger: &self.ledger, builds: &*self.builds, images: &*self.images };
        match concluder.conclude(build, seen, claim).await? {
            BuildEnd::NotYet => Ok((false, Vec::new())),
            BuildEnd::As(result) => {
                let next = |submitted, trace| move_on(submitted, &result, trace);
                let woken = wake(&self.ledger, build, next).await.map_err(WatchError::Ledger)?;
                Ok((true, woken))
            }
            BuildEnd::TryAgain(request) => Ok((false, vec![*request])),
        }
    }
}
