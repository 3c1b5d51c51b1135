//! Rewrites the paths of a build in what it has installed: in an image, the workspace is
//! `/workspace`, and layers are below `/layers`. Package managers write absolute paths into `.pth`
//! files, into the modules of editable installs, into scripts and into metadata.

use std::io::{self, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::image::check_depth;

/// Maximum size of a file in which paths are replaced. Files with paths are small, and a package of
/// machine learning has gigabytes of libraries.
const REWRITTEN_BYTES: u64 = 1 << 20;

/// A path of the build, and what it is in the image.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub(super) from: PathBuf,
    pub(super) to: &'static str,
}

/// Replaces the paths in the text files and the links below a directory, in this order. Binary files
/// keep theirs, such as those in debugging information. Returns the files that have changed. Blocks on
/// the disk.
///
/// Follows no link, and replaces files instead of writing into them, because the steps of a build
/// have made them.
///
/// # Errors
/// If a file cannot be read or written. [`io::ErrorKind::InvalidInput`] if there are too many directories
/// in each other.
pub(super) fn relocate(directory: &Path, moves: &[Move]) -> io::Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    if directory.symlink_metadata().is_ok() {
        relocate_below(directory, moves, 0, &mut changed)?;
    }
    Ok(changed)
}

fn relocate_below(
    directory: &Path,
    moves: &[Move],
    depth: usize,
    changed: &mut Vec<PathBuf>,
) -> io::Result<()> {
    check_depth(depth)?;
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let metadata = path.symlink_metadata()?;
        if metadata.is_dir() {
            relocate_below(&path, moves, depth + 1, changed)?;
        } else if metadata.is_symlink() {
            let target = std::fs::read_link(&path)?;
            let moved = target.to_str().and_then(|target| replaced(target, moves));
            if let Some(moved) = moved {
                std::fs::remove_file(&path)?;
                symlink(moved, &path)?;
            }
        } else if metadata.is_file() && metadata.len() <= REWRITTEN_BYTES {
            let Ok(text) = String::from_utf8(std::fs::read(&path)?) else { continue };
            if let Some(moved) = replaced(&text, moves) {
                let mut fresh = tempfile::NamedTempFile::new_in(directory)?;
                fresh.write_all(moved.as_bytes())?;
                let mode = metadata.permissions().mode() & 0o777;
                fresh.as_file().set_permissions(std::fs::Permissions::from_mode(mode | 0o444))?;
                fresh.persist(&path)?;
                changed.push(path);
            }
        }
    }
    Ok(())
}

/// The text with other paths; `None` if it has none of them.
fn replaced(text: &str, moves: &[Move]) -> Option<String> {
    let mut changed = None::<String>;
    for Move { from, to } in moves {
        let from = from.to_str()?;
        let text = changed.as_deref().unwrap_or(text);
        if text.contains(from) {
            changed = Some(text.replace(from, to));
        }
    }
    changed
}

/// Copies what is in a directory, with its links, into one without content. Blocks on the disk.
///
/// # Errors
/// If a file cannot be read or written. [`io::ErrorKind::InvalidInput`] if the target has content,
/// through which a step of the build could lead the copy elsewhere, or if there are too many directories
/// in each other.
pub(super) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    if std::fs::read_dir(to)?.next().is_some() {
        let error = format!("{} is not empty", to.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    }
    copy_below(from, to, 0)
}

fn copy_below(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    check_depth(depth)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            std::fs::create_dir(&target)?;
            copy_below(&source, &target, depth + 1)?;
        } else if kind.is_symlink() {
            symlink(std::fs::read_link(&source)?, &target)?;
        } else if kind.is_file() {
            std::fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_directories_in_each_other_are_the_fault_of_the_source() {
        let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let deep = |levels| dir.path().join("d/".repeat(levels));
        std::fs::create_dir_all(deep(150)).unwrap();
        relocate(dir.path(), &[]).unwrap();
        copy_tree(dir.path(), out.path()).unwrap();
        std::fs::create_dir_all(deep(1_900)).unwrap();
        let out = tempfile::tempdir().unwrap();
        for error in
            [relocate(dir.path(), &[]).unwrap_err(), copy_tree(dir.path(), out.path()).unwrap_err()]
        {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
        }
    }

    #[test]
    fn the_paths_of_a_build_become_those_of_the_image() {
        let dir = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        };
        write("a/x.pth", b"/b/1/workspace/libs\n/b/1/root/layers/p\n");
        write("plain.txt", b"nothing");
        write("x.so", b"\xff\x00/b/1/workspace");
        write("run.sh", b"#!/b/1/workspace/sh\n");
        let script = dir.path().join("run.sh");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(outside.path().join("x"), "/b/1/workspace").unwrap();
        symlink(outside.path(), dir.path().join("out")).unwrap();
        symlink("/b/1/workspace/libs", dir.path().join("link")).unwrap();
        let moves = [("/b/1/workspace", "/workspace"), ("/b/1/root/layers", "/layers")];
        let moves = moves.map(|(from, to)| Move { from: from.into(), to });
        let mut changed = relocate(dir.path(), &moves).unwrap();
        changed.sort();
        assert_eq!(changed, [dir.path().join("a/x.pth"), dir.path().join("run.sh")]);
        let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
        assert_eq!(read("a/x.pth"), b"/workspace/libs\n/layers/p\n");
        assert_eq!(read("x.so"), b"\xff\x00/b/1/workspace");
        assert_eq!(read("run.sh"), b"#!/workspace/sh\n");
        assert_eq!(std::fs::metadata(script).unwrap().permissions().mode() & 0o777, 0o755);
        let link = std::fs::read_link(dir.path().join("link")).unwrap();
        assert_eq!(link, Path::new("/workspace/libs"));
        let kept = std::fs::read_to_string(outside.path().join("x")).unwrap();
        assert_eq!(kept, "/b/1/workspace", "a link was followed");
        assert!(relocate(&dir.path().join("missing"), &moves).unwrap().is_empty());
    }
}
