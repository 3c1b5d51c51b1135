//! Recognizes the state of a local cloud, which is never source: it contains the values of secrets
//! and the keys that sign tokens.

use std::path::Path;

/// Files and directories that every data directory of a local cloud has.
const FILES: [&str; 2] = ["VERSION", "lock"];
const DIRECTORIES: [&str; 2] = ["cloud", "logs"];

/// Whether a directory is the data directory of a local cloud. Blocks on the disk; a directory that
/// cannot be read is none.
#[must_use]
pub fn is_local_cloud_state(directory: &Path) -> bool {
    FILES.iter().all(|name| directory.join(name).is_file())
        && DIRECTORIES.iter().all(|name| directory.join(name).is_dir())
}
