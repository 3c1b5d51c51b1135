//! Decides whose turn it is, and how a batch goes on. Pure.
//!
//! The next place in flight goes to the requester that has the fewest, of its batches to the one that
//! has the fewest, and there to the project and region that has the fewest. So requesters, batches,
//! projects and regions share the capacity, and one that is alone gets all of it. A slow project and
//! region uses up its own window, and does not delay the others.

use std::collections::BTreeMap;
use std::ops::Range;

use longshore_ledger::{BatchControl, BatchProgress, MemberState};
use longshore_messages::{BatchGate, BatchOrder, BatchOutcome, BatchSettings, Failure};

/// Limits of the fleet, for all batches together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Maximum number of functions in flight in one project and region.
    pub(crate) window: usize,
    /// Maximum number of functions in flight.
    pub(crate) in_flight: usize,
}

/// An open batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchNow<'a> {
    pub(crate) requester: &'a str,
    pub(crate) settings: &'a BatchSettings,
    pub(crate) progress: &'a BatchProgress,
    /// Project and region of each function, as a number that all batches share.
    pub(crate) places: &'a [usize],
}

/// What a batch becomes without anything that is admitted: it stops if too many functions have failed,
/// and what will not be admitted any more has not started.
pub(crate) fn judged(progress: &BatchProgress, settings: &BatchSettings) -> BatchProgress {
    let failed = progress.count(MemberState::Failed) + progress.count(MemberState::Parked);
    let is_too_much = settings
        .tolerated_failures
        .is_some_and(|tolerated| usize::try_from(tolerated).is_ok_and(|most| failed > most));
    let control = match progress.control {
        BatchControl::Running | BatchControl::Paused if is_too_much => BatchControl::Stopped,
        control => control,
    };
    let ends_waiting = match control {
        BatchControl::Running | BatchControl::Paused => false,
        BatchControl::Cancelled | BatchControl::Stopped => true,
    };
    let state = |state: &MemberState| match state {
        MemberState::Waiting if ends_waiting => MemberState::NotStarted,
        MemberState::Staged if ends_waiting => MemberState::Held,
        other => *other,
    };
    let members = progress.members.iter().map(state).collect();
    BatchProgress { members, control, ..progress.clone() }
}

/// What is known of the gates after a wave that a worker checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// With what they found, for people.
    Passed(Vec<String>),
    Failed(Failure),
}

/// What a batch becomes whose gates after a wave are checked. `None` if they still have to be.
pub(crate) fn gated(
    progress: &BatchProgress,
    settings: &BatchSettings,
    wave: usize,
    checked: Option<&Checked>,
) -> Option<BatchProgress> {
    let is_checked = settings.gates.iter().any(|gate| match gate {
        BatchGate::Request(_) | BatchGate::ErrorRate(_) => true,
        BatchGate::Approval => false,
    });
    let is_approved = !settings.gates.contains(&BatchGate::Approval) || progress.approved > wave;
    match checked {
        None if is_checked => None,
        Some(Checked::Failed(failure)) => Some(BatchProgress {
            control: BatchControl::Stopped,
            gate: Some(failure.clone()),
            ..progress.clone()
        }),
        Some(Checked::Passed(notes)) if is_approved => Some(progress.past_gate(wave, notes)),
        None if is_approved => Some(progress.past_gate(wave, &[])),
        None | Some(Checked::Passed(_)) => Some(progress.clone()),
    }
}

/// How a batch has ended, or `None` if a function still has to.
pub(crate) fn outcome(progress: &BatchProgress) -> Option<BatchOutcome> {
    if !progress.members.iter().all(|member| member.has_ended()) {
        return None;
    }
    let started_all =
        progress.count(MemberState::NotStarted) + progress.count(MemberState::Held) == 0;
    Some(match progress.control {
        BatchControl::Running | BatchControl::Paused => BatchOutcome::Completed,
        BatchControl::Cancelled => BatchOutcome::Cancelled,
        // The last function was one too many.
        BatchControl::Stopped if started_all => BatchOutcome::Completed,
        BatchControl::Stopped => BatchOutcome::Stopped(progress.gate.clone()),
    })
}

/// The functions whose turn it is, for each batch, in the order in which they are admitted.
pub(crate) fn admissions(batches: &[BatchNow<'_>], limits: Limits) -> Vec<Vec<usize>> {
    let mut flight = Flight::of(batches);
    let mut queues: Vec<Vec<Queue>> = batches.iter().map(|batch| Queue::all_of(batch)).collect();
    let mut admitted = vec![Vec::new(); batches.len()];
    while flight.total < limits.in_flight {
        let candidates = batches.iter().enumerate().flat_map(|(number, batch)| {
            let flight = &flight;
            queues[number].iter().enumerate().filter_map(move |(lane, queue)| {
                let member = queue.first()?;
                let place = batch.places[member];
                let window = batch.settings.window.and_then(|window| usize::try_from(window).ok());
                let has_room = flight.of_place(place) < limits.window
                    && window.is_none_or(|window| flight.of_batch_at(number, place) < window);
                let load = (
                    flight.of_requester(batch.requester),
                    flight.of_batch(number),
                    flight.of_batch_at(number, place),
                );
                has_room.then_some((load, number, lane, member))
            })
        });
        let Some((_, number, lane, member)) = candidates.min() else { break };
        let batch = &batches[number];
        flight.add(number, batch.requester, batch.places[member]);
        queues[number][lane].next += 1;
        admitted[number].push(member);
    }
    admitted
}

/// Functions of a batch that wait for their turn one after another.
struct Queue {
    members: Vec<usize>,
    next: usize,
}

impl Queue {
    fn first(&self) -> Option<usize> {
        self.members.get(self.next).copied()
    }

    /// The queues of a batch: one for each project and region, or one for all.
    fn all_of(batch: &BatchNow<'_>) -> Vec<Self> {
        match batch.progress.control {
            BatchControl::Running => {}
            BatchControl::Paused | BatchControl::Cancelled | BatchControl::Stopped => {
                return Vec::new();
            }
        }
        let mut queues: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let states = &batch.progress.members;
        let (wave, members) = current_wave(batch.settings, batch.progress);
        let has_passed = batch.progress.passed > wave;
        for member in members {
            let has_turn = match states[member] {
                MemberState::Waiting => true,
                MemberState::Staged => has_passed,
                MemberState::Admitted
                | MemberState::Releasing
                | MemberState::Deployed
                | MemberState::Unchanged
                | MemberState::TrafficPinned
                | MemberState::Failed
                | MemberState::Superseded
                | MemberState::Cancelled
                | MemberState::NotStarted
                | MemberState::Parked
                | MemberState::Held => false,
            };
            if has_turn {
                let queue = match batch.settings.order {
                    BatchOrder::Fair => batch.places[member],
                    BatchOrder::Listed => 0,
                };
                queues.entry(queue).or_default().push(member);
            }
        }
        queues.into_values().map(|members| Self { members, next: 0 }).collect()
    }
}

/// The first wave that has not ended, and the positions of its functions, which may be in flight unless
/// a gate holds them up.
fn current_wave(settings: &BatchSettings, progress: &BatchProgress) -> (usize, Range<usize>) {
    match progress.wave(settings) {
        Some(wave) if progress.wave_at_gate(settings).is_none() => {
            (wave, settings.wave(wave, progress.members.len()))
        }
        Some(_) | None => (0, 0..0),
    }
}

/// How many functions are in flight.
#[derive(Default)]
struct Flight<'a> {
    total: usize,
    places: BTreeMap<usize, usize>,
    requesters: BTreeMap<&'a str, usize>,
    batches: BTreeMap<usize, usize>,
    places_of_batches: BTreeMap<(usize, usize), usize>,
}

impl<'a> Flight<'a> {
    fn of(batches: &[BatchNow<'a>]) -> Self {
        let mut flight = Self::default();
        for (number, batch) in batches.iter().enumerate() {
            let states = batch.progress.members.iter().zip(batch.places);
            for (_, place) in states.filter(|(state, _)| state.is_in_flight()) {
                flight.add(number, batch.requester, *place);
            }
        }
        flight
    }

    fn add(&mut self, batch: usize, requester: &'a str, place: usize) {
        self.total += 1;
        *self.places.entry(place).or_default() += 1;
        *self.requesters.entry(requester).or_default() += 1;
        *self.batches.entry(batch).or_default() += 1;
        *self.places_of_batches.entry((batch, place)).or_default() += 1;
    }

    fn of_place(&self, place: usize) -> usize {
        self.places.get(&place).copied().unwrap_or_default()
    }

    fn of_requester(&self, requester: &str) -> usize {
        self.requesters.get(requester).copied().unwrap_or_default()
    }

    fn of_batch(&self, batch: usize) -> usize {
        self.batches.get(&batch).copied().unwrap_or_default()
    }

    fn of_batch_at(&self, batch: usize, place: usize) -> usize {
        self.places_of_batches.get(&(batch, place)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
