//! Receiving content in bounded memory.

use std::sync::Arc;

use super::shell::{Shell, blocking};
use crate::{Service, Staged as _, StagedFile, StorageError};

/// Content is buffered up to this size before it goes to a blocking thread: small content needs a
/// single hop, and large content does not need one for each network packet.
const COLLECT_BYTES: usize = 1024 * 1024;

/// Content on its way to the disk.
///
/// `G` guards the file against other writers. It moves to the blocking thread with every piece:
/// when the request is cancelled meanwhile, the piece is still written before another request gets
/// the file.
pub(super) struct Receiver<G> {
    service: Arc<Service>,
    held: Option<(Option<StagedFile>, G)>,
    collected: Vec<u8>,
}

impl<G: Send + 'static> Receiver<G> {
    /// Continues after the content of `staged`; without it, starts new content.
    pub(super) fn new(shell: &Shell, staged: Option<StagedFile>, guard: G) -> Self {
        Self {
            service: Arc::clone(&shell.service),
            held: Some((staged, guard)),
            collected: Vec::new(),
        }
    }

    /// # Errors
    /// [`StorageError::Content`]; the receiver must not be used again then.
    pub(super) async fn push(&mut self, piece: &[u8]) -> Result<(), StorageError> {
        self.collected.extend_from_slice(piece);
        if self.collected.len() < COLLECT_BYTES { Ok(()) } else { self.flush().await }
    }

    /// Writes what was collected.
    ///
    /// # Errors
    /// As for [`Receiver::push`].
    pub(super) async fn flush(&mut self) -> Result<(), StorageError> {
        let (collected, held, service) =
            (std::mem::take(&mut self.collected), self.held.take(), Arc::clone(&self.service));
        let (staged, guard) = blocking(move || append(&service, held, &collected)).await?;
        self.held = Some((Some(staged), guard));
        Ok(())
    }

    /// Writes the rest, then calls `last` with the content on the same blocking thread.
    ///
    /// # Errors
    /// [`StorageError::Content`], and those of `last`.
    pub(super) async fn finish<T: Send + 'static>(
        self,
        last: impl FnOnce(&Service, StagedFile, G) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let Self { service, held, collected } = self;
        blocking(move || {
            let (staged, guard) = append(&service, held, &collected)?;
            last(&service, staged, guard)
        })
        .await
    }
}

fn append<G>(
    service: &Service,
    held: Option<(Option<StagedFile>, G)>,
    piece: &[u8],
) -> Result<(StagedFile, G), StorageError> {
    let lost =
        || StorageError::Content(std::io::Error::other("an earlier piece could not be written"));
    let (staged, guard) = held.ok_or_else(lost)?;
    let mut staged = staged.map_or_else(|| service.stage(), Ok)?;
    staged.append(piece).map_err(StorageError::content)?;
    Ok((staged, guard))
}
