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
    /// A function that the framework cannot call, or that only a flag can choose, and why: a clause
    /// that continues its name.
    NotCallable(&'static str),
    /// A registration whose name is computed. The declaration has no name.
    Unnamed,
}

/// A declaration in one text: name, kind, and line from 1.
pub(super) type Found = (String, Kind, usize);

/// The text of a file, unless that is too large for a source file or cannot be read. Compilers
/// accept other encodings, such as Latin-1 in comments, so what is not UTF-8 is replaced.
pub(super) fn read(path: &Path) -> Option<String> {
    if std::fs::metadata(path).ok()?.len() > READ_MAX_BYTES {
        return None;
    }
    let content = std::fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&content).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_utf_8_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("Hello.java");
        std::fs::write(&file, b"// Gr\xfc\xdfe\nclass Hello").unwrap();
        assert_eq!(read(&file).as_deref(), Some("// Gr\u{fffd}\u{fffd}e\nclass Hello"));
        assert_eq!(read(&dir.path().join("none")), None);
    }
}
