//! The Cloud KMS keys that protect objects.
//!
//! Content is stored as it is. What a key protects can be neither read nor written while the key
//! cannot be used, which is all that a client notices of the encryption. Metadata can be read, and
//! objects can be deleted, as at Google.

use std::io;

use super::Service;
use crate::core::Core;
use crate::{BucketRecord, Contents, KeyProblem, ObjectRecord, StorageError, WriteRequest};
use longshore_local_kit::keys::{KeyError, KeyUser, location_of};

impl<C: Contents> Service<C> {
    /// The version of the key that protects what a request writes; empty without a key.
    pub(super) fn key_to_write(
        &self,
        state: &Core,
        request: &WriteRequest,
    ) -> Result<String, StorageError> {
        let bucket = state.bucket(&request.bucket, &crate::Preconditions::default())?;
        let key = match request.kms_key.as_str() {
            "" => &bucket.attributes.default_kms_key,
            key => key,
        };
        self.usable_in(bucket, key)
    }

    /// Checks the default key that a bucket would get.
    pub(super) fn check_default_key(&self, bucket: &BucketRecord) -> Result<(), StorageError> {
        self.usable_in(bucket, &bucket.attributes.default_kms_key).map(drop)
    }

    /// Checks that an object's content can be decrypted.
    pub(super) fn check_readable(
        &self,
        state: &Core,
        object: &ObjectRecord,
    ) -> Result<(), StorageError> {
        if object.kms_key_version.is_empty() {
            return Ok(());
        }
        let bucket = state.bucket(&object.bucket, &crate::Preconditions::default())?;
        let project = bucket.project_number.to_string();
        let usable = self.keys.usable_version(&object.kms_key_version, KeyUser::storage(&project));
        usable.map(drop).map_err(|error| problem(error, KeyProblem::NoDecryptionKey))
    }

    fn usable_in(&self, bucket: &BucketRecord, key: &str) -> Result<String, StorageError> {
        if key.is_empty() {
            return Ok(String::new());
        }
        let location = location_of(key).filter(|_| !key.contains("/cryptoKeyVersions/"));
        let location = location.ok_or(KeyProblem::Bad)?;
        if !is_allowed(&bucket.attributes.location, location) {
            return Err(KeyProblem::Location.into());
        }
        let project = bucket.project_number.to_string();
        let usable = self.keys.usable_version(key, KeyUser::storage(&project));
        usable.map_err(|error| problem(error, KeyProblem::NoEncryptionKey))
    }
}

fn problem(error: KeyError, missing: KeyProblem) -> StorageError {
    match error {
        KeyError::Malformed(_) => KeyProblem::Bad.into(),
        KeyError::NotFound(_) => missing.into(),
        KeyError::NotEnabled { .. } | KeyError::NoPrimary(_) => KeyProblem::Disabled.into(),
        KeyError::Denied(_) => KeyProblem::Denied.into(),
        error @ KeyError::Unavailable(_) => StorageError::Content(io::Error::other(error)),
    }
}

/// Whether a key of this location may protect objects of a bucket: it must be the same one. The
/// multi-region `EU` of buckets is `europe` for keys, and that of dual-regions differs by pair.
/// <https://cloud.google.com/storage/docs/encryption/customer-managed-keys#restrictions>
fn is_allowed(bucket: &str, key: &str) -> bool {
    let is_dual_region = !bucket.contains('-') && bucket.ends_with(|c: char| c.is_ascii_digit());
    match (bucket, key) {
        ("EU", "europe") => true,
        (_, key) => is_dual_region && key != "global" || bucket.eq_ignore_ascii_case(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_must_be_in_the_location_of_the_bucket() {
        for (bucket, key, allowed) in [
            ("EUROPE-WEST1", "europe-west1", true),
            ("EUROPE-WEST1", "europe-west4", false),
            ("EUROPE-WEST1", "global", false),
            ("EU", "europe", true),
            ("EU", "eu", true),
            ("US", "us", true),
            ("US", "us-central1", false),
            ("NAM4", "us", true),
            ("NAM4", "global", false),
        ] {
            assert_eq!(is_allowed(bucket, key), allowed, "{bucket} {key}");
        }
    }
}
