//! Archives and ignore files.

use longshore_source_archive::{IgnoreRules, Limits, repack};

/// A source archive of any format is repacked or rejected within the limits, and a repacked archive
/// is repacked to itself.
pub(crate) fn archive(data: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), data).expect("a temporary file takes bytes");
    let limits = Limits {
        compressed_bytes: 1 << 20,
        uncompressed_bytes: 1 << 20,
        entries: 1000,
        ..Limits::default()
    };
    if let Ok(packed) = repack(file.path(), "", &limits) {
        let again = repack(packed.file.path(), "", &Limits::default())
            .expect("a canonical archive is an archive");
        assert_eq!(again.sha256, packed.sha256);
    }
}

/// `.gcloudignore`: the first line of the input is a path, the rest is the file.
pub(crate) fn ignore_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, file) = text.split_once('\n').unwrap_or((text, ""));
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join(".gcloudignore"), file)
        .expect("a temporary directory takes a file");
    if let Ok(rules) = IgnoreRules::of_directory(directory.path()) {
        let _ = (rules.ignores(path, false), rules.ignores(path, true));
    }
}
