//! Reading what a step of a build has left behind. The step may have put a link where a file is
//! expected, and this process, outside of the sandbox, would follow it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Maximum size of a text that a step leaves for this process.
const TEXT_LIMIT_BYTES: u64 = 4 * 1024 * 1024;

/// Checks that a path leads through no link. The directories of a build are known by their real
/// paths, so any link is one that a step has made.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if it does; [`io::ErrorKind::NotFound`] if nothing is there.
pub(crate) fn check_plain(path: &Path) -> io::Result<()> {
    if path.canonicalize()? == path {
        return Ok(());
    }
    let error = format!("{} is, or leads through, a link", path.display());
    Err(io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// Reads a small text file.
///
/// # Errors
/// If it is missing, is not a file, is too large, or leads through a link.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    check_plain(path)?;
    // Opening a pipe would wait for a writer.
    if !path.symlink_metadata()?.is_file() {
        let error = format!("{} is not a file", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    }
    let mut content = Vec::new();
    File::open(path)?.take(TEXT_LIMIT_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > TEXT_LIMIT_BYTES {
        let error = format!("{} has more than {TEXT_LIMIT_BYTES} bytes", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
    }
    Ok(String::from_utf8_lossy(&content).into_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_pipes_and_huge_files_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("d")).unwrap();
        std::fs::write(root.join("d/text"), "text").unwrap();
        assert_eq!(read_text(&root.join("d/text")).unwrap(), "text");

        symlink("d", root.join("link")).unwrap();
        symlink("text", root.join("d/link")).unwrap();
        for path in ["link/text", "d/link", "d/../d/text"] {
            let error = read_text(&root.join(path)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path}");
        }
        assert_eq!(read_text(&root.join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);

        let pipe = root.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(read_text(&pipe).unwrap_err().to_string().contains("is not a file"));
        File::create(root.join("huge")).unwrap().set_len(1 << 40).unwrap();
        assert!(read_text(&root.join("huge")).unwrap_err().to_string().contains("more than"));
    }
}
