//! The data directory of a local cloud and its fleet, with a version and a lock.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use longshore_local_cloud::private;
use longshore_source_archive::IgnoreRules;
use rustix::fs::{FlockOperation, flock};

use crate::error::CliError;

/// Version of the layout. A directory with another version is rejected and left unchanged.
const VERSION: &str = "1";

/// What the directory contains.
const ENTRIES: [&str; 8] =
    ["VERSION", "cloud", "lock", "logs", "metrics", "running.json", "running.json.new", "traces"];

#[derive(Clone, Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
}

/// Held while a cloud uses the directory. The system releases it when the process ends.
pub(crate) struct Lock {
    _file: File,
}

impl DataDir {
    /// The given directory, or the default: `longshore` in the user's state directory
    /// (`XDG_STATE_HOME`, or `~/.local/state`). Without `HOME`, the home directory is that of the
    /// user's account.
    ///
    /// Fails with [`CliError::NoDataDir`] if none of them is an absolute path: a directory that
    /// depends on where the command was started could be in a source.
    pub(crate) fn named_or_default(named: Option<PathBuf>) -> Result<Self, CliError> {
        let default = || {
            let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
            default_path(state, std::env::home_dir())
        };
        let path = named.or_else(default).ok_or(CliError::NoDataDir)?;
        Ok(Self { path: std::path::absolute(&path).unwrap_or(path) })
    }

    /// Fails with [`CliError::StateInSource`] if the directory would be uploaded with a function.
    pub(crate) fn check_outside(&self, sources: &[PathBuf]) -> Result<(), CliError> {
        let state = real(&self.path);
        for source in sources {
            if is_source(&state, &real(source)) {
                let (state, directory) = (self.path.clone(), source.clone());
                return Err(CliError::StateInSource { state, directory });
            }
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Directory for the state of the local cloud.
    pub(crate) fn cloud(&self) -> PathBuf {
        self.path.join("cloud")
    }

    /// Directory for the store of traces.
    pub(crate) fn traces(&self) -> PathBuf {
        self.path.join("traces")
    }

    /// Log file of a process.
    pub(crate) fn log(&self, process: &str) -> PathBuf {
        self.path.join("logs").join(format!("{process}.log"))
    }

    /// Directory with a file for each worker that says where its metrics are.
    pub(crate) fn metrics(&self) -> PathBuf {
        self.path.join("metrics")
    }

    /// Notes where the metrics of a worker are, as Prometheus reads it
    /// (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config>).
    pub(crate) fn note_metrics(&self, worker: &str, address: SocketAddr) -> io::Result<()> {
        private::create_dir(&self.metrics())?;
        let targets = serde_json::json!([{
            "targets": [address.to_string()],
            "labels": { "worker": worker },
        }]);
        // Prometheus may read it at any time, so it is never there in part.
        let (fresh, file) = (
            self.metrics().join(format!("{worker}.new")),
            self.metrics().join(format!("{worker}.json")),
        );
        std::fs::write(&fresh, targets.to_string())?;
        std::fs::rename(&fresh, &file)
    }

    /// Creates the directory if it does not exist, locks it, and checks its version.
    pub(crate) fn lock(&self) -> Result<Lock, CliError> {
        let broken = |source| CliError::DataDir { path: self.path.clone(), source };
        private::create_dir(&self.path.join("logs")).map_err(broken)?;
        private::check_own(&self.path).map_err(broken)?;
        private::create_dir(&self.cloud()).map_err(broken)?;
        private::create_dir(&self.traces()).map_err(broken)?;
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
        // A killed process has left its variables, which from here on would be taken for ours.
        self.remove_running();
        if self.is_only_ours().map_err(broken)? {
            private::create_dir(&self.path).map_err(broken)?;
        }
        Ok(Lock { _file: file })
    }

    /// Whether the directory has nothing but what this program creates. Another directory that was
    /// named, such as the user's home, keeps its mode; what is private in it is closed by itself.
    fn is_only_ours(&self) -> io::Result<bool> {
        for entry in std::fs::read_dir(&self.path)? {
            if !ENTRIES.iter().any(|ours| entry.as_ref().is_ok_and(|it| it.file_name() == **ours)) {
                return Ok(false);
            }
        }
        Ok(true)
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

    /// Publishes the environment variables that lead other commands to the running cloud.
    pub(crate) fn write_running(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> Result<(), CliError> {
        let broken = |source| CliError::DataDir { path: self.path.clone(), source };
        let text =
            serde_json::to_string_pretty(environment).map_err(|error| broken(error.into()))?;
        let fresh = self.path.join("running.json.new");
        let mut file = OpenOptions::new();
        file.create(true).truncate(true).write(true).mode(0o600);
        file.open(&fresh)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| std::fs::rename(&fresh, self.running_file()))
            .map_err(broken)
    }

    /// Removes the variables of the running cloud. A leftover file is harmless, because it is
    /// ignored unless the lock is held.
    pub(crate) fn remove_running(&self) {
        let _ = std::fs::remove_file(self.running_file());
    }

    /// Whether a cloud uses the directory.
    pub(crate) fn is_in_use(&self) -> bool {
        File::open(self.lock_file())
            .is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockShared).is_err())
    }

    /// The environment variables of the running cloud, or `None` if there is none.
    pub(crate) fn running(&self) -> Option<BTreeMap<String, String>> {
        if !self.is_in_use() {
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

/// The default data directory, by the rules of the XDG Base Directory Specification, which ignores
/// relative paths.
fn default_path(state: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    let state = state.filter(absolute);
    let of_home = || home.filter(absolute).map(|home| home.join(".local/state"));
    state.or_else(of_home).map(|state| state.join("longshore"))
}

/// The path without links, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for existing in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (existing.canonicalize(), path.strip_prefix(existing)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path
}

/// Whether a directory would be packed with a source.
fn is_source(directory: &Path, source: &Path) -> bool {
    let Ok(inside) = directory.strip_prefix(source) else { return false };
    let Ok(rules) = IgnoreRules::of_directory(source) else { return true };
    let mut name = String::new();
    for part in inside.components() {
        if !name.is_empty() {
            name.push('/');
        }
        name.push_str(&part.as_os_str().to_string_lossy());
        if rules.ignores(&name, true) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_directory_is_no_default() {
        let path = |text: &str| Some(PathBuf::from(text));
        for (state, home, expected) in [
            (path("/state"), path("/home/ada"), path("/state/longshore")),
            (None, path("/home/ada"), path("/home/ada/.local/state/longshore")),
            (path("state"), path("/home/ada"), path("/home/ada/.local/state/longshore")),
            (path(""), path("/home/ada"), path("/home/ada/.local/state/longshore")),
            (path("state"), path("."), None),
            (None, path(""), None),
            (None, None, None),
        ] {
            assert_eq!(default_path(state.clone(), home.clone()), expected, "{state:?} {home:?}");
        }
    }

    #[test]
    fn a_data_directory_that_would_be_uploaded_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("hello/ignored")).unwrap();
        std::fs::write(root.join("hello/.gcloudignore"), "ignored/\n").unwrap();
        std::os::unix::fs::symlink(root.join("hello"), root.join("link")).unwrap();
        for (state, source, is_rejected) in [
            ("hello/state", "hello", true),
            ("hello", "hello", true),
            ("link/state", "hello", true),
            ("hello/state", "link", true),
            ("hello/ignored/state", "hello", false),
            ("state", "hello", false),
            ("hello-state", "hello", false),
        ] {
            let data_dir = DataDir::named_or_default(Some(root.join(state))).unwrap();
            let checked = data_dir.check_outside(&[root.join("other"), root.join(source)]);
            assert_eq!(checked.is_err(), is_rejected, "{state} {source}");
        }
    }

    #[test]
    fn a_data_directory_is_recognized_by_the_packer() {
        let (_folder, data_dir) = data_dir();
        assert!(!longshore_source_archive::is_local_cloud_state(data_dir.path()));
        drop(data_dir.lock().unwrap());
        assert!(longshore_source_archive::is_local_cloud_state(data_dir.path()));
    }

    fn data_dir() -> (tempfile::TempDir, DataDir) {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = DataDir::named_or_default(Some(folder.path().join("data"))).unwrap();
        (folder, data_dir)
    }

    #[test]
    fn the_running_cloud_is_found_while_the_lock_is_held() {
        let (_folder, data_dir) = data_dir();
        assert_eq!(data_dir.running(), None);
        let lock = data_dir.lock().unwrap();
        let environment = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        data_dir.write_running(&environment).unwrap();
        assert_eq!(data_dir.running(), Some(environment));
        assert!(matches!(data_dir.lock(), Err(CliError::DataDirInUse(_))));
        drop(lock);
        assert_eq!(data_dir.running(), None);
        let _lock = data_dir.lock().unwrap();
        assert_eq!(data_dir.running(), None, "these are the variables of the cloud before");
    }

    #[test]
    fn other_users_can_read_neither_the_directory_nor_the_running_cloud() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, data_dir) = data_dir();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        drop(data_dir.lock().unwrap());
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(data_dir.path(), open).unwrap();
        let _lock = data_dir.lock().unwrap();
        data_dir.write_running(&BTreeMap::new()).unwrap();
        assert_eq!((mode(data_dir.path()), mode(&data_dir.cloud())), (0o700, 0o700));
        assert_eq!(mode(&data_dir.running_file()), 0o600);
    }

    #[test]
    fn a_directory_with_other_files_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "").unwrap();
        let data_dir = DataDir::named_or_default(Some(folder.path().to_owned())).unwrap();
        let _lock = data_dir.lock().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&data_dir.cloud())), (0o755, 0o700));
    }

    #[test]
    fn a_directory_with_another_version_is_rejected() {
        let (_folder, data_dir) = data_dir();
        drop(data_dir.lock().unwrap());
        std::fs::write(data_dir.path().join("VERSION"), "2").unwrap();
        assert!(
            matches!(data_dir.lock(), Err(CliError::DataDirVersion { found, .. }) if found == "2")
        );
    }
}
