//! The unix-cron format: minute, hour, day of the month, month, day of the week.

/// The values of a field. Names stand for the numbers from `first` on.
struct Field {
    what: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { what: "minute", first: 0, last: 59, names: &[] },
    Field { what: "hour", first: 0, last: 23, names: &[] },
    Field { what: "day of the month", first: 1, last: 31, names: &[] },
    Field {
        what: "month",
        first: 1,
        last: 12,
        names: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    // 0 and 7 are Sunday.
    Field {
        what: "day of the week",
        first: 0,
        last: 7,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// Whether the text looks like a crontab and not like a sentence: the first word consists of numbers
/// and signs, and no time of a day follows.
pub(super) fn is_cron(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    first.starts_with(|c: char| c.is_ascii_digit() || c == '*')
        && first.chars().all(|c| c.is_ascii_digit() || "*/,-".contains(c))
        && !text.contains(':')
}

/// Which field is wrong, as the predicate of a sentence.
pub(super) fn check(text: &str) -> Result<(), String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "must have the 5 fields of unix-cron (minute, hour, day of the month, month, day of the \
             week) and has {}",
            fields.len()
        ));
    }
    FIELDS.iter().zip(fields).try_for_each(|(field, text)| field.check(text))
}

impl Field {
    fn check(&self, text: &str) -> Result<(), String> {
        if text.split(',').all(|item| self.is_item(item)) {
            return Ok(());
        }
        let Self { what, first, last, .. } = self;
        Err(format!(
            "must have as its {what} *, numbers from {first} to {last}, ranges such as \
             {first}-{last}, or steps such as */2, separated by commas"
        ))
    }

    /// `*`, `N` or `N-M`, and then perhaps `/STEP`.
    fn is_item(&self, text: &str) -> bool {
        let (range, step) = text.split_once('/').unwrap_or((text, "1"));
        let is_range = match range.split_once('-') {
            None => range == "*" || self.number(range).is_some(),
            Some((first, last)) => {
                let ends = self.number(first).zip(self.number(last));
                ends.is_some_and(|(first, last)| first <= last)
            }
        };
        is_range && number(step).is_some_and(|step| step > 0)
    }

    fn number(&self, text: &str) -> Option<u32> {
        let name = text.to_ascii_lowercase();
        let named = (self.first..).zip(self.names).find(|(_, known)| **known == name);
        let value = named.map(|(value, _)| value).or_else(|| number(text))?;
        (self.first..=self.last).contains(&value).then_some(value)
    }
}

/// Digits alone: `parse` also accepts a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
