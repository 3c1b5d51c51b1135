//! The key material of versions, in files that only their owner may read.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

#[derive(Debug)]
pub(super) struct Materials {
    dir: PathBuf,
}

impl Materials {
    /// # Errors
    /// When the directory cannot be created.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes material under a new id.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub(super) fn write(&self, id: Uuid, material: &[u8]) -> io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.path(id))?;
        file.write_all(material)
    }

    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(&self, id: Uuid) -> io::Result<Vec<u8>> {
        fs::read(self.path(id))
    }

    /// Removes all material except the named: that of destroyed versions, and the leftovers of a
    /// crash.
    pub(super) fn retain(&self, named: &HashSet<Uuid>) {
        for entry in fs::read_dir(&self.dir).into_iter().flatten().filter_map(Result::ok) {
            let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if !id.is_some_and(|id: Uuid| named.contains(&id)) {
                remove(&entry.path());
            }
        }
    }

    /// Removes the material of a version that was destroyed.
    pub(super) fn remove(&self, id: Uuid) {
        remove(&self.path(id));
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.dir.join(id.to_string())
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(%error, file = %path.display(), "cannot remove the material of a destroyed key version");
    }
}
