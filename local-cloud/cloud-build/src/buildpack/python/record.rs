//! The list of files that every installed package has, with their hashes.
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Removes the hashes of files that were changed after the installation: they are wrong, and those
/// of files with paths of the build differ from build to build.
///
/// # Errors
/// If a list cannot be read or written.
pub(super) fn forget_hashes(site: &Path, changed: &[PathBuf]) -> io::Result<()> {
    let changed: BTreeSet<&str> =
        changed.iter().filter_map(|path| path.strip_prefix(site).ok()?.to_str()).collect();
    for entry in std::fs::read_dir(site)? {
        let entry = entry?;
        let list = entry.path().join("RECORD");
        let is_plain =
            entry.file_type()?.is_dir() && list.symlink_metadata().is_ok_and(|file| file.is_file());
        if changed.is_empty() || !is_plain {
            continue;
        }
        let Ok(text) = String::from_utf8(std::fs::read(&list)?) else { continue };
        let kept = without_hashes(&text, &changed);
        if kept != text {
            let mut fresh = tempfile::NamedTempFile::new_in(list.parent().unwrap_or(site))?;
            fresh.write_all(kept.as_bytes())?;
            fresh.persist(&list)?;
        }
    }
    Ok(())
}

fn without_hashes(text: &str, changed: &BTreeSet<&str>) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let path = line.split(',').next().unwrap_or_default();
        if changed.contains(path) {
            kept.push_str(path);
            kept.push_str(",,");
        } else {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hashes_of_changed_files_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let info = dir.path().join("a-1.dist-info");
        std::fs::create_dir(&info).unwrap();
        std::fs::write(info.join("RECORD"), "a.pth,sha256=x,3\na.py,sha256=y,4\n").unwrap();
        std::fs::write(dir.path().join("a.pth"), "").unwrap();
        forget_hashes(dir.path(), &[dir.path().join("a.pth")]).unwrap();
        let text = std::fs::read_to_string(info.join("RECORD")).unwrap();
        assert_eq!(text, "a.pth,,\na.py,sha256=y,4\n");
    }
}
