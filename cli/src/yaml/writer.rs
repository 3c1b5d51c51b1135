//! Writes YAML that people edit: block style, and quotes where a plain text could be taken for
//! something else.

use serde_json::Value;

/// Writes a value as a block at this indentation, without a line break at its end.
pub(crate) fn block(value: &Value, indent: usize) -> String {
    let mut lines = Vec::new();
    write(value, indent, &mut lines);
    lines.join("\n")
}

fn write(value: &Value, indent: usize, lines: &mut Vec<String>) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let key = scalar(key);
                match inline(value) {
                    Some(text) => lines.push(format!("{margin}{key}: {text}")),
                    None => {
                        lines.push(format!("{margin}{key}:"));
                        write(value, indent + 2, lines);
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                match inline(item) {
                    Some(text) => lines.push(format!("{margin}- {text}")),
                    None => {
                        // The first line of the item follows the hyphen.
                        let before = lines.len();
                        write(item, indent + 2, lines);
                        if let Some(first) = lines.get_mut(before) {
                            first.replace_range(indent..=indent, "-");
                        }
                    }
                }
            }
        }
        other => lines.push(format!("{margin}{}", inline(other).unwrap_or_default())),
    }
}

/// A value that fits behind its key.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) => Some(scalar(text)),
        Value::Array(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Object(fields) if fields.is_empty() => Some("{}".to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text, in the quotes of JSON unless it is plain beyond doubt: YAML reads those as JSON does.
fn scalar(text: &str) -> String {
    let starts_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_plain = starts_plain
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./@+".contains(c))
        && !is_a_word_of_yaml(text);
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

/// Whether some reader takes a plain text for a boolean, for null or for a number.
fn is_a_word_of_yaml(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml::{Node, Value as Read, parse};

    /// What the reader makes of a text, as JSON.
    fn read(node: &Node) -> Value {
        match &node.value {
            Read::Scalar { text, is_plain: true } => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
            }
            Read::Scalar { text, is_plain: false } => Value::from(text.as_str()),
            Read::List(items) => items.iter().map(read).collect(),
            Read::Map(fields) => {
                fields.iter().map(|field| (field.key.clone(), read(&field.node))).collect()
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let value = json!({
            "name": "hello",
            "texts": ["", "true", "No", "1", "-", "a: b", "# no", "multi\nline", "ü \"q\" \\", "~"],
            "numberlike": ["1e3", "0x1", "1_000", ".5", "é"],
            "numbers": [1, -2, 0.5, true, null],
            "nested": [{"a": {"b": [[1, 2], []]}, "c": {}}, [{"x": "y"}]],
            "labels": {"on": "off", "a.b/c": "x y", "": "empty key"},
        });
        let text = block(&value, 0);
        assert_eq!(read(&parse(&text).unwrap().unwrap()), value, "{text}");
        let indented = format!("entries:\n  - {}", block(&value, 4).trim_start());
        let tree = read(&parse(&indented).unwrap().unwrap());
        assert_eq!(tree["entries"][0], value, "{indented}");
    }
}
