//! Times: the two formats that Cloud Scheduler reads, and time zones.
//! <https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules>

mod cron;
mod english;

/// Maximum length of a schedule, in bytes. Cloud Scheduler names none; a schedule appears in logs.
const BYTES_MAX: usize = 500;

/// What is wrong with a schedule, as the predicate of a sentence. Cloud Scheduler checks whether it
/// ever comes due.
pub(crate) fn schedule_problem(text: &str) -> Option<String> {
    if text.len() > BYTES_MAX {
        return Some(format!("must have at most {BYTES_MAX} bytes"));
    }
    let found = if cron::is_cron(text) { cron::check(text) } else { english::check(text) };
    found.err()
}

pub(crate) const TIME_ZONE: &str =
    "must be the name of a time zone in the tz database, such as Europe/Zurich";

/// Names of time zones are case-sensitive, except that of UTC.
pub(crate) fn is_time_zone(name: &str) -> bool {
    name.eq_ignore_ascii_case("utc")
        || jiff::tz::TimeZone::get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}

pub(crate) const TRIGGER_NAME: &str = "must have 1 to 30 lower-case letters, digits and hyphens, starting and ending with a letter or digit";

/// It is the end of an id of at most 100 letters, digits and hyphens.
pub(crate) fn is_trigger_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=30).contains(&name.len())
        && name.chars().all(is_part)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
