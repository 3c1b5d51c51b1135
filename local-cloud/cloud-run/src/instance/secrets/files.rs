//! The files of secrets that an instance sees.
//!
//! On Google, reading a file fetches its secret, so a file of `latest` has the newest value. Here the
//! files are written again whenever Secret Manager changes, before the caller of the change has its
//! answer. A file whose secret cannot be read any more keeps its value.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use longshore_local_sandbox::Launcher;
use longshore_local_secrets as secrets;
use parking_lot::Mutex;

use super::SecretError;

/// Default permissions of a file (`SecretVolumeSource.default_mode`).
const DEFAULT_MODE: u32 = 0o444;

/// The version, or the newest one if none is named.
pub(super) fn or_latest(version: &str) -> &str {
    if version.is_empty() { "latest" } else { version }
}

/// The files of one instance. Removed when this is dropped.
#[derive(Debug)]
pub(crate) struct SecretFiles {
    dir: PathBuf,
    /// Directories, and their mount points in the instance.
    pub(crate) mounts: Vec<(PathBuf, PathBuf)>,
    followed: Arc<Mutex<Followed>>,
}

/// The files of all instances that run.
#[derive(Debug, Default)]
pub(super) struct Live(Mutex<Vec<Weak<Mutex<Followed>>>>);

#[derive(Debug, Default)]
struct Followed {
    files: Vec<Shown>,
    /// Gives new files to the user of the sandbox.
    launcher: Option<Launcher>,
}

/// A file, and the version of a secret that it has.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) path: PathBuf,
    /// The project of the service, to which the name of the secret is relative.
    pub(super) project: String,
    pub(super) secret: String,
    pub(super) version: String,
    pub(super) mode: Option<i32>,
    /// Whether the instance sees the file itself instead of its directory, because another volume is
    /// mounted inside. It cannot be replaced, only written.
    pub(super) is_assembled: bool,
}

impl Live {
    /// Writes the values that have changed.
    pub(super) fn follow(&self, service: &secrets::Service) {
        let running: Vec<Arc<Mutex<Followed>>> = {
            let mut live = self.0.lock();
            live.retain(|files| files.strong_count() > 0);
            live.iter().filter_map(Weak::upgrade).collect()
        };
        for followed in running {
            let followed = followed.lock();
            for file in &followed.files {
                if let Err(error) = file.follow(service, followed.launcher.as_ref()) {
                    tracing::warn!(%error, path = %file.path.display(), "cannot update a secret");
                }
            }
        }
    }
}

impl Shown {
    fn follow(&self, service: &secrets::Service, launcher: Option<&Launcher>) -> io::Result<()> {
        let Ok(value) = service.value(&self.project, &self.secret, or_latest(&self.version)) else {
            return Ok(());
        };
        if fs::read(&self.path)? == value {
            return Ok(());
        }
        if self.is_assembled {
            fs::set_permissions(&self.path, Permissions::from_mode(0o600))?;
            File::options().write(true).truncate(true).open(&self.path)?.write_all(&value)?;
            return self.restrict(&self.path);
        }
        let fresh = self.path.with_file_name("..new");
        fs::write(&fresh, &value)?;
        self.restrict(&fresh)?;
        launcher.map_or(Ok(()), |launcher| launcher.hand_over(&fresh))?;
        fs::rename(&fresh, &self.path)
    }

    fn restrict(&self, path: &Path) -> io::Result<()> {
        let mode = self.mode.map_or(DEFAULT_MODE, |mode| mode.unsigned_abs() & 0o777);
        fs::set_permissions(path, Permissions::from_mode(mode))
    }
}

impl SecretFiles {
    /// In the directory `dir`, which exists.
    pub(super) fn new(dir: PathBuf, live: &Live) -> Self {
        let followed = Arc::default();
        live.0.lock().push(Arc::downgrade(&followed));
        Self { dir, mounts: Vec::new(), followed }
    }

    /// Adds a directory that the instance sees as `target`, and returns its path.
    pub(super) fn add(&mut self, index: usize, target: PathBuf) -> io::Result<PathBuf> {
        let shown = self.dir.join(index.to_string());
        fs::create_dir(&shown)?;
        self.mounts.push((shown.clone(), target));
        Ok(shown)
    }

    /// Writes a file, which follows its secret from now on.
    pub(super) fn write(&self, file: Shown, value: &[u8]) -> io::Result<()> {
        if let Some(parent) = file.path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&file.path, value)?;
        file.restrict(&file.path)?;
        self.followed.lock().files.push(file);
        Ok(())
    }

    /// Makes them readable in the sandbox, whose user is another one where the local cloud is root.
    pub(in crate::instance) fn hand_over(&self, launcher: &Launcher) -> Result<(), SecretError> {
        let mut followed = self.followed.lock();
        followed.launcher = Some(launcher.clone());
        Ok(launcher.hand_over(&self.dir)?)
    }
}

impl Drop for SecretFiles {
    fn drop(&mut self) {
        // Under the lock: nothing is written to a directory that is being removed.
        let mut followed = self.followed.lock();
        followed.files.clear();
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, dir = %self.dir.display(), "cannot remove the secrets of an instance; the next start will");
        }
    }
}
