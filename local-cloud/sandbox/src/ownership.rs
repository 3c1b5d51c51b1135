//! Giving files away, entry by entry and without following a link: not even one that is put in the
//! place of a directory meanwhile.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, Uid, chownat, fstat, openat, statat,
};

use crate::view::User;

/// Directories deeper than this are an error; each takes a descriptor.
const MAXIMUM_DEPTH: u32 = 200;

/// Makes the user the owner of an entry and of all that is in it.
///
/// # Errors
/// When an entry cannot be read or given away. [`io::ErrorKind::InvalidInput`] if there are too many
/// directories in each other.
pub(crate) fn give(path: &Path, user: User) -> io::Result<()> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    give_entry(CWD, path, user, MAXIMUM_DEPTH).map_err(named)
}

fn give_entry(
    parent: BorrowedFd<'_>,
    name: impl rustix::path::Arg + Copy,
    user: User,
    depth: u32,
) -> io::Result<()> {
    let kind = FileType::from_raw_mode(statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode);
    if kind != FileType::Directory {
        let owner = Some(Uid::from_raw(user.id));
        let group = Some(Gid::from_raw(user.group));
        return Ok(chownat(parent, name, owner, group, AtFlags::SYMLINK_NOFOLLOW)?);
    }
    let below = depth.checked_sub(1).ok_or_else(|| {
        let error = format!("there are more than {MAXIMUM_DEPTH} directories in each other");
        io::Error::new(io::ErrorKind::InvalidInput, error)
    })?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = openat(parent, name, flags, Mode::empty())?;
    let now = fstat(&directory)?;
    if (now.st_uid, now.st_gid) != (user.id, user.group) {
        let (owner, group) = (Uid::from_raw(user.id), Gid::from_raw(user.group));
        rustix::fs::fchown(&directory, Some(owner), Some(group))?;
    }
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        if ![&b"."[..], b".."].contains(&entry.file_name().to_bytes()) {
            give_entry(directory.as_fd(), entry.file_name(), user, below)?;
        }
    }
    Ok(())
}
