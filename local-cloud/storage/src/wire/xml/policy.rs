//! Policy documents: which forms their signer allows.
//!
//! <https://cloud.google.com/storage/docs/authentication/signatures#policy-document>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

/// Fields that need no condition, besides those that begin with `x-ignore-`.
const FREE: [&str; 6] =
    ["policy", "x-goog-signature", "signature", "googleaccessid", "file", "bucket"];

/// Why a form is not allowed. Retrying does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PolicyError {
    #[error("Invalid Policy: {0}")]
    Malformed(String),
    #[error("Invalid according to Policy: Policy expired.")]
    Expired,
    #[error("Invalid according to Policy: Policy Condition failed: {0}")]
    Condition(String),
    #[error("Invalid according to Policy: Extra input fields: {0}")]
    Extra(String),
    #[error("the content has {size_bytes} bytes, and the policy allows {least} to {most}")]
    Size { size_bytes: u64, least: u64, most: u64 },
}

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(with = "time::serde::rfc3339")]
    expiration: OffsetDateTime,
    conditions: Vec<Value>,
}

/// The sizes that a policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    least: u64,
    most: u64,
}

impl Sizes {
    pub(super) const ANY: Self = Self { least: 0, most: u64::MAX };

    /// # Errors
    /// [`PolicyError::Size`].
    pub(super) fn check(self, size_bytes: u64) -> Result<(), PolicyError> {
        if (self.least..=self.most).contains(&size_bytes) {
            return Ok(());
        }
        Err(PolicyError::Size { size_bytes, least: self.least, most: self.most })
    }
}

/// Checks the fields of a form, with names in lower case, and `bucket` among them. Returns the
/// sizes that its content may have.
///
/// # Errors
/// [`PolicyError`].
pub(super) fn check(
    encoded: &str,
    fields: &[(String, String)],
    now: OffsetDateTime,
) -> Result<Sizes, PolicyError> {
    let malformed = |why: String| PolicyError::Malformed(why);
    let decoded =
        BASE64_STANDARD.decode(encoded).map_err(|_| malformed("not base64".to_owned()))?;
    let document: Document =
        serde_json::from_slice(&decoded).map_err(|error| malformed(error.to_string()))?;
    if now >= document.expiration {
        return Err(PolicyError::Expired);
    }
    let mut sizes = Sizes::ANY;
    let mut covered = Vec::new();
    for condition in &document.conditions {
        match parsed(condition).ok_or_else(|| malformed(condition.to_string()))? {
            Condition::Size(given) => sizes = given,
            Condition::Field { name, is_prefix, value } => {
                let found = fields.iter().find(|(field, _)| *field == name);
                let found = found.map_or("", |(_, value)| value.as_str());
                if !(found == value || (is_prefix && found.starts_with(&value))) {
                    return Err(PolicyError::Condition(condition.to_string()));
                }
                covered.push(name);
            }
        }
    }
    let extra = fields.iter().map(|(name, _)| name).find(|name| {
        !covered.contains(name) && !FREE.contains(&name.as_str()) && !name.starts_with("x-ignore-")
    });
    match extra {
        Some(name) => Err(PolicyError::Extra(name.clone())),
        None => Ok(sizes),
    }
}

enum Condition {
    Field { name: String, is_prefix: bool, value: String },
    Size(Sizes),
}

/// `{"acl": "private"}`, `["eq", "$key", "a"]`, `["starts-with", "$key", "a/"]`,
/// `["content-length-range", 1, 10]`.
fn parsed(condition: &Value) -> Option<Condition> {
    if let Value::Object(fields) = condition {
        let mut fields = fields.iter();
        let (name, value) = fields.next().filter(|_| fields.len() == 0)?;
        let (name, value) = (name.to_ascii_lowercase(), value.as_str()?.to_owned());
        return Some(Condition::Field { name, is_prefix: false, value });
    }
    let [kind, first, second] = condition.as_array()?.as_slice() else { return None };
    let kind = kind.as_str()?.to_ascii_lowercase();
    if kind == "content-length-range" {
        return Some(Condition::Size(Sizes { least: size(first)?, most: size(second)? }));
    }
    let name = first.as_str()?.strip_prefix('$')?.to_ascii_lowercase();
    let is_prefix = match kind.as_str() {
        "eq" => false,
        "starts-with" => true,
        _ => return None,
    };
    Some(Condition::Field { name, is_prefix, value: second.as_str()?.to_owned() })
}

/// A number, also as text.
fn size(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn checked(conditions: Value, fields: &[(&str, &str)]) -> Result<Sizes, PolicyError> {
        let policy = json!({"expiration": "1970-01-01T00:00:01Z", "conditions": conditions});
        let fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        check(&BASE64_STANDARD.encode(policy.to_string()), &fields, NOW)
    }

    #[test]
    fn every_field_needs_a_condition_that_holds() {
        let conditions = json!([
            {"bucket": "b"},
            ["starts-with", "$key", "in/"],
            ["eq", "$Content-Type", "text/plain"],
            ["content-length-range", "1", 10],
        ]);
        let fields = [
            ("bucket", "b"),
            ("key", "in/a"),
            ("content-type", "text/plain"),
            ("policy", "…"),
            ("x-goog-signature", "…"),
            ("x-ignore-me", "…"),
        ];
        let sizes = checked(conditions.clone(), &fields).unwrap();
        assert_eq!(sizes, Sizes { least: 1, most: 10 });
        assert!(sizes.check(10).is_ok() && sizes.check(0).is_err() && sizes.check(11).is_err());
        for (at, other) in [(0, "c"), (1, "out/a"), (2, "text/html")] {
            let mut fields = fields;
            fields[at].1 = other;
            let refused = checked(conditions.clone(), &fields);
            assert!(matches!(refused, Err(PolicyError::Condition(_))), "{other}");
        }
        let extra: Vec<_> = fields.into_iter().chain([("x-goog-meta-a", "1")]).collect();
        assert_eq!(
            checked(conditions, &extra),
            Err(PolicyError::Extra("x-goog-meta-a".to_owned()))
        );
    }

    #[test]
    fn an_expired_or_malformed_policy_is_refused() {
        let policy = json!({"expiration": "1970-01-01T00:00:00Z", "conditions": []}).to_string();
        assert_eq!(check(&BASE64_STANDARD.encode(policy), &[], NOW), Err(PolicyError::Expired));
        assert!(matches!(check("{}", &[], NOW), Err(PolicyError::Malformed(_))));
        for strange in [json!([["gt", "$key", "a"]]), json!([{}]), json!([["eq", "key", "a"]])] {
            assert!(matches!(checked(strange, &[]), Err(PolicyError::Malformed(_))));
        }
    }
}
