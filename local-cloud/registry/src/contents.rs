//! The bytes of blobs and manifests: one file for each digest, regardless of how many images have
//! it.
//!
//! A file appears under its digest by a rename, after its bytes were verified. It exists before the
//! journal says that an image needs it, and is removed after the journal says that none does: a
//! crash in between leaves an unneeded file, which the next start removes, but never a missing one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256, Sha512};
use uuid::Uuid;

use super::core::{Algorithm, Digest};

/// The directories with complete and with incoming content.
#[derive(Debug)]
pub(super) struct Contents {
    complete: PathBuf,
    incoming: PathBuf,
}

impl Contents {
    /// Opens the directories below `dir`, and removes unfinished uploads, whose sessions ended with
    /// the process, and content for which `needed` is false.
    ///
    /// # Errors
    /// When a directory cannot be created, read or cleaned up.
    pub(super) fn open(dir: &Path, needed: impl Fn(&Digest) -> bool) -> io::Result<Self> {
        let contents = Self { complete: dir.join("contents"), incoming: dir.join("incoming") };
        fs::create_dir_all(&contents.complete)?;
        fs::create_dir_all(&contents.incoming)?;
        for entry in fs::read_dir(&contents.incoming)? {
            fs::remove_file(entry?.path())?;
        }
        for entry in fs::read_dir(&contents.complete)? {
            let entry = entry?;
            let digest = entry
                .file_name()
                .to_str()
                .and_then(|name| Digest::parse(&name.replacen('-', ":", 1)).ok());
            // A file whose name is not a digest does not belong to the registry.
            if digest.is_some_and(|digest| !needed(&digest)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(contents)
    }

    /// The folder with the bytes of all digests.
    pub(super) fn dir(&self) -> &Path {
        &self.complete
    }

    /// The file with the bytes of a digest. It may not exist.
    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        self.complete.join(file_name(digest))
    }

    /// The file with the bytes of an upload.
    pub(super) fn incoming(&self, id: Uuid) -> PathBuf {
        self.incoming.join(id.to_string())
    }

    /// Moves a complete file to its digest. A file that exists has the same bytes.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(super) fn adopt(&self, incoming: &Path, digest: &Digest) -> io::Result<()> {
        fs::rename(incoming, self.path(digest))
    }

    /// Writes content that is in memory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn put(&self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        let incoming = self.incoming(Uuid::new_v4());
        fs::write(&incoming, bytes)?;
        self.adopt(&incoming, digest)
    }

    /// Removes the bytes of a digest that no image needs.
    pub(super) fn remove(&self, digest: &Digest) {
        if let Err(error) = fs::remove_file(self.path(digest)) {
            tracing::warn!(%digest, %error, "cannot remove unneeded content");
        }
    }
}

/// The name of the file with the bytes of a digest.
pub(super) fn file_name(digest: &Digest) -> String {
    digest.as_str().replacen(':', "-", 1)
}

/// The digest of bytes, with the given hash function.
pub(super) fn digest_of(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    match algorithm {
        Algorithm::Sha256 => Digest::sha256(&Sha256::digest(bytes)),
        Algorithm::Sha512 => Digest::sha512(&Sha512::digest(bytes)),
    }
}

/// The SHA-512 digest of a file, read in pieces.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn sha512_of_file(path: &Path) -> io::Result<Digest> {
    use io::Read as _;
    let mut file = fs::File::open(path)?;
    let mut hasher = Sha512::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Digest::sha512(&hasher.finalize())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_keeps_what_is_needed_and_removes_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let contents = Contents::open(dir.path(), |_| true).unwrap();
        let (kept, orphan) =
            (digest_of(Algorithm::Sha256, b"kept"), digest_of(Algorithm::Sha512, b"orphan"));
        contents.put(&kept, b"kept").unwrap();
        contents.put(&orphan, b"orphan").unwrap();
        fs::write(contents.incoming(Uuid::new_v4()), "half").unwrap();
        fs::write(contents.complete.join("README"), "not a digest").unwrap();
        let contents = Contents::open(dir.path(), |digest| *digest == kept).unwrap();
        assert_eq!(fs::read(contents.path(&kept)).unwrap(), b"kept");
        assert!(!contents.path(&orphan).exists());
        assert!(contents.complete.join("README").exists());
        assert_eq!(fs::read_dir(&contents.incoming).unwrap().count(), 0);
    }
}
