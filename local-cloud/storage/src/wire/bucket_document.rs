//! The JSON document of a bucket: as clients send it, and as the API returns it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fields::BUCKET;
use super::mask::{self, Name};
use super::metadata;
pub(super) use crate::core::location_type;
use crate::resource::rfc3339;
use crate::{BucketAttributes, BucketRecord, StorageError};
use longshore_local_kit::shape::is_set;

/// What a mask can change, by its names in gRPC and in JSON.
const CHANGEABLE: &[Name] = &[
    ("autoclass", "autoclass"),
    ("billing", "billing"),
    ("cors", "cors"),
    ("default_event_based_hold", "defaultEventBasedHold"),
    ("encryption", "encryption"),
    ("iam_config", "iamConfiguration"),
    ("labels", "labels"),
    ("lifecycle", "lifecycle"),
    ("logging", "logging"),
    ("rpo", "rpo"),
    ("storage_class", "storageClass"),
    ("versioning", "versioning"),
    ("website", "website"),
];

/// What is not served.
const REFUSED: [&str; 7] = [
    "acl",
    "default_object_acl",
    "hierarchical_namespace",
    "ip_filter",
    "object_retention",
    "retention_policy",
    "soft_delete_policy",
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
    encryption: Encryption,
    /// Fields that are stored and returned but have no effect: nothing is deleted by age, no CORS
    /// header is sent, and no one is billed. `core/rules.rs` checks some of them.
    #[serde(flatten)]
    recorded: BTreeMap<String, Value>,
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
struct Encryption {
    default_kms_key_name: String,
}

impl BucketDocument {
    /// A whole document.
    ///
    /// # Errors
    /// As for [`metadata::document`].
    pub(super) fn whole(body: &[u8]) -> Result<Self, StorageError> {
        Self::read(Value::Object(Map::new()), body)
    }

    /// The settings of a bucket after a patch.
    ///
    /// # Errors
    /// As for [`metadata::document`].
    pub(super) fn patched(record: &BucketRecord, body: &[u8]) -> Result<Self, StorageError> {
        Self::read(changeable(record), body)
    }

    /// The settings of a bucket after an update over gRPC.
    ///
    /// # Errors
    /// As for [`metadata::document`], and [`mask::apply`].
    pub(super) fn masked(
        record: &BucketRecord,
        given: &Value,
        mask: Option<&prost_types::FieldMask>,
    ) -> Result<Self, StorageError> {
        let given = metadata::document(given.to_string().as_bytes(), BUCKET)?;
        let mut changed = changeable(record);
        mask::apply(&mut changed, &given, mask, CHANGEABLE, &REFUSED)?;
        metadata::patched(json!({}), changed)
    }

    fn read(present: Value, body: &[u8]) -> Result<Self, StorageError> {
        let mut document = metadata::document(body, BUCKET)?;
        unify_access(&mut document);
        metadata::patched(present, document)
    }

    /// Checks that the document does not rename the bucket.
    ///
    /// # Errors
    /// [`StorageError::Invalid`].
    pub(super) fn check_name(&self, bucket: &str) -> Result<(), StorageError> {
        if self.name.is_empty() || self.name == bucket {
            return Ok(());
        }
        let text = format!("name: the bucket {bucket} cannot be renamed to {}", self.name);
        Err(StorageError::Invalid(text))
    }

    pub(super) fn into_attributes(self) -> BucketAttributes {
        BucketAttributes {
            location: self.location,
            storage_class: self.storage_class,
            labels: self.labels,
            uniform_access: self.iam_configuration.uniform_bucket_level_access.enabled,
            public_access_prevention: self.iam_configuration.public_access_prevention,
            versioning: self.versioning.enabled,
            default_event_based_hold: self.default_event_based_hold,
            default_kms_key: self.encryption.default_kms_key_name,
            recorded: self.recorded.into_iter().filter(|(_, value)| is_set(value)).collect(),
        }
    }
}

/// Takes uniform access under its former name as well. Clients send back both as they have read
/// them and change one, so the present name counts.
fn unify_access(document: &mut Value) {
    let access = document.get_mut("iamConfiguration").and_then(Value::as_object_mut);
    let Some(access) = access else { return };
    if let Some(former) = access.remove("bucketPolicyOnly").filter(|former| !former.is_null()) {
        access.entry("uniformBucketLevelAccess").or_insert(former);
    }
}

/// The document that a patch applies to: the fields that can be changed.
fn changeable(record: &BucketRecord) -> Value {
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
    use super::*;

    fn attributes(document: &str) -> Result<BucketAttributes, StorageError> {
        Ok(BucketDocument::whole(document.as_bytes())?.into_attributes())
    }

    #[test]
    fn uniform_access_has_a_former_name() {
        let is_uniform = |access: &str| {
            let document = format!(r#"{{"iamConfiguration": {access}}}"#);
            attributes(&document).unwrap().uniform_access
        };
        assert!(is_uniform(r#"{"bucketPolicyOnly": {"enabled": true}}"#));
        assert!(!is_uniform(
            r#"{"bucketPolicyOnly": {"enabled": true}, "uniformBucketLevelAccess": {"enabled": false}}"#
        ));
        assert!(!is_uniform(r#"{"bucketPolicyOnly": null}"#));
    }

    #[test]
    fn a_bucket_keeps_its_name() {
        let document = BucketDocument::whole(br#"{"name": "one"}"#).unwrap();
        assert!(document.check_name("one").is_ok());
        assert!(document.check_name("two").unwrap_err().to_string().contains("name"));
    }

    #[test]
    fn an_unsupported_field_is_rejected_by_name() {
        let refused = [
            (r#"{"retentionPolicy": {"retentionPeriod": "60"}}"#, "retentionPolicy"),
            (
                r#"{"encryption": {"googleManagedEncryptionEnforcementConfig": {"restrictionMode": "FullyRestricted"}}}"#,
                "encryption.googleManagedEncryptionEnforcementConfig",
            ),
            (
                r#"{"softDeletePolicy": {"retentionDurationSeconds": "604800"}}"#,
                "softDeletePolicy.retentionDurationSeconds",
            ),
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
