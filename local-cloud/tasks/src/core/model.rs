//! Queues and tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use longshore_local_kit::as_base64;
use longshore_local_kit::targets::{self, InvalidTarget, Oidc, Verb};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Refusal;
use super::routing::{OWN_HEADERS, Routing};

/// Limits of <https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2> and
/// <https://cloud.google.com/tasks/docs/quotas>.
const RATE_MAX: f64 = 500.0;
const CONCURRENT_MAX: u32 = 5000;
const DEADLINE_MIN: Duration = Duration::from_secs(15);
const DEADLINE_MAX: Duration = Duration::from_secs(30 * 60);
const TASK_MAX_BYTES: usize = 1 << 20;
const SCHEDULE_MAX: Duration = Duration::from_secs(720 * 3600);

/// The sizes that Google computes from the rate: 100 for the default rate.
const BURST_MIN: f64 = 10.0;
const BURST_MAX: f64 = 100.0;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queue {
    /// Full name.
    pub(crate) name: String,
    pub(crate) limits: Limits,
    pub(crate) retry: Retry,
    /// Share of operations that are logged. Stored and returned, without effect.
    pub(crate) sampling_ratio: Option<f64>,
    pub(crate) is_paused: bool,
    /// Like a pause, but by an update. Journals of earlier queues lack the field.
    #[serde(default)]
    pub(crate) is_disabled: bool,
    pub(crate) purged_at: Option<OffsetDateTime>,
    /// Journals of queues without one lack the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) routing: Option<Routing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Dispatches in a second.
    pub(crate) rate: f64,
    pub(crate) concurrent: u32,
}

impl Default for Limits {
    /// Google's defaults.
    fn default() -> Self {
        Self { rate: 500.0, concurrent: 1000 }
    }
}

impl Limits {
    /// How many tasks are dispatched at once after a pause.
    pub(crate) fn burst(self) -> f64 {
        self.rate.ceil().clamp(BURST_MIN, BURST_MAX)
    }

    /// # Errors
    /// [`Refusal::Invalid`], with Google's text.
    pub(crate) fn check(self) -> Result<(), Refusal> {
        let refuse = |text: &str| Err(Refusal::invalid(text));
        if self.rate.is_nan() || self.rate < 0.0 {
            return refuse("RateLimits.maxDispatchesPerSecond cannot be negative.");
        }
        if self.rate > RATE_MAX {
            return refuse("RateLimits.maxDispatchesPerSecond must be less than or equal to 500.");
        }
        if self.concurrent > CONCURRENT_MAX {
            return refuse(
                "RateLimits.maxConcurrentDispatches must be less than or equal to 5000.",
            );
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retry {
    /// `None` for no limit.
    pub(crate) max_attempts: Option<u32>,
    /// Zero for no limit.
    pub(crate) max_duration: Duration,
    pub(crate) min_backoff: Duration,
    pub(crate) max_backoff: Duration,
    pub(crate) doublings: u32,
}

impl Default for Retry {
    /// Google's defaults.
    fn default() -> Self {
        Self {
            max_attempts: Some(100),
            max_duration: Duration::ZERO,
            min_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(3600),
            doublings: 16,
        }
    }
}

impl Retry {
    /// # Errors
    /// [`Refusal::Invalid`], with Google's text.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.min_backoff > self.max_backoff {
            return Err(Refusal::invalid(
                "RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.",
            ));
        }
        Ok(())
    }
}

/// What a caller decides about a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// Full name.
    pub(crate) name: String,
    /// Whether the caller has chosen the name, so that it is not used again for a while.
    pub(crate) is_named: bool,
    pub(crate) url: String,
    pub(crate) verb: Verb,
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(with = "as_base64")]
    pub(crate) body: Bytes,
    pub(crate) oidc: Option<Oidc>,
    pub(crate) deadline: Duration,
    /// In place of that of the queue.
    pub(crate) retry: Option<Retry>,
    pub(crate) created_at: OffsetDateTime,
}

impl Spec {
    /// # Errors
    /// [`Refusal::Invalid`], with Google's text where one is known.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let refuse = |text: &str| Err(Refusal::invalid(text));
        if self.url.is_empty() {
            return refuse("HttpRequest.url is required.");
        }
        match targets::check_url(&self.url) {
            Ok(()) => {}
            Err(InvalidTarget::Url) => {
                return refuse("HttpTarget.url must start with 'http://' or 'https://'.");
            }
            Err(error) => return Err(Refusal::Invalid(format!("HttpRequest.url {error}"))),
        }
        targets::headers(&self.headers, OWN_HEADERS)
            .map_err(|error| Refusal::Invalid(format!("HttpRequest.headers: {error}")))?;
        if !self.body.is_empty() && !self.verb.has_body() {
            return refuse("HttpRequest.body: allowed only for POST, PUT and PATCH");
        }
        if self.oidc.as_ref().is_some_and(|oidc| oidc.email.is_empty()) {
            return refuse("OidcToken.service_account_email: required");
        }
        if !(DEADLINE_MIN..=DEADLINE_MAX).contains(&self.deadline) {
            return refuse("Task.dispatchDeadline must be between [15s, 30m].");
        }
        if self.body.len() > TASK_MAX_BYTES {
            return refuse("Task size too large");
        }
        self.retry.iter().try_for_each(Retry::check)
    }

    /// The task as it is sent from a queue with this routing.
    pub(crate) fn routed_by(&self, routing: &Routing) -> Self {
        let mut sent = self.clone();
        if let Some(uri) = &routing.uri {
            sent.url = uri.replaced_in(&self.url);
        }
        if let Some(verb) = routing.verb {
            sent.verb = verb;
        }
        if !sent.verb.has_body() {
            sent.body.clear();
        }
        for (name, value) in &routing.headers {
            sent.headers.retain(|other, _| !other.eq_ignore_ascii_case(name));
            sent.headers.insert(name.clone(), value.clone());
        }
        if routing.oidc.is_some() {
            sent.oidc.clone_from(&routing.oidc);
        }
        sent
    }
}

/// When a task is first attempted: `wanted`, but not before `now`.
///
/// # Errors
/// [`Refusal::Invalid`] for more than 30 days, with Google's text.
pub(crate) fn schedule(
    wanted: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, Refusal> {
    let at = wanted.unwrap_or(now).max(now);
    if at - now > SCHEDULE_MAX {
        let text = at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        return Err(Refusal::Invalid(format!(
            "The Task.scheduleTime, {text}, is too far in the future. Schedule time must be no more \
             than 720h in the future."
        )));
    }
    Ok(at)
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// When the next attempt is due.
    pub(crate) scheduled_at: OffsetDateTime,
    /// Whether a caller asked for the next attempt, whatever the queue's limits and state.
    pub(crate) is_forced: bool,
    pub(crate) dispatches: u32,
    /// Attempts that had a response.
    pub(crate) responses: u32,
    /// Attempts whose response was not an error of a server (5xx).
    pub(crate) executions: u32,
    pub(crate) failures: u32,
    pub(crate) first_dispatch_at: Option<OffsetDateTime>,
    pub(crate) last_attempt: Option<Attempted>,
    /// HTTP status of the last response.
    pub(crate) last_response: Option<u16>,
}

impl Progress {
    pub(crate) fn new(scheduled_at: OffsetDateTime) -> Self {
        Self {
            scheduled_at,
            is_forced: false,
            dispatches: 0,
            responses: 0,
            executions: 0,
            failures: 0,
            first_dispatch_at: None,
            last_attempt: None,
            last_response: None,
        }
    }
}

/// An attempt, as it shows in a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempted {
    pub(crate) scheduled_at: OffsetDateTime,
    pub(crate) dispatched_at: OffsetDateTime,
    /// When it ended, and how. `None` while it is being made.
    pub(crate) end: Option<(OffsetDateTime, Status)>,
}

/// The outcome of an attempt, as `google.rpc.Status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) code: i32,
    pub(crate) message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) spec: Spec,
    pub(crate) progress: Progress,
}
