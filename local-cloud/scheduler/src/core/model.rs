//! Jobs, and how far they are.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use longshore_local_kit::as_base64;
use longshore_local_kit::targets::{self, Oidc, Verb};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Refusal;
use super::schedule::Schedule;

/// Maximum lengths and values of <https://cloud.google.com/scheduler/docs/reference/rpc/google.cloud.scheduler.v1>.
const DESCRIPTION_MAX: usize = 500;
const BODY_MAX_BYTES: usize = 1 << 20;
const RETRY_COUNT_MAX: u32 = 5;
const DEADLINE_MIN: Duration = Duration::from_secs(15);
const DEADLINE_MAX: Duration = Duration::from_secs(30 * 60);

/// The beginning of the headers that Cloud Scheduler sets.
pub(crate) const OWN_HEADERS: &str = "x-cloudscheduler";

/// What a caller decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// Full name.
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) target: Target,
    pub(crate) schedule: String,
    pub(crate) time_zone: String,
    pub(crate) retry: Retry,
    /// Of HTTP targets.
    pub(crate) attempt_deadline: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    Http {
        uri: String,
        verb: Verb,
        headers: BTreeMap<String, String>,
        #[serde(with = "as_base64")]
        body: Bytes,
        oidc: Option<Oidc>,
    },
    Pubsub {
        topic: String,
        #[serde(with = "as_base64")]
        data: Bytes,
        attributes: BTreeMap<String, String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retry {
    pub(crate) count: u32,
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
            count: 0,
            max_duration: Duration::ZERO,
            min_backoff: Duration::from_secs(5),
            max_backoff: Duration::from_secs(3600),
            doublings: 5,
        }
    }
}

impl Spec {
    /// # Errors
    /// [`Refusal::Invalid`] with the name of the field.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.parsed_schedule()?;
        if self.description.chars().count() > DESCRIPTION_MAX {
            return Err(Refusal::invalid("Job.description: has more than 500 characters"));
        }
        if self.retry.count > RETRY_COUNT_MAX {
            return Err(Refusal::invalid("RetryConfig.retry_count: must be from 0 to 5"));
        }
        if self.retry.min_backoff > self.retry.max_backoff {
            return Err(Refusal::invalid(
                "RetryConfig.min_backoff_duration: is larger than max_backoff_duration",
            ));
        }
        match &self.target {
            Target::Http { uri, verb, headers, body, oidc } => {
                targets::check_url(uri)
                    .map_err(|error| Refusal::Invalid(format!("HttpTarget.uri {error}")))?;
                targets::headers(headers, OWN_HEADERS)
                    .map_err(|error| Refusal::Invalid(format!("HttpTarget.headers: {error}")))?;
                if !body.is_empty() && !verb.has_body() {
                    return Err(Refusal::invalid(
                        "HttpTarget.body: allowed only for POST, PUT and PATCH",
                    ));
                }
                if oidc.as_ref().is_some_and(|oidc| oidc.email.is_empty()) {
                    return Err(Refusal::invalid("OidcToken.service_account_email: required"));
                }
                if !(DEADLINE_MIN..=DEADLINE_MAX).contains(&self.attempt_deadline) {
                    return Err(Refusal::invalid(
                        "Job.attempt_deadline: must be between [15s, 30m]",
                    ));
                }
                check_size(body)
            }
            Target::Pubsub { topic, data, attributes } => {
                self.check_topic(topic)?;
                if data.is_empty() && attributes.is_empty() {
                    return Err(Refusal::invalid(
                        "PubsubTarget: must contain either non-empty data, or at least one \
                         attribute",
                    ));
                }
                check_size(data)
            }
        }
    }

    fn check_topic(&self, topic: &str) -> Result<(), Refusal> {
        match topic.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "topics", id] if !id.is_empty() => {
                if self.name.split('/').nth(1) == Some(project) {
                    return Ok(());
                }
                Err(Refusal::invalid(
                    "PubsubTarget.topic_name: the topic must be in the same project as the job",
                ))
            }
            _ => Err(Refusal::invalid(
                "PubsubTarget.topic_name: must be formatted projects/PROJECT_ID/topics/TOPIC_ID",
            )),
        }
    }

    /// # Errors
    /// Those of [`Schedule::parse`].
    pub(crate) fn parsed_schedule(&self) -> Result<Schedule, Refusal> {
        Schedule::parse(&self.schedule, &self.time_zone)
    }

    /// `None` if there is none, or if this machine no longer knows the time zone.
    pub(crate) fn next_after(&self, time: OffsetDateTime) -> Option<OffsetDateTime> {
        self.parsed_schedule().ok()?.next_after(time)
    }
}

fn check_size(content: &Bytes) -> Result<(), Refusal> {
    if content.len() > BODY_MAX_BYTES {
        return Err(Refusal::invalid("Job: the maximum size of a job is 1 MB"));
    }
    Ok(())
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) is_paused: bool,
    pub(crate) status: Option<Status>,
    pub(crate) last_attempt_at: Option<OffsetDateTime>,
    /// The next time of the schedule.
    pub(crate) next_tick: Option<OffsetDateTime>,
    /// Executions that have not ended, by their numbers.
    pub(crate) runs: BTreeMap<u64, Run>,
}

/// The outcome of an attempt, as `google.rpc.Status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) code: i32,
    pub(crate) message: String,
}

/// An execution of a job: one attempt, and its retries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) scheduled_for: OffsetDateTime,
    /// Whether a caller asked for it, and not the schedule.
    pub(crate) is_forced: bool,
    pub(crate) first_attempt_at: Option<OffsetDateTime>,
    pub(crate) failures: u32,
    /// When the next attempt starts.
    pub(crate) due_at: OffsetDateTime,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) spec: Spec,
    pub(crate) updated_at: OffsetDateTime,
    pub(crate) progress: Progress,
}

impl Job {
    /// When the job is attempted next, by a retry or by its schedule.
    pub(crate) fn scheduled_at(&self) -> Option<OffsetDateTime> {
        let runs = self.progress.runs.values();
        let retry = runs.filter(|run| run.failures > 0).map(|run| run.due_at).min();
        retry.or(self.progress.next_tick)
    }

    /// The execution that the schedule began and that has not ended.
    pub(crate) fn scheduled_run(&self) -> Option<&Run> {
        self.progress.runs.values().find(|run| !run.is_forced)
    }
}
