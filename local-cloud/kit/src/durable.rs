//! State that survives kill -9: a core's events in an append-only journal.
//!
//! **The claim.** When [`Durable::commit`] returns, the events are in the operating system's hands:
//! they survive the death of this process in any way, kill -9 included. They are not synced to the
//! disk one by one: a power cut or a kernel crash may lose the last moments, never leave the
//! journal unreadable (a torn tail is cut off at the next start).
//!
//! A record is its length (u32, little-endian), the CRC-32 of its payload (u32) and the payload
//! (JSON of one event). At every start the journal is replayed. At a start, and whenever it has
//! grown far beyond the core's snapshot, it is written anew from that, beside the old one, and
//! moved into its place: a crash leaves the one or the other.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A journal larger than this is rewritten from the snapshot at the next start: small enough to
/// replay in well under a second.
const COMPACT_ABOVE_BYTES: u64 = 4 * 1024 * 1024;

/// While running, a journal is rewritten when it is larger than the above and has grown by this
/// factor since it was last written anew: so a rewrite costs each record at most the writing of two
/// others.
const COMPACT_GROWTH: u64 = 2;

/// A record longer than this is taken for damage: far above the largest event (a 10 MiB Pub/Sub
/// message in base64).
const RECORD_LIMIT_BYTES: u32 = 64 * 1024 * 1024;

/// A state machine whose state is the sum of its events.
pub trait Core {
    /// Something that happened. Applied in order, events rebuild the state.
    type Event: Serialize + DeserializeOwned;

    /// Changes the state. Never fails: whatever could go wrong was decided before the event was
    /// made.
    fn apply(&mut self, event: Self::Event);

    /// The shortest list of events that rebuilds the present state from an empty core.
    fn snapshot(&self) -> Vec<Self::Event>;
}

/// A core together with its journal.
pub struct Durable<C: Core> {
    core: C,
    journal: Option<Journal>,
}

impl<C: Core> Durable<C> {
    /// Replays the journal at `path` into an empty core; makes the file when it is missing.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds an event that this version does not
    /// understand. Starting again does not help.
    pub fn open(path: &Path, mut core: C) -> io::Result<Self> {
        let replayed = replay(path, |event| core.apply(event))?;
        let journal = if replayed.valid_bytes > COMPACT_ABOVE_BYTES {
            rewrite(path, core.snapshot())?
        } else {
            Journal::append_to(path, replayed.valid_bytes)?
        };
        Ok(Self { core, journal: Some(journal) })
    }

    /// A core without a journal, for simulations and unit tests: nothing survives.
    pub fn in_memory(core: C) -> Self {
        Self { core, journal: None }
    }

    /// The state, to change what is not worth a record: leases, counters, caches.
    pub fn core_mut(&mut self) -> &mut C {
        &mut self.core
    }

    /// Writes the events down, then applies them.
    ///
    /// # Errors
    /// When the journal cannot be written; the state is unchanged then, and the caller must not
    /// acknowledge anything.
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

    /// The events are written down already: a failure here costs disk space, nothing else, and is
    /// tried again after more growth.
    fn compact_when_grown(&mut self) {
        let Some(journal) = self.journal.as_mut().filter(|journal| journal.has_grown()) else {
            return;
        };
        match rewrite(&journal.path, self.core.snapshot()) {
            Ok(fresh) => *journal = fresh,
            Err(error) => {
                tracing::warn!(%error, journal = %journal.path.display(), "the journal cannot be written anew");
                journal.compacted_length = journal.length;
            }
        }
    }
}

/// Reading the state needs no ceremony; changing it goes through [`Durable::commit`].
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
    /// Length when it was last written anew, or opened.
    compacted_length: u64,
}

impl Journal {
    fn append_to(path: &Path, valid_bytes: u64) -> io::Result<Self> {
        // What people deploy is nobody else's on this machine.
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        file.set_len(valid_bytes)?;
        Ok(Self { path: path.to_owned(), file, length: valid_bytes, compacted_length: valid_bytes })
    }

    fn has_grown(&self) -> bool {
        self.length > COMPACT_ABOVE_BYTES && self.length > COMPACT_GROWTH * self.compacted_length
    }

    /// One `write` for all events: after a crash either a prefix of the records is there or all of
    /// them.
    fn append<E: Serialize>(&mut self, events: &[E]) -> io::Result<()> {
        let mut buffer = Vec::new();
        for event in events {
            encode(event, &mut buffer)?;
        }
        if let Err(error) = self.file.write_all(&buffer) {
            // A half-written record would hide everything behind it from the next replay.
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
        io::Error::new(io::ErrorKind::InvalidInput, "event too large for the journal")
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
                "{} holds an event that this version does not understand: {error}",
                path.display()
            );
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        apply(event);
        valid_bytes += 8 + payload.len() as u64;
    }
    Ok(Replayed { valid_bytes })
}

/// The next whole and undamaged record, or `None` at the end or at a torn tail.
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

/// Writes a new journal beside the old one and moves it into place. On `Err` the old one is still
/// there.
fn rewrite<E: Serialize>(path: &Path, events: Vec<E>) -> io::Result<Journal> {
    let fresh = path.with_extension("new");
    // Emptied: a crash may have left one behind.
    let mut journal = Journal::append_to(&fresh, 0)?;
    journal.append(&events)?;
    journal.file.sync_all()?;
    // The open file moves along with its name, so nothing can fail once the old journal is
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
    fn committed_events_are_there_at_the_next_open() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut sum = Durable::open(&path, Sum::default()).unwrap();
        sum.commit(vec![1, 2]).unwrap();
        sum.commit(vec![3]).unwrap();
        drop(sum);
        assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [1, 2, 3]);
    }

    #[test]
    fn a_torn_tail_is_cut_off_and_the_journal_goes_on_behind_it() {
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
    fn an_event_of_another_version_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut buffer = Vec::new();
        encode(&"not a number", &mut buffer).unwrap();
        std::fs::write(&path, buffer).unwrap();
        let error = Durable::open(&path, Sum::default()).err().unwrap();
        assert!(error.to_string().contains("journal holds an event"), "{error}");
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
    fn a_journal_that_outgrows_its_snapshot_is_written_anew_while_it_runs() {
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
    fn a_rewritten_journal_holds_the_snapshot_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        std::fs::write(&path, "the old one").unwrap();
        let mut journal = rewrite(&path, vec![5_u32, 6]).unwrap();
        journal.append(&[7_u32]).unwrap();
        assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [5, 6, 7]);
    }
}
