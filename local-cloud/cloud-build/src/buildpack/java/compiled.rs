//! The result of Maven or Gradle.

use std::path::PathBuf;

/// The output of a build tool.
pub(super) struct Compiled {
    /// The function's jar.
    pub(super) jar: PathBuf,
    /// The directory of the jars that it depends on, which may not exist.
    pub(super) dependencies: PathBuf,
    /// The build directory of the tool, which is removed except for the jar.
    pub(super) directory: PathBuf,
}
