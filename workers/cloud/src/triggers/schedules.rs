//! Triggers of schedules: jobs of Cloud Scheduler.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use longshore_messages::{Method, TriggerKind, TriggerOwner};

use super::TriggerShape;

/// A job that calls a service. Limits of the fields: `google.cloud.scheduler.v1.Job`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledCall {
    /// `projects/P/locations/R/jobs/J`. A job has no labels, so its name says whose it is.
    pub name: String,
    /// For people: jobs are listed with it.
    pub description: String,
    /// Times, in the format of unix-cron or of App Engine.
    pub schedule: String,
    /// Name of the time zone.
    pub time_zone: String,
    /// URL of the service with the path.
    pub url: String,
    pub method: Method,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// Email address of the account whose identity token each request carries.
    pub account: String,
    /// Audience of the token.
    pub audience: String,
    /// Time that the service has to answer, 15 s to 30 minutes.
    pub attempt_deadline: Duration,
    pub retry: ScheduledRetry,
}

/// What follows a failure: `google.cloud.scheduler.v1.RetryConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledRetry {
    pub count: u32,
    /// Zero for no limit.
    pub max_duration: Duration,
    pub minimum_backoff: Duration,
    pub maximum_backoff: Duration,
    pub max_doublings: u32,
}

/// A field of a job, or those that are changed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScheduleField {
    Description,
    /// Times and time zone.
    Schedule,
    /// URL, method, headers, body, account and audience.
    Request,
    AttemptDeadline,
    Retry,
}

/// What Cloud Scheduler adds to the headers of a job that does not set them.
const ADDED_HEADERS: [(&str, &str); 2] =
    [("user-agent", "Google-Cloud-Scheduler"), ("content-type", "application/octet-stream")];

impl Display for ScheduledCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "schedule {:?}", self.schedule)
    }
}

impl TriggerShape for ScheduledCall {
    type Field = ScheduleField;

    const KIND: TriggerKind = TriggerKind::Schedule;
    const IS_LISTED_BY_REGION: bool = true;

    fn name(&self) -> &str {
        &self.name
    }

    fn is_of(&self, owner: &TriggerOwner<'_>) -> bool {
        owner.has_name(&self.name, "jobs")
    }

    fn differences(&self, live: &Self) -> Vec<ScheduleField> {
        let times = |of: &Self| (of.schedule.clone(), of.time_zone.to_ascii_lowercase());
        let request = |of: &Self| {
            let (account, audience) = (of.account.clone(), of.audience.clone());
            (
                of.url.clone(),
                of.method,
                own_headers(&of.headers),
                of.body.clone(),
                account,
                audience,
            )
        };
        let compared = [
            (ScheduleField::Description, self.description != live.description),
            (ScheduleField::Schedule, times(self) != times(live)),
            (ScheduleField::Request, request(self) != request(live)),
            (ScheduleField::AttemptDeadline, self.attempt_deadline != live.attempt_deadline),
            (ScheduleField::Retry, self.retry != live.retry),
        ];
        compared.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }

    /// Cloud Scheduler can change all of them.
    fn is_mutable(field: ScheduleField) -> bool {
        match field {
            ScheduleField::Description
            | ScheduleField::Schedule
            | ScheduleField::Request
            | ScheduleField::AttemptDeadline
            | ScheduleField::Retry => true,
        }
    }
}

/// The headers that somebody has set, by their names in lower case.
fn own_headers(headers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let lower = headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    lower.filter(|(name, value)| !ADDED_HEADERS.contains(&(name.as_str(), value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> ScheduledCall {
        ScheduledCall {
            name: "projects/p/locations/r/jobs/j".to_owned(),
            description: "d".to_owned(),
            schedule: "0 9 * * *".to_owned(),
            time_zone: "Etc/UTC".to_owned(),
            url: "https://f.run.app/".to_owned(),
            method: Method::Post,
            headers: BTreeMap::from([("Accept".to_owned(), "text/plain".to_owned())]),
            body: b"b".to_vec(),
            account: "caller@p.iam.gserviceaccount.com".to_owned(),
            audience: "https://f.run.app".to_owned(),
            attempt_deadline: Duration::from_secs(180),
            retry: ScheduledRetry {
                count: 0,
                max_duration: Duration::ZERO,
                minimum_backoff: Duration::from_secs(5),
                maximum_backoff: Duration::from_secs(3_600),
                max_doublings: 5,
            },
        }
    }

    #[test]
    fn each_field_that_differs_is_named() {
        assert_eq!(job().differences(&job()), []);
        let retry = ScheduledRetry { max_doublings: 6, ..job().retry };
        let second = Duration::from_secs(1);
        for (live, field) in [
            (ScheduledCall { description: "x".into(), ..job() }, ScheduleField::Description),
            (ScheduledCall { schedule: "0 8 * * *".into(), ..job() }, ScheduleField::Schedule),
            (ScheduledCall { time_zone: "Asia/Tokyo".into(), ..job() }, ScheduleField::Schedule),
            (ScheduledCall { url: "https://f.run.app/x".into(), ..job() }, ScheduleField::Request),
            (ScheduledCall { method: Method::Put, ..job() }, ScheduleField::Request),
            (ScheduledCall { headers: BTreeMap::new(), ..job() }, ScheduleField::Request),
            (ScheduledCall { body: Vec::new(), ..job() }, ScheduleField::Request),
            (ScheduledCall { account: "x".into(), ..job() }, ScheduleField::Request),
            (ScheduledCall { audience: "x".into(), ..job() }, ScheduleField::Request),
            (ScheduledCall { attempt_deadline: second, ..job() }, ScheduleField::AttemptDeadline),
            (ScheduledCall { retry, ..job() }, ScheduleField::Retry),
        ] {
            assert_eq!(job().differences(&live), [field], "{live:?}");
            assert!(ScheduledCall::is_mutable(field));
        }
    }

    #[test]
    fn headers_that_cloud_scheduler_adds_are_no_difference() {
        let mut live = job();
        for (name, value) in
            [("User-Agent", "Google-Cloud-Scheduler"), ("Content-Type", "application/octet-stream")]
        {
            live.headers.insert(name.to_owned(), value.to_owned());
        }
        assert_eq!(job().differences(&live), []);
        live.headers.insert("X-Other".to_owned(), "1".to_owned());
        assert_eq!(job().differences(&live), [ScheduleField::Request]);
    }
}
