//! What a query means for an entry.
//!
//! A comparison with a field that an entry lacks is false if the field is in a payload or in
//! labels, and compares the default value otherwise. Texts are compared without regard to case.

use google_cloud_wkt::Timestamp;
use serde_json::Value;

use super::{Comparison, Pattern, Term};
use longshore_local_kit::filter::Operator;
use longshore_local_kit::rest::percent_decode;
use longshore_local_kit::severity;

/// Fields whose content is not part of `LogEntry`, so that an entry may lack it.
const OPEN_FIELDS: [&str; 5] = ["labels", "resource", "jsonPayload", "protoPayload", "metadata"];

/// The value that any value of a field matches.
const ANYTHING: &str = "*";

pub(super) fn matches(term: &Term, entry: &Value) -> bool {
    match term {
        Term::Compare(comparison) => compare(comparison, entry),
        Term::Matches { path, pattern, expected } => {
            field_of(entry, path).is_some_and(|found| is_matched(pattern, found) == *expected)
        }
        Term::Text(text) => occurs(&text.to_lowercase(), entry),
        Term::Search(search) => find(entry, &search.path).is_some_and(|found| search.is_in(found)),
        Term::LogId(wanted) => log_id(entry).is_some_and(|id| id == *wanted),
    }
}

/// Fails with the reason for a value that the field cannot have.
pub(super) fn check(comparison: &Comparison) -> Result<(), String> {
    let Comparison { path, operator, value } = comparison;
    if *operator == Operator::Has && value == ANYTHING {
        return Ok(());
    }
    match path.first().map(String::as_str) {
        Some("severity") if severity_of(value).is_none() => {
            Err(format!("'{value}' is not a severity"))
        }
        Some("timestamp" | "receiveTimestamp") if time(value).is_none() => {
            Err(format!("'{value}' is not a time, such as 2026-01-31T12:00:00Z"))
        }
        _ => Ok(()),
    }
}

fn compare(comparison: &Comparison, entry: &Value) -> bool {
    let Comparison { path, operator, value } = comparison;
    if *operator == Operator::Has && value == ANYTHING {
        return find(entry, path).is_some();
    }
    let Some(found) = field_of(entry, path) else { return false };
    match path.first().map(String::as_str).unwrap_or_default() {
        "severity" => {
            let level = found.as_str().and_then(severity_of).unwrap_or_default();
            severity_of(value).is_some_and(|wanted| operator.holds(level.cmp(&wanted)))
        }
        "timestamp" | "receiveTimestamp" => {
            let at = found.as_str().and_then(time);
            at.zip(time(value)).is_some_and(|(at, wanted)| operator.holds(at.cmp(&wanted)))
        }
        _ => holds_for(*operator, found, value),
    }
}

/// The value of a field. One that the entry lacks has a default, unless it is in a payload or in
/// labels.
fn field_of<'a>(entry: &'a Value, path: &[String]) -> Option<&'a Value> {
    let field = path.first().map(String::as_str).unwrap_or_default();
    let default = (!OPEN_FIELDS.contains(&field)).then_some(&Value::Null);
    find(entry, path).or(default)
}

fn is_matched(pattern: &Pattern, found: &Value) -> bool {
    match found {
        Value::Array(items) => items.iter().any(|item| is_matched(pattern, item)),
        Value::String(text) => pattern.is_in(text),
        Value::Number(number) => pattern.is_in(&number.to_string()),
        Value::Bool(value) => pattern.is_in(&value.to_string()),
        Value::Null => pattern.is_in(""),
        Value::Object(_) => false,
    }
}

/// The last part of the name of an entry's log, decoded.
fn log_id(entry: &Value) -> Option<String> {
    let (_, id) = entry.get("logName")?.as_str()?.split_once("/logs/")?;
    percent_decode(id)
}

fn holds_for(operator: Operator, found: &Value, wanted: &str) -> bool {
    let text = match found {
        Value::Array(items) => return items.iter().any(|item| holds_for(operator, item, wanted)),
        Value::Object(_) => {
            return operator == Operator::Has && occurs(&wanted.to_lowercase(), found);
        }
        Value::Number(number) => {
            let pair = number.as_f64().zip(wanted.parse::<f64>().ok());
            let order = pair.and_then(|(found, wanted)| found.partial_cmp(&wanted));
            return order.is_some_and(|order| operator.holds(order));
        }
        Value::String(text) => text.to_lowercase(),
        Value::Bool(value) => value.to_string(),
        Value::Null => String::new(),
    };
    let wanted = wanted.to_lowercase();
    match operator {
        Operator::Has => text.contains(&wanted),
        _ => operator.holds(text.cmp(&wanted)),
    }
}

/// Names of labels and of payloads may have dots, so the rest of a path may be one name.
fn find<'a>(entry: &'a Value, path: &[String]) -> Option<&'a Value> {
    let Some((name, deeper)) = path.split_first() else { return Some(entry) };
    let inside = entry.get(name).and_then(|value| find(value, deeper));
    inside.or_else(|| entry.get(path.join(".")))
}

/// Whether a text in lower case occurs in any value.
fn occurs(text: &str, value: &Value) -> bool {
    match value {
        Value::String(found) => found.to_lowercase().contains(text),
        Value::Array(items) => items.iter().any(|item| occurs(text, item)),
        Value::Object(fields) => fields.values().any(|field| occurs(text, field)),
        Value::Number(number) => number.to_string() == text,
        Value::Bool(_) | Value::Null => false,
    }
}

fn severity_of(text: &str) -> Option<i64> {
    severity::number(text).map(i64::from).or_else(|| text.parse().ok())
}

/// A time in RFC 3339, or a day in UTC. Google's library for Python leaves out the colon of the
/// offset.
fn time(text: &str) -> Option<(i64, i32)> {
    let parse = |text: &str| Timestamp::try_from(text).ok();
    let with_colon = || {
        let (time, minutes) = text.split_at_checked(text.len().checked_sub(2)?)?;
        let sign = time.bytes().nth_back(2)?;
        matches!(sign, b'+' | b'-').then(|| parse(&format!("{time}:{minutes}")))?
    };
    let whole = parse(text).or_else(with_colon);
    let whole = whole.or_else(|| parse(&format!("{text}T00:00:00Z")));
    whole.map(|time| (time.seconds(), time.nanos()))
}
