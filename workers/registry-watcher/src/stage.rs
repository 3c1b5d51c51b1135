//! The stage: read, plan, act, hand off.

use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{Builds, Functions, Images, Logs, Objects, Services, build_id};
use longshore_ledger::{BuildResult, Ledger, Waiter};
use longshore_messages::{
    BuildRef, BuildSubmitted, FunctionRef, OperationStarted, WireMessage, fleet_tag,
};
use longshore_runner::launch::Dependencies;
use longshore_runner::{Delivery, Found, Stage, Step, SweepLog};
use tokio::time::Instant;

use crate::conclude::{BuildEnd, Concluder, Facts, move_on};
use crate::functions::{FOLLOWED_MAX, Follower, FunctionConcluder, FunctionSweep};
use crate::sweep::{SUBMITTER, Sweep};
use crate::{Announcement, NAME, WatchError, WatcherOutput};

/// Waits before the registry is asked again for the image of a build that has just succeeded. After
/// the last one the sweep asks.
const IMAGE_WAITS: [Duration; 5] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// Pause after a function shows no operation and its operation has not ended, before both are looked at
/// again.
const SETTLED_PAUSE: Duration = Duration::from_secs(1);

/// Waits for builds and images, and wakes the deployments that wait for them.
pub struct RegistryWatcher {
    ledger: Ledger,
    builds: Arc<dyn Builds>,
    images: Arc<dyn Images>,
    objects: Arc<dyn Objects>,
    functions: Arc<dyn Functions>,
    services: Arc<dyn Services>,
    logs: Arc<dyn Logs>,
    follower: Follower,
    fleet_tag: String,
}

impl RegistryWatcher {
    #[must_use]
    pub fn new(dependencies: &Dependencies) -> Self {
        Self {
            ledger: dependencies.ledger.clone(),
            builds: Arc::clone(&dependencies.clients.builds),
            images: Arc::clone(&dependencies.clients.images),
            objects: Arc::clone(&dependencies.clients.objects),
            functions: Arc::clone(&dependencies.clients.functions),
            services: Arc::clone(&dependencies.clients.services),
            logs: Arc::clone(&dependencies.clients.logs),
            follower: Follower::default(),
            fleet_tag: fleet_tag(&dependencies.settings.fleet),
        }
    }
}

impl Stage for RegistryWatcher {
    const NAME: &'static str = NAME;
    const SWEEPS: bool = true;
    const CENSUS: bool = true;
    /// A deployment that begins to wait after its end is woken, and service-deployer finds its end.
    const BEARS_THE_END: bool = true;
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
            Announcement::Operation(started) => self.follow(&started, delivery).await,
            Announcement::Build(notice) => match notice.build(&self.fleet_tag) {
                Some(_) if notice.is_in_progress() => Ok(Step::Waiting("the build is in progress")),
                Some(build) => self.check(build, &notice.name, delivery).await,
                None => {
                    if !notice.is_in_progress() {
                        self.follower.build_ended(&notice.name);
                    }
                    Ok(Step::Waiting("a build of a function, or of another fleet"))
                }
            },
            Announcement::Image(notice) => match notice.build() {
                Some(build) => {
                    tracing::debug!(%build, "the image was pushed");
                    Ok(Step::Waiting("the end of the build is announced as well"))
                }
                None => Ok(Step::Waiting("not an image of this fleet")),
            },
            Announcement::Foreign => Ok(Step::Waiting("a notification in an unknown format")),
        }
    }

    async fn sweep(&self, log: &SweepLog) -> Result<Vec<Found<WatcherOutput>>, WatchError> {
        let functions = FunctionSweep::new(self.function_concluder(), log);
        let builds = Sweep::new(self.concluder(), log, self.ledger.now());
        let (functions, builds) = tokio::join!(functions.run(), builds.run());
        let mut found = builds?;
        found.extend(functions?);
        Ok(found)
    }
}

impl RegistryWatcher {
    fn concluder(&self) -> Concluder<'_> {
        Concluder {
            ledger: &self.ledger,
            builds: &*self.builds,
            images: &*self.images,
            objects: &*self.objects,
            fleet_tag: &self.fleet_tag,
        }
    }

    fn function_concluder(&self) -> FunctionConcluder<'_> {
        FunctionConcluder {
            ledger: &self.ledger,
            functions: &*self.functions,
            services: &*self.services,
            builds: &*self.builds,
            images: &*self.images,
            logs: &*self.logs,
        }
    }

    /// Follows an operation to its end, for a while. The function is marked since before it was
    /// written, so the sweep does so afterwards.
    async fn follow(
        &self,
        started: &OperationStarted,
        delivery: &Delivery,
    ) -> Result<Step<WatcherOutput>, WatchError> {
        let at = &started.function.at;
        let (begun, mut seat, mut was_settled) = (Instant::now(), None, false);
        loop {
            let concluded = self.function_concluder().conclude(started, delivery.trace()).await?;
            let reason = match concluded {
                Ok(handoff) => return Ok(Step::Emit(vec![handoff])),
                Err(reason) => reason,
            };
            seat = seat.or_else(|| self.follower.seat());
            if seat.is_none() || begun.elapsed() >= FOLLOWED_MAX {
                return match started.operation.unchanged {
                    // It wrote nothing, so no mark leads the sweep to it.
                    true => Err(WatchError::Changing { function: at.function() }),
                    false => Ok(Step::Waiting(reason)),
                };
            }
            if was_settled {
                // The function may show the end before the operation does, or not be listed yet.
                let pause = tokio::time::sleep(SETTLED_PAUSE);
                delivery.wait("the operation of the function", pause).await;
            }
            let list = || self.functions.list(&at.project, &at.region);
            let settled = self.follower.settled(at, list);
            let left = FOLLOWED_MAX.saturating_sub(begun.elapsed());
            let settled = tokio::time::timeout(left, settled);
            match delivery.wait("the operation of the function", settled).await {
                Ok(settled) => settled.map_err(WatchError::Function)?,
                Err(_elapsed) => continue,
            }
            was_settled = true;
        }
    }

    /// Adds the deployment to the waiters of its build, *then* reads the result. The claimant needs
    /// no waiter if its submission says that it waits. Whether the deployment is superseded was
    /// checked just before, and is checked again before its service is written.
    async fn wait(
        &self,
        submitted: BuildSubmitted,
        wire: WireMessage,
        delivery: &Delivery,
    ) -> Result<Step<WatcherOutput>, WatchError> {
        let build = submitted.build.build;
        let noted = delivery.happened().and_then(|happened| happened.noted(SUBMITTER));
        let has_waiter = noted.is_none_or(|noted| !noted.waits_by_claim);
        if has_waiter {
            let waiter = Waiter { submitted: wire };
            let waits = self.ledger.wait_for(build, submitted.deployment.id, &waiter).await;
            waits.map_err(WatchError::Ledger)?;
        }
        match self.ledger.result(build).await.map_err(WatchError::Ledger)? {
            Some(result) => {
                let handoff = move_on(submitted, &result, delivery.trace().clone());
                Ok(Step::Emit(vec![handoff.out_of(build, delivery, has_waiter)]))
            }
            None => Ok(Step::Waiting("the build is in progress")),
        }
    }

    /// Reads a build that a notification says has ended. Of the notification only the id is used,
    /// because anyone who may publish there can write one: the claim says where the build runs.
    async fn check(
        &self,
        build: BuildRef,
        name: &str,
        delivery: &Delivery,
    ) -> Result<Step<WatcherOutput>, WatchError> {
        let concluder = self.concluder();
        let Some(facts) = concluder.facts(build).await? else {
            return Ok(Step::Waiting("the build was not claimed"));
        };
        if let Some(result) = &facts.result {
            return self.wake_if_pending(&concluder, &facts, result).await;
        }
        let name = facts.claim.attempt_name(build_id(name));
        let Some(seen) = self.builds.get(&name).await.map_err(WatchError::Build)? else {
            return Ok(Step::Waiting("the build does not exist"));
        };
        let seen = [seen];
        let mut end = concluder.conclude(&facts, &seen).await?;
        for wait in IMAGE_WAITS {
            if !matches!(end, BuildEnd::NoImageYet) {
                break;
            }
            delivery.wait("the registry to show the image", tokio::time::sleep(wait)).await;
            end = concluder.conclude(&facts, &seen).await?;
        }
        match end {
            BuildEnd::NotYet => Ok(Step::Waiting("the build has not ended, or is not ours")),
            BuildEnd::NoImageYet => Ok(Step::Waiting("the registry does not show the image yet")),
            BuildEnd::As(result) => concluder.wake(&facts, &result).await.map(Step::Wake),
            BuildEnd::TryAgain(request) => Ok(Step::Emit(vec![*request])),
        }
    }

    /// Wakes the waiters of a build that has ended, unless all of them are woken.
    async fn wake_if_pending(
        &self,
        concluder: &Concluder<'_>,
        facts: &Facts,
        result: &BuildResult,
    ) -> Result<Step<WatcherOutput>, WatchError> {
        let FunctionRef { project, region, .. } = &facts.claim.function;
        let pending = self.ledger.is_pending(project, region, facts.build).await;
        match pending.map_err(WatchError::Ledger)? {
            true => concluder.wake(facts, result).await.map(Step::Wake),
            false => Ok(Step::Waiting("all waiters of the build are woken")),
        }
    }
}
