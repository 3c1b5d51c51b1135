//! Triggers of queues: queues of Cloud Tasks, and who may add tasks to them. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use longshore_cloud::{CloudError, Kind, TaskQueue, TaskRetry};
use longshore_messages::{Attempts, FailureClass, Function, FunctionRef, QueueTrigger, Rate};

use super::verdict::{Verdict, is_rate};

/// What Cloud Tasks does where a queue does not say. It is written into the queue, so that a field
/// that vanishes from a request has its default again.
const CONCURRENT_DEFAULT: u32 = 1_000;
const ATTEMPTS_DEFAULT: Attempts = Attempts::AtMost(100);
const MINIMUM_BACKOFF_DEFAULT: Duration = Duration::from_millis(100);
const MAXIMUM_BACKOFF_DEFAULT: Duration = Duration::from_secs(3_600);
const DOUBLINGS_DEFAULT: u32 = 16;

/// Principals that may add tasks, by the resource names of the queues.
pub(crate) type Enqueuers = BTreeMap<String, BTreeSet<String>>;

/// The queue that a trigger requests.
pub(super) fn queue(
    fleet: &str,
    function: &Function,
    queue: &QueueTrigger,
    account: &str,
    url: &str,
) -> TaskQueue {
    let retry = &queue.retry;
    let url = url.trim_end_matches('/');
    let maximum_backoff = retry.maximum_backoff.unwrap_or(
        // The default must not be shorter than what the request says.
        MAXIMUM_BACKOFF_DEFAULT.max(retry.minimum_backoff.unwrap_or_default()),
    );
    TaskQueue {
        name: queue.resource(fleet, &function.at),
        url: url.to_owned(),
        account: account.to_owned(),
        audience: url.to_owned(),
        rate: queue.max_dispatches_per_second.unwrap_or(Rate::MAX),
        concurrent: queue.max_concurrent_dispatches.unwrap_or(CONCURRENT_DEFAULT),
        retry: TaskRetry {
            max_attempts: retry.max_attempts.unwrap_or(ATTEMPTS_DEFAULT),
            max_duration: retry.max_duration.unwrap_or_default(),
            minimum_backoff: retry.minimum_backoff.unwrap_or(MINIMUM_BACKOFF_DEFAULT),
            maximum_backoff,
            max_doublings: retry.max_doublings.unwrap_or(DOUBLINGS_DEFAULT),
        },
    }
}

/// Who may add tasks to the queue of a trigger, as IAM names them.
pub(super) fn enqueuers(queue: &QueueTrigger) -> BTreeSet<String> {
    queue.enqueuers.iter().map(ToString::to_string).collect()
}

/// What Cloud Tasks' refusal means, where it says more than its code. `None` if it does not. `words` are in
/// lower case.
pub(super) fn refusal(error: &CloudError, words: &str, at: &FunctionRef) -> Option<Verdict> {
    let (project, region) = (&at.project, &at.region);
    let says = |part: &str| words.contains(part);
    if says("existed too recently") || says("existed recently") {
        let advice = "give the queue another name with `queue` of the trigger, or deploy again later: \
                      Cloud Tasks blocks the name of a deleted queue for up to seven days";
        return Some(Verdict::Refused(FailureClass::User, advice.to_owned()));
    }
    if says("location must equal") {
        let advice = "deploy the function to the region that the reason names: Cloud Tasks uses no other \
                      one in a project with an old App Engine app";
        return Some(Verdict::Refused(FailureClass::User, advice.to_owned()));
    }
    if error.kind == Kind::ResourceExhausted && !is_rate(error, words) {
        let advice = format!(
            "delete unused queues (`gcloud tasks queues list --project {project} --location \
             {region}`), or request a higher quota than 1,000 queues of Cloud Tasks in the region, and deploy \
             again"
        );
        return Some(Verdict::Refused(FailureClass::System, advice));
    }
    if error.kind == Kind::NotFound {
        let advice = format!(
            "deploy the function to a region of Cloud Tasks, which `gcloud tasks locations list --project \
             {project}` lists, and name a service account that exists"
        );
        return Some(Verdict::Refused(FailureClass::User, advice));
    }
    None
}

/// What to grant if the fleet may not manage queues, or Cloud Tasks may not use the account.
pub(super) fn role(at: &FunctionRef) -> String {
    let FunctionRef { project, region, .. } = at;
    format!(
        "let the fleet manage queues with `gcloud projects add-iam-policy-binding {project} --member \
         serviceAccount:FLEET --role roles/cloudtasks.admin`, make sure that `gcloud tasks locations \
         list --project {project}` lists {region}, let Cloud Tasks make tokens with `gcloud projects \
         add-iam-policy-binding {project} --member \
         serviceAccount:service-PROJECT_NUMBER@gcp-sa-cloudtasks.iam.gserviceaccount.com --role \
         roles/cloudtasks.serviceAgent`"
    )
}

#[cfg(test)]
mod tests;
