//! The state of a service as a whole, which tests reset, save and restore.
//!
//! A service implements [`Stateful`] over the events of its core: a reset is an event in its journal
//! like all others, and a restore adds the events of the saved state after one.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What a reset removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All resources of all projects.
    Everything,
    /// The resources of the project with this id.
    Project(String),
}

impl Scope {
    /// Whether the resource `projects/P/…` is in the scope.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let project = name.strip_prefix("projects/").and_then(|rest| rest.split('/').next());
        match self {
            Self::Everything => true,
            Self::Project(id) => project == Some(id.as_str()),
        }
    }

    /// Whether the project with this id is in the scope.
    #[must_use]
    pub fn has_project(&self, id: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Project(own) => own == id,
        }
    }
}

/// A service whose state tests reset, save and restore.
#[async_trait]
pub trait Stateful: Send + Sync {
    /// The name of the service, such as `pubsub`.
    fn name(&self) -> &'static str;

    /// Removes every resource in the scope. When it returns, nothing of them is running. What the
    /// service has made in other services stays there.
    ///
    /// # Errors
    /// When the disk fails. A reset can be repeated.
    async fn reset(self: Arc<Self>, scope: &Scope) -> io::Result<()>;

    /// Writes the state to an empty folder, as it is at one moment.
    ///
    /// # Errors
    /// When the disk fails. The folder is useless then.
    async fn save(self: Arc<Self>, folder: &Path) -> io::Result<()>;

    /// Adds the state that [`Stateful::save`] wrote to the folder, after a reset of everything, and
    /// continues what was under way in it.
    ///
    /// # Errors
    /// When the disk fails, or the folder was written by another version.
    async fn restore(self: Arc<Self>, folder: &Path) -> io::Result<()>;
}

/// The journal in the folder of a saved state.
pub const SAVED_JOURNAL: &str = "journal";

/// Gives files whose content never changes another name in another folder, which is created if it
/// is missing. A name that exists there has the same content.
///
/// # Errors
/// When a file cannot be linked or, across file systems, copied.
pub fn link_files<N: AsRef<Path>>(
    from: &Path,
    into: &Path,
    names: impl IntoIterator<Item = N>,
) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for name in names {
        let (from, into) = (from.join(&name), into.join(&name));
        match fs::hard_link(&from, &into) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
            Err(_) => drop(fs::copy(&from, &into)?),
        }
    }
    Ok(())
}

/// Gives all files of a folder another name in another folder, as [`link_files`] does.
///
/// # Errors
/// When the folder cannot be read, or a file cannot be linked.
pub fn link_all(from: &Path, into: &Path) -> io::Result<()> {
    link_files(from, into, file_names(from)?)
}

/// Copies all files of a folder to another one, which is created if it is missing. For files whose
/// content changes.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy_all(from: &Path, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for name in file_names(from)? {
        fs::copy(from.join(&name), into.join(&name))?;
    }
    Ok(())
}

fn file_names(folder: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?.map(|file| Ok(file?.file_name())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_has_its_resources_and_no_others() {
        let scope = Scope::Project("test-1".to_owned());
        assert!(scope.has("projects/test-1/topics/t"));
        assert!(scope.has("projects/test-1"));
        assert!(!scope.has("projects/test-10/topics/t"));
        assert!(!scope.has("projects/test/topics/test-1"));
        assert!(!scope.has("test-1"));
        assert!(Scope::Everything.has("projects/_/buckets/b"));
    }

    #[test]
    fn linked_files_outlive_their_first_name() {
        let dir = tempfile::tempdir().unwrap();
        let (from, into) = (dir.path().join("from"), dir.path().join("a/b"));
        fs::create_dir(&from).unwrap();
        fs::write(from.join("1"), "one").unwrap();
        link_files(&from, &into, ["1"]).unwrap();
        link_files(&from, &into, ["1"]).unwrap();
        fs::remove_file(from.join("1")).unwrap();
        assert_eq!(fs::read_to_string(into.join("1")).unwrap(), "one");
        assert!(link_files(&from, &into, ["2"]).is_err());
    }
}
