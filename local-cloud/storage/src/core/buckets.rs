//! Buckets and their IAM policies.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::names::check_bucket;
use super::rules;
use super::{Bucket, Core, Generations, for_a_write, read_verdict, to_microseconds};
use crate::{BucketAttributes, BucketRecord, Preconditions, StorageError, Version};

impl Core {
    /// # Errors
    /// [`StorageError::NoBucket`]; [`StorageError::Precondition`] or [`StorageError::NotModified`].
    pub fn bucket(
        &self,
        name: &str,
        preconditions: &Preconditions,
    ) -> Result<&BucketRecord, StorageError> {
        let record = &self.find_bucket(name)?.record;
        let version = Version { generation: 0, metageneration: record.metageneration };
        read_verdict(preconditions.judge(Some(version)))?;
        Ok(record)
    }

    /// All buckets, by name.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = &BucketRecord> {
        self.buckets.values().map(|bucket| &bucket.record)
    }

    pub(crate) fn all_objects(&self) -> impl Iterator<Item = &Generations> {
        self.buckets.values().map(|bucket| &bucket.objects)
    }

    /// The bucket that would be created.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] for a malformed name or without a project;
    /// [`StorageError::BucketExists`], even if the same project owns it.
    pub fn plan_bucket(
        &self,
        name: &str,
        project: &str,
        attributes: BucketAttributes,
        now: OffsetDateTime,
    ) -> Result<BucketRecord, StorageError> {
        check_bucket(name)?;
        let project_number = self.project_number(project)?;
        if self.buckets.contains_key(name) {
            return Err(StorageError::BucketExists(name.to_owned()));
        }
        Ok(BucketRecord {
            name: name.to_owned(),
            project_number,
            attributes: rules::checked(with_defaults(attributes), None, now)?,
            metageneration: 1,
            created_at: to_microseconds(now),
            changed_at: None,
        })
    }

    /// The bucket with other attributes.
    ///
    /// # Errors
    /// As for [`Core::bucket`]; [`StorageError::Invalid`] for another location, and for settings
    /// that a bucket cannot have.
    pub fn plan_change_bucket(
        &self,
        name: &str,
        preconditions: &Preconditions,
        change: impl FnOnce(&BucketRecord) -> Result<BucketAttributes, StorageError>,
        now: OffsetDateTime,
    ) -> Result<BucketRecord, StorageError> {
        let record = self.bucket(name, preconditions).map_err(for_a_write)?;
        let changed = change(record)?;
        let location = record.attributes.location.clone();
        if !changed.location.is_empty() && !changed.location.eq_ignore_ascii_case(&location) {
            let text = format!("the location of a bucket cannot be changed from {location}");
            return Err(StorageError::Invalid(text));
        }
        let attributes = with_defaults(BucketAttributes { location, ..changed });
        let (metageneration, changed_at) = (record.metageneration + 1, Some(to_microseconds(now)));
        let before = &record.attributes;
        let attributes = rules::checked(attributes, Some(before), now)?;
        if before.uniform_access
            && !attributes.uniform_access
            && rules::has_conditions(&self.policy(name)?.0)
        {
            let text = "uniform bucket-level access cannot be disabled while the bucket's policy has \
                        IAM conditions";
            return Err(StorageError::Invalid(text.to_owned()));
        }
        Ok(BucketRecord { attributes, metageneration, changed_at, ..record.clone() })
    }

    /// Whether a bucket may be deleted.
    ///
    /// # Errors
    /// As for [`Core::bucket`], and [`StorageError::BucketNotEmpty`], also because of a
    /// noncurrent generation.
    pub fn plan_delete_bucket(
        &self,
        name: &str,
        preconditions: &Preconditions,
    ) -> Result<(), StorageError> {
        self.bucket(name, preconditions).map_err(for_a_write)?;
        if self.find_bucket(name)?.objects.is_empty() {
            Ok(())
        } else {
            Err(StorageError::BucketNotEmpty(name.to_owned()))
        }
    }

    /// A bucket's IAM policy and its version, which is 0 for the policy of a new bucket.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub fn policy(&self, bucket: &str) -> Result<(Value, u64), StorageError> {
        let Bucket { record, policy, .. } = self.find_bucket(bucket)?;
        Ok(policy.clone().unwrap_or_else(|| (first_policy(record.project_number), 0)))
    }

    /// The version that a new policy would get. `seen` is the version that the caller has read.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`]; [`StorageError::Precondition`] after a concurrent write;
    /// [`StorageError::Invalid`] and [`StorageError::PublicAccess`] for what the bucket does not
    /// allow.
    pub fn plan_policy(
        &self,
        bucket: &str,
        policy: &Value,
        seen: Option<u64>,
    ) -> Result<u64, StorageError> {
        rules::check_policy(&self.find_bucket(bucket)?.record.attributes, policy)?;
        let (_, version) = self.policy(bucket)?;
        if seen.is_some_and(|seen| seen != version) {
            Err(StorageError::Precondition)
        } else {
            Ok(version + 1)
        }
    }
}

fn with_defaults(attributes: BucketAttributes) -> BucketAttributes {
    let or_default =
        |value: String, default: &str| if value.is_empty() { default.to_owned() } else { value };
    BucketAttributes {
        location: or_default(attributes.location.to_uppercase(), "US"),
        storage_class: or_default(attributes.storage_class, "STANDARD"),
        public_access_prevention: or_default(attributes.public_access_prevention, "inherited"),
        ..attributes
    }
}

/// The policy of a new bucket, as at Google: the project's convenience members.
fn first_policy(project_number: u64) -> Value {
    json!({"version": 1, "bindings": [
        {"role": "roles/storage.legacyBucketOwner",
         "members": [format!("projectEditor:{project_number}"), format!("projectOwner:{project_number}")]},
        {"role": "roles/storage.legacyBucketReader", "members": [format!("projectViewer:{project_number}")]},
    ]})
}
