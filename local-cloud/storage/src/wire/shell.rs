//! The state that all handlers share, and their way to the service.
//!
//! Handlers call the service on blocking threads only, because its lock is held while the journal
//! is written.

use std::sync::Arc;

use super::sessions::Sessions;
use crate::{Service, StorageError};
use longshore_local_kit::lineage;

/// The state that all handlers share.
#[derive(Clone)]
pub(super) struct Shell {
    pub(super) service: Arc<Service>,
    pub(super) sessions: Arc<Sessions>,
    /// `http://ADDRESS`, for links in responses.
    pub(super) base: Arc<str>,
}

impl Shell {
    /// Calls the service on a blocking thread.
    pub(super) async fn with_service<T: Send + 'static>(
        &self,
        action: impl FnOnce(&Service) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let service = Arc::clone(&self.service);
        blocking(move || action(&service)).await
    }
}

/// Runs an action that waits for the disk on a blocking thread.
pub(super) async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    let generation = lineage::current();
    let action = move || lineage::blocking(generation, action);
    let joined = tokio::task::spawn_blocking(action).await;
    joined.unwrap_or_else(|error| Err(StorageError::Content(std::io::Error::other(error))))
}
