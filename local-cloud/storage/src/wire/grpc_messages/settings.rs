//! The settings of a bucket: as the JSON document that the JSON API takes and the service keeps, and
//! back. So both APIs check and store the same.

use serde_json::{Map, Value, json};

use super::proto::Bucket;
use super::proto::bucket::{
    Autoclass, Billing, Cors, CustomPlacementConfig, Lifecycle, Logging, Website, lifecycle,
};
use super::{StorageError, timestamp};
use crate::BucketAttributes;

/// The document of a bucket to create. Fields that only the service sets are left out.
///
/// # Errors
/// [`StorageError::Unimplemented`] for a field that the local cloud does not serve.
pub(super) fn document(bucket: Bucket) -> Result<Value, StorageError> {
    refuse(&bucket)?;
    let access = bucket.iam_config.unwrap_or_default();
    let mut fields = json!({
        "location": bucket.location,
        "storageClass": bucket.storage_class,
        "labels": bucket.labels,
        "iamConfiguration": {
            "uniformBucketLevelAccess": {
                "enabled": access.uniform_bucket_level_access.is_some_and(|uniform| uniform.enabled),
            },
            "publicAccessPrevention": access.public_access_prevention,
        },
        "versioning": {"enabled": bucket.versioning.is_some_and(|versioning| versioning.enabled)},
        "defaultEventBasedHold": bucket.default_event_based_hold,
        "encryption": {"defaultKmsKeyName": bucket.encryption.unwrap_or_default().default_kms_key},
    });
    let recorded = [
        ("rpo", (!bucket.rpo.is_empty()).then(|| json!(bucket.rpo))),
        ("lifecycle", bucket.lifecycle.map(|lifecycle| lifecycle_document(&lifecycle))),
        (
            "cors",
            (!bucket.cors.is_empty()).then(|| bucket.cors.iter().map(cors_document).collect()),
        ),
        (
            "website",
            bucket.website.map(|website| {
                json!({
                    "mainPageSuffix": website.main_page_suffix,
                    "notFoundPage": website.not_found_page,
                })
            }),
        ),
        (
            "logging",
            bucket.logging.map(|logging| {
                json!({
                    "logBucket": logging.log_bucket,
                    "logObjectPrefix": logging.log_object_prefix,
                })
            }),
        ),
        ("billing", bucket.billing.map(|billing| json!({"requesterPays": billing.requester_pays}))),
        (
            "customPlacementConfig",
            bucket
                .custom_placement_config
                .map(|config| json!({"dataLocations": config.data_locations})),
        ),
        (
            "autoclass",
            bucket.autoclass.map(|autoclass| {
                let mut document = json!({"enabled": autoclass.enabled});
                if let Some(class) = autoclass.terminal_storage_class {
                    document["terminalStorageClass"] = class.into();
                }
                document
            }),
        ),
    ];
    for (name, value) in recorded {
        if let Some(value) = value {
            fields[name] = value;
        }
    }
    Ok(fields)
}

fn refuse(bucket: &Bucket) -> Result<(), StorageError> {
    let encryption = bucket.encryption.clone().unwrap_or_default();
    let retained = bucket.soft_delete_policy.as_ref().and_then(|policy| policy.retention_duration);
    let refused = [
        ("acl", !bucket.acl.is_empty()),
        ("default_object_acl", !bucket.default_object_acl.is_empty()),
        ("retention_policy", bucket.retention_policy.is_some()),
        ("hierarchical_namespace", bucket.hierarchical_namespace.is_some()),
        ("object_retention", bucket.object_retention.is_some()),
        ("ip_filter", bucket.ip_filter.is_some()),
        (
            "soft_delete_policy.retention_duration",
            retained.is_some_and(|duration| duration != prost_types::Duration::default()),
        ),
        (
            "encryption.google_managed_encryption_enforcement_config",
            encryption.google_managed_encryption_enforcement_config.is_some(),
        ),
        (
            "encryption.customer_managed_encryption_enforcement_config",
            encryption.customer_managed_encryption_enforcement_config.is_some(),
        ),
        (
            "encryption.customer_supplied_encryption_enforcement_config",
            encryption.customer_supplied_encryption_enforcement_config.is_some(),
        ),
    ];
    super::refuse_given(&refused)
}

fn lifecycle_document(lifecycle: &Lifecycle) -> Value {
    let rules = lifecycle.rule.iter().map(|rule| {
        let action = rule.action.clone().unwrap_or_default();
        let mut document = json!({"action": {"type": action.r#type}});
        if !action.storage_class.is_empty() {
            document["action"]["storageClass"] = action.storage_class.into();
        }
        document["condition"] = condition_document(rule.condition.clone().unwrap_or_default());
        document
    });
    json!({"rule": rules.collect::<Vec<_>>()})
}

fn condition_document(condition: lifecycle::Condition) -> Value {
    let texts = |texts: Vec<String>| (!texts.is_empty()).then(|| json!(texts));
    let fields = [
        ("age", condition.age_days.map(Value::from)),
        ("createdBefore", condition.created_before.map(date_document)),
        ("isLive", condition.is_live.map(Value::from)),
        ("numNewerVersions", condition.num_newer_versions.map(Value::from)),
        ("matchesStorageClass", texts(condition.matches_storage_class)),
        ("daysSinceCustomTime", condition.days_since_custom_time.map(Value::from)),
        ("customTimeBefore", condition.custom_time_before.map(date_document)),
        ("daysSinceNoncurrentTime", condition.days_since_noncurrent_time.map(Value::from)),
        ("noncurrentTimeBefore", condition.noncurrent_time_before.map(date_document)),
        ("matchesPrefix", texts(condition.matches_prefix)),
        ("matchesSuffix", texts(condition.matches_suffix)),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect::<Map<_, _>>())
}

fn date_document(date: lifecycle::Date) -> Value {
    let lifecycle::Date { year, month, day } = date;
    format!("{year:04}-{month:02}-{day:02}").into()
}

fn cors_document(cors: &Cors) -> Value {
    json!({
        "origin": cors.origin,
        "method": cors.method,
        "responseHeader": cors.response_header,
        "maxAgeSeconds": cors.max_age_seconds,
    })
}

/// A bucket with the settings that are stored and returned, but have no effect.
pub(super) fn recorded(attributes: &BucketAttributes) -> Bucket {
    let setting = |name: &str| attributes.recorded.get(name);
    Bucket {
        rpo: setting("rpo").map(text).unwrap_or_default(),
        lifecycle: setting("lifecycle").map(lifecycle_of),
        cors: list(setting("cors").unwrap_or(&Value::Null), cors_of),
        website: setting("website").map(|website| Website {
            main_page_suffix: text(&website["mainPageSuffix"]),
            not_found_page: text(&website["notFoundPage"]),
        }),
        logging: setting("logging").map(|logging| Logging {
            log_bucket: text(&logging["logBucket"]),
            log_object_prefix: text(&logging["logObjectPrefix"]),
        }),
        billing: setting("billing").map(|billing| Billing {
            requester_pays: billing["requesterPays"].as_bool().unwrap_or_default(),
        }),
        custom_placement_config: setting("customPlacementConfig").map(|config| {
            CustomPlacementConfig { data_locations: texts(&config["dataLocations"]) }
        }),
        autoclass: setting("autoclass").map(|autoclass| Autoclass {
            enabled: autoclass["enabled"].as_bool().unwrap_or_default(),
            toggle_time: time(&autoclass["toggleTime"]),
            terminal_storage_class: autoclass["terminalStorageClass"].as_str().map(str::to_owned),
            terminal_storage_class_update_time: time(&autoclass["terminalStorageClassUpdateTime"]),
        }),
        ..Bucket::default()
    }
}

fn lifecycle_of(document: &Value) -> Lifecycle {
    let rule = list(&document["rule"], |rule| lifecycle::Rule {
        action: Some(lifecycle::Action {
            r#type: text(&rule["action"]["type"]),
            storage_class: text(&rule["action"]["storageClass"]),
        }),
        condition: Some(condition_of(&rule["condition"])),
    });
    Lifecycle { rule }
}

fn condition_of(document: &Value) -> lifecycle::Condition {
    lifecycle::Condition {
        age_days: number(&document["age"]),
        created_before: date(&document["createdBefore"]),
        is_live: document["isLive"].as_bool(),
        num_newer_versions: number(&document["numNewerVersions"]),
        matches_storage_class: texts(&document["matchesStorageClass"]),
        days_since_custom_time: number(&document["daysSinceCustomTime"]),
        custom_time_before: date(&document["customTimeBefore"]),
        days_since_noncurrent_time: number(&document["daysSinceNoncurrentTime"]),
        noncurrent_time_before: date(&document["noncurrentTimeBefore"]),
        matches_prefix: texts(&document["matchesPrefix"]),
        matches_suffix: texts(&document["matchesSuffix"]),
    }
}

fn cors_of(document: &Value) -> Cors {
    Cors {
        origin: texts(&document["origin"]),
        method: texts(&document["method"]),
        response_header: texts(&document["responseHeader"]),
        max_age_seconds: number(&document["maxAgeSeconds"]).unwrap_or_default(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    list(value, text)
}

fn list<T>(value: &Value, of: impl FnMut(&Value) -> T) -> Vec<T> {
    value.as_array().map(|values| values.iter().map(of).collect()).unwrap_or_default()
}

fn number(value: &Value) -> Option<i32> {
    i32::try_from(value.as_i64()?).ok()
}

fn time(value: &Value) -> Option<prost_types::Timestamp> {
    let format = &time::format_description::well_known::Rfc3339;
    let time = time::OffsetDateTime::parse(value.as_str()?, format).ok()?;
    Some(timestamp(time))
}

fn date(value: &Value) -> Option<lifecycle::Date> {
    let mut parts = value.as_str()?.splitn(3, '-').map(|part| part.parse::<i32>().ok());
    let mut next = || parts.next().flatten();
    Some(lifecycle::Date { year: next()?, month: next()?, day: next()? })
}

#[cfg(test)]
mod tests {
    use prost_types::Duration;

    use super::super::proto::bucket::{Encryption, SoftDeletePolicy};
    use super::*;
    use crate::wire::bucket_document::BucketDocument;

    #[test]
    fn settings_are_the_same_after_a_round_trip() {
        let condition = lifecycle::Condition {
            age_days: Some(0),
            created_before: Some(lifecycle::Date { year: 2031, month: 2, day: 3 }),
            is_live: Some(false),
            matches_prefix: vec!["logs/".to_owned()],
            ..Default::default()
        };
        let action = lifecycle::Action {
            r#type: "SetStorageClass".into(),
            storage_class: "NEARLINE".into(),
        };
        let rule = lifecycle::Rule { action: Some(action), condition: Some(condition) };
        let bucket = Bucket {
            rpo: "DEFAULT".to_owned(),
            lifecycle: Some(Lifecycle { rule: vec![rule] }),
            cors: vec![Cors {
                origin: vec!["*".to_owned()],
                max_age_seconds: 7,
                ..Cors::default()
            }],
            website: Some(Website { main_page_suffix: "index.html".into(), ..Website::default() }),
            logging: Some(Logging { log_bucket: "logs".into(), ..Logging::default() }),
            billing: Some(Billing { requester_pays: true }),
            custom_placement_config: Some(CustomPlacementConfig {
                data_locations: vec!["US-EAST1".into(), "US-WEST1".into()],
            }),
            autoclass: Some(Autoclass {
                enabled: true,
                terminal_storage_class: Some("ARCHIVE".to_owned()),
                ..Autoclass::default()
            }),
            ..Bucket::default()
        };
        let document = document(bucket.clone()).unwrap();
        let stored = BucketDocument::whole(document.to_string().as_bytes()).unwrap();
        assert_eq!(recorded(&stored.into_attributes()), bucket);
    }

    #[test]
    fn what_is_not_served_is_refused_by_its_name_in_the_proto() {
        let some = || Some(bytes::Bytes::new());
        let retained = |seconds| {
            let retention_duration = Some(Duration { seconds, nanos: 0 });
            Some(SoftDeletePolicy { retention_duration, effective_time: None })
        };
        let encryption = Encryption {
            customer_managed_encryption_enforcement_config: some(),
            ..Encryption::default()
        };
        let none = Bucket::default;
        for (bucket, name) in [
            (Bucket { retention_policy: some(), ..none() }, "retention_policy"),
            (Bucket { hierarchical_namespace: some(), ..none() }, "hierarchical_namespace"),
            (Bucket { ip_filter: some(), ..none() }, "ip_filter"),
            (Bucket { acl: vec![bytes::Bytes::new()], ..none() }, "acl"),
            (
                Bucket { soft_delete_policy: retained(7), ..none() },
                "soft_delete_policy.retention_duration",
            ),
            (
                Bucket { encryption: Some(encryption), ..none() },
                "encryption.customer_managed_encryption_enforcement_config",
            ),
        ] {
            let error = document(bucket).unwrap_err().to_string();
            assert!(error.ends_with(&format!("the field {name}")), "{name}: {error}");
        }
        document(Bucket { soft_delete_policy: retained(0), ..none() }).unwrap();
    }
}
