//! The stage: look, plan, act, announce.

use std::sync::Arc;

use longshore_cloud::{Build, Builds, Images};
use longshore_ledger::{Ledger, Waiter};
use longshore_messages::{BuildRef, BuildSubmitted, TraceContext, WireMessage, fleet_tag};
use longshore_runner::launch::Dependencies;
use longshore_runner::telemetry::chain;
use longshore_runner::{Delivery, Handoff, Stage, Step, wake};
use time::OffsetDateTime;

use crate::conclude::{BuildEnd, Concluder, move_on};
use crate::sweep::{Memory, give_up, overdue, places};
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
    /// A registry-watcher on that dependencies.
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
                Some(build) => self.look_at(build, &notice.name).await,
                None => Ok(Step::Waiting("a build of somebody else's")),
            },
            Announcement::Image(notice) => match notice.build() {
                Some(build) => self.pushed(build).await,
                None => Ok(Step::Waiting("an image of somebody else's")),
            },
            Announcement::Foreign => {
                Ok(Step::Waiting("a notification of a form that this version does not know"))
            }
        }
    }

    async fn sweep(&self) -> Result<Vec<Handoff<WatcherOutput>>, WatchError> {
        let open = self.memory.open(&self.ledger).await?;
        if open.is_empty() {
            self.memory.forget();
            return Ok(Vec::new());
        }
        let now = OffsetDateTime::now_utc();
        let mut handoffs = Vec::new();
        for (id, entry) in overdue(&open, now) {
            let request = self.ledger.request(id).await.map_err(WatchError::Ledger)?;
            let trace =
                request.map(|request| TraceContext::from_attributes(&request.message.attributes));
            handoffs.push(give_up(id, entry, trace.unwrap_or_default()));
        }
        for (project, region) in places(&open) {
            match self.sweep_place(&project, &region).await {
                Ok(woken) => handoffs.extend(woken),
                // One place that does not answer must not keep the others, or the deadlines, from
                // being looked at.
                Err(error) => {
                    tracing::warn!(
                        error = chain(&error),
                        project,
                        region,
                        "builds cannot be swept; the next sweep tries again"
                    )
                }
            }
        }
        Ok(handoffs)
    }
}

impl RegistryWatcher {
    /// Everybody who is to move on in one project and region. One list call.
    async fn sweep_place(
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
            match self.ended(build, &seen).await {
                Ok((ended, woken)) => {
                    // An attempt that has ended is not the end of its build: another may be under
                    // way.
                    if ended {
                        self.memory.remember(build);
                    }
                    handoffs.extend(woken);
                }
                // What was found of the others is remembered, and would not be found again.
                Err(error) => {
                    tracing::warn!(error = chain(&error), %build, "build cannot be swept; the next sweep tries again")
                }
            }
        }
        Ok(handoffs)
    }

    /// A deployment joins those who wait, *then* reads the result.
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
            None => Ok(Step::Waiting("the build is under way; its end will be announced")),
        }
    }

    /// Somebody says that a build has changed: look at the build itself.
    async fn look_at(
        &self,
        build: BuildRef,
        name: &str,
    ) -> Result<Step<WatcherOutput>, WatchError> {
        let Some(seen) = self.builds.get(name).await.map_err(WatchError::Build)? else {
            return Ok(Step::Waiting("there is no such build"));
        };
        if !seen.tags.contains(&build.tag()) || !seen.tags.contains(&self.fleet_tag) {
            tracing::warn!(%build, name, "a notification claims a build that is not ours: forged, or a bug");
            return Ok(Step::Waiting("the build itself does not say what its notification says"));
        }
        Ok(Step::Emit(self.ended(build, &seen).await?.1))
    }

    /// An image of ours was pushed: its build is about to end, or has ended.
    async fn pushed(&self, build: BuildRef) -> Result<Step<WatcherOutput>, WatchError> {
        let attempt = self.ledger.attempts(build).await.map_err(WatchError::Ledger)?;
        match self.ledger.submission(build, attempt).await.map_err(WatchError::Ledger)? {
            Some(submission) => self.look_at(build, &submission.build_name).await,
            None => Ok(Step::Waiting("nobody has submitted that build")),
        }
    }

    /// Whether the build has a result, and everybody who is to move on now that it is like this.
    async fn ended(
        &self,
        build: BuildRef,
        seen: &Build,
    ) -> Result<(bool, Vec<Handoff<WatcherOutput>>), WatchError> {
        let Some(claim) = self.ledger.claim_of(build).await.map_err(WatchError::Ledger)? else {
            return Ok((false, Vec::new()));
        };
        let concluder =
            Concluder { ledger: &self.ledger, builds: &*self.builds, images: &*self.images };
        match concluder.conclude(build, seen, &claim).await? {
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
