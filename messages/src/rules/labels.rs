//! Labels of a service.

use std::collections::BTreeMap;

use super::text::is_made_of;
use crate::invalid::{Findings, quoted};

/// Maximum number of labels of one resource.
/// <https://cloud.google.com/resource-manager/docs/labels-overview#requirements>
const LABELS_MAX: usize = 64;

/// Maximum number of characters of a label's key or value.
const LABEL_CHARS_MAX: usize = 63;

/// Namespaces whose labels Cloud Run rejects (v2 `service.proto`), and the prefix of the labels
/// that Google's services set.
const RESERVED: [&str; 5] = [
    "run.googleapis.com",
    "cloud.googleapis.com",
    "serving.knative.dev",
    "autoscaling.knative.dev",
    "goog-",
];

pub(crate) fn labels(labels: &BTreeMap<String, String>, field: &str, findings: &mut Findings) {
    if labels.len() > LABELS_MAX {
        findings.add(field, &format!("{} labels", labels.len()), "must have at most 64 labels");
    }
    for (key, value) in labels {
        let at = format!("{field}.{}", quoted(key));
        if RESERVED.iter().any(|reserved| key.starts_with(reserved)) {
            findings.add(at, "", "is reserved for Google's own labels");
        } else if !(key.starts_with(|c: char| c.is_ascii_lowercase()) && is_text(key)) {
            let rule = "must have a key of 1 to 63 lower-case letters, digits, hyphens and underscores that starts with a letter";
            findings.add(at, "", rule);
        } else if !(value.is_empty() || is_text(value)) {
            findings.add(
                at,
                value,
                "must have at most 63 lower-case letters, digits, hyphens and underscores",
            );
        }
    }
}

fn is_text(text: &str) -> bool {
    text.len() <= LABEL_CHARS_MAX
        && is_made_of(text, |c, _| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}
