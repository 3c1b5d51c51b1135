//! The directories of a system.

/// Directories of the host that make up a system, except `/etc`. Home directories, `/run`
/// (sockets), `/var`, `/mnt` and the like stay outside.
pub(crate) const SYSTEM: [&str; 8] =
    ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "opt"];

/// Directories that are made for each sandbox, whatever an image has there.
pub(crate) const FRESH: [&str; 4] = ["proc", "dev", "tmp", "sys"];
