//! Directories that other users of the machine cannot read.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

const ONLY_OWNER: u32 = 0o700;

/// Creates a directory for this user alone, and its missing parents likewise. If it exists and
/// belongs to this user, other users lose their access to it; the directory of another user stays
/// as it is.
///
/// # Errors
/// When the directory cannot be created, or its mode cannot be changed.
pub fn create_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(ONLY_OWNER).create(path)?;
    if fs::metadata(path)?.mode() & 0o077 != 0 && check_own(path).is_ok() {
        fs::set_permissions(path, Permissions::from_mode(ONLY_OWNER))?;
    }
    Ok(())
}

/// Like [`create_dir`], for files that this process trusts.
///
/// # Errors
/// As [`create_dir`], and [`io::ErrorKind::PermissionDenied`] if the directory belongs to another
/// user.
pub fn create_own_dir(path: &Path) -> io::Result<()> {
    create_dir(path)?;
    check_own(path)
}

/// Checks that a directory belongs to this user. Another user could replace what is in one of theirs.
///
/// # Errors
/// When it cannot be read, and [`io::ErrorKind::PermissionDenied`] if it belongs to another user.
pub fn check_own(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.uid() == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn only_the_owner_can_enter_a_new_directory_and_its_new_parents() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/cloud");
        create_dir(&path).unwrap();
        assert_eq!((mode(&path), mode(&dir.path().join("state"))), (0o700, 0o700));
    }

    #[test]
    fn a_directory_of_another_user_is_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        create_own_dir(&dir.path().join("own")).unwrap();
        let theirs = dir.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        if std::os::unix::fs::chown(&theirs, Some(65_534), None).is_ok() {
            let error = create_own_dir(&theirs).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        } else {
            // Only root can give a directory away. Its own are root's.
            let error = create_own_dir(Path::new("/")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        }
    }

    #[test]
    fn a_directory_that_others_could_read_is_corrected() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cloud");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        create_dir(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
    }
}
