//! Jobs of Cloud Scheduler: [`Triggers`] over `google-cloud-scheduler-v1`.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use google_cloud_gax::error::rpc::Code;
use google_cloud_scheduler_v1::client::CloudScheduler;
use google_cloud_scheduler_v1::model::http_target::AuthorizationHeader;
use google_cloud_scheduler_v1::model::job::{State, Target};
use google_cloud_scheduler_v1::model::{HttpMethod, HttpTarget, Job, OidcToken, RetryConfig};
use google_cloud_wkt::FieldMask;
use longshore_messages::{Method, TriggerOwner};

use super::call::{Call, found, unless_exists};
use super::late::Late;
use super::profile::{Profile, REQUEST_LIMIT};
use super::timestamps::time_of;
use crate::error::ConnectError;
use crate::pacing::{Api, Key, Pacer};
use crate::{
    CloudError, Kind, LastCall, LiveTrigger, ScheduleField, ScheduledCall, ScheduledRetry,
    TriggerShape as _, TriggerState, Triggers,
};

/// Jobs of one page: the largest that Cloud Scheduler returns
/// (`google.cloud.scheduler.v1.ListJobsRequest`).
const PAGE_SIZE: i32 = 500;

/// What Cloud Scheduler does where a job does not say (`google.cloud.scheduler.v1.Job`,
/// `RetryConfig`).
const DEFAULT_ATTEMPT_DEADLINE: Duration = Duration::from_secs(180);
const DEFAULT_MINIMUM_BACKOFF: Duration = Duration::from_secs(5);
const DEFAULT_MAXIMUM_BACKOFF: Duration = Duration::from_secs(3_600);
const DEFAULT_DOUBLINGS: u32 = 5;

const NOT_A_JOB: &str = "a job is named projects/P/locations/R/jobs/J";

pub(crate) struct GoogleScheduleTriggers {
    scheduler: Late<CloudScheduler>,
    pacer: Pacer,
}

impl GoogleScheduleTriggers {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
        pacer: Pacer,
    ) -> Result<Self, ConnectError> {
        let scheduler = profile.client("scheduler", CloudScheduler::builder, endpoint).await?;
        Ok(Self { scheduler, pacer })
    }

    /// Waits for the quota of writes, which covers all regions of a project.
    async fn pace(&self, name: &str) {
        self.pacer.acquire(Key::of_resource(name, Api::SchedulerWrites)).await;
    }

    /// Learns from the result of a write.
    fn noted<T>(&self, call: Call<'_>, result: Result<T, CloudError>) -> Result<T, CloudError> {
        self.pacer.note(&Key::of_resource(call.resource, Api::SchedulerWrites), result)
    }
}

#[async_trait]
impl Triggers<ScheduledCall> for GoogleScheduleTriggers {
    /// Takes one list call per 500 jobs of the region, because Cloud Scheduler has no filter for lists.
    #[tracing::instrument(name = "cloud.list_triggers", skip_all, fields(service = "scheduler", resource = owner.project))]
    async fn list(
        &self,
        owner: &TriggerOwner<'_>,
    ) -> Result<Vec<LiveTrigger<ScheduledCall>>, CloudError> {
        let Some(parent) = owner.location() else {
            let reason = "jobs are listed for one region";
            return Err(
                Call::new("list triggers", owner.project).caused(Kind::InvalidArgument, reason)
            );
        };
        let call = Call::new("list triggers", &parent);
        let api = self.scheduler.get(call).await?;
        let mut triggers = Vec::new();
        let request = |token| {
            let list = api.list_jobs().set_parent(&parent);
            list.set_page_size(PAGE_SIZE).set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            let live = page.jobs.iter().map(observed);
            triggers.extend(live.filter(|live| live.shape.is_of(owner)));
            page.next_page_token
        })
        .await?;
        Ok(triggers)
    }

    #[tracing::instrument(name = "cloud.create_trigger", skip_all, fields(service = "scheduler", resource = shape.name))]
    async fn create(&self, shape: &ScheduledCall) -> Result<(), CloudError> {
        let call = Call::new("create trigger", &shape.name);
        let api = self.scheduler.get(call).await?;
        let requested = requested(shape).ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let (parent, _) = shape
            .name
            .split_once("/jobs/")
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_JOB))?;
        self.pace(&shape.name).await;
        let request = || api.create_job().set_parent(parent).set_job(requested.clone()).send();
        unless_exists(self.noted(call, call.repeated(REQUEST_LIMIT, request).await))
    }

    #[tracing::instrument(name = "cloud.update_trigger", skip_all, fields(service = "scheduler", resource = shape.name))]
    async fn update(
        &self,
        shape: &ScheduledCall,
        fields: &[ScheduleField],
    ) -> Result<(), CloudError> {
        let call = Call::new("update trigger", &shape.name);
        let api = self.scheduler.get(call).await?;
        let requested = requested(shape).ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let paths: Vec<&str> = fields.iter().flat_map(|field| paths(*field)).copied().collect();
        self.pace(&shape.name).await;
        let request = || {
            api.update_job()
                .set_job(requested.clone())
                .set_update_mask(FieldMask::default().set_paths(paths.clone()))
                .send()
        };
        self.noted(call, call.repeated(REQUEST_LIMIT, request).await).map(drop)
    }

    #[tracing::instrument(name = "cloud.delete_trigger", skip_all, fields(service = "scheduler", resource = name))]
    async fn delete(&self, name: &str) -> Result<(), CloudError> {
        let call = Call::new("delete trigger", name);
        let api = self.scheduler.get(call).await?;
        self.pace(name).await;
        let request = || api.delete_job().set_name(name).send();
        found(self.noted(call, call.repeated(REQUEST_LIMIT, request).await)).map(drop)
    }
}

/// The fields of an update mask.
fn paths(field: ScheduleField) -> &'static [&'static str] {
    match field {
        ScheduleField::Description => &["description"],
        ScheduleField::Schedule => &["schedule", "time_zone"],
        ScheduleField::Request => &["http_target"],
        ScheduleField::AttemptDeadline => &["attempt_deadline"],
        ScheduleField::Retry => &["retry_config"],
    }
}

/// `None` if a value is out of range for protobuf.
fn requested(shape: &ScheduledCall) -> Option<Job> {
    let wire = |duration| google_cloud_wkt::Duration::try_from(duration).ok();
    let number = |number| i32::try_from(number).ok();
    let token =
        OidcToken::new().set_service_account_email(&shape.account).set_audience(&shape.audience);
    let target = HttpTarget::new()
        .set_uri(&shape.url)
        .set_http_method(method(shape.method))
        .set_headers(shape.headers.clone())
        .set_body(shape.body.clone())
        .set_oidc_token(token);
    let retry = RetryConfig::new()
        .set_retry_count(number(shape.retry.count)?)
        .set_max_retry_duration(wire(shape.retry.max_duration)?)
        .set_min_backoff_duration(wire(shape.retry.minimum_backoff)?)
        .set_max_backoff_duration(wire(shape.retry.maximum_backoff)?)
        .set_max_doublings(number(shape.retry.max_doublings)?);
    let job = Job::new()
        .set_name(&shape.name)
        .set_description(&shape.description)
        .set_schedule(&shape.schedule)
        .set_time_zone(&shape.time_zone)
        .set_http_target(target)
        .set_attempt_deadline(wire(shape.attempt_deadline)?)
        .set_retry_config(retry);
    Some(job)
}

fn method(method: Method) -> HttpMethod {
    match method {
        Method::Post => HttpMethod::Post,
        Method::Get => HttpMethod::Get,
        Method::Head => HttpMethod::Head,
        Method::Put => HttpMethod::Put,
        Method::Delete => HttpMethod::Delete,
        Method::Patch => HttpMethod::Patch,
        Method::Options => HttpMethod::Options,
    }
}

/// A job that another tool has given another kind of target calls nothing.
fn observed(job: &Job) -> LiveTrigger<ScheduledCall> {
    let target = match &job.target {
        Some(Target::HttpTarget(target)) => (**target).clone(),
        Some(_) | None => HttpTarget::default(),
    };
    let (account, audience) = match &target.authorization_header {
        Some(AuthorizationHeader::OidcToken(token)) => {
            (token.service_account_email.clone(), token.audience.clone())
        }
        Some(_) | None => Default::default(),
    };
    LiveTrigger {
        shape: ScheduledCall {
            name: job.name.clone(),
            description: job.description.clone(),
            schedule: job.schedule.clone(),
            time_zone: job.time_zone.clone(),
            url: target.uri,
            method: observed_method(&target.http_method),
            headers: target.headers.into_iter().collect::<BTreeMap<_, _>>(),
            body: target.body.to_vec(),
            account,
            audience,
            attempt_deadline: time(job.attempt_deadline).unwrap_or(DEFAULT_ATTEMPT_DEADLINE),
            retry: observed_retry(&job.retry_config.clone().unwrap_or_default()),
        },
        state: match job.state {
            State::Paused => TriggerState::Paused,
            State::Disabled => TriggerState::Failing,
            State::UpdateFailed => TriggerState::Unfinished,
            _ => TriggerState::Active,
        },
        last: job.last_attempt_time.as_ref().map(|at| LastCall {
            at: time_of(at),
            problem: job.status.as_ref().filter(|status| status.code != 0).map(|status| {
                let code = Code::from(status.code);
                format!("{code} {}", status.message).trim_end().to_owned()
            }),
        }),
    }
}

fn observed_method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::Get,
        HttpMethod::Head => Method::Head,
        HttpMethod::Put => Method::Put,
        HttpMethod::Delete => Method::Delete,
        HttpMethod::Patch => Method::Patch,
        HttpMethod::Options => Method::Options,
        _ => Method::Post,
    }
}

fn observed_retry(retry: &RetryConfig) -> ScheduledRetry {
    ScheduledRetry {
        count: u32::try_from(retry.retry_count).unwrap_or_default(),
        max_duration: time(retry.max_retry_duration).unwrap_or_default(),
        minimum_backoff: time(retry.min_backoff_duration).unwrap_or(DEFAULT_MINIMUM_BACKOFF),
        maximum_backoff: time(retry.max_backoff_duration).unwrap_or(DEFAULT_MAXIMUM_BACKOFF),
        max_doublings: match u32::try_from(retry.max_doublings) {
            Ok(0) | Err(_) => DEFAULT_DOUBLINGS,
            Ok(doublings) => doublings,
        },
    }
}

fn time(duration: Option<google_cloud_wkt::Duration>) -> Option<Duration> {
    Duration::try_from(duration?).ok()
}

#[cfg(test)]
mod tests;
