//! Reading what a step of a build has left behind, and writing beside it. The step may have put a link
//! where a file is expected, and this process, outside of the sandbox, would follow it.
//!
//! Even the first step, which asks a toolchain for its version, may run what the source brings: the
//! variables of a build can name programs and what they load.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

/// Maximum size of a text that a step leaves for this process.
const TEXT_LIMIT_BYTES: u64 = 4 * 1024 * 1024;

/// Maximum size of a file of the source that this process reads. Lock files can have megabytes.
const FILE_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// Checks that a path leads through no link. The directories of a build are known by their real
/// paths, so any link is one that a step has made.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if it does; [`io::ErrorKind::NotFound`] if nothing is there.
pub(crate) fn check_plain(path: &Path) -> io::Result<()> {
    if path.canonicalize()? == path {
        return Ok(());
    }
    Err(unusable(path, "is, or leads through, a link"))
}

/// Reads a small text file.
///
/// # Errors
/// If it is missing, is not a file, is too large, or leads through a link.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    check_plain(path)?;
    let content = read(path, TEXT_LIMIT_BYTES)?;
    Ok(String::from_utf8_lossy(&content).into_owned())
}

/// Reads a file of the source, which may have links to files within the source.
///
/// # Errors
/// As [`real_file`]; or if the file is too large.
pub(crate) fn read_of_source(root: &Path, path: &Path) -> io::Result<Vec<u8>> {
    read(&real_file(root, path)?, FILE_LIMIT_BYTES)
}

/// The real path of a file of the source, whose links were followed.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if they lead out of the source, or to something that is not a
/// file; [`io::ErrorKind::NotFound`] if nothing is there.
pub(crate) fn real_file(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let real = path.canonicalize()?;
    if real.starts_with(root.canonicalize()?) {
        return check_file(&real).map(|()| real);
    }
    Err(unusable(path, "leads out of the source"))
}

/// Creates a directory below another one, as [`std::fs::create_dir_all`] does, but through no link.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if a step has put something else in its way.
pub(crate) fn create_dir_below(base: &Path, relative: &Path) -> io::Result<PathBuf> {
    let mut directory = base.to_owned();
    check_plain(&directory)?;
    for part in relative.components() {
        let Component::Normal(name) = part else {
            return Err(unusable(relative, "is not a plain path"));
        };
        directory.push(name);
        match std::fs::create_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !directory.symlink_metadata()?.is_dir() {
                    return Err(unusable(&directory, "is not a directory"));
                }
            }
            created => created?,
        }
    }
    Ok(directory)
}

/// Writes a file into a directory that leads through no link, in the place of whatever else is there.
///
/// # Errors
/// If something there cannot be removed, or the file cannot be written.
pub(crate) fn write_plain(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, 0o666)
}

/// The same for a file that only its owner can read.
///
/// # Errors
/// As [`write_plain`].
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, 0o600)
}

fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    check_plain(path.parent().unwrap_or(path))?;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true).mode(mode).open(path)?.write_all(content)
}

/// Opening a pipe would wait for a writer.
fn check_file(path: &Path) -> io::Result<()> {
    if path.symlink_metadata()?.is_file() { Ok(()) } else { Err(unusable(path, "is not a file")) }
}

fn read(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    check_file(path)?;
    let mut content = Vec::new();
    File::open(path)?.take(limit_bytes + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit_bytes {
        let error = format!("{} has more than {limit_bytes} bytes", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
    }
    Ok(content)
}

fn unusable(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{} {why}", path.display()))
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

    /// A source, and a file outside of it.
    fn source() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("source")).unwrap();
        std::fs::create_dir(root.join("outside")).unwrap();
        std::fs::write(root.join("outside/key"), "secret").unwrap();
        (dir, root.join("source"), root.join("outside"))
    }

    #[test]
    fn a_file_of_the_source_is_read_through_links_within_the_source_only() {
        let (_dir, source, outside) = source();
        std::fs::write(source.join("go.mod"), "module").unwrap();
        symlink("go.mod", source.join("link")).unwrap();
        symlink(outside.join("key"), source.join("key")).unwrap();
        symlink(&outside, source.join("outside")).unwrap();
        symlink("/dev/zero", source.join("zero")).unwrap();
        let read = |name: &str| read_of_source(&source, &source.join(name));
        assert_eq!(read("link").unwrap(), b"module");
        for name in ["key", "outside/key", "zero", "../outside/key", "."] {
            assert_eq!(read(name).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        let pipe = source.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(read("pipe").unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(read("none").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let (_dir, source, outside) = source();
        let created = create_dir_below(&source, Path::new("a/b")).unwrap();
        assert_eq!(create_dir_below(&source, Path::new("a/b")).unwrap(), created);
        symlink(outside.join("key"), created.join("file")).unwrap();
        write_plain(&created.join("file"), b"content").unwrap();
        assert_eq!(std::fs::read_to_string(created.join("file")).unwrap(), "content");
        symlink(&outside, source.join("link")).unwrap();
        for below in ["link", "link/new", "a/../../outside/new"] {
            let error = create_dir_below(&source, Path::new(below)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{below}");
        }
        let error = write_plain(&source.join("link/key"), b"content").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(std::fs::read_to_string(outside.join("key")).unwrap(), "secret");
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
    }
}
