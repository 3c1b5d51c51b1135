//! The JSON document of a bucket: as clients send it, and as the API returns it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::metadata::{is_set, refuse_rest};
pub(super) use crate::core::location_type;
use crate::resource::rfc3339;
use crate::{BucketAttributes, BucketRecord, StorageError};

/// Fields that are stored and returned but have no effect: nothing is deleted by age, no CORS
/// header is sent, and no one is billed. `core/rules.rs` checks some of them.
const RECORDED: [&str; 8] = [
    "autoclass",
    "billing",
    "cors",
    "customPlacementConfig",
    "lifecycle",
    "logging",
    "rpo",
    "website",
];

/// A bucket to create or to change.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct BucketDocument {
    pub(super) name: String,
    location: String,
    storage_class: String,
    labels: BTreeMap<String, String>,
    iam_configuration: IamConfiguration,
    versioning: Switch,
    default_event_based_hold: bool,
    soft_delete_policy: SoftDeletePolicy,
    encryption: Encryption,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IamConfiguration {
    uniform_bucket_level_access: Switch,
    public_access_prevention: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Switch {
    enabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SoftDeletePolicy {
    retention_duration_seconds: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Encryption {
    default_kms_key_name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

impl BucketDocument {
    /// # Errors
    /// [`StorageError::Unimplemented`] for a field that is not served.
    pub(super) fn into_attributes(mut self) -> Result<BucketAttributes, StorageError> {
        if is_set(&self.soft_delete_policy.retention_duration_seconds) {
            return Err(StorageError::Unimplemented("the field softDeletePolicy".to_owned()));
        }
        if let Some((name, _)) = self.encryption.rest.iter().find(|(_, value)| is_set(value)) {
            return Err(StorageError::Unimplemented(format!("the field encryption.{name}")));
        }
        let recorded = RECORDED.iter().filter_map(|name| self.rest.remove_entry(*name));
        let recorded = recorded.filter(|(_, value)| is_set(value)).collect();
        refuse_rest(&self.rest)?;
        Ok(BucketAttributes {
            location: self.location,
            storage_class: self.storage_class,
            labels: self.labels,
            uniform_access: self.iam_configuration.uniform_bucket_level_access.enabled,
            public_access_prevention: self.iam_configuration.public_access_prevention,
            versioning: self.versioning.enabled,
            default_event_based_hold: self.default_event_based_hold,
            default_kms_key: self.encryption.default_kms_key_name,
            recorded,
        })
    }
}

/// The document that a patch applies to: the fields that can be changed.
pub(super) fn changeable(record: &BucketRecord) -> Value {
    let attributes = &record.attributes;
    let mut fields = Map::from_iter(attributes.recorded.clone());
    let own = [
        ("storageClass", json!(attributes.storage_class)),
        ("labels", json!(attributes.labels)),
        ("iamConfiguration", iam_configuration(attributes)),
        ("versioning", json!({"enabled": attributes.versioning})),
        ("defaultEventBasedHold", json!(attributes.default_event_based_hold)),
        ("encryption", json!({"defaultKmsKeyName": attributes.default_kms_key})),
    ];
    fields.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Value::Object(fields)
}

fn iam_configuration(attributes: &BucketAttributes) -> Value {
    json!({
        "uniformBucketLevelAccess": {"enabled": attributes.uniform_access},
        "bucketPolicyOnly": {"enabled": attributes.uniform_access},
        "publicAccessPrevention": attributes.public_access_prevention,
    })
}

/// The JSON resource: <https://cloud.google.com/storage/docs/json_api/v1/buckets>.
pub(super) fn resource(record: &BucketRecord, base: &str) -> Value {
    let attributes = &record.attributes;
    let mut resource = json!({
        "kind": "storage#bucket",
        "id": record.name,
        "selfLink": format!("{base}/storage/v1/b/{}", record.name),
        "name": record.name,
        "projectNumber": record.project_number.to_string(),
        "metageneration": record.metageneration.to_string(),
        "etag": record.etag(),
        "location": attributes.location,
        "locationType": location_type(attributes),
        "storageClass": attributes.storage_class,
        "labels": attributes.labels,
        "timeCreated": rfc3339(record.created_at),
        "updated": rfc3339(record.updated_at()),
        "iamConfiguration": iam_configuration(attributes),
        "versioning": {"enabled": attributes.versioning},
        "defaultEventBasedHold": attributes.default_event_based_hold,
        // Deletion is permanent.
        "softDeletePolicy": {"retentionDurationSeconds": "0"},
    });
    if !attributes.default_kms_key.is_empty() {
        resource["encryption"] = json!({"defaultKmsKeyName": attributes.default_kms_key});
    }
    for (name, value) in &attributes.recorded {
        resource[name.as_str()] = value.clone();
    }
    resource
}

#[cfg(test)]
mod tests {
    use super::super::metadata::parse_whole;
    use super::*;

    fn attributes(document: &str) -> Result<BucketAttributes, StorageError> {
        parse_whole::<BucketDocument>(document.as_bytes())?.into_attributes()
    }

    #[test]
    fn an_unsupported_field_is_rejected_by_name() {
        let refused = [
            (r#"{"retentionPolicy": {"retentionPeriod": "60"}}"#, "retentionPolicy"),
            (
                r#"{"encryption": {"googleManagedEncryptionEnforcementConfig": {"restrictionMode": "FullyRestricted"}}}"#,
                "encryption.googleManagedEncryptionEnforcementConfig",
            ),
            (r#"{"softDeletePolicy": {"retentionDurationSeconds": "604800"}}"#, "softDeletePolicy"),
            (r#"{"hierarchicalNamespace": {"enabled": true}}"#, "hierarchicalNamespace"),
        ];
        for (document, field) in refused {
            let error = attributes(document).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the local cloud does not serve the field {field}")
            );
        }
    }

    #[test]
    fn an_empty_field_is_accepted() {
        let document = r#"{"versioning": {"enabled": false}, "id": "x", "encryption": null, "labels": {"used-by": "cloudrun"},
            "softDeletePolicy": {"retentionDurationSeconds": "0", "effectiveTime": "2026-01-01T00:00:00Z"},
            "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}}"#;
        let attributes = attributes(document).unwrap();
        assert!(attributes.uniform_access);
        assert_eq!(attributes.labels["used-by"], "cloudrun");
    }

    #[test]
    fn fields_without_effect_are_stored_as_received() {
        let rules = json!({"rule": [{"action": {"type": "Delete"}, "condition": {"age": 30}}]});
        let attributes = attributes(&json!({"lifecycle": rules, "cors": []}).to_string()).unwrap();
        assert_eq!(attributes.recorded, BTreeMap::from([("lifecycle".to_owned(), rules)]));
    }
}
