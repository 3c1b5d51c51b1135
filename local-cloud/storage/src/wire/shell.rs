//! What the handlers share.
//!
//! The store is only touched on blocking threads: its lock is held while the journal is written.

use std::sync::Arc;

use crate::{Files, Service, StorageError, Store};

/// What every handler needs.
#[derive(Clone)]
pub(super) struct Shell {
    pub(super) service: Arc<Service>,
    /// `http://ADDRESS`, for links in answers.
    pub(super) base: Arc<str>,
}

impl Shell {
    /// Does something with the store on a blocking thread.
    pub(super) async fn with_store<T: Send + 'static>(
        &self,
        action: impl FnOnce(&Store<Files>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let service = Arc::clone(&self.service);
        blocking(move || action(service.store())).await
    }
}

/// Does something that waits for the disk on a blocking thread.
pub(super) async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    let joined = tokio::task::spawn_blocking(action).await;
    joined.unwrap_or_else(|error| Err(StorageError::Content(std::io::Error::other(error))))
}
