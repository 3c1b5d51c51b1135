//! Whether a response is what a case expects.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::cases::{Expected, get};
use super::document::Step;

/// A response.
pub(super) struct Response {
    /// That of HTTP, also over gRPC.
    pub(super) status: u16,
    pub(super) body: Value,
    /// What was read afterwards.
    pub(super) read: Value,
}

impl Response {
    pub(super) fn of(status: u16, body: Value) -> Self {
        Self { status, body, read: Value::Null }
    }

    pub(super) fn is_success(&self) -> bool {
        self.status < 300
    }
}

/// Why a response is not what is expected. `None` if it is.
pub(super) fn judge(expected: &Expected, valid: &Response, response: &Response) -> Option<String> {
    let message = response.body["error"]["message"].as_str().unwrap_or_default();
    let said = format!("{} {message}", response.status);
    if response.status == 500 || response.status > 501 {
        return Some(format!("a failure of the server: {said}"));
    }
    let (is_success, is_refused) = (response.is_success(), response.status >= 400);
    // A request may have the resource in a field, and respond with the resource itself.
    let keeps = |path: &[Step], value: &Value| {
        let inner = path.get(1..).filter(|inner| !inner.is_empty());
        [&response.body, &response.read].iter().any(|document| {
            has(document, path, value) || inner.is_some_and(|inner| has(document, inner, value))
        })
    };
    match expected {
        Expected::Success if is_success => None,
        Expected::Success => Some(format!("refused: {said}")),
        Expected::Refused if is_refused => None,
        Expected::Refused => Some("accepted".to_owned()),
        Expected::RefusedByName(name) if is_refused && names(message, name) => None,
        Expected::RefusedByName(_) if is_refused => {
            Some(format!("refused without its name: {said}"))
        }
        Expected::RefusedByName(_) => Some("ignored".to_owned()),
        Expected::KeptOrRefused { path, .. } if is_refused => {
            let is_named = path.iter().any(|step| match step {
                Step::Key(name) => names(message, name),
                Step::Item => false,
            });
            (!is_named).then(|| format!("refused without its name: {said}"))
        }
        Expected::KeptOrRefused { path, value } => {
            (!keeps(path, value)).then(|| "ignored".to_owned())
        }
        Expected::NotKept { path, value } => (is_success && keeps(path, value))
            .then(|| "kept, although it is output only".to_owned()),
        Expected::SameAsValid if response.status == valid.status => None,
        Expected::SameAsValid => Some(format!("other than the valid call: {said}")),
    }
}

/// Whether a message names a field, in any of the forms of Google's errors: `timeZone`,
/// `time_zone` or `time zone`.
fn names(message: &str, field: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    plain(message).contains(&plain(field))
}

/// Whether the value is at the path in the document, or in any message in it: an operation has its
/// resource inside.
fn has(document: &Value, path: &[Step], value: &Value) -> bool {
    if get(document, path).is_some_and(|found| is_same(found, value)) {
        return true;
    }
    match document {
        Value::Object(fields) => fields.values().any(|field| has(field, path, value)),
        Value::Array(items) => items.iter().any(|item| has(item, path, value)),
        _ => false,
    }
}

/// Whether two values mean the same. Numbers may be texts, times have several forms, and a message
/// may have more.
fn is_same(found: &Value, sent: &Value) -> bool {
    match (found, sent) {
        (Value::String(text), Value::Number(number))
        | (Value::Number(number), Value::String(text)) => *text == number.to_string(),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Object(found), Value::Object(sent)) => {
            sent.iter().all(|(name, value)| found.get(name).is_some_and(|it| is_same(it, value)))
        }
        (Value::Array(found), Value::Array(sent)) => {
            sent.iter().all(|value| found.iter().any(|it| is_same(it, value)))
        }
        (Value::String(found), Value::String(sent)) => {
            let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
            found == sent || time(found).is_some_and(|found| time(sent) == Some(found))
        }
        (found, sent) => found == sent,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(status: u16, body: Value) -> Response {
        Response::of(status, body)
    }

    #[test]
    fn a_field_is_kept_or_refused_by_name() {
        let path = vec![Step::Key("spec".to_owned()), Step::Key("timeZone".to_owned())];
        let expected = Expected::KeptOrRefused { path, value: json!("UTC") };
        let valid = response(200, json!({}));
        let judged = |status, body| judge(&expected, &valid, &response(status, body));
        assert_eq!(judged(200, json!({"spec": {"timeZone": "UTC"}})), None);
        assert_eq!(judged(200, json!({"response": {"spec": {"timeZone": "UTC"}}})), None);
        assert_eq!(judged(200, json!({"spec": {}})).as_deref(), Some("ignored"));
        let refused = |text: &str| json!({"error": {"message": text}});
        assert_eq!(judged(400, refused("the time_zone is invalid")), None);
        assert_eq!(judged(501, refused("no specs are served")), None);
        assert!(judged(400, refused("invalid")).unwrap().contains("without its name"));
        assert!(judged(503, refused("timeZone")).unwrap().contains("a failure"));
    }

    #[test]
    fn numbers_may_be_texts() {
        assert!(is_same(&json!("7"), &json!(7)));
        assert!(is_same(&json!({"a": 1, "b": 2}), &json!({"a": 1.0})));
        assert!(!is_same(&json!([]), &json!([1])));
    }
}
