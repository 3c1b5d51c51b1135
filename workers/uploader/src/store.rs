//! Stores canonical archives under their digests.
//!
//! The digest decides what a build is shared with, so an object is used only if it has the digest
//! that it is named after. One that this process did not upload may come from anyone who may write
//! the bucket: its content is read once for each of its generations, which never change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use longshore_cloud::{CloudError, Created, Kind, ObjectMeta, Objects};
use longshore_messages::{StorageObject, StoredSource, source_object};
use longshore_source_archive::Packed;
use parking_lot::Mutex;

use crate::UploadError;
use crate::keys::wrong_object;
use crate::source::sha256;

/// Maximum number of objects that a process remembers as verified. Beyond it, all are forgotten and
/// read once more.
const VERIFIED_MAX: usize = 4_096;

pub(crate) struct Store {
    objects: Arc<dyn Objects>,
    verified: Mutex<BTreeSet<StorageObject>>,
}

impl Store {
    pub(crate) fn new(objects: Arc<dyn Objects>) -> Self {
        Self { objects, verified: Mutex::default() }
    }

    /// Remembers objects that have the digest that they are named after.
    pub(crate) fn note(&self, verified: impl IntoIterator<Item = StorageObject>) {
        let mut known = self.verified.lock();
        if known.len() >= VERIFIED_MAX {
            known.clear();
        }
        known.extend(verified);
    }

    /// Stores an archive, unless it is stored already. What is stored must be under `key`, if there
    /// is one.
    pub(crate) async fn put(
        &self,
        bucket: &str,
        packed: &Packed,
        key: Option<&str>,
    ) -> Result<StoredSource, UploadError> {
        let name = source_object(&packed.sha256);
        let mut found = self.objects.head(bucket, &name).await.map_err(UploadError::Upload)?;
        let stored = |generation| {
            let object =
                StorageObject { bucket: bucket.to_owned(), object: name.clone(), generation };
            StoredSource { object, sha256: packed.sha256.clone(), size_bytes: packed.size_bytes }
        };
        if found.is_none() {
            let uploaded =
                self.objects.upload(bucket, &name, packed.file.path(), BTreeMap::new()).await;
            match uploaded.map_err(UploadError::Upload)? {
                Created::New(generation) => {
                    let source = stored(generation);
                    self.note([source.object.clone()]);
                    return Ok(source);
                }
                Created::Exists => {
                    found = self.objects.head(bucket, &name).await.map_err(UploadError::Upload)?;
                }
            }
        }
        let Some(found) = found else { return Err(UploadError::Conflict { object: name }) };
        let source = stored(found.generation);
        let wrong = key.and_then(|key| wrong_object(&source.object, &found.kms_key_version, key));
        if let Some(failure) = wrong {
            return Err(UploadError::Refused(Box::new(failure)));
        }
        self.verify(&source, &found).await?;
        Ok(source)
    }

    /// Checks that an object has the digest that it is named after.
    async fn verify(&self, source: &StoredSource, found: &ObjectMeta) -> Result<(), UploadError> {
        let object = &source.object;
        if self.verified.lock().contains(object) {
            return Ok(());
        }
        let conflict = || UploadError::Conflict { object: object.object.clone() };
        if found.size_bytes != source.size_bytes {
            return Err(conflict());
        }
        let folder = tempfile::tempdir().map_err(UploadError::Disk)?;
        let file = folder.path().join("stored");
        let StorageObject { bucket, object: name, generation } = object;
        let read = self.objects.download(bucket, name, *generation, &file, source.size_bytes).await;
        match read {
            Ok(_) if sha256(&file).await? == source.sha256 => {
                self.note([object.clone()]);
                Ok(())
            }
            // Replaced or deleted since it was found, or another size than it said.
            Ok(_) | Err(CloudError { kind: Kind::NotFound | Kind::InvalidArgument, .. }) => {
                Err(conflict())
            }
            Err(error) => Err(UploadError::Upload(error)),
        }
    }
}
