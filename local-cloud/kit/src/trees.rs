//! Removing directories that other programs have filled.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Removes a file, or a directory with all that is in it, and follows no link. Succeeds if nothing is
/// there. Blocks on the disk.
///
/// Needs the same stack and open files for any depth: a program can leave tens of thousands of
/// directories in each other, with paths that are longer than the system takes. So what is in a
/// directory is moved to the top before the directory is removed.
///
/// # Errors
/// If something cannot be removed. Nothing else may change the directory meanwhile.
pub fn remove(path: &Path) -> io::Result<()> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.is_dir() {
        return std::fs::remove_file(path);
    }
    open_up(path)?;
    let mut moved = 0;
    loop {
        let mut is_empty = true;
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            is_empty = false;
            if entry.file_type()?.is_dir() {
                empty(&entry.path(), path, &mut moved)?;
                std::fs::remove_dir(entry.path())?;
            } else {
                std::fs::remove_file(entry.path())?;
            }
        }
        if is_empty {
            return std::fs::remove_dir(path);
        }
    }
}

/// Removes the files of a directory, and moves its directories to the top.
fn empty(directory: &Path, top: &Path, moved: &mut u64) -> io::Result<()> {
    open_up(directory)?;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            // A directory that moves gets another parent, for which it has to be writable.
            open_up(&entry.path())?;
            std::fs::rename(entry.path(), unused(top, moved))?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A name in the top that nothing has.
fn unused(top: &Path, moved: &mut u64) -> PathBuf {
    loop {
        *moved += 1;
        let path = top.join(format!("removed-{moved}"));
        if path.symlink_metadata().is_err() {
            return path;
        }
    }
}

/// Lets this user list and change a directory, unless it can anyway.
fn open_up(directory: &Path) -> io::Result<()> {
    let mode = directory.symlink_metadata()?.permissions().mode();
    if mode & 0o700 == 0o700 {
        return Ok(());
    }
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))
}

/// A temporary directory that other programs fill. Removed as by [`remove`].
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// Creates a directory in this one, with a name that begins with the prefix.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn new_in(parent: &Path, prefix: &str) -> io::Result<Self> {
        tempfile::Builder::new().prefix(prefix).tempdir_in(parent).map(Self)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = remove(self.path()) {
            tracing::warn!(%error, path = %self.path().display(), "cannot remove a directory");
        }
        self.0.disable_cleanup(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Directories in each other, far below what a path can name.
    fn nested(top: &Path, levels: usize) {
        std::fs::create_dir(top).unwrap();
        for _ in 0..levels {
            let outer = top.with_file_name("outer");
            std::fs::create_dir(&outer).unwrap();
            std::fs::rename(top, outer.join("d")).unwrap();
            std::fs::rename(&outer, top).unwrap();
        }
    }

    #[test]
    fn any_depth_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("top");
        nested(&top, 20_000);
        remove(&top).unwrap();
        assert!(!top.exists());
    }

    #[test]
    fn what_cannot_be_entered_is_removed_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (top, outside) = (dir.path().join("top"), dir.path().join("outside"));
        std::fs::create_dir_all(top.join("a/b/c")).unwrap();
        std::fs::create_dir_all(top.join("removed-1/x")).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("kept"), "kept").unwrap();
        std::fs::write(top.join("a/b/file"), "x").unwrap();
        std::os::unix::fs::symlink(&outside, top.join("a/b/link")).unwrap();
        for directory in ["a/b/c", "a/b", "a"] {
            let closed = std::fs::Permissions::from_mode(0o000);
            std::fs::set_permissions(top.join(directory), closed).unwrap();
        }
        remove(&top).unwrap();
        assert!(!top.exists());
        assert!(outside.join("kept").exists());
        remove(&top).unwrap();
        std::os::unix::fs::symlink(&outside, &top).unwrap();
        remove(&top).unwrap();
        assert!(outside.join("kept").exists());
    }

    #[test]
    fn a_scratch_directory_is_removed_with_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let scratch = Scratch::new_in(dir.path(), "build-").unwrap();
        nested(&scratch.path().join("deep"), 5_000);
        drop(scratch);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
