//! Buckets, their IAM policies and notification configurations.

use serde_json::Value;
use time::OffsetDateTime;

use super::{Service, commit_one};
use crate::core::{Event, NotificationConfig, check_location};
use crate::{
    BucketAttributes, BucketRecord, Contents, ListQuery, Page, Preconditions, StorageError,
};

impl<C: Contents> Service<C> {
    /// Creates a bucket.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::BucketExists`], [`StorageError::Journal`];
    /// [`StorageError::Key`] when its default key cannot be used.
    pub fn create_bucket(
        &self,
        name: &str,
        project: &str,
        attributes: BucketAttributes,
        now: OffsetDateTime,
    ) -> Result<BucketRecord, StorageError> {
        check_location(&attributes.location)?;
        let mut state = self.lock();
        let record = state.plan_bucket(name, project, attributes, now)?;
        self.check_default_key(&record)?;
        commit_one(&mut state, Event::BucketCreated(record.clone()))?;
        Ok(record)
    }

    /// Creates the bucket if it does not exist.
    ///
    /// # Errors
    /// [`StorageError::ForeignBucket`] when another project owns it; otherwise as for
    /// [`Service::create_bucket`].
    pub fn ensure_bucket(
        &self,
        name: &str,
        project: &str,
        attributes: BucketAttributes,
        now: OffsetDateTime,
    ) -> Result<BucketRecord, StorageError> {
        let mut state = self.lock();
        let project_number = state.project_number(project)?;
        match state.bucket(name, &Preconditions::default()) {
            Ok(record) if record.project_number == project_number => return Ok(record.clone()),
            Ok(record) => {
                return Err(StorageError::ForeignBucket {
                    bucket: name.to_owned(),
                    owner: record.project_number,
                });
            }
            Err(_) => {}
        }
        let record = state.plan_bucket(name, project, attributes, now)?;
        commit_one(&mut state, Event::BucketCreated(record.clone()))?;
        Ok(record)
    }

    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::Precondition`], [`StorageError::NotModified`].
    pub fn bucket(
        &self,
        name: &str,
        preconditions: &Preconditions,
    ) -> Result<BucketRecord, StorageError> {
        self.lock().bucket(name, preconditions).cloned()
    }

    /// A page of a project's buckets. Only prefix, page size and page token of the query are used.
    ///
    /// # Errors
    /// [`StorageError::Invalid`].
    pub fn list_buckets(
        &self,
        project: &str,
        query: &ListQuery,
    ) -> Result<Page<BucketRecord>, StorageError> {
        self.lock().list_buckets(project, query)
    }

    /// Deletes an empty bucket.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::BucketNotEmpty`],
    /// [`StorageError::Precondition`], [`StorageError::Journal`].
    pub fn delete_bucket(
        &self,
        name: &str,
        preconditions: &Preconditions,
    ) -> Result<(), StorageError> {
        let mut state = self.lock();
        state.plan_delete_bucket(name, preconditions)?;
        commit_one(&mut state, Event::BucketDeleted { bucket: name.to_owned() })
    }

    /// Changes a bucket's attributes. `change` gets the current ones.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::Precondition`], [`StorageError::Invalid`],
    /// [`StorageError::Journal`], and those of `change`; [`StorageError::Key`] when a new default key cannot be used.
    pub fn change_bucket(
        &self,
        name: &str,
        preconditions: &Preconditions,
        change: impl FnOnce(&BucketRecord) -> Result<BucketAttributes, StorageError>,
        now: OffsetDateTime,
    ) -> Result<BucketRecord, StorageError> {
        let mut state = self.lock();
        let former = state.bucket(name, preconditions).map(|record| record.attributes.clone());
        let record = state.plan_change_bucket(name, preconditions, change, now)?;
        if former.is_ok_and(|former| former.default_kms_key != record.attributes.default_kms_key) {
            self.check_default_key(&record)?;
        }
        commit_one(&mut state, Event::BucketChanged(record.clone()))?;
        Ok(record)
    }

    /// A bucket's IAM policy and its version.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub fn policy(&self, bucket: &str) -> Result<(Value, u64), StorageError> {
        self.lock().policy(bucket)
    }

    /// Sets a bucket's IAM policy and returns its version. `seen` is the version that the caller
    /// has read.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::Precondition`], [`StorageError::Journal`].
    pub fn set_policy(
        &self,
        bucket: &str,
        policy: Value,
        seen: Option<u64>,
    ) -> Result<u64, StorageError> {
        let mut state = self.lock();
        let version = state.plan_policy(bucket, &policy, seen)?;
        commit_one(&mut state, Event::PolicySet { bucket: bucket.to_owned(), policy, version })?;
        Ok(version)
    }

    /// Creates a notification configuration, and assigns its id.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::Invalid`], [`StorageError::Journal`].
    pub fn create_notification(
        &self,
        config: NotificationConfig,
    ) -> Result<NotificationConfig, StorageError> {
        let mut state = self.lock();
        let config = state.plan_notification(config)?;
        commit_one(&mut state, Event::NotificationCreated(config.clone()))?;
        Ok(config)
    }

    /// The notification configurations of a bucket.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub fn notifications(&self, bucket: &str) -> Result<Vec<NotificationConfig>, StorageError> {
        Ok(self.lock().notifications(bucket)?.cloned().collect())
    }

    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NotFound`].
    pub fn notification(&self, bucket: &str, id: &str) -> Result<NotificationConfig, StorageError> {
        self.lock().notification(bucket, id).cloned()
    }

    /// Deletes a notification configuration.
    ///
    /// # Errors
    /// As for [`Service::notification`], and [`StorageError::Journal`].
    pub fn delete_notification(&self, bucket: &str, id: &str) -> Result<(), StorageError> {
        let mut state = self.lock();
        let id = state.notification(bucket, id)?.id;
        commit_one(&mut state, Event::NotificationDeleted { bucket: bucket.to_owned(), id })
    }
}
