//! Queues of Cloud Tasks: [`Triggers`] and [`Enqueuers`] over `google-cloud-tasks-v2`.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use google_cloud_iam_v1::model::Policy;
use google_cloud_tasks_v2::client::CloudTasks;
use google_cloud_tasks_v2::model::http_target::AuthorizationHeader;
use google_cloud_tasks_v2::model::queue::State;
use google_cloud_tasks_v2::model::uri_override::{Scheme, UriOverrideEnforceMode};
use google_cloud_tasks_v2::model::{
    HttpTarget, OidcToken, Queue, RateLimits, RetryConfig, UriOverride,
};
use google_cloud_wkt::FieldMask;
use longshore_messages::{Attempts, Rate, TriggerOwner};

use super::call::{Call, found, unless_exists};
use super::late::Late;
use super::policy_members;
use super::policy_writes::{change_policy, options, written};
use super::profile::{Profile, REQUEST_LIMIT};
use crate::error::ConnectError;
use crate::pacing::{Api, Key, Pacer};
use crate::{
    CloudError, Enqueuers, Kind, LiveTrigger, QueueField, TaskQueue, TaskRetry, TriggerShape as _,
    TriggerState, Triggers,
};

/// Queues of one page: the largest that Cloud Tasks returns
/// (`google.cloud.tasks.v2.ListQueuesRequest`).
const PAGE_SIZE: i32 = 9_800;

/// What Cloud Tasks does where a queue does not say.
const DEFAULT_CONCURRENT: u32 = 1_000;
const DEFAULT_ATTEMPTS: u32 = 100;
const DEFAULT_MINIMUM_BACKOFF: Duration = Duration::from_millis(100);
const DEFAULT_MAXIMUM_BACKOFF: Duration = Duration::from_secs(3_600);
const DEFAULT_DOUBLINGS: u32 = 16;

/// The number of attempts that stands for no limit.
const UNLIMITED: i32 = -1;

const ENQUEUER: &str = "roles/cloudtasks.enqueuer";

const NOT_A_QUEUE: &str = "a queue is named projects/P/locations/R/queues/Q";

/// What Cloud Tasks does not say if it has answered that it created a queue whose name is blocked
/// (`google.cloud.tasks.v2.CloudTasks.DeleteQueue`).
const BLOCKED: &str =
    "Cloud Tasks did not create the queue: a queue with this name existed recently";

pub(crate) struct GoogleQueueTriggers {
    tasks: Late<CloudTasks>,
    pacer: Pacer,
}

impl GoogleQueueTriggers {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
        pacer: Pacer,
    ) -> Result<Self, ConnectError> {
        let tasks = profile.client("tasks", CloudTasks::builder, endpoint).await?;
        Ok(Self { tasks, pacer })
    }

    /// Waits for the quota of writes, which covers all regions of a project.
    async fn pace(&self, name: &str) {
        self.pacer.acquire(Key::of_resource(name, Api::QueueWrites)).await;
    }

    /// Learns from the result of a write.
    fn noted<T>(&self, call: Call<'_>, result: Result<T, CloudError>) -> Result<T, CloudError> {
        self.pacer.note(&Key::of_resource(call.resource, Api::QueueWrites), result)
    }

    async fn policy(&self, call: Call<'_>) -> Result<Policy, CloudError> {
        let api = self.tasks.get(call).await?;
        let request = || {
            let get = api.get_iam_policy().set_resource(call.resource);
            get.set_options(options()).send()
        };
        call.repeated(REQUEST_LIMIT, request).await
    }
}

#[async_trait]
impl Triggers<TaskQueue> for GoogleQueueTriggers {
    #[tracing::instrument(name = "cloud.list_triggers", skip_all, fields(service = "tasks", resource = owner.project))]
    async fn list(
        &self,
        owner: &TriggerOwner<'_>,
    ) -> Result<Vec<LiveTrigger<TaskQueue>>, CloudError> {
        let Some(parent) = owner.location() else {
            let reason = "queues are listed for one region";
            return Err(
                Call::new("list triggers", owner.project).caused(Kind::InvalidArgument, reason)
            );
        };
        let call = Call::new("list triggers", &parent);
        let api = self.tasks.get(call).await?;
        let mut triggers = Vec::new();
        let request = |token| {
            let list = api.list_queues().set_parent(&parent);
            list.set_page_size(PAGE_SIZE).set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            let live = page.queues.iter().map(observed);
            triggers.extend(live.filter(|live| live.shape.is_of(owner)));
            page.next_page_token
        })
        .await?;
        Ok(triggers)
    }

    /// The queue is read afterwards, because Cloud Tasks may say that it has created one whose name is
    /// still blocked.
    #[tracing::instrument(name = "cloud.create_trigger", skip_all, fields(service = "tasks", resource = shape.name))]
    async fn create(&self, shape: &TaskQueue) -> Result<(), CloudError> {
        let call = Call::new("create trigger", &shape.name);
        let api = self.tasks.get(call).await?;
        let requested = requested(shape).ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let (parent, _) = shape
            .name
            .split_once("/queues/")
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_QUEUE))?;
        self.pace(&shape.name).await;
        let request = || api.create_queue().set_parent(parent).set_queue(requested.clone()).send();
        unless_exists(self.noted(call, call.repeated(REQUEST_LIMIT, request).await))?;
        let read = || api.get_queue().set_name(&shape.name).send();
        match found(call.repeated(REQUEST_LIMIT, read).await)? {
            Some(_) => Ok(()),
            None => Err(call.caused(Kind::PreconditionFailed, BLOCKED)),
        }
    }

    #[tracing::instrument(name = "cloud.update_trigger", skip_all, fields(service = "tasks", resource = shape.name))]
    async fn update(&self, shape: &TaskQueue, fields: &[QueueField]) -> Result<(), CloudError> {
        let call = Call::new("update trigger", &shape.name);
        let api = self.tasks.get(call).await?;
        let requested = requested(shape).ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let paths: Vec<&str> = fields.iter().map(|field| path(*field)).collect();
        self.pace(&shape.name).await;
        let request = || {
            api.update_queue()
                .set_queue(requested.clone())
                .set_update_mask(FieldMask::default().set_paths(paths.clone()))
                .send()
        };
        self.noted(call, call.repeated(REQUEST_LIMIT, request).await).map(drop)
    }

    #[tracing::instrument(name = "cloud.delete_trigger", skip_all, fields(service = "tasks", resource = name))]
    async fn delete(&self, name: &str) -> Result<(), CloudError> {
        let call = Call::new("delete trigger", name);
        let api = self.tasks.get(call).await?;
        self.pace(name).await;
        let request = || api.delete_queue().set_name(name).send();
        found(self.noted(call, call.repeated(REQUEST_LIMIT, request).await)).map(drop)
    }
}

#[async_trait]
impl Enqueuers for GoogleQueueTriggers {
    #[tracing::instrument(name = "cloud.enqueuers", skip_all, fields(service = "tasks", resource = queue))]
    async fn enqueuers(&self, queue: &str) -> Result<BTreeSet<String>, CloudError> {
        let policy = self.policy(Call::new("get queue policy", queue)).await?;
        Ok(policy_members::members(&policy, ENQUEUER))
    }

    #[tracing::instrument(name = "cloud.change_enqueuers", skip_all, fields(service = "tasks", resource = queue))]
    async fn change_enqueuers(
        &self,
        queue: &str,
        add: &BTreeSet<String>,
        remove: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        let call = Call::new("set queue policy", queue);
        let api = self.tasks.get(call).await?;
        let change = |policy| policy_members::with_members(policy, ENQUEUER, add, remove);
        let write = |policy| {
            let request = api.set_iam_policy().set_resource(queue).set_policy(policy);
            written(call, request.send())
        };
        change_policy(|| self.policy(call), change, write).await
    }
}

/// The field of an update mask.
fn path(field: QueueField) -> &'static str {
    match field {
        QueueField::Target => "http_target",
        QueueField::Limits => "rate_limits",
        QueueField::Retry => "retry_config",
    }
}

/// `None` if the URL is none, or a value is out of range for protobuf.
fn requested(shape: &TaskQueue) -> Option<Queue> {
    let wire = |duration| google_cloud_wkt::Duration::try_from(duration).ok();
    let number = |number| i32::try_from(number).ok();
    let token =
        OidcToken::new().set_service_account_email(&shape.account).set_audience(&shape.audience);
    let target = HttpTarget::new().set_uri_override(uri(&shape.url)?).set_oidc_token(token);
    let limits = RateLimits::new()
        .set_max_dispatches_per_second(shape.rate.per_second())
        .set_max_concurrent_dispatches(number(shape.concurrent)?);
    let retry = RetryConfig::new()
        .set_max_attempts(match shape.retry.max_attempts {
            Attempts::Unlimited => UNLIMITED,
            Attempts::AtMost(attempts) => number(attempts)?,
        })
        .set_max_retry_duration(wire(shape.retry.max_duration)?)
        .set_min_backoff(wire(shape.retry.minimum_backoff)?)
        .set_max_backoff(wire(shape.retry.maximum_backoff)?)
        .set_max_doublings(number(shape.retry.max_doublings)?);
    let queue = Queue::new()
        .set_name(&shape.name)
        .set_http_target(target)
        .set_rate_limits(limits)
        .set_retry_config(retry);
    Some(queue)
}

/// Sends all tasks to this scheme, host and port, and keeps the path and the query of their URLs.
fn uri(url: &str) -> Option<UriOverride> {
    let url = reqwest::Url::parse(url).ok()?;
    let scheme = match url.scheme() {
        "https" => Scheme::Https,
        "http" => Scheme::Http,
        _ => return None,
    };
    let target = UriOverride::new()
        .set_scheme(scheme)
        .set_host(url.host_str()?)
        .set_uri_override_enforce_mode(UriOverrideEnforceMode::Always);
    // 0 removes the port of a task's URL.
    Some(target.set_port(url.port().map_or(0, i64::from)))
}

fn observed(queue: &Queue) -> LiveTrigger<TaskQueue> {
    let target = queue.http_target.clone().unwrap_or_default();
    let (account, audience) = match &target.authorization_header {
        Some(AuthorizationHeader::OidcToken(token)) => {
            (token.service_account_email.clone(), token.audience.clone())
        }
        Some(_) | None => Default::default(),
    };
    let limits = queue.rate_limits.clone().unwrap_or_default();
    let rate = Rate::new(limits.max_dispatches_per_second);
    LiveTrigger {
        shape: TaskQueue {
            name: queue.name.clone(),
            url: target.uri_override.as_ref().and_then(observed_url).unwrap_or_default(),
            account,
            audience,
            rate: rate.unwrap_or(Rate::MAX),
            concurrent: positive(limits.max_concurrent_dispatches, DEFAULT_CONCURRENT),
            retry: observed_retry(&queue.retry_config.clone().unwrap_or_default()),
        },
        state: match queue.state {
            // Uploading a queue.yaml without the queue disables it.
            State::Paused | State::Disabled => TriggerState::Paused,
            _ => TriggerState::Active,
        },
        last: None,
    }
}

/// `None` if tasks may go elsewhere.
fn observed_url(target: &UriOverride) -> Option<String> {
    let scheme = match target.scheme {
        Some(Scheme::Http) => "http",
        Some(_) => "https",
        None => return None,
    };
    if target.uri_override_enforce_mode == UriOverrideEnforceMode::IfNotExists
        || target.path_override.is_some()
        || target.query_override.is_some()
    {
        return None;
    }
    let (host, port) = (target.host.as_ref()?, target.port.unwrap_or_default());
    match port {
        0 => Some(format!("{scheme}://{host}")),
        port => Some(format!("{scheme}://{host}:{port}")),
    }
}

fn observed_retry(retry: &RetryConfig) -> TaskRetry {
    let time = |duration: Option<google_cloud_wkt::Duration>| Duration::try_from(duration?).ok();
    TaskRetry {
        max_attempts: match retry.max_attempts {
            UNLIMITED => Attempts::Unlimited,
            attempts => Attempts::AtMost(positive(attempts, DEFAULT_ATTEMPTS)),
        },
        max_duration: time(retry.max_retry_duration).unwrap_or_default(),
        minimum_backoff: time(retry.min_backoff).unwrap_or(DEFAULT_MINIMUM_BACKOFF),
        maximum_backoff: time(retry.max_backoff).unwrap_or(DEFAULT_MAXIMUM_BACKOFF),
        max_doublings: positive(retry.max_doublings, DEFAULT_DOUBLINGS),
    }
}

/// The number, or the default for one that is missing.
fn positive(number: i32, default: u32) -> u32 {
    u32::try_from(number).ok().filter(|number| *number > 0).unwrap_or(default)
}

#[cfg(test)]
mod tests;
