//! The types of values, and the one form in which each value is written.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

use super::{Kind, Mismatch, Names, message};
use crate::as_base64;

/// Longer values are not quoted in errors.
const QUOTED_MAX_BYTES: usize = 64;

/// The value in its one form. `null` fits every type.
pub(super) fn conformed(
    value: Value,
    kind: &Kind,
    at: &str,
    names: Names,
) -> Result<Value, Mismatch> {
    if value.is_null() {
        return Ok(value);
    }
    let text = |is_one: fn(&str) -> bool, expected| match value.as_str() {
        Some(text) if is_one(text) => Ok(value.clone()),
        Some(_) | None => Err(wrong(at, expected, &value)),
    };
    match kind {
        Kind::Any => Ok(value),
        Kind::Text => text(|_| true, "TYPE_STRING"),
        Kind::Bytes => text(|text| as_base64::decode(text).is_ok(), "TYPE_BYTES"),
        Kind::Time => text(is_time, "TYPE_TIMESTAMP"),
        Kind::Date => text(is_date, "TYPE_DATE"),
        Kind::Duration => text(is_duration, "TYPE_DURATION"),
        Kind::Boolean if value.is_boolean() => Ok(value),
        Kind::Boolean => Err(wrong(at, "TYPE_BOOL", &value)),
        Kind::Int32 => match integer(&value).and_then(|number| i32::try_from(number).ok()) {
            Some(number) => Ok(number.into()),
            None => Err(wrong(at, "TYPE_INT32", &value)),
        },
        Kind::Int64 => match integer(&value) {
            Some(number) => Ok(number.to_string().into()),
            None => Err(wrong(at, "TYPE_INT64", &value)),
        },
        Kind::Enum(known) => match name_of(&value, known) {
            Some(name) => Ok(name.into()),
            None => Err(wrong(at, "TYPE_ENUM", &value)),
        },
        Kind::TextMap => match &value {
            Value::Object(fields) => {
                let strange =
                    fields.iter().find(|(_, value)| !value.is_string() && !value.is_null());
                let path = |key: &str| format!("{at}[{key}]");
                strange
                    .map_or(Ok(()), |(key, value)| Err(wrong(&path(key), "TYPE_STRING", value)))?;
                Ok(value)
            }
            other => Err(wrong(at, "TYPE_MAP", other)),
        },
        Kind::List(of) => match value {
            Value::Array(items) => {
                let items = items.into_iter().enumerate();
                items
                    .map(|(index, item)| conformed(item, of, &format!("{at}[{index}]"), names))
                    .collect()
            }
            other => Err(wrong(at, "TYPE_LIST", &other)),
        },
        Kind::Message(fields) => message(value, fields, at, names),
    }
}

pub(super) fn wrong(at: &str, expected: &'static str, value: &Value) -> Mismatch {
    let found = value.to_string();
    let found = match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        _ if found.len() > QUOTED_MAX_BYTES => "a long value".to_owned(),
        _ => found,
    };
    Mismatch::Type { path: at.to_owned(), expected, found }
}

/// A number, or the text of one.
fn integer(value: &Value) -> Option<i128> {
    let number = match value {
        Value::Number(number) => {
            number.as_i64().map(i128::from).or(number.as_u64().map(i128::from))
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(number))
}

fn name_of(value: &Value, known: &'static [(i32, &'static str)]) -> Option<&'static str> {
    let found = known.iter().find(|(number, name)| match value {
        Value::String(text) => text == name,
        other => other.as_i64() == Some(i64::from(*number)),
    });
    found.map(|(_, name)| *name)
}

fn is_time(text: &str) -> bool {
    OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let month = month.parse::<u8>().ok().and_then(|month| Month::try_from(month).ok());
    let (Ok(year), Some(month), Ok(day)) = (year.parse(), month, day.parse()) else { return false };
    text.len() == 10 && Date::from_calendar_date(year, month, day).is_ok()
}

fn is_duration(text: &str) -> bool {
    let Some(number) = text.strip_suffix('s') else { return false };
    let number = number.strip_prefix('-').unwrap_or(number);
    let (seconds, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let are_digits = |text: &str, max: usize| {
        (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    are_digits(seconds, 12) && are_digits(fraction, 9)
}
