//! The URL of one service: its listener, and what ends it.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::front::Front;

/// The listener of one service, and the token that closes it.
pub(super) struct Site {
    pub(super) name: String,
    pub(super) front: Arc<Front>,
    pub(super) closed: CancellationToken,
    /// Closes the listener, which outlives the service for a while.
    pub(super) listener: CancellationToken,
    /// Notifies the reconciler of the commits that change this service.
    pub(super) changed: watch::Sender<()>,
}

impl Site {
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
