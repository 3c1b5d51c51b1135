//! The request of an attempt: <https://cloud.google.com/scheduler/docs/reference/rpc/google.cloud.scheduler.v1#httptarget>.

use std::collections::BTreeMap;

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use bytes::Bytes;
use longshore_local_kit::targets::{self, TargetRequest};

use crate::core::{Attempt, OWN_HEADERS, Target};

/// The user agent of Google's requests.
const AGENT: HeaderValue = HeaderValue::from_static("Google-Cloud-Scheduler");
/// The content type of a body without one.
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

const IS_SCHEDULER: HeaderName = HeaderName::from_static("x-cloudscheduler");
const JOB_NAME: HeaderName = HeaderName::from_static("x-cloudscheduler-jobname");
const SCHEDULE_TIME: HeaderName = HeaderName::from_static("x-cloudscheduler-scheduletime");

/// What an attempt does.
#[derive(Debug)]
pub(crate) enum Action {
    Call(TargetRequest),
    Publish { topic: String, data: Bytes, attributes: BTreeMap<String, String> },
}

pub(crate) fn action(attempt: &Attempt) -> Action {
    let spec = &attempt.spec;
    match &spec.target {
        Target::Pubsub { topic, data, attributes } => Action::Publish {
            topic: topic.clone(),
            data: data.clone(),
            attributes: attributes.clone(),
        },
        Target::Http { uri, verb, headers, body, oidc } => {
            // They were checked when the job was saved.
            let mut headers = targets::headers(headers, OWN_HEADERS).unwrap_or_default();
            if !body.is_empty() {
                headers.entry(CONTENT_TYPE).or_insert(OCTETS);
            }
            headers.insert(USER_AGENT, AGENT);
            headers.insert(IS_SCHEDULER, HeaderValue::from_static("true"));
            let id = spec.name.rsplit('/').next().unwrap_or_default();
            let time = spec.parsed_schedule().ok().and_then(|it| it.header(attempt.scheduled_for));
            for (name, value) in [(JOB_NAME, Some(id)), (SCHEDULE_TIME, time.as_deref())] {
                if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                    headers.insert(name, value);
                }
            }
            Action::Call(TargetRequest {
                verb: *verb,
                url: uri.clone(),
                headers,
                body: body.clone(),
                oidc: oidc.clone(),
                deadline: spec.attempt_deadline,
            })
        }
    }
}
