//! How builds use Cloud Storage and Secret Manager.

use std::io;
use std::sync::Arc;

use longshore_local_cloud_build::{SecretSource, Source, SourceError, SourceStore};
use longshore_local_secrets as secrets;
use longshore_local_storage::{
    self as storage, BucketAttributes, ObjectAttributes, StorageError, WriteRequest,
};
use time::OffsetDateTime;

/// The build service's port to Secret Manager.
pub(crate) struct Secrets(pub(crate) Arc<secrets::Service>);

impl SecretSource for Secrets {
    fn text(&self, version: &str) -> Result<String, String> {
        let parts: Vec<&str> = version.split('/').collect();
        let ["projects", project, "secrets", _, "versions", number] = parts[..] else {
            return Err("this is not the name of a version of a secret".to_owned());
        };
        let secret = version.rsplit_once("/versions/").map_or(version, |(secret, _)| secret);
        let value = self.0.value(project, secret, number).map_err(|error| error.to_string())?;
        String::from_utf8(value).map_err(|_| "its value is not text".to_owned())
    }
}

/// The build service's port to Cloud Storage.
pub(crate) struct StoredSources(pub(crate) Arc<storage::Service>);

impl SourceStore for StoredSources {
    fn open(&self, bucket: &str, object: &str, generation: i64) -> Result<Source, SourceError> {
        match self.0.file(bucket, object, generation) {
            Ok((record, path)) => {
                let md5 = record.digest.md5.map(|_| record.digest.md5_base64());
                Ok(Source { path, generation: record.generation, md5 })
            }
            Err(StorageError::NoBucket(_) | StorageError::NoObject { .. }) => {
                Err(SourceError::NotFound)
            }
            Err(StorageError::Key(problem)) => Err(SourceError::Key(problem.to_string())),
            Err(error) => Err(SourceError::Io(io::Error::other(error))),
        }
    }

    fn write_log(&self, bucket: &str, object: &str, content: &[u8]) -> io::Result<()> {
        let attributes = ObjectAttributes {
            content_type: "text/plain; charset=utf-8".to_owned(),
            ..ObjectAttributes::default()
        };
        let request = WriteRequest {
            bucket: bucket.to_owned(),
            object: object.to_owned(),
            attributes,
            ..WriteRequest::default()
        };
        let written = self.0.put(&request, content, OffsetDateTime::now_utc());
        written.map(drop).map_err(io::Error::other)
    }

    fn ensure_bucket(&self, bucket: &str, project: &str, location: &str) -> io::Result<()> {
        let attributes = BucketAttributes {
            location: location.to_owned(),
            uniform_access: true,
            ..BucketAttributes::default()
        };
        let ensured = self.0.ensure_bucket(bucket, project, attributes, OffsetDateTime::now_utc());
        ensured.map(drop).map_err(io::Error::other)
    }
}
