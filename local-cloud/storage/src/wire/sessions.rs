//! The open files of resumable uploads.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use crate::StagedFile;

/// The file of an upload, for one request at a time. It stays open between two requests, so that
/// its checksum is not computed again.
pub(super) type Slot = tokio::sync::Mutex<Option<StagedFile>>;

pub(super) type Guard = OwnedMutexGuard<Option<StagedFile>>;

/// The open files of resumable uploads.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Arc<Slot>>>);

impl Sessions {
    pub(super) fn slot(&self, id: &str) -> Arc<Slot> {
        let mut slots = self.0.lock();
        Arc::clone(slots.entry(id.to_owned()).or_default())
    }

    pub(super) fn forget(&self, id: &str) {
        self.0.lock().remove(id);
    }
}
