//! Retries of one call, within one delivery.
//!
//! Google's own retry policies are set for each client and know only Google's errors. A fleet needs
//! one budget, in terms of [`Kind`](crate::Kind), for every call that it knows to be idempotent. So
//! the clients are configured to try once, and this module retries. It does not bridge outages
//! longer than the budget: Pub/Sub redelivers the message later.
//!
//! Only this file uses the crate `backoff`, which is no longer maintained, so it can be replaced
//! here.

use std::future::Future;
use std::time::Duration;

use backoff::backoff::Backoff as _;
use backoff::{ExponentialBackoff, ExponentialBackoffBuilder};

use crate::CloudError;

/// Maximum time for the retries of one call: well below the shortest lease of a delivery (10 s), so
/// that a worker that cannot reach a service returns the message while it still holds it.
const CALL_BUDGET: Duration = Duration::from_secs(8);
/// Short, because a broken connection recovers at once. A busy service needs the longer waits.
const CALL_FIRST_WAIT: Duration = Duration::from_millis(100);
/// Low enough for several attempts late in the budget.
const CALL_LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Growth of the wait between attempts. Google recommends 2
/// (<https://cloud.google.com/storage/docs/retry-strategy>).
const GROWTH: f64 = 2.0;
/// Each wait lies within this share below and above its nominal value, so that workers that failed
/// together do not return together.
const JITTER: f64 = 0.5;

/// `ErrorInfo.reason` of a call that exceeds a quota of requests by the minute. Other quotas, such as the
/// number of services, are not refilled by a wait.
pub(crate) const RATE_LIMITED: &str = "RATE_LIMIT_EXCEEDED";

/// When and for how long to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Wait after the first failure, before jitter.
    pub first_wait: Duration,
    /// Longest wait, before jitter.
    pub longest_wait: Duration,
    /// No attempt starts once this time has passed since the first.
    pub budget: Duration,
}

impl Policy {
    /// For one idempotent call.
    pub const CALL: Self =
        Self { first_wait: CALL_FIRST_WAIT, longest_wait: CALL_LONGEST_WAIT, budget: CALL_BUDGET };
}

/// Runs `operation` until it succeeds, fails with a permanent error (see
/// [`Kind::is_transient`](crate::Kind::is_transient)), or the budget is used up. Returns the last
/// error.
///
/// Only for idempotent operations.
pub async fn retry<T, F, Fut>(policy: Policy, mut operation: F) -> Result<T, CloudError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, CloudError>>,
{
    let mut waits = Waits::of(policy);
    loop {
        match operation().await {
            Ok(value) => return Ok(value),
            Err(error) => waits.after(error).await?,
        }
    }
}

/// The waits between the attempts of one call. Not generic, so that it is compiled once and not for
/// each call.
struct Waits(ExponentialBackoff);

impl Waits {
    fn of(policy: Policy) -> Self {
        Self(
            ExponentialBackoffBuilder::new()
                .with_initial_interval(policy.first_wait)
                .with_max_interval(policy.longest_wait)
                .with_max_elapsed_time(Some(policy.budget))
                .with_multiplier(GROWTH)
                .with_randomization_factor(JITTER)
                .build(),
        )
    }

    /// Returns the error if it is permanent or the budget is used up, and else waits for the next
    /// attempt. A call that a quota of requests refused would be refused again, until another call
    /// takes its turn.
    async fn after(&mut self, error: CloudError) -> Result<(), CloudError> {
        if !error.kind.is_transient() || error.reason == RATE_LIMITED {
            return Err(error);
        }
        let Some(wait) = self.0.next_backoff() else { return Err(error) };
        tracing::debug!(%error, wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "retrying");
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Policy, retry};
    use crate::{CloudError, Kind};

    /// Retries at once, for longer than a test takes.
    const PATIENT: Policy = Policy {
        first_wait: Duration::from_nanos(1),
        longest_wait: Duration::from_nanos(1),
        budget: Duration::from_secs(600),
    };

    /// Runs an operation that fails with these kinds in turn and then succeeds. Returns the result
    /// and the number of attempts.
    async fn run(policy: Policy, kinds: &[Kind]) -> (Result<usize, Kind>, usize) {
        let mut tries = 0;
        let result = retry(policy, || {
            let failure = kinds.get(tries).copied();
            tries += 1;
            let now = tries;
            async move { failure.map_or(Ok(now), |kind| Err(CloudError::new("try", "it", kind))) }
        })
        .await;
        (result.map_err(|error| error.kind), tries)
    }

    #[tokio::test]
    async fn a_transient_error_is_retried_until_the_call_succeeds() {
        let kinds =
            [Kind::Unavailable, Kind::ResourceExhausted, Kind::DeadlineExceeded, Kind::Internal];
        assert_eq!(run(PATIENT, &kinds).await, (Ok(5), 5));
    }

    #[tokio::test]
    async fn a_permanent_error_is_not_retried() {
        for kind in [
            Kind::NotFound,
            Kind::PreconditionFailed,
            Kind::PermissionDenied,
            Kind::InvalidArgument,
            Kind::Unauthenticated,
        ] {
            assert_eq!(run(PATIENT, &[Kind::Unavailable, kind]).await, (Err(kind), 2), "{kind}");
        }
    }

    #[tokio::test]
    async fn a_call_beyond_a_quota_is_not_retried_without_its_turn() {
        let mut tries = 0;
        let result: Result<(), _> = retry(PATIENT, || {
            tries += 1;
            async {
                let reason = super::RATE_LIMITED.to_owned();
                Err(CloudError { reason, ..CloudError::new("try", "it", Kind::ResourceExhausted) })
            }
        })
        .await;
        assert_eq!((result.unwrap_err().kind, tries), (Kind::ResourceExhausted, 1));
    }

    #[tokio::test]
    async fn the_last_error_is_the_result_once_the_budget_is_used_up() {
        let used_up = Policy { budget: Duration::ZERO, ..PATIENT };
        assert_eq!(
            run(used_up, &[Kind::Unavailable, Kind::Unavailable]).await,
            (Err(Kind::Unavailable), 1)
        );
    }
}
