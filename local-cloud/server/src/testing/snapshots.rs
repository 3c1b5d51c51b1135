//! The folders of snapshots: `NAME/snapshot.json`, and a folder for each service.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use longshore_local_kit::private;
use serde::{Deserialize, Serialize};

/// More than any test needs. The data of a snapshot is kept as long as it is.
const SNAPSHOTS_MAX: usize = 32;

const NAME_MAX: usize = 63;

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Snapshot {
    pub(super) name: String,
    /// In RFC 3339.
    pub(super) create_time: String,
    pub(super) services: Vec<String>,
}

/// Why there is no such snapshot, or cannot be one.
#[derive(Debug, thiserror::Error)]
pub(super) enum SnapshotError {
    #[error(
        "{0:?} cannot be the name of a snapshot: use at most 63 lower-case letters, digits and \
         hyphens, and begin with a letter"
    )]
    Name(String),
    #[error("the snapshot {0} exists; delete it first")]
    Exists(String),
    #[error("there is no snapshot {0}")]
    Unknown(String),
    #[error("there are {SNAPSHOTS_MAX} snapshots, which is the maximum; delete some first")]
    TooMany,
    #[error("cannot read or write the snapshot")]
    Disk(#[from] io::Error),
}

/// All snapshots of a data directory.
pub(super) struct Snapshots {
    folder: PathBuf,
}

impl Snapshots {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// An empty folder for a new snapshot, which becomes one by [`Snapshots::keep`].
    pub(super) fn begin(&self, name: &str) -> Result<PathBuf, SnapshotError> {
        let final_name = self.path(name)?;
        if final_name.exists() {
            return Err(SnapshotError::Exists(name.to_owned()));
        }
        if self.all()?.len() >= SNAPSHOTS_MAX {
            return Err(SnapshotError::TooMany);
        }
        let staging = self.folder.join(format!(".{name}"));
        remove(&staging)?;
        private::create_dir(&staging)?;
        Ok(staging)
    }

    pub(super) fn keep(&self, staging: &Path, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        let document = serde_json::to_vec(snapshot).map_err(io::Error::other)?;
        fs::write(staging.join("snapshot.json"), document)?;
        Ok(fs::rename(staging, self.path(&snapshot.name)?)?)
    }

    /// A snapshot and its folder.
    pub(super) fn get(&self, name: &str) -> Result<(Snapshot, PathBuf), SnapshotError> {
        let path = self.path(name)?;
        match fs::read(path.join("snapshot.json")) {
            Ok(document) => {
                Ok((serde_json::from_slice(&document).map_err(io::Error::other)?, path))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(SnapshotError::Unknown(name.to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// By name. A folder that is not complete is none.
    pub(super) fn all(&self) -> Result<Vec<Snapshot>, SnapshotError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut all = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            match self.get(&name) {
                Ok((snapshot, _)) => all.push(snapshot),
                Err(SnapshotError::Name(_) | SnapshotError::Unknown(_)) => {}
                Err(error) => return Err(error),
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    pub(super) fn delete(&self, name: &str) -> Result<(), SnapshotError> {
        let (_, path) = self.get(name)?;
        Ok(remove(&path)?)
    }

    fn path(&self, name: &str) -> Result<PathBuf, SnapshotError> {
        let is_allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let is_name = name.len() <= NAME_MAX
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(is_allowed);
        if is_name { Ok(self.folder.join(name)) } else { Err(SnapshotError::Name(name.to_owned())) }
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(name: &str) -> Snapshot {
        let (name, create_time) = (name.to_owned(), "2026-01-01T00:00:00Z".to_owned());
        Snapshot { name, create_time, services: vec!["pubsub".to_owned()] }
    }

    #[test]
    fn a_snapshot_exists_once_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::new(dir.path().join("snapshots"));
        assert!(snapshots.all().unwrap().is_empty());
        let staging = snapshots.begin("base").unwrap();
        assert!(matches!(snapshots.get("base"), Err(SnapshotError::Unknown(_))));
        let staging_again = snapshots.begin("base").unwrap();
        assert_eq!(staging, staging_again);
        snapshots.keep(&staging, &snapshot("base")).unwrap();
        assert_eq!(snapshots.all().unwrap(), [snapshot("base")]);
        assert!(matches!(snapshots.begin("base"), Err(SnapshotError::Exists(_))));
        snapshots.delete("base").unwrap();
        assert!(matches!(snapshots.delete("base"), Err(SnapshotError::Unknown(_))));
    }

    #[test]
    fn a_name_is_no_path() {
        let dir = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::new(dir.path().to_owned());
        for name in ["", ".", "..", "../a", "a/b", "A", "-a", "1", &"a".repeat(64)] {
            assert!(matches!(snapshots.begin(name), Err(SnapshotError::Name(_))), "{name}");
        }
    }
}
