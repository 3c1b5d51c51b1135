//! The output of an archive: a temporary file that is hashed and counted while it is written.

use std::cell::RefCell;
use std::io::{self, BufWriter, Seek, Write};
use std::rc::Rc;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::PackError;

/// Never returns an error to the zip writer, which would print it to standard error when it is
/// dropped. After the first failure, or beyond the limit, it only counts; the owner calls
/// [`Sink::check`].
#[derive(Clone)]
pub(super) struct Sink(Rc<RefCell<State>>);

struct State {
    file: BufWriter<NamedTempFile>,
    hash: Sha256,
    size_bytes: u64,
    limit_bytes: u64,
    failed: Option<io::Error>,
}

/// A finished archive.
pub(super) struct Filled {
    pub(super) file: NamedTempFile,
    pub(super) sha256: String,
    pub(super) size_bytes: u64,
}

impl Sink {
    pub(super) fn new(limit_bytes: u64) -> Result<Self, PackError> {
        let file = BufWriter::new(NamedTempFile::new().map_err(PackError::Scratch)?);
        Ok(Self(Rc::new(RefCell::new(State {
            file,
            hash: Sha256::new(),
            size_bytes: 0,
            limit_bytes,
            failed: None,
        }))))
    }

    /// Returns the first failure, once.
    pub(super) fn check(&self) -> Result<(), PackError> {
        let mut state = self.0.borrow_mut();
        if state.size_bytes > state.limit_bytes {
            return Err(PackError::ArchiveTooLarge { limit: state.limit_bytes });
        }
        state.failed.take().map_or(Ok(()), |error| Err(PackError::Scratch(error)))
    }

    /// Returns the file, positioned at its start. The zip writer with the other handle must have
    /// been dropped.
    pub(super) fn finish(self) -> Result<Filled, PackError> {
        self.check()?;
        let state = Rc::into_inner(self.0).ok_or_else(|| {
            PackError::Scratch(io::Error::other("archive is still being written"))
        })?;
        let State { file, hash, size_bytes, .. } = state.into_inner();
        let mut file = file.into_inner().map_err(|error| PackError::Scratch(error.into_error()))?;
        file.rewind().map_err(PackError::Scratch)?;
        Ok(Filled { file, sha256: hex(&hash.finalize()), size_bytes })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.borrow_mut();
        state.size_bytes += bytes.len() as u64;
        if state.failed.is_none() && state.size_bytes <= state.limit_bytes {
            state.hash.update(bytes);
            state.failed = state.file.write_all(bytes).err();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Formats bytes as lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
