//! Validates queues.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::function::triggers::{Attempts, QueueRetry, QueueTrigger, Rate};
use crate::invalid::Findings;
use crate::{proto, rules};

// The limits of `google.cloud.tasks.v2.RateLimits` and `RetryConfig`. A task lives for 31 days.
const CONCURRENT: RangeInclusive<i32> = 1..=5_000;
const WAIT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(31 * 24 * 3600);

/// Maximum number of principals that may add tasks to a queue. A policy holds 1,500 of all roles
/// (<https://cloud.google.com/iam/quotas>), and each has a mark in the ledger.
const ENQUEUERS_MAX: usize = 100;

/// Name of a queue that is not named. It must not depend on other queues, because tasks are in it.
const DEFAULT_NAME: &str = "tasks";

pub(super) fn read_queue(
    at: &str,
    queue: proto::QueueTrigger,
    project: &str,
    findings: &mut Findings,
) -> Option<QueueTrigger> {
    let name = super::trigger_name(at, "queue", queue.queue, || DEFAULT_NAME.to_owned(), findings);
    let rate = queue.max_dispatches_per_second;
    let max_dispatches_per_second = rate.and_then(Rate::new);
    if let (Some(rate), None) = (rate, max_dispatches_per_second) {
        let rule = "must be more than 0 and at most 500";
        findings.add(format!("{at}.maxDispatchesPerSecond"), &rate.to_string(), rule);
    }
    let concurrent = queue.max_concurrent_dispatches;
    if let Some(concurrent) = concurrent.filter(|concurrent| !CONCURRENT.contains(concurrent)) {
        let rule = "must be between 1 and 5000";
        findings.add(format!("{at}.maxConcurrentDispatches"), &concurrent.to_string(), rule);
    }
    let retry = read_retry(&format!("{at}.retry"), queue.retry.unwrap_or_default(), findings);
    let field = format!("{at}.enqueuers");
    let (limit, hint) = ((ENQUEUERS_MAX, "enqueuers"), "must name single enqueuers");
    let enqueuers = super::read_members(&field, queue.enqueuers, limit, hint, findings);
    let account = super::own_account(at, queue.service_account, project, findings);
    Some(QueueTrigger {
        name,
        max_dispatches_per_second,
        max_concurrent_dispatches: concurrent.and_then(|number| u32::try_from(number).ok()),
        retry,
        enqueuers,
        account,
    })
}

fn read_retry(at: &str, retry: proto::QueueRetry, findings: &mut Findings) -> QueueRetry {
    let max_attempts = match retry.max_attempts {
        None => None,
        Some(-1) => Some(Attempts::Unlimited),
        Some(attempts) => match u32::try_from(attempts) {
            Ok(attempts) if attempts > 0 => Some(Attempts::AtMost(attempts)),
            _ => {
                let rule = "must be at least 1, or -1 for no limit";
                findings.add(format!("{at}.maxAttempts"), &attempts.to_string(), rule);
                None
            }
        },
    };
    let mut wait = |field: &str, value| {
        let field = format!("{at}.{field}");
        let wait = rules::duration(value, &field, WAIT, findings);
        if wait.is_some_and(|wait| wait.subsec_nanos() != 0) {
            findings.add(field, "", "must be whole seconds");
        }
        wait
    };
    let max_duration = wait("maxDuration", retry.max_duration);
    let minimum_backoff = wait("minimumBackoff", retry.minimum_backoff);
    let maximum_backoff = wait("maximumBackoff", retry.maximum_backoff);
    super::check_backoff(at, minimum_backoff, maximum_backoff, findings);
    QueueRetry {
        max_attempts,
        max_duration,
        minimum_backoff,
        maximum_backoff,
        max_doublings: super::max_doublings(at, retry.max_doublings, findings),
    }
}

#[cfg(test)]
mod tests;
