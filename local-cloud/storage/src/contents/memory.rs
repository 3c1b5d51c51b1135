//! Content in memory, for simulations and unit tests.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Cursor};

use bytes::Bytes;
use parking_lot::Mutex;

use super::{Contents, Staged};
use crate::Digest;

/// Content in memory. A resumable upload keeps nothing between two calls.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<HashMap<i64, Bytes>>,
}

/// Content that is still being received.
#[derive(Debug, Default)]
pub struct StagedMemory(Vec<u8>);

impl Staged for StagedMemory {
    fn append(&mut self, data: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn size_bytes(&self) -> u64 {
        self.0.len() as u64
    }

    fn digest(&self) -> Digest {
        Digest {
            size_bytes: self.size_bytes(),
            crc32c: crc32c::crc32c(&self.0),
            md5: Some(md5::compute(&self.0).0),
        }
    }
}

impl Contents for Memory {
    type Staged = StagedMemory;
    type Content = Cursor<Bytes>;

    fn stage(&self) -> io::Result<StagedMemory> {
        Ok(StagedMemory::default())
    }

    fn resume(&self, _upload: &str) -> io::Result<StagedMemory> {
        Ok(StagedMemory::default())
    }

    fn abandon(&self, _upload: &str) -> io::Result<()> {
        Ok(())
    }

    fn keep(&self, staged: StagedMemory, generation: i64) -> io::Result<()> {
        self.kept.lock().insert(generation, staged.0.into());
        Ok(())
    }

    fn link(&self, generation: i64, other: i64) -> io::Result<()> {
        let mut kept = self.kept.lock();
        let content = kept.get(&generation).cloned().ok_or(io::ErrorKind::NotFound)?;
        kept.insert(other, content);
        Ok(())
    }

    fn concatenate(
        &self,
        staged: &mut StagedMemory,
        content: Cursor<Bytes>,
        _digest: &Digest,
    ) -> io::Result<()> {
        staged.append(content.get_ref())
    }

    fn open(&self, generation: i64) -> io::Result<Cursor<Bytes>> {
        let kept = self.kept.lock();
        kept.get(&generation)
            .cloned()
            .map(Cursor::new)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove(&self, generation: i64) -> io::Result<()> {
        self.kept.lock().remove(&generation);
        Ok(())
    }

    fn sweep(&self, generations: &BTreeSet<i64>, _uploads: &BTreeSet<String>) -> io::Result<()> {
        self.kept.lock().retain(|generation, _| generations.contains(generation));
        Ok(())
    }
}
