//! Times at which Cloud Scheduler calls a function.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ownership::owned_id;
use crate::ids::FunctionRef;

/// A job of Cloud Scheduler in the region of the function. `None` leaves a field to its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleTrigger {
    /// Distinguishes the schedules of a function.
    pub name: String,
    /// Times, in the format of unix-cron or of App Engine.
    pub schedule: String,
    /// Time zone of the schedule, by its name in the tz database.
    pub time_zone: Option<String>,
    pub method: Method,
    /// Path and query of the requests.
    pub path: String,
    pub body: Vec<u8>,
    pub headers: BTreeMap<String, String>,
    /// Time that the function has to answer.
    pub attempt_deadline: Option<Duration>,
    pub retry: ScheduleRetry,
    /// Email address of the account that the requests are made as.
    pub account: Option<String>,
}

impl ScheduleTrigger {
    /// Resource name of the job. It depends on the fleet, the function and the trigger's name only, so
    /// a change of any other field changes the job in place.
    #[must_use]
    pub fn job(&self, fleet: &str, at: &FunctionRef) -> String {
        let id = owned_id(fleet, at, &self.name);
        format!("projects/{}/locations/{}/jobs/{id}", at.project, at.region)
    }
}

/// How Cloud Scheduler retries: `google.cloud.scheduler.v1.RetryConfig`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleRetry {
    /// Maximum number of retries, 0 to 5.
    pub count: u32,
    /// Time after which nothing is retried. `None` for no limit.
    pub max_duration: Option<Duration>,
    pub minimum_backoff: Option<Duration>,
    pub maximum_backoff: Option<Duration>,
    /// How often the wait doubles, at least 1.
    pub max_doublings: Option<u32>,
}

/// An HTTP method: `google.cloud.scheduler.v1.HttpMethod`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    #[default]
    Post,
    Get,
    Head,
    Put,
    Delete,
    Patch,
    Options,
}

impl Method {
    const ALL: [Self; 7] =
        [Self::Post, Self::Get, Self::Head, Self::Put, Self::Delete, Self::Patch, Self::Options];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Options => "OPTIONS",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Whether Cloud Scheduler accepts a body for it.
    pub(crate) fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}
