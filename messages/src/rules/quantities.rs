//! Quantities: memory, CPU, and times.

use std::ops::RangeInclusive;
use std::time::Duration;

use time::OffsetDateTime;

use crate::invalid::Findings;

pub(crate) const MEMORY: &str = "must be an amount of memory from 128Mi to 32Gi, such as 512Mi";

const MIB: f64 = 1024.0 * 1024.0;
const GIB: f64 = 1024.0 * MIB;

/// <https://cloud.google.com/run/docs/configuring/services/memory-limits>
pub(crate) fn is_memory(text: &str) -> bool {
    bytes(text).is_some_and(|bytes| (128.0 * MIB..=32.0 * GIB).contains(&bytes))
}

/// Whether this is less memory than the second execution environment requires.
pub(crate) fn is_below_gen2(memory: &str) -> bool {
    bytes(memory).is_some_and(|bytes| bytes < 512.0 * MIB)
}

fn bytes(text: &str) -> Option<f64> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => MIB,
        "Gi" => GIB,
        _ => return None,
    };
    decimal(number).map(|number| number * unit)
}

pub(crate) const CPU: &str =
    "must be 1, 2, 4, 6 or 8 CPUs, or a fraction of at least 0.08, such as 0.5 or 500m";

/// <https://cloud.google.com/run/docs/configuring/services/cpu>
pub(crate) fn is_cpu(text: &str) -> bool {
    cpus(text).is_some_and(|cpus| {
        (0.08..1.0).contains(&cpus) || [1.0, 2.0, 4.0, 6.0, 8.0].contains(&cpus)
    })
}

/// Whether `text` is a valid number of CPUs below one.
pub(crate) fn is_below_one_cpu(text: &str) -> bool {
    is_cpu(text) && cpus(text).is_some_and(|cpus| cpus < 1.0)
}

/// The broken rule if this CPU limit is too low for this amount of memory. `None` if one of the two
/// is unset or invalid.
/// <https://cloud.google.com/run/docs/configuring/services/memory-limits#cpu-minimum>
pub(crate) fn cpu_for_memory(memory: &str, cpu: &str) -> Option<&'static str> {
    const LEAST: [(f64, f64, &str); 6] = [
        (24.0 * GIB, 8.0, "must be 8 with more than 24Gi of memory"),
        (16.0 * GIB, 6.0, "must be at least 6 with more than 16Gi of memory"),
        (8.0 * GIB, 4.0, "must be at least 4 with more than 8Gi of memory"),
        (4.0 * GIB, 2.0, "must be at least 2 with more than 4Gi of memory"),
        (GIB, 1.0, "must be at least 1 with more than 1Gi of memory"),
        (512.0 * MIB, 0.5, "must be at least 0.5 with more than 512Mi of memory"),
    ];
    let (memory, cpus) = (bytes(memory)?, cpus(cpu)?);
    let (_, least, rule) = LEAST.into_iter().find(|(above, ..)| memory > *above)?;
    (cpus < least).then_some(rule)
}

/// The broken rule if this amount of memory is too low for this CPU limit.
/// <https://cloud.google.com/run/docs/configuring/services/cpu#cpu-memory>
pub(crate) fn memory_for_cpu(memory: &str, cpu: &str) -> Option<&'static str> {
    let (memory, cpus) = (bytes(memory)?, cpus(cpu)?);
    match cpus {
        6.0 | 8.0 if memory < 4.0 * GIB => Some("must be at least 4Gi with 6 or 8 CPUs"),
        4.0 if memory < 2.0 * GIB => Some("must be at least 2Gi with 4 CPUs"),
        _ => None,
    }
}

fn cpus(text: &str) -> Option<f64> {
    match text.strip_suffix('m') {
        Some(thousandths) => decimal(thousandths).map(|thousandths| thousandths / 1000.0),
        None => decimal(text),
    }
}

/// Digits with at most one dot between them, without sign or exponent.
fn decimal(text: &str) -> Option<f64> {
    let is_digits = |digits: &str| {
        !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if is_digits(whole) && is_digits(fraction) { text.parse().ok() } else { None }
}

/// Reads a duration and checks that it is in `allowed`.
pub(crate) fn duration(
    proto: Option<pbjson_types::Duration>,
    field: &str,
    allowed: RangeInclusive<Duration>,
    findings: &mut Findings,
) -> Option<Duration> {
    let proto = proto?;
    let duration = to_duration(&proto);
    if duration.is_none_or(|duration| !allowed.contains(&duration)) {
        let rule = format!(
            "must be between {} s and {} s",
            allowed.start().as_secs(),
            allowed.end().as_secs()
        );
        findings.add(field, &shown(proto.seconds, proto.nanos), rule);
    }
    duration
}

fn to_duration(proto: &pbjson_types::Duration) -> Option<Duration> {
    let nanos = u32::try_from(proto.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(u64::try_from(proto.seconds).ok()?, nanos))
}

/// Seconds and nanoseconds as received, which may be inconsistent.
fn shown(seconds: i64, nanos: i32) -> String {
    if nanos == 0 { format!("{seconds} s") } else { format!("{seconds} s and {nanos} ns") }
}

/// Reads a required time.
pub(crate) fn timestamp(
    proto: Option<pbjson_types::Timestamp>,
    field: &str,
    findings: &mut Findings,
) -> Option<OffsetDateTime> {
    let Some(proto) = proto else {
        findings.missing(field);
        return None;
    };
    let time = to_time(&proto);
    if time.is_none() {
        let rule = "must be a time in the years 1 to 9999";
        findings.add(field, &shown(proto.seconds, proto.nanos), rule);
    }
    time
}

fn to_time(proto: &pbjson_types::Timestamp) -> Option<OffsetDateTime> {
    let nanos = u32::try_from(proto.nanos).ok()?;
    let time =
        OffsetDateTime::from_unix_timestamp(proto.seconds).ok()?.replace_nanosecond(nanos).ok()?;
    (1..=9999).contains(&time.year()).then_some(time)
}

/// Converts a time to UTC: a message has no offset.
pub(crate) fn to_timestamp(time: OffsetDateTime) -> pbjson_types::Timestamp {
    pbjson_types::Timestamp {
        seconds: time.unix_timestamp(),
        nanos: i32::try_from(time.nanosecond()).unwrap_or_default(),
    }
}
