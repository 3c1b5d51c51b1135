//! The data directory: all state of a local cloud and its fleet, with a version, and a lock for who
//! runs it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::CliError;

/// Version of the directory's layout. A directory of another version is refused, never changed.
const VERSION: &str = "1";

/// A data directory.
#[derive(Clone, Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
}

/// Held while a cloud runs on the directory; the system drops it with the process.
pub(crate) struct Lock {
    _file: File,
}

impl DataDir {
    /// The one that was named, or the default: `longshore` in the user's state directory
    /// (`XDG_STATE_HOME`, else `~/.local/state`).
    pub(crate) fn named_or_default(named: Option<PathBuf>) -> Self {
        let path = named.unwrap_or_else(|| {
            let state = std::env::var_os("XDG_STATE_HOME")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from);
            let home =
                || std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
            state.unwrap_or_else(|| home().join(".local/state")).join("longshore")
        });
        Self { path: std::path::absolute(&path).unwrap_or(path) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the local cloud keeps its state.
    pub(crate) fn cloud(&self) -> PathBuf {
        self.path.join("cloud")
    }

    /// Where the log of a process is written.
    pub(crate) fn log(&self, process: &str) -> PathBuf {
        self.path.join("logs").join(format!("{process}.log"))
    }

    /// Makes the directory if it is missing, checks its version, and locks it.
    pub(crate) fn lock(&self) -> Result<Lock, CliError> {
        let broken = |source| CliError::DataDir { path: self.path.clone(), source };
        std::fs::create_dir_all(self.path.join("logs")).map_err(broken)?;
        std::fs::create_dir_all(self.cloud()).map_err(broken)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.lock_file())
            .map_err(broken)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(CliError::DataDirInUse(self.path.clone()));
        }
        self.check_version()?;
        Ok(Lock { _file: file })
    }

    fn check_version(&self) -> Result<(), CliError> {
        let file = self.path.join("VERSION");
        match std::fs::read_to_string(&file) {
            Ok(found) if found.trim() == VERSION => Ok(()),
            Ok(found) => Err(CliError::DataDirVersion {
                path: self.path.clone(),
                found: found.trim().to_owned(),
                known: VERSION,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => std::fs::write(&file, VERSION)
                .map_err(|source| CliError::DataDir { path: self.path.clone(), source }),
            Err(source) => Err(CliError::DataDir { path: self.path.clone(), source }),
        }
    }

    /// Tells other commands how to reach what runs here.
    pub(crate) fn write_running(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> Result<(), CliError> {
        let broken = |source| CliError::DataDir { path: self.path.clone(), source };
        let text =
            serde_json::to_string_pretty(environment).map_err(|error| broken(error.into()))?;
        let fresh = self.path.join("running.json.new");
        std::fs::write(&fresh, text)
            .and_then(|()| std::fs::rename(&fresh, self.running_file()))
            .map_err(broken)
    }

    /// Nothing runs here any more. A file that stays behind does no harm: without the lock it is
    /// not believed.
    pub(crate) fn remove_running(&self) {
        let _ = std::fs::remove_file(self.running_file());
    }

    /// How to reach what runs here, or `None` when nothing does.
    pub(crate) fn running(&self) -> Option<BTreeMap<String, String>> {
        let lock = File::open(self.lock_file()).ok()?;
        if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
            return None;
        }
        serde_json::from_slice(&std::fs::read(self.running_file()).ok()?).ok()
    }

    fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    fn running_file(&self) -> PathBuf {
        self.path.join("running.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_dir() -> (tempfile::TempDir, DataDir) {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = DataDir::named_or_default(Some(folder.path().join("data")));
        (folder, data_dir)
    }

    #[test]
    fn what_runs_is_known_while_the_lock_is_held() {
        let (_folder, data_dir) = data_dir();
        assert_eq!(data_dir.running(), None);
        let lock = data_dir.lock().unwrap();
        let environment = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        data_dir.write_running(&environment).unwrap();
        assert_eq!(data_dir.running(), Some(environment));
        assert!(matches!(data_dir.lock(), Err(CliError::DataDirInUse(_))));
        drop(lock);
        assert_eq!(data_dir.running(), None);
    }

    #[test]
    fn a_directory_of_another_version_is_refused_and_left_as_it_is() {
        let (_folder, data_dir) = data_dir();
        drop(data_dir.lock().unwrap());
        std::fs::write(data_dir.path().join("VERSION"), "2").unwrap();
        assert!(
            matches!(data_dir.lock(), Err(CliError::DataDirVersion { found, .. }) if found == "2")
        );
    }
}
