//! Where the source lies in the image.

use std::io;
use std::path::{Path, PathBuf};

/// Directory of the image's `/workspace` that holds the source: functions that read files of theirs
/// know it. <https://cloud.google.com/run/docs/write-functions#directory-structure>
const SOURCE: &str = "serverless_function_source_code";

/// Moves the source to where functions expect it, and returns that directory. What Google's
/// services add stays.
///
/// # Errors
/// When the disk fails.
pub(super) fn move_down(root: &Path) -> io::Result<PathBuf> {
    let source = root.join(SOURCE);
    match std::fs::remove_dir_all(&source) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => std::fs::create_dir(&source)?,
    }
    for entry in std::fs::read_dir(root)? {
        let name = entry?.file_name();
        if name != SOURCE && !name.as_encoded_bytes().starts_with(b".google") {
            std::fs::rename(root.join(&name), source.join(&name))?;
        }
    }
    // Go compares this path with its own working directory, which has no links in it.
    source.canonicalize()
}

/// Removes the source, as `GOOGLE_CLEAR_SOURCE` asks.
///
/// # Errors
/// When the disk fails.
pub(super) fn clear(source: &Path) -> io::Result<()> {
    std::fs::remove_dir_all(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_googles_own_moves_down() {
        let root = tempfile::tempdir().unwrap();
        for file in
            ["a.go", "sub/b.go", ".hidden", ".googlebuild/c", "serverless_function_source_code/old"]
        {
            std::fs::create_dir_all(root.path().join(file).parent().unwrap()).unwrap();
            std::fs::write(root.path().join(file), "").unwrap();
        }
        let source = move_down(root.path()).unwrap();
        let there = |file: &str| root.path().join(file).exists();
        for file in ["a.go", "sub/b.go", ".hidden"] {
            assert!(source.join(file).exists() && !there(file), "{file}");
        }
        assert!(there(".googlebuild/c") && !source.join("old").exists());
        clear(&source).unwrap();
        assert!(!there("serverless_function_source_code") && there(".googlebuild/c"));
    }
}
