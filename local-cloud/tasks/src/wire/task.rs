//! Between the core's tasks and Google's messages.

use std::time::Duration;

use longshore_local_kit::targets::{Oidc, Verb};
use time::OffsetDateTime;

use super::convert::{duration, duration_wire, retry, retry_wire, timestamp};
use crate::Refusal;
use crate::core::{Spec, Task};
use crate::proto::rpc;
use crate::proto::v2::http_request::AuthorizationHeader;
use crate::proto::v2::{self, task};

/// The deadline of a task without one (`Task.dispatch_deadline`).
const DEFAULT_DEADLINE: Duration = Duration::from_secs(600);

/// The body is part of the full view only.
pub(super) fn task_wire(task: &Task, view: task::View) -> v2::Task {
    let (spec, progress) = (&task.spec, &task.progress);
    let is_full = view == task::View::Full;
    let created = pbjson_types::Timestamp { seconds: spec.created_at.unix_timestamp(), nanos: 0 };
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    v2::Task {
        name: spec.name.clone(),
        schedule_time: Some(timestamp(progress.scheduled_at)),
        create_time: Some(created),
        dispatch_deadline: Some(duration_wire(spec.deadline)),
        dispatch_count: count(progress.dispatches),
        response_count: count(progress.responses),
        first_attempt: progress
            .first_dispatch_at
            .map(|at| v2::Attempt { dispatch_time: Some(timestamp(at)), ..v2::Attempt::default() }),
        last_attempt: progress.last_attempt.as_ref().map(|last| v2::Attempt {
            schedule_time: Some(timestamp(last.scheduled_at)),
            dispatch_time: Some(timestamp(last.dispatched_at)),
            response_time: last.end.as_ref().map(|(at, _)| timestamp(*at)),
            response_status: last.end.as_ref().map(|(_, status)| rpc::Status {
                code: status.code,
                message: status.message.clone(),
            }),
        }),
        view: if is_full { task::View::Full } else { task::View::Basic }.into(),
        retry_config: spec.retry.as_ref().map(retry_wire),
        message_type: Some(task::MessageType::HttpRequest(v2::HttpRequest {
            url: spec.url.clone(),
            http_method: spec.verb.number(),
            headers: spec.headers.clone(),
            body: if is_full { spec.body.to_vec() } else { Vec::new() },
            authorization_header: spec.oidc.as_ref().map(|oidc| {
                AuthorizationHeader::OidcToken(v2::OidcToken {
                    service_account_email: oidc.email.clone(),
                    audience: oidc.audience.clone(),
                })
            }),
        })),
    }
}

/// What a caller decides about a task, and when it is to be attempted first.
///
/// # Errors
/// [`Refusal::Invalid`] with the name of the field; [`Refusal::Unimplemented`] for a target that the
/// local cloud does not have.
pub(super) fn spec(
    wire: v2::Task,
    is_named: bool,
    now: OffsetDateTime,
) -> Result<(Spec, Option<OffsetDateTime>), Refusal> {
    let request = match wire.message_type {
        Some(task::MessageType::HttpRequest(request)) => request,
        Some(task::MessageType::AppEngineHttpRequest(_)) => {
            return Err(Refusal::Unimplemented(
                "App Engine tasks (app_engine_http_request)".to_owned(),
            ));
        }
        None => return Err(Refusal::invalid("Task.message_type: required, such as http_request")),
    };
    let verb = Verb::of_number(request.http_method).ok_or_else(|| {
        Refusal::Invalid(format!("HttpRequest.http_method: {} is unknown", request.http_method))
    })?;
    let oidc = match request.authorization_header {
        None => None,
        Some(AuthorizationHeader::OidcToken(oidc)) => {
            Some(Oidc { email: oidc.service_account_email, audience: oidc.audience })
        }
        Some(AuthorizationHeader::OauthToken(_)) => {
            return Err(Refusal::Unimplemented(
                "OAuth tokens (oauth_token): they are for Google's own APIs, which cannot verify \
                 a token of the local cloud; use oidc_token"
                    .to_owned(),
            ));
        }
    };
    let deadline = match &wire.dispatch_deadline {
        None => DEFAULT_DEADLINE,
        Some(given) => match duration(given) {
            Some(Duration::ZERO) => DEFAULT_DEADLINE,
            // A negative one is too short.
            given => given.unwrap_or(Duration::ZERO),
        },
    };
    let wanted = wire.schedule_time.as_ref().map(moment).transpose()?;
    let spec = Spec {
        name: wire.name,
        is_named,
        url: request.url,
        verb,
        headers: request.headers,
        body: request.body.into(),
        oidc,
        deadline,
        retry: wire.retry_config.as_ref().map(retry).transpose()?,
        created_at: now,
    };
    Ok((spec, wanted))
}

fn moment(time: &pbjson_types::Timestamp) -> Result<OffsetDateTime, Refusal> {
    let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .map_err(|_| Refusal::invalid("Task.schedule_time: out of range"))
}
