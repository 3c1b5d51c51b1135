//! Location of the source in the image.

use std::io;
use std::path::{Path, PathBuf};

use longshore_local_kit::trees;

/// Directory in the image's `/workspace` that holds the source. Functions that read their own files
/// depend on it.
/// <https://cloud.google.com/run/docs/write-functions#directory-structure>
const SOURCE: &str = "serverless_function_source_code";

/// Moves the source to the directory that functions expect, and returns that directory. Files that
/// Google's services add stay.
pub(super) fn move_into_place(root: &Path) -> io::Result<PathBuf> {
    let source = root.join(SOURCE);
    trees::remove(&source)?;
    std::fs::create_dir(&source)?;
    for entry in std::fs::read_dir(root)? {
        let name = entry?.file_name();
        if name != SOURCE && !name.as_encoded_bytes().starts_with(b".google") {
            std::fs::rename(root.join(&name), source.join(&name))?;
        }
    }
    // Go compares this path with its own working directory, which contains no links.
    source.canonicalize()
}

/// Removes the source, as requested by `GOOGLE_CLEAR_SOURCE`.
pub(super) fn clear(source: &Path) -> io::Result<()> {
    trees::remove(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_googles_own_files_is_moved() {
        let root = tempfile::tempdir().unwrap();
        for file in
            ["a.go", "sub/b.go", ".hidden", ".googlebuild/c", "serverless_function_source_code/old"]
        {
            std::fs::create_dir_all(root.path().join(file).parent().unwrap()).unwrap();
            std::fs::write(root.path().join(file), "").unwrap();
        }
        let source = move_into_place(root.path()).unwrap();
        let there = |file: &str| root.path().join(file).exists();
        for file in ["a.go", "sub/b.go", ".hidden"] {
            assert!(source.join(file).exists() && !there(file), "{file}");
        }
        assert!(there(".googlebuild/c") && !source.join("old").exists());
        clear(&source).unwrap();
        assert!(!there("serverless_function_source_code") && there(".googlebuild/c"));
    }
}
