//! One round, for all open batches together: what has ended is noted, the next functions are
//! admitted, and batches end.
//!
//! **Recorded, then published.** A function is admitted in the progress of its batch before its
//! request is published. If a worker ends in between, the input of its round is delivered again, and
//! that round looks: what is admitted, and neither open nor ended, is published again. Everything that
//! is published has a computed identity, so a repetition is harmless.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use longshore_cloud::Replaced;
use longshore_ledger::{BatchControl, BatchProgress, Cancel, Ledger, LedgerError, MemberState};
use longshore_messages::{BatchFinished, BatchId, DeploymentId};
use longshore_runner::telemetry::chain;
use parking_lot::Mutex;
use time::OffsetDateTime;

use crate::FeedError;
use crate::book::{Book, Member, OpenBatch};
use crate::ended::state_of;
use crate::gates::{AtGate, GateFunction, Gates};
use crate::plan::{self, BatchNow, Limits};
use crate::publish::Publisher;

/// Attempts of a round whose writes meet those of another replica or of an operator.
const ATTEMPTS_MAX: usize = 5;

/// The stage that receives requests for functions.
const UPLOADER: &str = "uploader";

/// Ends of deployments that no round has noted yet.
#[derive(Default)]
pub(crate) struct Ends(Mutex<BTreeMap<(BatchId, DeploymentId), MemberState>>);

impl Ends {
    pub(crate) fn note(&self, batch: BatchId, deployment: DeploymentId, state: MemberState) {
        self.0.lock().insert((batch, deployment), state);
    }

    fn all(&self) -> BTreeMap<(BatchId, DeploymentId), MemberState> {
        self.0.lock().clone()
    }

    fn forget(&self, noted: &BTreeMap<(BatchId, DeploymentId), MemberState>) {
        self.0.lock().retain(|key, _| !noted.contains_key(key));
    }
}

/// What this process has done and need not repeat. A process that starts repeats it once.
#[derive(Default)]
pub(crate) struct Memory {
    /// The requests that it has published, and whether a look has met each since.
    requested: Mutex<BTreeMap<DeploymentId, bool>>,
    cancelled: Mutex<BTreeSet<DeploymentId>>,
}

impl Memory {
    /// Notes requests that are published.
    fn note_requested(&self, ids: impl Iterator<Item = DeploymentId>) {
        self.requested.lock().extend(ids.map(|id| (id, false)));
    }

    fn has_requested(&self, id: DeploymentId) -> bool {
        self.requested.lock().contains_key(&id)
    }

    /// Whether a look meets a request for the first time since it was published. Such a request probably
    /// waits for the uploader: a look that read the ledger for each of them would cost requests in
    /// proportion to the window.
    fn is_new(&self, id: DeploymentId) -> bool {
        let mut requested = self.requested.lock();
        requested.get_mut(&id).is_some_and(|was_met| !std::mem::replace(was_met, true))
    }

    /// Forgets the deployments that are not in flight any more.
    fn retain(&self, in_flight: &BTreeSet<DeploymentId>) {
        self.requested.lock().retain(|id, _| in_flight.contains(id));
        self.cancelled.lock().retain(|id| in_flight.contains(id));
    }
}

pub(crate) struct Round<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) publisher: &'a Publisher,
    pub(crate) book: &'a Book,
    pub(crate) ends: &'a Ends,
    pub(crate) memory: &'a Memory,
    pub(crate) gates: &'a Gates,
    pub(crate) limits: Limits,
}

/// An open batch in this round.
struct Open {
    batch: Arc<OpenBatch>,
    progress: BatchProgress,
    generation: i64,
    /// Functions whose requests are to be published, although they were admitted before.
    unpublished: Vec<usize>,
}

impl Open {
    /// A wave, which ended at this time, whose gates are to be checked.
    fn at_gate(&self, wave: usize, ended_at: OffsetDateTime) -> AtGate {
        let settings = &self.batch.accepted.settings;
        let serves = |position: &usize| match self.progress.members[*position] {
            MemberState::Deployed | MemberState::Unchanged | MemberState::Staged => true,
            MemberState::Waiting
            | MemberState::Admitted
            | MemberState::Releasing
            | MemberState::Held
            | MemberState::TrafficPinned
            | MemberState::Failed
            | MemberState::Superseded
            | MemberState::Cancelled
            | MemberState::NotStarted
            | MemberState::Parked => false,
        };
        let positions = settings.wave(wave, self.progress.members.len()).filter(serves);
        let functions = positions.map(|position| {
            let member = &self.batch.members[position];
            GateFunction {
                name: member.name().to_owned(),
                place: member.place.clone(),
                deployment: member.deployment,
            }
        });
        AtGate::new(&settings.gates, wave, functions.collect(), ended_at)
    }

    /// The deployments in flight, each with the position of its function.
    fn in_flight(&self) -> impl Iterator<Item = (usize, DeploymentId)> {
        let members = self.batch.members.iter().zip(&self.progress.members).enumerate();
        let in_flight = members.filter(|(_, (_, state))| state.is_in_flight());
        in_flight.map(|(position, (member, state))| (position, member.deployment_in(*state)))
    }

    /// Notes the end of a deployment, if that is the one that its function waits for.
    fn note(&mut self, position: usize, deployment: DeploymentId, end: MemberState) {
        let now = self.progress.members[position];
        if let Some(after) = self.batch.members[position].after(now, deployment, end) {
            self.progress.members[position] = after;
        }
    }
}

impl Round<'_> {
    /// Holds a round. If it `looks`, it compares what is in flight with the ledger.
    pub(crate) async fn hold(&self, looks: bool) -> Result<(), FeedError> {
        let ends = self.ends.all();
        for _ in 0..ATTEMPTS_MAX {
            if self.attempt(&ends, looks).await? {
                self.ends.forget(&ends);
                return Ok(());
            }
        }
        Err(FeedError::Contended)
    }

    /// Returns whether every batch could be written. Otherwise another writer was faster.
    async fn attempt(
        &self,
        ends: &BTreeMap<(BatchId, DeploymentId), MemberState>,
        looks: bool,
    ) -> Result<bool, FeedError> {
        let mut open = self.open().await?;
        let before: Vec<BatchProgress> = open.iter().map(|one| one.progress.clone()).collect();
        for one in &mut open {
            note_ends(one, ends);
        }
        if looks {
            self.look(&mut open).await?;
        }
        for one in &mut open {
            one.progress = plan::judged(&one.progress, &one.batch.accepted.settings);
        }
        self.pass_gates(&mut open);
        let admitted = self.admissions(&open);
        let mut is_whole = true;
        let mut in_flight = BTreeSet::new();
        for ((one, before), admitted) in open.iter_mut().zip(before).zip(admitted) {
            for position in &admitted {
                let state = &mut one.progress.members[*position];
                *state = match *state {
                    MemberState::Staged => MemberState::Releasing,
                    _ => MemberState::Admitted,
                };
            }
            in_flight.extend(one.in_flight().map(|(_, deployment)| deployment));
            if one.progress != before && !self.write(one).await? {
                is_whole = false;
                continue;
            }
            self.act(one, &admitted).await?;
        }
        if is_whole {
            self.memory.retain(&in_flight);
        }
        Ok(is_whole)
    }

    /// The open batches with their progress. One that cannot be read holds up no other one.
    async fn open(&self) -> Result<Vec<Open>, FeedError> {
        let ids = self.ledger.list_feeding().await.map_err(FeedError::Ledger)?;
        self.book.retain(&ids);
        let mut open = Vec::new();
        for id in ids {
            match self.read(id).await {
                Ok(Some(one)) => open.push(one),
                // It is being accepted; that delivery holds a round of its own.
                Ok(None) => {}
                Err(error) if error.is_transient() => return Err(FeedError::Ledger(error)),
                Err(error) => {
                    let error = chain(&error);
                    tracing::error!(error, batch = %id, "the batch cannot be read");
                }
            }
        }
        Ok(open)
    }

    async fn read(&self, id: BatchId) -> Result<Option<Open>, LedgerError> {
        let Some(batch) = self.book.get(self.ledger, id).await? else { return Ok(None) };
        let Some((mut progress, generation)) = self.ledger.batch_progress(id).await? else {
            return Ok(None);
        };
        // One state for each function, even if the stored list is shorter or longer.
        progress.members.resize(batch.members.len(), MemberState::Waiting);
        Ok(Some(Open { batch, progress, generation, unpublished: Vec::new() }))
    }

    /// Finds deployments whose end was not announced, and requests that were not published or are parked.
    /// A request that this process has published is passed over once.
    async fn look(&self, open: &mut [Open]) -> Result<(), FeedError> {
        if open.iter().all(|one| one.in_flight().next().is_none()) {
            return Ok(());
        }
        let listed = self.ledger.list_open().await.map_err(FeedError::Ledger)?;
        let listed: BTreeSet<DeploymentId> = listed.into_iter().map(|one| one.id).collect();
        for one in open {
            let closed =
                one.in_flight().filter(|(_, id)| !listed.contains(id) && !self.memory.is_new(*id));
            let closed: Vec<(usize, DeploymentId)> = closed.collect();
            for (position, deployment) in closed {
                let outcome = self.ledger.outcome(deployment).await.map_err(FeedError::Ledger)?;
                match outcome {
                    Some(record) => {
                        if let Some(state) = state_of(&record.message) {
                            one.note(position, deployment, state);
                        }
                    }
                    // Before the uploader has received it, nothing ends it.
                    None if self.is_parked(deployment).await? => {
                        one.progress.members[position] = MemberState::Parked;
                    }
                    None if self.memory.has_requested(deployment) => {}
                    None => one.unpublished.push(position),
                }
            }
        }
        Ok(())
    }

    /// Whether the request for a function is parked.
    async fn is_parked(&self, deployment: DeploymentId) -> Result<bool, FeedError> {
        self.ledger.is_parked(deployment, UPLOADER).await.map_err(FeedError::Ledger)
    }

    /// Lets batches go on whose gates have passed, stops those whose gates have failed, and notes which
    /// waves are to be checked.
    fn pass_gates(&self, open: &mut [Open]) {
        let mut waves = Vec::new();
        for one in open {
            let settings = &one.batch.accepted.settings;
            let Some(number) = one.progress.wave_at_gate(settings) else { continue };
            let wave = (one.batch.id, number);
            waves.push(wave);
            let since = *one.progress.gate_since.get_or_insert_with(|| self.ledger.now());
            let checked = self.gates.checked(wave);
            match plan::gated(&one.progress, settings, number, checked.as_ref()) {
                Some(progress) => one.progress = plan::judged(&progress, settings),
                None => self.gates.need(wave, || one.at_gate(number, since)),
            }
        }
        self.gates.retain(&waves);
    }

    fn admissions(&self, open: &[Open]) -> Vec<Vec<usize>> {
        let mut numbers: BTreeMap<&(String, String), usize> = BTreeMap::new();
        let places: Vec<Vec<usize>> = open
            .iter()
            .map(|one| {
                let places = one.batch.members.iter().map(|member| {
                    let next = numbers.len();
                    *numbers.entry(&member.place).or_insert(next)
                });
                places.collect()
            })
            .collect();
        let now: Vec<BatchNow<'_>> = open
            .iter()
            .zip(&places)
            .map(|(one, places)| BatchNow {
                requester: &one.batch.accepted.requester,
                settings: &one.batch.accepted.settings,
                progress: &one.progress,
                places,
            })
            .collect();
        plan::admissions(&now, self.limits)
    }

    /// Returns whether the progress still was what was read.
    async fn write(&self, one: &Open) -> Result<bool, FeedError> {
        let (id, generation) = (one.batch.id, one.generation);
        let written = self.ledger.replace_batch_progress(id, generation, &one.progress).await;
        match written.map_err(FeedError::Ledger)? {
            Replaced::New(_) => Ok(true),
            Replaced::Conflict => Ok(false),
        }
    }

    /// Does what the recorded progress says.
    async fn act(&self, one: &Open, admitted: &[usize]) -> Result<(), FeedError> {
        let batch = &one.batch;
        let positions = one.unpublished.iter().chain(admitted);
        let states = &one.progress.members;
        let members = positions.map(|position| (&batch.members[*position], states[*position]));
        let members: Vec<(&Member, MemberState)> = members.collect();
        if !members.is_empty() {
            let requests = members.iter().map(|(member, state)| member.request_in(*state));
            self.publisher.request(batch, &requests.collect::<Vec<_>>()).await?;
            let requested = members.iter().map(|(member, state)| member.deployment_in(*state));
            self.memory.note_requested(requested);
        }
        if one.progress.control == BatchControl::Cancelled {
            self.cancel(one).await?;
        }
        let Some(outcome) = plan::outcome(&one.progress) else { return Ok(()) };
        let request = self.ledger.batch_request(batch.id).await.map_err(FeedError::Ledger)?;
        let Some(request) = request else {
            let name = longshore_ledger::names::batch_request(batch.id);
            return Err(FeedError::Ledger(LedgerError::Missing { name }));
        };
        let finished = BatchFinished {
            id: batch.id,
            name: batch.accepted.settings.name.clone(),
            outcome,
            counts: one.progress.counts(),
            started_at: batch.accepted.accepted_at,
            finished_at: self.ledger.now(),
        };
        self.publisher.finish(&finished, &request).await
    }

    /// Requests the cancellation of everything in flight. Each function is left as it was, or gets its
    /// new revision: no stage stops in between.
    async fn cancel(&self, one: &Open) -> Result<(), FeedError> {
        for (_, deployment) in one.in_flight() {
            if self.memory.cancelled.lock().contains(&deployment) {
                continue;
            }
            let cancel = Cancel { asked_at: OffsetDateTime::now_utc() };
            let cancelled = self.ledger.cancel(deployment, &cancel).await;
            cancelled.map_err(FeedError::Ledger)?;
            self.memory.cancelled.lock().insert(deployment);
        }
        Ok(())
    }
}

/// Notes the ends of deployments of a batch. An end that is noted stays, unless the function was parked
/// and its request was published again.
fn note_ends(one: &mut Open, ends: &BTreeMap<(BatchId, DeploymentId), MemberState>) {
    let id = one.batch.id;
    let of_batch = ends.iter().filter(|((batch, _), _)| *batch == id);
    for ((_, deployment), state) in of_batch {
        if let Some(position) = one.batch.positions.get(deployment).copied() {
            one.note(position, *deployment, *state);
        }
    }
}

#[cfg(test)]
mod tests;
