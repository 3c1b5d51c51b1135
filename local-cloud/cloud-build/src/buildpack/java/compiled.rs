//! The result of Maven or Gradle.

use std::path::PathBuf;

/// What one of the build tools leaves.
pub(super) struct Compiled {
    /// The function's jar.
    pub(super) jar: PathBuf,
    /// A directory with the jars that it needs; it may be missing.
    pub(super) dependencies: PathBuf,
    /// The directory in which the tool has built: it goes, but for the jar.
    pub(super) directory: PathBuf,
}
