//! Validates schedules.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::function::triggers::{Method, ScheduleRetry, ScheduleTrigger};
use crate::invalid::Findings;
use crate::{proto, rules};

// The limits of `google.cloud.scheduler.v1.Job` and `RetryConfig`. A month is longer than what any
// schedule but a yearly one waits, and Cloud Scheduler names no limit.
const ATTEMPT_DEADLINE: RangeInclusive<Duration> =
    Duration::from_secs(15)..=Duration::from_secs(30 * 60);
const WAIT: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(31 * 24 * 3600);
const RETRIES: RangeInclusive<i32> = 0..=5;

/// `position` is that among the schedules of the function, from 1.
pub(super) fn read_schedule(
    at: &str,
    schedule: proto::ScheduleTrigger,
    position: usize,
    project: &str,
    findings: &mut Findings,
) -> Option<ScheduleTrigger> {
    let name = super::trigger_name(at, "name", schedule.name, || position.to_string(), findings);
    if schedule.schedule.is_empty() {
        findings.missing(format!("{at}.schedule"));
    } else if let Some(rule) = rules::schedule_problem(&schedule.schedule) {
        findings.add(format!("{at}.schedule"), &schedule.schedule, rule);
    }
    let time_zone = rules::optional(schedule.time_zone);
    if let Some(zone) = time_zone.as_ref().filter(|zone| !rules::is_time_zone(zone)) {
        findings.add(format!("{at}.timeZone"), zone, rules::TIME_ZONE);
    }
    let method = read_method(at, &schedule.method, findings);
    let path = rules::optional(schedule.path).unwrap_or_else(|| "/".to_owned());
    if !rules::is_request_path(&path) {
        findings.add(format!("{at}.path"), &path, rules::REQUEST_PATH);
    }
    read_body(at, method, &schedule.body, findings);
    for (header, rule) in rules::header_problems(&schedule.headers) {
        findings.add(format!("{at}.headers"), header, rule);
    }
    let account = super::own_account(at, schedule.service_account, project, findings);
    let field = format!("{at}.attemptDeadline");
    let attempt_deadline =
        rules::duration(schedule.attempt_deadline, &field, ATTEMPT_DEADLINE, findings);
    let retry = read_retry(&format!("{at}.retry"), schedule.retry.unwrap_or_default(), findings);
    Some(ScheduleTrigger {
        name,
        schedule: schedule.schedule,
        time_zone,
        method: method?,
        path,
        body: schedule.body,
        headers: schedule.headers,
        attempt_deadline,
        retry,
        account,
    })
}

fn read_method(at: &str, name: &str, findings: &mut Findings) -> Option<Method> {
    if name.is_empty() {
        return Some(Method::Post);
    }
    let method = Method::of_name(name);
    if method.is_none() {
        let rule = "must be POST, GET, HEAD, PUT, DELETE, PATCH or OPTIONS";
        findings.add(format!("{at}.method"), name, rule);
    }
    method
}

fn read_body(at: &str, method: Option<Method>, body: &[u8], findings: &mut Findings) {
    let field = format!("{at}.body");
    if !rules::is_body(body) {
        findings.add(&field, &format!("{} bytes", body.len()), rules::BODY);
    }
    if !body.is_empty() && method.is_some_and(|method| !method.has_body()) {
        findings.add(field, "", "requires the method POST, PUT or PATCH");
    }
}

fn read_retry(at: &str, retry: proto::ScheduleRetry, findings: &mut Findings) -> ScheduleRetry {
    if !RETRIES.contains(&retry.count) {
        let rule = "must be between 0 and 5";
        findings.add(format!("{at}.count"), &retry.count.to_string(), rule);
    }
    let mut wait =
        |field: &str, value| rules::duration(value, &format!("{at}.{field}"), WAIT, findings);
    let max_duration = wait("maxDuration", retry.max_duration);
    let minimum_backoff = wait("minimumBackoff", retry.minimum_backoff);
    let maximum_backoff = wait("maximumBackoff", retry.maximum_backoff);
    super::check_backoff(at, minimum_backoff, maximum_backoff, findings);
    ScheduleRetry {
        count: u32::try_from(retry.count).unwrap_or_default(),
        // Zero is no limit for Cloud Scheduler.
        max_duration: max_duration.filter(|limit| !limit.is_zero()),
        minimum_backoff,
        maximum_backoff,
        max_doublings: super::max_doublings(at, retry.max_doublings, findings),
    }
}

#[cfg(test)]
mod tests;
