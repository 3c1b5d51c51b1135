//! Buckets as Cloud Storage has them.

use google_cloud_storage::model::Bucket;
use google_cloud_storage::model::bucket::iam_config::UniformBucketLevelAccess;
use google_cloud_storage::model::bucket::{Encryption, IamConfig};

use super::project_path;
use crate::BucketSpec;

/// Empty: Google manages the keys.
pub(super) fn default_key(bucket: &Bucket) -> String {
    bucket
        .encryption
        .as_ref()
        .map(|encryption| encryption.default_kms_key.clone())
        .unwrap_or_default()
}

pub(super) fn new_bucket(spec: &BucketSpec) -> Bucket {
    let uniform = IamConfig::new()
        .set_uniform_bucket_level_access(UniformBucketLevelAccess::new().set_enabled(true));
    let bucket = Bucket::new()
        .set_project(project_path(&spec.project))
        .set_location(&spec.location)
        .set_labels(spec.labels.clone())
        .set_iam_config(uniform);
    match spec.default_key.as_str() {
        "" => bucket,
        key => bucket.set_encryption(Encryption::new().set_default_kms_key(key)),
    }
}
