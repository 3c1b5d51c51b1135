//! Reads what decides why a deployment waits.

use longshore_cloud::ObjectMeta;
use longshore_messages::{
    BatchGate, BatchId, BuildSubmitted, DeploymentId, FunctionRef, OperationStarted, Submitted,
    decode, proto,
};
use time::OffsetDateTime;

use super::{BatchPlace, BatchState, BuildWait, DEPLOYER, Facts, SUBMITTER, UPLOADER, WATCHER};
use crate::{
    AcceptedBatch, BatchControl, BatchProgress, Ledger, LedgerError, MemberState, Refused, names,
};

/// The objects of a deployment.
struct Listed<'a> {
    id: DeploymentId,
    objects: &'a [ObjectMeta],
}

impl Listed<'_> {
    /// When an object was created, or `None` if it does not exist.
    fn at(&self, name: &str) -> Option<OffsetDateTime> {
        let found = self.objects.iter().find(|meta| meta.name == name);
        found.map(|meta| meta.created_at)
    }

    fn has(&self, name: &str) -> bool {
        self.at(name).is_some()
    }

    /// The stage whose turn it is, and when the one before handed off. For the first stage, when it
    /// received the request.
    fn turn(&self) -> (&'static str, Option<OffsetDateTime>) {
        let mut since = self.at(&names::request(self.id));
        for stage in [UPLOADER, SUBMITTER, WATCHER] {
            match self.at(&names::stage(self.id, stage)) {
                Some(handed_off) => since = Some(handed_off),
                None => return (stage, since),
            }
        }
        (DEPLOYER, since)
    }

    /// The name of the last note of a wait of this stage. Names sort by time.
    fn last_wait(&self, stage: &str) -> Option<&str> {
        let prefix = names::waits(self.id, stage);
        let notes = self.objects.iter().map(|meta| meta.name.as_str());
        notes.filter(|name| name.starts_with(&prefix)).max()
    }

    fn has_parked(&self, stage: &str) -> bool {
        let prefix = names::parked_marks(self.id, stage);
        self.objects.iter().any(|meta| meta.name.starts_with(&prefix))
    }
}

impl Ledger {
    /// What decides why a deployment waits; `None` if the ledger does not know the deployment, or if
    /// it is a deletion. Takes some ten requests at most, and none of them for each other deployment,
    /// except for one that a batch has not admitted yet.
    pub async fn facts(&self, id: DeploymentId) -> Result<Option<Facts>, LedgerError> {
        let objects = self.list(&names::deployment(id)).await?;
        let listed = Listed { id, objects: &objects };
        if listed.has(&names::deletion(id)) {
            return Ok(None);
        }
        let (stage, since) = listed.turn();
        let facts = Facts {
            now: self.now(),
            has_ended: listed.has(&names::outcome(id)),
            batch: None,
            stage,
            since,
            deadline_at: None,
            generation: None,
            newest: None,
            is_cancelled: listed.has(&names::cancel(id)),
            ending: None,
            parked: None,
            refused_at: None,
            noted: None,
            build: None,
            operation: None,
            other_operation: None,
        };
        if facts.has_ended {
            return Ok(Some(facts));
        }
        let open = self.open(id).await?;
        let is_requested = objects.iter().any(|object| object.name != names::cancel(id));
        if open.is_none() && !is_requested {
            let batch = self.place_in_batch(id).await?;
            return Ok(batch.map(|batch| Facts { batch: Some(batch), ..facts }));
        }
        let function = open.as_ref().map(|open| open.function.clone());
        let mut facts = Facts { deadline_at: open.map(|open| open.deadline_at), ..facts };
        if listed.has(&names::admission(id)) {
            let admission = self.admission(id).await?;
            facts.generation = admission.map(|admission| admission.generation);
            if let Some(function) = &function {
                let head = self.head(function).await?;
                facts.newest = head.map(|head| (head.deployment, head.admission.generation));
            }
        }
        if listed.has(&names::ending(id)) {
            facts.ending = self.ending(id).await?.map(|ending| (ending.by, ending.since));
        }
        let refused = names::refused(id, stage);
        if listed.has(&refused) {
            facts.refused_at = self.read::<Refused>(&refused).await?.map(|(first, _)| first.at);
        }
        if listed.has_parked(stage) {
            facts.parked = self.parked_message(id, stage).await?;
        }
        if let Some(name) = listed.last_wait(stage) {
            facts.noted = self.noted_wait(name).await?;
        }
        if stage == SUBMITTER
            && let Some(function) = &function
        {
            facts.other_operation = self.other_operation(function, id).await?;
        }
        if stage == WATCHER {
            self.add_submitted(&mut facts, id).await?;
        }
        Ok(Some(facts))
    }

    /// Adds the build or the operation that the deployment waits for. What a newer version wrote is
    /// left out.
    async fn add_submitted(&self, facts: &mut Facts, id: DeploymentId) -> Result<(), LedgerError> {
        let record = self.stage_record(id, SUBMITTER).await?;
        let submitted = record.and_then(|record| decode::<Submitted>(&record.message).ok());
        match submitted {
            Some(Submitted::Shared(submitted)) => {
                facts.build = Some(self.build_wait(id, &submitted).await?);
            }
            Some(Submitted::Function(started)) => {
                let OperationStarted { operation, .. } = *started;
                facts.operation = operation.name.zip(facts.since);
            }
            None => {}
        }
        Ok(())
    }

    async fn build_wait(
        &self,
        id: DeploymentId,
        submitted: &BuildSubmitted,
    ) -> Result<BuildWait, LedgerError> {
        let build = submitted.build.build;
        let (claim, history, waiting) =
            tokio::join!(self.claim_of(build), self.build_history(build), self.waiting_for(build));
        let (claim, history, waiting) = (claim?, history?, waiting?);
        let claimant = claim.as_ref().map(|claim| claim.deployment);
        let others = waiting.iter().filter(|other| **other != id && Some(**other) != claimant);
        Ok(BuildWait {
            build,
            is_own: claimant == Some(id),
            others: others.count(),
            function: claim.map(|claim| claim.function),
            submitted_at: history.attempts.last().map(|last| last.submitted_at),
            attempts: history.attempts.len(),
            has_result: history.has_result,
        })
    }

    /// Another deployment that may still be writing the function.
    async fn other_operation(
        &self,
        function: &FunctionRef,
        id: DeploymentId,
    ) -> Result<Option<DeploymentId>, LedgerError> {
        let prefix = names::operating_on(function);
        let listed = self.list(&prefix).await?;
        let mut others = listed.iter().filter_map(|meta| meta.name.strip_prefix(&prefix));
        Ok(others.find_map(|other| other.parse().ok().filter(|other| *other != id)))
    }

    /// The place of a deployment in an open batch that has not published its request.
    async fn place_in_batch(&self, id: DeploymentId) -> Result<Option<BatchPlace>, LedgerError> {
        for batch in self.list_feeding().await? {
            let (accepted, progress) = tokio::join!(self.batch(batch), self.batch_progress(batch));
            let (Some(accepted), Some((progress, _))) = (accepted?, progress?) else { continue };
            let members = self.batch_members(batch, &accepted).await?;
            let of = |request| deployment_of(batch, &accepted, request);
            if let Some(member) = members.into_iter().position(|request| of(request) == id) {
                return Ok(BatchPlace::of(batch, &accepted, &progress, member));
            }
        }
        Ok(None)
    }
}

/// The deployment of a function of a batch.
fn deployment_of(
    batch: BatchId,
    accepted: &AcceptedBatch,
    request: proto::DeployRequested,
) -> DeploymentId {
    let proto::FunctionSpec { project, region, name, .. } = request.function.unwrap_or_default();
    let ce_id = batch.member(&FunctionRef { project, region, name });
    DeploymentId::requested_by(&accepted.requester, &accepted.source, &ce_id)
}

impl BatchPlace {
    /// `None` if the function has ended, or does not exist.
    pub(crate) fn of(
        batch: BatchId,
        accepted: &AcceptedBatch,
        progress: &BatchProgress,
        member: usize,
    ) -> Option<Self> {
        let states = &progress.members;
        let state = match (states.get(member)?, progress.control) {
            (MemberState::Admitted, _) => BatchState::Admitted,
            (MemberState::Waiting, BatchControl::Running) => BatchState::Running,
            (MemberState::Waiting, BatchControl::Paused) => BatchState::Paused,
            (MemberState::Waiting, BatchControl::Stopped | BatchControl::Cancelled) => {
                BatchState::Ending
            }
            _ => return None,
        };
        let settings = &accepted.settings;
        let gate = progress.wave_at_gate(settings).filter(|_| state == BatchState::Running);
        let state = gate.map_or(state, |wave| BatchState::AtGate {
            wave: wave + 1,
            approval: settings.gates.contains(&BatchGate::Approval),
        });
        let functions = states.len();
        let (wave, current) = (settings.wave_of(member), progress.wave(settings)?);
        let of_current = states.get(settings.wave(current, functions))?;
        let unfinished = of_current.iter().filter(|state| !state.has_ended()).count();
        let before = states.get(settings.wave(wave, functions).start..=member)?;
        let waiting = before.iter().filter(|state| **state == MemberState::Waiting).count();
        Some(Self {
            batch,
            state,
            wave: wave + 1,
            current_wave: current + 1,
            unfinished,
            position: waiting,
            in_flight: states.iter().filter(|state| state.is_in_flight()).count(),
        })
    }
}
