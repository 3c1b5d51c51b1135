//! The format of App Engine's cron.yaml:
//! <https://cloud.google.com/appengine/docs/flexible/scheduling-jobs-with-cron-yaml#defining_the_cron_job_schedule>.
//!
//! - `every N hours|mins|minutes [from HH:MM to HH:MM | synchronized]`
//! - `every|ORDINALS day|WEEKDAYS [of month|MONTHS] HH:MM`
//! - `DAYS of month|MONTHS HH:MM`

use super::cron::WEEKDAYS;
use super::{Days, Rule, Times, all};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const ORDINALS: [[&str; 2]; 5] =
    [["1st", "first"], ["2nd", "second"], ["3rd", "third"], ["4th", "fourth"], ["5th", "fifth"]];
const DAY_MINUTES: u32 = 24 * 60;

/// # Errors
/// What the text lacks.
pub(super) fn parse(text: &str) -> Result<Rule, String> {
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["every", number, unit, ref rest @ ..] if number.parse::<u32>().is_ok() => {
            interval(number, unit, rest)
        }
        [ordinals, days, "of", months, time] => specific(ordinals, days, months, time),
        [days, "of", months, time] => of_month(days, months, time),
        [ordinals, days, time] => specific(ordinals, days, "month", time),
        _ => Err(format!("{text:?} is neither in the unix-cron format nor in that of App Engine")),
    }
}

fn interval(number: &str, unit: &str, rest: &[&str]) -> Result<Rule, String> {
    let number: u32 = number.parse().map_err(|_| format!("{number:?} is not a number"))?;
    let factor = match unit {
        "hour" | "hours" => 60,
        "min" | "mins" | "minute" | "minutes" => 1,
        _ => return Err(format!("{unit:?} is not a unit; use hours or minutes")),
    };
    let minutes = number.saturating_mul(factor);
    if minutes == 0 || minutes > DAY_MINUTES {
        return Err("an interval is at least 1 minute and at most 24 hours".to_owned());
    }
    match *rest {
        [] => Ok(Rule::Interval { minutes }),
        ["synchronized"] if DAY_MINUTES.is_multiple_of(minutes) => {
            Ok(Rule::Window { minutes, from: 0, to: DAY_MINUTES - 1 })
        }
        ["synchronized"] => Err("a synchronized interval divides 24 hours evenly".to_owned()),
        ["from", from, "to", to] => {
            let (from, to) = (time_of(from)?, time_of(to)?);
            if from > to {
                return Err("the end of the interval is before its start".to_owned());
            }
            Ok(Rule::Window { minutes, from, to })
        }
        _ => Err(format!("{:?} is not understood", rest.join(" "))),
    }
}

fn specific(ordinals: &str, days: &str, months: &str, time: &str) -> Result<Rule, String> {
    let ordinals = match ordinals {
        "every" => all(1, 5),
        list => set(list, |word| {
            (1..).zip(ORDINALS).find(|(_, names)| names.contains(&word)).map(|(number, _)| number)
        })?,
    };
    let of_week = match days {
        "day" => all(0, 6),
        list => set(list, |word| {
            let known = (0..).zip(WEEKDAYS).find(|(_, name)| word.starts_with(name));
            let full = ["day", "sday", "nesday", "rsday", "urday"];
            let (number, name) = known?;
            let rest = &word[name.len()..];
            (rest.is_empty() || full.contains(&rest)).then_some(number)
        })?,
    };
    times(Days::Nth { ordinals, of_week }, months, time)
}

fn of_month(days: &str, months: &str, time: &str) -> Result<Rule, String> {
    let of_month = set(days, |word| {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.parse().ok().filter(|day| (1..=31).contains(day))
    })?;
    times(Days::Cron { of_month, of_week: all(0, 6), either: false }, months, time)
}

fn times(days: Days, months: &str, time: &str) -> Result<Rule, String> {
    let months = match months {
        "month" => all(1, 12),
        list => set(list, |word| {
            let is_it = |name: &&str| *name == word || (word.len() == 3 && name.starts_with(word));
            (1..).zip(MONTHS).find(|(_, name)| is_it(name)).map(|(number, _)| number)
        })?,
    };
    let time = time_of(time)?;
    let (minutes, hours) = (1 << (time % 60), 1 << (time / 60));
    Ok(Rule::Times(Times { minutes, hours, months, days, is_cron: false }))
}

/// The numbers of the words of a list.
fn set(list: &str, number: impl Fn(&str) -> Option<u32>) -> Result<u64, String> {
    list.split(',').try_fold(0, |set, word| match number(word) {
        Some(number) => Ok(set | 1 << number),
        None => Err(format!("{word:?} is not understood")),
    })
}

/// Minutes after midnight.
fn time_of(text: &str) -> Result<u32, String> {
    let parsed = text.split_once(':').and_then(|(hour, minute)| {
        let (hour, minutes): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute.len() == 2 && minutes < 60).then_some(hour * 60 + minutes)
    });
    parsed.ok_or_else(|| format!("{text:?} is not a time from 00:00 to 23:59"))
}
