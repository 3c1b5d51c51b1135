//! Retries of one call, within one delivery.
//!
//! Why there is such a module beside Google's own retry policies: they are set for each client and
//! know only Google's errors, while a fleet wants one budget, in terms of [`Kind`](crate::Kind),
//! for every call that it knows to be idempotent. So the clients are told to try once, and this
//! module tries again. A call that lasts longer than a budget is not retried here: the message is
//! delivered again, later, by Pub/Sub.
//!
//! It is the only place that uses the crate `backoff`, which is no longer maintained: to swap it is
//! a change of this file.

use std::future::Future;
use std::time::Duration;

use backoff::ExponentialBackoffBuilder;

use crate::CloudError;

/// The longest a call of ours is tried again: well under the shortest lease of a delivery (10 s),
/// so that a worker that cannot reach a service hands the message back while it still holds it.
const CALL_BUDGET: Duration = Duration::from_secs(8);
/// A broken connection is back at once, a busy service is not.
const CALL_FIRST_WAIT: Duration = Duration::from_millis(100);
/// Late tries in a short budget should still be several.
const CALL_LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Growth of the wait from try to try; Google recommends 2
/// (<https://cloud.google.com/storage/docs/retry-strategy>).
const GROWTH: f64 = 2.0;
/// Each wait lies within this share below and above its nominal value, so that workers that failed
/// together do not return together.
const JITTER: f64 = 0.5;

/// How often and how long to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Wait after the first failure, before jitter.
    pub first_wait: Duration,
    /// Longest wait, before jitter.
    pub longest_wait: Duration,
    /// No further try begins once this time has passed since the first.
    pub budget: Duration,
}

impl Policy {
    /// For one idempotent call.
    pub const CALL: Self =
        Self { first_wait: CALL_FIRST_WAIT, longest_wait: CALL_LONGEST_WAIT, budget: CALL_BUDGET };
}

/// Runs `operation` until it succeeds, fails for good
/// ([`Kind::is_transient`](crate::Kind::is_transient) says no), or the budget is used up; then its
/// last error is the result.
///
/// Only for operations that may be done twice.
pub async fn retry<T, F, Fut>(policy: Policy, mut operation: F) -> Result<T, CloudError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, CloudError>>,
{
    let waits = ExponentialBackoffBuilder::new()
        .with_initial_interval(policy.first_wait)
        .with_max_interval(policy.longest_wait)
        .with_max_elapsed_time(Some(policy.budget))
        .with_multiplier(GROWTH)
        .with_randomization_factor(JITTER)
        .build();
    let attempt = || {
        let attempt = operation();
        async move { attempt.await.map_err(verdict) }
    };
    let note = |error: CloudError, wait: Duration| {
        tracing::debug!(%error, wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "trying again");
    };
    backoff::future::retry_notify(waits, attempt, note).await
}

fn verdict(error: CloudError) -> backoff::Error<CloudError> {
    if error.kind.is_transient() {
        backoff::Error::transient(error)
    } else {
        backoff::Error::permanent(error)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Policy, retry};
    use crate::{CloudError, Kind};

    /// Tries again at once, for as long as a test may take.
    const PATIENT: Policy = Policy {
        first_wait: Duration::from_nanos(1),
        longest_wait: Duration::from_nanos(1),
        budget: Duration::from_secs(600),
    };

    /// Runs an operation that fails with these kinds, one after the other, and then succeeds.
    /// Returns the result and the tries.
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
    async fn a_transient_failure_is_tried_again_until_it_succeeds() {
        let kinds =
            [Kind::Unavailable, Kind::ResourceExhausted, Kind::DeadlineExceeded, Kind::Internal];
        assert_eq!(run(PATIENT, &kinds).await, (Ok(5), 5));
    }

    #[tokio::test]
    async fn a_lasting_failure_ends_it_at_once() {
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
    async fn the_last_error_is_the_result_once_the_budget_is_used_up() {
        let used_up = Policy { budget: Duration::ZERO, ..PATIENT };
        assert_eq!(
            run(used_up, &[Kind::Unavailable, Kind::Unavailable]).await,
            (Err(Kind::Unavailable), 1)
        );
    }
}
