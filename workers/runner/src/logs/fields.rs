//! Fields of events and spans, as JSON values.

use std::fmt::Debug;

use serde_json::Value;
use tracing::field::{Field, Visit};

use super::LABELS;
use super::redact::redacted;

/// The field that holds the text of an event.
const MESSAGE: &str = "message";

/// Fields in the order in which they were recorded; the last value of each name counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    pub(super) fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// The text of the event.
    pub(super) fn message(&self) -> String {
        self.get(MESSAGE).map(text).unwrap_or_default()
    }

    /// All fields but the text.
    pub(super) fn others(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.iter().filter(|(name, _)| *name != MESSAGE)
    }

    fn set_text(&mut self, field: &Field, text: &str) {
        self.set(field.name(), Value::from(escaped(&redacted(text))));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set_text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set_text(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), Value::from(value));
    }
}

/// Those fields of a span that are labels of lines. The others are only in traces.
#[derive(Debug, Default)]
pub(super) struct Labels(Fields);

impl Labels {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter()
    }
}

impl Visit for Labels {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if LABELS.contains(&field.name()) {
            self.0.record_debug(field, value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if LABELS.contains(&field.name()) {
            self.0.record_str(field, value);
        }
    }
}

/// A text without control characters: `\n`, `\t` and `\u{1b}` in their places. Also without
/// characters that change the direction of what follows, because they can hide text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let is_bidi = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || is_bidi || matches!(c, '\u{2028}' | '\u{2029}') {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A value as text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value for people: in quotes if it has spaces.
pub(super) fn quoted(value: &Value) -> String {
    let text = text(value);
    match text.is_empty() || text.contains([' ', '"', '=']) {
        true => format!("\"{}\"", text.replace('"', "\\\"")),
        false => text,
    }
}
