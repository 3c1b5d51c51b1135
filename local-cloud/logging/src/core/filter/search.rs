//! The function `SEARCH`:
//! <https://cloud.google.com/logging/docs/view/logging-query-language#search-function>.

use serde_json::Value;

/// Finds words in a value: all of them have to occur in one text, in any order and case. A text in
/// backticks has to occur as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    /// Where it searches. Empty for the whole entry.
    pub(super) path: Vec<String>,
    query: Query,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Query {
    Words(Vec<String>),
    Exact(String),
}

impl Search {
    pub(super) fn new(path: Vec<String>, query: &str) -> Self {
        let exact = query.trim().strip_prefix('`').and_then(|text| text.strip_suffix('`'));
        let query = match exact {
            Some(text) => Query::Exact(text.to_owned()),
            None => Query::Words(words(query).collect()),
        };
        Self { path, query }
    }

    pub(super) fn is_in(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is_in_text(text),
            Value::Array(items) => items.iter().any(|item| self.is_in(item)),
            Value::Object(fields) => fields.values().any(|field| self.is_in(field)),
            Value::Number(number) => self.is_in_text(&number.to_string()),
            Value::Bool(value) => self.is_in_text(&value.to_string()),
            Value::Null => false,
        }
    }

    fn is_in_text(&self, text: &str) -> bool {
        match &self.query {
            Query::Exact(exact) => text.contains(exact),
            Query::Words(wanted) => {
                let found: Vec<String> = words(text).collect();
                wanted.iter().all(|word| found.contains(word))
            }
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase)
}
