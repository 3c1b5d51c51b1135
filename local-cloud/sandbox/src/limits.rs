//! What a command may use of this machine.
//!
//! | limit | kept by | without control groups |
//! |---|---|---|
//! | memory | control group | sampling of the processes, four times a second |
//! | processes | control group `pids` | `RLIMIT_NPROC` in the sandbox's user namespace (Linux 5.14) |
//! | processor time | control group `cpu` | not limited |
//! | size of one file, open files | `setrlimit` | the same |
//! | disk | sampling of the writable directories | the same |
//!
//! Core dumps are always off.

mod cgroup;
pub(crate) mod disk;
pub(crate) mod memory;

pub use cgroup::Cgroups;
pub(crate) use cgroup::{Group, Kills};

/// `None` and the default: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Together, in all processes of the command.
    pub memory_bytes: Option<u64>,
    /// Threads count, too.
    pub processes: Option<u64>,
    /// Thousandths of one processor.
    pub milli_cpus: Option<u64>,
    pub file_bytes: Option<u64>,
    pub open_files: Option<u64>,
    /// In all writable directories together. They are sampled at intervals. An open file without a
    /// name is not counted, nor is one in a directory that the local cloud may not read.
    pub disk_bytes: Option<u64>,
}
