//! Why a deployment waits: from what the ledger says to one true sentence.
//!
//! [`Facts`] are read by [`Ledger::facts`], and [`Waiting::of`] decides, without clock or I/O. The
//! sentence is about the first thing that has to happen. If several do, it is the one that takes an
//! operator: a parked message first, then the deadline, then a newer deployment.

mod facts;
mod sentence;

use std::time::Duration;

use longshore_cloud::refusals::PROPAGATION_WINDOW;
use longshore_messages::{BatchId, BuildRef, DeploymentId, FunctionRef};
use time::OffsetDateTime;

use crate::{Ledger, LedgerError, NotedWait, WaitCause};

/// The stages in the order of a deployment.
pub(crate) const UPLOADER: &str = "uploader";
pub(crate) const SUBMITTER: &str = "build-submitter";
pub(crate) const WATCHER: &str = "registry-watcher";
pub(crate) const DEPLOYER: &str = "service-deployer";

/// What the ledger says about a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The time at which they were read, by the bucket's clock.
    pub now: OffsetDateTime,
    pub has_ended: bool,
    /// Its place in a batch, if its request was not published yet.
    pub batch: Option<BatchPlace>,
    /// The stage whose turn it is, and since when.
    pub stage: &'static str,
    pub since: Option<OffsetDateTime>,
    pub deadline_at: Option<OffsetDateTime>,
    pub generation: Option<u64>,
    /// The newest deployment of the function, and its generation.
    pub newest: Option<(DeploymentId, u64)>,
    pub is_cancelled: bool,
    /// The worker that alone may end the deployment, and since when.
    pub ending: Option<(String, OffsetDateTime)>,
    /// The parked message of the stage: the name of its object, or `None` within if it was counted.
    pub parked: Option<Option<String>>,
    /// When the stage first missed a role.
    pub refused_at: Option<OffsetDateTime>,
    /// What the stage last waited for.
    pub noted: Option<NotedWait>,
    /// The build that the deployment waits for.
    pub build: Option<BuildWait>,
    /// The operation of the function that the deployment began, and when.
    pub operation: Option<(String, OffsetDateTime)>,
    /// Another deployment that may still be writing the function.
    pub other_operation: Option<DeploymentId>,
}

/// The place of a deployment in a batch that has not admitted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchPlace {
    pub batch: BatchId,
    pub state: BatchState,
    /// The wave of the function and the one that is in flight, from 1.
    pub wave: usize,
    pub current_wave: usize,
    /// Functions of the wave in flight that have not ended.
    pub unfinished: usize,
    /// Position among the functions of the wave that wait, from 1.
    pub position: usize,
    /// Functions of the batch in flight.
    pub in_flight: usize,
}

/// Whether a batch admits functions, and whether it has admitted this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchState {
    Running,
    Paused,
    /// The gates of this wave, from 1, have not passed. One of them may be the word of a person.
    AtGate {
        wave: usize,
        approval: bool,
    },
    /// Stopped or cancelled.
    Ending,
    /// The function is admitted, and its request is about to be published.
    Admitted,
}

/// The build that a deployment waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildWait {
    pub build: BuildRef,
    /// Whether this deployment claimed it.
    pub is_own: bool,
    /// The function whose deployment claimed it, or `None` if the claim is missing.
    pub function: Option<FunctionRef>,
    /// When its last attempt was submitted.
    pub submitted_at: Option<OffsetDateTime>,
    /// Number of submitted attempts.
    pub attempts: usize,
    /// Other deployments that wait for it, beside the one that claimed it.
    pub others: usize,
    pub has_result: bool,
}

/// Why a deployment has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    BatchPaused {
        batch: BatchId,
    },
    BatchGate {
        batch: BatchId,
        wave: usize,
        approval: bool,
    },
    BatchEnding {
        batch: BatchId,
    },
    BatchWave {
        batch: BatchId,
        wave: usize,
        current: usize,
        unfinished: usize,
    },
    BatchRoom {
        batch: BatchId,
        position: usize,
        in_flight: usize,
    },
    BatchPublish {
        batch: BatchId,
    },
    Parked {
        stage: &'static str,
        message: Option<String>,
    },
    Late {
        deadline_at: OffsetDateTime,
    },
    /// Past its deadline, but a worker has the ending and does not give it up.
    LateButWriting {
        deadline_at: OffsetDateTime,
        worker: String,
    },
    Superseded {
        by: DeploymentId,
        stage: &'static str,
    },
    Cancelled {
        stage: &'static str,
    },
    Grant {
        stage: &'static str,
        since: OffsetDateTime,
        until: OffsetDateTime,
    },
    Quota {
        quota: String,
        project: String,
        region: String,
        position: u32,
        until: OffsetDateTime,
    },
    Backoff {
        error: String,
        attempt: Option<u32>,
        until: Option<OffsetDateTime>,
    },
    Worker {
        stage: &'static str,
        awaited: String,
        since: OffsetDateTime,
    },
    BuildToBeSubmitted(BuildWait),
    BuildRuns(BuildWait, OffsetDateTime),
    BuildEnded(BuildWait),
    OtherOperation {
        by: DeploymentId,
    },
    Operation {
        operation: String,
        since: OffsetDateTime,
    },
    Serving {
        since: OffsetDateTime,
    },
    Uploading {
        since: OffsetDateTime,
    },
    Queued {
        stage: &'static str,
        since: Option<OffsetDateTime>,
    },
}

impl Waiting {
    /// Why a deployment with these facts has not ended; `None` if it has.
    #[must_use]
    pub fn of(facts: &Facts) -> Option<Self> {
        if facts.has_ended {
            return None;
        }
        if let Some(place) = &facts.batch {
            return Some(Self::in_batch(place));
        }
        let decided = Self::by_operator(facts).or_else(|| Self::by_stage(facts));
        Some(decided.unwrap_or(Self::Queued { stage: facts.stage, since: facts.since }))
    }

    fn in_batch(place: &BatchPlace) -> Self {
        let batch = place.batch;
        match place.state {
            BatchState::Paused => Self::BatchPaused { batch },
            BatchState::AtGate { wave, approval } => Self::BatchGate { batch, wave, approval },
            BatchState::Ending => Self::BatchEnding { batch },
            BatchState::Admitted => Self::BatchPublish { batch },
            BatchState::Running if place.wave > place.current_wave => Self::BatchWave {
                batch,
                wave: place.wave,
                current: place.current_wave,
                unfinished: place.unfinished,
            },
            BatchState::Running => {
                let (position, in_flight) = (place.position, place.in_flight);
                Self::BatchRoom { batch, position, in_flight }
            }
        }
    }

    /// What an operator, a deadline or a newer deployment decides, whatever the stage does.
    fn by_operator(facts: &Facts) -> Option<Self> {
        let stage = facts.stage;
        if let Some(message) = &facts.parked {
            return Some(Self::Parked { stage, message: message.clone() });
        }
        if let Some(deadline_at) = facts.deadline_at.filter(|deadline| facts.now >= *deadline) {
            return Some(match &facts.ending {
                Some((worker, _)) => Self::LateButWriting { deadline_at, worker: worker.clone() },
                None => Self::Late { deadline_at },
            });
        }
        if facts.ending.is_some() {
            // What is being written is neither cancelled nor superseded before it has ended.
            return None;
        }
        let is_newer =
            |newest: &(DeploymentId, u64)| facts.generation.is_some_and(|own| own < newest.1);
        if let Some((by, _)) = facts.newest.filter(is_newer) {
            return Some(Self::Superseded { by, stage });
        }
        facts.is_cancelled.then_some(Self::Cancelled { stage })
    }

    fn by_stage(facts: &Facts) -> Option<Self> {
        let (stage, now) = (facts.stage, facts.now);
        let grant = facts.refused_at.map(|since| (since, since + PROPAGATION_WINDOW));
        if let Some((since, until)) = grant.filter(|(_, until)| now < *until) {
            return Some(Self::Grant { stage, since, until });
        }
        // The operation itself says more than a wait for it.
        let says_more = |noted: &NotedWait| facts.operation.is_none() || !noted.is_for_operation();
        let noted = facts.noted.as_ref().filter(|noted| noted.is_current(now) && says_more(noted));
        if let Some(noted) = noted {
            let by = facts.other_operation.filter(|_| noted.is_for_operation());
            let operation = by.map(|by| Self::OtherOperation { by });
            return Some(operation.unwrap_or_else(|| Self::noted(stage, noted, now)));
        }
        if stage == UPLOADER {
            return facts.since.map(|since| Self::Uploading { since });
        }
        if stage == DEPLOYER {
            return facts.ending.as_ref().map(|(_, since)| Self::Serving { since: *since });
        }
        if stage != WATCHER {
            return None;
        }
        if let Some((operation, since)) = facts.operation.clone() {
            return Some(Self::Operation { operation, since });
        }
        facts.build.clone().map(|build| match build.submitted_at {
            _ if build.has_result => Self::BuildEnded(build),
            Some(since) => Self::BuildRuns(build, since),
            None => Self::BuildToBeSubmitted(build),
        })
    }

    fn noted(stage: &'static str, noted: &NotedWait, now: OffsetDateTime) -> Self {
        match &noted.cause {
            WaitCause::Quota { quota, project, region, position } => {
                let until = noted.until.unwrap_or(now);
                Self::Quota {
                    quota: quota.clone(),
                    project: project.clone(),
                    region: region.clone(),
                    position: position_now(noted.since, until, *position, now),
                    until,
                }
            }
            WaitCause::Backoff { error, attempt } => {
                Self::Backoff { error: error.clone(), attempt: *attempt, until: noted.until }
            }
            WaitCause::Other { awaited } => {
                Self::Worker { stage, awaited: awaited.clone(), since: noted.since }
            }
        }
    }
}

/// The position in a line that moves at a steady rate, of what was at `position` at `since` and is
/// first at `until`.
fn position_now(
    since: OffsetDateTime,
    until: OffsetDateTime,
    position: u32,
    now: OffsetDateTime,
) -> u32 {
    let whole = Duration::try_from(until - since).unwrap_or_default();
    let left = Duration::try_from(until - now).unwrap_or_default().min(whole);
    let per_place = whole / position.max(1);
    let places = left.as_nanos().div_ceil(per_place.as_nanos().max(1));
    u32::try_from(places).unwrap_or(u32::MAX).clamp(1, position.max(1))
}

impl Ledger {
    /// Why a deployment has not ended; `None` if it has, or if the ledger does not know it. Takes
    /// about ten requests, and for a function of a batch that was not admitted a read for each five
    /// hundred functions of the open batches.
    pub async fn why_waiting(
        &self,
        id: DeploymentId,
    ) -> Result<Option<(Waiting, OffsetDateTime)>, LedgerError> {
        let facts = self.facts(id).await?;
        Ok(facts.and_then(|facts| Some((Waiting::of(&facts)?, facts.now))))
    }
}

#[cfg(test)]
mod tests;
