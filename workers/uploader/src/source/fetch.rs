//! Fetches a source and makes it a canonical archive.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use longshore_cloud::{Kind, ObjectMeta, Objects};
use longshore_messages::{
    Function, GitRevision, HttpsArchive, Source, StorageObject, source_digest,
};
use longshore_runner::Delivery;
use longshore_runner::launch::Dependencies;
use sha2::{Digest as _, Sha256};

use super::guard::{Guard, SystemResolver};
use super::recent::Recent;
use super::room::{Room, Taken};
use super::{git, https};
use crate::{FetchError, UploadError};
use longshore_source_archive::{self as archive, Limits, PackError, Packed};

/// Maximum size of the archives that are kept for other requests of the same sources. They are
/// temporary files, in addition to the room of sources that are being fetched.
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
    room: Room,
    recent: Recent<Key, Fetched>,
}

/// Size of an archive up to which a source is small. Almost all are, so first it gets room for a
/// small one. Only one that turns out to be larger is fetched again, with room for a large one.
const SMALL_BYTES: u64 = 8 * 1024 * 1024;

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
            room: Room::of_mib(settings.source_budget_mib),
            recent: Recent::new(KEPT_BYTES_MAX),
        }
    }

    /// Fetches the source of a function and makes it canonical, once for all requests that name the
    /// same generation of an object, or the same digest. Waits for room on this machine; hold it as
    /// long as the archive.
    #[tracing::instrument(
        name = "uploader.fetch",
        skip_all,
        fields(source = %function.source, commit = tracing::field::Empty)
    )]
    pub(crate) async fn fetch(
        &self,
        function: &Function,
        delivery: &Delivery,
    ) -> Result<(Arc<Fetched>, Taken), UploadError> {
        let own = &function.source_bucket();
        let (source, is_live) = self.with_generation(&function.source).await;
        let key = key(&source, own).filter(|_| is_live);
        // git needs room for a repository and its files, and does not say which limit it exceeds.
        if matches!(*source, Source::Git(_)) {
            let room = self.room.take(needed_by_git(&self.limits), delivery).await;
            return Ok((self.fetch_once(key, &source, own, &self.limits).await?, room));
        }
        let small = Limits {
            compressed_bytes: SMALL_BYTES.min(self.limits.compressed_bytes),
            ..self.limits.clone()
        };
        let room = self.room.take(needed(&small), delivery).await;
        match self.fetch_once(key.clone(), &source, own, &small).await {
            Err(error) if is_too_large(&error) => drop(room),
            fetched => return Ok((fetched?, room)),
        }
        let room = self.room.take(needed(&self.limits), delivery).await;
        Ok((self.fetch_once(key, &source, own, &self.limits).await?, room))
    }

    /// The source with the newest generation of its object, if it names none and there is one.
    /// Also whether its content is still there: an object that was replaced or deleted is not taken
    /// from an earlier request.
    async fn with_generation<'a>(&self, source: &'a Source) -> (Cow<'a, Source>, bool) {
        let Source::Storage(object) = source else { return (Cow::Borrowed(source), true) };
        match self.objects.head(&object.bucket, &object.object).await {
            Ok(Some(ObjectMeta { generation, .. })) if object.generation == 0 => {
                let newest = StorageObject { generation, ..object.clone() };
                (Cow::Owned(Source::Storage(newest)), true)
            }
            Ok(Some(live)) => (Cow::Borrowed(source), live.generation == object.generation),
            // Fetching it meets the same error, and reports it.
            Ok(None) | Err(_) => (Cow::Borrowed(source), false),
        }
    }

    async fn fetch_once(
        &self,
        key: Option<Key>,
        source: &Source,
        own: &str,
        limits: &Limits,
    ) -> Result<Arc<Fetched>, UploadError> {
        let Some(key) = key else {
            return self.fetch_within(source, own, limits).await.map(Arc::new);
        };
        let bytes = |fetched: &Fetched| fetched.packed.size_bytes;
        self.recent.get_or_make(key, bytes, self.fetch_within(source, own, limits)).await
    }

    async fn fetch_within(
        &self,
        source: &Source,
        own: &str,
        limits: &Limits,
    ) -> Result<Fetched, UploadError> {
        let folder = tempfile::tempdir().map_err(UploadError::Disk)?;
        let file = folder.path().join("source");
        let (mut commit, mut verified) = (None, None);
        let packed = match source {
            Source::Storage(object) => {
                let packed;
                (packed, verified) = self.stored(object, own, file, limits).await?;
                packed
            }
            Source::Https(archive) => self.https(archive, file, limits).await?,
            Source::Inline(archive) => inline(archive, file, limits).await?,
            Source::Earlier(earlier) => {
                return Err(UploadError::NothingToFetch { deployment: earlier.deployment });
            }
            Source::Git(revision) => {
                let (packed, found) = self.git(revision, folder.path(), limits).await?;
                commit = Some(found);
                packed
            }
        };
        Ok(Fetched { packed, commit, verified })
    }

    /// In the function's source bucket, an object that is named by a digest must have that digest:
    /// publishers refer to an object that is there already without uploading it again. Returns the
    /// object if that is so.
    async fn stored(
        &self,
        object: &StorageObject,
        own: &str,
        file: PathBuf,
        limits: &Limits,
    ) -> Result<(Packed, Option<StorageObject>), UploadError> {
        let StorageObject { bucket, object: name, generation } = object;
        let fetched =
            self.objects.download(bucket, name, *generation, &file, limits.compressed_bytes).await;
        let fetched =
            fetched.map_err(|source| UploadError::Fetch { object: object.clone(), source })?;
        let stated = source_digest(name).filter(|_| object.bucket == own);
        let verified = match stated {
            Some(digest) if sha256(&file).await? == digest => {
                Some(StorageObject { generation: fetched.generation, ..object.clone() })
            }
            Some(_) => return Err(UploadError::Conflict { object: name.clone() }),
            None => None,
        };
        Ok((repack(file, "", limits).await?, verified))
    }

    async fn https(
        &self,
        archive: &HttpsArchive,
        file: PathBuf,
        limits: &Limits,
    ) -> Result<Packed, UploadError> {
        let admitted = self.guard.admit(&archive.url).await.map_err(UploadError::Source)?;
        let client =
            https::client(&admitted, &self.authorities).await.map_err(UploadError::Source)?;
        https::download(&client, archive, &file, limits.compressed_bytes)
            .await
            .map_err(UploadError::Source)?;
        repack(file, &archive.directory, limits).await
    }

    /// Returns the commit, too.
    async fn git(
        &self,
        revision: &GitRevision,
        folder: &Path,
        limits: &Limits,
    ) -> Result<(Packed, String), UploadError> {
        let admitted = self.guard.admit(&revision.url).await.map_err(UploadError::Source)?;
        let checked_out =
            git::check_out(revision, &admitted, &self.authorities, folder, limits).await;
        let git::CheckedOut { root, commit } = checked_out.map_err(UploadError::Source)?;
        tracing::Span::current().record("commit", &commit);
        let (source, revision) = (&revision.url, &revision.revision);
        tracing::info!(%source, revision, commit, "git revision fetched");
        let limits = limits.clone();
        let packed = blocking(move || archive::pack_checked_out(&root, &limits)).await?;
        Ok((packed, commit))
    }
}

async fn inline(archive: &Bytes, file: PathBuf, limits: &Limits) -> Result<Packed, UploadError> {
    tokio::fs::write(&file, archive).await.map_err(UploadError::Disk)?;
    repack(file, "", limits).await
}

async fn repack(file: PathBuf, directory: &str, limits: &Limits) -> Result<Packed, UploadError> {
    let (directory, limits) = (directory.to_owned(), limits.clone());
    blocking(move || archive::repack(&file, &directory, &limits)).await
}

/// What determines the canonical archive of a source; `None` if its name does not. `own` is the
/// source bucket of the function.
fn key(source: &Source, own: &str) -> Option<Key> {
    match source {
        // It does not exist.
        Source::Storage(StorageObject { generation: 0, .. })
        | Source::Git(_)
        | Source::Earlier(_) => None,
        Source::Storage(object) => {
            Some(Key::Stored { object: object.clone(), is_own: object.bucket == own })
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

/// The bytes on disk that an archive takes at most: as received, and as packed.
fn needed(limits: &Limits) -> u64 {
    2 * limits.compressed_bytes
}

/// The bytes on disk that a git revision takes at most: the repository, the files, and the archive.
fn needed_by_git(limits: &Limits) -> u64 {
    let pack = limits.compressed_bytes.max(limits.uncompressed_bytes);
    pack + limits.uncompressed_bytes + limits.compressed_bytes
}

/// Whether an archive exceeds the limit on its size.
fn is_too_large(error: &UploadError) -> bool {
    matches!(error, UploadError::Fetch { source, .. } if source.kind == Kind::InvalidArgument)
        || matches!(
            error,
            UploadError::Source(FetchError::TooLarge { .. })
                | UploadError::Pack(PackError::ArchiveTooLarge { .. })
        )
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
