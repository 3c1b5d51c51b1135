//! From an accepted write to its result.

use std::time::Duration;

use longshore_cloud::{Accepted, LiveService, OperationState};
use longshore_messages::{Failure, Outcome};
use longshore_runner::Delivery;
use longshore_runner::telemetry::chain;
use tokio::time::Instant;

use crate::plan::{Target, is_repeated};
use crate::stage::ServiceDeployer;
use crate::verdict::{Verdict, never_shown, still_starting, verdict};
use crate::{DeployError, refusal};

/// Maximum time for Cloud Run to bring a revision up: its own limit for a start is four minutes,
/// and it pulls the image, which may be large, before that.
const RECONCILE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Time that one call waits for an operation: Cloud Run's own default. A longer one is more likely
/// to be cut by something between.
const OPERATION_WAIT: Duration = Duration::from_secs(30);

/// Pause between two such calls, because Cloud Run may return from one at once.
const OPERATION_PAUSE: Duration = Duration::from_millis(500);

/// First and maximum time between two reads of a service. Cloud Run allows 3000 reads per minute and
/// region. In the normal case the first read, after the operation, is the only one.
const READ_PAUSE_MIN: Duration = Duration::from_millis(100);
const READ_PAUSE_MAX: Duration = Duration::from_secs(2);

/// How long reads may show a service as it was before a write whose operation has ended. Cloud Run
/// documents no limit; reads usually catch up within a second.
const STALE_READS_MAX: Duration = Duration::from_secs(10);

/// Maximum number of log lines in the failure of a revision that did not start.
const LOG_TAIL_LINES: usize = 60;

/// How the wait for a write ended.
enum Followed {
    Ended(Outcome),
    NotUp(Box<LiveService>),
    Replan,
}

impl ServiceDeployer {
    /// Waits until Cloud Run has reconciled this deployment's write, and returns how it ended.
    /// `None`: the service does not show the write, so it has to be planned again. `accepted` is
    /// the write, unless an earlier delivery made it.
    pub(crate) async fn follow(
        &self,
        target: &Target<'_>,
        accepted: Option<&Accepted>,
        delivery: &Delivery,
    ) -> Result<Option<Outcome>, DeployError> {
        let service = target.at.service();
        let result = tokio::time::timeout(RECONCILE_TIMEOUT, self.result_of(target, accepted));
        match delivery.wait("Cloud Run to bring the revision up", result).await {
            Ok(followed) => match followed? {
                Followed::Ended(outcome) => Ok(Some(outcome)),
                Followed::NotUp(live)
                    if is_repeated(target.deployment, &live, self.ledger.now()) =>
                {
                    let LiveService { latest_created_revision, condition, .. } = *live;
                    let revision = latest_created_revision;
                    Err(DeployError::Platform { revision, message: condition.message })
                }
                Followed::NotUp(live) => {
                    Ok(Some(Outcome::Failed(self.not_up(target, *live).await)))
                }
                Followed::Replan => Ok(None),
            },
            // No other worker ends a deployment whose service was written.
            Err(_elapsed) if self.ledger.now() >= target.deployment.deadline_at => {
                Ok(Some(Outcome::Failed(still_starting(&service))))
            }
            Err(_elapsed) => Err(DeployError::Reconciling { service }),
        }
    }

    async fn result_of(
        &self,
        target: &Target<'_>,
        accepted: Option<&Accepted>,
    ) -> Result<Followed, DeployError> {
        let service = target.at.service();
        let operation = match accepted {
            Some(accepted) => self.ended(&accepted.operation).await,
            None => OperationState::Unknown,
        };
        let (mut pause, mut stale_since) = (READ_PAUSE_MIN, None);
        loop {
            let live = self.services.get(&service).await.map_err(DeployError::Get)?;
            match (verdict(target, accepted, live.as_ref()), live) {
                (Verdict::End(outcome), _) => return Ok(Followed::Ended(outcome)),
                (Verdict::NotUp, Some(live)) => return Ok(Followed::NotUp(Box::new(live))),
                (Verdict::Replaced | Verdict::Waits, _) => return Ok(Followed::Replan),
                (Verdict::NotYet, _) => stale_since = None,
                (Verdict::Stale | Verdict::NotUp, live) => {
                    let since = *stale_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= STALE_READS_MAX {
                        let failure = never_shown(&service, &operation, live.as_ref());
                        return Ok(failure.map_or(Followed::Replan, |failure| {
                            Followed::Ended(Outcome::Failed(failure))
                        }));
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(READ_PAUSE_MAX);
        }
    }

    /// Waits until an operation has ended. An operation that cannot be waited for is unknown: the
    /// reads of the service show the result, too, and the write has taken place.
    async fn ended(&self, operation: &str) -> OperationState {
        loop {
            match self.services.wait(operation, OPERATION_WAIT).await {
                Ok(OperationState::InProgress) => tokio::time::sleep(OPERATION_PAUSE).await,
                Ok(ended) => return ended,
                Err(error) => {
                    let error = chain(&error);
                    tracing::warn!(error, operation, "cannot wait for the operation; polling");
                    return OperationState::Unknown;
                }
            }
        }
    }

    /// The failure of a revision that did not start, with the end of the function's log.
    async fn not_up(&self, target: &Target<'_>, live: LiveService) -> Failure {
        let at = target.at;
        let revision = live.latest_created_revision.as_str();
        let tail = self
            .logs
            .service_tail(&at.project, &at.region, &at.name, Some(revision), LOG_TAIL_LINES)
            .await;
        let lines = tail.unwrap_or_else(|error| {
            tracing::warn!(error = chain(&error), "cannot read the function's log");
            Vec::new()
        });
        let log_tail = lines.into_iter().map(|line| line.text).collect();
        refusal::of_revision(target, &live).with_log(log_tail, "")
    }
}
