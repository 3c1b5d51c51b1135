//! The core with its journal, its content, the uploads, the notices and the sweep.

mod state;

use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;

use super::contents::Contents;
use super::core::{Digest, Event, Registry, RemoveBlobError, RepositoryKey};
use super::notice;
use super::suspects::Suspects;
use super::uploads::Uploads;
use longshore_local_kit::Announce;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::keys::{CustomerKeys, KeyError, KeyUser};

/// Between two sweeps. A sweep reads names only.
const SWEEP_INTERVAL: Duration = Duration::from_mins(10);

/// The image registry: one state, which both protocols serve.
pub struct Service {
    registry: Mutex<Durable<Registry>>,
    pub(super) contents: Contents,
    pub(super) uploads: Uploads,
    pub(super) suspects: Suspects,
    announce: Arc<dyn Announce>,
    keys: Arc<dyn CustomerKeys>,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChangeError<E> {
    /// The state forbids it. Retrying does not help until the state changes.
    #[error(transparent)]
    Refused(E),
    /// The disk failed, and nothing was changed.
    #[error("cannot write the change to the disk")]
    Disk(#[source] io::Error),
}

impl Service {
    /// Opens the registry below `dir`, and creates it if it is missing. No other process may have
    /// it open. Must be called inside a Tokio runtime, which removes unreferenced blobs in the
    /// background.
    ///
    /// # Errors
    /// When the directory cannot be written, or its journal is of another version. Retrying does
    /// not help.
    pub fn open(
        dir: &Path,
        announce: Arc<dyn Announce>,
        keys: Arc<dyn CustomerKeys>,
    ) -> io::Result<Arc<Self>> {
        std::fs::create_dir_all(dir)?;
        let registry = Durable::open(&dir.join("journal"), Registry::default())?;
        let is_complete = registry.is_complete();
        let contents = Contents::open(dir, |digest| !is_complete || registry.needs(digest))?;
        let (uploads, suspects) = (Uploads::default(), Suspects::default());
        let service = Arc::new(Self {
            registry: Mutex::new(registry),
            contents,
            uploads,
            suspects,
            announce,
            keys,
        });
        tokio::spawn(keep_sweeping(Arc::downgrade(&service)));
        Ok(service)
    }

    /// Checks that the content of a repository can be read and written. Content is stored as it is.
    ///
    /// # Errors
    /// When the Cloud KMS key of the repository cannot be used.
    pub(super) fn check_key(&self, repository: &RepositoryKey) -> Result<(), KeyError> {
        let key = self.read(|registry| {
            registry.repository(repository).map(|found| found.settings.kms_key_name.clone())
        });
        match key.filter(|key| !key.is_empty()) {
            Some(key) => self.check_new_key(&key, &repository.project),
            None => Ok(()),
        }
    }

    /// Checks the key that a new repository of a project would get.
    ///
    /// # Errors
    /// As for [`Service::check_key`].
    pub(super) fn check_new_key(&self, key: &str, project: &str) -> Result<(), KeyError> {
        if key.is_empty() {
            return Ok(());
        }
        self.keys.usable_version(key, KeyUser::registry(project)).map(drop)
    }

    /// Reads the state, under its lock.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Registry) -> T) -> T {
        read(&self.lock())
    }

    /// Decides, writes the journal, and then announces. `prepare` provides the bytes of the events:
    /// it runs after the decision and before the journal is written. On failure, nothing is
    /// announced.
    pub(super) fn change<E>(
        &self,
        decide: impl FnOnce(&Registry, OffsetDateTime) -> Result<Vec<Event>, E>,
        prepare: impl FnOnce(&Contents) -> io::Result<()>,
    ) -> Result<(), ChangeError<E>> {
        let events = {
            // Held during the file operations: content must not be removed while another request
            // makes an image need it.
            let mut registry = self.lock();
            let events =
                decide(&registry, OffsetDateTime::now_utc()).map_err(ChangeError::Refused)?;
            let released = released_contents(&registry, &events);
            prepare(&self.contents).map_err(ChangeError::Disk)?;
            registry.commit(events.clone()).map_err(ChangeError::Disk)?;
            for digest in released.iter().filter(|digest| !registry.needs(digest)) {
                self.contents.remove(digest);
            }
            events
        };
        notice::announce(self.announce.as_ref(), &events);
        Ok(())
    }

    /// Removes the unreferenced blobs whose grace period is over. A manifest whose event was lost to
    /// a damaged journal may reference them.
    fn sweep(&self, now: Instant) {
        if !self.lock().is_complete() {
            return;
        }
        let unreferenced = self.read(Registry::unreferenced);
        for (image, digest) in self.suspects.overdue(unreferenced, now) {
            match self.change(|registry, _| registry.remove_blob(&image, &digest), |_| Ok(())) {
                Ok(()) => {
                    tracing::debug!(image = image.uri(), %digest, "removed an unreferenced blob")
                }
                // A manifest that was pushed in the meantime keeps it.
                Err(ChangeError::Refused(
                    RemoveBlobError::Unknown(_) | RemoveBlobError::InUse(_),
                )) => {}
                Err(error @ ChangeError::Disk(_)) => {
                    tracing::warn!(%digest, %error, "cannot remove an unreferenced blob")
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Durable<Registry>> {
        self.registry.lock()
    }
}

/// Sweeps at every interval, as long as the service exists.
async fn keep_sweeping(service: Weak<Service>) {
    let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        let Some(service) = service.upgrade() else { return };
        let swept = tokio::task::spawn_blocking(move || service.sweep(Instant::now()));
        if let Err(error) = swept.await {
            tracing::error!(%error, "a sweep of the registry panicked");
        }
    }
}

/// Content that the events remove from an image. Another image may still need it.
fn released_contents(registry: &Registry, events: &[Event]) -> Vec<Digest> {
    let mut released = Vec::new();
    for event in events {
        match event {
            Event::BlobRemoved { digest, .. } | Event::ManifestDeleted { digest, .. } => {
                released.push(digest.clone())
            }
            Event::RepositoryDeleted { key } => {
                released.extend(
                    registry
                        .repository(key)
                        .into_iter()
                        .flat_map(|repository| repository.contents().cloned()),
                );
            }
            // Releases its contents on its own.
            Event::Reset(_)
            | Event::RepositoryCreated { .. }
            | Event::RepositoryChanged { .. }
            | Event::PolicySet { .. }
            | Event::BlobAdded { .. }
            | Event::ManifestPushed { .. }
            | Event::Tagged { .. }
            | Event::Untagged { .. }
            | Event::OperationFinished(_) => {}
        }
    }
    released.sort();
    released.dedup();
    released
}

#[cfg(test)]
mod tests;
