//! Where root gives up its identity: what bubblewrap shows must be reachable for a user who may
//! not even enter the directories above it.
//!
//! The guard gets a mount namespace of its own, and in it each source is bound to `/tmp/N`, in a
//! directory that everyone may enter. The machine's own mounts are not changed, and the namespace
//! goes with the guard.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nix::sched::{CloneFlags, unshare};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind_recursive, mount_change};

/// Bubblewrap puts its own root over this same directory, and sees the stage below the old root.
const STAGE: &str = "/tmp";

/// A private mount namespace of this thread, and of what it starts.
pub(super) struct Stage {
    /// Opened before the stage covers `/tmp`, which may hold sources itself.
    sources: Vec<File>,
}

impl Stage {
    /// # Errors
    /// When this process may not make a mount namespace, or a source is missing or a link.
    pub(super) fn enter<'a>(sources: impl Iterator<Item = &'a OsStr>) -> io::Result<Self> {
        unshare(CloneFlags::CLONE_NEWNS)?;
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        let sources = sources.map(open).collect::<io::Result<Vec<File>>>()?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        mount("tmpfs", STAGE, "tmpfs", flags, c"mode=0755")?;
        Ok(Self { sources })
    }

    /// Binds the sources. Returns where each is found now.
    pub(super) fn set(&self) -> io::Result<Vec<PathBuf>> {
        self.sources.iter().enumerate().map(|(number, source)| bind(number, source)).collect()
    }
}

fn open(source: &OsStr) -> io::Result<File> {
    let flags = libc::O_PATH | libc::O_NOFOLLOW;
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(source);
    let file = opened.map_err(|error| named(source, &error))?;
    if file.metadata()?.is_symlink() {
        return Err(named(source, &io::Error::other("is a link")));
    }
    Ok(file)
}

fn bind(number: usize, source: &File) -> io::Result<PathBuf> {
    let target = Path::new(STAGE).join(number.to_string());
    if source.metadata()?.is_dir() {
        fs::create_dir(&target)?;
    } else {
        File::create(&target)?;
    }
    // By the descriptor: the file that was examined is the file that is bound.
    mount_bind_recursive(format!("/proc/self/fd/{}", source.as_raw_fd()), &target)?;
    Ok(target)
}

fn named(source: &OsStr, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", source.display()))
}
