//! Receiving a content in bounded memory.

use std::sync::Arc;

use super::shell::{Shell, blocking};
use crate::{Service, Staged as _, StagedFile, StorageError};

/// A content is collected up to this size before it goes to a blocking thread: a small one needs a
/// single hop, a large one not one for each network packet.
const COLLECT_BYTES: usize = 1024 * 1024;

/// A content on its way to the disk.
///
/// `G` guards the file against other writers. It travels with every piece to the blocking thread:
/// when the request goes away in the middle, the piece is still written before anybody else sees
/// the file.
pub(super) struct Receiver<G> {
    service: Arc<Service>,
    held: Option<(Option<StagedFile>, G)>,
    collected: Vec<u8>,
}

impl<G: Send + 'static> Receiver<G> {
    /// Goes on behind what `staged` holds; without it a new content begins.
    pub(super) fn new(shell: &Shell, staged: Option<StagedFile>, guard: G) -> Self {
        Self {
            service: Arc::clone(&shell.service),
            held: Some((staged, guard)),
            collected: Vec::new(),
        }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// [`StorageError::Content`]; the receiver is of no use then.
    pub(super) async fn push(&mut self, piece: &[u8]) -> Result<(), StorageError> {
        self.collected.extend_from_slice(piece);
        if self.collected.len() < COLLECT_BYTES {
            return Ok(());
        }
        let (collected, held, service) =
            (std::mem::take(&mut self.collected), self.held.take(), Arc::clone(&self.service));
        let (staged, guard) = blocking(move || append(&service, held, &collected)).await?;
        self.held = Some((Some(staged), guard));
        Ok(())
    }

    /// Writes what is left, then does the last thing with the content, on the same thread.
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
    staged.append(piece).map_err(StorageError::Content)?;
    Ok((staged, guard))
}
