//! Partial responses: `fields=items(name,metadata/owner),nextPageToken`.
//!
//! <https://cloud.google.com/apis/docs/system-parameters>,
//! <https://cloud.google.com/storage/docs/json_api#partial-response>. A field that the response does
//! not have is not refused, because fields with their default values are omitted.

use std::collections::BTreeMap;

use serde_json::Value;

/// Maximum nesting of a selection. The deepest resources have about ten levels.
const DEPTH_LIMIT: usize = 16;

/// A selection is malformed. Retrying does not help.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid field selection {0}")]
pub(super) struct InvalidSelection(String);

/// The selected fields; none: all.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(BTreeMap<String, Fields>);

impl Fields {
    /// Parses the query parameter.
    ///
    /// # Errors
    /// [`InvalidSelection`].
    pub(super) fn parse(text: &str) -> Result<Self, InvalidSelection> {
        let mut fields = Self::default();
        let rest = fields.read_list(text, 0).filter(|rest| rest.is_empty());
        rest.map(|_| fields).ok_or_else(|| InvalidSelection(text.to_owned()))
    }

    /// Parses up to the end or a closing parenthesis, and returns the rest.
    fn read_list<'a>(&mut self, text: &'a str, depth: usize) -> Option<&'a str> {
        let mut rest = text;
        loop {
            rest = self.read_path(rest, depth)?;
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => return Some(rest),
            }
        }
    }

    fn read_path<'a>(&mut self, text: &'a str, depth: usize) -> Option<&'a str> {
        let end = text.find([',', '(', ')', '/', '.']).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        if name.trim().is_empty() || depth > DEPTH_LIMIT {
            return None;
        }
        let inner = self.0.entry(name.trim().to_owned()).or_default();
        if let Some(rest) = rest.strip_prefix(['/', '.']) {
            return inner.read_path(rest, depth + 1);
        }
        match rest.strip_prefix('(') {
            Some(rest) => inner.read_list(rest, depth + 1)?.strip_prefix(')'),
            None => Some(rest),
        }
    }

    /// Removes the fields that are not selected.
    pub(super) fn prune(&self, value: &mut Value) {
        if self.0.is_empty() {
            return;
        }
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.prune(value)),
            Value::Object(fields) => {
                fields.retain(|name, _| self.selected(name).is_some());
                for (name, value) in fields.iter_mut() {
                    if let Some(inner) = self.selected(name) {
                        inner.prune(value);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn selected(&self, name: &str) -> Option<&Self> {
        self.0.get(name).or_else(|| self.0.get("*"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_selected_fields_remain() {
        let list = || json!({"kind": "k", "nextPageToken": "t", "items": [{"name": "a", "size": "1", "metadata": {"x": "1", "y": "2"}}]});
        let table = [
            ("nextPageToken", json!({"nextPageToken": "t"})),
            ("items/name", json!({"items": [{"name": "a"}]})),
            // As in a field mask.
            ("items.metadata.x", json!({"items": [{"metadata": {"x": "1"}}]})),
            (
                "items(name,metadata/x),nextPageToken",
                json!({"nextPageToken": "t", "items": [{"name": "a", "metadata": {"x": "1"}}]}),
            ),
            ("items(metadata(y))", json!({"items": [{"metadata": {"y": "2"}}]})),
            ("*", list()),
            ("none", json!({})),
        ];
        for (fields, expected) in table {
            let mut value = list();
            Fields::parse(fields).unwrap().prune(&mut value);
            assert_eq!(value, expected, "{fields}");
        }
    }

    #[test]
    fn a_malformed_selection_is_rejected() {
        for fields in ["items(", "items)", ",", "a,,b", &"a(".repeat(100)] {
            assert!(Fields::parse(fields).is_err(), "{fields}");
        }
    }
}
