//! Where the clouds of tests keep their state.

use rustix::fs::{StatVfsMountFlags, statvfs};
use tempfile::TempDir;

/// A file system in memory, on Linux.
const MEMORY: &str = "/dev/shm";

/// What the tests that run at the same time write, in bytes, with room to spare.
const ROOM_BYTES: u64 = 6 << 30;

/// A directory that is removed after the test. It is in memory where that has room, unless `TMPDIR`
/// names another place: builds write hundreds of megabytes that live for seconds, and a disk spends
/// more time on removing them than on everything else.
pub(crate) fn temporary() -> TempDir {
    if std::env::var_os("TMPDIR").is_none() && memory_has_room() {
        tempfile::tempdir_in(MEMORY).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// Functions are programs, which some systems do not start from there.
fn memory_has_room() -> bool {
    statvfs(MEMORY).is_ok_and(|system| {
        let room = system.f_bavail.saturating_mul(system.f_frsize);
        room >= ROOM_BYTES && !system.f_flag.contains(StatVfsMountFlags::NOEXEC)
    })
}
