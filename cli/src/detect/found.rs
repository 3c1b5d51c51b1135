//! Declarations in the text of one file.

use std::path::Path;

/// Maximum size of a source file to read.
const READ_MAX_BYTES: u64 = 1 << 20;

/// What a declaration is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A function that the source registers with the Functions Framework.
    Registered,
    /// A function that the framework can call by its name.
    Defined,
    /// Something that the framework can call only if it is requested by name, such as an imported
    /// function.
    Other,
    /// A route of a web framework, with its decorator.
    Route(String),
}

/// A declaration in one text: name, kind, and line from 1.
pub(super) type Found = (String, Kind, usize);

/// The text of a file, unless that is too large for a source file or cannot be read.
pub(super) fn read(path: &Path) -> Option<String> {
    let small = std::fs::metadata(path).ok()?.len() <= READ_MAX_BYTES;
    small.then(|| std::fs::read_to_string(path).ok()).flatten()
}
