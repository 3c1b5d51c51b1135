//! What two responses to the same call have in common: the code, and which fields they have.

use std::collections::BTreeSet;

use serde_json::Value;

use super::judge::Response;

/// The differences between the responses to a case, each with its name in the lists of known ones.
/// Fields that are `changing` by themselves are not compared.
pub(super) fn differences(
    case: &str,
    rest: &Response,
    grpc: &Response,
    changing: &[&str],
) -> Vec<(String, String)> {
    let (of_rest, of_grpc) = (code(rest), code(grpc));
    if of_rest != of_grpc {
        let text = |response: &Response| {
            response.body["error"]["message"].as_str().unwrap_or_default().to_owned()
        };
        let (why_rest, why_grpc) = (text(rest), text(grpc));
        let why = format!("REST: {of_rest} {why_rest}; gRPC: {of_grpc} {why_grpc}");
        return vec![(format!("both {case}"), why)];
    }
    if !rest.is_success() {
        return Vec::new();
    }
    let (of_rest, of_grpc) = (fields(&rest.body), fields(&grpc.body));
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>, where_| {
        let is_changing = |path: &str| {
            path.split('.').any(|name| changing.contains(&name.trim_end_matches("[]")))
        };
        let missing = one.difference(other).filter(|path| !is_changing(path));
        let noted = missing.map(|field| (format!("both field {field}"), format!("only {where_}")));
        noted.collect::<Vec<_>>()
    };
    [only(&of_rest, &of_grpc, "over REST"), only(&of_grpc, &of_rest, "over gRPC")].concat()
}

fn code(response: &Response) -> &str {
    if response.is_success() {
        return "OK";
    }
    response.body["error"]["status"].as_str().unwrap_or("an error without a status")
}

/// The paths of the fields that are set. A field with its default value is as good as none.
fn fields(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(document, String::new(), &mut found);
    found
}

fn collect(value: &Value, path: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(value, path, found);
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| collect(item, format!("{path}[]"), found));
        }
        Value::String(text) if matches!(text.as_str(), "" | "0" | "0s") => {}
        Value::String(text) if text.ends_with("UNSPECIFIED") => {}
        Value::Null | Value::Bool(false) => {}
        Value::Number(number) if number.as_f64() == Some(0.0) => {}
        Value::String(_) | Value::Bool(true) | Value::Number(_) => drop(found.insert(path)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_and_fields_are_compared() {
        let found = |rest: (u16, Value), grpc: (u16, Value)| {
            let (rest, grpc) = (Response::of(rest.0, rest.1), Response::of(grpc.0, grpc.1));
            let all = differences("c", &rest, &grpc, &["at"]).into_iter();
            all.map(|(name, _)| name).collect::<Vec<_>>()
        };
        let error = |status: &str| json!({"error": {"status": status}});
        let same = (json!({"a": [{"b": 1}], "c": ""}), json!({"a": [{"b": 2}, {"b": 3}], "d": {}}));
        assert!(found((200, same.0), (200, same.1)).is_empty());
        assert_eq!(found((200, json!({"a": {"b": 1}})), (200, json!({}))), ["both field a.b"]);
        assert_eq!(found((200, json!({})), (200, json!({"a": true}))), ["both field a"]);
        assert!(found((200, json!({})), (200, json!({"at": [{"b": 1}]}))).is_empty());
        assert_eq!(found((404, error("NOT_FOUND")), (400, error("ABORTED"))), ["both c"]);
        assert!(found((404, error("NOT_FOUND")), (404, error("NOT_FOUND"))).is_empty());
    }
}
