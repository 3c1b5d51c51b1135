//! The bytes of blobs and manifests: one file for each digest, however many images have it.
//!
//! A file appears under its digest by a rename, when its bytes are known to be right. It is there
//! before the journal says that an image needs it, and goes after the journal says that none does:
//! a crash in between leaves a file too many, which the next start removes, never one too few.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256, Sha512};
use uuid::Uuid;

use super::core::{Algorithm, Digest};

/// The directories with contents and with what is not yet a content.
#[derive(Debug)]
pub(super) struct Contents {
    complete: PathBuf,
    incoming: PathBuf,
}

impl Contents {
    /// Opens the directories below `dir`, and removes what is not needed: unfinished uploads, whose
    /// sessions ended with the process, and contents that `needed` does not want.
    ///
    /// # Errors
    /// When a directory cannot be made, read or cleaned.
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
            // A file of another form is not ours to remove.
            if digest.is_some_and(|digest| !needed(&digest)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(contents)
    }

    /// Where the bytes of a digest are, if anything is there.
    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        self.complete.join(digest.as_str().replacen(':', "-", 1))
    }

    /// Where an upload collects its bytes.
    pub(super) fn incoming(&self, id: Uuid) -> PathBuf {
        self.incoming.join(id.to_string())
    }

    /// Moves a collected file to its digest. Whatever was there had the same bytes.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(super) fn adopt(&self, incoming: &Path, digest: &Digest) -> io::Result<()> {
        fs::rename(incoming, self.path(digest))
    }

    /// Writes a small content.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn put(&self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        let incoming = self.incoming(Uuid::new_v4());
        fs::write(&incoming, bytes)?;
        self.adopt(&incoming, digest)
    }

    /// Removes the bytes of a digest that nothing needs any more.
    pub(super) fn remove(&self, digest: &Digest) {
        if let Err(error) = fs::remove_file(self.path(digest)) {
            tracing::warn!(%digest, %error, "cannot remove a content that is not needed any more");
        }
    }
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
    fn a_start_keeps_what_is_needed_and_removes_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let contents = Contents::open(dir.path(), |_| true).unwrap();
        let (kept, orphan) =
            (digest_of(Algorithm::Sha256, b"kept"), digest_of(Algorithm::Sha512, b"orphan"));
        contents.put(&kept, b"kept").unwrap();
        contents.put(&orphan, b"orphan").unwrap();
        fs::write(contents.incoming(Uuid::new_v4()), "half").unwrap();
        fs::write(contents.complete.join("README"), "by hand").unwrap();
        let contents = Contents::open(dir.path(), |digest| *digest == kept).unwrap();
        assert_eq!(fs::read(contents.path(&kept)).unwrap(), b"kept");
        assert!(!contents.path(&orphan).exists());
        assert!(contents.complete.join("README").exists());
        assert_eq!(fs::read_dir(&contents.incoming).unwrap().count(), 0);
    }
}
