//! The request of an attempt: <https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler>.

use axum::http::header::{HeaderName, HeaderValue, USER_AGENT};
use longshore_local_kit::targets::{self, TargetRequest};
use time::OffsetDateTime;

use crate::core::{Attempt, OWN_HEADERS};

/// The user agent of Google's requests.
const AGENT: HeaderValue = HeaderValue::from_static("Google-Cloud-Tasks");

const QUEUE_NAME: HeaderName = HeaderName::from_static("x-cloudtasks-queuename");
const TASK_NAME: HeaderName = HeaderName::from_static("x-cloudtasks-taskname");
const RETRY_COUNT: HeaderName = HeaderName::from_static("x-cloudtasks-taskretrycount");
const EXECUTION_COUNT: HeaderName = HeaderName::from_static("x-cloudtasks-taskexecutioncount");
const ETA: HeaderName = HeaderName::from_static("x-cloudtasks-tasketa");
const PREVIOUS_RESPONSE: HeaderName = HeaderName::from_static("x-cloudtasks-taskpreviousresponse");

pub(crate) fn request(attempt: &Attempt) -> TargetRequest {
    let sent = attempt.routing.as_ref().map(|routing| attempt.spec.routed_by(routing));
    let (spec, before) = (sent.as_ref().unwrap_or(&attempt.spec), &attempt.before);
    // They were checked when the task was created.
    let mut headers = targets::headers(&spec.headers, OWN_HEADERS).unwrap_or_default();
    headers.insert(USER_AGENT, AGENT);
    let mut segments = spec.name.rsplit('/');
    let task = segments.next().unwrap_or_default().to_owned();
    let queue = segments.nth(1).unwrap_or_default().to_owned();
    let own = [
        (QUEUE_NAME, Some(queue)),
        (TASK_NAME, Some(task)),
        (RETRY_COUNT, Some(before.dispatches.to_string())),
        (EXECUTION_COUNT, Some(before.executions.to_string())),
        (ETA, Some(seconds(before.scheduled_at))),
        (PREVIOUS_RESPONSE, before.last_response.map(|status| status.to_string())),
    ];
    for (name, value) in own {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    TargetRequest {
        verb: spec.verb,
        url: spec.url.clone(),
        headers,
        body: spec.body.clone(),
        oidc: spec.oidc.clone(),
        deadline: spec.deadline,
    }
}

/// Seconds since 1970, with microseconds.
fn seconds(time: OffsetDateTime) -> String {
    format!("{}.{:06}", time.unix_timestamp(), time.microsecond())
}
