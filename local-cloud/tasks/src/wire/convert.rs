//! Between the core's queues and Google's messages.

use std::time::Duration;

use time::OffsetDateTime;

use super::routing::{routing, routing_wire};
use crate::Refusal;
use crate::core::{Limits, Queue, Retry};
use crate::proto::v2::{self, queue};

/// The number of attempts that stands for no limit.
const UNLIMITED: i32 = -1;

pub(super) fn queue_wire(queue: &Queue) -> v2::Queue {
    let state = match (queue.is_disabled, queue.is_paused) {
        (true, _) => queue::State::Disabled,
        (false, true) => queue::State::Paused,
        (false, false) => queue::State::Running,
    };
    v2::Queue {
        name: queue.name.clone(),
        app_engine_routing_override: None,
        rate_limits: Some(v2::RateLimits {
            max_dispatches_per_second: queue.limits.rate,
            max_burst_size: burst(queue.limits),
            max_concurrent_dispatches: number(queue.limits.concurrent),
        }),
        retry_config: Some(retry_wire(&queue.retry)),
        state: state.into(),
        purge_time: queue.purged_at.map(timestamp),
        stackdriver_logging_config: queue
            .sampling_ratio
            .map(|sampling_ratio| v2::StackdriverLoggingConfig { sampling_ratio }),
        http_target: queue.routing.as_ref().map(routing_wire),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a burst is a whole number up to 100")]
fn burst(limits: Limits) -> i32 {
    limits.burst() as i32
}

fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

pub(super) fn retry_wire(retry: &Retry) -> v2::RetryConfig {
    let has_duration = retry.max_duration > Duration::ZERO;
    v2::RetryConfig {
        max_attempts: retry.max_attempts.map_or(UNLIMITED, number),
        max_retry_duration: has_duration.then(|| duration_wire(retry.max_duration)),
        min_backoff: Some(duration_wire(retry.min_backoff)),
        max_backoff: Some(duration_wire(retry.max_backoff)),
        max_doublings: number(retry.doublings),
    }
}

/// A running queue as a caller wants it. What is missing or 0 has Google's default.
///
/// # Errors
/// [`Refusal::Invalid`]; [`Refusal::Unimplemented`] for routing to App Engine, and for what
/// [`routing`] does not have.
pub(super) fn queue(wire: v2::Queue) -> Result<Queue, Refusal> {
    if wire.app_engine_routing_override.is_some() {
        return Err(Refusal::Unimplemented(
            "App Engine routing (app_engine_routing_override)".to_owned(),
        ));
    }
    Ok(Queue {
        name: wire.name,
        limits: limits(wire.rate_limits.unwrap_or_default())?,
        retry: retry(&wire.retry_config.unwrap_or_default())?,
        sampling_ratio: wire.stackdriver_logging_config.map(|config| config.sampling_ratio),
        is_paused: false,
        is_disabled: false,
        purged_at: None,
        routing: wire.http_target.map(routing).transpose()?,
    })
}

fn limits(wire: v2::RateLimits) -> Result<Limits, Refusal> {
    let default = Limits::default();
    let concurrent = u32::try_from(wire.max_concurrent_dispatches)
        .map_err(|_| Refusal::invalid("RateLimits.maxConcurrentDispatches cannot be negative."))?;
    let rate = wire.max_dispatches_per_second;
    Ok(Limits {
        rate: if rate == 0.0 { default.rate } else { rate },
        concurrent: if concurrent == 0 { default.concurrent } else { concurrent },
    })
}

/// # Errors
/// [`Refusal::Invalid`], with Google's text.
pub(super) fn retry(wire: &v2::RetryConfig) -> Result<Retry, Refusal> {
    let default = Retry::default();
    let max_attempts = match wire.max_attempts {
        0 => default.max_attempts,
        UNLIMITED => None,
        attempts => Some(u32::try_from(attempts).map_err(|_| {
            Refusal::invalid("RetryConfig.maxAttempts must be greater or equal to -1.")
        })?),
    };
    let doublings = u32::try_from(wire.max_doublings)
        .map_err(|_| Refusal::invalid("RetryConfig.maxDoublings cannot be negative."))?;
    let time = |given: &Option<pbjson_types::Duration>, default, field: &str| match given {
        None => Ok(default),
        Some(given) => match duration(given) {
            None => Err(Refusal::Invalid(format!("RetryConfig.{field} cannot be negative."))),
            Some(Duration::ZERO) => Ok(default),
            Some(time) => Ok(time),
        },
    };
    Ok(Retry {
        max_attempts,
        max_duration: time(&wire.max_retry_duration, default.max_duration, "maxRetryDuration")?,
        min_backoff: time(&wire.min_backoff, default.min_backoff, "minBackoff")?,
        max_backoff: time(&wire.max_backoff, default.max_backoff, "maxBackoff")?,
        doublings: if doublings == 0 { default.doublings } else { doublings },
    })
}

/// `None` for a negative duration.
pub(super) fn duration(wire: &pbjson_types::Duration) -> Option<Duration> {
    let (seconds, nanos) = (u64::try_from(wire.seconds).ok()?, u32::try_from(wire.nanos).ok()?);
    (nanos < 1_000_000_000).then(|| Duration::new(seconds, nanos))
}

pub(super) fn duration_wire(duration: Duration) -> pbjson_types::Duration {
    pbjson_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or_default(),
    }
}

/// Truncated to microseconds, as Google does.
pub(super) fn timestamp(time: OffsetDateTime) -> pbjson_types::Timestamp {
    pbjson_types::Timestamp {
        seconds: time.unix_timestamp(),
        nanos: i32::try_from(time.microsecond() * 1000).unwrap_or_default(),
    }
}
