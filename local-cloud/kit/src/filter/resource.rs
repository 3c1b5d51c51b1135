//! What a comparison means for a resource.
//!
//! A field that the resource does not have has its default value, as in proto3, and the keys of maps
//! may have dots. `:` means that a text contains another one without regard to case, that a map has a
//! key, or that a list has an item. Times, durations and numbers are compared as such, and a `*` at
//! an end of a text stands for anything.

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Expression, FilterError, Language, Operator, Word, parse};

/// The value that any value of a field matches.
const ANYTHING: &str = "*";

/// Which resources a list returns. The empty filter selects all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Option<Expression<Comparison>>);

impl Filter {
    /// Parses a filter. `fields` are those of the resource, as its JSON names them; a filter may
    /// write them with underscores as well.
    ///
    /// # Errors
    /// If the text is not a filter, or names another field.
    pub fn parse(text: &str, fields: &[&str]) -> Result<Self, FilterError> {
        parse(&Fields(fields), text).map(Self)
    }

    /// Whether it selects all resources.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it selects a resource, which is given as its JSON.
    #[must_use]
    pub fn matches(&self, resource: &Value) -> bool {
        let matches = |comparison: &Comparison| comparison.matches(resource);
        self.0.as_ref().is_none_or(|expression| expression.matches(&matches))
    }

    /// The resources that it selects. `json` returns one as the API does.
    pub fn select<T>(
        &self,
        all: impl Iterator<Item = T>,
        json: impl Fn(&T) -> Value,
    ) -> impl Iterator<Item = T> {
        all.filter(move |resource| self.is_empty() || self.matches(&json(resource)))
    }
}

/// `labels.env = "prod"`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    /// Names of the field and of what is inside of it, as the filter writes them.
    path: Vec<String>,
    operator: Operator,
    value: String,
}

/// The fields of a resource.
struct Fields<'a>(&'a [&'a str]);

impl Language for Fields<'_> {
    type Term = Comparison;

    const LENGTH_MAX_CHARS: usize = 1024;
    const HAS_KEYWORDS_IN_ANY_CASE: bool = true;

    fn check_field(&self, field: &Word) -> Result<(), String> {
        let first = field.parts.first().map(String::as_str).unwrap_or_default();
        let is_known = self.0.iter().any(|known| *known == first || *known == camel_case(first));
        if is_known && field.parts.iter().all(|part| !part.is_empty()) {
            return Ok(());
        }
        Err(format!("there is no field '{}': use {}", field.text, self.0.join(", ")))
    }

    fn compare(
        &self,
        field: &Word,
        operator: Operator,
        value: &Word,
    ) -> Result<Comparison, String> {
        let (path, value) = (field.parts.clone(), value.text.clone());
        if matches!(operator, Operator::Matches | Operator::MatchesNot) {
            return Err(format!("the operator {} is unsupported", operator.sign()));
        }
        let last = path.last().map(|last| camel_case(last)).unwrap_or_default();
        let is_time = path.len() == 1 && last.ends_with("Time");
        if is_time && operator != Operator::Has && time(&value).is_none() {
            return Err(format!("'{value}' is not a time, such as 2026-01-31T12:00:00Z"));
        }
        Ok(Comparison { path, operator, value })
    }
}

impl Comparison {
    fn matches(&self, resource: &Value) -> bool {
        let mut found = Vec::new();
        find(resource, &self.path, &mut found);
        // Proto3 leaves out fields with default values.
        let is_default = found.is_empty() && matches!(self.value.as_str(), "" | "false" | "0");
        match self.operator {
            Operator::Equals => is_default || found.iter().any(|value| self.equals(value)),
            Operator::Differs => !is_default && !found.iter().any(|value| self.equals(value)),
            Operator::Has if self.value == ANYTHING => !found.is_empty(),
            Operator::Has => is_default || found.iter().any(|value| has(value, &self.value)),
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Matches
            | Operator::MatchesNot => {
                let mut orders = found.iter().filter_map(|value| self.order(value));
                orders.any(|order| self.operator.holds(order))
            }
        }
    }

    fn equals(&self, found: &Value) -> bool {
        let Some(text) = self.text(found) else { return false };
        let parts: Vec<&str> = self.value.split('*').collect();
        match parts[..] {
            ["", ""] => true,
            [start, ""] => text.starts_with(start),
            ["", end] => text.ends_with(end),
            ["", middle, ""] => text.contains(middle),
            _ => self.order(found).is_some_and(Ordering::is_eq),
        }
    }

    /// How the resource's value compares with that of the filter.
    fn order(&self, found: &Value) -> Option<Ordering> {
        let text = self.text(found)?;
        let both = |parse: fn(&str) -> Option<f64>| parse(&text).zip(parse(&self.value));
        if let (Some(found), Some(given)) = (time(&text), time(&self.value)) {
            return Some(found.cmp(&given));
        }
        // The JSON of an int64 is a text.
        let is_ordered = !matches!(self.operator, Operator::Equals | Operator::Differs);
        let numbers = both(number).filter(|_| found.is_number() || is_ordered);
        match numbers.or_else(|| both(seconds)) {
            Some((found, given)) => found.partial_cmp(&given),
            None => Some(text.as_str().cmp(&self.value)),
        }
    }

    fn text(&self, found: &Value) -> Option<String> {
        let text = match found {
            Value::String(text) => text.as_str(),
            Value::Bool(_) | Value::Number(_) => return Some(found.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        // The name of a resource may be given without its parent.
        let is_id = self.path == ["name"] && !self.value.contains('/');
        let text = if is_id { text.rsplit('/').next().unwrap_or_default() } else { text };
        Some(text.to_owned())
    }
}

/// The values at a path. In a list, those of all items.
fn find<'a>(value: &'a Value, path: &[String], found: &mut Vec<&'a Value>) {
    if let Value::Array(items) = value {
        for item in items {
            find(item, path, found);
        }
        return;
    }
    let Some((name, deeper)) = path.split_first() else {
        found.push(value);
        return;
    };
    let before = found.len();
    if let Some(inner) = value.get(name).or_else(|| value.get(camel_case(name))) {
        find(inner, deeper, found);
    }
    if found.len() == before && !deeper.is_empty() {
        found.extend(value.get(path.join(".")));
    }
}

fn has(found: &Value, given: &str) -> bool {
    match found {
        Value::String(text) => text.to_lowercase().contains(&given.to_lowercase()),
        Value::Object(fields) => fields.contains_key(given),
        Value::Array(values) => values.iter().any(|value| has(value, given)),
        Value::Bool(truth) => given == if *truth { "true" } else { "false" },
        Value::Number(number) => given == number.to_string(),
        Value::Null => false,
    }
}

/// A time, or a day in UTC.
fn time(text: &str) -> Option<OffsetDateTime> {
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    parse(text).or_else(|| parse(&format!("{text}T00:00:00Z")))
}

fn seconds(text: &str) -> Option<f64> {
    number(text.strip_suffix('s')?)
}

fn number(text: &str) -> Option<f64> {
    text.ends_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok())?
}

fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let mut letters = word.chars();
        let upper = letters.next().map(|c| c.to_ascii_uppercase());
        camel + &upper.into_iter().chain(letters).collect::<String>()
    })
}
