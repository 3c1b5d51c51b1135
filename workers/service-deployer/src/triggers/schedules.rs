//! Triggers of schedules: jobs of Cloud Scheduler. Pure.

use std::time::Duration;

use longshore_cloud::{CloudError, Kind, ScheduledCall, ScheduledRetry};
use longshore_messages::{FailureClass, Function, FunctionRef, ScheduleTrigger};

use super::verdict::{Verdict, is_rate};

/// The time zone of a schedule that does not name one.
const TIME_ZONE_DEFAULT: &str = "Etc/UTC";

/// What Cloud Scheduler does where a job does not say (`google.cloud.scheduler.v1.Job`,
/// `RetryConfig`). It is written into the job, so that a field that vanishes from a request has its
/// default again.
const ATTEMPT_DEADLINE_DEFAULT: Duration = Duration::from_secs(180);
const MINIMUM_BACKOFF_DEFAULT: Duration = Duration::from_secs(5);
const MAXIMUM_BACKOFF_DEFAULT: Duration = Duration::from_secs(3_600);
const DOUBLINGS_DEFAULT: u32 = 5;

/// The job that a trigger requests.
pub(super) fn job(
    fleet: &str,
    function: &Function,
    schedule: &ScheduleTrigger,
    account: &str,
    url: &str,
) -> ScheduledCall {
    let (at, retry) = (&function.at, &schedule.retry);
    let url = url.trim_end_matches('/');
    let maximum_backoff = retry.maximum_backoff.unwrap_or(
        // The default must not be shorter than what the request says.
        MAXIMUM_BACKOFF_DEFAULT.max(retry.minimum_backoff.unwrap_or_default()),
    );
    ScheduledCall {
        name: schedule.job(fleet, at),
        description: format!("Calls function {at}. Managed by fleet {fleet} of Longshore."),
        schedule: schedule.schedule.clone(),
        time_zone: schedule.time_zone.clone().unwrap_or_else(|| TIME_ZONE_DEFAULT.to_owned()),
        url: format!("{url}{}", schedule.path),
        method: schedule.method,
        headers: schedule.headers.clone(),
        body: schedule.body.clone(),
        account: account.to_owned(),
        audience: url.to_owned(),
        attempt_deadline: schedule.attempt_deadline.unwrap_or(ATTEMPT_DEADLINE_DEFAULT),
        retry: ScheduledRetry {
            count: retry.count,
            max_duration: retry.max_duration.unwrap_or_default(),
            minimum_backoff: retry
                .minimum_backoff
                .unwrap_or(MINIMUM_BACKOFF_DEFAULT.min(maximum_backoff)),
            maximum_backoff,
            max_doublings: retry.max_doublings.unwrap_or(DOUBLINGS_DEFAULT),
        },
    }
}

/// What Cloud Scheduler's refusal means, where it says more than its code. `None` if it does not. `words` are in
/// lower case.
pub(super) fn refusal(error: &CloudError, words: &str, at: &FunctionRef) -> Option<Verdict> {
    let (project, region) = (&at.project, &at.region);
    let says = |part: &str| words.contains(part);
    if says("schedule or time zone is invalid") {
        let advice = "fix `schedule` or `timeZone` of the trigger, and deploy again";
        return Some(Verdict::Refused(FailureClass::User, advice.to_owned()));
    }
    if says("location must equal") {
        let advice = "deploy the function to the region that the reason names: Cloud Scheduler uses \
                      no other one in a project with an old App Engine app";
        return Some(Verdict::Refused(FailureClass::User, advice.to_owned()));
    }
    if error.kind == Kind::ResourceExhausted && !is_rate(error, words) {
        let advice = format!(
            "delete unused jobs (`gcloud scheduler jobs list --project {project} --location \
             {region}`), or request a higher quota than 1,000 jobs of Cloud Scheduler in the region, \
             and deploy again"
        );
        return Some(Verdict::Refused(FailureClass::System, advice));
    }
    if error.kind == Kind::NotFound {
        let advice = format!(
            "deploy the function to a region of Cloud Scheduler, which `gcloud scheduler locations \
             list --project {project}` lists, and name a service account that exists"
        );
        return Some(Verdict::Refused(FailureClass::User, advice));
    }
    None
}

/// What to grant if the fleet may not manage jobs, or Cloud Scheduler may not use the account.
pub(super) fn role(at: &FunctionRef) -> String {
    let FunctionRef { project, region, .. } = at;
    format!(
        "let the fleet manage jobs with `gcloud projects add-iam-policy-binding {project} --member \
         serviceAccount:FLEET --role roles/cloudscheduler.admin`, make sure that `gcloud scheduler \
         locations list --project {project}` lists {region}, let Cloud Scheduler make tokens with \
         `gcloud projects add-iam-policy-binding {project} --member \
         serviceAccount:service-PROJECT_NUMBER@gcp-sa-cloudscheduler.iam.gserviceaccount.com --role \
         roles/cloudscheduler.serviceAgent`"
    )
}

#[cfg(test)]
mod tests;
