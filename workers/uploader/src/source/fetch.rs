//! Fetches a source and makes it a canonical archive.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use longshore_cloud::Objects;
use longshore_messages::{GitRevision, HttpsArchive, Source, StorageObject};
use longshore_runner::launch::Dependencies;

use super::guard::{Guard, SystemResolver};
use super::{git, https};
use crate::UploadError;
use longshore_source_archive::{self as archive, Limits, PackError, Packed};

/// Fetches sources of every kind.
pub(crate) struct Sources {
    objects: Arc<dyn Objects>,
    guard: Guard,
    authorities: PathBuf,
    limits: Limits,
}

/// A fetched source as a canonical archive.
pub(crate) struct Fetched {
    pub(crate) packed: Packed,
    /// The commit, if the source is a git revision.
    pub(crate) commit: Option<String>,
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
        }
    }

    /// Fetches a source and makes it canonical.
    #[tracing::instrument(
        name = "uploader.fetch",
        skip_all,
        fields(source = %source, commit = tracing::field::Empty)
    )]
    pub(crate) async fn fetch(&self, source: &Source) -> Result<Fetched, UploadError> {
        let folder = tempfile::tempdir().map_err(UploadError::Disk)?;
        let file = folder.path().join("source");
        let packed = match source {
            Source::Storage(object) => self.stored(object, file).await?,
            Source::Https(archive) => self.https(archive, file).await?,
            Source::Inline(archive) => self.inline(archive, file).await?,
            Source::Git(revision) => return self.git(revision, folder.path()).await,
        };
        Ok(Fetched { packed, commit: None })
    }

    async fn stored(&self, object: &StorageObject, file: PathBuf) -> Result<Packed, UploadError> {
        let StorageObject { bucket, object: name, generation } = object;
        let fetched = self
            .objects
            .download(bucket, name, *generation, &file, self.limits.compressed_bytes)
            .await;
        fetched.map_err(|source| UploadError::Fetch { object: object.clone(), source })?;
        self.repack(file, "").await
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
        Ok(Fetched { packed, commit: Some(commit) })
    }

    async fn repack(&self, file: PathBuf, directory: &str) -> Result<Packed, UploadError> {
        let (directory, limits) = (directory.to_owned(), self.limits.clone());
        blocking(move || archive::repack(&file, &directory, &limits)).await
    }
}

async fn blocking(
    work: impl FnOnce() -> Result<Packed, PackError> + Send + 'static,
) -> Result<Packed, UploadError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| UploadError::Disk(std::io::Error::other(error)))?
        .map_err(UploadError::Pack)
}
