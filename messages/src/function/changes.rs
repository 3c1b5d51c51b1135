//! What differs between two specifications. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::source::{GitRevision, HttpsArchive, Source};
use super::spec::Function;
use super::storage::StorageObject;

impl Function {
    /// The fields that differ from those of an earlier specification, without the source and without
    /// when the traffic moves. What a request leaves unset is left as it is, except for lists and maps.
    #[must_use]
    pub fn changed_fields(&self, before: &Self) -> BTreeSet<String> {
        let json = |function: &Self| {
            let mut spec = function.to_proto();
            spec.source = None;
            spec.rollout = None;
            serde_json::to_value(spec).unwrap_or_default()
        };
        let mut fields = BTreeSet::new();
        differences(&json(before), &json(self), "", &mut fields);
        if self.service.are_met_by(&before.service) {
            fields.retain(|field| field != "service" && !field.starts_with("service."));
        }
        fields
    }
}

impl Source {
    /// Whether a source is known to be one that was deployed. A branch, a tag and an object without a
    /// generation may have changed.
    #[must_use]
    pub fn is_known_to_be(&self, deployed: &Self) -> bool {
        match (self, deployed) {
            (
                Self::Storage(object @ StorageObject { generation: 1.., .. }),
                Self::Storage(other),
            ) => object == other,
            (Self::Https(HttpsArchive { sha256, directory, .. }), Self::Https(other)) => {
                *sha256 == other.sha256 && *directory == other.directory
            }
            (Self::Git(GitRevision { url, revision, directory }), Self::Git(other)) => {
                *url == other.url && *revision == other.revision && *directory == other.directory
            }
            (
                Self::Storage(_)
                | Self::Https(_)
                | Self::Git(_)
                | Self::Inline(_)
                | Self::Earlier(_),
                _,
            ) => false,
        }
    }
}

/// Adds the paths of what differs. Two levels are enough to recognize a field.
fn differences(before: &Value, after: &Value, path: &str, found: &mut BTreeSet<String>) {
    if before == after {
        return;
    }
    let depth = path.split('.').filter(|part| !part.is_empty()).count();
    let (Value::Object(before), Value::Object(after), 0..2) = (before, after, depth) else {
        found.insert(path.to_owned());
        return;
    };
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let (before, after) = (before.get(key), after.get(key));
        let or_null = |value: Option<&Value>| value.cloned().unwrap_or_default();
        differences(&or_null(before), &or_null(after), &inner, found);
    }
}
