//! The format of App Engine's cron.yaml, such as `every 12 hours` or `1st monday of month 09:00`.
//! <https://cloud.google.com/appengine/docs/flexible/scheduling-jobs-with-cron-yaml#formatting_the_schedule>

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
const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const ORDINALS: [&str; 10] =
    ["1st", "first", "2nd", "second", "3rd", "third", "4th", "fourth", "5th", "fifth"];

const NOT_A_SCHEDULE: &str = "must be in the format of unix-cron, such as 0 9 * * mon, or of App Engine, such as every monday 09:00";

const DAY_MINUTES: u32 = 24 * 60;

/// What is wrong, as the predicate of a sentence.
pub(super) fn check(text: &str) -> Result<(), String> {
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_schedule = match words[..] {
        ["every", number, unit, ref rest @ ..] if number.parse::<u32>().is_ok() => {
            return interval(number, unit, rest);
        }
        [ordinals, days, "of", months, time] => {
            are_ordinals(ordinals) && are_weekdays(days) && are_months(months) && is_time(time)
        }
        [days, "of", months, time] => {
            are_days_of_month(days) && are_months(months) && is_time(time)
        }
        [ordinals, days, time] => are_ordinals(ordinals) && are_weekdays(days) && is_time(time),
        _ => false,
    };
    if is_schedule { Ok(()) } else { Err(NOT_A_SCHEDULE.to_owned()) }
}

fn interval(number: &str, unit: &str, rest: &[&str]) -> Result<(), String> {
    let factor = match unit {
        "hour" | "hours" => 60,
        "min" | "mins" | "minute" | "minutes" => 1,
        _ => return Err(NOT_A_SCHEDULE.to_owned()),
    };
    let minutes = number.parse::<u32>().unwrap_or_default().saturating_mul(factor);
    if minutes == 0 || minutes > DAY_MINUTES {
        return Err("must have an interval from 1 minute to 24 hours".to_owned());
    }
    match *rest {
        [] => Ok(()),
        ["synchronized"] if DAY_MINUTES.is_multiple_of(minutes) => Ok(()),
        ["synchronized"] => {
            Err("must have an interval that divides 24 hours evenly if it is synchronized"
                .to_owned())
        }
        ["from", from, "to", to] => match (minutes_of(from), minutes_of(to)) {
            (Some(from), Some(to)) if from <= to => Ok(()),
            _ => Err("must have two times such as from 10:00 to 14:00, in this order".to_owned()),
        },
        _ => Err(NOT_A_SCHEDULE.to_owned()),
    }
}

fn are_ordinals(list: &str) -> bool {
    list == "every" || list.split(',').all(|word| ORDINALS.contains(&word))
}

fn are_weekdays(list: &str) -> bool {
    list == "day" || list.split(',').all(|word| is_one_of(&WEEKDAYS, word))
}

fn are_months(list: &str) -> bool {
    list == "month" || list.split(',').all(|word| is_one_of(&MONTHS, word))
}

/// A complete name, or its first three letters.
fn is_one_of(names: &[&str], word: &str) -> bool {
    names.iter().any(|name| *name == word || (word.len() == 3 && name.starts_with(word)))
}

fn are_days_of_month(list: &str) -> bool {
    list.split(',').all(|word| {
        let is_digits = word.bytes().all(|byte| byte.is_ascii_digit());
        is_digits && word.parse::<u32>().is_ok_and(|day| (1..=31).contains(&day))
    })
}

fn is_time(text: &str) -> bool {
    minutes_of(text).is_some()
}

/// Minutes after midnight.
fn minutes_of(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(hour) || !is_digits(minute) || hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}
