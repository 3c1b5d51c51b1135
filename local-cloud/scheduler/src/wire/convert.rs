//! Between the core's types and Google's messages.

use std::time::Duration;

use longshore_local_kit::targets::{Oidc, Verb};
use time::OffsetDateTime;

use crate::Refusal;
use crate::core::{Job, Retry, Spec, Target};
use crate::proto::rpc;
use crate::proto::v1::{self, http_target::AuthorizationHeader, job};

/// The zone of a job that names none.
const DEFAULT_ZONE: &str = "UTC";
/// The deadline of an attempt without one (`Job.attempt_deadline`).
const DEFAULT_DEADLINE: Duration = Duration::from_secs(180);

pub(super) fn job_wire(job: &Job) -> v1::Job {
    let (spec, progress) = (&job.spec, &job.progress);
    let state = if progress.is_paused { job::State::Paused } else { job::State::Enabled };
    let deadline = match &spec.target {
        Target::Http { .. } => Some(duration_wire(spec.attempt_deadline)),
        Target::Pubsub { .. } => None,
    };
    v1::Job {
        name: spec.name.clone(),
        description: spec.description.clone(),
        schedule: spec.schedule.clone(),
        time_zone: spec.time_zone.clone(),
        user_update_time: Some(timestamp(job.updated_at)),
        state: state.into(),
        status: progress
            .status
            .as_ref()
            .map(|status| rpc::Status { code: status.code, message: status.message.clone() }),
        schedule_time: job.scheduled_at().map(timestamp),
        last_attempt_time: progress.last_attempt_at.map(timestamp),
        retry_config: Some(retry_wire(&spec.retry)),
        attempt_deadline: deadline,
        target: Some(target_wire(&spec.target)),
    }
}

fn target_wire(target: &Target) -> job::Target {
    match target {
        Target::Http { uri, verb, headers, body, oidc } => {
            job::Target::HttpTarget(v1::HttpTarget {
                uri: uri.clone(),
                http_method: verb.number(),
                headers: headers.clone(),
                body: body.to_vec(),
                authorization_header: oidc.as_ref().map(|oidc| {
                    AuthorizationHeader::OidcToken(v1::OidcToken {
                        service_account_email: oidc.email.clone(),
                        audience: oidc.audience.clone(),
                    })
                }),
            })
        }
        Target::Pubsub { topic, data, attributes } => job::Target::PubsubTarget(v1::PubsubTarget {
            topic_name: topic.clone(),
            data: data.to_vec(),
            attributes: attributes.clone(),
        }),
    }
}

fn retry_wire(retry: &Retry) -> v1::RetryConfig {
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    v1::RetryConfig {
        retry_count: number(retry.count),
        max_retry_duration: Some(duration_wire(retry.max_duration)),
        min_backoff_duration: Some(duration_wire(retry.min_backoff)),
        max_backoff_duration: Some(duration_wire(retry.max_backoff)),
        max_doublings: number(retry.doublings),
    }
}

/// What a caller decides about a job.
///
/// # Errors
/// [`Refusal::Invalid`] with the name of the field; [`Refusal::Unimplemented`] for a target that the
/// local cloud does not have.
pub(super) fn spec(wire: v1::Job) -> Result<Spec, Refusal> {
    let target = match wire.target {
        Some(job::Target::HttpTarget(http)) => http_target(http)?,
        Some(job::Target::PubsubTarget(pubsub)) => Target::Pubsub {
            topic: pubsub.topic_name,
            data: pubsub.data.into(),
            attributes: pubsub.attributes,
        },
        Some(job::Target::AppEngineHttpTarget(_)) => {
            return Err(Refusal::Unimplemented(
                "App Engine targets (app_engine_http_target)".to_owned(),
            ));
        }
        None => return Err(Refusal::invalid("Job.target: required, such as http_target")),
    };
    let deadline = wire.attempt_deadline.as_ref();
    let deadline = deadline.map(|given| duration(given, "Job.attempt_deadline")).transpose()?;
    let attempt_deadline = match &target {
        Target::Http { .. } => deadline.unwrap_or(DEFAULT_DEADLINE),
        Target::Pubsub { .. } => DEFAULT_DEADLINE,
    };
    let zone = if wire.time_zone.is_empty() { DEFAULT_ZONE.to_owned() } else { wire.time_zone };
    Ok(Spec {
        name: wire.name,
        description: wire.description,
        target,
        schedule: wire.schedule,
        time_zone: zone,
        retry: retry(wire.retry_config.unwrap_or_default())?,
        attempt_deadline,
    })
}

fn http_target(http: v1::HttpTarget) -> Result<Target, Refusal> {
    let verb = Verb::of_number(http.http_method).ok_or_else(|| {
        Refusal::Invalid(format!("HttpTarget.http_method: {} is unknown", http.http_method))
    })?;
    let oidc = match http.authorization_header {
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
    Ok(Target::Http { uri: http.uri, verb, headers: http.headers, body: http.body.into(), oidc })
}

/// A field that is missing has Google's default, and so has the number 0 of doublings, because
/// nothing tells it from a missing one.
fn retry(wire: v1::RetryConfig) -> Result<Retry, Refusal> {
    let default = Retry::default();
    let time = |given: Option<pbjson_types::Duration>, default, field| {
        given.map_or(Ok(default), |given| duration(&given, field))
    };
    let number = |number: i32, field: &str| {
        u32::try_from(number)
            .map_err(|_| Refusal::Invalid(format!("{field}: must not be negative")))
    };
    let doublings = number(wire.max_doublings, "RetryConfig.max_doublings")?;
    Ok(Retry {
        count: number(wire.retry_count, "RetryConfig.retry_count")?,
        max_duration: time(
            wire.max_retry_duration,
            default.max_duration,
            "RetryConfig.max_retry_duration",
        )?,
        min_backoff: time(
            wire.min_backoff_duration,
            default.min_backoff,
            "RetryConfig.min_backoff_duration",
        )?,
        max_backoff: time(
            wire.max_backoff_duration,
            default.max_backoff,
            "RetryConfig.max_backoff_duration",
        )?,
        doublings: if doublings == 0 { default.doublings } else { doublings },
    })
}

fn duration(wire: &pbjson_types::Duration, field: &str) -> Result<Duration, Refusal> {
    match (u64::try_from(wire.seconds), u32::try_from(wire.nanos)) {
        (Ok(seconds), Ok(nanos)) if nanos < 1_000_000_000 => Ok(Duration::new(seconds, nanos)),
        _ => Err(Refusal::Invalid(format!("{field}: must not be negative"))),
    }
}

fn duration_wire(duration: Duration) -> pbjson_types::Duration {
    pbjson_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or_default(),
    }
}

fn timestamp(time: OffsetDateTime) -> pbjson_types::Timestamp {
    pbjson_types::Timestamp {
        seconds: time.unix_timestamp(),
        nanos: i32::try_from(time.nanosecond()).unwrap_or_default(),
    }
}
