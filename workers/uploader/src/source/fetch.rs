//! Fetches a source and makes it a canonical archive.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use longshore_cloud::{ObjectMeta, Objects};
use longshore_messages::{
    Function, FunctionRef, GitRevision, HttpsArchive, Source, StorageObject, source_bucket,
    source_digest,
};
use longshore_runner::launch::Dependencies;
use sha2::{Digest as _, Sha256};

use super::guard::{Guard, SystemResolver};
use super::recent::Recent;
use super::{git, https};
use crate::UploadError;
use longshore_source_archive::{self as archive, Limits, PackError, Packed};

/// Maximum size of the archives that are kept for other requests of the same sources. They are
/// temporary files.
const KEPT_BYTES_MAX: u64 = 256 << 20;

/// What determines a canonical archive. A git revision does not: branches move.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// A generation of an object, and whether the object has to have the digest in its name.
    Stored {
        object: StorageObject,
        is_own: bool,
    },
    Https {
        url: String,
        sha256: String,
        directory: String,
    },
    Inline {
        sha256: String,
    },
}

/// Fetches sources of every kind.
pub(crate) struct Sources {
    objects: Arc<dyn Objects>,
    guard: Guard,
    authorities: PathBuf,
    limits: Limits,
    recent: Recent<Key, Fetched>,
}

/// A fetched source as a canonical archive.
pub(crate) struct Fetched {
    pub(crate) packed: Packed,
    /// The commit, if the source is a git revision.
    pub(crate) commit: Option<String>,
    /// The object that was fetched, if its name states its digest and the digest is right.
    pub(crate) verified: Option<StorageObject>,
}

impl Sources {
    pub(crate) fn new(dependencies: &Dependencies, limits: Limits) -> Self {
        let settings = &dependencies.settings;
        let guard = Guard::new(
            settings.source_hosts.clone(),
            settings.source_private_hosts.clone(),
            Box::new(SystemResolver),
        );
        Self {
            objects: Arc::clone(&dependencies.clients.objects),
            guard,
            authorities: settings.source_ca_file.clone(),
            limits,
            recent: Recent::new(KEPT_BYTES_MAX),
        }
    }

    /// Fetches the source of a function and makes it canonical, once for all requests that name the
    /// same generation of an object, or the same digest.
    #[tracing::instrument(
        name = "uploader.fetch",
        skip_all,
        fields(source = %function.source, commit = tracing::field::Empty)
    )]
    pub(crate) async fn fetch(&self, function: &Function) -> Result<Arc<Fetched>, UploadError> {
        let source = self.with_generation(&function.source).await;
        let Some(key) = key(&source, &function.at) else {
            return self.fetch_now(&source, &function.at).await.map(Arc::new);
        };
        let bytes = |fetched: &Fetched| fetched.packed.size_bytes;
        self.recent.get_or_make(key, bytes, self.fetch_now(&source, &function.at)).await
    }

    /// The source with the newest generation of its object, if it names none and there is one.
    async fn with_generation<'a>(&self, source: &'a Source) -> Cow<'a, Source> {
        let Source::Storage(object @ StorageObject { generation: 0, .. }) = source else {
            return Cow::Borrowed(source);
        };
        match self.objects.head(&object.bucket, &object.object).await {
            Ok(Some(ObjectMeta { generation, .. })) => {
                Cow::Owned(Source::Storage(StorageObject { generation, ..object.clone() }))
            }
            // Fetching it meets the same error, and reports it.
            Ok(None) | Err(_) => Cow::Borrowed(source),
        }
    }

    async fn fetch_now(&self, source: &Source, at: &FunctionRef) -> Result<Fetched, UploadError> {
        let folder = tempfile::tempdir().map_err(UploadError::Disk)?;
        let file = folder.path().join("source");
        let packed = match source {
            Source::Storage(object) => return self.stored(object, at, file).await,
            Source::Https(archive) => self.https(archive, file).await?,
            Source::Inline(archive) => self.inline(archive, file).await?,
            Source::Git(revision) => return self.git(revision, folder.path()).await,
        };
        Ok(Fetched { packed, commit: None, verified: None })
    }

    /// In the function's source bucket, an object that is named by a digest must have that digest:
    /// publishers refer to an object that is there already without uploading it again.
    async fn stored(
        &self,
        object: &StorageObject,
        at: &FunctionRef,
        file: PathBuf,
    ) -> Result<Fetched, UploadError> {
        let StorageObject { bucket, object: name, generation } = object;
        let fetched = self
            .objects
            .download(bucket, name, *generation, &file, self.limits.compressed_bytes)
            .await;
        let fetched =
            fetched.map_err(|source| UploadError::Fetch { object: object.clone(), source })?;
        let stated = source_digest(name).filter(|_| is_own(object, at));
        let verified = match stated {
            Some(digest) if sha256(&file).await? == digest => {
                Some(StorageObject { generation: fetched.generation, ..object.clone() })
            }
            Some(_) => return Err(UploadError::Conflict { object: name.clone() }),
            None => None,
        };
        let packed = self.repack(file, "").await?;
        Ok(Fetched { packed, commit: None, verified })
    }

    async fn https(&self, archive: &HttpsArchive, file: PathBuf) -> Result<Packed, UploadError> {
        let admitted = self.guard.admit(&archive.url).await.map_err(UploadError::Source)?;
        let client =
            https::client(&admitted, &self.authorities).await.map_err(UploadError::Source)?;
        https::download(&client, archive, &file, self.limits.compressed_bytes)
            .await
            .map_err(UploadError::Source)?;
        self.repack(file, &archive.directory).await
    }

    async fn inline(&self, archive: &Bytes, file: PathBuf) -> Result<Packed, UploadError> {
        tokio::fs::write(&file, archive).await.map_err(UploadError::Disk)?;
        self.repack(file, "").await
    }

    async fn git(&self, revision: &GitRevision, folder: &Path) -> Result<Fetched, UploadError> {
        let admitted = self.guard.admit(&revision.url).await.map_err(UploadError::Source)?;
        let checked_out =
            git::check_out(revision, &admitted, &self.authorities, folder, &self.limits).await;
        let git::CheckedOut { root, commit } = checked_out.map_err(UploadError::Source)?;
        tracing::Span::current().record("commit", &commit);
        let (source, revision) = (&revision.url, &revision.revision);
        tracing::info!(%source, revision, commit, "git revision fetched");
        let limits = self.limits.clone();
        let packed = blocking(move || archive::pack_checked_out(&root, &limits)).await?;
        Ok(Fetched { packed, commit: Some(commit), verified: None })
    }

    async fn repack(&self, file: PathBuf, directory: &str) -> Result<Packed, UploadError> {
        let (directory, limits) = (directory.to_owned(), self.limits.clone());
        blocking(move || archive::repack(&file, &directory, &limits)).await
    }
}

/// What determines the canonical archive of a source; `None` if its name does not.
fn key(source: &Source, at: &FunctionRef) -> Option<Key> {
    match source {
        // It does not exist.
        Source::Storage(StorageObject { generation: 0, .. }) | Source::Git(_) => None,
        Source::Storage(object) => {
            Some(Key::Stored { object: object.clone(), is_own: is_own(object, at) })
        }
        Source::Https(HttpsArchive { url, sha256, directory }) => Some(Key::Https {
            url: url.to_string(),
            sha256: sha256.clone(),
            directory: directory.clone(),
        }),
        Source::Inline(archive) => {
            Some(Key::Inline { sha256: archive::hex(&Sha256::digest(archive)) })
        }
    }
}

/// Whether an object is in the source bucket of the function.
fn is_own(object: &StorageObject, at: &FunctionRef) -> bool {
    object.bucket == source_bucket(&at.project, &at.region)
}

/// The lower-case hexadecimal SHA-256 of a file.
pub(crate) async fn sha256(file: &Path) -> Result<String, UploadError> {
    let file = file.to_owned();
    let hash = move || {
        let (mut file, mut hash) = (std::fs::File::open(file)?, Sha256::new());
        let mut block = vec![0; 64 * 1024];
        loop {
            match file.read(&mut block)? {
                0 => return Ok(archive::hex(&hash.finalize())),
                length => hash.update(&block[..length]),
            }
        }
    };
    let done = tokio::task::spawn_blocking(hash).await;
    done.map_err(std::io::Error::other).and_then(|hashed| hashed).map_err(UploadError::Disk)
}

async fn blocking(
    work: impl FnOnce() -> Result<Packed, PackError> + Send + 'static,
) -> Result<Packed, UploadError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| UploadError::Disk(std::io::Error::other(error)))?
        .map_err(UploadError::Pack)
}
