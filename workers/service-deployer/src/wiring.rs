//! Makes what calls a function what its deployment requests, after its service serves.
//!
//! The fence is read before each write. A write that a newer deployment did not see, because the
//! worker was stopped in between, is found afterwards: see `longshore_ledger::Wired`. Then this
//! worker restores what the newest deployment requested.

mod enqueuers;
mod roles;

use std::collections::BTreeSet;

use longshore_cloud::{CloudError, Kind, LiveTrigger, TriggerShape, Triggers};
use longshore_ledger::LedgerError;
use longshore_messages::{
    Deployment, DeploymentId, FailureClass, Function, FunctionRef, Outcome, Published, Topic,
    TriggerKind, TriggerOwner, decode,
};
use longshore_runner::Delivery;
use longshore_runner::telemetry::chain;

use crate::DeployError;
use crate::refusal::trigger_refused;
use crate::stage::ServiceDeployer;
use crate::triggers::{Change, Found, NoAccount, Step, events, grants, plan, wanted};

/// Maximum number of deployments that one delivery restores, one after the other. The next delivery
/// continues.
const RESTORED_MAX: u32 = 10;

/// How an attempt to make triggers what a deployment requests ended.
enum Synced {
    /// They are; whether anything had to be changed.
    Done { is_changed: bool },
    /// A newer deployment was admitted.
    Superseded { by: DeploymentId },
    /// They cannot be.
    Refused(NoAccount),
}

impl ServiceDeployer {
    /// Returns how the deployment ends. `outcome` is how it ends for its service.
    pub(crate) async fn wire(
        &self,
        deployment: &Deployment,
        function: &Function,
        outcome: Outcome,
        delivery: &Delivery,
    ) -> Result<Outcome, DeployError> {
        let (Deployment { id, generation, .. }, at) = (deployment, &function.at);
        let revision = match &outcome {
            Outcome::Deployed(serving) | Outcome::Unchanged(serving) => &serving.revision,
            Outcome::TrafficPinned { ready, .. } => &ready.revision,
            Outcome::Superseded { by } => {
                let by = *by;
                return self.superseded(*id, by, outcome, delivery).await;
            }
            Outcome::Failed(_) | Outcome::Cancelled => return Ok(outcome),
        };
        let is_called = !function.triggers.is_empty() || !function.callers.is_empty();
        // No deployment was there before the first one.
        if !is_called && (*generation <= 1 || self.wired(at).await?.is_empty()) {
            return Ok(outcome);
        }
        self.ledger.begin_wiring(*id).await.map_err(DeployError::Ledger)?;
        let synced = match self.sync(*id, function, revision, delivery).await {
            Ok(synced) => synced,
            Err(error) => match self.newer_than(*id, at).await? {
                Some(by) => Synced::Superseded { by },
                None => return Err(error),
            },
        };
        match synced {
            Synced::Done { is_changed } => Ok(match outcome {
                Outcome::Unchanged(serving) if is_changed => Outcome::Deployed(serving),
                other => other,
            }),
            Synced::Refused(NoAccount { trigger }) => {
                let reason = format!(
                    "revision {revision} serves, but {trigger} was refused: neither the trigger nor \
                     the service names a service account"
                );
                let advice = "set `serviceAccount` of the trigger, and deploy again";
                Ok(Outcome::Failed(trigger_refused(FailureClass::User, reason, advice)))
            }
            Synced::Superseded { by } => {
                let newest = self.restore(by, delivery).await?;
                Ok(Outcome::Superseded { by: Some(newest) })
            }
        }
    }

    /// An earlier delivery may have changed triggers after a newer deployment had compared them.
    async fn superseded(
        &self,
        id: DeploymentId,
        by: Option<DeploymentId>,
        outcome: Outcome,
        delivery: &Delivery,
    ) -> Result<Outcome, DeployError> {
        if let Some(by) = by
            && self.ledger.has_begun_wiring(id).await.map_err(DeployError::Ledger)?
        {
            self.restore(by, delivery).await?;
        }
        Ok(outcome)
    }

    /// Makes triggers what the newest deployment requests, if that has compared them already; if not,
    /// it will. A deletion has no mark: it waits for this deployment, and deletes them afterwards.
    /// Returns the newest deployment.
    async fn restore(
        &self,
        mut newest: DeploymentId,
        delivery: &Delivery,
    ) -> Result<DeploymentId, DeployError> {
        for _ in 0..RESTORED_MAX {
            if !self.ledger.has_begun_wiring(newest).await.map_err(DeployError::Ledger)? {
                return Ok(newest);
            }
            let function = self.requested_by(newest).await?;
            match self.sync(newest, &function, "of a newer deployment", delivery).await {
                Ok(Synced::Done { .. } | Synced::Refused(_)) => return Ok(newest),
                Ok(Synced::Superseded { by }) => newest = by,
                // The newest deployment has ended, or ends, with the same refusal.
                Err(DeployError::Trigger { trigger, source, .. })
                    if !source.kind.is_transient() =>
                {
                    tracing::warn!(trigger, error = chain(&source), "cannot restore a trigger");
                    return Ok(newest);
                }
                Err(error) => return Err(error),
            }
        }
        Err(DeployError::Contended(None))
    }

    /// The function as a deployment that reached this worker requests it.
    async fn requested_by(&self, id: DeploymentId) -> Result<Function, DeployError> {
        let stage = Topic::ImagePublished.recorded_by().unwrap_or_default();
        let missing = || LedgerError::Missing { name: format!("{stage} of {id}") };
        let record = self.ledger.stage_record(id, stage).await;
        let record = record.and_then(|record| record.ok_or_else(missing));
        let record = record.map_err(DeployError::Ledger)?;
        let published = decode::<Published>(&record.message).map_err(LedgerError::Message);
        Ok(match published.map_err(DeployError::Ledger)? {
            Published::Shared(published) => published.function,
            Published::Function(published) => published.function,
        })
    }

    /// Makes triggers what a deployment requests, as long as it is the newest one.
    async fn sync(
        &self,
        id: DeploymentId,
        function: &Function,
        revision: &str,
        delivery: &Delivery,
    ) -> Result<Synced, DeployError> {
        let at = &function.at;
        let live = self.services.get(&at.service()).await.map_err(DeployError::Get)?;
        let Some(live) = live else {
            // Deleted in the meantime. Triggers of a service that does not exist call nothing.
            let newer = self.newer_than(id, at).await?;
            return Ok(newer.map_or(Synced::Done { is_changed: false }, superseded));
        };
        let wanted = match wanted(&self.fleet, function, &live) {
            Ok(wanted) => wanted,
            Err(refused) => return Ok(Synced::Refused(refused)),
        };
        let failed = |kind: Option<TriggerKind>, trigger: &str, source: CloudError| {
            let (revision, trigger) = (revision.to_owned(), trigger.to_owned());
            DeployError::Trigger { revision, kind, trigger, source }
        };
        let callers_failed = |source| failed(None, CALLERS, source);
        let requested = wanted.kinds();
        for kind in &requested {
            self.ledger.mark_triggers(at, *kind).await.map_err(DeployError::Ledger)?;
        }
        let (service, marked) = (at.service(), self.wired(at).await?);
        let present = match wanted.invokers.is_empty() && marked.callers.is_empty() {
            true => BTreeSet::new(),
            false => self.services.invokers(&service).await.map_err(callers_failed)?,
        };
        let grants = grants(&wanted.invokers, &present, &marked.callers);
        let (mut is_changed, no_member) = (false, BTreeSet::new());
        if !grants.add.is_empty() {
            self.mark(at, &grants.add).await?;
            if let Some(by) = self.newer_than(id, at).await? {
                return Ok(superseded(by));
            }
            let added = self.services.change_invokers(&service, &grants.add, &no_member).await;
            added.map_err(callers_failed)?;
            // A newer deployment may have removed the marks in between.
            self.mark(at, &grants.add).await?;
            is_changed = true;
        }
        let kinds = &requested | &marked.kinds;
        let found = self.found(at, &kinds).await;
        let found =
            found.map_err(|(kind, error)| failed(Some(kind), "the list of triggers", error))?;
        let changes = plan(&wanted, &found);
        let granted = self.grant_roles(at, &changes).await;
        is_changed |= granted.map_err(|(roles, error)| failed(None, &roles, error))?;
        for change in changes {
            if let Some(by) = self.newer_than(id, at).await? {
                return Ok(superseded(by));
            }
            if let Err(error) = self.apply(&change, delivery).await {
                let error = self.explained(&change, error).await;
                return Err(failed(Some(change.kind()), &change.trigger(), error));
            }
            is_changed = true;
        }
        match self.sync_enqueuers(id, function, revision, &wanted, &marked.enqueuers).await? {
            Synced::Done { is_changed: enqueuers } => is_changed |= enqueuers,
            other => return Ok(other),
        }
        if !grants.remove.is_empty() {
            if let Some(by) = self.newer_than(id, at).await? {
                return Ok(superseded(by));
            }
            let removed = self.services.change_invokers(&service, &no_member, &grants.remove).await;
            removed.map_err(callers_failed)?;
            is_changed = true;
        }
        for member in &grants.forget {
            self.ledger.unmark_caller(at, member).await.map_err(DeployError::Ledger)?;
        }
        let newer = if is_changed { self.newer_than(id, at).await? } else { None };
        Ok(newer.map_or(Synced::Done { is_changed }, superseded))
    }

    async fn apply(&self, change: &Change, delivery: &Delivery) -> Result<(), CloudError> {
        tracing::info!(trigger = change.trigger(), change = change.as_str(), "changing a trigger");
        match change {
            Change::Topic(step) => apply(&*self.triggers.topics, step).await,
            // Each write is an operation, which takes its time at Google.
            Change::Event(step) => {
                delivery.wait("Eventarc", apply(&*self.triggers.events, step)).await
            }
            Change::Schedule(step) => apply(&*self.triggers.schedules, step).await,
            Change::Queue(step) => apply(&*self.triggers.queues, step).await,
        }
    }

    /// Eventarc reports a bucket that does not exist as a permission that it lacks on it.
    async fn explained(&self, change: &Change, error: CloudError) -> CloudError {
        let bucket = match change {
            Change::Event(step) => events::bucket(step.shape()),
            Change::Topic(_) | Change::Schedule(_) | Change::Queue(_) => None,
        };
        let Some(bucket) = bucket.filter(|_| error.kind == Kind::PermissionDenied) else {
            return error;
        };
        match self.objects.default_key(bucket).await {
            Ok(None) => CloudError { kind: Kind::NotFound, ..error },
            Ok(Some(_)) | Err(_) => error,
        }
    }

    /// The triggers of a function, of these kinds.
    async fn found(
        &self,
        at: &FunctionRef,
        kinds: &BTreeSet<TriggerKind>,
    ) -> Result<Found, (TriggerKind, CloudError)> {
        let owner = TriggerOwner::function(&self.fleet, at);
        Ok(Found {
            topics: list(&*self.triggers.topics, &owner, kinds).await?,
            events: list(&*self.triggers.events, &owner, kinds).await?,
            schedules: list(&*self.triggers.schedules, &owner, kinds).await?,
            queues: list(&*self.triggers.queues, &owner, kinds).await?,
        })
    }

    async fn mark(&self, at: &FunctionRef, members: &BTreeSet<String>) -> Result<(), DeployError> {
        for member in members {
            self.ledger.mark_caller(at, member).await.map_err(DeployError::Ledger)?;
        }
        Ok(())
    }

    async fn wired(&self, at: &FunctionRef) -> Result<longshore_ledger::Wired, DeployError> {
        self.ledger.wired(at).await.map_err(DeployError::Ledger)
    }

    /// The newest deployment of a function, if it is not this one.
    async fn newer_than(
        &self,
        id: DeploymentId,
        at: &FunctionRef,
    ) -> Result<Option<DeploymentId>, DeployError> {
        let head = self.ledger.head(at).await.map_err(DeployError::Ledger)?;
        Ok(head.map(|head| head.deployment).filter(|newest| *newest != id))
    }
}

/// How errors name the role of those that may call the service.
const CALLERS: &str = "the invoker role of its callers";

async fn list<S: TriggerShape>(
    client: &dyn Triggers<S>,
    owner: &TriggerOwner<'_>,
    kinds: &BTreeSet<TriggerKind>,
) -> Result<Vec<LiveTrigger<S>>, (TriggerKind, CloudError)> {
    if !kinds.contains(&S::KIND) {
        return Ok(Vec::new());
    }
    client.list(owner).await.map_err(|error| (S::KIND, error))
}

async fn apply<S: TriggerShape>(
    client: &dyn Triggers<S>,
    step: &Step<S>,
) -> Result<(), CloudError> {
    match step {
        Step::Create(shape) => client.create(shape).await,
        Step::Update(shape, fields) => client.update(shape, fields).await,
        Step::Recreate(shape) => {
            client.delete(shape.name()).await?;
            client.create(shape).await
        }
        Step::Delete(shape) => client.delete(shape.name()).await,
    }
}

fn superseded(by: DeploymentId) -> Synced {
    Synced::Superseded { by }
}
