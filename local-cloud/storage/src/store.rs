//! The core with its journal and its contents, behind one lock: every call is atomic, and calls are
//! linear.
//!
//! Contents are received outside the lock. Inside it a write decides, renames, journals and
//! applies; what it replaced is removed afterwards, and notices are published. Each step may be the
//! last before a kill -9: a content without an event is swept away at the next start, an event is
//! never without its content, and a notice may be lost.

mod buckets;
mod copies;
mod keys;
mod objects;
mod uploads;

use std::io;
use std::path::Path;

use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;

use super::core::{Core, Event, Generations, Notice};
use super::{Contents, Files, Memory, ObjectRecord, Staged as _, StorageError, WriteRequest};
use longshore_local_kit::durable::Durable;

pub use copies::{Composition, Copied, CopyRequest};

/// Publishes what a bucket's notification configurations ask for.
type Observer = Box<dyn Fn(Notice) + Send + Sync>;

/// Cloud Storage without a protocol. Every method is synchronous and takes the present time.
pub struct Store<C: Contents> {
    state: Mutex<Durable<Core>>,
    contents: C,
    observer: Observer,
}

impl Store<Files> {
    /// Opens the store in a directory, and removes contents that no object has. `observer` gets
    /// every notice, after its event is written down.
    ///
    /// # Errors
    /// When the directory or the journal cannot be read or written. Starting again does not help.
    pub fn open(
        dir: &Path,
        core: Core,
        observer: impl Fn(Notice) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let contents = Files::open(dir)?;
        let state = Durable::open(&dir.join("storage.journal"), core)?;
        let objects = state.all_objects().flat_map(Generations::all);
        let generations = objects.map(|object| object.generation).collect();
        let uploads = state.open_uploads().map(str::to_owned).collect();
        contents.sweep(&generations, &uploads)?;
        Ok(Self { state: Mutex::new(state), contents, observer: Box::new(observer) })
    }
}

impl Store<Memory> {
    /// A store that nothing survives and that tells nobody, for simulations.
    #[must_use]
    pub fn in_memory(core: Core) -> Self {
        Self {
            state: Mutex::new(Durable::in_memory(core)),
            contents: Memory::default(),
            observer: Box::new(drop),
        }
    }

    /// Writes a whole content at once.
    ///
    /// # Errors
    /// As for [`Store::write`].
    pub fn put(
        &self,
        request: &WriteRequest,
        content: &[u8],
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        let mut staged = self.contents.stage().map_err(StorageError::Content)?;
        staged.append(content).map_err(StorageError::Content)?;
        self.write(request, staged, now)
    }
}

impl<C: Contents> Store<C> {
    pub(super) fn contents(&self) -> &C {
        &self.contents
    }

    fn lock(&self) -> MutexGuard<'_, Durable<Core>> {
        self.state.lock()
    }

    /// Makes an object from a complete content. `components`: of how many objects it was composed.
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
            && let Some(object) = &state.upload(id, now)?.finished
        {
            return Ok(object.clone());
        }
        let object = ObjectRecord { components, ..state.plan_write(request, digest, now)? };
        self.contents.keep(staged, object.generation).map_err(StorageError::Content)?;
        let event =
            Event::ObjectWritten { object: object.clone(), upload: upload.map(str::to_owned) };
        match self.settle(state, vec![event]) {
            Ok(()) => Ok(object),
            Err(error) => {
                self.discard(object.generation);
                Err(error)
            }
        }
    }

    /// Writes events of objects down, gives the lock back, removes the contents that they took
    /// away, and publishes notices.
    fn settle(
        &self,
        mut state: MutexGuard<'_, Durable<Core>>,
        events: Vec<Event>,
    ) -> Result<(), StorageError> {
        let taken_away: Vec<i64> =
            events.iter().filter_map(|event| state.taken_away(event)).collect();
        let notices: Vec<Notice> = events.iter().flat_map(|event| state.notices(event)).collect();
        state.commit(events).map_err(StorageError::Journal)?;
        drop(state);
        taken_away.into_iter().for_each(|generation| self.discard(generation));
        notices.into_iter().for_each(&self.observer);
        Ok(())
    }

    /// Nothing refers to the content any more, so a failure costs disk space until the next start,
    /// and nothing else.
    fn discard(&self, generation: i64) {
        if let Err(error) = self.contents.remove(generation) {
            tracing::warn!(generation, %error, "cannot remove a content");
        }
    }

    fn abandon(&self, upload: &str) {
        if let Err(error) = self.contents.abandon(upload) {
            tracing::warn!(upload, %error, "cannot remove an upload's content");
        }
    }
}

fn commit(state: &mut Durable<Core>, event: Event) -> Result<(), StorageError> {
    state.commit(vec![event]).map_err(StorageError::Journal)
}

#[cfg(test)]
mod tests;
