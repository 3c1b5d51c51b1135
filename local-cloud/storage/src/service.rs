//! Cloud Storage as the server and the other services of the local cloud use it.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use time::OffsetDateTime;

use super::accounts::Accounts;
use super::core::Core;
use super::wire::{self, Sessions};
use super::{
    BucketAttributes, Files, ObjectAttributes, ObjectRecord, Preconditions, Staged as _,
    StorageError, Store, WriteRequest,
};
use longshore_local_kit::Announce;

/// Links in notices are the same for everybody, as at Google.
const NOTICE_BASE: &str = "https://www.googleapis.com";

/// Cloud Storage over a directory.
///
/// The methods here are synchronous and touch the disk; asynchronous callers move them to a
/// blocking thread.
pub struct Service {
    store: Store<Files>,
    sessions: Sessions,
    accounts: Accounts,
}

impl Service {
    /// Opens the storage in a directory of its own. `project` is the id of the project whose number
    /// is given; every other project gets a number from its id. Notices of buckets that ask for
    /// them are published through `announce`. Signatures of service accounts are verified with the
    /// keys in the folder `service-accounts` of the directory: `EMAIL.json`, a key file as Google
    /// hands it out, or `EMAIL.pem`, a public key.
    ///
    /// # Errors
    /// When the directory or the journal cannot be read or written. Starting again does not help.
    pub fn open(
        dir: &Path,
        project: &str,
        project_number: u64,
        announce: Arc<dyn Announce>,
    ) -> io::Result<Arc<Self>> {
        let publish = move |notice| wire::publish(notice, NOTICE_BASE, &*announce);
        let store = Store::open(dir, Core::new(project, project_number), publish)?;
        let folder = dir.join("service-accounts");
        fs::create_dir_all(&folder)?;
        Ok(Arc::new(Self {
            store,
            sessions: Sessions::default(),
            accounts: Accounts::in_folder(&folder),
        }))
    }

    /// The JSON API, its uploads and downloads, and gRPC, for one port. `address` is where it can
    /// be reached: resumable uploads answer with an absolute address, and Google's clients send no
    /// port in `Host`.
    pub fn router(self: &Arc<Self>, address: SocketAddr) -> Router {
        wire::router(Arc::clone(self), address)
    }

    /// An object and the file that holds its content; generation 0 is the newest. The file never
    /// changes, and goes away when the object is replaced or deleted: a reader opens it at once,
    /// and asks again when it is gone.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`].
    pub fn read(
        &self,
        bucket: &str,
        object: &str,
        generation: i64,
    ) -> Result<(ObjectRecord, PathBuf), StorageError> {
        let record = self.store.object(bucket, object, generation, &Preconditions::default())?;
        let path = self.store.contents().path(record.generation);
        Ok((record, path))
    }

    /// Writes an object, whatever was there before, and returns its generation.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::NoBucket`]; [`StorageError::Content`] or
    /// [`StorageError::Journal`], which may pass.
    pub fn write(
        &self,
        bucket: &str,
        object: &str,
        content: &[u8],
        content_type: &str,
    ) -> Result<i64, StorageError> {
        let attributes = ObjectAttributes {
            content_type: content_type.to_owned(),
            ..ObjectAttributes::default()
        };
        let request = WriteRequest {
            bucket: bucket.to_owned(),
            object: object.to_owned(),
            attributes,
            ..WriteRequest::default()
        };
        let mut staged = self.store.stage()?;
        staged.append(content).map_err(StorageError::Content)?;
        Ok(self.store.write(&request, staged, OffsetDateTime::now_utc())?.generation)
    }

    /// Makes the bucket when it is missing.
    ///
    /// # Errors
    /// [`StorageError::ForeignBucket`] when another project has it; [`StorageError::Invalid`],
    /// [`StorageError::Journal`].
    pub fn ensure_bucket(
        &self,
        name: &str,
        project: &str,
        location: &str,
    ) -> Result<(), StorageError> {
        let attributes = BucketAttributes {
            location: location.to_owned(),
            uniform_access: true,
            ..BucketAttributes::default()
        };
        self.store.ensure_bucket(name, project, attributes, OffsetDateTime::now_utc()).map(drop)
    }

    pub(super) fn store(&self) -> &Store<Files> {
        &self.store
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(super) fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}
