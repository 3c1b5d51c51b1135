//! Gates by error rate: the requests of a wave are counted once, when their time is over.
//!
//! The count comes from the request log of Cloud Run, which has an entry for each request with its
//! status (<https://cloud.google.com/run/docs/logging#request-logs>). Only requests to the revisions of
//! the wave count. While the log cannot be read, the gate stays as it is; after a time, it fails.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::{Answered, CloudError, Logs, Within};
use longshore_ledger::Ledger;
use longshore_messages::{
    DeploymentFinished, ErrorRate, ErrorRateGate, Failure, FailureClass, Outcome, decode,
};
use longshore_runner::telemetry::chain;
use time::OffsetDateTime;

use super::GateFunction;
use crate::plan::Checked;
use crate::{FeedError, NAME};

/// Maximum number of outcomes that are read at the same time.
const READS_AT_ONCE: usize = 32;

/// Time that an entry may take to be found in the log. Usually it takes seconds; no more than the time
/// that is counted, of which so little is lost.
const LOG_DELAY_MAX: Duration = Duration::from_secs(15);

/// How long the log may be unreadable after the time that is counted.
const UNREADABLE_MAX: Duration = Duration::from_mins(10);

/// The gates by error rate after a wave.
#[derive(Clone, Debug)]
pub(super) struct ErrorRates {
    /// From 0.
    pub(super) wave: usize,
    pub(super) gates: Vec<ErrorRateGate>,
    pub(super) functions: Vec<GateFunction>,
    /// When the wave ended.
    pub(super) since: OffsetDateTime,
}

pub(super) enum Counted {
    /// The time of a gate is not over, or the log cannot be read.
    NotYet,
    Known(Checked),
}

/// Revisions of the wave by project and region.
type Revisions = BTreeMap<(String, String), Vec<String>>;

impl ErrorRates {
    /// Counts the requests of each gate whose time is over.
    pub(super) async fn count(
        &self,
        ledger: &Ledger,
        logs: &dyn Logs,
    ) -> Result<Counted, FeedError> {
        let now = ledger.now();
        if self.gates.iter().any(|gate| now < due_at(gate, self.since)) {
            return Ok(Counted::NotYet);
        }
        let revisions = match self.gates.is_empty() {
            true => Revisions::new(),
            false => self.revisions(ledger).await?,
        };
        let mut notes = Vec::new();
        for gate in &self.gates {
            let within = Within { from: self.since, until: self.since + gate.over };
            let answered = match answered(logs, &revisions, within).await {
                Ok(answered) => answered,
                Err(error) if now < due_at(gate, self.since) + UNREADABLE_MAX => {
                    tracing::warn!(error = chain(&error), "the requests of a wave are not counted");
                    return Ok(Counted::NotYet);
                }
                Err(error) => {
                    return Ok(Counted::Known(Checked::Failed(unreadable(&chain(&error)))));
                }
            };
            match judged(gate, self.wave, &answered) {
                Ok(note) => notes.push(note),
                Err(failure) => return Ok(Counted::Known(Checked::Failed(*failure))),
            }
        }
        Ok(Counted::Known(Checked::Passed(notes)))
    }

    async fn revisions(&self, ledger: &Ledger) -> Result<Revisions, FeedError> {
        let read = self.functions.iter().map(async |function| {
            let outcome = ledger.outcome(function.deployment).await.map_err(FeedError::Ledger)?;
            let finished =
                outcome.and_then(|record| decode::<DeploymentFinished>(&record.message).ok());
            let revision = match finished.map(|finished| finished.outcome) {
                Some(Outcome::Deployed(serving) | Outcome::Unchanged(serving)) => serving.revision,
                _ => return Ok::<_, FeedError>(None),
            };
            Ok(Some((function.place.clone(), revision)))
        });
        let read: Vec<_> = read.collect();
        let read: Vec<_> = stream::iter(read).buffer_unordered(READS_AT_ONCE).try_collect().await?;
        let mut revisions = Revisions::new();
        for (place, revision) in read.into_iter().flatten() {
            revisions.entry(place).or_default().push(revision);
        }
        Ok(revisions)
    }
}

/// When the requests of a gate are counted.
fn due_at(gate: &ErrorRateGate, since: OffsetDateTime) -> OffsetDateTime {
    since + gate.over + gate.over.min(LOG_DELAY_MAX)
}

async fn answered(
    logs: &dyn Logs,
    revisions: &Revisions,
    within: Within,
) -> Result<BTreeMap<String, Answered>, CloudError> {
    let mut all = BTreeMap::new();
    for ((project, region), revisions) in revisions {
        all.extend(logs.answered(project, region, revisions, within).await?);
    }
    Ok(all)
}

/// What the requests of a wave mean for a gate: a note for people, or why it fails. Pure.
fn judged(
    gate: &ErrorRateGate,
    wave: usize,
    answered: &BTreeMap<String, Answered>,
) -> Result<String, Box<Failure>> {
    let total = answered.values().fold(Answered::default(), |sum, one| Answered {
        all: sum.all + one.all,
        failed: sum.failed + one.failed,
    });
    let Answered { all, failed } = total;
    let (wave, most, least) = (wave + 1, gate.max_percent(), gate.min_requests);
    let seconds = gate.over.as_secs();
    let seen =
        format!("{failed} of {all} requests to the functions of wave {wave} failed in {seconds} s");
    match gate.judge(all, failed) {
        ErrorRate::Low => Ok(format!("{seen}, which is at most {most} %")),
        ErrorRate::TooFew if gate.pass_with_fewer => {
            Ok(format!("{seen}: too few for a decision, which needs {least}; the gate passes"))
        }
        ErrorRate::TooFew => Err(Box::new(failure(
            "gate-undecided",
            format!("{seen}: too few for a decision, which needs {least}"),
            "continue with `longshore batch retry`, or start the batch with a longer `over`, fewer \
             `minRequests`, or `passWithFewer`",
        ))),
        ErrorRate::High => {
            let worst = answered.iter().max_by_key(|(_, one)| one.failed);
            let worst = worst.map(|(revision, Answered { all, failed })| {
                format!("; most of them in revision {revision}, {failed} of {all}")
            });
            Err(Box::new(failure(
                "gate-failed",
                format!("{seen}, which is more than {most} %{}", worst.unwrap_or_default()),
                "roll back the batch or its last wave with `longshore batch rollback`, or correct the \
                 functions and continue with `longshore batch retry`",
            )))
        }
    }
}

fn unreadable(why: &str) -> Failure {
    failure(
        "gate-undecided",
        format!("the request log of the functions of a wave cannot be read: {why}"),
        "grant the account of batch-feeder roles/logging.viewer on the projects of the functions, and \
         continue with `longshore batch retry`",
    )
}

fn failure(code: &str, reason: String, advice: &str) -> Failure {
    Failure::new(NAME, FailureClass::User, code, reason, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(pass_with_fewer: bool) -> ErrorRateGate {
        ErrorRateGate {
            max_milli_percent: 1_500,
            over: Duration::from_secs(60),
            min_requests: 10,
            pass_with_fewer,
        }
    }

    #[test]
    fn a_gate_says_what_it_found_and_which_revision_is_the_worst() {
        let table = [
            (&[(200, 3), (100, 0)][..], false, Ok("3 of 300 requests")),
            (&[(200, 3), (100, 2)], false, Err(("gate-failed", "in revision r-0, 3 of 200"))),
            (
                &[(4, 0), (5, 0)],
                false,
                Err(("gate-undecided", "too few for a decision, which needs 10")),
            ),
            (&[(4, 4)], true, Ok("too few for a decision, which needs 10; the gate passes")),
            (&[], true, Ok("0 of 0 requests")),
            (&[], false, Err(("gate-undecided", "0 of 0 requests to the functions of wave 3"))),
        ];
        for (counts, passes, expected) in table {
            let answered = counts.iter().enumerate().map(|(number, (all, failed))| {
                (format!("r-{number}"), Answered { all: *all, failed: *failed })
            });
            let found = judged(&gate(passes), 2, &answered.collect());
            match (found, expected) {
                (Ok(note), Ok(part)) => assert!(note.contains(part), "{note}"),
                (Err(failure), Err((code, part))) => {
                    assert_eq!(failure.code, code);
                    assert!(failure.reason.contains(part), "{}", failure.reason);
                }
                (found, _) => panic!("{counts:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn requests_are_counted_when_their_time_is_over_and_the_log_has_them() {
        let since = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(due_at(&gate(false), since) - since, time::Duration::seconds(75));
        let short = ErrorRateGate { over: Duration::from_secs(2), ..gate(false) };
        assert_eq!(due_at(&short, since) - since, time::Duration::seconds(4));
    }
}
