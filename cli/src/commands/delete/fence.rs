//! Deletes one function behind its fence.
//!
//! A deletion is admitted like a deployment: it takes the next generation. Older deployments end as
//! superseded at their next check; a deployment requested afterwards has a later generation and is
//! left alone. An older deployment that may already be writing the service is waited for. The
//! service is deleted with the etag that was read last.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore_cloud::{Kind, LiveService, Services, TriggerClients, TriggerShape, Triggers};
use longshore_ledger::{Admit, Admitted, Deletion, Ledger};
use longshore_messages::{DeploymentId, FunctionRef, TriggerKind, TriggerOwner};
use serde::Serialize;
use time::OffsetDateTime;

use crate::error::CliError;
use crate::function::{generation, writer};

/// `ce-source` from which the ids of deletions are computed.
const DELETION_SOURCE: &str = "//longshore/cli/deletion";

/// Maximum number of attempts if other processes change the service.
const TRIES_MAX: u32 = 4;

/// Timeout for a service to disappear, or for a deployment that is writing it. Cloud Run's own
/// limit for starting an instance is four minutes.
const WAIT_MAX: Duration = Duration::from_secs(5 * 60);

/// How far back a deployment of the function may be in progress: the longest deadline, and an hour for
/// the sweep that ends it.
const HISTORY_MAX: Duration = Duration::from_secs(25 * 3_600);

/// Time between two reads.
pub(super) const LOCAL_POLL: Duration = Duration::from_millis(25);
pub(super) const GOOGLE_POLL: Duration = Duration::from_secs(1);

/// A deleted function.
#[derive(Debug)]
pub(super) struct Removed {
    pub(super) deletion: DeploymentId,
    pub(super) generation: u64,
    pub(super) superseded: Vec<DeploymentId>,
    pub(super) kept: Kept,
}

/// What is not deleted, because identical functions share it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kept {
    pub(super) image: Option<String>,
    pub(super) source: Option<String>,
}

/// What a deletion depends on.
pub(super) struct Fence<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) services: &'a dyn Services,
    pub(super) triggers: &'a TriggerClients,
    /// Name of the fleet, which its triggers carry.
    pub(super) fleet: &'a str,
    /// Time between two reads.
    pub(super) poll: Duration,
}

impl Fence<'_> {
    /// Deletes a function.
    ///
    /// Fails with [`CliError::NoFunction`] if it does not exist, and with [`CliError::NotOurs`] if
    /// another owner created it, unless forced. After any other error the function may be deleted
    /// in part; deleting it again continues.
    pub(super) async fn remove(&self, at: &FunctionRef, force: bool) -> Result<Removed, CliError> {
        let live = self.live_service(at).await?;
        if live.is_none() && !self.was_deployed(at).await? {
            return Err(CliError::NoFunction(at.to_string()));
        }
        if let Some(live) = live.as_ref().filter(|_| !force) {
            self.check_ours(at, live).await?;
        }
        let (deletion, generation) = self.admit(at, live.as_ref().map_or(0, generation)).await?;
        let superseded = self.older(deletion).await?;
        for &id in &superseded {
            self.wait_for_writer(id).await?;
        }
        self.delete_triggers(at, deletion).await?;
        let kept = self.delete_service(at, generation, force).await?;
        Ok(Removed { deletion, generation, superseded, kept })
    }

    async fn live_service(&self, at: &FunctionRef) -> Result<Option<LiveService>, CliError> {
        self.services.get(&at.service()).await.map_err(CliError::ReadService)
    }

    /// Whether the function was deployed since its last deletion. A failed first deployment counts,
    /// too.
    async fn was_deployed(&self, at: &FunctionRef) -> Result<bool, CliError> {
        let Some(head) = self.ledger.head(at).await.map_err(CliError::ledger)? else {
            return Ok(false);
        };
        Ok(self.ledger.deletion(head.deployment).await.map_err(CliError::ledger)?.is_none())
    }

    /// The deployments in progress that were admitted before the deletion, which supersedes them.
    /// One that is not admitted yet comes after the deletion.
    ///
    /// Follows the function's own history, and stops where all deadlines have passed, so the number
    /// of other functions' deployments does not matter.
    pub(super) async fn older(
        &self,
        deletion: DeploymentId,
    ) -> Result<Vec<DeploymentId>, CliError> {
        let mut older = Vec::new();
        let admission =
            |id| async move { self.ledger.admission(id).await.map_err(CliError::ledger) };
        let mut next = admission(deletion).await?.and_then(|admission| admission.previous);
        while let Some(id) = next {
            let Some(admission) = admission(id).await? else { break };
            if admission.admitted_at + HISTORY_MAX < OffsetDateTime::now_utc() {
                break;
            }
            if self.ledger.is_open(id).await.map_err(CliError::ledger)? {
                older.push(id);
            }
            next = admission.previous;
        }
        older.reverse();
        Ok(older)
    }

    /// Checks that the service was written by a deployment in this fleet's ledger.
    async fn check_ours(&self, at: &FunctionRef, live: &LiveService) -> Result<(), CliError> {
        let known = match writer(live) {
            Some(writer) => self.ledger.request(writer).await.map_err(CliError::ledger)?.is_some(),
            None => false,
        };
        if known { Ok(()) } else { Err(CliError::NotOurs(at.to_string())) }
    }

    /// Takes the next generation. The deletion is recorded first, so that it is never mistaken for
    /// a deployment.
    pub(super) async fn admit(
        &self,
        at: &FunctionRef,
        live_generation: u64,
    ) -> Result<(DeploymentId, u64), CliError> {
        let id = DeploymentId::of(DELETION_SOURCE, &uuid::Uuid::new_v4().to_string());
        let now = OffsetDateTime::now_utc();
        let deletion = Deletion { function: at.clone(), asked_at: now };
        self.ledger.write_deletion(id, &deletion).await.map_err(CliError::ledger)?;
        let seed = Some(live_generation);
        let admit = Admit { id, function: at, now, deadline_at: now + WAIT_MAX, seed };
        match self.ledger.admit(&admit).await.map_err(CliError::ledger)? {
            Admitted::As(admission) => Ok((id, admission.generation)),
            // Returned only without a seed, and for what may follow one deployment alone.
            Admitted::NeedsSeed | Admitted::Replaced { .. } => {
                Err(CliError::NotGone(at.to_string()))
            }
        }
    }

    /// Waits for a deployment that may be about to write the service. service-deployer, or build-submitter in the
    /// Functions flavour, marks it before it reads the fence a last time, so one without a mark sees the deletion.
    pub(super) async fn wait_for_writer(&self, id: DeploymentId) -> Result<(), CliError> {
        if self.ledger.ending(id).await.map_err(CliError::ledger)?.is_none() {
            return Ok(());
        }
        let wait = async {
            while self.ledger.outcome(id).await.map_err(CliError::ledger)?.is_none() {
                tokio::time::sleep(self.poll).await;
            }
            Ok(())
        };
        tokio::time::timeout(WAIT_MAX, wait)
            .await
            .unwrap_or_else(|_| Err(CliError::NotGone(id.to_string())))
    }

    /// Deletes what calls the function, so that nothing is sent to a service that no longer exists.
    /// Who may call it is part of the service.
    pub(super) async fn delete_triggers(
        &self,
        at: &FunctionRef,
        deletion: DeploymentId,
    ) -> Result<(), CliError> {
        let wired = self.ledger.wired(at).await.map_err(CliError::ledger)?;
        self.delete_all(&*self.triggers.topics, at, deletion, &wired.kinds).await?;
        self.delete_all(&*self.triggers.events, at, deletion, &wired.kinds).await?;
        self.delete_all(&*self.triggers.schedules, at, deletion, &wired.kinds).await?;
        self.delete_all(&*self.triggers.queues, at, deletion, &wired.kinds).await?;
        for (queue, members) in &wired.enqueuers {
            for member in members {
                let unmarked = self.ledger.unmark_enqueuer(at, queue, member).await;
                unmarked.map_err(CliError::ledger)?;
            }
        }
        for member in &wired.callers {
            self.ledger.unmark_caller(at, member).await.map_err(CliError::ledger)?;
        }
        Ok(())
    }

    async fn delete_all<S: TriggerShape>(
        &self,
        client: &dyn Triggers<S>,
        at: &FunctionRef,
        deletion: DeploymentId,
        kinds: &BTreeSet<TriggerKind>,
    ) -> Result<(), CliError> {
        if !kinds.contains(&S::KIND) {
            return Ok(());
        }
        let listed = client.list(&TriggerOwner::function(self.fleet, at)).await;
        for live in listed.map_err(CliError::Triggers)? {
            let head = self.ledger.head(at).await.map_err(CliError::ledger)?;
            if head.is_some_and(|head| head.deployment != deletion) {
                return Err(CliError::DeletionSuperseded(at.to_string()));
            }
            client.delete(live.shape.name()).await.map_err(CliError::Triggers)?;
        }
        Ok(())
    }

    /// Deletes the service, unless a later generation wrote it, and waits until it no longer
    /// exists. Returns what is kept.
    async fn delete_service(
        &self,
        at: &FunctionRef,
        generation_of_deletion: u64,
        force: bool,
    ) -> Result<Kept, CliError> {
        for _ in 0..TRIES_MAX {
            let Some(live) = self.live_service(at).await? else { return Ok(Kept::default()) };
            if generation(&live) > generation_of_deletion && !force {
                return Err(CliError::DeletionSuperseded(at.to_string()));
            }
            match self.services.delete(&at.service(), &live.etag).await {
                Ok(()) => {
                    return self
                        .wait_until_gone(at, generation_of_deletion)
                        .await
                        .map(|()| kept(&live));
                }
                Err(error) if error.kind == Kind::PreconditionFailed => {}
                Err(error) => return Err(CliError::Delete(error)),
            }
        }
        Err(CliError::NotGone(at.to_string()))
    }

    /// A service with a later generation is a new one that was created in the meantime.
    async fn wait_until_gone(
        &self,
        at: &FunctionRef,
        generation_of_deletion: u64,
    ) -> Result<(), CliError> {
        let wait = async {
            while self
                .live_service(at)
                .await?
                .is_some_and(|live| generation(&live) <= generation_of_deletion)
            {
                tokio::time::sleep(self.poll).await;
            }
            Ok(())
        };
        tokio::time::timeout(WAIT_MAX, wait)
            .await
            .unwrap_or_else(|_| Err(CliError::NotGone(at.to_string())))
    }
}

fn kept(live: &LiveService) -> Kept {
    let source = live
        .shape
        .build
        .as_ref()
        .map(|build| build.source_location.clone())
        .filter(|source| !source.is_empty());
    Kept { image: Some(live.shape.image.clone()), source }
}

#[cfg(test)]
mod tests;
