//! The source archive: zip or tar.gz, recognized by its content, and unpacked such that no entry
//! can leave the directory.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;

/// Maximum size of the unpacked source; Cloud Run functions accept 500 MB.
const UNPACKED_LIMIT_BYTES: u64 = 512 * 1024 * 1024;

/// Maximum number of entries, so that an archive of a few kilobytes cannot fill the disk with empty
/// files.
const ENTRIES_LIMIT: usize = 100_000;

/// Except for `Disk`, these errors are permanent: retrying with the same archive does not help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    #[error("the source is neither a zip nor a tar.gz archive")]
    Format,
    #[error("cannot read the zip archive")]
    Zip(#[from] zip::result::ZipError),
    #[error("cannot read the tar.gz archive")]
    Tar(#[source] io::Error),
    #[error("the archive contains `{0}`, which is outside of the archive")]
    Outside(String),
    #[error("the archive contains `{0}`, which is not a file, a directory or a symbolic link")]
    Special(String),
    #[error(
        "the archive unpacks to more than {UNPACKED_LIMIT_BYTES} bytes or {ENTRIES_LIMIT} files"
    )]
    Large,
    #[error("cannot write `{0}`")]
    Disk(String, #[source] io::Error),
}

/// Unpacks the archive into an empty directory.
pub(crate) fn unpack(archive: &Path, into: &Path) -> Result<(), UnpackError> {
    let disk = |error| UnpackError::Disk(archive.display().to_string(), error);
    let mut file = File::open(archive).map_err(disk)?;
    let mut magic = [0; 2];
    let length = file.read(&mut magic).map_err(disk)?;
    file.rewind().map_err(disk)?;
    let mut target = Target {
        root: into.to_owned(),
        bytes_left: UNPACKED_LIMIT_BYTES,
        entries_left: ENTRIES_LIMIT,
    };
    match &magic[..length] {
        b"PK" => unpack_zip(file, &mut target),
        [0x1f, 0x8b] => unpack_tar(file, &mut target),
        _ => Err(UnpackError::Format),
    }
}

/// `S_IFMT` and `S_IFLNK` of a zip entry's Unix mode.
const FILE_TYPE_MASK: u32 = 0o170_000;
const SYMBOLIC_LINK: u32 = 0o120_000;

fn unpack_zip(file: File, target: &mut Target) -> Result<(), UnpackError> {
    let mut archive = zip::ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        let mode = entry.unix_mode().unwrap_or(0o644);
        if entry.is_dir() {
            target.directory(&name)?;
        } else if mode & FILE_TYPE_MASK == SYMBOLIC_LINK {
            let mut to = String::new();
            entry.read_to_string(&mut to).map_err(|error| UnpackError::Zip(error.into()))?;
            target.link(&name, &to)?;
        } else {
            target.file(&name, mode, &mut entry)?;
        }
    }
    Ok(())
}

fn unpack_tar(file: File, target: &mut Target) -> Result<(), UnpackError> {
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    for entry in archive.entries().map_err(UnpackError::Tar)? {
        let mut entry = entry.map_err(UnpackError::Tar)?;
        let name = entry.path().map_err(UnpackError::Tar)?.to_string_lossy().into_owned();
        let mode = entry.header().mode().map_err(UnpackError::Tar)?;
        match entry.header().entry_type() {
            tar::EntryType::Directory => target.directory(&name)?,
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                target.file(&name, mode, &mut entry)?
            }
            tar::EntryType::Symlink => {
                let to = entry
                    .link_name()
                    .map_err(UnpackError::Tar)?
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                target.link(&name, &to)?;
            }
            tar::EntryType::XGlobalHeader => {}
            _ => return Err(UnpackError::Special(name)),
        }
    }
    Ok(())
}

/// The directory that is filled. Links are made inside it only, so that no later entry can go
/// through one to the outside.
struct Target {
    root: PathBuf,
    bytes_left: u64,
    entries_left: usize,
}

impl Target {
    fn directory(&mut self, name: &str) -> Result<(), UnpackError> {
        let path = self.resolve(name)?;
        fs::create_dir_all(path).map_err(|error| UnpackError::Disk(name.to_owned(), error))
    }

    fn file(&mut self, name: &str, mode: u32, content: &mut dyn Read) -> Result<(), UnpackError> {
        let path = self.resolve(name)?;
        let disk = |error| UnpackError::Disk(name.to_owned(), error);
        make_parent(&path).map_err(disk)?;
        let mode = if mode & 0o111 == 0 { 0o644 } else { 0o755 };
        let mut file =
            File::options().write(true).create_new(true).mode(mode).open(path).map_err(disk)?;
        let copied = io::copy(&mut content.take(self.bytes_left.saturating_add(1)), &mut file)
            .map_err(disk)?;
        self.bytes_left = self.bytes_left.checked_sub(copied).ok_or(UnpackError::Large)?;
        file.flush().map_err(disk)
    }

    fn link(&mut self, name: &str, to: &str) -> Result<(), UnpackError> {
        let path = self.resolve(name)?;
        let depth = Path::new(name)
            .components()
            .filter(|part| matches!(part, Component::Normal(_)))
            .count();
        if !stays_inside(Path::new(to), depth.saturating_sub(1)) {
            return Err(UnpackError::Outside(format!("{name} -> {to}")));
        }
        let disk = |error| UnpackError::Disk(name.to_owned(), error);
        make_parent(&path).map_err(disk)?;
        symlink(to, path).map_err(disk)
    }

    /// The path of an entry. A name that leads through a link is rejected, because the link may
    /// come from this very archive.
    fn resolve(&mut self, name: &str) -> Result<PathBuf, UnpackError> {
        self.entries_left = self.entries_left.checked_sub(1).ok_or(UnpackError::Large)?;
        if Path::new(name)
            .components()
            .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err(UnpackError::Outside(name.to_owned()));
        }
        let mut path = self.root.clone();
        for part in Path::new(name).components() {
            if path.is_symlink() {
                return Err(UnpackError::Outside(name.to_owned()));
            }
            path.push(part);
        }
        Ok(path)
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Whether a relative link, `depth` directories below the root, ends inside the root.
fn stays_inside(to: &Path, depth: usize) -> bool {
    let mut depth = Some(depth);
    for part in to.components() {
        depth = match part {
            Component::Normal(_) => depth.map(|depth| depth + 1),
            Component::CurDir => depth,
            Component::ParentDir => depth.and_then(|depth| depth.checked_sub(1)),
            Component::RootDir | Component::Prefix(_) => None,
        };
    }
    depth.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip_of(entries: &[(&str, &str, bool)]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = zip::ZipWriter::new(file.reopen().unwrap());
        let options = zip::write::SimpleFileOptions::default();
        for (name, content, link) in entries {
            if *link {
                writer.add_symlink(*name, *content, options).unwrap();
            } else {
                writer.start_file(*name, options).unwrap();
                writer.write_all(content.as_bytes()).unwrap();
            }
        }
        writer.finish().unwrap();
        file
    }

    fn tar_of(entries: &[(&str, &str)]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let gzip =
            flate2::write::GzEncoder::new(file.reopen().unwrap(), flate2::Compression::fast());
        let mut builder = tar::Builder::new(gzip);
        for (name, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o755);
            builder.append_data(&mut header, name, content.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap();
        file
    }

    #[test]
    fn zip_and_tar_archives_are_unpacked() {
        let dir = tempfile::tempdir().unwrap();
        unpack(
            zip_of(&[("a/main.py", "zip", false), ("link", "a/main.py", true)]).path(),
            &dir.path().join("zip"),
        )
        .unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("zip/link")).unwrap(), "zip");
        unpack(tar_of(&[("a/main.py", "tar")]).path(), &dir.path().join("tar")).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("tar/a/main.py")).unwrap(), "tar");
    }

    #[test]
    fn no_entry_leaves_the_directory() {
        let cases: [&[(&str, &str, bool)]; 5] = [
            &[("../evil", "x", false)],
            &[("/evil", "x", false)],
            &[("link", "/etc", true)],
            &[("a/link", "../../up", true)],
            &[("here", ".", true), ("here/through", "x", false)],
        ];
        for entries in cases {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().join("root");
            let error = unpack(zip_of(entries).path(), &root).unwrap_err();
            assert!(matches!(error, UnpackError::Outside(_)), "{entries:?}: {error}");
        }
    }

    #[test]
    fn other_files_are_rejected() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for content in ["", "P", "hello"] {
            fs::write(file.path(), content).unwrap();
            assert!(
                matches!(unpack(file.path(), Path::new("/nowhere")), Err(UnpackError::Format)),
                "{content}"
            );
        }
    }
}
