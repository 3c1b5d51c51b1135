//! Uploads in progress: a session for each, with the bytes in a file and their digest so far.
//!
//! Sessions end with the process. A client whose session is unknown starts a new one, as clients of
//! other registries do.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

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

/// Maximum number of concurrent sessions of one image: several clients that push the same image,
/// with the six layers at once that the widest of them sends.
const SESSIONS_PER_IMAGE_LIMIT: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Uploads {
    sessions: Mutex<HashMap<Uuid, Session>>,
}

#[derive(Debug)]
struct Session {
    image: ImageKey,
    /// When its last request began.
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
    /// When the last request ended.
    appended_at: Instant,
}

/// Why no session was started.
#[derive(Debug, thiserror::Error)]
pub(super) enum BeginError {
    /// Transient: sessions end.
    #[error("{SESSIONS_LIMIT} uploads are receiving data, which is the maximum")]
    TooMany,
    /// Transient: sessions end.
    #[error(
        "{SESSIONS_PER_IMAGE_LIMIT} uploads of this image are receiving data, which is the maximum"
    )]
    TooManyOfImage,
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
        self.make_room(contents, &image)?;
        let id = Uuid::new_v4();
        let path = contents.incoming(id);
        let file = File::create(&path).await.map_err(BeginError::File)?;
        let now = Instant::now();
        let hasher = Sha256::new();
        let upload = Upload { id, path, file, hasher, received_bytes: 0, appended_at: now };
        let upload = Arc::new(tokio::sync::Mutex::new(upload));
        self.lock().insert(id, Session { image, touched: now, upload: Arc::clone(&upload) });
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

    /// Ends an idle session if there is no room for another one.
    fn make_room(&self, contents: &Contents, image: &ImageKey) -> Result<(), BeginError> {
        let mut sessions = self.lock();
        let of_image = || sessions.iter().filter(|(_, session)| session.image == *image);
        let given_way = if of_image().count() >= SESSIONS_PER_IMAGE_LIMIT {
            longest_idle(of_image()).ok_or(BeginError::TooManyOfImage)?
        } else if sessions.len() >= SESSIONS_LIMIT {
            longest_idle(sessions.iter()).ok_or(BeginError::TooMany)?
        } else {
            return Ok(());
        };
        sessions.remove(&given_way);
        remove_incoming(contents, given_way);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Session>> {
        self.sessions.lock()
    }
}

impl Session {
    fn idle_since(&self) -> Instant {
        // The lock of an idle session is free.
        let appended_at = self.upload.try_lock().map(|upload| upload.appended_at);
        appended_at.map_or(self.touched, |appended_at| appended_at.max(self.touched))
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
        self.appended_at = Instant::now();
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

/// The session that was idle longest. A session is idle while no request holds it: only the
/// reference count tells a request that is sending a long chunk from a client that is gone.
///
/// How much a session has received does not matter. A client that starts uploads to keep others
/// out can send a byte to each of them.
fn longest_idle<'a>(sessions: impl Iterator<Item = (&'a Uuid, &'a Session)>) -> Option<Uuid> {
    let idle = sessions.filter(|(_, session)| Arc::strong_count(&session.upload) == 1);
    idle.min_by_key(|(_, session)| session.idle_since()).map(|(id, _)| *id)
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

    /// Starts sessions for images, and keeps their ids in order.
    struct Started {
        contents: Contents,
        uploads: Uploads,
        _dir: tempfile::TempDir,
    }

    impl Started {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let contents = Contents::open(dir.path(), |_| false).unwrap();
            Self { contents, uploads: Uploads::default(), _dir: dir }
        }

        async fn begin(&self, name: &str) -> (String, Arc<tokio::sync::Mutex<Upload>>) {
            let upload = self.uploads.begin(&self.contents, image(name)).await.unwrap();
            let id = upload.lock().await.id.to_string();
            (id, upload)
        }

        /// Starts a session that receives one byte and is left alone.
        async fn begin_and_leave(&self, name: &str) -> String {
            let (id, upload) = self.begin(name).await;
            upload.lock().await.append(stream::iter(pieces(&["x"]))).await.unwrap();
            id
        }

        fn is_kept(&self, name: &str, id: &str) -> bool {
            let file = self.contents.incoming(Uuid::parse_str(id).unwrap());
            let is_kept = self.uploads.find(&image(name), id).is_some();
            assert_eq!(file.exists(), is_kept, "a session and its file end together");
            is_kept
        }
    }

    #[tokio::test]
    async fn sessions_are_limited_and_those_that_receive_data_are_kept() {
        let started = Started::new();
        let mut receiving = Vec::new();
        for _ in 0..SESSIONS_PER_IMAGE_LIMIT {
            receiving.push(started.begin("app").await);
        }
        let more = started.uploads.begin(&started.contents, image("app")).await;
        assert!(matches!(more, Err(BeginError::TooManyOfImage)));
        for number in SESSIONS_PER_IMAGE_LIMIT..SESSIONS_LIMIT {
            receiving.push(started.begin(&format!("image-{}", number % 8)).await);
        }
        let more = started.uploads.begin(&started.contents, image("other")).await;
        assert!(matches!(more, Err(BeginError::TooMany)));
        receiving.pop();
        started.begin("other").await;
    }

    #[tokio::test]
    async fn the_session_of_an_image_that_was_idle_longest_gives_way() {
        let started = Started::new();
        let (held, _receiving) = started.begin("app").await;
        let oldest = started.begin_and_leave("app").await;
        let (next, _) = started.begin("app").await;
        for _ in 3..SESSIONS_PER_IMAGE_LIMIT {
            started.begin("app").await;
        }
        started.begin("app").await;
        let is_kept = |id: &str| started.is_kept("app", id);
        assert!(!is_kept(&oldest));
        assert!(is_kept(&held) && is_kept(&next));
        assert_eq!(started.uploads.lock().len(), SESSIONS_PER_IMAGE_LIMIT);
    }

    #[tokio::test]
    async fn uploads_that_were_begun_and_left_do_not_stop_a_push() {
        let started = Started::new();
        for number in 0..SESSIONS_LIMIT {
            started.begin_and_leave(&format!("left-{}", number % 100)).await;
        }
        // A push sends several layers at once, and starts all of them before the first chunk.
        let mut push = Vec::new();
        for _ in 0..6 {
            push.push(started.begin("pushed").await.0);
        }
        for id in &push {
            assert!(started.is_kept("pushed", id));
        }
        assert_eq!(started.uploads.lock().len(), SESSIONS_LIMIT);
    }

    #[tokio::test]
    async fn one_image_does_not_take_the_sessions_of_the_others() {
        let started = Started::new();
        let first = started.begin_and_leave("app").await;
        let other = started.begin_and_leave("other").await;
        for _ in 0..SESSIONS_LIMIT {
            started.begin_and_leave("app").await;
        }
        assert!(!started.is_kept("app", &first));
        assert!(started.is_kept("other", &other));
        assert_eq!(started.uploads.lock().len(), SESSIONS_PER_IMAGE_LIMIT + 1);
    }
}
