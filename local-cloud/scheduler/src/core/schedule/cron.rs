//! The unix-cron format: minute, hour, day of the month, month, day of the week.

use super::{Days, Rule, Times, all};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
pub(super) const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The values of a field. Names stand for the numbers from `first` on.
struct Field {
    what: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

const MINUTE: Field = Field { what: "minute", first: 0, last: 59, names: &[] };
const HOUR: Field = Field { what: "hour", first: 0, last: 23, names: &[] };
const DAY_OF_MONTH: Field = Field { what: "day of the month", first: 1, last: 31, names: &[] };
const MONTH: Field = Field { what: "month", first: 1, last: 12, names: &MONTHS };
/// 0 and 7 are Sunday.
const DAY_OF_WEEK: Field = Field { what: "day of the week", first: 0, last: 7, names: &WEEKDAYS };

/// Whether the text has the form of a crontab, and not that of a sentence.
pub(super) fn is_cron(text: &str) -> bool {
    text.split_whitespace()
        .next()
        .is_some_and(|first| first.chars().all(|c| c.is_ascii_digit() || "*/,-".contains(c)))
        && !text.contains(" of ")
}

/// # Errors
/// Which field is wrong.
pub(super) fn parse(text: &str) -> Result<Rule, String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minutes, hours, of_month, months, of_week] = fields[..] else {
        return Err(format!(
            "a schedule in the unix-cron format has 5 fields, and {text:?} has {}",
            fields.len()
        ));
    };
    let week = DAY_OF_WEEK.set(of_week)?;
    Ok(Rule::Times(Times {
        minutes: MINUTE.set(minutes)?,
        hours: HOUR.set(hours)?,
        months: MONTH.set(months)?,
        days: Days::Cron {
            of_month: DAY_OF_MONTH.set(of_month)?,
            of_week: week | (week >> 7),
            // As for cron, a field that begins with an asterisk does not restrict.
            either: !of_month.starts_with('*') && !of_week.starts_with('*'),
        },
        is_cron: true,
    }))
}

impl Field {
    fn set(&self, text: &str) -> Result<u64, String> {
        text.split(',').try_fold(0, |set, item| Ok(set | self.item(item)?))
    }

    /// `*`, `N` or `N-M`, and then perhaps `/STEP`.
    fn item(&self, text: &str) -> Result<u64, String> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (text, None),
        };
        let step = match step.map(str::parse) {
            None => 1,
            Some(Ok(step)) if step > 0 => step,
            Some(_) => return Err(format!("{}: {text:?} has no valid step", self.what)),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            None if text.contains('/') => (self.number(range)?, self.last),
            None => (self.number(range)?, self.number(range)?),
        };
        if first > last {
            return Err(format!("{}: {text:?} ends before it begins", self.what));
        }
        Ok(all(first, last) & (first..=last).step_by(step).fold(0, |set, bit| set | 1 << bit))
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let name = text.to_ascii_lowercase();
        let named = (self.first..).zip(self.names).find(|(_, known)| **known == name);
        let number = named.map(|(number, _)| number).or_else(|| text.parse().ok());
        match number {
            Some(number) if (self.first..=self.last).contains(&number) => Ok(number),
            _ => Err(format!(
                "{}: {text:?} is not in the range from {} to {}",
                self.what, self.first, self.last
            )),
        }
    }
}
