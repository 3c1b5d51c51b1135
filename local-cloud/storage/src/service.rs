//! Cloud Storage without a protocol: the core with its journal and its contents, behind one lock,
//! so that every call is atomic and calls are linearizable.
//!
//! Content is received outside the lock. Inside it, a write decides, renames the content, writes
//! the journal and applies the event; afterwards it removes the replaced content and publishes
//! notices. A kill -9 may come between any two of these steps: content without an event is removed
//! at the next start, an event never lacks its content, and a notice that is recorded with its event
//! is published at the next start, at least once.

mod buckets;
mod copies;
mod customer_keys;
mod keys;
mod objects;
mod parts;
mod state;
mod uploads;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;

use super::accounts::Accounts;
use super::core::{Core, Event, Notice};
use super::own_signer::{OwnSigner, UrlToSign};
use super::{
    Contents, Files, Memory, ObjectRecord, Staged as _, StorageError, WriteRequest, notice,
};
use longshore_local_kit::Announce;
use longshore_local_kit::durable::Durable;
use longshore_local_kit::keys::{CustomerKeys, NoKeys};

use self::parts::PartsInProgress;
pub use copies::{Composition, Copied, CopyRequest};
pub use parts::PartsError;

/// What Cloud Storage needs besides its directory.
pub struct Deps {
    /// Id of the project whose number is `project_number`. Every other project gets a number that
    /// is derived from its id.
    pub project: String,
    /// Number of `project`.
    pub project_number: u64,
    /// Publishes what buckets' notification configurations request.
    pub announce: Arc<dyn Announce>,
    /// The keys that protect objects.
    pub keys: Arc<dyn CustomerKeys>,
}

/// Cloud Storage with its content in `C`.
///
/// The methods are synchronous and may touch the disk; asynchronous callers move them to a blocking
/// thread. Methods that depend on the time take it as `now`.
pub struct Service<C: Contents = Files> {
    state: Mutex<Durable<Core>>,
    contents: C,
    accounts: Accounts,
    own_signer: OwnSigner,
    parts: PartsInProgress,
    announce: Option<Arc<dyn Announce>>,
    keys: Arc<dyn CustomerKeys>,
}

impl Service<Files> {
    /// Opens the storage in a directory of its own, and removes content that belongs to no object,
    /// unless events were lost to a damaged journal.
    /// Signatures of service accounts are verified with the keys in its folder `service-accounts`:
    /// `EMAIL.json`, a key file as Google issues it, or `EMAIL.pem`, a public key.
    ///
    /// # Errors
    /// When the directory or the journal cannot be read or written. Retrying does not help.
    pub fn open(dir: &Path, deps: Deps) -> io::Result<Arc<Self>> {
        let contents = Files::open(dir)?;
        let journal = dir.join("journal");
        adopt_former_journal(dir, &journal)?;
        let state = Durable::open(&journal, Core::new(&deps.project, deps.project_number))?;
        let generations = state.kept().collect();
        let uploads = state.open_uploads().map(str::to_owned).collect();
        if state.is_complete() {
            contents.sweep(&generations, &uploads)?;
        }
        let folder = dir.join("service-accounts");
        fs::create_dir_all(&folder)?;
        let (owed, last_place) = (state.owed(), state.last_place());
        let service = Arc::new(Self {
            state: Mutex::new(state),
            contents,
            accounts: Accounts::in_folder(&folder),
            own_signer: OwnSigner::open(dir)?,
            parts: PartsInProgress::after(last_place),
            announce: Some(deps.announce),
            keys: deps.keys,
        });
        service.publish(owed);
        Ok(service)
    }
}

impl Service<Memory> {
    /// A storage in memory that publishes no notices, for simulations.
    #[must_use]
    pub fn in_memory(core: Core) -> Self {
        Self {
            state: Mutex::new(Durable::in_memory(core)),
            contents: Memory::default(),
            accounts: Accounts::default(),
            own_signer: OwnSigner::default(),
            parts: PartsInProgress::default(),
            announce: None,
            keys: Arc::new(NoKeys),
        }
    }
}

impl<C: Contents> Service<C> {
    /// The RSA public key of a service account, as DER of PKCS #1; `None` when it is unknown.
    pub(super) fn public_key(&self, email: &str) -> Option<Vec<u8>> {
        self.accounts.public_key(email)
    }

    /// A URL with which the holder may read or write one object, without credentials.
    #[must_use]
    pub fn sign_url(&self, url: &UrlToSign<'_>, now: OffsetDateTime) -> String {
        self.own_signer.sign(url, now)
    }

    /// The secret with which this storage signs in the name of a service agent.
    pub(super) fn own_secret(&self, signer: &str) -> Option<String> {
        self.own_signer.secret_of(signer)
    }

    fn lock(&self) -> MutexGuard<'_, Durable<Core>> {
        self.state.lock()
    }

    /// Creates an object from complete content. `components` is the component count of a composite
    /// object.
    fn complete(
        &self,
        request: &WriteRequest,
        staged: C::Staged,
        upload: Option<&str>,
        components: Option<u32>,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        let digest = staged.digest();
        let state = self.lock();
        if let Some(id) = upload
            && let Some(object) = state.finished(id, now)?
        {
            return Ok(object.clone());
        }
        let planned = state.plan_write(request, digest, now)?;
        let kms_key_version = self.key_to_write(&state, request)?;
        let object = ObjectRecord { components, kms_key_version, ..planned };
        self.contents.keep(staged, object.generation).map_err(StorageError::content)?;
        let event =
            Event::ObjectWritten { object: object.clone(), upload: upload.map(str::to_owned) };
        match self.commit(state, vec![event]) {
            Ok(()) => Ok(object),
            Err(error) => {
                self.discard(object.generation);
                Err(error)
            }
        }
    }

    /// Writes events of objects to the journal, releases the lock, removes the content that they
    /// made garbage, and publishes notices.
    fn commit(
        &self,
        mut state: MutexGuard<'_, Durable<Core>>,
        mut events: Vec<Event>,
    ) -> Result<(), StorageError> {
        let removed: Vec<i64> = events.iter().filter_map(|event| state.removed_by(event)).collect();
        let notices = if self.announce.is_some() { state.owed_for(&events) } else { Vec::new() };
        events.extend(
            notices.iter().map(|(id, notice)| Event::NoticeOwed {
                id: *id,
                notice: Box::new(notice.clone()),
            }),
        );
        state.commit(events).map_err(StorageError::Journal)?;
        drop(state);
        removed.into_iter().for_each(|generation| self.discard(generation));
        self.publish(notices);
        Ok(())
    }

    /// Publishes notices that the journal has, and records that.
    fn publish(&self, notices: Vec<(u64, Notice)>) {
        let Some(port) = self.announce.as_deref().filter(|_| !notices.is_empty()) else { return };
        let ids = notices.iter().map(|(id, _)| *id).collect();
        notices.into_iter().for_each(|(_, notice)| notice::announce(notice, port));
        if let Err(error) = commit_one(&mut self.lock(), Event::NoticesPublished { ids }) {
            tracing::warn!(%error, "notices will be published again at the next start");
        }
    }

    /// Nothing refers to the content any more, so a failure only costs disk space until the next
    /// start.
    fn discard(&self, generation: i64) {
        if let Err(error) = self.contents.remove(generation) {
            tracing::warn!(generation, %error, "cannot remove the content of a generation");
        }
    }

    fn abandon(&self, upload: &str) {
        if let Err(error) = self.contents.abandon(upload) {
            tracing::warn!(upload, %error, "cannot remove the content of an upload");
        }
    }
}

fn commit_one(state: &mut Durable<Core>, event: Event) -> Result<(), StorageError> {
    state.commit(vec![event]).map_err(StorageError::Journal)
}

/// Data directories of earlier builds name the journal `storage.journal`. Ignoring it would open an
/// empty storage, which removes every content.
fn adopt_former_journal(dir: &Path, journal: &Path) -> io::Result<()> {
    let former = dir.join("storage.journal");
    if former.exists() && !journal.exists() {
        return fs::rename(former, journal);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
