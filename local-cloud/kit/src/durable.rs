//! State that survives kill -9: a core's events, in an append-only journal.
//!
//! **The guarantee.** When [`Durable::commit`] returns, the operating system has the events: they
//! survive any death of this process, kill -9 included. They are not synced to the disk one by one:
//! a power cut or a kernel crash may lose the last moments, but never leaves the journal unreadable
//! (the next start truncates a torn tail, and logs how many bytes that were).
//!
//! **Damage** is anything else that cannot be read, such as a flipped bit with whole records behind
//! it. The start then keeps the whole journal aside as `JOURNAL.damaged-TIME`, restores every event
//! that is intact, before and after the damage, and logs what is lost. As long as such a file
//! exists, [`Durable::is_complete`] is false, and nothing may be deleted because no event names it.
//!
//! Every start replays the journal. A large journal is rewritten from
//! the core's snapshot, at a start and whenever it has doubled since. The new file is written next
//! to the old one and then replaces it atomically, so that a crash leaves one or the other.
//!
//! **What is not recorded.** Applying events is the only thing that changes recorded state. Through
//! [`Durable::core_mut`] a core may also change transient state directly: leases, serial numbers,
//! caches. A restart loses that state, so a core keeps there only what it can lose safely.

mod record;
mod salvage;

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use salvage::Salvaged;

use crate::disk;

/// A journal larger than this is rewritten from the snapshot at the next start. A smaller one
/// replays in well under a second.
const COMPACT_ABOVE_BYTES: u64 = 4 * 1024 * 1024;

/// While running, a journal above that size is rewritten once it has grown by this factor since
/// the last rewrite. So each appended record costs at most two written records in rewrites.
const COMPACT_GROWTH: u64 = 2;

/// A state machine whose recorded state is the sum of its events.
pub trait Core {
    /// A recorded change. Applied in order, the events rebuild the state.
    type Event: Serialize + DeserializeOwned;

    /// Changes the state. Cannot fail: the command that returned the event has checked
    /// everything.
    fn apply(&mut self, event: Self::Event);

    /// The shortest list of events that rebuilds the current state from an empty core.
    fn snapshot(&self) -> Vec<Self::Event>;
}

/// A core together with its journal.
pub struct Durable<C: Core> {
    core: C,
    journal: Option<Journal>,
    is_complete: bool,
}

impl<C: Core> Durable<C> {
    /// Replays the journal at `path` into an empty core, and creates the file if it is missing.
    ///
    /// # Errors
    /// When the file cannot be read or written, or contains an event that this version does not
    /// understand. Retrying does not help.
    pub fn open(path: &Path, mut core: C) -> io::Result<Self> {
        let Replayed { valid_bytes, rest } = replay(path, |event| core.apply(event))?;
        let damage = rest.as_ref().filter(|rest| rest.is_damaged());
        let journal = if let Some(damage) = damage {
            salvage::keep_aside(path, valid_bytes, damage)?;
            rewrite(path, core.snapshot())?
        } else if valid_bytes > COMPACT_ABOVE_BYTES {
            rewrite(path, core.snapshot())?
        } else {
            Journal::append_to(path, valid_bytes)?
        };
        if let Some(torn) = rest.filter(|rest| rest.torn_bytes > 0) {
            tracing::warn!(
                journal = %path.display(),
                bytes = torn.torn_bytes,
                "cut off the end of a journal: its last record was not written completely"
            );
        }
        let is_complete = !salvage::has_been_damaged(path)?;
        Ok(Self { core, journal: Some(journal), is_complete })
    }

    /// A core without a journal, for simulations and unit tests: its state is lost with it.
    pub fn in_memory(core: C) -> Self {
        Self { core, journal: None, is_complete: true }
    }

    /// Whether the state has every event that was committed. If not, because a damaged journal was
    /// kept aside, something that no event names may still be needed, and must not be deleted.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The core, to run a command on it. A command may change transient state directly: leases,
    /// serial numbers, caches. Everything that a restart must keep goes through
    /// [`Durable::commit`].
    pub fn core_mut(&mut self) -> &mut C {
        &mut self.core
    }

    /// Appends the events to the journal, then applies them.
    ///
    /// # Errors
    /// When the journal cannot be written. The recorded state is then unchanged, and the caller
    /// must not report success.
    pub fn commit(&mut self, events: Vec<C::Event>) -> io::Result<()> {
        if let Some(journal) = &mut self.journal {
            journal.append(&events)?;
        }
        for event in events {
            self.core.apply(event);
        }
        self.compact_when_grown();
        Ok(())
    }

    /// Writes the state to a new file, as a journal of its snapshot, which [`saved`] reads.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        rewrite(path, self.core.snapshot()).map(drop)
    }

    /// Rewrites the journal if it is due. The events are recorded already, so a failure costs only
    /// disk space; the next attempt follows after more growth.
    fn compact_when_grown(&mut self) {
        let Some(journal) = self.journal.as_mut().filter(|journal| journal.has_grown()) else {
            return;
        };
        match rewrite(&journal.path, self.core.snapshot()) {
            Ok(fresh) => *journal = fresh,
            Err(error) => {
                let path = journal.path.display();
                tracing::warn!(%error, journal = %path, "cannot rewrite the journal");
                journal.compacted_length = journal.length;
            }
        }
    }
}

/// The events that rebuild a state which [`Durable::save`] has written.
///
/// # Errors
/// When the file cannot be read, is damaged, or contains an event that this version does not
/// understand.
pub fn saved<E: DeserializeOwned>(path: &Path) -> io::Result<Vec<E>> {
    let mut events = Vec::new();
    let Replayed { valid_bytes, rest } = replay(path, |event| events.push(event))?;
    match rest {
        None if valid_bytes > 0 || path.exists() => Ok(events),
        None => Err(io::ErrorKind::NotFound.into()),
        Some(_) => {
            let text = format!("{} is damaged", path.display());
            Err(io::Error::new(io::ErrorKind::InvalidData, text))
        }
    }
}

/// Anyone may read the state. Recorded changes go through [`Durable::commit`].
impl<C: Core> std::ops::Deref for Durable<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.core
    }
}

struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    /// Its length after the last rewrite, or when it was opened.
    compacted_length: u64,
}

impl Journal {
    fn append_to(path: &Path, valid_bytes: u64) -> io::Result<Self> {
        // Other users of this machine must not read what is deployed.
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        file.set_len(valid_bytes)?;
        Ok(Self { path: path.to_owned(), file, length: valid_bytes, compacted_length: valid_bytes })
    }

    fn has_grown(&self) -> bool {
        self.length > COMPACT_ABOVE_BYTES && self.length > COMPACT_GROWTH * self.compacted_length
    }

    /// One `write` for all events: after a crash, the file has all of the records or a prefix of
    /// them.
    fn append<E: Serialize>(&mut self, events: &[E]) -> io::Result<()> {
        let mut buffer = Vec::new();
        for event in events {
            record::encode(event, &mut buffer)?;
        }
        if let Err(error) = self.file.write_all(&buffer) {
            // A half-written record would hide all later ones from the next replay.
            self.file.set_len(self.length)?;
            disk::report_if_full(&error);
            return Err(io::Error::new(
                error.kind(),
                format!("cannot append to {}: {error}", self.path.display()),
            ));
        }
        self.length += buffer.len() as u64;
        Ok(())
    }
}

struct Replayed {
    /// Length of the intact records at the beginning.
    valid_bytes: u64,
    /// What follows them, unless that is nothing.
    rest: Option<Salvaged>,
}

/// Applies every intact event, in order.
fn replay<E: DeserializeOwned>(path: &Path, mut apply: impl FnMut(E)) -> io::Result<Replayed> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Replayed { valid_bytes: 0, rest: None });
        }
        Err(error) => return Err(error),
    };
    let mut apply = |payload: &[u8]| {
        let event = serde_json::from_slice(payload).map_err(|error| {
            let text = format!(
                "{} contains an event that this version does not understand: {error}",
                path.display()
            );
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        apply(event);
        Ok::<_, io::Error>(())
    };
    let length = file.metadata()?.len();
    let mut reader = BufReader::new(file);
    let mut valid_bytes = 0;
    while let Some(payload) = record::read(&mut reader)? {
        apply(&payload)?;
        valid_bytes += record::length_of(&payload);
    }
    if valid_bytes >= length {
        return Ok(Replayed { valid_bytes, rest: None });
    }
    let mut rest = Vec::new();
    let mut file = File::open(path)?;
    file.seek(io::SeekFrom::Start(valid_bytes))?;
    file.read_to_end(&mut rest)?;
    let rest = salvage::salvage(&rest);
    rest.events.iter().try_for_each(|payload| apply(payload))?;
    Ok(Replayed { valid_bytes, rest: Some(rest) })
}

/// Writes a new journal next to the old one, then replaces that. On `Err` the old one is intact.
fn rewrite<E: Serialize>(path: &Path, events: Vec<E>) -> io::Result<Journal> {
    let fresh = path.with_extension("new");
    // Truncates what a crash may have left behind.
    let mut journal = Journal::append_to(&fresh, 0)?;
    journal.append(&events)?;
    journal.file.sync_all()?;
    // The open file stays valid under its new name, so nothing can fail after the old journal is
    // replaced.
    std::fs::rename(&fresh, path)?;
    Ok(Journal { path: path.to_owned(), compacted_length: journal.length, ..journal })
}

#[cfg(test)]
mod tests;
