//! The values of versions, in files that only their owner may read.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Payloads {
    dir: PathBuf,
}

impl Payloads {
    /// # Errors
    /// When the directory cannot be created.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes a value under a new name.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub(super) fn write(&self, file: &str, data: &[u8]) -> io::Result<()> {
        let mut written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.dir.join(file))?;
        written.write_all(data)
    }

    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        fs::read(self.dir.join(file))
    }

    /// Removes every value except the named ones: destroyed values, and the leftovers of a crash.
    pub(super) fn retain(&self, named: &HashSet<String>) {
        for entry in fs::read_dir(&self.dir).into_iter().flatten().filter_map(Result::ok) {
            let keep = entry.file_name().to_str().is_some_and(|name| named.contains(name));
            if !keep {
                remove(&entry.path());
            }
        }
    }

    /// Removes the value of a version that was destroyed.
    pub(super) fn remove(&self, file: &str) {
        remove(&self.dir.join(file));
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(%error, file = %path.display(), "cannot remove the value of a destroyed secret version");
    }
}
