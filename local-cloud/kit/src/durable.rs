//! State that survives kill -9: a core's events, in an append-only journal.
//!
//! **The guarantee.** When [`Durable::commit`] returns, the operating system has the events: they
//! survive any death of this process, kill -9 included. They are not synced to the disk one by one:
//! a power cut or a kernel crash may lose the last moments, but never leaves the journal unreadable
//! (the next start truncates a torn tail).
//!
//! A record is the length of its payload (u32, little-endian), the payload's CRC-32 (u32) and the
//! payload (one event as JSON). Every start replays the journal. A large journal is rewritten from
//! the core's snapshot, at a start and whenever it has doubled since. The new file is written next
//! to the old one and then replaces it atomically, so that a crash leaves one or the other.
//!
//! **What is not recorded.** Applying events is the only thing that changes recorded state. Through
//! [`Durable::core_mut`] a core may also change transient state directly: leases, serial numbers,
//! caches. A restart loses that state, so a core keeps there only what it can lose safely.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A journal larger than this is rewritten from the snapshot at the next start. A smaller one
/// replays in well under a second.
const COMPACT_ABOVE_BYTES: u64 = 4 * 1024 * 1024;

/// While running, a journal above that size is rewritten once it has grown by this factor since
/// the last rewrite. So each appended record costs at most two written records in rewrites.
const COMPACT_GROWTH: u64 = 2;

/// A record longer than this counts as damage. The largest event, a 10 MiB Pub/Sub message in
/// base64, is far smaller.
const RECORD_LIMIT_BYTES: u32 = 64 * 1024 * 1024;

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
}

impl<C: Core> Durable<C> {
    /// Replays the journal at `path` into an empty core, and creates the file if it is missing.
    ///
    /// # Errors
    /// When the file cannot be read or written, or contains an event that this version does not
    /// understand. Retrying does not help.
    pub fn open(path: &Path, mut core: C) -> io::Result<Self> {
        let replayed = replay(path, |event| core.apply(event))?;
        let journal = if replayed.valid_bytes > COMPACT_ABOVE_BYTES {
            rewrite(path, core.snapshot())?
        } else {
            Journal::append_to(path, replayed.valid_bytes)?
        };
        Ok(Self { core, journal: Some(journal) })
    }

    /// A core without a journal, for simulations and unit tests: its state is lost with it.
    pub fn in_memory(core: C) -> Self {
        Self { core, journal: None }
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
            encode(event, &mut buffer)?;
        }
        if let Err(error) = self.file.write_all(&buffer) {
            // A half-written record would hide all later ones from the next replay.
            self.file.set_len(self.length)?;
            return Err(io::Error::new(
                error.kind(),
                format!("cannot append to {}: {error}", self.path.display()),
            ));
        }
        self.length += buffer.len() as u64;
        Ok(())
    }
}

fn encode<E: Serialize>(event: &E, buffer: &mut Vec<u8>) -> io::Result<()> {
    let payload = serde_json::to_vec(event)?;
    let length = u32::try_from(payload.len()).ok().filter(|length| *length <= RECORD_LIMIT_BYTES);
    let length = length.ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the event is too large for the journal")
    })?;
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
    buffer.extend_from_slice(&payload);
    Ok(())
}

struct Replayed {
    valid_bytes: u64,
}

fn replay<E: DeserializeOwned>(path: &Path, mut apply: impl FnMut(E)) -> io::Result<Replayed> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Replayed { valid_bytes: 0 });
        }
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::new(file);
    let mut valid_bytes = 0;
    while let Some(payload) = next_record(&mut reader)? {
        let event = serde_json::from_slice(&payload).map_err(|error| {
            let text = format!(
                "{} contains an event that this version does not understand: {error}",
                path.display()
            );
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        apply(event);
        valid_bytes += 8 + payload.len() as u64;
    }
    Ok(Replayed { valid_bytes })
}

/// The next intact record, or `None` at the end or at a torn tail.
fn next_record(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0; 8];
    if !read_whole(reader, &mut header)? {
        return Ok(None);
    }
    let [a, b, c, d, e, f, g, h] = header;
    let length = u32::from_le_bytes([a, b, c, d]);
    if length > RECORD_LIMIT_BYTES {
        return Ok(None);
    }
    let mut payload = vec![0; length as usize];
    if !read_whole(reader, &mut payload)?
        || crc32fast::hash(&payload) != u32::from_le_bytes([e, f, g, h])
    {
        return Ok(None);
    }
    Ok(Some(payload))
}

fn read_whole(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
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
mod tests {
    use super::*;

    #[derive(Default)]
    struct Sum(Vec<u32>);

    impl Core for Sum {
        type Event = u32;
        fn apply(&mut self, event: u32) {
            self.0.push(event);
        }
        fn snapshot(&self) -> Vec<u32> {
            self.0.clone()
        }
    }

    #[test]
    fn committed_events_survive_a_reopen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut sum = Durable::open(&path, Sum::default()).unwrap();
        sum.commit(vec![1, 2]).unwrap();
        sum.commit(vec![3]).unwrap();
        drop(sum);
        assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [1, 2, 3]);
    }

    #[test]
    fn a_torn_tail_is_truncated_and_the_journal_continues() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        Durable::open(&path, Sum::default()).unwrap().commit(vec![1, 2]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..9 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let mut sum = Durable::open(&path, Sum::default()).unwrap();
            assert_eq!(sum.0, [1], "cut by {cut}");
            sum.commit(vec![7]).unwrap();
            assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [1, 7], "cut by {cut}");
        }
    }

    #[test]
    fn an_unknown_event_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut buffer = Vec::new();
        encode(&"not a number", &mut buffer).unwrap();
        std::fs::write(&path, buffer).unwrap();
        let error = Durable::open(&path, Sum::default()).err().unwrap();
        assert!(error.to_string().contains("journal contains an event"), "{error}");
    }

    #[derive(Default)]
    struct Last(String);

    impl Core for Last {
        type Event = String;
        fn apply(&mut self, event: String) {
            self.0 = event;
        }
        fn snapshot(&self) -> Vec<String> {
            vec![self.0.clone()]
        }
    }

    #[test]
    fn a_journal_that_outgrows_its_snapshot_is_rewritten_while_it_runs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut last = Durable::open(&path, Last::default()).unwrap();
        let megabyte = "x".repeat(1024 * 1024);
        for round in 0..40 {
            last.commit(vec![format!("{round} {megabyte}")]).unwrap();
            let length = std::fs::metadata(&path).unwrap().len();
            assert!(
                length <= COMPACT_ABOVE_BYTES + 2 * 1024 * 1024,
                "{length} bytes after {round}"
            );
        }
        last.commit(vec!["the end".to_owned()]).unwrap();
        drop(last);
        assert_eq!(Durable::open(&path, Last::default()).unwrap().0, "the end");
    }

    #[test]
    fn a_rewritten_journal_contains_only_the_snapshot() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        std::fs::write(&path, "the old one").unwrap();
        let mut journal = rewrite(&path, vec![5_u32, 6]).unwrap();
        journal.append(&[7_u32]).unwrap();
        assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [5, 6, 7]);
    }
}
