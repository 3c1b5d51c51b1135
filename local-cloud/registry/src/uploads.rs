//! Uploads in progress: a session for each, with the bytes in a file and their digest so far.
//!
//! Sessions end with the process. A client whose session is unknown starts a new one, as clients of
//! other registries do.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use parking_lot::{Mutex, MutexGuard};
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use uuid::Uuid;

use super::contents::{Contents, sha512_of_file};
use super::core::{Algorithm, Digest, ImageKey};

/// Maximum number of concurrent sessions. Each holds a file descriptor, and the limit of a process
/// is often 1024.
const SESSIONS_LIMIT: usize = 256;

/// A session that was idle for this long may be dropped for a new one: far longer than clients wait
/// between chunks.
const IDLE_LIMIT: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Default)]
pub(super) struct Uploads {
    sessions: Mutex<HashMap<Uuid, Session>>,
}

#[derive(Debug)]
struct Session {
    image: ImageKey,
    touched: Instant,
    upload: Arc<tokio::sync::Mutex<Upload>>,
}

/// One upload. Its mutex makes the holder the only writer.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) id: Uuid,
    path: PathBuf,
    file: File,
    hasher: Sha256,
    received_bytes: u64,
}

/// Why no session was started.
#[derive(Debug, thiserror::Error)]
pub(super) enum BeginError {
    /// Transient: sessions end.
    #[error("{SESSIONS_LIMIT} uploads are in progress, which is the maximum")]
    TooMany,
    #[error("cannot create the file of the upload")]
    File(#[source] io::Error),
}

/// Why a body was not received completely. The session keeps what it received, and the client can
/// continue from there.
#[derive(Debug, thiserror::Error)]
pub(super) enum AppendError {
    #[error("the request body ended early")]
    Body(#[source] Box<dyn Error + Send + Sync>),
    #[error("cannot write to the file of the upload")]
    File(#[source] io::Error),
}

impl Uploads {
    /// Starts a session for an image.
    pub(super) async fn begin(
        &self,
        contents: &Contents,
        image: ImageKey,
    ) -> Result<Arc<tokio::sync::Mutex<Upload>>, BeginError> {
        self.make_room(contents)?;
        let id = Uuid::new_v4();
        let path = contents.incoming(id);
        let file = File::create(&path).await.map_err(BeginError::File)?;
        let upload = Upload { id, path, file, hasher: Sha256::new(), received_bytes: 0 };
        let upload = Arc::new(tokio::sync::Mutex::new(upload));
        self.lock()
            .insert(id, Session { image, touched: Instant::now(), upload: Arc::clone(&upload) });
        Ok(upload)
    }

    /// The session with this id, if it belongs to the image.
    pub(super) fn find(
        &self,
        image: &ImageKey,
        id: &str,
    ) -> Option<Arc<tokio::sync::Mutex<Upload>>> {
        let mut sessions = self.lock();
        let session = sessions
            .get_mut(&Uuid::parse_str(id).ok()?)
            .filter(|session| session.image == *image)?;
        session.touched = Instant::now();
        Some(Arc::clone(&session.upload))
    }

    /// Ends a session, and removes its file if it exists.
    pub(super) fn end(&self, contents: &Contents, id: Uuid) {
        self.lock().remove(&id);
        remove_incoming(contents, id);
    }

    fn make_room(&self, contents: &Contents) -> Result<(), BeginError> {
        let mut sessions = self.lock();
        if sessions.len() >= SESSIONS_LIMIT {
            // A request that holds the upload is still sending; only the reference count tells a
            // long chunk from an abandoned session.
            let abandoned = |session: &Session| {
                session.touched.elapsed() >= IDLE_LIMIT && Arc::strong_count(&session.upload) == 1
            };
            for (id, _) in sessions.extract_if(|_, session| abandoned(session)) {
                remove_incoming(contents, id);
            }
        }
        if sessions.len() >= SESSIONS_LIMIT {
            let id = oldest_empty(&sessions).ok_or(BeginError::TooMany)?;
            sessions.remove(&id);
            remove_incoming(contents, id);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Session>> {
        self.sessions.lock()
    }
}

impl Upload {
    pub(super) fn received_bytes(&self) -> u64 {
        self.received_bytes
    }

    pub(super) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Appends a request's body.
    pub(super) async fn append<S, E>(&mut self, mut body: S) -> Result<(), AppendError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.discard_unfinished_write().await.map_err(AppendError::File)?;
        let taken = loop {
            let Some(piece) = body.next().await else { break Ok(()) };
            match piece {
                Ok(piece) => {
                    self.file.write_all(&piece).await.map_err(AppendError::File)?;
                    self.hasher.update(&piece);
                    self.received_bytes += piece.len() as u64;
                }
                Err(error) => break Err(AppendError::Body(error.into())),
            }
        };
        self.file.flush().await.map_err(AppendError::File)?;
        taken
    }

    /// The digest of the received bytes, with the given hash function. SHA-256 is computed on
    /// arrival; for the rare SHA-512 the file is read again.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) async fn digest(&self, algorithm: Algorithm) -> io::Result<Digest> {
        match algorithm {
            Algorithm::Sha256 => Ok(Digest::sha256(&self.hasher.clone().finalize())),
            Algorithm::Sha512 => {
                let path = self.path.clone();
                tokio::task::spawn_blocking(move || sha512_of_file(&path))
                    .await
                    .map_err(io::Error::other)?
            }
        }
    }

    /// A client that disconnects during a write leaves bytes in the file that neither hash nor
    /// count include.
    async fn discard_unfinished_write(&mut self) -> io::Result<()> {
        self.file.flush().await?;
        self.file.set_len(self.received_bytes).await?;
        self.file.seek(io::SeekFrom::Start(self.received_bytes)).await?;
        Ok(())
    }
}

/// The session that was idle longest among those that received nothing. A client that starts an
/// upload sends its first bytes at once; one that only starts uploads must not stop others.
fn oldest_empty(sessions: &HashMap<Uuid, Session>) -> Option<Uuid> {
    let is_empty = |session: &Session| {
        // A lock that is held belongs to a request that is sending.
        session.upload.try_lock().is_ok_and(|upload| upload.received_bytes == 0)
            && Arc::strong_count(&session.upload) == 1
    };
    let empty = sessions.iter().filter(|(_, session)| is_empty(session));
    empty.min_by_key(|(_, session)| session.touched).map(|(id, _)| *id)
}

/// Removes the file of a session. It does not exist if the upload was completed.
fn remove_incoming(contents: &Contents, id: Uuid) {
    match std::fs::remove_file(contents.incoming(id)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%id, %error, "cannot remove the file of an upload"),
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;
    use crate::contents::digest_of;
    use crate::core::RepositoryKey;

    fn image(name: &str) -> ImageKey {
        let repository =
            RepositoryKey { project: "p".into(), location: "l".into(), name: "r".into() };
        ImageKey { repository, image: name.into() }
    }

    fn pieces(pieces: &[&'static str]) -> Vec<Result<Bytes, axum::Error>> {
        pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect()
    }

    #[tokio::test]
    async fn an_upload_continues_after_a_body_that_ended_early() {
        let dir = tempfile::tempdir().unwrap();
        let contents = Contents::open(dir.path(), |_| false).unwrap();
        let upload = Uploads::default().begin(&contents, image("app")).await.unwrap();
        let mut upload = upload.lock().await;
        let broken = pieces(&["ab", "cd"]).into_iter().chain([Err(axum::Error::new("gone"))]);
        assert!(matches!(upload.append(stream::iter(broken)).await, Err(AppendError::Body(_))));
        assert_eq!(upload.received_bytes(), 4);
        upload.append(stream::iter(pieces(&["ef"]))).await.unwrap();
        assert_eq!(std::fs::read(upload.path()).unwrap(), b"abcdef");
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            assert_eq!(upload.digest(algorithm).await.unwrap(), digest_of(algorithm, b"abcdef"));
        }
    }

    #[tokio::test]
    async fn bytes_that_were_written_but_not_counted_are_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let contents = Contents::open(dir.path(), |_| false).unwrap();
        let upload = Uploads::default().begin(&contents, image("app")).await.unwrap();
        let mut upload = upload.lock().await;
        upload.append(stream::iter(pieces(&["abc"]))).await.unwrap();
        upload.file.write_all(b"a piece whose request was dropped").await.unwrap();
        upload.append(stream::iter(pieces(&["def"]))).await.unwrap();
        assert_eq!(std::fs::read(upload.path()).unwrap(), b"abcdef");
    }

    #[tokio::test]
    async fn a_session_belongs_to_its_image_and_ends_with_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let contents = Contents::open(dir.path(), |_| false).unwrap();
        let uploads = Uploads::default();
        let upload = uploads.begin(&contents, image("app")).await.unwrap();
        let Upload { id, path, .. } = &*upload.lock().await;
        assert!(uploads.find(&image("app"), &id.to_string()).is_some());
        assert!(uploads.find(&image("other"), &id.to_string()).is_none());
        uploads.end(&contents, *id);
        assert!(uploads.find(&image("app"), &id.to_string()).is_none());
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn sessions_are_limited_and_fresh_ones_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let contents = Contents::open(dir.path(), |_| false).unwrap();
        let uploads = Uploads::default();
        for _ in 0..SESSIONS_LIMIT {
            let upload = uploads.begin(&contents, image("app")).await.unwrap();
            upload.lock().await.append(stream::iter(pieces(&["begun"]))).await.unwrap();
        }
        assert!(matches!(uploads.begin(&contents, image("app")).await, Err(BeginError::TooMany)));
    }

    #[tokio::test]
    async fn the_oldest_empty_session_gives_way() {
        let dir = tempfile::tempdir().unwrap();
        let contents = Contents::open(dir.path(), |_| false).unwrap();
        let uploads = Uploads::default();
        let begin = async || {
            let upload = uploads.begin(&contents, image("app")).await.unwrap();
            let id = upload.lock().await.id.to_string();
            (id, upload)
        };
        let (filled, upload) = begin().await;
        upload.lock().await.append(stream::iter(pieces(&["begun"]))).await.unwrap();
        drop(upload);
        let (held, _sending) = begin().await;
        let (oldest, _) = begin().await;
        let (next, _) = begin().await;
        for _ in 4..SESSIONS_LIMIT {
            begin().await;
        }
        begin().await;
        let is_kept = |id: &str| uploads.find(&image("app"), id).is_some();
        assert!(!is_kept(&oldest));
        assert!(!contents.incoming(Uuid::parse_str(&oldest).unwrap()).exists());
        assert!(is_kept(&filled) && is_kept(&held) && is_kept(&next));
        assert_eq!(uploads.lock().len(), SESSIONS_LIMIT);
    }
}
