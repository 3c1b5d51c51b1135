//! When a job runs: <https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules>.
//!
//! **Daylight saving time.** A schedule is evaluated against the wall clock of its zone. A time that
//! the clocks skip does not exist, so a job that is scheduled for it does not run that day. A time
//! that occurs twice runs twice.

mod cron;
mod english;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use time::OffsetDateTime;

use super::Refusal;

/// How far a schedule looks for its next time. February 29 is at most eight years away.
const HORIZON_YEARS: i16 = 9;
const MINUTE_SECONDS: i64 = 60;

/// A schedule in its time zone.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    rule: Rule,
    zone: TimeZone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// At each minute that matches.
    Times(Times),
    /// Some minutes after the last time.
    Interval { minutes: u32 },
    /// Every day at `from`, and then every `minutes` until `to`, in minutes after midnight.
    Window { minutes: u32, from: u32, to: u32 },
}

/// Sets of the parts of a minute, as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Times {
    minutes: u64,
    hours: u64,
    months: u64,
    days: Days,
    /// Whether the schedule was written in the unix-cron format.
    is_cron: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    /// Either of two restricted fields matches, or the only restricted one does, as for cron.
    Cron { of_month: u64, of_week: u64, either: bool },
    /// The first, second, … occurrence of some weekdays in a month.
    Nth { ordinals: u64, of_week: u64 },
}

impl Schedule {
    /// # Errors
    /// [`Refusal::Invalid`] when the text is no schedule, never comes due, or when the time zone
    /// database does not have the zone.
    pub(crate) fn parse(text: &str, zone: &str) -> Result<Self, Refusal> {
        let invalid = |why: String| {
            // The first sentence is Google's.
            Refusal::Invalid(format!("Schedule or time zone is invalid. ({why})"))
        };
        let zone = zone_of(zone).map_err(invalid)?;
        let rule = if cron::is_cron(text) { cron::parse(text) } else { english::parse(text) };
        let schedule = Self { rule: rule.map_err(invalid)?, zone };
        match schedule.next_after(OffsetDateTime::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(invalid("the schedule never comes due".to_owned())),
        }
    }

    /// The first time after `time`. `None` if there is none for years.
    pub(crate) fn next_after(&self, time: OffsetDateTime) -> Option<OffsetDateTime> {
        let after = Timestamp::from_second(time.unix_timestamp())
            .ok()?
            .to_zoned_datetime(self.zone.clone());
        let next = match &self.rule {
            Rule::Times(times) => times.next_after(&after)?.as_second(),
            Rule::Interval { minutes } => {
                time.unix_timestamp() + i64::from(*minutes) * MINUTE_SECONDS
            }
            Rule::Window { minutes, from, to } => {
                window_after(&after, *minutes, *from, *to)?.as_second()
            }
        };
        OffsetDateTime::from_unix_timestamp(next).ok()
    }

    /// A time in the zone of the schedule, as the header `X-CloudScheduler-ScheduleTime` has it.
    /// `None` for a schedule in English, for which Google does not set the header.
    pub(crate) fn header(&self, time: OffsetDateTime) -> Option<String> {
        match &self.rule {
            Rule::Times(times) if times.is_cron => {}
            Rule::Times(_) | Rule::Interval { .. } | Rule::Window { .. } => return None,
        }
        let local = Timestamp::from_second(time.unix_timestamp())
            .ok()?
            .to_zoned_datetime(self.zone.clone());
        let format = if local.offset().is_zero() { "%FT%TZ" } else { "%FT%T%:z" };
        Some(local.strftime(format).to_string())
    }
}

fn zone_of(name: &str) -> Result<TimeZone, String> {
    if name.is_empty() || name.eq_ignore_ascii_case("utc") {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(name).map_err(|_| format!("time zone {name:?} is not in the time zone database"))
}

impl Times {
    /// Goes from minute to minute of the wall clock, and skips months, days and hours that do not
    /// match.
    fn next_after(&self, after: &ZonedDateTime) -> Option<Timestamp> {
        let last_year = after.year() + HORIZON_YEARS;
        let zone = after.time_zone();
        let minute = after.timestamp().as_second().div_euclid(MINUTE_SECONDS) + 1;
        let mut next = at(minute * MINUTE_SECONDS, zone)?;
        while next.year() <= last_year {
            next = if !has(self.months, next.month()) {
                let first = next.date().last_of_month().tomorrow().ok()?;
                midnight(first, zone)?
            } else if !self.days.has(next.date()) {
                midnight(next.date().tomorrow().ok()?, zone)?
            } else if !has(self.hours, next.hour()) {
                let minutes = 60 - i64::from(next.minute());
                at(next.timestamp().as_second() + minutes * MINUTE_SECONDS, zone)?
            } else if !has(self.minutes, next.minute()) {
                at(next.timestamp().as_second() + MINUTE_SECONDS, zone)?
            } else {
                return Some(next.timestamp());
            };
        }
        None
    }
}

impl Days {
    fn has(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_zero_offset();
        match *self {
            Self::Cron { of_month, of_week, either } => {
                let (month, week) = (has(of_month, date.day()), has(of_week, weekday));
                if either { month || week } else { month && week }
            }
            Self::Nth { ordinals, of_week } => {
                has(ordinals, (date.day() - 1) / 7 + 1) && has(of_week, weekday)
            }
        }
    }
}

fn has(set: u64, number: i8) -> bool {
    u32::try_from(number).is_ok_and(|number| set & (1 << number) != 0)
}

/// The numbers from `first` to `last`, as bits.
fn all(first: u32, last: u32) -> u64 {
    (first..=last).fold(0, |set, number| set | 1 << number)
}

fn at(second: i64, zone: &TimeZone) -> Option<ZonedDateTime> {
    Some(Timestamp::from_second(second).ok()?.to_zoned_datetime(zone.clone()))
}

/// The first moment of a day.
fn midnight(date: Date, zone: &TimeZone) -> Option<ZonedDateTime> {
    date.to_zoned_datetime(zone.clone()).ok()
}

fn window_after(after: &ZonedDateTime, minutes: u32, from: u32, to: u32) -> Option<Timestamp> {
    let mut date = after.date();
    // Two days are enough, except where the clocks skip the whole window.
    for _ in 0..4 {
        let mut minute = from;
        while minute <= to {
            let (hour, rest) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
            let local = date.at(hour, rest, 0, 0);
            let ambiguous = after.time_zone().to_ambiguous_zoned_datetime(local);
            // A time that the clocks skip does not exist.
            if !matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
                let time = ambiguous.compatible().ok()?.timestamp();
                if time > after.timestamp() {
                    return Some(time);
                }
            }
            minute += minutes;
        }
        date = date.tomorrow().ok()?;
    }
    None
}
